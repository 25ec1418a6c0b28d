using System.Buffers;
using System.Globalization;
using System.Text;

namespace Norris.Node.Screens;

/// <summary>
/// Text of others, made fit for one's own terminal: nothing in it can move the cursor, change colours, turn the writing direction or
/// otherwise act. What cannot be shown is named, as in <c>&lt;U+001B&gt;</c>. Every screen that draws on a terminal shows foreign text
/// through this class only.
/// </summary>
public static class SafeText
{
    /// <summary>Characters that are no control characters and yet act: they turn the writing direction, break lines or hide text.</summary>
    public static readonly SearchValues<char> ActingFormats = SearchValues.Create(
        "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2028\u2029\u2066\u2067\u2068\u2069\ufff9\ufffa\ufffb");

    private const string Tab = "    ";

    /// <summary>The text on one line; line breaks are named like any control character.</summary>
    public static string OneLine(string text)
    {
        if (IsPlain(text))
        {
            return text;
        }

        var safe = new StringBuilder(text.Length + 16);
        Append(safe, text);
        return safe.ToString();
    }

    /// <summary>The text's own lines, each safe; at least one. LF, CR LF and CR and the Unicode line and paragraph separators break lines.</summary>
    public static IReadOnlyList<string> Lines(string text)
    {
        if (IsPlain(text))
        {
            return [text];
        }

        var lines = new List<string>();
        foreach (var line in text.ReplaceLineEndings("\n").Split('\n'))
        {
            lines.Add(OneLine(line));
        }

        return lines;
    }

    /// <summary>Whether a terminal may be given this character as it is.</summary>
    public static bool IsSafe(Rune rune) => !Rune.IsControl(rune) && !(rune.IsBmp && ActingFormats.Contains((char)rune.Value));

    private static bool IsPlain(string text)
    {
        foreach (var c in text)
        {
            if (c is < ' ' or > '~')
            {
                return false;
            }
        }

        return true;
    }

    private static void Append(StringBuilder safe, string text)
    {
        // An unpaired surrogate enumerates as U+FFFD, the replacement character.
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.Value == '\t')
            {
                safe.Append(Tab);
            }
            else if (IsSafe(rune))
            {
                safe.Append(rune);
            }
            else
            {
                safe.Append(CultureInfo.InvariantCulture, $"<U+{rune.Value:X4}>");
            }
        }
    }
}
