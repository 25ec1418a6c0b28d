using System.Diagnostics;
using Norris.Core.Room;

namespace Norris.Core.Protocol;

/// <summary>
/// A sequencer at work: numbers what is submitted, and answers those who lack something. What is stable, who is a member, who is silent and who may have which name is worked out by the objects
/// that it holds, over one log and the room folded from it. Pure.
/// </summary>
internal sealed class Reign
{
    private readonly NodeId _self;
    private readonly ProtocolOptions _options;
    private readonly Log _log;
    private readonly RoomState _room;
    private readonly NewEpoch _newEpoch;
    private readonly Membership _membership;
    private readonly Acknowledgements _acks = new();
    private readonly MemberWatch _watch;
    private readonly GoneMembers _gone;
    private readonly Stability _stability;
    private readonly NameClaims _names;
    private readonly Admissions _admissions;
    private readonly Broadcast _broadcast;
    private long _announcedAt;

    private Reign(NodeId self, ProtocolOptions options, Epoch epoch, Log log, SequenceNumber stable, bool mayHaveLost, IReadOnlySet<NodeId> dead, ClusterView view, Now now)
    {
        _self = self;
        _options = options;
        _log = log;
        _room = log.Fold();
        _newEpoch = new NewEpoch(epoch, log.Room, log.SnapshotIndex, log.Received, log.EpochRanges(), log.Membership().Members);
        _membership = new Membership(_room, log.MembershipBeforeLastChange());
        _watch = new MemberWatch(self, options, view, now);
        _gone = new GoneMembers(_membership, _acks, _watch, dead, mayHaveLost);
        _stability = new Stability(options, log, stable, _membership, _acks, _gone, _watch, now);
        _names = new NameClaims(_room, options, now);
        _admissions = new Admissions(self, _room);
        _broadcast = new Broadcast(options, epoch, log, _membership, _acks, _stability);
        _announcedAt = now.Elapsed;
    }

    public Epoch Epoch => _newEpoch.Epoch;

    public SequenceNumber AdoptedAt => _newEpoch.Highest;

    public SequenceNumber Highest => _log.Received;

    public SequenceNumber Stable => _stability.Stable;

    public bool IsQuiet => _stability.IsComplete && !_membership.SomebodyComes && !_membership.SomebodyGoes && !_names.AreOpen;

    public long Bytes => _log.Bytes;

    /// <summary>Somebody lags behind, and until that one has caught up or is taken out nothing is added that can wait.</summary>
    private bool IsFull => _log.Bytes >= 2 * _options.RetainedBytes;

    public IReadOnlyDictionary<NodeId, SequenceNumber> Acked => _acks.All;

    /// <summary>Members, also of the membership before a change in doubt, that are out of the cluster and not proven to be gone.</summary>
    public IReadOnlyCollection<NodeId> Missing => _stability.Missing;

    /// <summary>Whether a node is a member of the room, or was before the last change.</summary>
    public bool Knows(NodeId node) => _membership.Knows(node);

    public bool LacksMajority(Now now) => _stability.LacksMajority(now);

    /// <summary>Begins a room, or goes on after the place that its history had come to; unless that is its end, nobody can know what was said after it.</summary>
    public static Reign Found(NodeId self, ProtocolOptions options, Epoch epoch, RoomPlace place, HomeCircle? home, ClusterView view, Now now)
    {
        var reign = new Reign(self, options, epoch, new Log(RoomState.New(place, home is null ? options.Delivery : DeliveryLevel.Uniform, self, home)), default, true, view.Dead, view, now);
        reign.Number(new NodeJoined(self, 1) { Device = home?.Device }, now);
        reign.Number(new EpochStarted(self, place.At > SequenceNumber.None && !place.IsEnd), now);
        return reign;
    }

    /// <summary>Goes on with what a recovery found, of which everything up to <paramref name="stable"/> was known to be stable.</summary>
    public static Reign GoOn(
        NodeId self, ProtocolOptions options, Epoch epoch, Log log, SequenceNumber stable, bool mayHaveLost, IReadOnlySet<NodeId> dead, ClusterView view, Now now)
    {
        var reign = new Reign(self, options, epoch, log, stable, mayHaveLost, dead, view, now);
        reign.Number(new EpochStarted(self, mayHaveLost), now);
        reign.Number(reign._admissions.GoOn(), now);
        return reign;
    }

    /// <summary>Tells every member where this reign's log begins.</summary>
    public void Announce(List<Effect> effects)
    {
        foreach (var node in _newEpoch.Members)
        {
            if (!_acks.Has(node) && _room.IsMember(node) && _watch.IsPresent(node))
            {
                effects.Add(new Send(node, _newEpoch));
            }
        }
    }

