using Akka.Actor;
using Akka.Cluster;
using Akka.Event;
using Akka.Remote;
using Norris.Actors.Transport;
using Norris.Actors.Wire;
using Norris.Core.Protocol;

namespace Norris.Actors.Membership;

/// <summary>
/// Proves that a process is gone. When a process dies, its kernel closes its connections, and refuses new ones; a node that is slow, stopped
/// or cut off does neither. So a closed association makes a node suspect, and a refused connection then proves it dead: it is taken out of
/// the cluster at once, without waiting for a failure detector. The evidence is about one incarnation: a process that was restarted on the same port
/// accepts connections, and is asked who it is; another incarnation at an address is proof, too. Who is neither heard nor proven dead gets new connections.
/// </summary>
internal sealed class CrashEvidenceActor : ReceiveActor, IWithTimers
{
    /// <summary>A dying process closes one socket after the other, so the first probes come quickly; after the last, the failure detector decides.</summary>
    private static readonly int[] PausesInMs = [0, 5, 10, 20, 40, 80, 160, 320, 500, 500, 500, 500];

    /// <summary>How often in a row a node that is on its way out must refuse: it closes its port a moment before the others hear that it is gone.</summary>
    private const int RefusalsWhenLeaving = 10;

    /// <summary>A recovery that lacks members looks for proof for as long as it lacks them, but not more often than this.</summary>
    private static readonly TimeSpan LookForTheMissingEvery = TimeSpan.FromSeconds(1);

    /// <summary>Who accepts a connection is asked as often, until it answers: the first question may go to whoever was there before.</summary>
    private static readonly TimeSpan LookAgainEvery = TimeSpan.FromMilliseconds(250);

    /// <summary>For how long it is remembered that a node is gone, unless its being so still matters: the longest that a log lags behind.</summary>
    private const int DeadRemembered = 1024;

    public const string Name = "norris-crash-evidence";

    private readonly NodeContext _node;
    private readonly Func<RoomStatus> _status;
    private readonly Akka.Cluster.Cluster _cluster = Akka.Cluster.Cluster.Get(Context.System);
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly Dictionary<UniqueAddress, Suspicion> _suspects = [];
    private readonly Queue<NodeId> _deadInOrder = new();
    private readonly HashSet<string> _asked = [];
    private readonly HashSet<Address> _tried = [];
    private readonly FormerAddresses _former = new();
    private readonly Unheard _unheard = new();
    private readonly HashSet<UniqueAddress> _unreachable = [];
    private readonly IRemoteActorRefProvider _remoting = (IRemoteActorRefProvider)((ExtendedActorSystem)Context.System).Provider;
    private bool _isOvertaken;

