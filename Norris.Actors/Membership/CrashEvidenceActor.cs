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

    /// <summary>For how long it is remembered that a node is gone, unless its being so still matters: the longest that a log lags behind.</summary>
    private const int DeadRemembered = 1024;

    public const string Name = "norris-crash-evidence";

    private readonly NodeContext _node;
    private readonly Akka.Cluster.Cluster _cluster = Akka.Cluster.Cluster.Get(Context.System);
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly Dictionary<UniqueAddress, Suspicion> _suspects = [];
    private readonly Queue<NodeId> _deadInOrder = new();
    private readonly Unheard _unheard = new();
    private readonly Lookout _lookout;
    private readonly HashSet<UniqueAddress> _unreachable = [];
    private readonly IRemoteActorRefProvider _remoting = (IRemoteActorRefProvider)((ExtendedActorSystem)Context.System).Provider;

    public CrashEvidenceActor(NodeContext node, Func<RoomStatus> status)
    {
        _node = node;
        _lookout = new Lookout(node, status, Context, () => Timers);
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
            _lookout.Add(e.Member.Address, hasLeft: false);
            Meet(NodeContext.IdOf(e.Member.UniqueAddress));
        });
        Receive<ClusterEvent.MemberRemoved>(OnRemoved);
        Receive<ClusterEvent.IMemberEvent>(e => Meet(NodeContext.IdOf(e.Member.UniqueAddress)));
        Receive<ClusterEvent.CurrentClusterState>(_ => { });
        Receive<FromNode>(m => m.Message is WhoIsThere, m => _lookout.AskedBy(m.From));
        Receive<FromNode>(m => m.Message is ItIsI, m =>
        {
            _lookout.Hear(m.From, (ItIsI)m.Message);
            Meet(m.From);
            _lookout.HasAnswered(m.From);
        });
        Receive<ThisActorSystemQuarantinedEvent>(e => _lookout.Hear(e));
        Receive<LookForTheMissing>(_ => OnLookForTheMissing());
        Receive<LookAround>(_ => _lookout.Look(isInDoubt: true, _unreachable));
        Receive<Lookout.Again>(_ => _lookout.LookAgain());
        Receive<Lookout.Tried>(_lookout.Hear);
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
            _lookout.Add(e.Member.Address, hasLeft: false);
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

        _lookout.LookForRivals(_unreachable);
        foreach (var missing in _node.Missing)
        {
            if (!_node.Dead.ContainsKey(missing) && NodeContext.AddressOf(missing) is { } address && !_suspects.ContainsKey(address))
            {
                _suspects.Add(address, new Suspicion { Tries = PausesInMs.Length - 1 });
                Self.Tell(new Probe(address));
            }
        }
    }

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
            _lookout.Ask(probed.Node.Address);
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
        if (_lookout.IsOvertaken || !_node.Dead.TryAdd(node, leftProperly))
        {
            return false;
        }

        if (NodeContext.AddressOf(node) is { } address)
        {
            _lookout.Add(address.Address, leftProperly);
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

    private sealed record Probe(UniqueAddress Node) : INoSerializationVerificationNeeded;

    private sealed record Probed(UniqueAddress Node, bool Refused) : INoSerializationVerificationNeeded;

    private sealed class Suspicion
    {
        public int Tries { get; set; }

        public int Refusals { get; set; }
    }
}
