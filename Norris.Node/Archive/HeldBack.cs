using Norris.Actors;
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
    private long _epoch;

    public int Count => _waiting.Count;

    /// <summary>The order goes on here. What waits is not known to be in it any more: where it is, others have it too.</summary>
    public void Place(PlaceEvent place)
    {
        _waiting.Clear();
        (_room, _next, _hash, _delivery) = (place.Room, place.Next, place.HashBefore, place.Delivery);
    }

    /// <summary>Takes the next entry. Gives what it had to give up for that, to be filled from others.</summary>
    public LogRange? Take(OrderedEvent entry)
    {
        _epoch = entry.Epoch;
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
    /// <param name="statusNow">Where the node stands. Counts only where it is about the same room and the same reign as the last entry taken: a later reign's numbers may be other entries'.</param>
    public KeptEntry? Next(Func<RoomStatus> statusNow)
    {
        if (!_waiting.TryPeek(out var next))
        {
            return null;
        }

        return _delivery == DeliveryLevel.Uniform
            || (statusNow() is var status && status.Room == _room && status.Epoch.Value == _epoch && next.Entry.Seq <= status.Stable.Value)
                ? _waiting.Dequeue()
                : null;
    }
}
