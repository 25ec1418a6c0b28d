using Norris.Actors.History;
using Norris.Core.Protocol;
using Norris.Node.Session;

namespace Norris.Node.Archive;

/// <summary>From this node's own archive where it has one that works, else from any other in the room, one after the other until one answers; where there is none, the last messages from members.</summary>
public sealed class RoomHistory(IArchivePort node, IHistoryStore? own) : IRoomHistory
{
    /// <summary>For how long this node's own store is waited for: whoever asked types on only afterwards.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    /// <summary>So many members are asked what was said before one came: the host, and others.</summary>
    private const int MembersAsked = 3;

    private readonly StoreHistory? _own = own is null ? null : new StoreHistory(own, () => node.Status.Room);

    public async Task<HistoryPage> Messages(long before, int limit, CancellationToken cancel = default)
    {
        if (_own is not null && await Try(token => _own.Messages(before, limit, token), cancel).ConfigureAwait(false) is { } page)
        {
            return page;
        }

        return await Collect(HistoryOf.Messages, "", before, limit, cancel).ConfigureAwait(false);
    }

    public async Task<IReadOnlyList<SaidEvent>> Search(string words, long before, int limit, CancellationToken cancel = default)
    {
        var asked = SearchQuery.Parse(words, TimeZoneInfo.Local);
        if (asked.IsEmpty)
        {
            throw new HistoryStoreException(StoreFault.Name, asked.WhyEmpty);
        }

        words = asked.ToString();
        if (words.Length > HistoryLimits.Words)
        {
            throw new HistoryStoreException(StoreFault.Name, $"a search has at most {HistoryLimits.Words} characters");
        }

        if (_own is not null && await Try(token => _own.Search(words, before, limit, token), cancel).ConfigureAwait(false) is { } found)
        {
            return found;
        }

        return [.. (await Collect(HistoryOf.Search, words, before, limit, cancel).ConfigureAwait(false)).Entries.Cast<SaidEvent>()];
    }

    /// <remarks>Members that keep no archive are asked too: what was said a moment ago may not be written yet.</remarks>
    public async Task<IReadOnlyList<OrderedEvent>> Between(long after, long before, CancellationToken cancel = default)
    {
        var silent = new SortedSet<string>(StringComparer.Ordinal);
        for (var first = after + 1; first < before;)
        {
            var next = before;
            foreach (var holder in node.Holders)
            {
                cancel.ThrowIfCancellationRequested();
                var query = new HistoryQuery(node.Status.Room, HistoryOf.Stretch, first, (int)Math.Min(HistoryLimits.Entries, before - first), "");
                if (await node.Ask(holder, query, cancel).ConfigureAwait(false) is not { Refusal.Length: 0 } answer)
                {
                    if (node.Others.Contains(holder))
                    {
                        silent.Add(ChatSession.ShortName(holder));
                    }

                    continue;
                }

                if (HistoryPages.TryRead(answer, query, out var page, out _) && page.Entries.Count > 0)
                {
                    return page.Entries;
                }

                next = answer.Next > first ? Math.Min(next, answer.Next) : next;
            }

            first = next;
        }

        return silent.Count == 0 ? [] : throw new HistoryStoreException(StoreFault.Unavailable, $"not every archive of this room can be read now: {string.Join(", ", silent)}");
    }

    /// <summary>Null where the own store cannot; somebody else's may.</summary>
    private async Task<T?> Try<T>(Func<CancellationToken, Task<T>> read, CancellationToken cancel)
        where T : class
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(Patience);
        try
        {
            return await read(limit.Token).WaitAsync(limit.Token).ConfigureAwait(false);
        }
        catch (HistoryStoreException) when (node.Others.Count > 0)
        {
            return null;
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return node.Others.Count > 0
                ? null
                : throw new HistoryStoreException(StoreFault.Unavailable, $"archive {own!.Place}: it does not answer in time");
        }
    }

    /// <summary>Page by page backwards: a page is bounded in bytes, so there may be fewer entries in it than were asked for.</summary>
    private async Task<HistoryPage> Collect(HistoryOf of, string words, long before, int limit, CancellationToken cancel)
    {
        var pages = new Stack<HistoryPage>();
        for (var (next, left) = (before, limit); left > 0;)
        {
            var query = new HistoryQuery(node.Status.Room, of, next, Math.Min(left, HistoryLimits.Entries), words);
            var (page, isLast) = await Ask(query, cancel).ConfigureAwait(false);
            pages.Push(page);
            left -= page.Entries.Count;
            if (isLast || page.Entries.Count == 0)
            {
                break;
            }

            next = page.Entries[0].Seq;
        }

        return HistoryPage.Joined([.. pages], before);
    }

    /// <summary>Archives are asked until one can tell; where there are none, a few members until one has all that the room shows, and what the one had who had most is taken.</summary>
    private async Task<(HistoryPage Page, bool IsLast)> Ask(HistoryQuery query, CancellationToken cancel)
    {
        var archives = node.Others;
        var shown = query.Of == HistoryOf.Messages && archives.Count == 0 ? node.Status.Picture.Settings.LastCount : 0;
        var asked = shown == 0 ? archives : [.. node.Status.Picture.Members.Where(m => m != node.Status.Self).OrderByDescending(m => m == node.Status.Picture.Host).Take(MembersAsked)];
        if (asked.Count == 0)
        {
            throw new HistoryStoreException(StoreFault.Nowhere, "nobody in this room keeps an archive, so there is no history to show");
        }

        var why = "";
        (HistoryPage Page, bool IsLast)? most = null;
        foreach (var holder in asked)
        {
            cancel.ThrowIfCancellationRequested();
            var answer = await node.Ask(holder, query, cancel).ConfigureAwait(false);
            if (answer is not { Refusal.Length: 0 })
            {
                why += $"; {ChatSession.ShortName(holder)} {(answer is null ? "does not answer" : $"says: {answer.Refusal}")}";
            }
            else if (!HistoryPages.TryRead(answer, query, out var page, out var whyNot))
            {
                why += $"; {ChatSession.ShortName(holder)} sent a page that was refused ({whyNot})";
            }
            else if (most is null || page.Entries.Count > most.Value.Page.Entries.Count)
            {
                most = (page with { Holes = [.. answer.Holes.Select(h => new Hole(new LogRange(h.First, h.Last), h.Why))] }, !answer.More);
            }

            if (most is { Page.Entries.Count: var count } && count >= Math.Min(shown, query.Limit))
            {
                break;
            }
        }

        return most ?? throw new HistoryStoreException(StoreFault.Unavailable, $"{(shown == 0 ? "no archive of this room" : "nobody's log")} can be read now{why}");
    }
}
