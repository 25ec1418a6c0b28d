using Akka.Actor;
using Akka.Cluster;
using Akka.Event;
using Akka.Remote;
using Norris.Actors.Transport;
using Norris.Core.Protocol;

namespace Norris.Actors.Membership;

/// <summary>Asks who is at the addresses of those who are gone, and whether the room goes on there; and answers who asks.</summary>
internal sealed partial class CrashEvidenceActor
{
    private void OnWhoIsThere(NodeId who)
    {
        if (NodeContext.AddressOf(who) is { Address: var asker } && _cluster.State.Members.All(m => m.Address != asker))
        {
            _former.AskedBy(asker);
        }

        var status = _status();
        Send(who, _rivalry.Answer(status.Whereabouts, status.Members.Contains(who), _node.Now));
    }

    private void OnItIsI(NodeId node, ItIsI answer)
    {
        var status = _status();
        var address = NodeContext.AddressOf(node)?.Address;
        var isAsked = _asked.Remove(node.Address);
        if (isAsked && _former.IsCompared(address))
        {
            if (_rivalry.GivesIn(answer, status.Whereabouts, _node.Now))
            {
                _node.Delivered?.GiveIn(answer.Epoch);
                _node.GoesTo = address;
                IsOvertaken($"{node} and the others go on in epoch {answer.Epoch}, beside this node");
            }
        }
        else if (isAsked && answer.Overtakes(_former.Began is not null && !_node.View().Present.Contains(node), status.RoomOfLog, status.Epoch, status.Received))
        {
            IsOvertaken($"{node} and the others went on without this node, in epoch {answer.Epoch}");
        }

        Meet(node);
        OnAnswered(address);
    }

    /// <summary>
    /// A node that was stopped and wakes up is told so by those who took it out, and nothing else would end it. Akka believes it of anybody; here it counts from a
    /// member, and from an address that this node is asking just then whether it is left behind: a stranger would end a node with one frame, and with one to each of them the room.
    /// </summary>
    private void OnQuarantined(ThisActorSystemQuarantinedEvent e)
    {
        if ((_former is { Began: not null, IsInDoubt: true } && _asked.Contains(e.RemoteAddress.ToString())) || _cluster.State.Members.Any(m => m.Address.Equals(e.RemoteAddress)))
        {
            IsOvertaken($"{e.RemoteAddress} and the others went on without this node");
        }
    }

    private void IsOvertaken(string why)
    {
        if (!_isOvertaken)
        {
            _isOvertaken = true;
            Timers.Cancel(nameof(LookAgain));
            _log.Info(why);
            Context.System.EventStream.Publish(new NoRoomHere());
        }
    }

    /// <summary>Asks at the addresses of those who are out, or have left. Whether this node is left behind is asked before anything else: for that a look begins anew.</summary>
    private void Look(bool isInDoubt)
    {
        if (_cluster.IsTerminated || _isOvertaken || (_former.Began is not null && (_former.IsInDoubt || !isInDoubt)))
        {
            return;
        }

        _asked.Clear();
        _tried.Clear();
        _former.Begin(_node.Now.Elapsed, isInDoubt, _node.View().Present.Select(NodeContext.AddressOf).OfType<UniqueAddress>().Select(n => n.Address).ToHashSet(), _node.Remembered);
        Timers.StartPeriodicTimer(nameof(LookAgain), new LookAgain(), TimeSpan.Zero, LookAgainEvery);
        FormerAddresses.AskDoors(_unreachable, _node);
    }

    private void OnLookAgain()
    {
        foreach (var address in _former.Unanswered.Where(_tried.Add))
        {
            FormerAddresses.Try(address, _node).PipeTo(Self, success: answer => new Tried(address, answer), failure: _ => new Tried(address, Port.Answer.Silence));
        }

        OnAnswered(null);
    }

    private void OnTried(Tried tried)
    {
        if (_former.IsInDoubt)
        {
            // Asked again until it answers. Where this node goes on, one question is enough: the next look asks again.
            _tried.Remove(tried.Address);
        }

        if (tried.Answer == Port.Answer.Accepted && _former.Began is not null)
        {
            Ask(tried.Address);
        }
        else
        {
            OnAnswered(tried.Address);
        }
    }

    private void OnAnswered(Address? address)
    {
        if (_isOvertaken || _former.Began is not { } began)
        {
            return; // Who is overtaken waits for its end.
        }

        _former.Answered(address);
        if (_former.IsFinished(_node.Now.Elapsed))
        {
            // Who has the port later may be anybody.
            _asked.Clear();
            Timers.Cancel(nameof(LookAgain));
            if (_former.IsInDoubt)
            {
                _node.LookedAround = began;
                Context.System.EventStream.Publish(LookedAround.Instance);
            }
        }
    }
}
