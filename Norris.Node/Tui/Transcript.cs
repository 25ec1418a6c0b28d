using System.Collections.Immutable;
using Norris.Core.Protocol;

namespace Norris.Node.Tui;

public enum LineKind
{
    /// <summary>A message in its place in the order.</summary>
    Said,

    /// <summary>Something that happened in the room.</summary>
    News,

    /// <summary>Something this user should know.</summary>
    Warning,

    /// <summary>A new day begins.</summary>
    Day,
}

/// <summary>One line of the transcript, before it is wrapped.</summary>
/// <param name="Number">1, 2, 3 … on this screen, and 0, -1, -2 … for what was fetched above.</param>
/// <param name="At">In the user's time zone.</param>
/// <param name="Who">The speaker; empty where nobody speaks.</param>
/// <param name="Seq">Its number in the order; 0: it is none of the order's.</param>
/// <param name="Id">The message whose text it shows; null: none.</param>
/// <param name="IsDeleted">That message is deleted, and nothing is shown of it any more.</param>
/// <param name="Quote">So much of the text is the quote of what it answers, which stays when the rest is edited.</param>
public sealed record TranscriptLine(
    long Number, LineKind Kind, DateTimeOffset At, string Who, string Text, bool IsMine = false, bool IsMention = false, long Seq = 0, MessageId? Id = null, bool IsDeleted = false, int Quote = 0);

/// <summary>One's own message on its way into the order.</summary>
public sealed record PendingMessage(MessageId Id, string Text);

/// <summary>Where one reads: the last visible row is row <paramref name="Row"/> (from 0) of line <paramref name="Line"/>.</summary>
public readonly record struct Place(long Line, int Row);

/// <summary>The lines that are kept, and where one reads in them. Immutable and bounded.</summary>
public sealed record Transcript
{
    public static Transcript Empty { get; } = new();

    public ImmutableList<TranscriptLine> Lines { get; private init; } = [];

    /// <summary>Null: at the end, following what comes.</summary>
    public Place? Place { get; private init; }

    /// <summary>The last line that was there when the user began to read further up; later ones are new to them.</summary>
    public long SeenUpTo { get; private init; }

    /// <summary>The line that a search has found; 0: none.</summary>
    public long Found { get; private init; }

    private long Chars { get; init; }

    public long First => Lines.IsEmpty ? 1 : Lines[0].Number;

    public long Last => Lines.IsEmpty ? 0 : Lines[^1].Number;

    /// <summary>How many messages came that the user has not had on the screen yet.</summary>
    public int Unseen => Place is { } place ? CountSaid(Math.Max(SeenUpTo, place.Line)) : 0;

    public Transcript Add(LineKind kind, DateTimeOffset at, string who, string text, bool isMine = false, bool isMention = false, long seq = 0, MessageId? id = null, bool isDeleted = false, int quote = 0)
    {
        var lines = Lines;
        if (kind != LineKind.Day && !lines.IsEmpty && lines[^1].At.Date < at.Date)
        {
            return Add(LineKind.Day, at, "", DayOf(at))
                .Add(kind, at, who, text, isMine, isMention, seq, id, isDeleted, quote);
        }

        lines = lines.Add(new TranscriptLine(Last + 1, kind, at, who, text, isMine, isMention, seq, id, isDeleted, quote));
        var chars = Chars + text.Length;
        while (lines.Count > 1 && (lines.Count > TuiLimits.TranscriptLines || chars > TuiLimits.TranscriptChars))
        {
            chars -= lines[0].Text.Length;
            lines = lines.RemoveAt(0);
        }

        return this with { Lines = lines, Chars = chars };
    }

    /// <summary>Says something else in the last line.</summary>
    public Transcript ReplaceLast(LineKind kind, string text) => this with
    {
        Lines = Lines.SetItem(Lines.Count - 1, Lines[^1] with { Kind = kind, Text = text }),
        Chars = Chars - Lines[^1].Text.Length + text.Length,
    };

    /// <summary>Says something else wherever a message is shown, below the quote of what it answers, but where it is deleted already; null: it is nowhere (any more).</summary>
    public Transcript? Replace(MessageId id, string text, bool isDeleted)
    {
        var shown = Lines.Where(line => line.Id == id).ToList();
        TranscriptLine Now(TranscriptLine line) => isDeleted ? line with { Text = text, IsDeleted = true, Quote = 0 } : line with { Text = line.Text[..line.Quote] + text };
        return shown.Count == 0 ? null : shown.Where(line => !line.IsDeleted).Aggregate(this, (it, line) => it with
        {
            Lines = it.Lines.SetItem((int)(line.Number - First), Now(line)),
            Chars = it.Chars - line.Text.Length + Now(line).Text.Length,
        });
    }

    /// <summary>Adds what was said then: with its day, whatever stands before it.</summary>
    public Transcript AddEarlier(TranscriptLine then)
    {
        var dated = !Lines.IsEmpty && Lines[^1].At.Date > then.At.Date ? Add(LineKind.Day, then.At, "", DayOf(then.At)) : this;
        return dated.Add(then.Kind, then.At, then.Who, then.Text, then.IsMine, then.IsMention, then.Seq, then.Id, then.IsDeleted, then.Quote);
    }