    public void Handle(NodeId from, ToSequencerMessage message, Now now, List<Effect> effects)
    {
        _watch.Heard(from, now);
        switch (message)
        {
            case not (Ack or Fetch or NewEpochRequest or JoinRequest or LeaveRequest) when _room.IsPutOut(from):
                // It has been numbered that its device is out: nothing that it says after that gets a place.
                break;
            case Submit m:
                OnSubmit(from, m.Block, now);
                break;
            case Ack m:
                OnAck(from, m, effects);
                break;
            case Fetch m:
                OnFetch(from, m, effects);
                break;
            case NewEpochRequest m when m.Epoch > Epoch:
                break;
            case NewEpochRequest:
                effects.Add(new Send(from, _membership.Audience.Contains(from) ? _newEpoch : new Expelled(Epoch, 0)));
                break;
            case JoinRequest m:
                OnJoinRequest(from, m, effects);
                break;
            case LeaveRequest:
                if (!_membership.LetGo(from))
                {
                    effects.Add(new Send(from, new Expelled(Epoch, 0)));
                }

                break;
            case UserJoinRequest or UserRenameRequest or RoomChangeRequest or RecordingRequest or CircleRequest { Entry: not DeviceExpelled } when IsFull:
                // It is asked again. Who asks for another name a thousand times a second would else make the log grow without end, while somebody lags behind.
                break;
            case UserJoinRequest m:
                Number(_names.OnUserJoinRequest(from, m, _watch.View, now, effects), now);
                break;
            case UserLeaveRequest m:
                Number(_names.OnUserLeaveRequest(from, m), now);
                break;
            case UserRenameRequest m:
                Number(_names.OnUserRenameRequest(from, m, now, effects), now);
                break;
            case RoomChangeRequest m:
                Number(_room.Find(m.Entry.By)?.Node == from && _room.Settings.Takes(m.Entry) ? [m.Entry] : [], now);
                break;
            case CircleRequest m:
                Number(_admissions.OnCircleRequest(from, m.Entry, now, effects), now);
                break;
            case RecordingRequest m when _room.IsMember(from) && _room.Recording.Contains(from) != m.Recording:
                Number(new RecordingChanged(from, m.Recording), now);
                break;
            case RecordingRequest:
                break;
            default:
                throw new UnreachableException($"a reign does not know {message.GetType()}");
        }
    }

    /// <summary>The cluster looks different.</summary>
    public void OnView(ClusterView view, Now now, List<Effect> effects)
    {
        _gone.SetView(view, now);
        _watch.SetView(view, now);
        _membership.SetView(view);
        _stability.MayAdvance();
        Forget();
        Number(_names.GiveNames(view, now), now);
        Drained(now, effects);
    }

    /// <summary>The mailbox is empty: works out what is stable, changes the membership where that is due, and tells everyone at once.</summary>
    public void Drained(Now now, List<Effect> effects)
    {
        _stability.Drained(now);
        ChangeMembership(now, effects);
        _broadcast.Drained(now, effects);
    }

    public void Tick(Now now, List<Effect> effects)
    {
        if (_watch.StoodStill(now))
        {
            _stability.WaitFrom(now);
        }

        _stability.Tick();
        Number(_names.GiveNames(_watch.View, now), now);
        ExpelLaggards();
        if (now.Elapsed - _announcedAt >= _options.AskAgainAfter)
        {
            _announcedAt = now.Elapsed;
            Announce(effects);
        }

        Drained(now, effects);
        _admissions.Part(_watch.View, _membership.Knows, effects);
        _watch.TakeOutTheSilent(_room.Members, has => _stability.IsQuorum(has, now), now, effects);
        _broadcast.Tick(now, effects);
    }

    /// <summary>Who is neither in the cluster nor in a membership that counts is forgotten: visitors come and go for as long as the reign lasts.</summary>
    private void Forget()
    {
        bool IsOver(NodeId node) => !_watch.IsPresent(node) && !_membership.Knows(node);

        _watch.Forget(IsOver);
        _acks.Forget(IsOver);
        _membership.Forget(IsOver);
    }

    private void OnSubmit(NodeId from, SaidBlock block, Now now)
    {
        // In order and once: a counter that was seen is a duplicate, a later one comes again after those before it.
        if (_room.Find(block.User) is { } user
            && user.Node == from
            && block.FirstCounter == _room.LastCounter(block.User) + 1
            && !IsFull)
        {
            Number(new Said(block), now);
        }
    }

    private void Number(IEnumerable<Entry> entries, Now now)
    {
        foreach (var entry in entries)
        {
            Number(entry, now);
        }
    }

    private void Number(Entry entry, Now now)
    {
        if (_stability.IsComplete)
        {
            _stability.WaitFrom(now);
        }

        // People read these stamps, so they never run backwards, whatever this host's clock or the last one's says.
        var record = new LogRecord(_log.Received.Next, Epoch, Math.Max(_room.LastStamp, now.Wall), entry);
        _room.Apply(record, _log.Append(record));
        if (entry is UserLeft left)
        {
            _names.Leaves(left.User, now);
        }

        _broadcast.Add(record);
    }

