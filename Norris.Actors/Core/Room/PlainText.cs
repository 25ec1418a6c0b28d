using System.Text;

namespace Norris.Core.Room;

/// <summary>
/// Short texts that are shown in a line: names, addresses, reasons. All nodes must judge them alike, so the lists are the program's own, of Unicode 17: a runtime's change with
/// the version of Unicode that it knows. Control characters are the same for ever.
/// </summary>
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
            if (Rune.IsControl(rune) || IsFormat(rune.Value) || rune.Value is 0x2028 or 0x2029 || IsNoCharacter(rune.Value))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>White space.</summary>
    internal static bool IsWhiteSpace(int codePoint) => codePoint is (>= 0x9 and <= 0xD) or ' ' or 0x85 or 0xA0 or 0x1680 or (>= 0x2000 and <= 0x200A) or 0x2028 or 0x2029 or 0x202F or 0x205F or 0x3000;

    /// <summary>A text without white space at its ends.</summary>
    internal static string Trim(string text)
    {
        var (first, end) = (0, text.Length);
        while (first < end && IsWhiteSpace(text[first]))
        {
            first++;
        }

        while (end > first && IsWhiteSpace(text[end - 1]))
        {
            end--;
        }

        return text[first..end];
    }

    /// <summary>The category Cf: what is not seen, and acts on what stands round it.</summary>
    private static bool IsFormat(int codePoint) => codePoint is 0xAD or (>= 0x600 and <= 0x605) or 0x61C or 0x6DD or 0x70F or 0x890 or 0x891 or 0x8E2 or 0x180E
        or (>= 0x200B and <= 0x200F) or (>= 0x202A and <= 0x202E) or (>= 0x2060 and <= 0x2064) or (>= 0x2066 and <= 0x206F) or 0xFEFF or (>= 0xFFF9 and <= 0xFFFB)
        or 0x110BD or 0x110CD or (>= 0x13430 and <= 0x1343F) or (>= 0x1BCA0 and <= 0x1BCA3) or (>= 0x1D173 and <= 0x1D17A) or 0xE0001 or (>= 0xE0020 and <= 0xE007F);

    /// <summary>The last two of each plane, and 32 others: Unicode will never give them a meaning.</summary>
    private static bool IsNoCharacter(int codePoint) => (codePoint & 0xFFFE) == 0xFFFE || codePoint is >= 0xFDD0 and <= 0xFDEF;
}
