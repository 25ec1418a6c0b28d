using Norris.Core.Protocol;
using Norris.Core.Room;

namespace Norris.Tests.Simulation;

/// <summary>A process: what lives as long as nobody kills it. Its node may be fenced and come back as another incarnation.</summary>
public sealed class SimulatedProcess(string address, long startedAt, ProtocolOptions options)
{
    public string Address { get; } = address;

    public List<SimulatedUser> Users { get; } = [];

    public SimulatedNode? Node { get; set; }

    /// <summary>The node before the present one, of the same process.</summary>
    public NodeId? Former { get; set; }

    public bool IsAlive { get; set; } = true;

    public bool IsPaused { get; set; }

    /// <summary>It stands still for good: whoever can do without it has to.</summary>
    public bool IsFrozen { get; set; }

    /// <summary>A person wants a room of this process: its next node may begin one.</summary>
    public bool MayBegin { get; set; }

    /// <summary>Since when it has been in no room, in microseconds.</summary>
    public long ApartSince { get; set; }

    /// <summary>It was once let into a cluster, so that it does not give up soon.</summary>
    public bool HasFound { get; set; }

    /// <summary>It was never in a room.</summary>
    public bool NeverIn { get; set; } = true;

    /// <summary>Where others listen, whom it has heard of: it comes back through anybody.</summary>
    public HashSet<string> Known { get; } = [];

    /// <summary>Where its room goes on, as its last node has heard: the next one joins there, and nowhere else.</summary>
    public string? GoesTo { get; set; }

    /// <summary>The installation that it is, where its room is for certain devices.</summary>
    public SimulatedDevice? Device { get; set; }

    /// <summary>With which devices it connects.</summary>
    public HashSet<DeviceId> KnownDevices { get; } = [];

    /// <summary>What it has asked to have in the order about its circle.</summary>
    public Petitions Petitions { get; } = new(options);

    /// <summary>What its users want changed of the room's settings.</summary>
    internal SettingWishes Wishes { get; } = new(options);

    public Partings Partings { get; } = new();

    /// <summary>What arrived while it stood still.</summary>
    public List<Action> Waiting { get; } = [];

    /// <summary>The host dies in the moment in which this process knows that it has left.</summary>
    public bool HostDiesWhenGone { get; set; }

    /// <summary>When it began to leave, in microseconds; null while it stays.</summary>
    public long? LeavingSince { get; set; }

    /// <summary>How long handling one message takes, in microseconds.</summary>
    public long ServiceTime { get; set; } = 5;

    /// <summary>How wrong its wall clock is, in milliseconds.</summary>
    public long WallOffset { get; set; }

    public Now Now(long time) => new((time - startedAt) / 1000 + 1, 1_700_000_000_000 + time / 1000 + WallOffset);
}

/// <summary>A person: a session, and what it was promised.</summary>
public sealed class SimulatedUser
{
    private int _refusals;

    internal SimulatedUser(UserMachine machine, byte[] token) => (Machine, Token) = (machine, token);

    public byte[] Token { get; }

    internal UserMachine Machine { get; }

    public int Said { get; set; }

    /// <summary>How many of them, from the first on, are known to have been delivered.</summary>
    public int Delivered { get; set; }

    public bool FlushPlanned { get; set; }

    public bool IsLeaving { get; set; }

    /// <summary>
    /// It wants two other names at once, the first time. Then who has a name keeps that, and who has none takes any: else the two would be asked for ever more, where both are somebody else's.
    /// </summary>
    internal void IsRefused(Now now, List<Effect> effects)
    {
        if (!Machine.Refuse())
        {
            return;
        }

        if (_refusals++ == 0)
        {
            Machine.AskFor("second choice", now, effects);
            Machine.AskFor("second-choice", now, effects);
        }
        else if (!Machine.IsHere)
        {
            Machine.AskFor("", now, effects);
        }
    }
}

/// <summary>One actor's mailbox: a message at a time, and a word when it is empty.</summary>
public sealed class Mailbox<T>
{
    private readonly Queue<(NodeId From, T Message)> _queue = new();

