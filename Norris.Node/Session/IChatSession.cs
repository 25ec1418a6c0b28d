using System.Collections.Immutable;
using System.Threading.Channels;
using Norris.Actors;
using Norris.Core.Protocol;
using Norris.Core.Room;

namespace Norris.Node.Session;

/// <summary>
/// The port that every screen talks to: one user's session. It outlives the node's incarnations, so a screen never has to know that
/// the node was cut off and joined again. Safe for several threads.
/// </summary>
public interface IChatSession
{
    /// <summary>What happens, in order. One reader, at its own pace: who falls too far behind gets a <see cref="MissedEvent"/>, and holds up nobody.</summary>
    ChannelReader<ChatEvent> Events { get; }

    UserId User { get; }

    /// <summary>The room, and its last number, that was read here.</summary>
    (string Room, long Seq) ReadTo => (View.Room, View.Seq);

    /// <summary>The room as this node sees it now.</summary>
    RoomView View { get; }

    /// <summary>The same user's session for another reader: terminal, page and archive read side by side. Before anything is read here, so that none of them misses the beginning.</summary>
    /// <param name="tellsPlaces">Whether the places of the order are told (<see cref="PlaceEvent"/>, <see cref="SettledEvent"/>), for who keeps it.</param>
    IChatSession Share(bool tellsPlaces = false) => throw new NotSupportedException("this session has one reader");

    /// <summary>Hands a message to the outbox, or refuses it with the reason; never blocks.</summary>
    /// <param name="text">The message; empty: it is a deletion.</param>
    /// <param name="relation">What it is about; null: nothing that was said before.</param>
    SayResult Say(string text, Relation? relation = null);

    /// <summary>The same of a message about one that was read here, which is not named by its id.</summary>
    SayResult Say(RelationWish wish) => throw new NotSupportedException("this session does not know what was said");

    /// <summary>Asks for another name (used when the first one was refused).</summary>
    void AskForName(string name);

    /// <summary>Completes when everything said so far has been delivered here (and so, in a uniform room, will be everywhere), and whoever reads here has come past it.</summary>
    Task WhenDelivered(CancellationToken cancel);

    /// <summary>Says goodbye properly. A node's own session takes the node with it.</summary>
    Task Leave(CancellationToken cancel);

    /// <summary>For those who lost the majority for good: goes on with whom this node can reach. Gives the outcome in words.</summary>
    Task<string> Reform(CancellationToken cancel);

    /// <summary>Changes one of the room's settings for everybody; an empty text takes it away. Gives why nothing came of it; null: the order has it.</summary>
    Task<string?> ChangeRoom(RoomSettingKind setting, string text, CancellationToken cancel);

    /// <summary>What a user wants of the room's circle. Gives what came of it.</summary>
    Task<CircleAnswer> AskCircle(CircleWish wish, CancellationToken cancel);
}

/// <summary>Either the id of the message that was taken, or why it was refused.</summary>
/// <param name="Retry">The refusal is for now only: the outbox is full, ask again soon.</param>
public readonly record struct SayResult(MessageId? Id, string? Refusal, bool Retry = false);

/// <param name="OnHost">Its node is the host.</param>
public sealed record UserView(UserId Id, string Name, string Node, bool OnHost, bool IsMe);

/// <param name="Reachable">This node's failure detector hears it.</param>
/// <param name="Received">It has everything up to here, as it told the host a fraction of a second ago; 0: not known yet.</param>
/// <param name="Lag">How many entries it was behind then.</param>
public sealed record NodeView(string Node, bool IsHost, bool IsMe, bool Reachable, bool Recording, long Received, long Lag);

/// <summary>One change of host as this node saw it.</summary>
public sealed record FailoverView(DateTimeOffset At, double Seconds, string From, string To, long Epoch);

/// <summary>The room at one moment; immutable.</summary>
/// <param name="Name">One's own name; empty before it was given.</param>
/// <param name="Pending">One's own messages that are not yet in the order.</param>
public sealed record RoomView(
    string Room,
    long Epoch,
    long Seq,
    ulong Hash,
    string Host,
    string Node,
    string Name,
    ConnectionState Connection,
    DeliveryLevel Delivery,
    IReadOnlyList<NodeView> Nodes,
    IReadOnlyList<UserView> Users,
    int Pending,
    long Highest,
    long Stable,
    IReadOnlyList<FailoverView> Failovers)
{
    /// <summary>One's own messages up to this counter are in the order, and none after it; what has them is no further on than <see cref="Highest"/>.</summary>
    public long Heard { get; init; }

    /// <summary>What the room is called, and what it is about.</summary>
    public RoomSettings Settings { get; init; } = RoomSettings.None;

    /// <summary>The room is for certain devices: it has a circle.</summary>
    public bool IsPrivate { get; init; }

    /// <summary>This node has everything up to here, delivered or not.</summary>
    public long Received { get; init; }

    /// <summary>What this node did and found out in the last changes of host, the oldest first.</summary>
    public IReadOnlyList<RecoveryStep> Steps { get; init; } = [];

    /// <summary>What <see cref="Pending"/> takes, in bytes of text.</summary>
    public long OutboxBytes { get; init; }
}

/// <summary>Who a user is from one run to the next: kept in the profile.</summary>
/// <param name="Name">The wanted name; empty: the host makes one up.</param>
/// <param name="Token">The secret that proves the name is one's own (32 random bytes); empty: none.</param>
public sealed record UserProfile(string Name, ReadOnlyMemory<byte> Token)
{
    /// <summary>By room, the last number of the order that the user was shown; the room read last stands last.</summary>
    public ImmutableArray<(string Room, long Seq)> ReadTo { get; init; } = [];

    /// <summary>Where the others of the room listened in which the user was last.</summary>
    public ImmutableArray<Endpoint> LastRoom { get; init; } = [];

    /// <summary>Whether that one was for certain devices: an open one that stands in its place is not joined.</summary>
    public bool LastRoomIsPrivate { get; init; }

    /// <summary>What the user wants to be told of who comes and goes.</summary>
    public JoinNotices Notices { get; init; }

    /// <summary>0: nothing of that room.</summary>
    public long ReadToOf(string room) => ReadTo.FirstOrDefault(mark => mark.Room == room).Seq;
}

/// <summary>One process: its own user, and, as a gateway, others beside it.</summary>
public interface IChatNode : IAsyncDisposable
{
    /// <summary>The node's own user.</summary>
    IChatSession Own { get; }

    /// <summary>
    /// Brings another user in through this node; <see cref="IChatSession.Leave"/> takes only that user out. Its events are what happens to the user and to the node; the entries
    /// of the order are the same for all, and read where <see cref="Own"/> is.
    /// </summary>
    IChatSession OpenUser(UserProfile profile);

    /// <summary>What an archive on this node, and those who read history on it, need of the cluster; null: there is none.</summary>
    IArchivePort? Archive => null;
}
