using System.Globalization;
using System.Text;

namespace Norris.Node.Tui;

/// <summary>
/// What a terminal sends, without the escape sequences that mean nothing here: the Menu key, a key of a keyboard nobody thought of, an
/// answer to somebody else's question. Terminal.Gui 2.5.0 ends the program at some of them, and takes the rest of others for text. Only
/// characters, and sequences known to mean something, are handed on. The forms of sequences are those of ECMA-48, section 5.4 and 8.3.
/// </summary>
internal sealed class KnownSequences
{
    public const string PasteEnd = "\e[201~";
    private const string PasteStart = "\e[200~";

    /// <summary>Longer ones are of no key, and are dropped without being kept.</summary>
    private const int LongestKept = 128;

    private const int MouseReport = 6;

    private readonly StringBuilder _held = new();
    private Part _part;
    private int _pasteEndSeen;

    private enum Part
    {
        Text,
        Escape,

        /// <summary>Between an escape and its last character: <c>ESC ( B</c>.</summary>
        Intermediate,

        /// <summary>After <c>ESC O</c>: one character more, and in some terminals a number before it.</summary>
        Shift,

        /// <summary>After <c>ESC [</c>: parameters and one last character.</summary>
        Control,

        /// <summary>After <c>ESC [ [</c>: the function keys of the Linux console.</summary>
        ConsoleKey,

        /// <summary>After <c>ESC [ M</c>: the mouse, as terminals tell it that know no better form, in three characters of any kind.</summary>
        Mouse,

        /// <summary>A text for the terminal's program, up to <c>ESC \</c>, or BEL.</summary>
        String,

        StringEscape,
        Paste,
    }

    /// <summary>In the middle of a sequence: what comes next belongs to it, if it comes at once.</summary>
    public bool IsHolding => _part is not (Part.Text or Part.Paste);

    /// <summary>Between the start and the end of a paste.</summary>
    public bool IsInPaste => _part == Part.Paste;

    /// <summary>Takes what was read; appends what is to be handed on.</summary>
    public void Take(ReadOnlySpan<char> read, List<char> known)
    {
        foreach (var c in read)
        {
            Take(c, known);
        }
    }

    /// <summary>Nothing followed: a lone escape was the key, the beginning of anything longer was nothing.</summary>
    public void GiveUpSequence(List<char> known)
    {
        if (_part == Part.Escape)
        {
            known.Add('\e');
        }

        Drop();
    }

    /// <summary>The end of a paste got lost: what was pasted so far is all of it.</summary>
    public void GiveUpPaste(List<char> known)
    {
        known.AddRange(PasteEnd);
        _part = Part.Text;
    }

    private void Take(char c, List<char> known)
    {
        if (_part == Part.Paste)
        {
            known.Add(c);
            _pasteEndSeen = c == PasteEnd[_pasteEndSeen] ? _pasteEndSeen + 1 : c == PasteEnd[0] ? 1 : 0;
            if (_pasteEndSeen == PasteEnd.Length)
            {
                _part = Part.Text;
            }
        }
        else if (_part == Part.Mouse)
        {
            Hold(c);
            if (_held.Length == MouseReport)
            {
                Drop();
            }
        }
        else if (_part is Part.String or Part.StringEscape)
        {
            TakeOfString(c, known);
        }
        else if (c == '\e')
        {
            if (_part == Part.Escape)
            {
                known.Add('\e');
            }

            Begin();
        }
        else if (c is >= '\u0080' and <= '\u009f')
        {
            // The same sequences with one character instead of two.
            Begin();
            TakeAfterEscape((char)(c - 0x40), known);
        }
        else
        {
            TakeInPart(c, known);
        }
    }

    private void TakeInPart(char c, List<char> known)
    {
        if (_part == Part.Text)
        {
            known.Add(c);
        }
        else if (_part == Part.Escape)
        {
            TakeAfterEscape(c, known);
        }
        else if (c is < ' ' or > '~')
        {
            // No part of any sequence: that one has broken off.
            Drop();
            known.Add(c);
        }
        else
        {
            Hold(c);
            var isLast = _part switch
            {
                Part.ConsoleKey => true,
                Part.Shift => c is not (>= '0' and <= '9' or ';'),
                Part.Intermediate => c >= '0',
                _ => c >= '@' && !(c == '[' && _held.Length == 3),
            };
            if (isLast && _part == Part.Control && c == 'M' && _held.Length == MouseReport - 3)
            {
                _part = Part.Mouse;
            }
            else if (isLast)
            {
                End(known);
            }
            else if (c == '[')
            {
                _part = Part.ConsoleKey;
            }
        }
    }

