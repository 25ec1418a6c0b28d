using Akka;
using Akka.Actor;
using Akka.Cluster.Tools.Singleton;
using Akka.Configuration;
using Akka.Remote;
using Norris.Actors.History;
using Norris.Actors.Membership;
using Norris.Actors.Transport;
using Norris.Actors.Wire;
using Norris.Core.Protocol;
using Norris.Core.Room;

namespace Norris.Actors;

/// <summary>The room, on one actor system: what an application talks to.</summary>
public sealed class NorrisRoom : IExtension
{
    /// <summary>Below the 5 s that Akka.NET gives a phase of the shutdown, which would log a warning.</summary>
    private static readonly TimeSpan LeaveTimeout = TimeSpan.FromSeconds(4);

    /// <summary>How long a leaver waits for the others' farewells, and for the last bytes. Some gossip rounds; who is slower sees a connection close.</summary>
    private static readonly TimeSpan FarewellTimeout = TimeSpan.FromSeconds(1);

    private readonly NodeContext _node;
    private readonly ReplicaHolder _holder;
    private readonly TaskCompletionSource<string> _broken = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly IActorRef _founding;
    private readonly IActorRef _replica;
    private readonly IActorRef _archive;
    private readonly IActorRef _users;

    private NorrisRoom(ExtendedActorSystem system)
    {
        var settings = NorrisSettings.From(system.Settings.Config);
        var node = new NodeContext(system, settings.Protocol, TimeProvider.System);
        _node = node;
        Self = node.Self;
        Settings = settings;
        Delivered = DeliveredIn(system, settings);
        _holder = new ReplicaHolder(node.Self, new Replica(node.Self, settings.Protocol), Delivered, settings.TickEvery);
        _holder.PublishStatus([]);
        var tick = settings.TickEvery;
        node.Vitals = system.ActorOf(Props.Create(() => new VitalsActor(_broken)), "norris-vitals");
        var manager = system.ActorOf(
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
        var evidence = system.ActorOf(Props.Create(() => new CrashEvidenceActor(node, () => Status)), CrashEvidenceActor.Name);
        var farewell = system.ActorOf(Props.Create(() => new FarewellActor(node)), FarewellActor.Name);
        _founding = system.ActorOf(Props.Create(() => new FoundingActor(node, () => Status)), FoundingActor.Name);
        _replica = system.ActorOf(Props.Create(() => new ReplicaActor(node, _holder)), NodeContext.ReplicaName);
        HistoryService keepsNone = KeepsNone;
        _archive = system.ActorOf(Props.Create(() => new ArchiveActor(node, keepsNone)), ArchiveActor.Name);
        _users = system.ActorOf(Props.Create(() => new UsersActor(node, _replica, tick)), NodeContext.UsersName);
        node.Vitals.Tell(new VitalsActor.Watched(_replica, "the replica"));
        node.Vitals.Tell(new VitalsActor.Watched(manager, "the sequencer's manager"));
        node.Vitals.Tell(new VitalsActor.Watched(node.Proxy, "the way to the sequencer"));
        node.Vitals.Tell(new VitalsActor.Watched(evidence, "the proof of crashes"));
        node.Vitals.Tell(new VitalsActor.Watched(_users, "the users' parent"));

        // An application that simply stops leaves properly too. Were its node only to vanish from the cluster, two that are left of three or
        // more would go on, but one that is left of two could not know whether it may.
        var farewells = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var shutdown = CoordinatedShutdown.Get(system);
        shutdown.AddTask(CoordinatedShutdown.PhaseBeforeClusterShutdown, "norris-leave", async () =>
        {
            farewell.Tell(new FarewellActor.Collect(farewells));
            if (Status.IsMember)
            {
                await Leave().WaitAsync(LeaveTimeout).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            // Who has left the cluster properly counts as gone: from here on this node promises nothing to anybody.
            Task stopped = _replica.Ask<StopRoom>(new StopRoom(), LeaveTimeout);
            await stopped.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

            return Done.Instance;
        });
        shutdown.AddTask(CoordinatedShutdown.PhaseBeforeActorSystemTerminate, "norris-farewell", async () =>
        {
            await farewells.Task.WaitAsync(FarewellTimeout).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            var remoting = (IRemoteActorRefProvider)system.Provider;
            await remoting.Transport.ManagementCommand(new SayGoodbye()).WaitAsync(FarewellTimeout).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return Done.Instance;
        });
    }

    /// <summary>This node.</summary>
    public NodeId Self { get; }

    public NorrisSettings Settings { get; }

    public RoomStatus Status => Delivered.Status;

    /// <summary>What is delivered here: open a cursor to read it.</summary>
    public DeliveredLog Delivered { get; }

    /// <summary>Completes with the reason when the room will not have this node.</summary>
    public Task<string> WhenRefused => _holder.Refusal.Task;

    /// <summary>
    /// Completes when an actor has stopped without which this node is connected and deaf, with what it was: end the actor system, and start another,
    /// which comes back as a newcomer. (An actor system that just ends may complete it, too.)
    /// </summary>
    public Task<string> WhenBroken => _broken.Task;

    public static NorrisRoom Get(ActorSystem system) => system.WithExtension<NorrisRoom, Provider>();

    /// <summary>
    /// Goes on with a room whose history is stored, should this node have to begin one. Before the node joins a cluster. Only for a room that was
    /// stopped altogether: where somebody is still in it, there would be two histories of one name.
    /// </summary>
    public void GoOnAfter(RoomPlace place) => _node.GoOnAfter = place;

    /// <summary>
    /// Whether a room may begin on this node where the cluster has none: a person's wish, before the node joins a cluster. Otherwise it may on the
    /// node that began the cluster. A node that joined others, or was in a room before, never should: there would be two rooms of one name.
    /// </summary>
    public void MayBegin(bool mayBegin) => _node.MayBegin = mayBegin;

    /// <summary>
    /// Before the node joins a cluster, and once: looks for a room among nodes that were started with the same list of names. Gives the addresses of those that
    /// have one; none: a room may begin here, and only here. From then on <see cref="NoRoomHere"/> is published where this node has to give its room up.
    /// </summary>
    public Task<IReadOnlyList<Address>> LookForRoom(RoomSearch search)
    {
        var found = new TaskCompletionSource<IReadOnlyList<Address>>(TaskCreationOptions.RunContinuationsAsynchronously);
        _founding.Tell(new FoundingActor.Look(search, found));
        return found.Task;
    }

    /// <summary>Brings this node into the room. The users that were given to it before come in with it.</summary>
    public void Join() => _users.Tell(new JoinRoom());

    /// <summary>Takes this node, and everyone on it, out of the room properly. Completes when the others know.</summary>
    public Task Leave()
    {
        _replica.Tell(new LeaveRoom());
        return _holder.Left.Task;
    }

    /// <summary>Has everyone know whether this node keeps the log in a store; said again until it stands in the order.</summary>
    public void KeepsLog(bool recording) => _replica.Tell(new KeepLog(recording));

    /// <summary>Answers other nodes' questions to this node's archive, for as long as the actor system runs.</summary>
    public void ServeHistory(HistoryService service) => _archive.Tell(service);

    /// <summary>Asks another node's archive. Null where it does not answer in time.</summary>
    public async Task<HistoryAnswer?> AskHistory(NodeId archive, HistoryQuery query, TimeSpan patience, CancellationToken cancel)
    {
        var actor = _node.Resolve(archive, ArchiveActor.Name);
        try
        {
            var reply = await actor.Ask<FromNode>(_node.Wrap(query), patience, cancel).ConfigureAwait(false);
            return reply.Message as HistoryAnswer;
        }
        catch (AskTimeoutException)
        {
            return null;
        }
    }

    /// <summary>Brings a user in through this node, once the node is a member.</summary>
    public void Attend(RoomUser user) => _users.Tell(user);

    private static DeliveredLog DeliveredIn(ExtendedActorSystem system, NorrisSettings settings)
    {
        if (system.Settings.Setup.Get<DeliveredSetup>() is { HasValue: true, Value.Log: var given })
        {
            if (given.Status.Contact != Contact.Outside)
            {
                given.Leave("this node starts anew");
            }

            return given;
        }

        var log = new DeliveredLog(settings.Protocol.RetainedBytes);
        _ = system.WhenTerminated.ContinueWith(_ => log.Complete(), TaskScheduler.Default);
        return log;
    }

    /// <summary>Before an application says what it keeps, and where it never does: nothing, and who asks need not wait for an answer.</summary>
    private Task<HistoryAnswer> KeepsNone(HistoryQuery query, CancellationToken cancel) => Task.FromResult(
        query.Of == HistoryOf.Stretch
            ? new HistoryAnswer("", 0, default, [], Status.NewestOf(query.Room, query.Seq), 0, false)
            : HistoryAnswer.Refused("this node keeps no archive"));

#pragma warning disable RS0030 // The one draw of chance in the library: it names a new room, and nothing is decided by it. Machines get it as an argument.
    private static RoomId DrawRoom() => new((ulong)Random.Shared.NextInt64(1, long.MaxValue));
#pragma warning restore RS0030

    private sealed class Provider : ExtensionIdProvider<NorrisRoom>
    {
        public override NorrisRoom CreateExtension(ExtendedActorSystem system) => new(system);
    }
}
