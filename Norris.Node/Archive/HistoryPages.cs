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
                HistoryOf.Messages => Newest(query, await store.Before(query.Room, query.Seq, query.Limit, EntryFilter.Messages, cancel).ConfigureAwait(false)),
                HistoryOf.Search => Newest(query, new([.. (await store.Search(query.Room, SearchQuery.Parse(query.Words, TimeZoneInfo.Utc), query.Seq, query.Limit, cancel).ConfigureAwait(false)).Reverse()], [])),
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

    /// <summary>What was asked for of an answer, within all bounds.</summary>
    public static bool TryRead(HistoryAnswer answer, HistoryQuery query, out HistoryPage page, out string whyNot)
    {
        try
        {
            var entries = PageFormat.Read(answer.Page.Span);
            var isStretch = query.Of == HistoryOf.Stretch;
            var later = isStretch ? [] : entries.Where(e => e.Seq >= query.Seq).ToList();
            page = new HistoryPage([.. entries.Take(entries.Count - later.Count)], []) { Later = [.. later.OfType<SaidEvent>()] };
            var isAsked = isStretch
                ? entries.Count == 0 || (entries[0].Seq == query.Seq && entries[^1].Seq == query.Seq + entries.Count - 1)
                : page.Entries.All(e => e is SaidEvent) && later.Count == page.Later.Count && page.Later.All(said => said.Relation is { IsToOwn: true });
            whyNot = isAsked && page.Entries.Count <= query.Limit ? "" : "it is not what was asked for";
        }
        catch (FormatException e)
        {
            (page, whyNot) = (new HistoryPage([], []), e.Message);
        }

        return whyNot.Length == 0;
    }

    /// <summary>As many as fit, from the newest back, each with what has become of it.</summary>
    public static HistoryAnswer Newest(HistoryQuery query, HistoryPage page)
    {
        var later = page.Later.ToLookup(said => said.Original);
        var told = new HashSet<long>();
        var fitting = PageFormat.Fitting(page.Entries.Reverse().Select(entry => (IReadOnlyList<OrderedEvent>)[entry, .. Later(entry)]));
        fitting.Sort((a, b) => a.Seq.CompareTo(b.Seq));
        var count = fitting.Count(entry => entry.Seq < query.Seq);
        var whole = count == page.Entries.Count;
        var from = whole || count == 0 ? 0 : fitting[0].Seq;
        return new HistoryAnswer(
            "",
            0,
            PageFormat.Write(fitting),
            [.. page.Holes.Where(h => h.Range.First >= from).TakeLast(HistoryLimits.Holes).Select(Hole)],
            0,
            0,
            !whole || page.Entries.Count == query.Limit);

        IEnumerable<OrderedEvent> Later(OrderedEvent entry) => entry is SaidEvent said ? later[said.Original].Where(change => told.Add(change.Seq)) : [];
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
