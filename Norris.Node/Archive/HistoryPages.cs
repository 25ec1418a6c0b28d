using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Norris.Actors.History;
using Norris.Core.Protocol;
using Norris.Node.Screens;
using Norris.Node.Session;

namespace Norris.Node.Archive;

/// <summary>Answers other nodes' questions from a store, and reads such answers: entries as JSON lines, a page at a time.</summary>
internal static class HistoryPages
{
    public static async Task<HistoryAnswer> Answer(IHistoryStore store, HistoryQuery query, CancellationToken cancel)
    {
        try
        {
            return query.Of switch
            {
                HistoryOf.Messages => Messages(query, await store.Before(query.Room, query.Seq, query.Limit, EntryFilter.Messages, cancel).ConfigureAwait(false)),
                HistoryOf.Search => Newest(query, [.. (await store.Search(query.Room, SearchQuery.Parse(query.Words, TimeZoneInfo.Utc), query.Seq, query.Limit, cancel).ConfigureAwait(false)).Reverse()], []),
                HistoryOf.Stretch => await Stretch(store, query, cancel).ConfigureAwait(false),
                _ => HistoryAnswer.Refused("this archive does not know such a question"),
            };
        }
        catch (HistoryStoreException e) when (e.Fault == StoreFault.Name)
        {
            return HistoryAnswer.Refused(e.Message);
        }
        catch (HistoryStoreException)
        {
            // Why is for the users of this node, who are told; it may name places that are nobody else's business.
            return HistoryAnswer.Refused("its store cannot be read now");
        }
    }

    /// <summary>The entries of a page, in order; null where it is none that this build would have written itself.</summary>
    public static IReadOnlyList<OrderedEvent>? TryRead(ReadOnlySpan<byte> lines)
    {
        using var json = new JsonLines();
        var entries = new List<OrderedEvent>();
        try
        {
            while (!lines.IsEmpty)
            {
                var end = lines.IndexOf((byte)'\n');
                if (end < 0)
                {
                    return null;
                }

                var entry = Read(JsonElement.Parse(lines[..end]));
                if (entry is null || (entries.Count > 0 && entry.Seq <= entries[^1].Seq) || !json.Format(entry).Span.SequenceEqual(lines[..end]))
                {
                    return null;
                }

                entries.Add(entry);
                lines = lines[(end + 1)..];
            }

            return entries;
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException or KeyNotFoundException or OverflowException)
        {
            return null;
        }
    }

    private static HistoryAnswer Messages(HistoryQuery query, HistoryPage page) => Newest(query, page.Entries, page.Holes);

    /// <summary>As many as fit, from the newest back.</summary>
    private static HistoryAnswer Newest(HistoryQuery query, IReadOnlyList<OrderedEvent> entries, IReadOnlyList<Hole> holes)
    {
        var lines = Lines(entries.Reverse());
        lines.Reverse();
        var whole = lines.Count == entries.Count;
        var from = whole || lines.Count == 0 ? 0 : entries[^lines.Count].Seq;
        return new HistoryAnswer(
            "",
            0,
            Join(lines),
            [.. holes.Where(h => h.Range.First >= from).TakeLast(HistoryLimits.Holes).Select(Hole)],
            0,
            0,
            !whole || entries.Count == query.Limit);
    }

    private static async Task<HistoryAnswer> Stretch(IHistoryStore store, HistoryQuery query, CancellationToken cancel)
    {
        // Asked first: what is written meanwhile must not make a number look older than it is.
        var newest = (await store.Newest(query.Room, cancel).ConfigureAwait(false))?.Seq ?? 0;
        var stretch = await store.Read(query.Room, query.Seq, query.Limit, cancel).ConfigureAwait(false);
        if (stretch is null)
        {
            var present = await store.Present(query.Room, cancel).ConfigureAwait(false);
            return new HistoryAnswer("", 0, default, [], newest, present.FirstOrDefault(r => r.First > query.Seq).First, false);
        }

        return Stretch(stretch.HashBefore, stretch.Entries, query, newest);
    }

    /// <summary>As many as fit, from the oldest on.</summary>
    public static HistoryAnswer Stretch(ulong hashBefore, IReadOnlyList<OrderedEvent> entries, HistoryQuery query, long newest)
    {
        var lines = Lines(entries);
        return new HistoryAnswer("", hashBefore, Join(lines), [], newest, 0, lines.Count < entries.Count || lines.Count == query.Limit);
    }

    private static List<byte[]> Lines(IEnumerable<OrderedEvent> entries)
    {
        using var json = new JsonLines();
        var lines = new List<byte[]>();
        var bytes = 0;
        foreach (var entry in entries)
        {
            var line = json.Format(entry);
            bytes += line.Length + 1;
            if (bytes > HistoryLimits.LineBytes)
            {
                break;
            }

            lines.Add(line.ToArray());
        }

        return lines;
    }

    private static ReadOnlyMemory<byte> Join(List<byte[]> lines)
    {
        var page = new ArrayBufferWriter<byte>(lines.Sum(l => l.Length + 1) + 1);
        foreach (var line in lines)
        {
            page.Write(line);
            page.Write("\n"u8);
        }

        return page.WrittenMemory;
    }

    private static HistoryHole Hole(Hole hole)
    {
        var why = SafeText.OneLine(hole.Why);
        return new HistoryHole(hole.Range.First, hole.Range.Last, why.Length > HistoryLimits.Why ? why[..HistoryLimits.Why] : why);
    }

    private static OrderedEvent? Read(JsonElement e)
    {
        var (seq, epoch) = (e.GetProperty("seq").GetInt64(), e.GetProperty("epoch").GetInt64());
        var hash = Hex(Text("hash"));
        return Text("event") switch
        {
            "said" => new SaidEvent(seq, epoch, hash, Id(Text("id")), Text("user"), Text("text"), Time("sentAt"), Time("orderedAt")),
            "joined" => new JoinedEvent(seq, epoch, hash, Text("user"), Text("node"), new UserId(Hex(Text("userId")))),
            "left" => new LeftEvent(seq, epoch, hash, Text("user"), Text("node"), Reason(Text("reason")), new UserId(Hex(Text("userId")))),
            "renamed" => new RenamedEvent(seq, epoch, hash, Text("user"), Text("before"), new UserId(Hex(Text("userId")))),
            "node" => new NodeEvent(
                seq, epoch, hash, Text("node"), Text("change") == "joined", e.GetProperty("reason").GetString() is { } reason ? Reason(reason) : null),
            "host" => new HostEvent(seq, epoch, hash, Text("host"), e.GetProperty("mayHaveLost").GetBoolean()),
            "recording" => new RecordingEvent(seq, epoch, hash, Text("node"), e.GetProperty("recording").GetBoolean()),
            _ => null,
        };

        string Text(string name) => e.GetProperty(name).GetString() ?? throw new FormatException();

        long Time(string name) => e.GetProperty(name).GetDateTimeOffset().ToUnixTimeMilliseconds();
    }

    private static ulong Hex(string text) => ulong.Parse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    private static MessageId Id(string text) => text.Split('-') is [var user, var counter]
        ? new MessageId(new UserId(Hex(user)), long.Parse(counter, NumberStyles.None, CultureInfo.InvariantCulture))
        : throw new FormatException();

    private static LeaveReason Reason(string word) =>
        Enum.GetValues<LeaveReason>().Where(r => JsonLines.Word(r) == word).Select(r => (LeaveReason?)r).FirstOrDefault() ?? throw new FormatException();
}
