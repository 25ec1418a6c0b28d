using Norris.Actors.History;
using Norris.Core.Protocol;
using Norris.Node.Session;

namespace Norris.Node.Archive;

/// <summary>What was said earlier in the room that a node is in. Throws <see cref="HistoryStoreException"/>, with a line for people, where nobody can tell.</summary>
public interface IRoomHistory
{
    /// <summary>The last messages before a number, oldest first; <see cref="long.MaxValue"/> is from the end.</summary>
    Task<HistoryPage> Messages(long before, int limit, CancellationToken cancel = default);

    /// <summary>The last messages before a number that are what was asked for (<see cref="SearchQuery"/>), oldest first.</summary>
    Task<IReadOnlyList<SaidEvent>> Search(string words, long before, int limit, CancellationToken cancel = default);

    /// <summary>The next entries between two numbers, oldest first, a page of them; what nobody has is left out. Empty: nobody has any.</summary>
    Task<IReadOnlyList<OrderedEvent>> Between(long after, long before, CancellationToken cancel = default);
}

/// <summary>From the node's own store.</summary>
/// <param name="room">The room that the node is in now.</param>
public sealed class StoreHistory(IHistoryStore store, Func<RoomId> room) : IRoomHistory
{
    public Task<HistoryPage> Messages(long before, int limit, CancellationToken cancel = default) =>
        store.Before(room(), before, limit, EntryFilter.Messages, cancel);

    public async Task<IReadOnlyList<SaidEvent>> Search(string words, long before, int limit, CancellationToken cancel = default) =>
        [.. (await store.Search(room(), SearchQuery.Parse(words, TimeZoneInfo.Local), before, limit, cancel).ConfigureAwait(false)).Reverse()];

    public async Task<IReadOnlyList<OrderedEvent>> Between(long after, long before, CancellationToken cancel = default) =>
        [.. (await store.After(room(), after, HistoryLimits.Entries, EntryFilter.All, cancel).ConfigureAwait(false)).Entries.TakeWhile(e => e.Seq < before)];
}
