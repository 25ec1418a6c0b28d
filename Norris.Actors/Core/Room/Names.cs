using System.Globalization;
using System.Text;
using Norris.Core.Protocol;

namespace Norris.Core.Room;

/// <summary>
/// What may be a name, and when two names are the same. All nodes must agree on it. Categories come with .NET; normal forms come from the machine, so
/// a name has only characters that all machines bring into the same one; case and looks come from tables of the program's own (<see cref="Looks"/>).
/// </summary>
public static class Names
{
    private static readonly string[] Qualities =
    [
        "amber", "brave", "calm", "clever", "crisp", "eager", "gentle", "golden", "happy", "honest", "jolly", "keen", "kind", "lively", "lucky",
        "merry", "mighty", "neat", "noble", "patient", "proud", "quick", "quiet", "rapid", "sharp", "silver", "sunny", "swift", "tidy", "wise",
    ];

    private static readonly string[] Animals =
    [
        "badger", "beaver", "bison", "crane", "dolphin", "eagle", "falcon", "ferret", "finch", "fox", "gecko", "heron", "ibex", "jackal", "kestrel",
        "koala", "lark", "lemur", "lynx", "marten", "otter", "owl", "panda", "puffin", "raven", "robin", "seal", "stork", "swan", "wombat",
    ];

    /// <summary>What <c>|</c> and its like look like.</summary>
    private static readonly string Bar = Looks.Skeleton("|");

    /// <summary>The name in its normal form, or why it cannot be one.</summary>
    public static bool TryNormalise(string wanted, out string name, out string whyNot)
    {
        name = "";
        whyNot = "";
        try
        {
            name = wanted.Normalize(NormalizationForm.FormKC);
        }
        catch (ArgumentException)
        {
            whyNot = "the name is not valid Unicode";
            return false;
        }

        if (name.Length is 0 or > Limits.NameLength)
        {
            whyNot = $"a name has 1 to {Limits.NameLength} characters, this one has {name.Length}";
            return false;
        }

        if (name[0] == ' ' || name[^1] == ' ' || name.Contains("  ", StringComparison.Ordinal))
        {
            whyNot = "a name has no space at its ends, and no two in a row";
            return false;
        }

        foreach (var rune in name.EnumerateRunes())
        {
            if (IsUnseen(rune) && rune.Value != ' ')
            {
                whyNot = $"a name has no white space but single spaces, and no invisible or control characters (this one has U+{rune.Value:X4})";
                return false;
            }
        }

        if (TooNew(name) is { } newer)
        {
            whyNot = $"U+{newer.Value:X4} is too new a character for a name: not every node's machine knows it";
            return false;
        }

        if (IsMark(Rune.GetRuneAt(name, 0)))
        {
            whyNot = "a name does not begin with a mark, which belongs to a character before it";
            return false;
        }

        var seen = Looks.Skeleton(name);
        if (HasMarkAtAnEnd(name) || HasMarkAtAnEnd(seen) || seen.AsSpan().ContainsAny(':', ',') || !name.EnumerateRunes().Any(IsOfItsOwn))
        {
            whyNot = "a name has no colon and no comma, no bracket, asterisk, star, bar or line at its ends, and is not of punctuation alone: screens mark people and their own lines with those";
            return false;
        }

        if (IsSaidOfPeople(name))
        {
            whyNot = "a name does not end with the word 'you', has no 'and' between words, and is not a number of others or users: screens say that of people";
            return false;
        }

        return true;
    }

    /// <summary>Equal for names that are the same but for their case, in compatibility form. Whether two can be told apart, <see cref="Looks"/> tell.</summary>
    public static string Key(string name) => Looks.Fold(name);

    /// <summary>The name itself where it is free, else the first free one of name-2, name-3 …</summary>
    public static string FirstFree(string name, Func<string, bool> isTaken)
    {
        var candidate = name;
        for (var number = 2; isTaken(candidate); number++)
        {
            var suffix = string.Create(CultureInfo.InvariantCulture, $"-{number}");
            var room = Limits.NameLength - suffix.Length;
            var stem = name.Length <= room ? name : name[..room];
            if (char.IsHighSurrogate(stem[^1]))
            {
                stem = stem[..^1];
            }

            candidate = stem + suffix;
        }

        return candidate;
    }

