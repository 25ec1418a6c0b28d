using System.Diagnostics;
using Norris.Core.Room;

namespace Norris.Core.Protocol;

/// <summary>
/// A sequencer at work: numbers what is submitted, finds out what is stable, lets members in and out one at a time, and answers those who
/// lack something. Pure. What suffices to decide is in Reign.Quorum.cs, coming and going in
/// Reign.Membership.cs.
/// </summary>
internal sealed partial class Reign
{
    private readonly NodeId _self;
    private readonly ProtocolOptions _options;
    private readonly Log _log;
    private readonly RoomState _room;
    private readonly Dictionary<NodeId, SequenceNumber> _acked = [];
    private readonly Dictionary<NodeId, long> _heardAt = [];

    // When each member last sent an ack, by its clocks; when it last followed this reign, by this node's; and who did shortly before it died.
    private readonly Dictionary<NodeId, Now> _sentAt = [];
    private readonly Dictionary<NodeId, Now> _followedAt = [];
    private readonly HashSet<NodeId> _followedToTheEnd = [];

    // Who had died when it was decided what to go on with; and since.
    private readonly IReadOnlySet<NodeId> _deadBefore;
    private readonly bool _toldLoss;
    private HashSet<NodeId> _died;
    private readonly long _begunAt;

    // When, by this process's clock, whoever left in this reign did.
    private readonly Dictionary<UserId, long> _leftAt = [];
    private readonly List<LogRecord> _batch = [];

    // Kept from one working out of what is stable to the next: it is done after every drain.
    private readonly List<SequenceNumber> _candidates = [];
    private readonly SequenceNumber _start;
    private readonly List<Stretch> _stretches;
    private readonly IReadOnlyList<NodeId> _membersAtStart;
    private readonly SequenceNumber _floorAtStart;

    // The membership before its last change, with lives; of use until that change is stable.
    private IReadOnlyDictionary<NodeId, int>? _membersBefore;
    private ClusterView _view;
    private SequenceNumber _trim;
    private SequenceNumber _toldStable;
    private long _lastStamp;
    private long _tookOutAt;
    private long? _heldUpSince;
    private bool _acksChanged;
    private bool _reportDue;
    private long _reportedAt;
    private long _announcedAt;
    private long _advancedAt;
    private long _tickedAt;
    private long _judgeFrom;

    private Reign(NodeId self, ProtocolOptions options, Epoch epoch, Log log, SequenceNumber stable, bool mayHaveLost, IReadOnlySet<NodeId> dead, ClusterView view, Now now)
    {
        _self = self;
        _options = options;
        Epoch = epoch;
        _log = log;
        _room = log.Fold();
        _view = view;
        _start = log.Received.Next;
        _stretches = log.Stretches();
        _membersAtStart = log.Membership().Members;
        _membersBefore = log.MembershipBeforeLastChange();
        _floorAtStart = log.Floor;
        _begunAt = now.Elapsed;
        _lastStamp = _room.LastStamp;

        // What these may have decided was the recovery's business, and is told where something may be lost.
        _deadBefore = dead;
        _toldLoss = mayHaveLost;
        _died = [.. view.Dead.Except(dead)];
        _advancedAt = now.Elapsed;
        _announcedAt = now.Elapsed;
        _tickedAt = now.Elapsed;
        _judgeFrom = now.Elapsed;
        Stable = SequenceNumber.Max(log.Floor, stable);
        _trim = log.Floor;
    }

    public Epoch Epoch { get; }

    public SequenceNumber AdoptedAt => _start + -1;

    public SequenceNumber Highest => _log.Received;

    public SequenceNumber Stable { get; private set; }

    /// <summary>
    /// What others are told to be stable. Until something of this reign is, that is no more than what each of them has: a replica remembers in which reign it was told,
    /// and a later recovery takes that for knowledge of an entry of this reign.
    /// </summary>
    private SequenceNumber Told => Stable < _start ? _log.Floor : Stable;

    public bool IsQuiet => Stable == Highest && _joining.Count == 0 && _departing.Count == 0 && _ghosts.Count == 0;

    public long Bytes => _log.Bytes;

    /// <summary>Somebody lags behind, and until that one has caught up or is taken out nothing is added that can wait.</summary>
    private bool IsFull => _log.Bytes >= 2 * _options.RetainedBytes;

    public IReadOnlyDictionary<NodeId, SequenceNumber> Acked => _acked;

