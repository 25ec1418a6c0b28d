using System.Diagnostics;
using Norris.Core.Room;

namespace Norris.Core.Protocol;

/// <summary>
/// A node's copy of the room: takes ordered entries, closes gaps, acknowledges, and hands what may be delivered to the node's users in order. Answers whoever wants to be the new sequencer.
/// Pure: (state, input, time) to effects. docs/protocol.md tells the whole story.
/// </summary>
/// <param name="self">The node that it runs on.</param>
/// <param name="options">The bounds.</param>
/// <param name="device">The device that the node is on, where its room has a circle.</param>
internal sealed class Replica(NodeId self, ProtocolOptions options, DeviceId? device = null)
{
    private readonly Acceptor _acceptor = new(self, options);
    private readonly Lifecycle _lifecycle = new(self, options, device);
    private readonly HostWatch _watch = new(self, options);
    private readonly HostsAccount _account = new(self);
    private readonly Touch _touch = new(options);

    // Kept until a newer one replaces it, even when the node has to start again as a newcomer: others may count on it.
    private ReplicatedLog? _log;
    private bool _ackDue;
    private long? _newEpochAskedAt;

    /// <summary>What was handed to the users, up to and including this number.</summary>
    public SequenceNumber Delivered => _lifecycle.Delivered;

    /// <summary>The highest number up to which this node has everything.</summary>
    public SequenceNumber Received => _log?.Received ?? default;

    /// <summary>A quorum is known to have everything up to here.</summary>
    public SequenceNumber Stable => _log?.Stable ?? default;

    /// <summary>The highest number that this node has heard of.</summary>
    public SequenceNumber Highest => _log?.Highest ?? default;

    /// <summary>The reign that it follows.</summary>
    public Epoch Accepted => _acceptor.Accepted;

    /// <summary>Nothing is under way that a tick would have to look after soon (<see cref="Ticks.OneInWhenQuiet"/>).</summary>
    public bool IsQuiet => _lifecycle.IsMember && _acceptor.Followed is not null && _log is { IsQuiet: true };

    /// <summary>The sequencer that this node follows; null while it knows none.</summary>
    public NodeId? Host => _acceptor.Host;

    /// <summary>For those who ask who is here: <see cref="Rivalry"/>.</summary>
    public Whereabouts Whereabouts => new(
        Room?.Room ?? RoomId.None, Accepted, Room?.At ?? default, _lifecycle.IsMember && _acceptor.Followed is not null && _touch.IsHeard);

    /// <summary>The room whose log this node has, also while it is no member.</summary>
    public RoomId RoomOfLog => _log?.Room ?? RoomId.None;

    /// <summary>The room as delivered; null while the node is no member.</summary>
    public RoomState? Room => _lifecycle.Room;

    /// <summary>How far each member has come, as the host last said; without those of whom it has not heard. For people who want to look inside.</summary>
    public IReadOnlyDictionary<NodeId, MemberPlace> Places => _account.Places;

    /// <summary>What the log and the entries held back cost, in bytes.</summary>
    public long Bytes => _log?.BytesInAll ?? 0;

    /// <summary>
    /// This node has heard no host for long, and has to ask whether the room has gone on elsewhere (<see cref="ClusterView.LookedAround"/>). Without that: Ann and Bob are the room, and Cleo
    /// has just come. Ann dies, and Bob stands still for good. The cluster waits for Bob, and so does Cleo, while Ann is back and goes on in a cluster of her own.
    /// </summary>
    public bool MustLookAround { get; private set; }

    /// <summary>The membership after all that this node has, since when it is so, and the one before that change while it is not known to be stable.</summary>
    internal (IReadOnlyList<NodeId> Members, SequenceNumber Since, IReadOnlyList<NodeId>? Before) Memberships => _log?.Memberships ?? ([], default, null);

    /// <summary>
    /// Whether what this node has counts. Taken out, or not in again yet: what it once had is no longer all here, and the membership has changed without it. Its log itself shows when it is in
    /// again, as it does to a host that counts its acks.
    /// </summary>
    private bool HasAVote => _log is null
        ? _lifecycle.Life == 1
        : _log.IsGood && (_lifecycle.Life == 1 || _lifecycle.Room is not null || _log.LifeOf(self) == _lifecycle.Life);

    /// <summary>Tells what the cluster looks like. Comes first, and at every change.</summary>
    public void SetView(ClusterView view, Now now) => _watch.SetView(view, now);

