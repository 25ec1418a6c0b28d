using System.Globalization;
using System.Text;
using Norris.Core.Room;

namespace Norris.Node.Archive;

/// <summary>A word, and whether there was no space between it and the one before.</summary>
internal readonly record struct SearchWord(string Text, bool IsJoined);

/// <summary>
/// Cuts a text into the words that a search compares, the same for what was said and for what is looked for, and so for every store. Pure.
/// </summary>
/// <remarks>
/// Compatibility form without regard to case (NFKC, ß as ss), and Latin letters without their accents. A word is a run of letters, marks and digits;
/// in scripts that put no spaces between words every character is a word; so is every symbol, emoji among them. Punctuation is a word only between two others without a
/// space: <c>1.2.3</c> is five, so that it can be found as it stands, and <c>config</c> in <c>config.prod.yaml</c>.
/// </remarks>
internal static class SearchWords
{
    /// <summary>The longest word in an index, in UTF-16 units; a longer one stands there with its beginning.</summary>
    public const int IndexedLength = 40;

    /// <summary>Begins the index's word for who said something, and stands there for what is no letter; no word of a text has more than one of them.</summary>
    private const char Sender = '\ue000';

    // Scripts without spaces between words, or with particles joined to them, in ascending order: first and last code points.
    private static readonly (int First, int Last)[] WithoutSpaces =
    [
        (0x0e00, 0x0eff), (0x0f00, 0x0fff), (0x1000, 0x109f), (0x1100, 0x11ff), (0x1780, 0x17ff), (0x1950, 0x19ff), (0x1a20, 0x1aaf), (0x1b00, 0x1b7f),
        (0x2e80, 0x2fdf), (0x3005, 0x3007), (0x3021, 0x302f), (0x3031, 0x3035), (0x3038, 0x303c), (0x3041, 0x312f), (0x3131, 0x318f), (0x31a0, 0x31bf),
        (0x31f0, 0x31ff), (0x3400, 0x4dbf), (0x4e00, 0xa4cf), (0xa960, 0xa97f), (0xa980, 0xa9ff), (0xaa60, 0xaadf), (0xac00, 0xd7ff), (0xf900, 0xfaff),
        (0x11700, 0x1174f), (0x12000, 0x1254f), (0x13000, 0x1467f), (0x16fe0, 0x18dff), (0x1aff0, 0x1b2ff), (0x20000, 0x3ffff),
    ];

    private enum Kind
    {
        Nothing,
        Space,
        Letter,
        Mark,
        Alone,
        Punctuation,
    }

    /// <summary>The words of a text, in order.</summary>
    public static List<SearchWord> Of(string text)
    {
        var words = new List<SearchWord>();
        var word = new StringBuilder();
        var isJoined = false;
        var between = new List<string>();
        var goesOn = false; // a letter goes on with the word
        var touches = false; // nothing but punctuation since the last word
        foreach (var rune in Fold(text).EnumerateRunes())
        {
            var kind = KindOf(rune);
            switch (kind)
            {
                case Kind.Nothing:
                    break;
                case Kind.Space:
                    (goesOn, touches) = (false, false);
                    between.Clear();
                    break;
                case Kind.Punctuation when touches:
                    goesOn = false;
                    between.Add(rune.ToString());
                    break;
                case Kind.Punctuation:
                    break;
                case Kind.Mark when touches && between.Count == 0:
                case Kind.Letter when goesOn:
                    Append(word, rune);
                    break;
                default:
                    Take();
                    words.AddRange(between.Select(mark => new SearchWord(mark, true)));
                    between.Clear();
                    Append(word, rune);
                    isJoined = touches;
                    (goesOn, touches) = (kind != Kind.Alone, true);
                    break;
            }
        }

        Take();
        return words;

        void Take()
        {
            if (word.Length > 0)
            {
                words.Add(new SearchWord(word.ToString(), isJoined));
                word.Clear();
            }
        }
    }

    /// <summary>What an index holds of a message: its words and who said it, each once.</summary>
    public static IEnumerable<string> Indexed(string text, string sender) => Of(text).Select(word => word.Text).Where(IsIndexed).Select(Indexed).Append(IndexedSender(sender)).Distinct();

    /// <summary>A word as an index holds it.</summary>
    public static string Indexed(string word) => word.Length <= IndexedLength ? word
        : char.IsHighSurrogate(word[IndexedLength - 1]) ? word[..(IndexedLength - 1)] : word[..IndexedLength];

