using Norris.Core.Protocol;
using Norris.Node.Session;

namespace Norris.Node.Archive;

/// <summary>
/// Where an archive keeps the ordered log: rows keyed by room and sequence number. Safe for several threads and, on a server, for several
/// nodes at once. Every method throws <see cref="HistoryStoreException"/> when the store cannot do it, and never blocks its caller's thread.
/// </summary>
public interface IHistoryStore : IAsyncDisposable
{
    /// <summary>What people may see of where it is; no secrets.</summary>
    string Place { get; }

    /// <summary>
    /// Makes the store where there is none and brings its schema up to date. Comes before everything else, and again after a failure: what
    /// came back may be another file or a server that was restored.
    /// </summary>
    Task Prepare(CancellationToken cancel = default);

    /// <summary>
    /// Writes a stretch in one transaction. What is there already must be equal, and is not written again, so a stretch may come any number
    /// of times. Refuses (<see cref="StoreFault.Conflict"/>) what differs, has gaps, or whose hash chain does not join its neighbours.
    /// Gives how many entries are new.
    /// </summary>
    Task<int> Append(HistoryStretch stretch, CancellationToken cancel = default);

    /// <summary>The last entry kept of a room; null: none.</summary>
    Task<LogPosition?> Newest(RoomId room, CancellationToken cancel = default);

    /// <summary>The last <paramref name="limit"/> entries before a number, oldest first. <see cref="long.MaxValue"/> is from the end. Of messages it says what has become of them, too.</summary>
    Task<HistoryPage> Before(RoomId room, long seq, int limit, EntryFilter filter = EntryFilter.All, CancellationToken cancel = default);

    /// <summary>The first <paramref name="limit"/> entries after a number, oldest first. 0 is from the beginning.</summary>
    Task<HistoryPage> After(RoomId room, long seq, int limit, EntryFilter filter = EntryFilter.All, CancellationToken cancel = default);

    /// <summary>A stretch with the hash that it begins with, to fill another archive; null where the first number is not kept.</summary>
    Task<HistoryStretch?> Read(RoomId room, long first, int limit, CancellationToken cancel = default);

    /// <summary>The last <paramref name="limit"/> messages before a number that are what was asked for, newest first. An empty question finds nothing.</summary>
    Task<IReadOnlyList<SaidEvent>> Search(RoomId room, SearchQuery query, long before, int limit, CancellationToken cancel = default);

    /// <summary>Of each of a room's settings the last change that is kept.</summary>
    Task<IReadOnlyList<SettingEvent>> Settings(RoomId room, CancellationToken cancel = default);

    /// <summary>What is kept of a room, in order.</summary>
    Task<IReadOnlyList<LogRange>> Present(RoomId room, CancellationToken cancel = default);

    /// <summary>What of a range is neither kept nor recorded as a hole: what to ask peers for.</summary>
    Task<IReadOnlyList<LogRange>> Missing(RoomId room, LogRange within, CancellationToken cancel = default);

    /// <summary>Records that nobody has a range, so that readers are told why. What of it is kept stays; what comes later after all fills it.</summary>
    Task RecordHole(RoomId room, LogRange range, string why, CancellationToken cancel = default);

    /// <summary>The recorded holes of a room, in order.</summary>
    Task<IReadOnlyList<Hole>> Holes(RoomId room, CancellationToken cancel = default);

    /// <summary>
    /// Retention: deletes what this archive has had for longer than <paramref name="age"/>, by its own clock and to the minute, up to before the first
    /// entry that it has had for less, and leaves a recorded hole.
    /// </summary>
    Task<Retention> DeleteOlder(RoomId room, TimeSpan age, CancellationToken cancel = default);

    /// <summary>
    /// Deletes one message for good, whichever of its texts has this number: as it was said, its edits, its deletion and the reactions to it. Leaves recorded holes. Gives how
    /// many entries were deleted.
    /// </summary>
    Task<long> DeleteMessage(RoomId room, long seq, CancellationToken cancel = default);

    /// <summary>The same with all that users of a name said or changed, and their coming and going.</summary>
    Task<long> DeleteUser(RoomId room, string name, CancellationToken cancel = default);

    /// <summary>Deletes all that is kept of a room. False: there was nothing.</summary>
    Task<bool> DeleteRoom(RoomId room, CancellationToken cancel = default);

    /// <summary>The rooms of this store, the one with the latest message last.</summary>
    Task<IReadOnlyList<ArchivedRoom>> Rooms(CancellationToken cancel = default);
}

public enum EntryFilter
{
    All,

    /// <summary>What was said, without who came and went.</summary>
    Messages,
}

/// <summary>The numbers <paramref name="First"/> … <paramref name="Last"/> of a room's order.</summary>
public readonly record struct LogRange(long First, long Last)
{
    public long Count => Last - First + 1;

    public override string ToString() => First == Last ? $"{First}" : $"{First}–{Last}";
}

/// <summary>Contiguous entries of one room, with the transcript hash before the first of them.</summary>
public sealed record HistoryStretch(RoomId Room, ulong HashBefore, IReadOnlyList<OrderedEvent> Entries)
{
    public long First => Entries[0].Seq;

    public long Last => Entries[^1].Seq;
}

/// <summary>An entry's place, and the transcript hash after it.</summary>
public sealed record LogPosition(long Seq, long Epoch, ulong Hash);

/// <summary>A range that nobody has, and why, in words for people.</summary>
public sealed record Hole(LogRange Range, string Why)
{
    /// <summary>Says of a range that it is not kept here, where nobody has yet recorded why.</summary>
    public const string NotYetFilled = "not in this archive yet";

    public const string TooOld = "deleted: older than this archive keeps";

    public const string ByHand = "deleted by whoever keeps this archive";
}

/// <param name="Deleted">How many entries were deleted.</param>
/// <param name="PutOffBy">What keeps others longer; null: nothing does.</param>
public sealed record Retention(long Deleted, OddTime? PutOffBy);

/// <summary>Some entries came, by the store's clock, at a time that cannot be: that clock was wrong then, or is now.</summary>
/// <param name="Against">What the clock says now, or when others came that stand before these.</param>
public sealed record OddTime(DateTimeOffset Came, DateTimeOffset Against, bool IsAhead);

/// <summary>A page of history, oldest first.</summary>
/// <param name="Holes">What is not kept within the page's bounds: recorded holes, and ranges that were not filled yet.</param>
public sealed record HistoryPage(IReadOnlyList<OrderedEvent> Entries, IReadOnlyList<Hole> Holes)
{
    /// <summary>Of a page of messages: the edits and deletions that came after it, and are about messages in it, or about such as have an edit in it. The last edit of each, or its deletion.</summary>
    public IReadOnlyList<SaidEvent> Later { get; init; } = [];

    /// <summary>Pages that follow one another, the oldest first, as one that ends before a number: what came later than one of them may be in the next.</summary>
    public static HistoryPage Joined(IReadOnlyList<HistoryPage> pages, long before) => new([.. pages.SelectMany(page => page.Entries)], [.. pages.SelectMany(page => page.Holes)])
    {
        Later = [.. pages.SelectMany(page => page.Later).Where(said => said.Seq >= before).DistinctBy(said => said.Seq).OrderBy(said => said.Seq)],
    };
}

/// <param name="LastOrderedAt">When its latest kept message was ordered: milliseconds since 1970, UTC; null: it has none.</param>
public sealed record ArchivedRoom(RoomId Room, LogPosition Newest, long? LastOrderedAt);
