using System.Globalization;
using System.Text;

namespace Norris.Core.Room;

/// <summary>Short texts that are shown in a line: names, addresses, reasons.</summary>
public static class PlainText
{
    /// <summary>
    /// Whether nothing in the text acts on the line that it stands in, or hides there: no control or format characters, no line ends, and nothing that is
    /// no character at all, which normal forms cannot bear.
    /// </summary>
    public static bool IsLine(string text)
    {
        foreach (var rune in text.EnumerateRunes())
        {
            if (Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
                || IsNoCharacter(rune.Value))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The last two of each plane, and 32 others: Unicode will never give them a meaning.</summary>
    private static bool IsNoCharacter(int codePoint) => (codePoint & 0xFFFE) == 0xFFFE || codePoint is >= 0xFDD0 and <= 0xFDEF;
}
