using System.Diagnostics;
using Norris.Core.Room;

namespace Norris.Core.Protocol;

/// <summary>
/// A node's copy of the room: takes ordered entries, closes gaps, acknowledges, and hands what may be delivered to the node's users in order.
/// Pure: (state, input, time) to effects. docs/protocol.md tells the whole story. Coming and going is in Replica.Membership.cs, what a new
/// sequencer asks of it in Replica.Recovery.cs.
/// </summary>
public sealed partial class Replica(NodeId self, ProtocolOptions options)
{
    private readonly EarlyRecords _early = new(options.HeldBackBytes);
    private readonly Reminders _refusals = new(options.AskAgainAfter);
    private readonly HostWatch _watch = new(self, options);
    private readonly HostsAccount _account = new(self);
    private Phase _phase = Phase.Outside;

    // The log is kept until a newer one replaces it, even when the node has to start again as a newcomer: others may count on it.
    private Log? _log;

    // The fold up to what was delivered. A newcomer folds silently first, until its log reaches its own NodeJoined.
    private RoomState? _room;
    private RoomState? _silent;

    // Whether the log is known to be a beginning of the reign's: only then it is acknowledged and completed.
    private bool _logIsGood;
    private int _life = 1;
    private SequenceNumber _delivered;
    private SequenceNumber _stable;
    private Epoch _stableBy;
    private SequenceNumber _settled;
    private SequenceNumber _highestSeen;
    private Epoch _promised;
    private NodeId? _promisedTo;
    private Epoch _accepted;
    private NodeId? _host;
    private bool _ackDue;
    private long? _gapSince;
    private long? _fetchedAt;
    private long? _askedAt;
    private long? _cutAskedAt;
    private readonly Touch _touch = new(options);

    private enum Phase
    {
        Outside,
        Joining,
        Member,
        Leaving,
        Done,
    }

    /// <summary>What was handed to the users, up to and including this number.</summary>
    public SequenceNumber Delivered => _delivered;

    /// <summary>The highest number up to which this node has everything.</summary>
    public SequenceNumber Received => _log?.Received ?? default;

    /// <summary>A quorum is known to have everything up to here.</summary>
    public SequenceNumber Stable => _stable;

    /// <summary>The highest number that this node has heard of.</summary>
    public SequenceNumber Highest => SequenceNumber.Max(_highestSeen, Received);

    /// <summary>The reign that it follows.</summary>
    public Epoch Accepted => _accepted;

    /// <summary>Nothing is under way that a tick would have to look after soon (<see cref="Ticks.OneInWhenQuiet"/>).</summary>
    public bool IsQuiet =>
        _phase is Phase.Member && _host is not null && _accepted == _promised && _logIsGood && _gapSince is null && _stable >= Received;

    /// <summary>The sequencer that this node follows; null while it knows none.</summary>
    public NodeId? Host => _host;

    /// <summary>The room whose log this node has, also while it is no member.</summary>
    public RoomId RoomOfLog => _log?.Room ?? RoomId.None;

    /// <summary>The room as delivered; null while the node is no member.</summary>
    public RoomState? Room => _phase is Phase.Member or Phase.Leaving ? _room : null;

    /// <summary>How far each member has come, as the host last said; without those of whom it has not heard. For people who want to look inside.</summary>
    public IReadOnlyDictionary<NodeId, MemberPlace> Places => _account.Places;

    /// <summary>What the log and the entries held back cost, in bytes.</summary>
    public long Bytes => (_log?.Bytes ?? 0) + _early.Bytes;

    /// <summary>Tells what the cluster looks like. Comes first, and at every change.</summary>
    public void SetView(ClusterView view, Now now) => _watch.SetView(view, now);

