using System.Globalization;
using System.Text;
using Terminal.Gui.Drawing;
using Terminal.Gui.Drivers;
using Terminal.Gui.Text;
using Attribute = Terminal.Gui.Drawing.Attribute;

namespace Norris.Node.Tui;

/// <summary>
/// Draws so that every terminal shows every character in its column. Terminals disagree about the width of some (a family of joined emoji
/// is one picture to one of them and four to another), so after each of those the cursor is placed by number, not by what was written.
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

    private static void DrawRow(IOutputBuffer buffer, int y, Action<StringBuilder, Attribute, TextStyle> look, StringBuilder output, ref Attribute? last)
    {
        output.Append(Place(0, y));
        for (var x = 0; x < buffer.Cols; x++)
        {
            var cell = buffer.Contents![y, x];
            buffer.Contents[y, x].IsDirty = false;
            if (cell.Attribute is { } attribute && attribute != last)
            {
                look(output, attribute, last?.Style ?? TextStyle.None);
                last = attribute;
            }

            var text = cell.Grapheme.Length == 0 ? " " : cell.Grapheme;
            var width = text.GetColumns() > 1 && x + 1 < buffer.Cols ? 2 : 1;
            if (IsAgreed(text))
            {
                output.Append(text);
            }
            else
            {
                // Blank first: a terminal that takes it for narrower would leave standing what was there.
                output.Append(' ', width).Append(Place(x, y)).Append(text).Append(Place(x + width, y));
            }

            if (width == 2)
            {
                x++;
                buffer.Contents[y, x].IsDirty = false;
            }
        }
    }

    /// <summary>What every terminal gives the same width: ASCII, and the characters of Chinese, Japanese and Korean, each by itself.</summary>
    private static bool IsAgreed(string text) => text.Length == 1 && text[0] is (>= ' ' and <= '~') or (>= '\u3041' and <= '\u30ff') or (>= '\u3400' and <= '\u9fff') or (>= '\uac00' and <= '\ud7a3');

    private static string Place(int x, int y) => string.Create(CultureInfo.InvariantCulture, $"\e[{y + 1};{x + 1}H");
}
