using Akka.Actor;
using Akka.Cluster.Tools.Singleton;
using Akka.Configuration;
using Norris.Actors.Membership;
using Norris.Actors.Protocol;

namespace Norris.Actors;

/// <summary>The room, on one actor system: what an application talks to.</summary>
public sealed class NorrisRoom : IExtension
{
    private readonly ReplicaHolder _holder;
    private readonly IActorRef _replica;
    private readonly IActorRef _users;

    private NorrisRoom(ExtendedActorSystem system)
    {
        var settings = NorrisSettings.From(system.Settings.Config);
        var node = new NodeContext(system, settings.Protocol, TimeProvider.System);
        Self = node.Self;
        Settings = settings;
        _holder = new ReplicaHolder(new Replica(node.Self, settings.Protocol), settings.TickEvery);
        var tick = settings.TickEvery;
        system.ActorOf(
            ClusterSingletonManager.Props(
                Props.Create(() => new SequencerActor(node, DrawRoom, tick)),
                PoisonPill.Instance,
                ClusterSingletonManagerSettings.Create(system).WithSingletonName(NodeContext.SequencerName)),
            NodeContext.SequencerManagerName);
        node.Proxy = system.ActorOf(
            ClusterSingletonProxy.Props(
                $"/user/{NodeContext.SequencerManagerName}",
                ClusterSingletonProxySettings.Create(system).WithSingletonName(NodeContext.SequencerName)),
            NodeContext.ProxyName);
        system.ActorOf(Props.Create(() => new CrashEvidenceActor(node)), "norris-crash-evidence");
        _replica = system.ActorOf(Props.Create(() => new ReplicaActor(node, _holder)), NodeContext.ReplicaName);
        _users = system.ActorOf(Props.Create(() => new UsersActor(node, _replica, tick)), NodeContext.UsersName);
    }

    /// <summary>This node.</summary>
    public NodeId Self { get; }

    public NorrisSettings Settings { get; }

    public RoomStatus Status => _holder.Status;

    /// <summary>Completes with the reason when the room will not have this node.</summary>
    public Task<string> WhenRefused => _holder.Refusal.Task;

    public static NorrisRoom Get(ActorSystem system) => system.WithExtension<NorrisRoom, Provider>();

    /// <summary>Brings this node into the room.</summary>
    public void Join() => _replica.Tell(new JoinRoom());

    /// <summary>Takes this node, and everyone on it, out of the room properly. Completes when the others know.</summary>
    public Task Leave()
    {
        _replica.Tell(new LeaveRoom());
        return _holder.Left.Task;
    }

    /// <summary>Brings a user in through this node, once the node is a member.</summary>
    public void Attend(RoomUser user) => _users.Tell(user);

    private static RoomId DrawRoom() => new((ulong)Random.Shared.NextInt64(1, long.MaxValue));

    private sealed class Provider : ExtensionIdProvider<NorrisRoom>
    {
        public override NorrisRoom CreateExtension(ExtendedActorSystem system) => new(system);
    }
}