    private void OnAck(NodeId from, Ack ack, List<Effect> effects)
    {
        if (ack.Epoch != Epoch || !_membership.Knows(from) || ack.Life != _membership.LifeOf(from) || ack.Received > Highest)
        {
            return;
        }

        if (_log.HashAt(ack.Received) is { } expected && expected != ack.Hash)
        {
            effects.Add(new Diverged(from, ack.Received, expected, ack.Hash));
            _membership.Expel(from);
            return;
        }

        _names.ShowsLife(from);
        var (isFirst, isMore) = _acks.Take(from, ack);
        if (isMore)
        {
            _stability.MayAdvance();
        }

        // It is told at once that it was heard, or the death of either, so early, would look like one of long ago.
        if (isFirst)
        {
            _broadcast.ReportSoon();
        }
    }

    private void OnJoinRequest(NodeId from, JoinRequest request, List<Effect> effects)
    {
        if (!_watch.IsPresent(from))
        {
            return;
        }

        _membership.Asks(from, request.Life);
        _stability.MayAdvance();
        if (_admissions.Refuses(from, request.Device, _membership.Knows(from), effects))
        {
            return;
        }

        var life = _room.LifeOf(from);
        if (life == 0)
        {
            if (_membership.LifeBefore(from) is { } over && over >= request.Life)
            {
                // Taken out before its log ever started, so it cannot say what the others wait for: it has to begin another life.
                effects.Add(new Send(from, new Expelled(Epoch, over)));
            }
            else if (!_membership.LetIn(from, request.Life, request.Device))
            {
                effects.Add(new Send(from, new JoinRefused($"the room is full: it takes {Limits.Nodes} nodes")));
            }
        }
        else if (life == request.Life)
        {
            // Let in already, but what would start its log got lost.
            SendSnapshot(from, effects);
        }
        else if (request.Life > life)
        {
            // A member that had to start again: it does not count for what it once had.
            _membership.Expel(from);
        }
    }

    private void ExpelLaggards()
    {
        // Only who holds up the trimming, and never so many that no quorum is left.
        if ((_log.Bytes > _options.RetainedBytes || _newEpoch.EpochRanges.Count > Limits.EpochRanges / 2) && !_membership.SomebodyGoes)
        {
            foreach (var node in _room.Members)
            {
                if (node != _self && _acks.Received(node) < Stable && _acks.Received(node) <= _stability.Trimmed)
                {
                    _membership.Expel(node);
                }
            }
        }
    }

    private void ChangeMembership(Now now, List<Effect> effects)
    {
        _membership.ExpelTheAbsent(_watch.View);
        _admissions.Refused(_membership.ExpelThePutOut());

        // None that takes out the dead who may have decided something: the recovery that follows has to count them.
        if (!_stability.MembershipMayChange || _gone.MayHaveDecided(_room.Members))
        {
            return;
        }

        switch (_membership.TakeNext())
        {
            case NodeLeft left:
                var life = _room.LifeOf(left.Node);
                LetUsersGo(left.Node, left.Reason, now);
                Number(left, now);
                _stability.MayAdvance();
                if (left.Reason != LeaveReason.Left && _watch.IsPresent(left.Node))
                {
                    effects.Add(new Send(left.Node, new Expelled(Epoch, life)));
                }

                break;
            case NodeJoined again when _room.IsMember(again.Node):
                LetUsersGo(again.Node, LeaveReason.Expelled, now);
                _acks.BeginsAgain(again.Node);
                Number(again, now);
                SendSnapshot(again.Node, effects);
                break;
            case NodeJoined joined:
                _acks.Comes(joined.Node, now);
                Number(joined, now);
                _stability.MayAdvance();
                SendSnapshot(joined.Node, effects);
                break;
        }
    }

    private void LetUsersGo(NodeId node, LeaveReason reason, Now now) =>
        Number(_room.Users.Where(u => u.Node == node).Select(u => new UserLeft(u.User, reason)).ToList(), now);

    private void SendSnapshot(NodeId node, List<Effect> effects) =>
        effects.Add(new Send(node, new Page(Epoch, _log.Snapshot(), _log.PageAfter(_log.SnapshotIndex), Highest, _stability.Told)));

    private void OnFetch(NodeId from, Fetch fetch, List<Effect> effects)
    {
        if (fetch.Epoch != Epoch)
        {
            return;
        }

        if (fetch.After < _log.SnapshotIndex)
        {
            if (fetch.After < _acks.Received(from))
            {
                // It has that by now: an old request that was long on its way.
                return;
            }

            _membership.Expel(from);
            effects.Add(new Send(from, new Expelled(Epoch, _room.LifeOf(from))));
            return;
        }

        effects.Add(new Send(from, new Page(Epoch, null, _log.PageAfter(fetch.After), Highest, _stability.Told)));
    }
}