    /// <summary>Another node says something.</summary>
    public void Handle(NodeId from, ToReplicaMessage message, Now now, List<Effect> effects)
    {
        if (_phase == Phase.Done)
        {
            return;
        }

        if (!_watch.IsPresent(from))
        {
            // It has no say. What a node said before it died, or was taken out, may come late: that is no lie, and no news either.
            if (!_watch.IsDead(from) && _room?.IsMember(from) != true)
            {
                effects.Add(new Disbelieved(from, message, null));
            }

            return;
        }

        if (EpochOf(message) is { } epoch && !epoch.CanFollow(_promised))
        {
            effects.Add(new Disbelieved(from, message, "no epoch so high can follow the one before"));
            return;
        }

        if (message is not (HostReport or JoinRefused or UserRefused))
        {
            _watch.Heard(from, now);
        }

        switch (message)
        {
            case HostReport m:
                _watch.Handle(from, m, now, effects);
                break;
            case Ordered m:
                if (Follows(from, m.Epoch, now, effects))
                {
                    Take(m.Records, effects);
                    Learn(m.Stable, m.Trim, m.Records.Count > 0 ? m.Records[^1].Last : default, now, effects);
                }

                break;
            case Progress m:
                if (Follows(from, m.Epoch, now, effects))
                {
                    Learn(m.Stable, m.Trim, m.Highest, now, effects);
                    _account.Learn(m.Acks, m.Highest, _room);
                }

                break;
            case Page m:
                OnPage(from, m, now, effects);
                break;
            case Cut m:
                OnCut(from, m, now, effects);
                break;
            case DigestRequest m:
                OnDigestRequest(from, m, now, effects);
                break;
            case RecoveryFetch m:
                OnRecoveryFetch(from, m, effects);
                break;
            case Expelled m:
                if (m.Epoch >= _promised && (m.Life == 0 ? _room is not null || _silent is not null : m.Life >= _life) && (_phase is Phase.Member or Phase.Joining))
                {
                    Exclude("the host took this node out: it had fallen too far behind, or gone astray", now, effects);
                }
                else if (_phase is Phase.Leaving)
                {
                    Finish(effects);
                }

                break;
            case JoinRefused m:
                // Whoever does not host may refuse nobody.
                if (_phase == Phase.Joining && from == _watch.Host)
                {
                    _phase = Phase.Done;
                    effects.Add(new Refused(m.Reason));
                }

                break;
            case UserRefused m:
                if (from == _watch.Host)
                {
                    effects.Add(new RefuseUser(m.User, m.Reason));
                }

                break;
            default:
                throw new UnreachableException($"a replica does not know {message.GetType()}");
        }
    }

    /// <summary>The mailbox is empty for now: one ack for all that came.</summary>
    public void Drained(Now now, List<Effect> effects)
    {
        if (_ackDue && _log is not null && _logIsGood && _host is { } host && _accepted == _promised)
        {
            _ackDue = false;
            effects.Add(new Send(host, new Ack(_accepted, _life, _log.Received, _log.Hash, now, _account.Sent)));
        }
    }

    /// <summary>Time has passed.</summary>
    public void Tick(Now now, List<Effect> effects)
    {
        switch (_phase)
        {
            // Also while it reads: what it reads may be the log of its former life, when the request for this one was lost.
            case Phase.Joining when Due(_askedAt, _silent is null ? options.AskAgainAfter : options.ResubmitAfter, now):
                AskToJoin(now, effects);
                break;
            case Phase.Leaving when Due(_askedAt, options.AskAgainAfter, now):
                AskToLeave(now, effects);
                break;
        }

        if (_watch.IsSilent(now) && _log is not null && _phase is not (Phase.Outside or Phase.Done))
        {
            var (members, since) = _log.Membership();
            _watch.Ask(members, since <= _stable, now, effects);
            if (Due(_cutAskedAt, options.AskAgainAfter, now))
            {
                // The others may well hear it, because it has taken this node out and says no more to it: when it said so, that was lost.
                _cutAskedAt = now.Elapsed;
                effects.Add(new Send(_watch.Host!.Value, new CutRequest(_accepted)));
            }
        }

        MustLookAround = _phase is Phase.Joining or Phase.Member && _watch.IsLost(now) && !_watch.HasLookedAround(now);
        if (Room is not null && _host is { } host)
        {
            _touch.Tick(host, _watch.IsChoosing, now, effects);
        }

        CloseGap(now, effects);
    }

    private static Epoch? EpochOf(ToReplicaMessage message) => message switch
    {
        Ordered m => m.Epoch,
        Progress m => m.Epoch,
        Page m => m.Epoch,
        Cut m => m.Epoch,
        DigestRequest m => m.Candidate,
        RecoveryFetch m => m.Candidate,
        Expelled m => m.Epoch,
        _ => null,
    };

    private static bool Due(long? since, long after, Now now) => since is null || now.Elapsed - since >= after;

    // ---- the normal case ----

