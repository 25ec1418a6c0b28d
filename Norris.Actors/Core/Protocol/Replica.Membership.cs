using Norris.Core.Room;

namespace Norris.Core.Protocol;

/// <summary>The node comes and goes.</summary>
public sealed partial class Replica
{
    /// <summary>
    /// This node has heard no host for long, and has to ask whether the room has gone on elsewhere (<see cref="ClusterView.LookedAround"/>). Without that: Ann and Bob are the room, and Cleo
    /// has just come. Ann dies, and Bob stands still for good. The cluster waits for Bob, and so does Cleo, while Ann is back and goes on in a cluster of her own.
    /// </summary>
    public bool MustLookAround { get; private set; }

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

    /// <summary>
    /// The node leaves, whether the room knows or not: from now on it says nothing more. Before it leaves the cluster, for who has left that properly
    /// counts as gone, and must not promise anything to anybody any more.
    /// </summary>
    public void Stop() => _phase = Phase.Done;

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
        if (_logIsGood && page.Epoch == _accepted && page.Epoch == _promised && from == _host)
        {
            // What it has acknowledged in this reign it keeps, and reads from there.
            _silent = new RoomState(_log!.Base());
            return;
        }

        _log = new Log(page.Base!);
        _room = null;
        _silent = new RoomState(page.Base!);
        _logIsGood = true;
        _stable = default;
        _highestSeen = default;
        _early.Clear();
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
                _settled = silent.At;
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
            effects.Add(new Excluded($"the others took this node out ({left.Reason})", _delivered));
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
        _early.Clear();
        if (wasMember)
        {
            effects.Add(new Excluded(why, _delivered));
        }

        AskToJoin(now, effects);
    }

    private void Finish(List<Effect> effects)
    {
        _phase = Phase.Done;
        effects.Add(new Gone());
    }
}