    /// <summary>The node wants to be a member.</summary>
    public void Join(Now now, List<Effect> effects) => _lifecycle.Join(now, effects);

    /// <summary>The node wants to go, properly: everyone sees it leave.</summary>
    public void Leave(Now now, List<Effect> effects) => _lifecycle.Leave(_log, now, effects);

    /// <summary>
    /// The node leaves, whether the room knows or not: from now on it says nothing more. Before it leaves the cluster, for who has left that properly
    /// counts as gone, and must not promise anything to anybody any more.
    /// </summary>
    public void Stop() => _lifecycle.Stop();

    /// <summary>Another node says something.</summary>
    public void Handle(NodeId from, ToReplicaMessage message, Now now, List<Effect> effects)
    {
        if (_lifecycle.IsDone)
        {
            return;
        }

        if (!_watch.IsPresent(from))
        {
            // It has no say. What a node said before it died, or was taken out, may come late: that is no lie, and no news either.
            if (!_watch.IsDead(from) && Room?.IsMember(from) != true)
            {
                effects.Add(new Disbelieved(from, message, null));
            }

            return;
        }

        if (EpochOf(message) is { } epoch && !epoch.CanFollow(_acceptor.Promised))
        {
            effects.Add(new Disbelieved(from, message, "no epoch so high can follow the one before"));
            return;
        }

        // Who asks again has not heard the answer: a host that hears nobody would count as alive for as long as it asks.
        if (message is not (HostReport or JoinRefused or UserRefused) && !(message is Prepare asked && _acceptor.HasPromised(from, asked.Candidate)))
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
                    _account.Learn(m.Acks, m.Highest, Room);
                }

                break;
            case Page m:
                OnPage(from, m, now, effects);
                break;
            case NewEpoch m:
                OnNewEpoch(from, m, now, effects);
                break;
            case Prepare m:
                // Who has nothing of this reign yet may lack what it began with: that the host heard it shows nothing then.
                _acceptor.OnPrepare(from, m.Candidate, _log, HasAVote, _log?.LastEpoch == _acceptor.Accepted ? _account.HeardMe : default, now, effects);
                break;
            case RecoveryFetch m:
                _acceptor.OnRecoveryFetch(from, m, _log, effects);
                break;
            case Expelled m:
                if (m.Epoch >= _acceptor.Promised && _lifecycle.IsIn(m.Life))
                {
                    Exclude("the host took this node out: it had fallen too far behind, gone astray, or was put out", now, effects);
                }
                else if (_lifecycle.IsLeaving)
                {
                    _lifecycle.Finish(effects);
                }

                break;
            case JoinRefused m:
                // Whoever does not host may refuse nobody.
                if (_lifecycle.Comes && from == _watch.Host)
                {
                    _lifecycle.Stop();
                    effects.Add(new Refused(m.Reason, m.IsForGood));
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
        if (_ackDue && _log is { IsGood: true } && _acceptor.Followed is { } host)
        {
            _ackDue = false;
            effects.Add(new Send(host, new Ack(_acceptor.Accepted, _lifecycle.Life, _log.Received, _log.Hash, now, _account.Sent)));
        }
    }

    /// <summary>Time has passed.</summary>
    public void Tick(Now now, List<Effect> effects)
    {
        _lifecycle.Tick(_log, now, effects);
        if (_watch.IsSilent(now) && _log is not null && !_lifecycle.IsDone)
        {
            var (members, since) = _log.Membership();
            _watch.Ask(members, since <= Stable, now, effects);
            if (now.IsDue(_newEpochAskedAt, options.AskAgainAfter))
            {
                // The others may well hear it, because it has taken this node out and says no more to it: when it said so, that was lost.
                _newEpochAskedAt = now.Elapsed;
                effects.Add(new Send(_watch.Host!.Value, new NewEpochRequest(_acceptor.Accepted)));
            }
        }

        MustLookAround = (_lifecycle.Comes || _lifecycle.IsMember) && _watch.IsLost(now) && !_watch.HasLookedAround(now);
        if (Room is not null && Host is { } host)
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
        NewEpoch m => m.Epoch,
        Prepare m => m.Candidate,
        RecoveryFetch m => m.Candidate,
        Expelled m => m.Epoch,
        _ => null,
    };

    // ---- the normal case ----

