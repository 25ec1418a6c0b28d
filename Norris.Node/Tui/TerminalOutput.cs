using System.Globalization;
using System.Text;
using Terminal.Gui.Drawing;
using Terminal.Gui.Drivers;
using Attribute = Terminal.Gui.Drawing.Attribute;

namespace Norris.Node.Tui;

/// <summary>
/// Draws so that every terminal shows every character in its column. Terminals disagree about the width of some (a family of joined emoji
/// is one picture to one of them and four to another, and so are the signs of a Hindi syllable), so each of those has as many columns as any
/// terminal needs, and after it the cursor is placed by number, not by what was written.
/// </summary>
internal sealed class TerminalOutput : AnsiOutput
{
    private const string WrapOff = "\e[?7l";
    private const string WrapOn = "\e[?7h";

    public override void Write(IOutputBuffer buffer)
    {
        var drawn = Draw(buffer, AppendOrWriteAttribute);
        if (drawn.Length > 0)
        {
            var cursor = GetCursor().Position;
            Write($"{drawn}{Place(cursor?.X ?? 0, cursor?.Y ?? 0)}");
        }
    }

    /// <summary>The rows of the buffer that have changed, whole; they count as drawn from then on.</summary>
    /// <param name="look">Appends what switches from one style to an attribute.</param>
    public static string Draw(IOutputBuffer buffer, Action<StringBuilder, Attribute, TextStyle> look)
    {
        var output = new StringBuilder();
        Attribute? last = null;
        for (var y = 0; y < buffer.Rows; y++)
        {
            if (buffer.DirtyLines[y] && HasChanged(buffer, y))
            {
                DrawRow(buffer, y, look, output, ref last);
            }
        }

        // At the end of a row the terminal must not go on in the next one, or scroll, by a count of its own.
        return output.Length == 0 ? "" : output.Insert(0, WrapOff).Append(WrapOn).ToString();
    }

    private static bool HasChanged(IOutputBuffer buffer, int y)
    {
        for (var x = 0; x < buffer.Cols; x++)
        {
            if (buffer.Contents![y, x].IsDirty)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Puts a piece of the screen into the buffer. Its columns beyond its characters are empty, not blank: they are kept for terminals that need them.</summary>
    public static void Put(IOutputBuffer buffer, int x, int y, Glyph glyph, Attribute? attribute)
    {
        if (y >= buffer.Rows)
        {
            return; // the terminal has just become smaller
        }

        // A cell of the buffer takes no more than one of these, and what must stay whole may have several.
        var characters = StringInfo.GetTextElementEnumerator(glyph.Text);
        for (var end = Math.Min(x + glyph.Width, buffer.Cols); x < end; x++)
        {
            buffer.Contents![y, x] = new Terminal.Gui.Drawing.Cell(attribute, true, characters.MoveNext() ? characters.GetTextElement() : "");
        }

        buffer.DirtyLines[y] = true;
    }

    private static void DrawRow(IOutputBuffer buffer, int y, Action<StringBuilder, Attribute, TextStyle> look, StringBuilder output, ref Attribute? last)
    {
        var cells = buffer.Contents!;
        var x = 0;
        output.Append(Place(0, y));
        while (x < buffer.Cols)
        {
            var start = x;
            if (cells[y, x].Attribute is { } attribute && attribute != last)
            {
                look(output, attribute, last?.Style ?? TextStyle.None);
                last = attribute;
            }

            // A word in one piece: where a terminal needs fewer columns than are kept for it, they are left over behind the word, not in it.
            var text = Take();
            while (x < buffer.Cols && IsOfAWord(text) && IsOfAWord(cells[y, x].Grapheme) && cells[y, x].Attribute == cells[y, start].Attribute)
            {
                text += Take();
            }

            if (IsAgreed(text))
            {
                output.Append(text);
            }
            else
            {
                // Blank first: a terminal that takes it for narrower would leave standing what was there.
                output.Append(' ', x - start).Append(Place(start, y)).Append(text).Append(Place(x, y));
            }
        }

        string Take()
        {
            var text = cells[y, x].Grapheme;
            do
            {
                cells[y, x++].IsDirty = false;
            }
            while (x < buffer.Cols && cells[y, x].Grapheme.Length == 0);

            return text.Length == 0 ? " " : text;
        }
    }

    /// <summary>Letters of the scripts of South and South-East Asia, some of whose signs have a column of their own in some terminals.</summary>
    private static bool IsOfAWord(string text) => text.Length > 0 && Rune.GetRuneAt(text, 0) is { Value: >= 0x900 } first && (Rune.IsLetter(first) || Cells.IsMark(first)) && !IsAgreed(text);

    /// <summary>What every terminal gives the same width: ASCII, and the characters of Chinese, Japanese and Korean, each by itself.</summary>
    private static bool IsAgreed(string text) => text.Length == 1 && text[0] is (>= ' ' and <= '~') or (>= '\u3041' and <= '\u30ff') or (>= '\u3400' and <= '\u9fff') or (>= '\uac00' and <= '\ud7a3');

    private static string Place(int x, int y) => string.Create(CultureInfo.InvariantCulture, $"\e[{y + 1};{x + 1}H");
}
