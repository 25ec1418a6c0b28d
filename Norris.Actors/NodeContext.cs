using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Akka.Actor;
using Akka.Cluster;
using Akka.Event;
using Norris.Actors.Devices;
using Norris.Actors.Transport;
using Norris.Actors.Wire;
using Norris.Core.Protocol;
using Norris.Core.Room;

namespace Norris.Actors;

/// <summary>What the actors of one node share: who they are, where the others' actors are, and who hosts.</summary>
internal class NodeContext
{
    public const string Topic = "norris";
    public const string ReplicaName = "norris-replica";
    public const string SequencerManagerName = "norris-sequencer";
    public const string SequencerName = "sequencer";
    public const string ProxyName = "norris-sequencer-proxy";
    public const string UsersName = "norris-users";
    public const string PubSubName = "norris-pubsub";

    private readonly ExtendedActorSystem _system;
    private readonly ConcurrentDictionary<(string Address, bool Sequencer), IActorRef> _actors = new();
    private readonly TimeProvider _time;
    private readonly long _started;
    private readonly Complaints _complaints;
    private StrongBox<NodeId>? _host;
    private StrongBox<KeyValuePair<string, object?>> _roomTag = new(NorrisDiagnostics.TagOf(RoomId.None));

    public NodeContext(ExtendedActorSystem system, ProtocolOptions options, TimeProvider time)
    {
        _system = system;
        _time = time;
        _started = time.GetTimestamp();
        _complaints = new Complaints(Logging.GetLogger(system, typeof(NodeContext)), time);
        Options = options;
        Self = IdOf(Akka.Cluster.Cluster.Get(system).SelfUniqueAddress);
    }

    public NodeId Self { get; }

    public ProtocolOptions Options { get; }

    /// <summary>Nodes that are proven to be gone, and whether they left properly.</summary>
    public ConcurrentDictionary<NodeId, bool> Dead { get; } = new();

    /// <summary>Members that this node's sequencer lacks, and of whom it is not known whether they are gone: it is worth looking.</summary>
    public IReadOnlyCollection<NodeId> Missing { get; set; } = [];

    /// <summary>Where members were before this node came: <see cref="NorrisRoom.Remember"/>.</summary>
    public IReadOnlyCollection<Address> Remembered { get; set; } = [];

    /// <summary>Where others of its room go on without it; null: it does not know of any.</summary>
    public Address? GoesTo { get; set; }

    /// <summary>When this node last began to look around, and has finished: <see cref="ClusterView.LookedAround"/>.</summary>
    public long LookedAround { get; set; } = long.MinValue;

    /// <summary>
    /// Whether a room may begin on this node: only where a person asked for one, and only once. Null: it may where this node began the cluster.
    /// </summary>
    public bool? MayBegin { get; set; }

    /// <summary>Whether this node has met another in its cluster.</summary>
    public bool HasMetOthers { get; set; }

    /// <summary>The time, as the machines take it. A clock before 1970 counts as 1970: no stamp is negative.</summary>
    public Now Now => new((long)_time.GetElapsedTime(_started).TotalMilliseconds, Math.Max(0, _time.GetUtcNow().ToUnixTimeMilliseconds()));

    /// <summary>The node whose sequencer this node's replica follows; null: ask the singleton proxy.</summary>
    /// <remarks>Written by the replica's actor and read by every user's: behind one reference, so that nobody sees half of a change.</remarks>
    public NodeId? Host
    {
        get => Volatile.Read(ref _host)?.Value;
        set => Volatile.Write(ref _host, value is { } host ? new StrongBox<NodeId>(host) : null);
    }

    /// <summary>
    /// The highest epoch under which a sequencer of this node has asked for promises. It outlives the sequencer's actor: after a restart the
    /// replicas would take the same epoch from the same node for the reign that they know, and two logs would go under one epoch.
    /// </summary>
    public Epoch LastCandidate { get; set; }

    /// <summary>Where the history stands of a room that nobody lives in any more, to go on with instead of beginning one; null: none.</summary>
    public RoomPlace? GoOnAfter { get; set; }

    /// <summary>The way to the sequencer while no host is known.</summary>
    public IActorRef Proxy { get; set; } = ActorRefs.Nobody;

    /// <summary>What is measured here bears it: the room that this node was in last.</summary>
    public KeyValuePair<string, object?> RoomTag
    {
        get => Volatile.Read(ref _roomTag).Value;
        set => Volatile.Write(ref _roomTag, new StrongBox<KeyValuePair<string, object?>>(value));
    }

    /// <summary>For which devices the room is; null: for whoever reaches it, or for those whom an application names.</summary>
    public RoomSecurity? Security { get; init; }

    /// <summary>Over which batches go, and nothing else: Norris's own, so that an application's is as its application set it.</summary>
    public IActorRef PubSub { get; set; } = ActorRefs.Nobody;

    /// <summary>Where its replica writes; null: nowhere that users read.</summary>
    public DeliveredLog? Delivered { get; set; }

    /// <summary>Told of each actor without which this node is none.</summary>
    public IActorRef Vitals { get; set; } = ActorRefs.Nobody;

