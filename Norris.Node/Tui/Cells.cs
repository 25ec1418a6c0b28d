using System.Globalization;
using System.Text;
using Norris.Node.Session;
using Wcwidth;

namespace Norris.Node.Tui;

/// <summary>What stands in one place of a terminal's row: a whole character with its marks, or the name of one that must not be drawn.</summary>
/// <param name="Text">What to write.</param>
/// <param name="Width">Columns it takes.</param>
/// <param name="Start">Where it begins in the text it comes from, in UTF-16 units.</param>
/// <param name="Length">How much of that text it stands for, in UTF-16 units.</param>
public readonly record struct Cell(string Text, int Width, int Start, int Length)
{
    public bool IsSpace => Text == " ";
}

/// <summary>
/// Text as terminal cells. Everything that is drawn goes through here, so nothing that others wrote reaches the terminal as anything
/// but visible characters. Terminals disagree about the width of some; the width here is the largest that any of them gives it.
/// </summary>
public static class Cells
{
    private const int TabWidth = 4;
    private const int ZeroWidthNonJoiner = 0x200c;
    private const int ZeroWidthJoiner = 0x200d;
    private static readonly string[] Ascii = [.. Enumerable.Range(0, 0x7f).Select(c => ((char)c).ToString())];

    // The width tables are filled on first use, without a lock.
    static Cells() => _ = UnicodeCalculator.GetWidth(new Rune('A'));

    /// <summary>The cells of one line of text. A line break in it is named like any other control character.</summary>
    public static List<Cell> Of(string text)
    {
        var cells = new List<Cell>(text.Length);
        for (var at = 0; at < text.Length;)
        {
            var c = text[at];
            if (c is >= ' ' and <= '~' && (at + 1 == text.Length || text[at + 1] < 0x80))
            {
                cells.Add(new Cell(Ascii[c], 1, at, 1));
                at++;
                continue;
            }

            var length = LengthOfFirst(text.AsSpan(at));
            Add(cells, text.AsSpan(at, length), at, length);
            at += length;
        }

        return cells;
    }

    /// <summary>Columns that a text takes.</summary>
    public static int WidthOf(string text)
    {
        var width = 0;
        foreach (var cell in Of(text))
        {
            width += cell.Width;
        }

        return width;
    }

    /// <summary>
    /// How much of a text, from its beginning on, must stay whole, in UTF-16 units: a character with all its signs, and the letters that are
    /// joined to it where a virama makes one shape of them (as in क्ष).
    /// </summary>
    public static int LengthOfFirst(ReadOnlySpan<char> text)
    {
        var length = StringInfo.GetNextTextElementLength(text);
        while (length < text.Length && GoesOn(text[..length], text[length..]))
        {
            length += StringInfo.GetNextTextElementLength(text[length..]);
        }

        return length;
    }

