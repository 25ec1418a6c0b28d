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
/// but visible characters, and the width is the one that Terminal.Gui and the terminal count too.
/// </summary>
public static class Cells
{
    private const int TabWidth = 4;
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

            var length = StringInfo.GetNextTextElementLength(text.AsSpan(at));
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
            else if (!isFirst && IsLeftOut(rune))
            {
                continue;
            }
            else if (rune.Value == ZeroWidthJoiner && IsPicture(last))
            {
                text.Append(rune);
            }
            else if (!MayBeDrawn(rune))
            {
                var name = string.Create(CultureInfo.InvariantCulture, $"<U+{rune.Value:X4}>");
                text.Append(name);
                width += name.Length;
                named = true;
            }
            else if (UnicodeCalculator.GetWidth(rune) <= 0)
            {
                if (++marks > TuiLimits.MarksOnACharacter)
                {
                    continue;
                }

                if (isFirst)
                {
                    text.Append('\u25cc');
                    width++;
                }

                text.Append(rune);
            }
            else
            {
                text.Append(Rune.GetUnicodeCategory(rune) == UnicodeCategory.SpaceSeparator && rune.Value != 0x3000 ? new Rune(' ') : rune);
                width += UnicodeCalculator.GetWidth(rune);
            }

            last = rune;
        }

        if (text.Length == 0)
        {
            return;
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
                    cells.Add(new Cell(whole.Substring(i, size), Math.Max(1, WidthOfRune(whole, i)), start, i == 0 ? length : 0));
                }
            }

            return;
        }

        cells.Add(new Cell(text.ToString(), Math.Clamp(width, 1, 2), start, length));
    }

    private static int WidthOfRune(string text, int at) => UnicodeCalculator.GetWidth(Rune.GetRuneAt(text, at));

    /// <summary>
    /// Variation selectors only choose between two looks, and terminals disagree about the width of the second; the non-joiner only
    /// keeps letters apart; a skin tone is a picture of its own to many terminals, and makes some scroll at the end of the screen. Without them a character is drawn the same way everywhere.
    /// </summary>
    private static bool IsLeftOut(Rune rune) => rune.Value is 0xfe0e or 0xfe0f or 0x200c or (>= 0x1f3fb and <= 0x1f3ff);

    private static bool IsPicture(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.OtherSymbol or UnicodeCategory.ModifierSymbol;

    /// <summary>Beside what acts on a terminal, what cannot be seen there is named too.</summary>
    private static bool MayBeDrawn(Rune rune) =>
        SafeText.IsSafe(rune)
        && rune.Value is not (0x115f or 0x1160 or 0x3164 or 0xffa0) // letters that look like nothing
        && Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate);
}
