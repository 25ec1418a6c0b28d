using Akka.Actor;
using Akka.Cluster;
using Akka.Event;
using Akka.Remote;
using Norris.Actors.Transport;
using Norris.Core.Protocol;

namespace Norris.Actors.Membership;

/// <summary>Asks who is at the addresses of those who are gone, and whether the room goes on there; and answers who asks.</summary>
/// <param name="node">The node.</param>
/// <param name="status">What is known of its room.</param>
/// <param name="context">Of the actor that has this, and passes on what it hears.</param>
/// <param name="timers">Its timers, once it has started.</param>
internal sealed class Lookout(NodeContext node, Func<RoomStatus> status, IActorContext context, Func<ITimerScheduler> timers)
{
    /// <summary>Who accepts a connection is asked as often, until it answers: the first question may go to whoever was there before.</summary>
    private static readonly TimeSpan AskAgainEvery = TimeSpan.FromMilliseconds(250);

    private const int MostAsked = 1024;

    private readonly Akka.Cluster.Cluster _cluster = Akka.Cluster.Cluster.Get(context.System);
    private readonly ILoggingAdapter _log = context.GetLogger();
    private readonly HashSet<string> _asked = [];
    private readonly HashSet<Address> _tried = [];
    private readonly FormerAddresses _former = new();
    private readonly Rivalry _rivalry = new(node.Options);
    private long _look;

    /// <summary>The room goes on without this node, whose incarnation ends.</summary>
    public bool IsOvertaken { get; private set; }

    /// <summary>Who asks is answered, whoever it is.</summary>
    public void AskedBy(NodeId who)
    {
        if (NodeContext.AddressOf(who) is { Address: var asker } && _cluster.State.Members.All(m => m.Address != asker))
        {
            _former.AskedBy(asker);
        }

        var own = status();
        // Who has been overtaken is nobody to go to.
        var whereabouts = IsOvertaken ? default : own.Whereabouts;
        Send(who, _rivalry.Answer(whereabouts, own.Members.Contains(who), node.Now));
    }

    /// <summary>Somebody says who is at its address.</summary>
    public void Hear(NodeId from, ItIsI answer)
    {
        var own = status();
        var address = NodeContext.AddressOf(from)?.Address;
        var isAsked = _asked.Remove(from.Address);
        if (isAsked && _former.IsCompared(address))
        {
            if (_rivalry.GivesIn(answer, own.Whereabouts, node.Now))
            {
                EndAsOvertaken(address, $"{from} and the others go on in epoch {answer.Epoch}, beside this node");
            }
        }
        else if (isAsked && answer.Overtakes(_former.Began is not null && !node.View().Present.Contains(from), own.RoomOfLog, own.Epoch, own.Received))
        {
            EndAsOvertaken(address, $"{from} and the others went on without this node, in epoch {answer.Epoch}");
        }
    }

    /// <summary>After <see cref="Hear(NodeId, ItIsI)"/>, when what follows from it for others is known.</summary>
    public void HasAnswered(NodeId from) => Answered(NodeContext.AddressOf(from)?.Address);

    /// <summary>
    /// A node that was stopped and wakes up is told so by those who took it out, and nothing else would end it. Akka believes it of anybody; here it counts from a
    /// member, and from an address that this node is asking just then whether it is left behind: a stranger would end a node with one frame, and with one to each of them the room.
    /// </summary>
    public void Hear(ThisActorSystemQuarantinedEvent e)
    {
        if ((_former is { Began: not null, IsInDoubt: true } && _asked.Contains(e.RemoteAddress.ToString())) || _cluster.State.Members.Any(m => m.Address.Equals(e.RemoteAddress)))
        {
            EndAsOvertaken(e.RemoteAddress, $"{e.RemoteAddress} and the others went on without this node");
        }
    }

    /// <summary>Whether others go on beside this node is asked now and then, where that may be.</summary>
    public void LookForRivals(IEnumerable<UniqueAddress> unreachable)
    {
        if (_rivalry.MustLook(status().Whereabouts, node.Now))
        {
            Look(isInDoubt: false, unreachable);
        }
    }

    /// <summary>Asks at the addresses of those who are out, or have left. Whether this node is left behind is asked before anything else: for that a look begins anew.</summary>
    public void Look(bool isInDoubt, IEnumerable<UniqueAddress> unreachable)
    {
        if (_cluster.IsTerminated || IsOvertaken || (_former.Began is not null && (_former.IsInDoubt || !isInDoubt)))
        {
            return;
        }

        _look++;
        _asked.Clear();
        _tried.Clear();
        _former.Begin(node.Now.Elapsed, isInDoubt, node.View().Present.Select(NodeContext.AddressOf).OfType<UniqueAddress>().Select(n => n.Address).ToHashSet(), node.Remembered);
        timers().StartPeriodicTimer(nameof(Again), new Again(), TimeSpan.Zero, AskAgainEvery);
        FormerAddresses.AskDoors(unreachable, node);
    }

    public void LookAgain()
    {
        var look = _look;
        foreach (var address in _former.Unanswered.Where(_tried.Add))
        {
            FormerAddresses.Try(address, node).PipeTo(context.Self, success: answer => new Tried(look, address, answer), failure: _ => new Tried(look, address, Port.Answer.Silence));
        }

        Answered(null);
    }

    public void Hear(Tried tried)
    {
        if (tried.Look != _look)
        {
            return; // The address has the time of this look, too.
        }

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
            Answered(tried.Address);
        }
    }

    /// <summary>Asks who is at an address; only from there an answer counts.</summary>
    public void Ask(Address address)
    {
        if (_asked.Count >= MostAsked)
        {
            _asked.Clear();
        }

        _asked.Add(address.ToString());
        Send(new NodeId(address.ToString(), 0), new WhoIsThere());
    }

    /// <summary>Who was here is out, or has left.</summary>
    public void Add(Address address, bool hasLeft) => _former.Add(address, hasLeft);

    private void Answered(Address? address)
    {
        if (IsOvertaken || _former.Began is not { } began)
        {
            return; // Who is overtaken waits for its end.
        }

        _former.Answered(address);
        if (_former.IsFinished(node.Now.Elapsed))
        {
            // Who has the port later may be anybody.
            _asked.Clear();
            timers().Cancel(nameof(Again));
            if (_former.IsInDoubt)
            {
                node.LookedAround = began;
                context.System.EventStream.Publish(LookedAround.Instance);
            }
        }
    }

    private void EndAsOvertaken(Address? by, string why)
    {
        if (!IsOvertaken)
        {
            IsOvertaken = true;
            node.GoesTo = by;
            timers().Cancel(nameof(Again));
            _log.Info(why);
            context.System.EventStream.Publish(new NoRoomHere());
        }
    }

    private void Send(NodeId to, Message message) => node.Resolve(to, CrashEvidenceActor.Name).Tell(node.Wrap(message), ActorRefs.NoSender);

    /// <summary>It is time to ask those again who have not answered.</summary>
    public sealed record Again : INoSerializationVerificationNeeded;

    /// <summary>Whether anybody listens at an address.</summary>
    public sealed record Tried(long Look, Address Address, Port.Answer Answer) : INoSerializationVerificationNeeded;
}
