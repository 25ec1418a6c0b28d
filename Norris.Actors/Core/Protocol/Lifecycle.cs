using Norris.Core.Room;

namespace Norris.Core.Protocol;

/// <summary>
/// A node comes to a room, reads itself in, is a member, leaves; and may have to begin all that again, in another life. Holds the room as far as it was read, and hands to the node's users in
/// order what may be delivered. Pure.
/// <para>Always: the room read is within the log, neither before its snapshot index nor after its end.</para>
/// </summary>
internal sealed class Lifecycle(NodeId self, ProtocolOptions options, DeviceId? device)
{
    private Phase _phase = new Outside();
    private SequenceNumber _settled;
    private long? _askedAt;

    /// <summary>How often the node has started as a newcomer.</summary>
    public int Life { get; private set; } = 1;

    /// <summary>What was handed to the users, up to and including this number.</summary>
    public SequenceNumber Delivered { get; private set; }

    /// <summary>The room as delivered; null while the node is no member.</summary>
    public RoomState? Room => _phase is Member or Leaving ? _phase.Fold : null;

    /// <summary>The room as far as it was read, by a newcomer too; null: nothing was.</summary>
    public RoomState? Fold => _phase.Fold;

    /// <summary>Up to where this life has read or delivered: what it must not lose.</summary>
    public SequenceNumber ReadUpTo => _phase is Reading { Fold: { } read } ? read.At : Delivered;

    /// <summary>The node has asked to be let in, and has nothing to read yet.</summary>
    public bool WaitsForLog => _phase is Joining;

    public bool Comes => _phase is Joining or Reading;

    public bool IsMember => _phase is Member;

    public bool IsLeaving => _phase is Leaving;

    public bool IsDone => _phase is Done;

    public void Join(Now now, List<Effect> effects)
    {
        if (_phase is Outside)
        {
            _phase = new Joining();
            AskToJoin(now, effects);
        }
    }

    public void Leave(Log? log, Now now, List<Effect> effects)
    {
        switch (_phase)
        {
            case Member { Fold: { } room }:
                _phase = new Leaving(room);
                AskToLeave(log, now, effects);
                break;
            case Outside or Joining or Reading:
                Finish(effects);
                break;
        }
    }

    /// <summary>It is over.</summary>
    public void Stop() => _phase = new Done(_phase.Fold);

    /// <summary>It is over, and everyone knows.</summary>
    public void Finish(List<Effect> effects)
    {
        _phase = new Done(_phase.Fold);
        effects.Add(new Gone());
    }

    public void Tick(Log? log, Now now, List<Effect> effects)
    {
        switch (_phase)
        {
            // Also while it reads: what it reads may be the log of its former life, when the request for this one was lost.
            case Joining when now.IsDue(_askedAt, options.AskAgainAfter):
            case Reading when now.IsDue(_askedAt, options.ResubmitAfter):
                AskToJoin(now, effects);
                break;
            case Leaving when now.IsDue(_askedAt, options.AskAgainAfter):
                AskToLeave(log, now, effects);
                break;
        }
    }

    /// <summary>A newcomer has a log to read.</summary>
    public void Read(RoomSnapshot from) => _phase = new Reading(new RoomState(from));

    /// <summary>Hands to the users what of the log may be delivered now.</summary>
    public void Deliver(ReplicatedLog log, List<Effect> effects)
    {
        if (_phase is Reading { Fold: { } read })
        {
            FindOwnStart(read, log, effects);
        }

        if (Room is not { } room)
        {
            return;
        }

        Invariant.Holds(log.SnapshotIndex <= room.At && room.At <= log.Received, "what was delivered is within the log");
        var limit = log.Deliverable;
        while (room.At < limit && log.NextAfter(room.At) is { } next && next.Record.Last <= limit)
        {
            DeliverOne(room, next.Record, next.HashAfter, effects);
            Delivered = room.At;
            if (next.Record.Entry is NodeLeft left && left.Node == self)
            {
                AfterOwnLeft(left, effects);
                return;
            }
        }

        if (log.Delivery == DeliveryLevel.Agreed && SequenceNumber.Min(log.Stable, Delivered) is var settled && settled > _settled)
        {
            _settled = settled;
            effects.Add(new Settled(settled));
        }
    }