    /// <summary>Whether a node is a member of the room, or was before the last change.</summary>
    public bool Knows(NodeId node) => _room.IsMember(node) || _membersBefore?.ContainsKey(node) == true;

    /// <summary>Begins a room, or goes on after the place that its history had come to; unless that is its end, nobody can know what was said after it.</summary>
    public static Reign Found(NodeId self, ProtocolOptions options, Epoch epoch, RoomPlace place, ClusterView view, Now now)
    {
        var reign = new Reign(self, options, epoch, new Log(RoomState.New(place, options.Delivery, self)), default, true, view.Dead, view, now);
        reign.Number(new NodeJoined(self, 1), now);
        reign.Number(new EpochStarted(self, place.At > SequenceNumber.None && !place.IsEnd), now);
        return reign;
    }

    /// <summary>Goes on with what a recovery found, of which everything up to <paramref name="stable"/> was known to be stable.</summary>
    public static Reign GoOn(
        NodeId self, ProtocolOptions options, Epoch epoch, Log log, SequenceNumber stable, bool mayHaveLost, IReadOnlySet<NodeId> dead, ClusterView view, Now now)
    {
        var reign = new Reign(self, options, epoch, log, stable, mayHaveLost, dead, view, now);
        reign.Number(new EpochStarted(self, mayHaveLost), now);
        return reign;
    }

    /// <summary>Tells every member where this reign's log begins.</summary>
    public void Announce(List<Effect> effects)
    {
        var cut = CutOff();
        foreach (var node in _membersAtStart)
        {
            if (!_acked.ContainsKey(node) && _room.IsMember(node) && _view.Present.Contains(node))
            {
                effects.Add(new Send(node, cut));
            }
        }
    }

    public void Handle(NodeId from, ToSequencerMessage message, Now now, List<Effect> effects)
    {
        if (_view.Present.Contains(from))
        {
            _heardAt[from] = now.Elapsed;
        }

        switch (message)
        {
            case Submit m:
                OnSubmit(from, m.Block, now);
                break;
            case Ack m:
                OnAck(from, m, now, effects);
                break;
            case Fetch m:
                OnFetch(from, m, effects);
                break;
            case CutRequest m:
                if (m.Epoch <= Epoch)
                {
                    effects.Add(new Send(from, _room.IsMember(from) || _goodbyes.Contains(from) ? CutOff() : new Expelled(Epoch, 0)));
                }

                break;
            case JoinRequest m:
                OnJoinRequest(from, m, effects);
                break;
            case LeaveRequest:
                OnLeaveRequest(from, effects);
                break;
            case UserJoinRequest or UserRenameRequest or RecordingRequest when IsFull:
                // It is asked again. Who asks for another name a thousand times a second would else make the log grow without end, while somebody lags behind.
                break;
            case UserJoinRequest m:
                OnUserJoinRequest(from, m, now, effects);
                break;
            case UserLeaveRequest m:
                if (_room.Find(m.User) is { } user && user.Node == from)
                {
                    Number(new UserLeft(m.User, LeaveReason.Left), now);
                }

                break;
            case UserRenameRequest m:
                OnUserRenameRequest(from, m, now, effects);
                break;
            case RecordingRequest m:
                if (_room.IsMember(from) && _room.Recording.Contains(from) != m.Recording)
                {
                    Number(new RecordingChanged(from, m.Recording), now);
                }

                break;
            default:
                throw new UnreachableException($"a reign does not know {message.GetType()}");
        }
    }

    /// <summary>The mailbox is empty: works out what is stable, changes the membership where that is due, and tells everyone at once.</summary>
    public void Drained(Now now, List<Effect> effects)
    {
        if (_acksChanged)
        {
            _acksChanged = false;
            WorkOutStable(now);
        }

        ChangeMembership(now, effects);
        if (_batch.Count > 0)
        {
            PublishBatch(effects);
            _toldStable = Told;
        }

        if (_reportDue)
        {
            Report(now, effects);
        }
        else if (Told > _toldStable)
        {
            Tell(null, effects);
        }
    }

