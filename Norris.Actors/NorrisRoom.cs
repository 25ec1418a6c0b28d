using Akka;
using Akka.Actor;
using Akka.Cluster;
using Akka.Cluster.Tools.Singleton;
using Akka.Configuration;
using Akka.Event;
using Akka.Remote;
using Norris.Actors.Devices;
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
    /// <summary>With the next one, below the 5 s that Akka.NET gives a phase of the shutdown, which would go on without them.</summary>
    private static readonly TimeSpan LeaveTimeout = TimeSpan.FromSeconds(3.5);

    /// <summary>How long a replica may take to stop that is in the midst of something.</summary>
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(1);

    /// <summary>How long a leaver waits for the others' farewells, and for the last bytes. Some gossip rounds; who is slower sees a connection close.</summary>
    private static readonly TimeSpan FarewellTimeout = TimeSpan.FromSeconds(1);

    private readonly NodeContext _node;
    private readonly ReplicaHolder _holder;
    private readonly TaskCompletionSource<string> _over = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<string> _putOut = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _ended;
    private readonly IActorRef _founding;
    private readonly IActorRef _replica;
    private readonly IActorRef _archive;
    private readonly IActorRef _users;

    private NorrisRoom(ExtendedActorSystem system)
    {
        if (!system.Settings.Setup.Get<NorrisSetup>().HasValue)
        {
            throw new ConfigurationException("there is no room on this actor system: say WithNorris() where it is built");
        }

        if (system.Provider is not IClusterActorRefProvider)
        {
            throw new ConfigurationException("a room needs a node of a cluster: say WithClustering() beside WithNorris()");
        }

        var setup = system.Settings.Setup.Get<NorrisSetup>().Value;
        var options = NorrisOptions.From(system.Settings.Config);
        setup.Configure?.Invoke(options);
        options.Validate();
        Options = options.ToProtocol();
        var security = system.Settings.Setup.Get<SecuritySetup>() is { HasValue: true, Value: var secured } ? secured.Security : null;
        var node = new NodeContext(system, Options, TimeProvider.System) { Security = security };
        _node = node;
        Self = node.Self;
        Delivered = DeliveredIn(system, setup.Log, Options);
        node.Delivered = Delivered;
        _ended = system.WhenTerminated;
        var tick = (long)options.Tick.TotalMilliseconds;
        var hasCircle = security?.Circle is not null;
        _holder = new ReplicaHolder(node.Self, new Replica(node.Self, Options, hasCircle ? security!.Device.Id : null), Delivered, tick, new SettingKeeper(Options), hasCircle ? new CircleKeeper(security!, Options) : null);
        _holder.PublishStatus([]);
        if (hasCircle)
        {
            security!.Door = new Door(security.Device, new RoomAtDoor(this), TimeProvider.System);
        }

        OwnActors.AddDefaults(system);
        node.PubSub = system.ActorOf(OwnActors.PubSub(), NodeContext.PubSubName);
        node.Vitals = system.ActorOf(Props.Create(() => new VitalsActor(_over, _putOut)), "norris-vitals");
        var manager = system.ActorOf(
            ClusterSingletonManager.Props(
                Props.Create(() => new SequencerActor(node, DrawRoom, tick)),
                PoisonPill.Instance,
                OwnActors.Manager()),
            NodeContext.SequencerManagerName);
        node.Proxy = system.ActorOf(
            ClusterSingletonProxy.Props(
                $"/user/{NodeContext.SequencerManagerName}",
                OwnActors.Proxy()),
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
            if (Status.IsMember && shutdown.ShutdownReason is not CoordinatedShutdown.ClusterDowningReason)
            {
                await LeaveAsync().WaitAsync(LeaveTimeout).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            // Who has left the cluster properly counts as gone: from here on this node promises nothing to anybody.
            Task stopped = _replica.Ask<StopRoom>(new StopRoom(), StopTimeout);
            await stopped.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

            return Done.Instance;
        });
        shutdown.AddTask(CoordinatedShutdown.PhaseBeforeActorSystemTerminate, "norris-farewell", async () =>
        {
            await farewells.Task.WaitAsync(FarewellTimeout).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

            // A transport that is not Norris's lets it be.
            var remoting = (IRemoteActorRefProvider)system.Provider;
            Task said = remoting.Transport.ManagementCommand(new SayGoodbye());
            await said.WaitAsync(FarewellTimeout).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return Done.Instance;
        });
        if (Akka.Cluster.Cluster.Get(system).DowningProvider is NoDowning)
        {
            system.Log.Warning("The cluster has no downing provider: a node that crashes is never taken out, and a host that does is never replaced. Set one, or say WithNorrisHardening().");
        }

        if (options.JoinsAtOnce)
        {
            _users.Tell(new JoinRoom());
        }
    }

    /// <summary>This node.</summary>
    public NodeId Self { get; }

    /// <summary>The bounds in use here.</summary>
    public ProtocolOptions Options { get; }

    /// <summary>Where this node stands, and the room as delivered here.</summary>
    public RoomStatus Status => Delivered.Status;

    /// <summary>What is delivered here: open a cursor to read it.</summary>
    public DeliveredLog Delivered { get; }

    /// <summary>
    /// Completes when this actor system can be in the room no more, with why: the others have taken it out, or an actor has stopped without which it is connected
    /// and deaf. End it, and start another, which comes back as a newcomer. Who leaves, or ends the actor system, is not told so. (One that is terminated in the
    /// midst of its work may complete it, too.) Every system but the first is told <see cref="MayBegin"/> false.
    /// </summary>
    public Task<string> WhenOver => _over.Task;

    /// <summary>Completes with why when this device was put out: then another actor system is of no use either.</summary>
    public Task<string> WhenPutOut => _putOut.Task;

    /// <summary>The room on an actor system that was built with <see cref="NorrisHosting.WithNorris"/>.</summary>
    /// <exception cref="ConfigurationException">It was not, or is no node of a cluster.</exception>
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
    /// Where the room goes on without this node, which has given in to those there (docs/protocol.md): the next one has to join there, and not through others whom this one knew. Null: it has not.
    /// </summary>
    public Address? GoesTo => _node.GoesTo;

    /// <summary>
    /// Where members of the room listened that this process was in before, or that it was told of. Before the node joins a cluster: should it lose its host, or a majority, it
    /// asks there, too, whether the room has gone on.
    /// </summary>
    public void Remember(IReadOnlyCollection<Address> addresses) => _node.Remembered = [.. addresses.Take(Limits.Nodes)];

    /// <summary>
    /// Before the node joins a cluster, and once: looks for a room among nodes that were started with the same list of names. Gives the addresses of those that
    /// have one; none: a room may begin here, and only here. From then on <see cref="WhenOver"/> completes where this node has to give its room up, too.
    /// </summary>
    public Task<IReadOnlyList<Address>> LookForRoom(RoomSearch search)
    {
        var found = new TaskCompletionSource<IReadOnlyList<Address>>(TaskCreationOptions.RunContinuationsAsynchronously);
        _founding.Tell(new FoundingActor.LookForRoom(search, found));
        return found.Task;
    }

    /// <summary>
    /// Brings this node into the room, if it is not in it or on its way, and completes when it is a member. The users that were given to it before come in with it.
    /// </summary>
    /// <param name="cancel">Ends the wait, not the joining.</param>
    /// <exception cref="RoomException">The room will not have this node, or the actor system has ended.</exception>
    public async Task JoinAsync(CancellationToken cancel = default)
    {
        using var cursor = Delivered.Open(news => news is Started);
        _users.Tell(new JoinRoom());
        var joined = Joined(cursor);
        var first = await Task.WhenAny(joined, _holder.Refusal.Task, _ended).WaitAsync(cancel).ConfigureAwait(false);
        if (first != joined || !await joined.ConfigureAwait(false))
        {
            throw WhyNot();
        }
    }

    /// <summary>Takes this node, and everyone on it, out of the room properly. Completes when the others know.</summary>
    /// <param name="cancel">Ends the wait, not the leaving.</param>
    public Task LeaveAsync(CancellationToken cancel = default)
    {
        _replica.Tell(new LeaveRoom());
        return _holder.Left.Task.WaitAsync(cancel);
    }

    /// <summary>Brings a new user in through this node, once the node is a member, and completes when the user is in the room.</summary>
    /// <param name="name">The wanted name; it may get a suffix (<see cref="RoomUser.Name"/>). Empty: the host makes one up.</param>
    /// <param name="token">The secret that proves an earlier name (<see cref="RoomUser.TokenLength"/> random bytes, which stay here); empty: none.</param>
    /// <param name="cancel">Ends the wait; the user leaves again.</param>
    /// <exception cref="RoomException">The room refuses the name or this node, or the actor system has ended.</exception>
    public async Task<RoomUser> EnterAsync(string name, ReadOnlyMemory<byte> token = default, CancellationToken cancel = default)
    {
        var user = new RoomUser(DrawUser(), name, token, Options);
        Attend(user);
        try
        {
            var first = await Task.WhenAny(user.WhenHere, _holder.Refusal.Task, _ended).WaitAsync(cancel).ConfigureAwait(false);
            return first != user.WhenHere ? throw WhyNot()
                : await user.WhenHere.ConfigureAwait(false) is { } whyNot ? throw new RoomException(whyNot)
                : user;
        }
        catch
        {
            user.Leave();
            throw;
        }
    }

    /// <summary>Has everyone know whether this node keeps the log in a store; said again until it stands in the order.</summary>
    public void KeepsLog(bool recording) => _replica.Tell(new KeepLog(recording));

    /// <summary>Answers other nodes' questions to this node's archive, for as long as the actor system runs.</summary>
    public void ServeHistory(HistoryService service) => _archive.Tell(service);

    /// <summary>Makes an invite: with its code a device comes into the circle, at any door of the room.</summary>
    /// <param name="name">Who it is for; empty: anybody.</param>
    /// <param name="uses">How many devices may come in with it.</param>
    /// <param name="lasts">For how long.</param>
    /// <param name="cancel">Ends the wait, and the asking.</param>
    /// <exception cref="RoomException">It cannot be made, with the reason.</exception>
    public async Task<InviteCode> InviteAsync(string name, int uses, TimeSpan lasts, CancellationToken cancel = default)
    {
        var code = InviteCode.Of(System.Security.Cryptography.RandomNumberGenerator.GetBytes(InviteCode.SecretLength));
        var (security, _) = Circle();
        var until = Math.Min(Math.Max(_node.Now.Wall, Status.LastStamp) + (long)lasts.TotalMilliseconds, Limits.LatestTime);
        await AskAsync(new InviteMade(new Invite(code.Id, code.Key, security.Device.Id, until, uses, name, OwnerId.Nobody)), cancel).ConfigureAwait(false);
        return code;
    }

    /// <summary>Takes an invite back.</summary>
    /// <param name="invite">Which.</param>
    /// <param name="cancel">Ends the wait, and the asking.</param>
    /// <exception cref="RoomException">It cannot be taken back, with the reason.</exception>
    public Task TakeBackAsync(InviteId invite, CancellationToken cancel = default) => AskAsync(new InviteGone(invite, Circle().Security.Device.Id), cancel);

    /// <summary>Lets a device in, with an invite or without.</summary>
    /// <param name="key">Its SubjectPublicKeyInfo.</param>
    /// <param name="name">Whose it is; empty: nobody's.</param>
    /// <param name="invite">The invite that it has shown; null: none.</param>
    /// <param name="cancel">Ends the wait, and the asking.</param>
    /// <exception cref="RoomException">It cannot be let in, with the reason.</exception>
    public Task AdmitAsync(ReadOnlyMemory<byte> key, string name, InviteId? invite, CancellationToken cancel = default)
    {
        var (security, circle) = Circle();
        return AskAsync(new DeviceAdmitted(Admission.Of(circle.Id, key.Span, OwnerId.Nobody, name, security.Device.Id, _node.Now.Wall, security.Device.Sign, invite), invite), cancel);
    }

    /// <summary>Puts a device out, for good: completes when that has its number; its connections close a moment later.</summary>
    /// <param name="device">Which.</param>
    /// <param name="cancel">Ends the wait, and the asking.</param>
    /// <exception cref="RoomException">It cannot be put out, with the reason.</exception>
    public Task PutOutAsync(DeviceId device, CancellationToken cancel = default)
    {
        var (security, circle) = Circle();
        return AskAsync(new DeviceExpelled(Expulsion.Of(circle.Id, device, security.Device.Id, _node.Now.Wall, security.Device.Sign)), cancel);
    }

    /// <summary>Asks another node's archive. Null where it does not answer in time.</summary>
    public async Task<HistoryAnswer?> AskHistory(NodeId archive, HistoryQuery query, TimeSpan patience, CancellationToken cancel)
    {
        var actor = _node.Resolve(archive, ArchiveActor.Name);
        try
        {
            var reply = await actor.Ask<FromNode>(_node.Wrap(query), patience, cancel).ConfigureAwait(false);

            // The path that it answers to can be guessed: what somebody else sends there is no answer.
            return reply.From == archive ? reply.Message as HistoryAnswer : null;
        }
        catch (AskTimeoutException)
        {
            return null;
        }
    }

    /// <summary>Brings a user in through this node, once the node is a member: one that comes from an actor system that has ended, or that is made apart. For a new one: <see cref="EnterAsync"/>.</summary>
    public void Attend(RoomUser user)
    {
        user.ComesTo(Delivered);
        _users.Tell(user);
    }

    private static DeliveredLog DeliveredIn(ExtendedActorSystem system, DeliveredLog? given, ProtocolOptions options)
    {
        if (given is not null)
        {
            if (given.Status.Contact != Contact.Outside)
            {
                given.Leave("this node starts anew");
            }

            return given;
        }

        var log = new DeliveredLog(options.RetainedBytes);
        _ = system.WhenTerminated.ContinueWith(_ => log.Complete(), TaskScheduler.Default);
        return log;
    }

    private RoomException WhyNot() =>
        _holder.Refusal.Task is { IsCompletedSuccessfully: true, Result: var refused }
            ? new($"the room refused this node: {refused.Why}") { IsForGood = refused.IsForGood }
            : new("the actor system has ended");

    /// <summary>Completes when the node is in a room; false: nothing more comes.</summary>
    private static async Task<bool> Joined(Cursor cursor)
    {
        while (await cursor.WaitToReadAsync().ConfigureAwait(false))
        {
            while (cursor.TryRead(out var news))
            {
                if (news is Started)
                {
                    return true;
                }
            }
        }

        return false;
    }

    private (RoomSecurity Security, Circle Circle) Circle() =>
        _node.Security is { Circle: { } circle } security ? (security, circle) : throw new RoomException(CircleKeeper.IsOpen);

    /// <summary>Completes when the order has this.</summary>
    internal async Task AskAsync(Entry entry, CancellationToken cancel)
    {
        var ask = new AskEntry(entry, new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously));
        _replica.Tell(ask);
        try
        {
            var first = await Task.WhenAny(ask.Answer.Task, _ended).WaitAsync(cancel).ConfigureAwait(false);
            if ((first == ask.Answer.Task ? await ask.Answer.Task.ConfigureAwait(false) : "the actor system has ended") is { } whyNot)
            {
                throw new RoomException(whyNot);
            }
        }
        finally
        {
            _replica.Tell(new DropEntry(ask));
        }
    }

    /// <summary>Before an application says what it keeps, and where it never does: nothing, and who asks need not wait for an answer.</summary>
    private Task<HistoryAnswer> KeepsNone(HistoryQuery query, CancellationToken cancel) => Task.FromResult(
        query.Of == HistoryOf.Stretch
            ? new HistoryAnswer("", 0, default, [], Status.NewestOf(query.Room, query.Seq), 0, false)
            : HistoryAnswer.Refused("this node keeps no archive"));

#pragma warning disable RS0030 // The only draws of chance in the library: they name a new room and a new user, and nothing is decided by them. Machines get it as an argument.
    private static RoomId DrawRoom() => new((ulong)Random.Shared.NextInt64(1, long.MaxValue));

    private static UserId DrawUser() => new((ulong)Random.Shared.NextInt64(1, long.MaxValue));
#pragma warning restore RS0030

    private sealed class Provider : ExtensionIdProvider<NorrisRoom>
    {
        public override NorrisRoom CreateExtension(ExtendedActorSystem system) => new(system);
    }
}