    public static bool IsMark(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark;

    private static bool GoesOn(ReadOnlySpan<char> whole, ReadOnlySpan<char> rest)
    {
        Rune.DecodeFromUtf16(rest, out var next, out _);
        Rune.DecodeLastFromUtf16(whole, out var last, out var length);
        if (last.Value == ZeroWidthJoiner)
        {
            Rune.DecodeLastFromUtf16(whole[..^length], out last, out _);
            return IsMark(last) && Rune.IsLetter(next);
        }

        return (IsMark(next) && (Rune.IsLetter(last) || IsMark(last))) || (JoinsLetters(last) && Rune.IsLetter(next));
    }

    /// <summary>The viramas that make one shape of two letters by themselves; Tamil's and Sinhala's do not.</summary>
    private static bool JoinsLetters(Rune rune) => rune.Value is 0x94d or 0x9cd or 0xa4d or 0xacd or 0xb4d or 0xc4d or 0xccd or 0xd4d // of India
        or 0x1039 or 0x17d2 or 0x1a60 or 0x1b44 or 0x1bab or 0xa9c0 or 0xaaf6 or 0x11133; // of Myanmar, Cambodia, Indonesia and their neighbours

    private static void Add(List<Cell> cells, ReadOnlySpan<char> element, int start, int length)
    {
        if (SafeText.FlagAt(element) == element.Length)
        {
            cells.Add(new Cell(element.ToString(), 2, start, length));
            return;
        }

        var text = new StringBuilder();
        int width = 0, marks = 0;
        var last = default(Rune);
        var named = false;
        foreach (var rune in element.EnumerateRunes())
        {
            var isFirst = text.Length == 0;
            if (rune.Value == '\t')
            {
                text.Append(' ', TabWidth);
                width += TabWidth;
                named = true;
            }
            else if (MayBeJoined(last, rune))
            {
                text.Append(rune);
            }
            else if (!isFirst && IsLeftOut(rune))
            {
                continue;
            }
            else if (!MayBeDrawn(rune))
            {
                var name = string.Create(CultureInfo.InvariantCulture, $"<U+{rune.Value:X4}>");
                text.Append(name);
                width += name.Length;
                named = true;
            }
            else
            {
                var columns = WidthOf(rune);
                var isMark = columns == 0 || IsMark(rune);
                marks = isMark ? marks + 1 : 0;
                if (marks > TuiLimits.MarksOnACharacter)
                {
                    continue;
                }

                if (width + columns > TuiLimits.ColumnsOfACharacter)
                {
                    End();
                }

                if (isMark && text.Length == 0)
                {
                    text.Append('\u25cc');
                    width += IsMark(rune) ? 1 : 2; // half a Korean syllable stands behind it
                }

                text.Append(Rune.GetUnicodeCategory(rune) == UnicodeCategory.SpaceSeparator && rune.Value != 0x3000 ? new Rune(' ') : rune);
                width += columns;
            }

            last = rune;
        }

        if (named)
        {
            // The names are plain characters: one cell each, so that a long one wraps like a word.
            var whole = text.ToString();
            for (var i = 0; i < whole.Length; i++)
            {
                var isLow = char.IsLowSurrogate(whole[i]);
                if (!isLow)
                {
                    var size = char.IsHighSurrogate(whole[i]) ? 2 : 1;
                    cells.Add(new Cell(whole.Substring(i, size), Math.Max(1, WidthOf(Rune.GetRuneAt(whole, i))), start, i == 0 ? length : 0));
                }
            }
        }
        else if (text.Length > 0)
        {
            End();
        }

        // A joiner that joins nothing would draw what comes next into the same place.
        void End()
        {
            cells.Add(new Cell(text.ToString().TrimEnd((char)ZeroWidthJoiner), width, start, length));
            (width, length) = (0, 0);
            text.Clear();
        }
    }

    private static int WidthOf(Rune rune) => Rune.GetUnicodeCategory(rune) == UnicodeCategory.SpacingCombiningMark ? 1 : Math.Max(0, UnicodeCalculator.GetWidth(rune));

    /// <summary>
    /// Variation selectors only choose between two looks, and terminals disagree about the width of the second; a non-joiner beside
    /// letters that are never joined does nothing; a skin tone is a picture of its own to many terminals, and makes some scroll at the end of the screen. Without them a character is drawn the same way everywhere.
    /// </summary>
    private static bool IsLeftOut(Rune rune) => rune.Value is 0xfe0e or 0xfe0f or 0x200c or (>= 0x1f3fb and <= 0x1f3ff);

    /// <summary>Pictures make one with a joiner; letters and signs of scripts that are written joined look otherwise with one, or with a non-joiner.</summary>
    private static bool MayBeJoined(Rune last, Rune joiner) => joiner.Value is ZeroWidthJoiner or ZeroWidthNonJoiner && (Rune.GetUnicodeCategory(last) switch
    {
        UnicodeCategory.OtherSymbol or UnicodeCategory.ModifierSymbol => joiner.Value == ZeroWidthJoiner,
        UnicodeCategory.OtherLetter or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark => last.Value is >= 0x600 and < 0x2e80,
        _ => false,
    });

    /// <summary>Beside what acts on a terminal, what cannot be seen there is named too.</summary>
    private static bool MayBeDrawn(Rune rune) =>
        SafeText.IsSafe(rune)
        && rune.Value is not (0x115f or 0x1160 or 0x3164 or 0xffa0) // letters that look like nothing
        && Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate);
}
