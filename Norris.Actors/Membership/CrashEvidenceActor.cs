using System.Net.Sockets;
using Akka.Actor;
using Akka.Cluster;
using Akka.Event;
using Akka.Remote;
using Norris.Actors.Protocol;

namespace Norris.Actors.Membership;

/// <summary>
/// Proves that a process is gone. When a process dies, its kernel closes its connections, and refuses new ones; a node that is slow, stopped
/// or cut off does neither. So a closed association makes a node suspect, and a refused connection then proves it dead: it is taken out of
/// the cluster at once, without waiting for a failure detector. The evidence is about one incarnation; a process restarted on the same port
/// accepts connections, and is no evidence at all.
/// </summary>
internal sealed class CrashEvidenceActor : ReceiveActor, IWithTimers
{
    private static readonly TimeSpan ProbeTimeout = TimeSpan.FromSeconds(1);

    /// <summary>A dying process closes one socket after the other, so the first probes come quickly; after the last, the failure detector decides.</summary>
    private static readonly int[] PausesInMs = [0, 5, 10, 20, 40, 80, 160, 320, 500, 500, 500, 500];

    /// <summary>How often in a row a node that is on its way out must refuse: it closes its port a moment before the others hear that it is gone.</summary>
    private const int RefusalsWhenLeaving = 10;

    private readonly NodeContext _node;
    private readonly Akka.Cluster.Cluster _cluster = Akka.Cluster.Cluster.Get(Context.System);
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly Dictionary<UniqueAddress, Suspicion> _suspects = [];

    public CrashEvidenceActor(NodeContext node)
    {
        _node = node;
        Receive<DisassociatedEvent>(e => Suspect(e.RemoteAddress));
        Receive<AssociationErrorEvent>(e => Suspect(e.RemoteAddress));
        Receive<ClusterEvent.UnreachableMember>(e => Suspect(e.Member.Address));
        Receive<ClusterEvent.MemberRemoved>(OnRemoved);
        Receive<ClusterEvent.CurrentClusterState>(_ => { });
        Receive<Probe>(e => OnProbe(e.Node));
        Receive<Probed>(OnProbed);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart()
    {
        Context.System.EventStream.Subscribe(Self, typeof(DisassociatedEvent));
        Context.System.EventStream.Subscribe(Self, typeof(AssociationErrorEvent));
        _cluster.Subscribe(Self, typeof(ClusterEvent.UnreachableMember), typeof(ClusterEvent.MemberRemoved));
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

    /// <summary>Who has left properly is of no interest. Who was taken out by somebody else's proof still is: every node needs its own.</summary>
    private void OnRemoved(ClusterEvent.MemberRemoved e)
    {
        if (e.PreviousStatus is not MemberStatus.Down)
        {
            _suspects.Remove(e.Member.UniqueAddress);
        }
    }

    private void OnProbe(UniqueAddress node)
    {
        if (_cluster.IsTerminated || !_suspects.ContainsKey(node))
        {
            _suspects.Remove(node);
            return;
        }

        var self = Self;
        _ = Connect(node).ContinueWith(
            task => self.Tell(new Probed(node, task.IsCompletedSuccessfully && task.Result)), TaskScheduler.Default);
    }

    /// <summary>Whether a connection was refused. Anything else, an accepted one or silence, proves nothing.</summary>
    private static async Task<bool> Connect(UniqueAddress node)
    {
        using var socket = new TcpClient();
        using var limit = new CancellationTokenSource(ProbeTimeout);
        try
        {
            await socket.ConnectAsync(node.Address.Host!, node.Address.Port!.Value, limit.Token).ConfigureAwait(false);
            return false;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode == SocketError.ConnectionRefused;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private void OnProbed(Probed probed)
    {
        if (_cluster.IsTerminated || !_suspects.TryGetValue(probed.Node, out var suspicion))
        {
            _suspects.Remove(probed.Node);
            return;
        }

        suspicion.Refusals = probed.Refused ? suspicion.Refusals + 1 : 0;
        var needed = Find(probed.Node) is { Status: MemberStatus.Leaving or MemberStatus.Exiting } ? RefusalsWhenLeaving : 1;
        if (suspicion.Refusals >= needed)
        {
            _suspects.Remove(probed.Node);
            OnProof(probed.Node);
            return;
        }

        if (++suspicion.Tries >= PausesInMs.Length)
        {
            _suspects.Remove(probed.Node);
            return;
        }

        Timers.StartSingleTimer(probed.Node, new Probe(probed.Node), TimeSpan.FromMilliseconds(PausesInMs[suspicion.Tries]));
    }

    private void OnProof(UniqueAddress node)
    {
        var id = NodeContext.IdOf(node);
        if (!_node.Dead.TryAdd(id, 0))
        {
            return;
        }

        _log.Info("{0} is dead: it closed its connections and refuses new ones.", id);
        Context.System.EventStream.Publish(new NodeDied(id));

        // Quarantining marks this incarnation as terminated, which a failure detector would take seconds for; without that the leader waits.
        ((IRemoteActorRefProvider)((ExtendedActorSystem)Context.System).Provider).Quarantine(node.Address, node.Uid);
        if (Find(node) is not null)
        {
            _cluster.Down(node.Address);
        }
    }

    private sealed record Probe(UniqueAddress Node) : INoSerializationVerificationNeeded;

    private sealed record Probed(UniqueAddress Node, bool Refused) : INoSerializationVerificationNeeded;

    private sealed class Suspicion
    {
        public int Tries { get; set; }

        public int Refusals { get; set; }
    }
}
