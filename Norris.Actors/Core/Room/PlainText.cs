using System.Globalization;
using System.Text;

namespace Norris.Core.Room;

/// <summary>Short texts that are shown in a line: names, addresses, reasons.</summary>
public static class PlainText
{
    /// <summary>Whether nothing in the text acts on the line that it stands in, or hides there: no control or format characters, and no line ends.</summary>
    public static bool IsLine(string text)
    {
        foreach (var rune in text.EnumerateRunes())
        {
            if (Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator)
            {
                return false;
            }
        }

        return true;
    }
}