    /// <summary>Tells everybody on this actor system.</summary>
    public void Publish(object news) => _system.EventStream.Publish(news);

    public static NodeId IdOf(UniqueAddress address) => new(address.Address.ToString(), address.Uid);

    /// <summary>A node as the cluster names it; null where its address is none.</summary>
    public static UniqueAddress? AddressOf(NodeId node) =>
        ActorPath.TryParseAddress(node.Address, out var address) ? new UniqueAddress(address, node.Incarnation) : null;

    public FromNode Wrap(Message message) => new(Self, message);

    public void Send(NodeId to, Message message) => Send(to, Wrap(message));

    public void Send(NodeId to, FromNode wrapped) => ActorOn(to, wrapped.Message is ToSequencerMessage).Tell(wrapped, ActorRefs.NoSender);

    /// <summary>To the sequencer that this node follows, or, where it follows none, to whoever the singleton proxy finds.</summary>
    public void SendToSequencer(ToSequencerMessage message)
    {
        if (Host is { } host)
        {
            Send(host, message);
        }
        else
        {
            Proxy.Tell(Wrap(message), ActorRefs.NoSender);
        }
    }

    /// <summary>Says what was not believed; of a node that is not known to be a member, only if it is none a moment later either.</summary>
    public void Complain(Disbelieved lie)
    {
        string Format(string why) => $"Did not believe {lie.Message.GetType().Name} of {{0}}: {why}.";
        if (lie.Why is { } why)
        {
            _complaints.Say(Format(why), lie.From);
        }
        else
        {
            _ = _complaints.SayUnless(() => View().Present.Contains(lie.From) || Dead.ContainsKey(lie.From), Format("it is no member of this cluster"), lie.From);
        }
    }

    /// <summary>The cluster as this node sees it now.</summary>
    public virtual ClusterView View()
    {
        var cluster = Akka.Cluster.Cluster.Get(_system);
        var state = cluster.State;
        var present = new HashSet<NodeId>();
        var waits = false;
        NodeId? oldest = null;
        foreach (var member in state.Members.OrderBy(m => m, Member.AgeOrdering))
        {
            // The sequencer stays on the oldest until the cluster has let that one go.
            if (member.Status is not (MemberStatus.Joining or MemberStatus.WeaklyUp or MemberStatus.Removed))
            {
                oldest ??= IdOf(member.UniqueAddress);
            }

            // Also who is down: until it is out, nobody comes in at its address, and no other takes over what it ran.
            waits |= member.Status is MemberStatus.Joining or MemberStatus.Leaving or MemberStatus.Exiting or MemberStatus.Down;
            if (member.Status is MemberStatus.Joining or MemberStatus.WeaklyUp or MemberStatus.Up or MemberStatus.Leaving)
            {
                present.Add(IdOf(member.UniqueAddress));
            }
        }

        var dead = Dead.ToArray();
        present.ExceptWith(dead.Select(d => d.Key));
        present.Add(Self);

        // What others think of this node, the cluster does not tell it.
        var isAnEnd = state.Unreachable.Any(m => present.Contains(IdOf(m.UniqueAddress)) && !cluster.FailureDetector.IsAvailable(m.Address));
        return new ClusterView(present, dead.Select(d => d.Key).ToHashSet())
        {
            Left = dead.Where(d => d.Value).Select(d => d.Key).ToHashSet(),
            Unreachable = [.. state.Members.Where(m => state.Unreachable.Contains(m) || (isAnEnd && IdOf(m.UniqueAddress) == Self))
                .OrderBy(m => m, Member.AgeOrdering).Select(m => IdOf(m.UniqueAddress)).Where(present.Contains)],
            SomebodyWaits = waits,
            Oldest = oldest,
            LookedAround = LookedAround,
        };
    }

    /// <summary>An actor of this name at the top of another node.</summary>
    public IActorRef Resolve(NodeId node, string name) => Resolve(node.Address, name);

    /// <summary>The same, of whatever node is at an address.</summary>
    public IActorRef Resolve(string address, string name) => _system.Provider.ResolveActorRef($"{address}/user/{name}");

    // Own actors are looked up every time: what is not there yet resolves to nobody, and must not stay that for ever.
    private IActorRef ActorOn(NodeId node, bool sequencer)
    {
        if (node.Address == Self.Address)
        {
            return Resolve((node.Address, sequencer), _system);
        }

        if (_actors.TryGetValue((node.Address, sequencer), out var known))
        {
            return known;
        }

        if (_actors.Count > 4 * Limits.Nodes)
        {
            // Most are of visitors who have gone.
            _actors.Clear();
        }

        return _actors.GetOrAdd((node.Address, sequencer), Resolve, _system);
    }

    private static IActorRef Resolve((string Address, bool Sequencer) key, ExtendedActorSystem system)
    {
        var path = key.Sequencer ? $"{SequencerManagerName}/{SequencerName}" : ReplicaName;
        return system.Provider.ResolveActorRef($"{key.Address}/user/{path}");
    }
}