    /// <summary>Whether a message of a reign is to be believed.</summary>
    private bool Follows(NodeId from, Epoch epoch, Now now, List<Effect> effects)
    {
        if (epoch < _promised)
        {
            // Its sequencer is fenced and does not know yet.
            if (_refusals.AreDue(from, now))
            {
                effects.Add(new Send(from, new EpochRefused(_promised)));
            }

            return false;
        }

        if (epoch == _accepted && _log is not null)
        {
            // Two rooms that do not know of each other may have reigns of the same number.
            if (from != _host)
            {
                return false;
            }

            _touch.Heard(now, effects);
            return _logIsGood;
        }

        // A reign whose recovery this node took no part in: never guess, ask for its cut. A node without a log is joining anyway.
        if (_log is not null && Due(_cutAskedAt, options.AskAgainAfter, now))
        {
            _cutAskedAt = now.Elapsed;
            effects.Add(new Send(from, new CutRequest(epoch)));
        }

        return false;
    }

    private void Take(IReadOnlyList<LogRecord> records, List<Effect> effects)
    {
        foreach (var record in records)
        {
            TakeOne(record);
        }

        while (_early.TakeUpTo(_log!.Received.Next) is { } record)
        {
            TakeOne(record);
        }

        DeliverWhatMayBe(effects);
    }

    private void TakeOne(LogRecord record)
    {
        _ackDue = true;
        if (record.First == _log!.Received.Next)
        {
            _log.Append(record);
        }
        else if (record.First > _log.Received)
        {
            _early.Add(record);
        }
    }

    private void Learn(SequenceNumber stable, SequenceNumber trim, SequenceNumber highest, Now now, List<Effect> effects)
    {
        _ackDue = true;
        (_stable, _stableBy) = stable > _stable ? (stable, _accepted) : (_stable, _stableBy);
        _highestSeen = SequenceNumber.Max(_highestSeen, highest);
        DeliverWhatMayBe(effects);
        _log!.TrimTo(SequenceNumber.Min(trim, _room?.At ?? _silent?.At ?? trim));
        CloseGap(now, effects);
    }

    private void CloseGap(Now now, List<Effect> effects)
    {
        if (_log is null || _host is not { } host || _accepted != _promised || _log.Received >= _highestSeen || !_logIsGood)
        {
            _gapSince = null;
            _fetchedAt = null;
            return;
        }

        _gapSince ??= now.Elapsed;
        if (now.Elapsed - _gapSince >= options.GapTimeout && Due(_fetchedAt, options.AskAgainAfter, now))
        {
            _fetchedAt = now.Elapsed;
            effects.Add(new Send(host, new Fetch(_accepted, _log.Received)));
        }
    }

    private void OnPage(NodeId from, Page page, Now now, List<Effect> effects)
    {
        if (page.Base is not null && _phase == Phase.Joining && _silent is null && page.Epoch >= _promised)
        {
            Start(from, page);
        }

        if (!Follows(from, page.Epoch, now, effects))
        {
            return;
        }

        var before = _log!.Received;
        Take(page.Records, effects);
        Learn(page.Stable, default, page.Highest, now, effects);
        if (_log.Received > before && _log.Received < page.Highest)
        {
            // A long way behind: page after page, without waiting for a timer.
            _fetchedAt = now.Elapsed;
            effects.Add(new Send(from, new Fetch(_accepted, _log.Received)));
        }
    }

    private void DeliverWhatMayBe(List<Effect> effects)
    {
        if (_log is null || _phase is Phase.Outside or Phase.Done)
        {
            return;
        }

        if (_room is null && !FindOwnStart(effects))
        {
            return;
        }

        var limit = _log.Delivery == DeliveryLevel.Agreed ? _log.Received : SequenceNumber.Min(_stable, _log.Received);
        while (_room is { } room && room.At < limit && _log.NextAfter(room.At) is { } next && next.Record.Last <= limit)
        {
            DeliverOne(room, next.Record, next.HashAfter, effects);
            _delivered = room.At;
            if (next.Record.Entry is NodeLeft left && left.Node == self)
            {
                AfterOwnLeft(left, effects);
                return;
            }
        }

        if (_log.Delivery == DeliveryLevel.Agreed && _room is not null && SequenceNumber.Min(_stable, _delivered) is var settled && settled > _settled)
        {
            _settled = settled;
            effects.Add(new Settled(settled));
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
}
