using Norris.Actors;
using Norris.Actors.History;
using Norris.Core.Protocol;
using Norris.Node.Session;

namespace Norris.Node.Archive;

/// <summary>What a node answers to archives that missed something, and to who came in: from its own archive, where it keeps one, and else from what was delivered there lately.</summary>
internal static class RecentHistory
{
    public static async Task<HistoryAnswer> Answer(DeliveredLog delivered, HistoryService? archive, HistoryQuery query, CancellationToken cancel)
    {
        if (archive is null && query.Of == HistoryOf.Messages)
        {
            return Last(delivered, query);
        }

        var kept = archive is null ? HistoryAnswer.Refused("this node keeps no archive") : await archive(query, cancel).ConfigureAwait(false);
        if (query.Of != HistoryOf.Stretch || kept.Page.Length > 0)
        {
            return kept;
        }

        var recent = Answer(delivered, query);
        if (archive is not null && kept.Refusal.Length > 0 && recent.Page.Length == 0)
        {
            // Its store cannot be read now. That is not the same as not having it: who asks would write down that nobody has.
            return kept;
        }

        return kept.Refusal.Length > 0 || recent.Page.Length > 0
            ? recent
            : recent with { Newest = kept.Newest, Next = Sooner(kept.Next, recent.Next) };
    }

    internal static HistoryAnswer Answer(DeliveredLog log, HistoryQuery query)
    {
        var newest = log.Status.NewestOf(query.Room, query.Seq);
        var page = log.Recent(query.Room, query.Seq, query.Limit);
        if (page.Entries.Count == 0)
        {
            return new HistoryAnswer("", 0, default, [], newest, page.Next, false);
        }

        // A block may begin before what was asked for, and end after it.
        var hash = page.Entries[0].HashBefore;
        var entries = new List<OrderedEvent>();
        foreach (var e in page.Entries.SelectMany(EntryEvents.Of))
        {
            if (e.Seq < query.Seq)
            {
                hash = e.Hash;
            }
            else if (entries.Count < query.Limit)
            {
                entries.Add(e);
            }
        }

        return HistoryPages.Stretch(hash, entries, query, newest);
    }

    /// <summary>The last messages, where the room shows them to who comes in: nothing that was deleted, and nothing of somebody who was put out since.</summary>
    internal static HistoryAnswer Last(DeliveredLog log, HistoryQuery query)
    {
        if (log.Status.Picture.Settings.LastCount == 0)
        {
            return HistoryAnswer.Refused("this room shows nobody what was said before they came");
        }

        var entries = log.LastMessages(query.Room, query.Seq, query.Limit).SelectMany(EntryEvents.Of).ToList();
        var putOut = entries.OfType<LeftEvent>().Where(left => left.Reason == LeaveReason.PutOut).Select(left => left.Id).ToHashSet();
        var deleted = entries.OfType<SaidEvent>().Where(said => said.Relation is { Kind: RelationKind.Deletion }).Select(said => said.Original).ToHashSet();
        var said = entries.OfType<SaidEvent>().Where(said => !putOut.Contains(said.Id.User) && !deleted.Contains(said.Original)).ToList();
        var page = said.Where(one => one.Seq < query.Seq).TakeLast(Math.Min(query.Limit, log.Status.Picture.Settings.LastCount)).ToList();
        var shown = page.Select(one => one.Original).ToHashSet();
        var later = said.Where(one => one.Seq >= query.Seq && one.Relation is { IsToOwn: true } && shown.Contains(one.Original)).GroupBy(one => one.Original, (_, edits) => edits.Last());
        return HistoryPages.Newest(query, new HistoryPage(page, []) { Later = [.. later.OrderBy(edit => edit.Seq)] });
    }

    private static long Sooner(long one, long other) => one > 0 && other > 0 ? Math.Min(one, other) : Math.Max(one, other);
}