    public CrashEvidenceActor(NodeContext node, Func<RoomStatus> status)
    {
        _node = node;
        _status = status;
        Receive<DisassociatedEvent>(e => Suspect(e.RemoteAddress));
        Receive<AssociationErrorEvent>(e => Suspect(e.RemoteAddress));
        Receive<ClusterEvent.UnreachableMember>(e =>
        {
            _unreachable.Add(e.Member.UniqueAddress);
            Suspect(e.Member.Address);
        });
        Receive<ClusterEvent.ReachableMember>(e => _unreachable.Remove(e.Member.UniqueAddress));
        Receive<ClusterEvent.MemberDowned>(e =>
        {
            _former.Add(e.Member.Address, hasLeft: false);
            Meet(NodeContext.IdOf(e.Member.UniqueAddress));
        });
        Receive<ClusterEvent.MemberRemoved>(OnRemoved);
        Receive<ClusterEvent.IMemberEvent>(e => Meet(NodeContext.IdOf(e.Member.UniqueAddress)));
        Receive<ClusterEvent.CurrentClusterState>(_ => { });
        Receive<FromNode>(m => m.Message is WhoIsThere, m => OnWhoIsThere(m.From));
        Receive<FromNode>(m => m.Message is ItIsI, m => OnItIsI(m.From, (ItIsI)m.Message));
        Receive<ThisActorSystemQuarantinedEvent>(OnQuarantined);
        Receive<LookForTheMissing>(_ => OnLookForTheMissing());
        Receive<LookAround>(_ => OnLookAround());
        Receive<LookAgain>(_ => OnLookAgain());
        Receive<Tried>(OnTried);
        Receive<Probe>(e => OnProbe(e.Node));
        Receive<Probed>(OnProbed);
        Receive<CutOff>(e => OnProof(e.Node, "its device was put out"));
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart()
    {
        Context.System.EventStream.Subscribe(Self, typeof(DisassociatedEvent));
        Context.System.EventStream.Subscribe(Self, typeof(AssociationErrorEvent));
        Context.System.EventStream.Subscribe(Self, typeof(LookAround));
        Context.System.EventStream.Subscribe(Self, typeof(CutOff));
        Context.System.EventStream.Subscribe(Self, typeof(ThisActorSystemQuarantinedEvent));
        _cluster.Subscribe(Self, typeof(ClusterEvent.IReachabilityEvent), typeof(ClusterEvent.IMemberEvent));
        Timers.StartPeriodicTimer(nameof(LookForTheMissing), new LookForTheMissing(), LookForTheMissingEvery);
    }

    protected override void PostStop()
    {
        _cluster.Unsubscribe(Self);
        Context.System.EventStream.Unsubscribe(Self);
    }

    private Member? Find(UniqueAddress node) => _cluster.State.Members.FirstOrDefault(m => m.UniqueAddress.Equals(node));

    private void Suspect(Address address)
    {
        if (_cluster.IsTerminated)
        {
            return; // This node has left: what others do is no longer its business, and what it knows of them stands still.
        }

        var member = _cluster.State.Members.FirstOrDefault(m => m.Address.Equals(address));
        if (member is null || member.UniqueAddress.Equals(_cluster.SelfUniqueAddress) || _node.Dead.ContainsKey(NodeContext.IdOf(member.UniqueAddress)))
        {
            return;
        }

        if (_suspects.TryAdd(member.UniqueAddress, new Suspicion()))
        {
            Self.Tell(new Probe(member.UniqueAddress));
        }
        else
        {
            // News of the same kind while it is being looked at: look as long again.
            _suspects[member.UniqueAddress].Tries = Math.Min(_suspects[member.UniqueAddress].Tries, 1);
        }
    }

    /// <summary>Who has left properly is gone, and has stopped answering before it went. Who was taken out by somebody else's proof may live: every node needs its own.</summary>
    private void OnRemoved(ClusterEvent.MemberRemoved e)
    {
        if (_cluster.IsTerminated)
        {
            return;
        }

        // Akka also lets one go that was leaving and is no longer reached: cut off before it stopped answering, it may still decide.
        if (_unreachable.Remove(e.Member.UniqueAddress) || e.PreviousStatus is MemberStatus.Down)
        {
            _former.Add(e.Member.Address, hasLeft: false);
            return;
        }

        _suspects.Remove(e.Member.UniqueAddress);
        if (e.PreviousStatus is MemberStatus.Exiting)
        {
            KnowToBeGone(NodeContext.IdOf(e.Member.UniqueAddress), leftProperly: true);
        }
    }

    /// <summary>A node is there, alive: whoever was at its address before is not.</summary>
    private void Meet(NodeId node)
    {
        foreach (var former in _suspects.Keys.Where(s => s.Address.ToString() == node.Address && s.Uid != node.Incarnation).ToList())
        {
            _suspects.Remove(former);
            OnProof(NodeContext.IdOf(former), $"{node} is at its address now");
        }

        foreach (var former in _node.Missing.Where(m => m.Address == node.Address && m.Incarnation != node.Incarnation).ToList())
        {
            OnProof(former, $"{node} is at its address now");
        }
    }

    private void OnWhoIsThere(NodeId who)
    {
        var status = _status();
        Send(who, new ItIsI(status.Room, status.Epoch, status.Delivered, status.Members.Contains(who)));
    }

    private void OnItIsI(NodeId node, ItIsI answer)
    {
        var status = _status();
        var isElsewhere = _former.Began is not null && !_node.View().Present.Contains(node);
        if (_asked.Remove(node.Address) && answer.Overtakes(isElsewhere, status.RoomOfLog, status.Epoch, status.Received))
        {
            IsOvertaken($"{node} and the others went on without this node, in epoch {answer.Epoch}");
        }

        Meet(node);
        OnAnswered(NodeContext.AddressOf(node)?.Address);
    }

    /// <summary>
    /// A node that was stopped and wakes up is told so by those who took it out, and nothing else would end it. Akka believes it of anybody; here it counts from a
    /// member, and from an address that this node is asking just then: a stranger would end a node with one frame, and with one to each of them the room.
    /// </summary>
    private void OnQuarantined(ThisActorSystemQuarantinedEvent e)
    {
        if ((_former.Began is not null && _asked.Contains(e.RemoteAddress.ToString())) || _cluster.State.Members.Any(m => m.Address.Equals(e.RemoteAddress)))
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

    /// <summary>Asks whether the room has gone on at the addresses of those who are out, or have left.</summary>
    private void OnLookAround()
    {
        if (_cluster.IsTerminated || _former.Began is not null || _isOvertaken)
        {
            return;
        }

        _former.Begin(_node.Now.Elapsed, _node.View().Present.Select(NodeContext.AddressOf).OfType<UniqueAddress>().Select(n => n.Address).ToHashSet(), _node.Remembered);
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
        _tried.Remove(tried.Address);
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
            _node.LookedAround = began;
            Context.System.EventStream.Publish(LookedAround.Instance);
        }
    }

    private void OnLookForTheMissing()
    {
        var unheard = _cluster.State.Members.Select(m => m.Address).Where(a => a != _cluster.SelfAddress && !_cluster.FailureDetector.IsAvailable(a)).ToList();
        foreach (var node in _unheard.Due(unheard, TimeSpan.FromMilliseconds(_node.Now.Elapsed)))
        {
            _log.Warning("{0} has not been heard for {1} s: connections with it begin anew.", node, Unheard.Patience.TotalSeconds);
            _ = _remoting.Transport.ManagementCommand(new BeginAnew(node));
        }

        foreach (var member in _cluster.State.Members)
        {
            var node = NodeContext.IdOf(member.UniqueAddress);
            Meet(node);
            if (_node.Dead.ContainsKey(node))
            {
                // Known to be gone before the cluster told of it as of one of its own.
                Removal.TakeOut(Context.System, node);
            }
        }

        foreach (var missing in _node.Missing)
        {
            if (!_node.Dead.ContainsKey(missing) && NodeContext.AddressOf(missing) is { } address && !_suspects.ContainsKey(address))
            {
                _suspects.Add(address, new Suspicion { Tries = PausesInMs.Length - 1 });
                Self.Tell(new Probe(address));
            }
        }
    }

    private void Send(NodeId node, Message message) => _node.Resolve(node, Name).Tell(_node.Wrap(message), ActorRefs.NoSender);

    private void OnProbe(UniqueAddress node)
    {
        if (_cluster.IsTerminated || !_suspects.ContainsKey(node))
        {
            _suspects.Remove(node);
            return;
        }

        Port.Try(node.Address).PipeTo(Self, success: answer => new Probed(node, answer == Port.Answer.Refused), failure: _ => new Probed(node, false));
    }

    private void OnProbed(Probed probed)
    {
        if (_cluster.IsTerminated || !_suspects.TryGetValue(probed.Node, out var suspicion))
        {
            _suspects.Remove(probed.Node);
            return;
        }

        suspicion.Refusals = probed.Refused ? suspicion.Refusals + 1 : 0;
        if (!probed.Refused)
        {
            Ask(probed.Node.Address);
        }

        var needed = Find(probed.Node) is { Status: MemberStatus.Leaving or MemberStatus.Exiting } ? RefusalsWhenLeaving : 1;
        if (suspicion.Refusals >= needed)
        {
            _suspects.Remove(probed.Node);
            OnProof(NodeContext.IdOf(probed.Node), "it closed its connections and refuses new ones");
            return;
        }

        if (++suspicion.Tries >= PausesInMs.Length)
        {
            _suspects.Remove(probed.Node);
            return;
        }

        Timers.StartSingleTimer(probed.Node, new Probe(probed.Node), TimeSpan.FromMilliseconds(PausesInMs[suspicion.Tries]));
    }

    private void Ask(Address address)
    {
        if (_asked.Count >= DeadRemembered)
        {
            _asked.Clear();
        }

        _asked.Add(address.ToString());
        Send(new NodeId(address.ToString(), 0), new WhoIsThere());
    }

    private void OnProof(NodeId node, string why)
    {
        if (!KnowToBeGone(node, leftProperly: false))
        {
            return;
        }

        _log.Info("{0} is gone: {1}.", node, why);
        Removal.TakeOut(Context.System, node);
    }

    private bool KnowToBeGone(NodeId node, bool leftProperly)
    {
        // Whose room has gone on without it is not to go on alone, now that everybody whom it knew may be gone.
        if (_isOvertaken || !_node.Dead.TryAdd(node, leftProperly))
        {
            return false;
        }

        if (NodeContext.AddressOf(node) is { } address)
        {
            _former.Add(address.Address, leftProperly);
        }

        _deadInOrder.Enqueue(node);
        if (_deadInOrder.Count > DeadRemembered)
        {
            // Were it to matter after all, it would be missed, looked for and found again.
            _node.Dead.TryRemove(_deadInOrder.Dequeue(), out _);
        }

        Context.System.EventStream.Publish(new NodeDied(node));
        return true;
    }

    private sealed record LookForTheMissing : INoSerializationVerificationNeeded;

    private sealed record LookAgain : INoSerializationVerificationNeeded;

    private sealed record Tried(Address Address, Port.Answer Answer) : INoSerializationVerificationNeeded;

    private sealed record Probe(UniqueAddress Node) : INoSerializationVerificationNeeded;

    private sealed record Probed(UniqueAddress Node, bool Refused) : INoSerializationVerificationNeeded;

    private sealed class Suspicion
    {
        public int Tries { get; set; }

        public int Refusals { get; set; }
    }
}
