using System.Diagnostics;
using Norris.Core.Room;

namespace Norris.Core.Protocol;

/// <summary>
/// Gives every message its place. Recovers first, under an epoch of its own, and then reigns until it is fenced or stopped. It never stops
/// itself: fenced, or without a majority, it recovers again. Pure: (state, input, time) to effects.
/// </summary>
internal sealed class Sequencer
{
    private readonly NodeId _self;
    private readonly ProtocolOptions _options;
    private readonly RoomPlace _place;
    private readonly HomeCircle? _home;
    private bool _mayBegin;
    private Recovery _recovery;
    private Reign? _reign;
    private ClusterView _view = ClusterView.Empty;

    /// <param name="self">The node that it runs on.</param>
    /// <param name="options">The bounds.</param>
    /// <param name="newRoom">The id of the room, should this sequencer have to begin one: drawn at random.</param>
    /// <param name="above">An epoch that this node knows of; the candidate epoch is above it.</param>
    /// <param name="goOnAfter">Instead of beginning a room, go on with this one, of which nobody is left; null: none is known.</param>
    /// <param name="mayBegin">Whether this sequencer may begin a room at all, since a person asked for one on this node.</param>
    /// <param name="home">The device that the node is on, and the circle of a room that it may begin; null: such a room is open.</param>
    public Sequencer(NodeId self, ProtocolOptions options, RoomId newRoom, Epoch above = default, RoomPlace? goOnAfter = null, bool mayBegin = true, HomeCircle? home = null)
    {
        _home = home;
        _self = self;
        _options = options;
        _mayBegin = mayBegin;
        _place = goOnAfter ?? RoomPlace.Beginning(newRoom);
        var stored = goOnAfter is { } place ? place.Epoch.AfterALoss(self) : Epoch.None;
        _recovery = new Recovery(self, options, (above > stored ? above : stored).Next, mayBegin);
    }

    /// <summary>Whether it numbers; otherwise it recovers.</summary>
    public bool IsReigning => _reign is not null;

    /// <summary>Nothing is under way that a tick would have to look after soon (<see cref="Ticks.OneInWhenQuiet"/>).</summary>
    public bool IsQuiet => _reign is { IsQuiet: true };

    /// <summary>Its reign.</summary>
    public Epoch Epoch => _reign?.Epoch ?? _recovery.Candidate;

    /// <summary>What the log holds, in bytes.</summary>
    public long Bytes => _reign?.Bytes ?? 0;

    /// <summary>The last number that it has given.</summary>
    public SequenceNumber Highest => _reign?.Highest ?? default;

    /// <summary>A quorum is known to have everything up to here.</summary>
    public SequenceNumber Stable => _reign?.Stable ?? default;

    /// <summary>Up to where each member has acknowledged, for people who want to look inside.</summary>
    public IReadOnlyDictionary<NodeId, SequenceNumber> Acked => _reign?.Acked ?? new Dictionary<NodeId, SequenceNumber>();

    /// <summary>Members that are out of the cluster, or do not answer a recovery, and are not proven to be gone, while they count: it is worth looking for proof.</summary>
    public IReadOnlyCollection<NodeId> Missing => _reign?.Missing ?? _recovery.Missing;

    /// <summary>Before it goes on without a majority, and while it waits for one, this node has to ask whether the room has gone on elsewhere (<see cref="ClusterView.LookedAround"/>).</summary>
    public bool MustLookAround => _reign is null && _recovery.MustLookAround;

    /// <summary>What a recovery waits for, for people.</summary>
    public string WaitsFor => _reign is null ? _recovery.WaitsFor(_view) : "";

    /// <summary>Tells what the cluster looks like. Comes first, and at every change.</summary>
    public void SetView(ClusterView view, Now now, List<Effect> effects)
    {
        _view = view;
        _reign?.OnView(view, now, effects);
        if (_reign is null)
        {
            _recovery.Tick(_view, now, effects);
            AfterRecoveryStep(now, effects);
        }
    }

    /// <summary>A node says something.</summary>
    public void Handle(NodeId from, ToSequencerMessage message, Now now, List<Effect> effects)
    {
        if (from != _self && !_view.Present.Contains(from))
        {
            // It has no say. What a node said before it died, or was taken out, may come late: that is no lie, and no news either.
            if (!_view.Dead.Contains(from) && _reign?.Knows(from) != true)
            {
                effects.Add(new Disbelieved(from, message, null));
            }

            return;
        }

        if (message is EpochRefused { Promised: var promised } && !promised.CanFollow(Epoch))
        {
            effects.Add(new Disbelieved(from, message, "no epoch so high can follow the one before"));
            return;
        }

        if (_reign is null)
        {
            _recovery.Handle(from, message, _view, now, effects);
            AfterRecoveryStep(now, effects);
            return;
        }

        switch (message)
        {
            case EpochRefused m:
                // Also where it is the same number: then that member has promised it to somebody else, and will not follow.
                if (m.Promised > _reign.Epoch || (m.Promised == _reign.Epoch && from != _self))
                {
                    Recover(m.Promised, now, effects, $"a member has promised epoch {m.Promised}");
                }

                break;
            case Promise or RecoveryPage:
                // Answers to a recovery that is over.
                break;
            default:
                _reign.Handle(from, message, now, effects);
                break;
        }
    }

    /// <summary>The mailbox is empty for now: what was numbered goes out as one batch.</summary>
    public void Drained(Now now, List<Effect> effects) => _reign?.Drained(now, effects);

    /// <summary>Time has passed.</summary>
    public void Tick(Now now, List<Effect> effects)
    {
        if (_reign is null)
        {
            _recovery.Tick(_view, now, effects);
            AfterRecoveryStep(now, effects);
            return;
        }

        _reign.Tick(now, effects);
        if (_reign.LacksMajority(now))
        {
            Recover(_reign.Epoch, now, effects, $"a majority is dead, or has not acknowledged anything for {_options.NoMajorityAfter} ms");
        }
    }

    private void AfterRecoveryStep(Now now, List<Effect> effects)
    {
        if (_recovery.BeginAgainAbove is { } above)
        {
            _recovery = new Recovery(_self, _options, above.Next, _mayBegin, _recovery.NeedsNewEra, _recovery.NextPatience);
            _recovery.Tick(_view, now, effects);
            return;
        }

        if (_recovery.NewRoom)
        {
            _mayBegin = false;
            _reign = Reign.Found(_self, _options, _recovery.Candidate, _place, _home, _view, now);
        }
        else if (_recovery.Adopted is { } log)
        {
            _reign = Reign.GoOn(_self, _options, _recovery.Candidate, log, _recovery.Stable, _recovery.MayHaveLost, _recovery.Dead, _view, now);
        }
        else
        {
            return;
        }

        effects.Add(new PhaseChanged(true, _reign.Epoch, _recovery.NewRoom ? (_place.At > SequenceNumber.None ? $"a stored history goes on after {_place.At}" : "a new room") : $"goes on after {_reign.AdoptedAt}"));
        _reign.Announce(effects);
        _reign.Drained(now, effects);
    }

    private void Recover(Epoch above, Now now, List<Effect> effects, string why)
    {
        _reign = null;
        _recovery = new Recovery(_self, _options, above.Next, _mayBegin);
        effects.Add(new PhaseChanged(false, _recovery.Candidate, why));
        _recovery.Tick(_view, now, effects);
    }
}