    /// <summary>Whether a page of so many lines more still has room at the top.</summary>
    public bool HasRoomFor(int lines) => Lines.Count + lines <= TuiLimits.TranscriptLines && Chars <= TuiLimits.TranscriptChars / 2;

    /// <summary>Puts what was said before above everything, each day under its name. Where one reads stays where it is.</summary>
    public Transcript Prepend(IReadOnlyList<TranscriptLine> earlier)
    {
        if (earlier.Count == 0)
        {
            return this;
        }

        var lines = Lines;
        if (!lines.IsEmpty && lines[0].Kind == LineKind.Day && lines[0].At.Date == earlier[^1].At.Date)
        {
            lines = lines.RemoveAt(0); // its day begins further up now
        }

        var above = new List<TranscriptLine>();
        foreach (var line in earlier)
        {
            AddDay(line.At);
            above.Add(line);
        }

        if (!lines.IsEmpty && lines[0].Kind != LineKind.Day)
        {
            AddDay(lines[0].At);
        }

        var next = lines.IsEmpty ? 1 : lines[0].Number;
        return this with
        {
            Lines = lines.InsertRange(0, above.Select((line, i) => line with { Number = next - above.Count + i })),
            Chars = Chars + above.Sum(line => line.Text.Length),
        };

        void AddDay(DateTimeOffset at)
        {
            if (above.Count == 0 || above[^1].At.Date != at.Date)
            {
                above.Add(new TranscriptLine(0, LineKind.Day, at, "", DayOf(at)));
            }
        }
    }

    public TranscriptLine At(long number) => Lines[(int)(number - First)];

    /// <summary>Goes up (negative) or down so many rows, on a screen of that size.</summary>
    public Transcript Scroll(int rows, int width, int height)
    {
        if (Lines.IsEmpty)
        {
            return this;
        }

        var place = Clamp(Place, width) ?? EndOf(width);
        var moved = Move(place, rows, width);
        var highest = Move(new Place(First, 0), height - 1, width);
        if (Compare(moved, highest) < 0)
        {
            moved = highest;
        }

        if (Compare(moved, EndOf(width)) >= 0)
        {
            return ToEnd();
        }

        return this with { Place = moved, SeenUpTo = Place is null ? Last : SeenUpTo };
    }

    public Transcript ToTop(int width, int height) =>
        Lines.IsEmpty ? this : (this with { Place = new Place(First, 0), SeenUpTo = Place is null ? Last : SeenUpTo }).Scroll(0, width, height);

    /// <summary>Goes where a line is in sight, with what stands round it, and marks it.</summary>
    public Transcript Show(long line, int width, int height)
    {
        var marked = this with { Found = line, Place = new Place(line, TranscriptRows.Count(At(line), width) - 1), SeenUpTo = Place is null ? Last : SeenUpTo };
        return marked.Scroll(height / 2, width, height);
    }

    public Transcript ToEnd() => this with { Place = null };

    /// <summary>Forgets where the new lines began, and what was found.</summary>
    public Transcript AllSeen() => this with { SeenUpTo = 0, Found = 0 };

    /// <summary>The place, moved to one that exists at that width.</summary>
    public Place? Clamp(Place? place, int width)
    {
        if (place is not { } wanted || Lines.IsEmpty)
        {
            return null;
        }

        if (wanted.Line < First)
        {
            return new Place(First, 0);
        }

        return wanted with { Row = Math.Min(wanted.Row, TranscriptRows.Count(At(wanted.Line), width) - 1) };
    }

    private Place EndOf(int width) => new(Last, TranscriptRows.Count(Lines[^1], width) - 1);

    private Place Move(Place place, int rows, int width)
    {
        var (line, row) = place;
        while (rows < 0)
        {
            if (row > 0)
            {
                var step = (int)Math.Min(row, -(long)rows);
                row -= step;
                rows += step;
            }
            else if (line == First)
            {
                break;
            }
            else
            {
                line--;
                row = TranscriptRows.Count(At(line), width) - 1;
                rows++;
            }
        }

        while (rows > 0)
        {
            var last = TranscriptRows.Count(At(line), width) - 1;
            if (row < last)
            {
                var step = Math.Min(last - row, rows);
                row += step;
                rows -= step;
            }
            else if (line == Last)
            {
                break;
            }
            else
            {
                line++;
                row = 0;
                rows--;
            }
        }

        return new Place(line, row);
    }

    private int CountSaid(long after)
    {
        var count = 0;
        for (var number = Math.Max(after + 1, First); number <= Last; number++)
        {
            count += At(number).Kind == LineKind.Said ? 1 : 0;
        }

        return count;
    }

    private static string DayOf(DateTimeOffset at) => at.ToString("dddd, d MMMM yyyy", System.Globalization.CultureInfo.InvariantCulture);

    private static int Compare(Place a, Place b) => a.Line != b.Line ? a.Line.CompareTo(b.Line) : a.Row.CompareTo(b.Row);
}
