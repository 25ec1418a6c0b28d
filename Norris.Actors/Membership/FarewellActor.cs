using Akka.Actor;
using Akka.Cluster;
using Akka.Event;
using Norris.Actors.Wire;
using Norris.Core.Protocol;

namespace Norris.Actors.Membership;

/// <summary>To a node that left properly: the sender has heard that it is gone, and has nothing more to say to it.</summary>
internal sealed record Farewell : Message;

/// <summary>
/// Bids farewell to who leaves properly, and, when this node leaves, collects the others' farewells. A cluster lets a node go when its leader
/// has seen that all know of the leave, but all others hear only later, by gossip, that it is out; until then they talk to it, and a port
/// that is closed too early looks to them like a fault. So a leaver closes its connections when everybody has bidden farewell.
/// </summary>
internal sealed class FarewellActor : ReceiveActor
{
    public const string Name = "norris-farewell";

    private readonly NodeContext _node;
    private readonly Akka.Cluster.Cluster _cluster = Akka.Cluster.Cluster.Get(Context.System);
    private readonly HashSet<NodeId> _others = [];
    private TaskCompletionSource? _everybody;

    public FarewellActor(NodeContext node)
    {
        _node = node;
        Receive<Collect>(m =>
        {
            _others.UnionWith(_cluster.State.Members.Select(member => NodeContext.IdOf(member.UniqueAddress)).Where(id => id != _node.Self));
            _everybody = m.Everybody;
            AnswerIfAllAreHeard();
        });
        Receive<ClusterEvent.MemberRemoved>(OnRemoved);
        Receive<FromNode>(m => m.Message is Farewell, m => Strike(m.From));
        Receive<ClusterEvent.CurrentClusterState>(_ => { });
    }

    protected override void PreStart() => _cluster.Subscribe(Self, typeof(ClusterEvent.MemberRemoved));

    protected override void PostStop() => _cluster.Unsubscribe(Self);

    private void OnRemoved(ClusterEvent.MemberRemoved e)
    {
        var gone = NodeContext.IdOf(e.Member.UniqueAddress);
        if (gone == _node.Self)
        {
            return;
        }

        if (e.PreviousStatus is MemberStatus.Leaving or MemberStatus.Exiting)
        {
            _node.Resolve(gone, Name).Tell(_node.Wrap(new Farewell()), ActorRefs.NoSender);
        }

        // When this node is out itself, it is told that all others are: only who went before it has nothing to say any more.
        if (!_cluster.IsTerminated)
        {
            Strike(gone);
        }
    }

    private void Strike(NodeId other)
    {
        _others.Remove(other);
        AnswerIfAllAreHeard();
    }

    private void AnswerIfAllAreHeard()
    {
        if (_others.Count == 0)
        {
            _everybody?.TrySetResult();
        }
    }

    /// <summary>This node is leaving: complete this when every other member has bidden it farewell.</summary>
    internal sealed record Collect(TaskCompletionSource Everybody) : INoSerializationVerificationNeeded;
}