    public bool IsScheduled { get; set; }

    public int Count => _queue.Count;

    public void Add(NodeId from, T message) => _queue.Enqueue((from, message));

    public bool TryTake(out (NodeId From, T Message) next) => _queue.TryDequeue(out next);
}

/// <summary>One incarnation of a process in the cluster: a replica, perhaps the sequencer, and its view of the cluster.</summary>
public sealed class SimulatedNode
{
    internal SimulatedNode(NodeId id, SimulatedProcess process, Replica replica, Rivalry rivalry, ClusterPart cluster) =>
        (Id, Process, Replica, Rivalry, Cluster) = (id, process, replica, rivalry, cluster);

    public NodeId Id { get; }

    public SimulatedProcess Process { get; }

    public ClusterPart Cluster { get; }

    internal Replica Replica { get; }

    internal Rivalry Rivalry { get; }

    /// <summary>Whether a person wants a room of this node.</summary>
    public bool MayBegin { get; init; }

    /// <summary>When it was started, in microseconds.</summary>
    public long Started { get; init; }

    /// <summary>Who is proven to be gone, as far as this node knows; and who of them left properly.</summary>
    public HashSet<NodeId> Dead { get; } = [];

    public HashSet<NodeId> Left { get; } = [];

    /// <summary>How often a leaver's address has refused.</summary>
    public Dictionary<NodeId, int> Refusals { get; } = [];

    /// <summary>Whose connection has closed lately.</summary>
    public HashSet<NodeId> Suspects { get; } = [];

    /// <summary>When it last began to ask who is at the addresses of those who are out, and has finished; in its own milliseconds.</summary>
    public long LookedAround { get; set; } = long.MinValue;

    /// <summary>Who was in its cluster since it came there: of whoever was out before, a real cluster tells a newcomer nothing.</summary>
    public HashSet<NodeId> Met { get; } = [];

    /// <summary>When it last had proof that another is gone, in microseconds.</summary>
    public long ProvenAt { get; set; } = long.MinValue / 2;

    /// <summary>The only address that it joins through; null: any that it knows.</summary>
    public string? GoesTo { get; init; }

    /// <summary>Where its process knew members before.</summary>
    public IReadOnlyList<string> Remembered { get; init; } = [];

    public bool LooksAround { get; set; }

    /// <summary>Who has asked, since it last looked for others who go on, who is here.</summary>
    public HashSet<string> Askers { get; } = [];

    /// <summary>The circle as delivered here; null: it is no member, or the room has none.</summary>
    public RoomCircle? Circle { get; set; }

    /// <summary>When it was delivered here, in microseconds, that a device is in.</summary>
    public Dictionary<DeviceId, long> LetIn { get; } = [];

    internal Sequencer? Sequencer { get; set; }

    public bool SequencerPlanned { get; set; }

    public Mailbox<ToReplicaMessage> ReplicaBox { get; } = new();

    public Mailbox<ToSequencerMessage> SequencerBox { get; } = new();

    /// <summary>False once it is stopped: fenced, left or killed.</summary>
    public bool Runs { get; set; } = true;

    /// <summary>How many ticks it has been told.</summary>
    public int Ticks { get; set; }

    public bool IsFencing { get; set; }

    /// <summary>Its process was killed: what it had not sent yet went with it.</summary>
    public bool IsKilled { get; set; }

    public bool HasSaidGoodbye { get; set; }

    public bool AskedToJoin { get; set; }

    public bool AskedToLeave { get; set; }

    public bool LeavesTheCluster { get; set; }

    public bool HasLeft { get; set; }

    public ClusterView View { get; set; } = ClusterView.Empty;

    /// <summary>Where it believes the sequencer to be: on the oldest member that it knows.</summary>
    public NodeId? Oldest { get; set; }

    /// <summary>When pub-sub's registry has told the others of it, in microseconds.</summary>
    public long SubscribedAt { get; set; }

    public string Label => Trace.Of(Id);
}
