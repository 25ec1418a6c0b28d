using System.Collections.Immutable;
using System.Text;
using Norris.Core.Protocol;

namespace Norris.Node.Tui;

/// <summary>
/// The line one types into: one or more lines of text, a cursor that stands between whole characters, and what was said before.
/// Immutable.
/// </summary>
public sealed record Editor
{
    /// <summary>A message may have the escaping slash in front.</summary>
    private const int MaxBytes = Limits.TextBytes + 1;

    public static Editor Empty { get; } = new();

    public string Text { get; private init; } = "";

    /// <summary>In UTF-16 units; always between two characters, never inside one.</summary>
    public int Cursor { get; private init; }

    private ImmutableList<string> Said { get; init; } = [];

    /// <summary>Which of <see cref="Said"/> is shown; its count: what is being written now.</summary>
    private int At { get; init; }

    private string Draft { get; init; } = "";

    public bool IsEmpty => Text.Length == 0;

    /// <summary>Puts text in at the cursor, or as much as fits into one message: then <paramref name="fits"/> is false.</summary>
    public Editor Insert(string text, out bool fits)
    {
        var room = MaxBytes - Encoding.UTF8.GetByteCount(Text);
        fits = Encoding.UTF8.GetByteCount(text) <= room;
        if (!fits)
        {
            text = Beginning(text, room);
        }

        var all = Text.Insert(Cursor, text);

        // A mark typed after a letter joins it, so the cursor may have to stand after both.
        return this with { Text = all, Cursor = BoundaryAtOrAfter(all, Cursor + text.Length) };
    }

    /// <summary>Puts a word in the place of what stands between <paramref name="start"/> and the cursor, or as much of it as fits.</summary>
    public Editor Replace(int start, string word, out bool fits) => Cut(start, Cursor).Insert(word, out fits);

    public Editor Backspace() => Cut(Previous(Cursor), Cursor);

    public Editor Delete() => Cut(Cursor, Next(Cursor));

    public Editor CutWord() => Cut(WordStart(), Cursor);

    public Editor CutToStart() => Cut(LineStart(Cursor), Cursor);

    public Editor CutToEnd() => Cut(Cursor, LineEnd(Cursor));

    public Editor Left() => this with { Cursor = Previous(Cursor) };

    public Editor Right() => this with { Cursor = Next(Cursor) };

    public Editor WordLeft() => this with { Cursor = WordStart() };

    public Editor WordRight()
    {
        var at = Cursor;
        while (at < Text.Length && char.IsWhiteSpace(Text[at]))
        {
            at++;
        }

        while (at < Text.Length && !char.IsWhiteSpace(Text[at]))
        {
            at++;
        }

        return this with { Cursor = BoundaryAtOrAfter(Text, at) };
    }

    public Editor Home() => this with { Cursor = LineStart(Cursor) };

    public Editor End() => this with { Cursor = LineEnd(Cursor) };

    /// <summary>One line up, or from the first line: what was said before.</summary>
    public Editor Up()
    {
        var start = LineStart(Cursor);
        return start > 0 ? ToColumn(LineStart(start - 1), Cursor - start) : Recall(At - 1);
    }

    /// <summary>One line down, or from the last line: what was said after.</summary>
    public Editor Down()
    {
        var end = LineEnd(Cursor);
        return end < Text.Length ? ToColumn(end + 1, Cursor - LineStart(Cursor)) : Recall(At + 1);
    }

    public Editor Clear() => this with { Text = "", Cursor = 0, At = Said.Count, Draft = "" };

    /// <summary>What is written was taken: the line is empty again, and the text can be called back.</summary>
    public Editor Taken()
    {
        var said = Said;
        if (!IsEmpty && (said.IsEmpty || said[^1] != Text))
        {
            said = said.Add(Text);
            while (said.Count > TuiLimits.History || (said.Count > 1 && said.Sum(line => line.Length) > TuiLimits.HistoryChars))
            {
                said = said.RemoveAt(0);
            }
        }

        return new Editor { Said = said, At = said.Count };
    }

    private Editor Recall(int at)
    {
        if (at < 0 || at > Said.Count)
        {
            return this;
        }

        var draft = At == Said.Count ? Text : Draft;
        var text = at == Said.Count ? draft : Said[at];
        return this with { Text = text, Cursor = text.Length, At = at, Draft = draft };
    }

    private Editor ToColumn(int lineStart, int column)
    {
        var at = Math.Min(lineStart + column, LineEnd(lineStart));
        return this with { Cursor = BoundaryAtOrAfter(Text, at) };
    }

    private Editor Cut(int from, int to) => from >= to ? this : this with { Text = Text.Remove(from, to - from), Cursor = from };

    private int LineStart(int at) => at == 0 ? 0 : Text.LastIndexOf('\n', at - 1) + 1;

    private int LineEnd(int at)
    {
        var end = Text.IndexOf('\n', at);
        return end < 0 ? Text.Length : end;
    }

    private int WordStart()
    {
        var at = Cursor;
        while (at > 0 && char.IsWhiteSpace(Text[at - 1]))
        {
            at--;
        }

        while (at > 0 && !char.IsWhiteSpace(Text[at - 1]))
        {
            at--;
        }

        return at;
    }

    private int Next(int at) => at == Text.Length ? at : at + Cells.LengthOfFirst(Text.AsSpan(at));

    private int Previous(int at)
    {
        var before = 0;
        for (var next = 0; next < at; next = Next(next))
        {
            before = next;
        }

        return before;
    }

    private static int BoundaryAtOrAfter(string text, int wanted)
    {
        var at = 0;
        while (at < wanted)
        {
            at += Cells.LengthOfFirst(text.AsSpan(at));
        }

        return at;
    }

    private static string Beginning(string text, int bytes)
    {
        var length = 0;
        while (length < text.Length)
        {
            var next = Cells.LengthOfFirst(text.AsSpan(length));
            bytes -= Encoding.UTF8.GetByteCount(text.AsSpan(length, next));
            if (bytes < 0)
            {
                break;
            }

            length += next;
        }

        return text[..length];
    }
}