    private void TakeAfterEscape(char c, List<char> known)
    {
        Hold(c);
        switch (c)
        {
            case '[':
                _part = Part.Control;
                break;
            case 'O':
                _part = Part.Shift;
                break;
            case ']' or 'P' or 'X' or '^' or '_':
                _part = Part.String;
                break;
            case >= ' ' and <= '/':
                _part = Part.Intermediate;
                break;
            default:
                End(known);
                break;
        }
    }

    private void TakeOfString(char c, List<char> known)
    {
        Hold(c);
        if (c is '\a' or '\u009c' || (_part == Part.StringEscape && c == '\\'))
        {
            End(known);
        }
        else if (_part == Part.StringEscape && c != '\e')
        {
            // The text was never ended, and another sequence has begun.
            Begin();
            TakeAfterEscape(c, known);
        }
        else
        {
            _part = c == '\e' ? Part.StringEscape : Part.String;
        }
    }

    private void Begin()
    {
        _held.Clear().Append('\e');
        _part = Part.Escape;
    }

    private void Hold(char c)
    {
        if (_held.Length <= LongestKept)
        {
            _held.Append(c);
        }
    }

    private void Drop()
    {
        _held.Clear();
        _part = Part.Text;
    }

    private void End(List<char> known)
    {
        var sequence = _held.ToString();
        Drop();
        if (sequence == PasteStart)
        {
            (_part, _pasteEndSeen) = (Part.Paste, 0);
            known.AddRange(sequence);
        }
        else if (sequence.Length <= LongestKept && IsKnown(sequence))
        {
            // Terminal.Gui knows Alt+Backspace by the other of its two characters only.
            known.AddRange(sequence == "\e\x7f" ? "\e\b" : sequence);
        }
    }

    private static bool IsKnown(string sequence) => sequence[1] switch
    {
        '[' => IsKnownControl(sequence[^1], sequence[2..^1]),
        'O' => sequence is [_, _, 'A' or 'B' or 'C' or 'D' or 'H' or 'F'],
        ']' => IsColour(sequence),
        _ => sequence is [_, '\r' or '\n' or '\x7f' or '\b' or 'b' or 'f'],
    };

    /// <summary>
    /// The keys of <see cref="TuiKey"/>, the mouse, and answers to what Terminal.Gui asks of the terminal (it lets those go that it is
    /// not waiting for).
    /// </summary>
    private static bool IsKnownControl(char last, string parameters) => last switch
    {
        'A' or 'B' or 'C' or 'D' or 'H' or 'F' => parameters.Length == 0 || (Numbers(parameters) is [1, _] && parameters.StartsWith("1;", StringComparison.Ordinal)),
        '~' => Numbers(parameters) is [1 or 3 or 4 or 5 or 6] or [1 or 3 or 4 or 5 or 6, _],
        'M' or 'm' => parameters is ['<', ..] && Numbers(parameters[1..]) is [_, _, _],
        'u' => parameters is ['?', ..] ? Numbers(parameters[1..]) is [_] : IsKeyByCode(parameters),
        'c' => parameters is ['?' or '>', ..],
        't' => Numbers(parameters) is [8, _, _],
        'R' => Numbers(parameters) is [_, _],
        _ => false,
    };

    /// <summary>The terminal's own foreground or background, which Terminal.Gui asks for: 'OSC 11 ; rgb:1e1e/1e1e/1e1e'.</summary>
    private static bool IsColour(string sequence)
    {
        const string foreground = "\e]10;rgb:";
        const string background = "\e]11;rgb:";
        return (sequence.StartsWith(foreground, StringComparison.Ordinal) || sequence.StartsWith(background, StringComparison.Ordinal))
            && sequence[foreground.Length..].TrimEnd('\a', '\u009c', '\e', '\\').All(c => c == '/' || char.IsAsciiHexDigit(c));
    }

    /// <summary>A key by its code point: 'CSI code u', with alternatives, modifiers and text (the Kitty keyboard protocol).</summary>
    private static bool IsKeyByCode(string parameters)
    {
        var fields = parameters.Split(';');
        if (fields.Length > 3 || fields.Any(field => field.Split(':').Any(number => number.Length > 0 && Numbers(number) is null))
            || Numbers(fields[0].Split(':')[0]) is not [var code])
        {
            return false;
        }

        // In the private range of Unicode are the keys without a character; those that move and scroll are known.
        return code is 9 or 13 or 27 or (>= 32 and < 0xd800) or (>= 57344 and <= 57353) or (>= 57417 and <= 57424) or (>= 0xf900 and <= 0x10ffff);
    }

    /// <summary>Numbers of up to six digits between semicolons; null: that is something else.</summary>
    private static int[]? Numbers(string text)
    {
        var fields = text.Split(';');
        var numbers = new int[fields.Length];
        for (var i = 0; i < fields.Length; i++)
        {
            if (fields[i].Length > 7 || !int.TryParse(fields[i], NumberStyles.None, CultureInfo.InvariantCulture, out numbers[i]))
            {
                return null;
            }
        }

        return numbers;
    }
}