    public void Tick(Now now, List<Effect> effects)
    {
        if (now.Elapsed - _tickedAt >= Ticks.StoodStill)
        {
            // This process itself stood still: whoever was not heard meanwhile gets another chance.
            _judgeFrom = now.Elapsed;
            _advancedAt = now.Elapsed;
        }

        _tickedAt = now.Elapsed;

        // Time alone may make a quorum: half of the members, once the others have been silent for long enough.
        _acksChanged |= Stable < Highest;
        SettleGhosts(now);
        ExpelLaggards();
        if (now.Elapsed - _announcedAt >= _options.AskAgainAfter)
        {
            _announcedAt = now.Elapsed;
            Announce(effects);
        }

        Drained(now, effects);
        TakeOutTheSilent(now, effects);

        // Rather a little early than a whole tick late.
        if (now.Elapsed - _reportedAt >= _options.ProgressEvery * 7 / 8)
        {
            Report(now, effects);
        }
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

    private LogRecord Number(Entry entry, Now now)
    {
        // People read these stamps, so they never run backwards, whatever this host's clock or the last one's says.
        _lastStamp = Math.Max(_lastStamp, now.Wall);
        if (Highest == Stable)
        {
            _advancedAt = now.Elapsed;
        }

        var record = new LogRecord(_log.Received.Next, Epoch, _lastStamp, entry);
        var hash = _log.Append(record);
        _room.Apply(record, hash);
        if (entry is UserLeft left)
        {
            SeesLeave(left.User, now);
        }

        _batch.Add(record);
        return record;
    }

    private void OnAck(NodeId from, Ack ack, Now now, List<Effect> effects)
    {
        if (ack.Epoch != Epoch || !Knows(from) || ack.Life != LifeOf(from) || ack.Received > Highest)
        {
            return;
        }

        if (_log.HashAt(ack.Received) is { } expected && expected != ack.Hash)
        {
            effects.Add(new Diverged(from, ack.Received, expected, ack.Hash));
            Expel(from);
            return;
        }

        ShowsLife(from);
        var isFirst = !_sentAt.TryGetValue(from, out var sent);
        if (isFirst || ack.Sent.Elapsed > sent.Elapsed)
        {
            _sentAt[from] = ack.Sent;
        }

        // It is told at once that it was heard, or the death of either, so early, would look like one of long ago.
        _reportDue |= isFirst;

        if (ack.Heard.Elapsed > _followedAt.GetValueOrDefault(from).Elapsed)
        {
            _followedAt[from] = ack.Heard;
        }

        if (!_acked.TryGetValue(from, out var before) || ack.Received > before)
        {
            _acked[from] = ack.Received;
            _acksChanged = true;
        }
    }

    private void PublishBatch(List<Effect> effects)
    {
        var from = 0;
        long bytes = 0;
        for (var i = 0; i < _batch.Count; i++)
        {
            var size = _batch[i].Entry.Size;
            if (i > from && bytes + size > Limits.PageBytes)
            {
                effects.Add(new Publish(new Ordered(Epoch, _batch[from..i], Told, _trim)));
                from = i;
                bytes = 0;
            }

            bytes += size;
        }

        effects.Add(new Publish(new Ordered(Epoch, _batch[from..], Told, _trim)));
        _batch.Clear();
    }

    private void Report(Now now, List<Effect> effects)
    {
        _reportDue = false;
        _reportedAt = now.Elapsed;
        var acks = _room.Members.Select(node => new MemberAck(_acked.GetValueOrDefault(node), _sentAt.GetValueOrDefault(node)));
        Tell(new MemberAcks(_room.MembersSince, [.. acks], now), effects);
    }

    private void Tell(MemberAcks? acks, List<Effect> effects)
    {
        _toldStable = Told;
        var progress = new Progress(Epoch, Highest, Told, _trim, acks);
        foreach (var node in _room.Members)
        {
            effects.Add(new Send(node, progress));
        }

        foreach (var node in _goodbyes)
        {
            effects.Add(new Send(node, progress));
        }
    }

    private void OnFetch(NodeId from, Fetch fetch, List<Effect> effects)
    {
        if (fetch.Epoch != Epoch)
        {
            return;
        }

        if (fetch.After < _log.Floor)
        {
            if (fetch.After < _acked.GetValueOrDefault(from))
            {
                // It has that by now: an old request that was long on its way.
                return;
            }

            Expel(from);
            effects.Add(new Send(from, new Expelled(Epoch, _room.LifeOf(from))));
            return;
        }

        effects.Add(new Send(from, new Page(Epoch, null, _log.PageAfter(fetch.After), Highest, Told)));
    }

    private Cut CutOff() => new(Epoch, _log.Room, _floorAtStart, AdoptedAt, _stretches, _membersAtStart);
}
