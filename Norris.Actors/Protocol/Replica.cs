using System.Diagnostics;
using Norris.Actors.Room;

namespace Norris.Actors.Protocol;

/// <summary>
/// A node's copy of the room: takes ordered entries, closes gaps, acknowledges, and hands what may be delivered to the node's users in order.
/// Pure: (state, input, time) to effects. docs/protocol.md tells the whole story.
/// </summary>
public sealed class Replica(NodeId self, ProtocolOptions options)
{
    private readonly SortedDictionary<SequenceNumber, LogRecord> _early = [];
    private readonly Dictionary<NodeId, long> _refusedAt = [];
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
    private SequenceNumber _highestSeen;
    private Epoch _promised;
    private NodeId? _promisedTo;
    private Epoch _accepted;
    private NodeId? _host;
    private long _earlyBytes;
    private bool _ackDue;
    private long? _gapSince;
    private long? _fetchedAt;
    private long? _askedAt;
    private long? _cutAskedAt;
    private long _heardAt;
    private bool _outOfTouch;

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

    public SequenceNumber Stable => _stable;

    /// <summary>The highest number that this node has heard of.</summary>
    public SequenceNumber Highest => SequenceNumber.Max(_highestSeen, Received);

    public Epoch Accepted => _accepted;

    /// <summary>The sequencer that this node follows; null while it knows none.</summary>
    public NodeId? Host => _host;

    /// <summary>The room as delivered; null while the node is no member.</summary>
    public RoomState? Room => _phase is Phase.Member or Phase.Leaving ? _room : null;

    /// <summary>What the log and the entries held back cost, in bytes.</summary>
    public long Bytes => (_log?.Bytes ?? 0) + _earlyBytes;

    /// <summary>The node wants to be a member.</summary>
    public void Join(Now now, List<Effect> effects)
    {
        if (_phase == Phase.Outside)
        {
            _phase = Phase.Joining;
            AskToJoin(now, effects);
        }
    }

    /// <summary>The node wants to go, properly: everyone sees it leave.</summary>
    public void Leave(Now now, List<Effect> effects)
    {
        switch (_phase)
        {
            case Phase.Member:
                _phase = Phase.Leaving;
                AskToLeave(now, effects);
                break;
            case Phase.Outside or Phase.Joining:
                _phase = Phase.Done;
                effects.Add(new Gone());
                break;
        }
    }

