using Norris.Actors.History;
using Norris.Node.Session;

namespace Norris.Node.Archive;

/// <summary>Answers other nodes' questions from a store, and reads such answers, a page at a time.</summary>
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

    /// <summary>The entries of an answer, in their order: what was asked for, within all bounds.</summary>
    public static bool TryRead(HistoryAnswer answer, HistoryQuery query, out IReadOnlyList<OrderedEvent> entries, out string whyNot)
    {
        try
        {
            entries = PageFormat.Read(answer.Page.Span);
            var isAsked = query.Of == HistoryOf.Stretch
                ? entries.Count == 0 || (entries[0].Seq == query.Seq && entries[^1].Seq == query.Seq + entries.Count - 1)
                : entries.All(e => e is SaidEvent && e.Seq < query.Seq);
            whyNot = isAsked && entries.Count <= query.Limit ? "" : "it is not what was asked for";
        }
        catch (FormatException e)
        {
            (entries, whyNot) = ([], e.Message);
        }

        return whyNot.Length == 0;
    }

    private static HistoryAnswer Messages(HistoryQuery query, HistoryPage page) => Newest(query, page.Entries, page.Holes);

    /// <summary>As many as fit, from the newest back.</summary>
    private static HistoryAnswer Newest(HistoryQuery query, IReadOnlyList<OrderedEvent> entries, IReadOnlyList<Hole> holes)
    {
        var fitting = PageFormat.Fitting(entries.Reverse());
        fitting.Reverse();
        var whole = fitting.Count == entries.Count;
        var from = whole || fitting.Count == 0 ? 0 : fitting[0].Seq;
        return new HistoryAnswer(
            "",
            0,
            PageFormat.Write(fitting),
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
        var fitting = PageFormat.Fitting(entries);
        return new HistoryAnswer("", hashBefore, PageFormat.Write(fitting), [], newest, 0, fitting.Count < entries.Count || fitting.Count == query.Limit);
    }

    private static HistoryHole Hole(Hole hole)
    {
        var why = SafeText.OneLine(hole.Why);
        return new HistoryHole(hole.Range.First, hole.Range.Last, why.Length > HistoryLimits.Why ? why[..HistoryLimits.Why] : why);
    }
}