    /// <summary>A friendly name for who asked for none: the same for the same user everywhere.</summary>
    public static string MakeUp(UserId user) =>
        $"{Qualities[(int)(user.Value % (ulong)Qualities.Length)]}-{Animals[(int)(user.Value / (ulong)Qualities.Length % (ulong)Animals.Length)]}";

    /// <summary>The first character that some machines bring into another normal form than others; null: there is none.</summary>
    internal static Rune? TooNew(string text)
    {
        foreach (var rune in text.EnumerateRunes())
        {
            if (IsIn(NameRanges.Newer, rune.Value))
            {
                return rune;
            }
        }

        return null;
    }

    private static bool IsUnseen(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate
            or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.SpaceSeparator
            or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned
        || IsIn(NameRanges.Ignorable, rune.Value)
        || IsBlank(rune.Value);

    /// <summary>
    /// Letters and symbols that are drawn as nothing: the braille pattern without dots, the blanks of hieroglyphs and of Khitan writing, a note without a
    /// head; and what stands for what is not there.
    /// </summary>
    private static bool IsBlank(int codePoint) => codePoint is 0x2800 or 0x13441 or 0x13442 or 0x16FE4 or 0x1D159 or 0xFFFC or 0xFFFD;

    private static bool IsMark(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.SpacingCombiningMark;

    /// <summary>What screens put before or behind a name: <c>[you] ada</c>, <c>ada (you)</c>, <c>★ ada</c>, <c>* ada waves</c>, <c>| ada</c>.</summary>
    private static bool HasMarkAtAnEnd(string name) =>
        IsOfScreens(Rune.GetRuneAt(name, 0))
        || IsOfScreens(name.EnumerateRunes().LastOrDefault(rune => !IsMark(rune)))
        || name is ['!' or '·', ' ', ..];

    private static bool IsOfScreens(Rune rune) =>
        rune.Value is '*' or '[' or ']' or '(' or ')' or '›' or '▼' || IsStar(rune) || IsLine(rune) || (!Rune.IsLetterOrDigit(rune) && Looks.Skeleton($"{rune}") == Bar);

    /// <summary>What screens say of several people, <c>ada and 3 others joined</c>, and of oneself.</summary>
    private static bool IsSaidOfPeople(string name) =>
        IsLike(name.Split(' ')[^1], "you")
        || Looks.Of(name).Folded.Contains(" and ", StringComparison.Ordinal)
        || (name.Split(' ') is [var count, var people] && count.EnumerateRunes().All(Rune.IsDigit) && (IsLike(people, "others") || IsLike(people, "users")));

    private static bool IsLike(string name, string word) => Looks.Of(name).Folded == Looks.Of(word).Folded;

    private static bool IsLine(Rune rune) => rune.Value is >= 0x2500 and <= 0x259F;

    private static bool IsStar(Rune rune) => rune.Value is 0x2605 or 0x2606 or (>= 0x2729 and <= 0x2730) or 0x2B50;

    /// <summary>A letter, a number or a picture; not punctuation, nor the lines and the star that screens draw.</summary>
    private static bool IsOfItsOwn(Rune rune) =>
        Rune.IsLetterOrDigit(rune)
        || (Rune.GetUnicodeCategory(rune) is UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber or UnicodeCategory.OtherSymbol
            && !IsLine(rune)
            && !IsStar(rune));

    private static bool IsIn(ReadOnlySpan<int> ranges, int codePoint)
    {
        for (var i = 0; i < ranges.Length; i += 2)
        {
            if (codePoint < ranges[i])
            {
                return false; // they are in order
            }

            if (codePoint <= ranges[i + 1])
            {
                return true;
            }
        }

        return false;
    }
}
