using Norris.Core.Protocol;
using Norris.Node.Session;

namespace Norris.Node.Archive;

/// <summary>Bounds of the queue before a store.</summary>
/// <param name="Entries">How many entries may wait, and <paramref name="Bytes"/> about how much memory they may take.</param>
/// <param name="BatchEntries">How many entries are written at once, of at most about <paramref name="BatchBytes"/>.</param>
/// <param name="BehindFrom">From so many waiting entries on, users are told that the archive is behind.</param>
public sealed record ArchiveLimits(
    int Entries = 500_000, long Bytes = 128L * 1024 * 1024, int BatchEntries = 5_000, long BatchBytes = 4 * 1024 * 1024, int BehindFrom = 50_000);

/// <summary>
/// What waits to be written, in order, within a bound; pure. Beyond the bound the oldest goes first, and what went is remembered, to be
/// filled from peers. It is kept in the batches in which it will be written. Not safe for several threads.
/// </summary>
internal sealed class ArchiveQueue(ArchiveLimits limits)
{
    /// <summary>About what an entry costs beside its text, in bytes.</summary>
    private const int EntryOverhead = 200;

    private readonly LinkedList<Batch> _batches = [];
    private readonly Dictionary<RoomId, LogRange> _lost = [];
    private Batch? _inFlight;

    /// <summary>How many entries wait, the ones being written included.</summary>
    public int Count { get; private set; }

    public long Bytes { get; private set; }

    /// <summary>How many entries went beyond the bound, ever.</summary>
    public long LostCount { get; private set; }

    public void Add(RoomId room, ulong hashBefore, OrderedEvent entry)
    {
        var cost = EntryOverhead + (entry is SaidEvent said ? 2L * said.Text.Length : 0);
        var last = _batches.Last?.Value;
        if (last is null || last == _inFlight || !last.Takes(room, entry.Seq, cost, limits))
        {
            last = new Batch(room, hashBefore);
            _batches.AddLast(last);
        }

        last.Entries.Add(entry);
        last.Bytes += cost;
        Count++;
        Bytes += cost;
        while (Count > limits.Entries || Bytes > limits.Bytes)
        {
            if (!DropOldest())
            {
                break;
            }
        }
    }

    /// <summary>The next stretch to write, or the same again after <see cref="Failed"/>; null: nothing waits. It is in flight until told.</summary>
    public HistoryStretch? Next()
    {
        _inFlight = _batches.First?.Value;
        return _inFlight is null ? null : new HistoryStretch(_inFlight.Room, _inFlight.HashBefore, _inFlight.Entries);
    }

    /// <summary>The stretch in flight is in the store.</summary>
    public void Written()
    {
        Remove(_inFlight!);
        _inFlight = null;
    }

    /// <summary>The stretch in flight is not, or not known to be, in the store.</summary>
    public void Failed() => _inFlight = null;

    /// <summary>Gives everything up, for good.</summary>
    public void Clear()
    {
        _batches.Clear();
        _lost.Clear();
        (Count, Bytes, _inFlight) = (0, 0, null);
    }

    /// <summary>Per room, bounds within which entries were dropped since the last call: the store knows what of it is missing.</summary>
    public IReadOnlyList<(RoomId Room, LogRange Bounds)> TakeLost()
    {
        var lost = _lost.Select(l => (l.Key, l.Value)).ToList();
        _lost.Clear();
        return lost;
    }

    private bool DropOldest()
    {
        // A batch in flight may be in the store already. The last one is just being filled: at least what is newest is kept.
        var oldest = _batches.FirstOrDefault(b => b != _inFlight);
        if (oldest is null || oldest == _batches.Last!.Value)
        {
            return false;
        }

        var range = new LogRange(oldest.Entries[0].Seq, oldest.Entries[^1].Seq);
        LostCount += range.Count;
        _lost[oldest.Room] = _lost.TryGetValue(oldest.Room, out var before)
            ? new LogRange(Math.Min(before.First, range.First), Math.Max(before.Last, range.Last))
            : range;
        Remove(oldest);
        return true;
    }

    private void Remove(Batch batch)
    {
        _batches.Remove(batch);
        Count -= batch.Entries.Count;
        Bytes -= batch.Bytes;
    }

    private sealed class Batch(RoomId room, ulong hashBefore)
    {
        public RoomId Room { get; } = room;

        public ulong HashBefore { get; } = hashBefore;

        public List<OrderedEvent> Entries { get; } = [];

        public long Bytes { get; set; }

        public bool Takes(RoomId room, long seq, long cost, ArchiveLimits limits) =>
            room == Room && seq == Entries[^1].Seq + 1 && Entries.Count < limits.BatchEntries && Bytes + cost <= limits.BatchBytes;
    }
}