    /// <summary>Who said a message, as an index holds it: what is neither letter nor digit would divide the word.</summary>
    public static string IndexedSender(string name) => Indexed(Sender + string.Concat(Names.Key(name).Select(c => c < 0x80 && !char.IsAsciiLetterOrDigit(c) ? Sender : c)));

    /// <summary>Whether an index holds a word at all. Punctuation and ASCII's symbols are looked for in what the others find.</summary>
    public static bool IsIndexed(string word) => word[0] >= 0x80 ? KindOf(Rune.GetRuneAt(word, 0)) != Kind.Punctuation : char.IsAsciiLetterOrDigit(word[0]);

    private static string Fold(string text)
    {
        if (Ascii.IsValid(text))
        {
            return text.ToLowerInvariant();
        }

        string whole;
        try
        {
            whole = text.Normalize(NormalizationForm.FormKD);
        }
        catch (ArgumentException)
        {
            // Half a surrogate pair, which only a search can have, or U+FFFE, which is no character and which .NET takes for a mistake.
            whole = string.Concat(text.EnumerateRunes().Select(rune => rune.ToString())).Replace('\ufffe', '\ufffd').Normalize(NormalizationForm.FormKD);
        }

        var folded = new StringBuilder(whole.Length);
        var isLatin = false;
        foreach (var rune in whole.EnumerateRunes())
        {
            var isAccent = rune.Value is >= 0x300 and <= 0x36f;
            if (!(isAccent && isLatin))
            {
                isLatin = isAccent ? isLatin : IsLatin(rune);
                if (rune.Value is 'ß' or 'ẞ')
                {
                    folded.Append("ss"); // the only letter without a decomposition whose other case is two
                }
                else
                {
                    Append(folded, OneCase(rune));
                }
            }
        }

        // Both mappings may leave what composes further.
        return folded.ToString().Normalize(NormalizationForm.FormKC);
    }

    private static void Append(StringBuilder to, Rune rune)
    {
        Span<char> units = stackalloc char[2];
        to.Append(units[..rune.EncodeToUtf16(units)]);
    }

    /// <summary>As one writes it or types it: without regard to case, and one apostrophe and one hyphen.</summary>
    private static Rune OneCase(Rune rune) => rune.Value switch
    {
        '’' or 'ʼ' => new Rune('\''),
        '‐' or '‑' => new Rune('-'),
        _ => Rune.ToLowerInvariant(Rune.ToUpperInvariant(rune)),
    };

    private static bool IsLatin(Rune rune) => rune.Value is (>= 'A' and <= 'Z') or (>= 'a' and <= 'z') or (>= 0xc0 and <= 0x24f) or (>= 0x1e00 and <= 0x1eff);

    private static Kind KindOf(Rune rune)
    {
        if (IsIgnorable(rune.Value))
        {
            return Kind.Nothing;
        }

        return Rune.GetUnicodeCategory(rune) switch
        {
            UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter or UnicodeCategory.ModifierLetter
                or UnicodeCategory.OtherLetter or UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber =>
                HasNoSpaces(rune.Value) ? Kind.Alone : Kind.Letter,
            UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark => Kind.Mark,
            UnicodeCategory.Format => Kind.Nothing,
            UnicodeCategory.Control or UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator => Kind.Space,
            UnicodeCategory.MathSymbol or UnicodeCategory.CurrencySymbol or UnicodeCategory.ModifierSymbol or UnicodeCategory.OtherSymbol
                or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned => Kind.Alone,
            _ => Kind.Punctuation,
        };
    }

    /// <summary>What has no look of its own and is no format character: variation selectors, fillers.</summary>
    private static bool IsIgnorable(int value) => value is 0x34f or 0x115f or 0x1160 or 0x17b4 or 0x17b5 or (>= 0x180b and <= 0x180f) or 0x3164
        or (>= 0xfe00 and <= 0xfe0f) or 0xffa0 or (>= 0xe0000 and <= 0xe0fff);

    private static bool HasNoSpaces(int value)
    {
        var at = Array.BinarySearch(WithoutSpaces, (value, int.MaxValue));
        var before = at < 0 ? ~at - 1 : at;
        return before >= 0 && value <= WithoutSpaces[before].Last;
    }
}
