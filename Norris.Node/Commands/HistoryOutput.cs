using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Norris.Core.Protocol;
using Norris.Core.Room;
using Norris.Node.Archive;
using Norris.Node.Screens;
using Norris.Node.Session;

namespace Norris.Node.Commands;

internal enum HistoryFormat
{
    Text,
    Json,
}

/// <summary>Shows archived entries, and the holes between them, as lines for people or for programs. Not safe for several threads.</summary>
/// <param name="zone">In which text shows its times.</param>
internal sealed class HistoryOutput(ScreenOutput output, HistoryFormat format, TimeZoneInfo zone) : IDisposable
{
    /// <summary>Stands where a message has its time: when the rest happened is not kept. So no text can pass itself off as a line of its own.</summary>
    private const string NoTime = "                    ";

    /// <summary>So much of what was shown is known, to quote it.</summary>
    private const int Known = 2_000;

    private readonly JsonLines _json = new();
    private readonly Conversation _conversation = new(Known, 1024 * 1024);

    /// <summary>Whether it is of no use to go on: nobody reads any more, or it cannot be written.</summary>
    public bool HasEnded => output.Ended.IsCompleted;

    /// <summary>Why it could not be written; null: it could.</summary>
    public string? Trouble => HasEnded ? output.Ended.Result : null;

    /// <summary>How many numbers of the order were shown as holes.</summary>
    public long Missing { get; private set; }

    /// <summary>Entries and holes, each in order, merged.</summary>
    public void Show(HistoryPage page)
    {
        var holes = new Queue<Hole>(page.Holes);
        foreach (var entry in page.Entries)
        {
            while (holes.TryPeek(out var hole) && hole.Range.First < entry.Seq)
            {
                Show(holes.Dequeue());
            }

            Show(entry);
        }

        while (holes.TryDequeue(out var hole))
        {
            Show(hole);
        }
    }

    public void Show(OrderedEvent entry)
    {
        if (format == HistoryFormat.Json)
        {
            Json(entry);
        }
        else if (entry is SaidEvent said)
        {
            _conversation.Take(said.ToMessage());
            var lines = SafeText.Lines(SaidWords.Of(said.Relation is { } about ? said with { About = _conversation.Find(about.To) } : said));
            Line($"{Time(said.OrderedAt)} {SafeText.OneLine(said.User)}: {lines[0]}");
            foreach (var line in lines.Skip(1))
            {
                Line($"{NoTime}| {line}");
            }
        }
        else
        {
            Line($"{NoTime}* {SafeText.OneLine(Words(entry))}");
        }
    }

    public void Show(ArchivedRoom room)
    {
        var last = room.LastOrderedAt is { } at ? $"the last message {JsonLines.Time(at)}" : "no message";
        Line(string.Create(CultureInfo.InvariantCulture, $"{room.Room}  {LineScreen.Count(room.Newest.Seq, "entry", "entries")}, {last}"));
    }

    public void Flush() => output.Flush();

    public void Dispose() => _json.Dispose();

    private void Show(Hole hole)
    {
        Missing += hole.Range.Count;
        if (format == HistoryFormat.Json)
        {
            Json(new MissedEvent(hole.Range.Count));
        }
        else
        {
            Line($"{NoTime}* [{LineScreen.Count(hole.Range.Count, "entry", "entries")} ({hole.Range}): {SafeText.OneLine(hole.Why)}]");
        }
    }

    private static string Words(OrderedEvent entry) => entry switch
    {
        JoinedEvent e => $"{e.User} joined",
        LeftEvent e => $"{e.User} {Gone(e.Reason)}",
        RenamedEvent e => $"{e.Before} was {e.User} from then on",
        SettingEvent e => e.Words,
        NodeEvent { Joined: true } e => $"node {e.Node} joined",
        NodeEvent e => $"node {e.Node} {Gone(e.Reason ?? LeaveReason.Left)}",
        HostEvent { MayHaveLost: true } e => $"{e.Host} became the host; messages that only those who were gone had seen may be lost",
        HostEvent e => $"{e.Host} became the host",
        RecordingEvent { Recording: true } e => $"node {e.Node} began to keep the log",
        RecordingEvent e => $"node {e.Node} no longer kept the log",
        CircleEvent e => LineScreen.Words(e),
        _ => throw new UnreachableException($"no words for {entry.GetType()}"),
    };

    private static string Gone(LeaveReason reason) => reason switch
    {
        LeaveReason.Left => "left",
        LeaveReason.Crashed => "was gone",
        LeaveReason.PutOut => "was put out, with the device",
        LeaveReason.Silent => "was silent and taken out",
        LeaveReason.Expelled => "was put out",
        _ => throw new UnreachableException($"no words for {reason}"),
    };

    private string Time(long milliseconds) => TimeZoneInfo.ConvertTime(CalendarTime.Of(milliseconds), zone).ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    private void Json(ChatEvent happened) => output.Write(
        static (json, to) =>
        {
            to.Write(json.Span);
            to.Write("\n"u8);
        },
        _json.Format(happened));

    private void Line(string line) => output.Write(static (line, to) => Encoding.UTF8.GetBytes(line + "\n", to), line);
}