    /// <summary>Whether a message of a reign is to be believed.</summary>
    private bool Follows(NodeId from, Epoch epoch, Now now, List<Effect> effects)
    {
        if (epoch < _acceptor.Promised)
        {
            // Its sequencer is fenced and does not know yet.
            _acceptor.Remind(from, now, effects);
            return false;
        }

        if (epoch == _acceptor.Accepted && _log is not null)
        {
            // Two rooms that do not know of each other may have reigns of the same number.
            if (from != Host)
            {
                return false;
            }

            _touch.Heard(now, effects);
            return _log.IsGood;
        }

        // A reign whose recovery this node took no part in: never guess, ask for its new epoch. A node without a log is joining anyway.
        if (_log is not null && now.IsDue(_newEpochAskedAt, options.AskAgainAfter))
        {
            _newEpochAskedAt = now.Elapsed;
            effects.Add(new Send(from, new NewEpochRequest(epoch)));
        }

        return false;
    }

    private void Take(IReadOnlyList<LogRecord> records, List<Effect> effects)
    {
        _log!.Take(records);
        _lifecycle.Deliver(_log, effects);
    }

    private void Learn(SequenceNumber stable, SequenceNumber trim, SequenceNumber highest, Now now, List<Effect> effects)
    {
        _ackDue = true;
        _log!.Learn(_acceptor.Accepted, stable, highest);
        _lifecycle.Deliver(_log, effects);
        _log.TrimTo(SequenceNumber.Min(trim, _lifecycle.Fold?.At ?? trim));
        CloseGap(now, effects);
    }

    private void CloseGap(Now now, List<Effect> effects)
    {
        if (_acceptor.Followed is not { } host)
        {
            _log?.WaitNoMore();
        }
        else if (_log?.MustFetch(now) == true)
        {
            effects.Add(new Send(host, new Fetch(_acceptor.Accepted, _log.Received)));
        }
    }

    private void OnPage(NodeId from, Page page, Now now, List<Effect> effects)
    {
        if (page.Snapshot is not null && _lifecycle.WaitsForLog && page.Epoch >= _acceptor.Promised)
        {
            Start(from, page.Epoch, page.Snapshot);
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
            _log.Fetches(now);
            effects.Add(new Send(from, new Fetch(_acceptor.Accepted, _log.Received)));
        }
    }

    private void Start(NodeId from, Epoch epoch, RoomSnapshot snapshot)
    {
        if (_log is { IsGood: true } && epoch == _acceptor.Accepted && from == _acceptor.Followed)
        {
            // What it has acknowledged in this reign it keeps, and reads from there.
            _lifecycle.Read(_log.Snapshot());
            return;
        }

        _log = new ReplicatedLog(snapshot, options);
        _lifecycle.Read(snapshot);
        Accept(epoch, from);
    }

    private void OnNewEpoch(NodeId from, NewEpoch newEpoch, Now now, List<Effect> effects)
    {
        if (_acceptor.MustRefuse(from, newEpoch.Epoch))
        {
            _acceptor.Refuse(from, effects);
            return;
        }

        if (_log is null || (newEpoch.Epoch == _acceptor.Accepted && Host == from))
        {
            _ackDue |= _log is not null;
            return;
        }

        Accept(newEpoch.Epoch, from);
        if (newEpoch.Room != _log.Room || !newEpoch.Members.Contains(self))
        {
            Exclude("the room went on without this node", now, effects);
            return;
        }

        var common = SequenceNumber.Min(_log.CommonWith(newEpoch.EpochRanges), newEpoch.Highest);
        if (_log.Received < newEpoch.SnapshotIndex || common < _log.SnapshotIndex || common < _lifecycle.ReadUpTo || common < newEpoch.SnapshotIndex)
        {
            // Too far behind for this log to reach back, or ahead of a room that lost what only the dead had.
            Exclude("the room went on from a place that this node's log does not join", now, effects);
            return;
        }

        _log.GoOnAfter(common, newEpoch.Highest);
        var silentFor = _touch.SilentFor(now);
        _touch.Heard(now, effects);
        effects.Add(new EpochAccepted(newEpoch.Epoch, from, silentFor));
        CloseGap(now, effects);
    }

    private void Accept(Epoch epoch, NodeId host)
    {
        _acceptor.Accept(epoch, host);
        _account.BeginAgain();
        _log!.WaitNoMore();
        _newEpochAskedAt = null;
        _ackDue = true;
    }

    private void Exclude(string why, Now now, List<Effect> effects)
    {
        _log?.Abandon();
        _lifecycle.Exclude(why, now, effects);
    }
}