    public void Handle(NodeId from, ToReplicaMessage message, Now now, List<Effect> effects)
    {
        if (_phase == Phase.Done)
        {
            return;
        }

        switch (message)
        {
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
                }

                break;
            case Page m:
                OnPage(from, m, now, effects);
                break;
            case Cut m:
                OnCut(from, m, now, effects);
                break;
            case DigestRequest m:
                OnDigestRequest(from, m, effects);
                break;
            case RecoveryFetch m:
                OnRecoveryFetch(from, m, effects);
                break;
            case Expelled m:
                if (m.Epoch >= _promised && (_phase is Phase.Member || (_phase is Phase.Joining && (_silent is not null || _log is null))))
                {
                    Exclude("the host took this node out: it had fallen too far behind, or gone astray", now, effects);
                }
                else if (_phase is Phase.Leaving)
                {
                    Finish(effects);
                }

                break;
            case JoinRefused m:
                if (_phase == Phase.Joining)
                {
                    _phase = Phase.Done;
                    effects.Add(new Refused(m.Reason));
                }

                break;
            case UserRefused m:
                effects.Add(new RefuseUser(m.User, m.Reason));
                break;
            default:
                throw new UnreachableException($"a replica does not know {message.GetType()}");
        }
    }

    /// <summary>The mailbox is empty for now: one ack for all that came.</summary>
    public void Drained(List<Effect> effects)
    {
        if (_ackDue && _log is not null && _logIsGood && _host is { } host && _accepted == _promised)
        {
            _ackDue = false;
            effects.Add(new Send(host, new Ack(_accepted, _log.Received, _log.Hash)));
        }
    }

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

        if (Room is not null && !_outOfTouch && now.Elapsed - _heardAt >= options.TouchLostAfter)
        {
            _outOfTouch = true;
            effects.Add(new TouchLost());
        }

        if (_outOfTouch && _phase == Phase.Member && Due(_cutAskedAt, options.AskAgainAfter, now))
        {
            // Perhaps the others took this node out and their word for it got lost.
            _cutAskedAt = now.Elapsed;
            effects.Add(new SendToSequencer(new CutRequest(_accepted)));
        }

        CloseGap(now, effects);
    }

    private static bool Due(long? since, long after, Now now) => since is null || now.Elapsed - since >= after;

    // ---- the normal case ----

    /// <summary>Whether a message of a reign is to be believed.</summary>
    private bool Follows(NodeId from, Epoch epoch, Now now, List<Effect> effects)
    {
        if (epoch < _promised && !options.Breaks(Sabotage.SkipTheFence))
        {
            // Its sequencer is fenced and does not know yet.
            if (Due(_refusedAt.TryGetValue(from, out var at) ? at : null, options.AskAgainAfter, now))
            {
                _refusedAt[from] = now.Elapsed;
                effects.Add(new Send(from, new EpochRefused(_promised)));
            }

            return false;
        }

        if ((epoch == _accepted || options.Breaks(Sabotage.SkipTheFence)) && _log is not null)
        {
            // Two rooms that do not know of each other may have reigns of the same number.
            if (from != _host && !options.Breaks(Sabotage.FollowAnyHost | Sabotage.SkipTheFence))
            {
                return false;
            }

            Heard(now, effects);
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

    private void Heard(Now now, List<Effect> effects)
    {
        _heardAt = now.Elapsed;
        if (_outOfTouch)
        {
            _outOfTouch = false;
            effects.Add(new TouchRegained());
        }
    }

    private void Take(IReadOnlyList<LogRecord> records, List<Effect> effects)
    {
        foreach (var record in records)
        {
            TakeOne(record);
        }

        while (_early.Count > 0)
        {
            var (first, record) = _early.First();
            if (first > _log!.Received.Next)
            {
                break;
            }

            _early.Remove(first);
            _earlyBytes -= record.Entry.Size;
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
        else if (record.First > _log.Received && _earlyBytes + record.Entry.Size <= options.HeldBackBytes && _early.TryAdd(record.First, record))
        {
            _earlyBytes += record.Entry.Size;
        }
    }

    private void Learn(SequenceNumber stable, SequenceNumber trim, SequenceNumber highest, Now now, List<Effect> effects)
    {
        _ackDue = true;
        _stable = SequenceNumber.Max(_stable, stable);
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
        if (_log.Received > before && _log.Received < page.Highest && _early.Count == 0)
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

        var limit = _log.Delivery == DeliveryLevel.Agreed || options.Breaks(Sabotage.DeliverBeforeStable) ? _log.Received : SequenceNumber.Min(_stable, _log.Received);
        while (_room is { } room && room.At < limit && _log.NextAfter(room.At) is { } next && next.Record.Last <= limit)
        {
            effects.Add(new Deliver(next.Record, room.Hash, room.NameIn(next.Record.Entry)));
            room.Apply(next.Record, next.HashAfter);
            _delivered = room.At;
            if (next.Record.Entry is NodeLeft left && left.Node == self)
            {
                AfterOwnLeft(left, effects);
                return;
            }
        }
    }

    // ---- coming and going ----

    private void AskToJoin(Now now, List<Effect> effects)
    {
        _askedAt = now.Elapsed;
        effects.Add(new SendToSequencer(new JoinRequest(_life)));
    }

    private void AskToLeave(Now now, List<Effect> effects)
    {
        _askedAt = now.Elapsed;
        if (_log is not null && _log.Membership().Members is [var last] && last == self)
        {
            // The last one out has nobody to tell.
            Finish(effects);
            return;
        }

        effects.Add(new SendToSequencer(new LeaveRequest()));
    }

    private void Start(NodeId from, Page page)
    {
        _log = new Log(page.Base!);
        _room = null;
        _silent = new RoomState(page.Base!);
        _logIsGood = true;
        _stable = default;
        _highestSeen = default;
        ClearEarly();
        Accept(page.Epoch, from);
    }

    /// <summary>A newcomer reads silently up to its own NodeJoined; from there on it delivers.</summary>
    private bool FindOwnStart(List<Effect> effects)
    {
        var limit = _log!.Delivery == DeliveryLevel.Agreed ? _log.Received : SequenceNumber.Min(_stable, _log.Received);
        while (_silent is { } silent)
        {
            var next = _log.NextAfter(silent.At) is { } n && n.Record.Last <= limit ? n : default;

            // Where this life began may be in the base already: everyone, this node's former log included, had acknowledged it.
            if (silent.LifeOf(self) == _life || (next.Record?.Entry is NodeJoined joined && joined.Node == self && joined.Life == _life))
            {
                effects.Add(new LogStarted(silent.At.Next, silent.Snapshot()));
                _room = silent;
                _silent = null;
                _phase = _phase == Phase.Joining ? Phase.Member : _phase;
                return true;
            }

            if (next.Record is null)
            {
                break;
            }

            silent.Apply(next.Record, next.HashAfter);
        }

        return false;
    }

    private void AfterOwnLeft(NodeLeft left, List<Effect> effects)
    {
        if (_phase == Phase.Leaving)
        {
            Finish(effects);
        }
        else
        {
            _phase = Phase.Joining;
            _life++;
            _room = null;
            _askedAt = null;
            effects.Add(new Excluded($"the others took this node out ({left.Reason})"));
        }
    }

    private void Exclude(string why, Now now, List<Effect> effects)
    {
        _logIsGood = false;
        if (_phase == Phase.Leaving)
        {
            Finish(effects);
            return;
        }

        var wasMember = _phase == Phase.Member;
        _phase = Phase.Joining;
        _life++;
        _room = null;
        _silent = null;
        ClearEarly();
        if (wasMember)
        {
            effects.Add(new Excluded(why));
        }

        AskToJoin(now, effects);
    }

    private void Finish(List<Effect> effects)
    {
        _phase = Phase.Done;
        effects.Add(new Gone());
    }

    private void ClearEarly()
    {
        _early.Clear();
        _earlyBytes = 0;
    }

    // ---- a new sequencer ----

    private void Accept(Epoch epoch, NodeId host)
    {
        _promised = epoch;
        _promisedTo = host;
        _accepted = epoch;
        _host = host;
        _gapSince = null;
        _fetchedAt = null;
        _cutAskedAt = null;
        _ackDue = true;
    }

    private void OnDigestRequest(NodeId from, DigestRequest request, List<Effect> effects)
    {
        // A candidate that asks again is answered again, but never one on this node: that may be a restarted sequencer that does not know of
        // its predecessor's epoch. No candidate reigns without its own node's digest, so this keeps every epoch to one sequencer.
        if (request.Candidate < _promised || (request.Candidate == _promised && (_promisedTo != from || (from == self && !options.Breaks(Sabotage.ReuseAnEpoch)))))
        {
            effects.Add(new Send(from, new EpochRefused(_promised)));
            return;
        }

        if (!options.Breaks(Sabotage.ForgetThePromise))
        {
            _promised = request.Candidate;
            _promisedTo = from;
        }

        var (members, since) = _log?.Membership() ?? ([], default);
        effects.Add(new Send(from, new Digest(
            request.Candidate,
            _log?.Room ?? RoomId.None,
            _log?.Delivery ?? options.Delivery,
            _log?.LastEpoch ?? default,
            Received,
            _stable,
            members,

            // Taken out, or not in again yet: what this node once had is no longer all here, and the membership has changed without it.
            _log is null || (_logIsGood && (_room is not null || _life == 1)) ? since : Received.Next)));
    }

    private void OnRecoveryFetch(NodeId from, RecoveryFetch fetch, List<Effect> effects)
    {
        if (fetch.Candidate < _promised)
        {
            effects.Add(new Send(from, new EpochRefused(_promised)));
            return;
        }

        if (fetch.Candidate != _promised || _promisedTo != from || _log is null)
        {
            return;
        }

        var needsBase = fetch.After is not { } after || after < _log.Floor;
        var page = _log.PageAfter(needsBase ? _log.Floor : fetch.After!.Value);
        effects.Add(new Send(from, new RecoveryPage(fetch.Candidate, needsBase ? _log.Base() : null, page, _stable)));
    }

    private void OnCut(NodeId from, Cut cut, Now now, List<Effect> effects)
    {
        if (cut.Epoch < _promised || (cut.Epoch == _promised && _promisedTo != from))
        {
            effects.Add(new Send(from, new EpochRefused(_promised)));
            return;
        }

        if (_log is null || (cut.Epoch == _accepted && _host == from))
        {
            _ackDue |= _log is not null;
            return;
        }

        if (cut.Room != _log.Room || !cut.Members.Contains(self))
        {
            Accept(cut.Epoch, from);
            Exclude("the room went on without this node", now, effects);
            return;
        }

        var common = SequenceNumber.Min(_log.CommonWith(cut.Stretches), cut.Highest);
        if (_log.Received < cut.Floor || common < _log.Floor || common < _delivered || common < cut.Floor)
        {
            // Too far behind for this log to reach back, or ahead of a room that lost what only the dead had.
            Accept(cut.Epoch, from);
            Exclude("the room went on from a place that this node's log does not join", now, effects);
            return;
        }

        _log.TruncateAfter(options.Breaks(Sabotage.ForgetTheTruncation) ? _log.Received : common);
        _logIsGood = true;
        ClearEarly();
        _stable = SequenceNumber.Min(_stable, cut.Highest);
        _highestSeen = cut.Highest;
        Accept(cut.Epoch, from);
        Heard(now, effects);
        effects.Add(new EpochAccepted(cut.Epoch, from));
        CloseGap(now, effects);
    }
}
