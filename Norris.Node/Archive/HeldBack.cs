using Norris.Core.Protocol;
using Norris.Node.Session;

namespace Norris.Node.Archive;

/// <summary>An entry for a store, with the transcript hash before it.</summary>
internal readonly record struct KeptEntry(RoomId Room, ulong HashBefore, OrderedEvent Entry);

/// <summary>
/// What was delivered and may not be written yet; pure. In a uniform room everything that is delivered is stable. In an agreed one a failover
/// may still take it back, so it waits until a quorum is known to have it. Not safe for several threads.
/// </summary>
internal sealed class HeldBack(int limit)
{
    private readonly Queue<KeptEntry> _waiting = new();
    private RoomId _room;
    private DeliveryLevel _delivery;
    private ulong _hash;
    private long _next;
    private long _settled;

    /// <summary>The order goes on here. What waits is not known to be in it any more: where it is, others have it too.</summary>
    public void Place(PlaceEvent place)
    {
        _waiting.Clear();
        (_room, _next, _hash, _delivery, _settled) = (place.Room, place.Next, place.HashBefore, place.Delivery, 0);
    }

    /// <summary>A quorum has what was taken, up to here.</summary>
    public void Settle(long upTo) => _settled = upTo;

    /// <summary>Takes the next entry. Gives what it had to give up for that, to be filled from others.</summary>
    public LogRange? Take(OrderedEvent entry)
    {
        if (entry.Seq != _next)
        {
            // No place was told after a jump. Without the hash before it an entry cannot be kept, but the next one can.
            var gap = new LogRange(_waiting.TryPeek(out var oldest) ? oldest.Entry.Seq : Math.Min(Math.Max(1, _next), entry.Seq), entry.Seq);
            Place(new PlaceEvent(_room, entry.Seq + 1, entry.Hash, _delivery));
            return gap;
        }

        _waiting.Enqueue(new KeptEntry(_room, _hash, entry));
        (_next, _hash) = (entry.Seq + 1, entry.Hash);
        if (_waiting.Count <= limit)
        {
            return null;
        }

        var given = _waiting.Dequeue().Entry.Seq;
        return new LogRange(given, given);
    }

    /// <summary>The next entry that may be written; null: none yet.</summary>
    public KeptEntry? Next() =>
        _waiting.TryPeek(out var next) && (_delivery == DeliveryLevel.Uniform || next.Entry.Seq <= _settled) ? _waiting.Dequeue() : null;
}