    /// <summary>Whether the node is in that life, or comes; 0: in whichever, where it has read anything.</summary>
    public bool IsIn(int life) => (Comes || IsMember) && (life == 0 ? Fold is not null : life >= Life);

    /// <summary>The others do without this node, or it does not know any more where it stands with them: it begins another life.</summary>
    public void Exclude(string why, Now now, List<Effect> effects)
    {
        if (_phase is Leaving)
        {
            Finish(effects);
            return;
        }

        if (BeginAgain() is Member)
        {
            effects.Add(new Excluded(why, Delivered));
        }

        AskToJoin(now, effects);
    }

    private void AskToJoin(Now now, List<Effect> effects)
    {
        _askedAt = now.Elapsed;
        effects.Add(new SendToSequencer(new JoinRequest(Life) { Device = device }));
    }

    private void AskToLeave(Log? log, Now now, List<Effect> effects)
    {
        _askedAt = now.Elapsed;
        if (log is not null && log.Membership().Members is [var last] && last == self)
        {
            // The last one out has nobody to tell.
            Finish(effects);
            return;
        }

        effects.Add(new SendToSequencer(new LeaveRequest()));
    }

    /// <summary>A newcomer reads silently up to its own NodeJoined; from there on it delivers.</summary>
    private void FindOwnStart(RoomState room, ReplicatedLog log, List<Effect> effects)
    {
        var limit = log.Deliverable;
        while (true)
        {
            var next = log.NextAfter(room.At) is { } n && n.Record.Last <= limit ? n : default;

            // Where this life began may be in the snapshot already: everyone, this node's former log included, had acknowledged it.
            if (room.LifeOf(self) == Life || (next.Record?.Entry is NodeJoined joined && joined.Node == self && joined.Life == Life))
            {
                effects.Add(new LogStarted(room.At.Next, room.Snapshot()));
                _settled = room.At;
                _phase = new Member(room);
                return;
            }

            if (next.Record is null)
            {
                return;
            }

            room.Apply(next.Record, next.HashAfter);
        }
    }

    /// <summary>With what a reader of the order could know only from all that was before.</summary>
    private void DeliverOne(RoomState room, LogRecord record, ulong hashAfter, List<Effect> effects)
    {
        var entry = record.Entry;
        var deliver = new Deliver(record, room.Hash, room.NameIn(entry)) { UserNode = entry is UserLeft left ? room.Find(left.User)?.Node : null };
        room.Apply(record, hashAfter);
        effects.Add(entry is UserJoined joined && joined.Node == self ? deliver with { Room = room.Picture() } : deliver);
    }

    private void AfterOwnLeft(NodeLeft left, List<Effect> effects)
    {
        if (_phase is Leaving)
        {
            Finish(effects);
            return;
        }

        BeginAgain();
        _askedAt = null;
        effects.Add(new Excluded($"the others took this node out ({left.Reason})", Delivered));
    }

    private Phase BeginAgain()
    {
        var before = _phase;
        _phase = new Joining();
        Life++;
        return before;
    }

    /// <summary>Where the node stands, and the room as far as it was read there.</summary>
    private abstract record Phase(RoomState? Fold);

    private sealed record Outside() : Phase(Fold: null);

    private sealed record Joining() : Phase(Fold: null);

    /// <summary>A newcomer, before its own NodeJoined: it delivers nothing yet.</summary>
    private sealed record Reading(RoomState Fold) : Phase(Fold);

    private sealed record Member(RoomState Fold) : Phase(Fold);

    private sealed record Leaving(RoomState Fold) : Phase(Fold);

    private sealed record Done(RoomState? Fold) : Phase(Fold);
}
