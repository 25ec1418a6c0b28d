using System.Buffers;
using System.Globalization;
using System.Text;

namespace Norris.Node.Session;

/// <summary>
/// Text of others, made fit for one's own terminal: nothing in it can move the cursor, change colours, turn the writing direction or
/// otherwise act. What cannot be shown is named, as in <c>&lt;U+001B&gt;</c>. Every screen that draws on a terminal shows foreign text
/// through this class only.
/// </summary>
public static class SafeText
{
    /// <summary>Characters that are no control characters and yet act: they turn the writing direction, break lines or hide text.</summary>
    public static readonly SearchValues<char> ActingFormats = SearchValues.Create(
        "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2028\u2029\u2066\u2067\u2068\u2069\u206a\u206b\u206c\u206d\u206e\u206f\ufff9\ufffa\ufffb");

    private const int BlackFlag = 0x1F3F4;
    private const string Tab = "    ";

    private static readonly string[] Flags = [.. ((string[])["gbeng", "gbsct", "gbwls"]).Select(region =>
        $"\U0001F3F4{string.Concat(region.Select(letter => char.ConvertFromUtf32(0xE0000 + letter)))}\U000E007F")];

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
    public static bool IsSafe(Rune rune) => !Rune.IsControl(rune) && !(rune.IsBmp ? ActingFormats.Contains((char)rune.Value) : IsTag(rune.Value));

    /// <summary>How many UTF-16 units of the text, from a place on, are a flag that is written with tags: England's, Scotland's, Wales's. 0: none.</summary>
    internal static int FlagAt(ReadOnlySpan<char> text)
    {
        foreach (var flag in Flags)
        {
            if (text.StartsWith(flag, StringComparison.Ordinal))
            {
                return flag.Length;
            }
        }

        return 0;
    }

    /// <summary>
    /// Tags and what is reserved beside them (all of plane 14 but the variation selectors): copies of letters that nobody sees, good for hiding text in
    /// text. Only in <see cref="Flags"/> are they seen.
    /// </summary>
    private static bool IsTag(int codePoint) => codePoint is >= 0xE0000 and <= 0xE0FFF and not (>= 0xE0100 and <= 0xE01EF);

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
        var shown = 0; // up to where the text is there already
        var at = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            if (at >= shown && rune.Value == BlackFlag && FlagAt(text.AsSpan(at)) is > 0 and var length)
            {
                safe.Append(text, at, length);
                shown = at + length;
            }

            at += rune.Utf16SequenceLength;
            if (at <= shown)
            {
                continue;
            }

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
