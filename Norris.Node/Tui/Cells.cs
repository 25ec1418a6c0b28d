using System.Globalization;
using System.Text;
using Norris.Node.Screens;
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
/// but visible characters. Terminals disagree about the width of some: that of each rune is counted, as the widest of them do, so a character
/// is never drawn over the end of the one before it. Elsewhere a gap follows.
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

        if (element[0] is >= '\u1100' and <= '\u115e')
        {
            element = element.ToString().Normalize(); // a Korean syllable that is spelt in letters
        }

        var text = new StringBuilder();
        int width = 0, marks = 0;
        var last = default(Rune);
        foreach (var rune in element.EnumerateRunes())
        {
            var isFirst = text.Length == 0 && length > 0;
            var columns = WidthOf(rune);
            if (rune.Value == '\t')
            {
                Name(new string(' ', TabWidth));
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
                Name(string.Create(CultureInfo.InvariantCulture, $"<U+{rune.Value:X4}>"));
            }
            else if (columns == 0 && ++marks > TuiLimits.MarksOnACharacter)
            {
                continue;
            }
            else
            {
                if (width + columns > TuiLimits.ColumnsOfACharacter)
                {
                    End();
                }

                if (isFirst && IsMark(rune))
                {
                    text.Append('\u25cc');
                    width++;
                }

                text.Append(Rune.GetUnicodeCategory(rune) == UnicodeCategory.SpaceSeparator && rune.Value != 0x3000 ? new Rune(' ') : rune);
                width += columns;
            }

            last = rune;
        }

        End();

        // The names are plain characters: one cell each, so that a long one wraps like a word.
        void Name(string name)
        {
            End();
            foreach (var c in name)
            {
                Put(c.ToString(), 1);
            }
        }

        void End()
        {
            if (text.Length > 0)
            {
                Put(text.ToString(), Math.Max(1, width));
                text.Clear();
                width = 0;
            }
        }

        void Put(string drawn, int columns)
        {
            cells.Add(new Cell(drawn, columns, start, length));
            length = 0;
        }
    }

    /// <summary>The widest that a terminal gives it: to some, vowel signs of Indic scripts and the later letters of a Korean syllable take a column.</summary>
    private static int WidthOf(Rune rune) => Math.Max(
        UnicodeCalculator.GetWidth(rune),
        Rune.IsLetter(rune) || Rune.GetUnicodeCategory(rune) == UnicodeCategory.SpacingCombiningMark ? 1 : 0);

    private static bool IsMark(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark;

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
