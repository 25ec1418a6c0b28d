using Norris.Core.Protocol;
using Norris.Core.Room;

namespace Norris.Node.Session;

/// <summary>What a screen is told. Two families: entries of the order, equal on every node, and news about this node alone.</summary>
public abstract record ChatEvent;

/// <summary>An entry of the order. <paramref name="Hash"/> is the transcript hash after it.</summary>
public abstract record OrderedEvent(long Seq, long Epoch, ulong Hash) : ChatEvent;

/// <param name="User">The speaker's name at this place.</param>
/// <param name="SentAt">Milliseconds since 1970, UTC, by the sender's clock.</param>
/// <param name="OrderedAt">Milliseconds since 1970, UTC, by the host's clock.</param>
public sealed record SaidEvent(long Seq, long Epoch, ulong Hash, MessageId Id, string User, string Text, long SentAt, long OrderedAt)
    : OrderedEvent(Seq, Epoch, Hash)
{
    /// <summary>What it is about; null: nothing that was said before.</summary>
    public Relation? Relation { get; init; }

    /// <summary>That message as it stands after this one, for screens that show words. Null: it is not known to who reads here, who came later or has forgotten it.</summary>
    public StandingMessage? About { get; init; }

    /// <summary>The message itself as it stands later on, where it is shown as a part of history; null: as it was said.</summary>
    public StandingMessage? Standing { get; init; }

    /// <summary>Whether it has words that a search may find: a reaction and a deletion have none.</summary>
    public bool IsToRead => Relation is not { Kind: RelationKind.Deletion or RelationKind.Reaction };

    /// <summary>The message whose text it is: another one for an edit and a deletion.</summary>
    public MessageId Original => Relation is { IsToOwn: true } own ? own.To : Id;

    /// <summary>The message whose text is shown with it; null: it is a reaction or a deletion, which have none.</summary>
    public MessageId? Shown => IsToRead ? Original : null;

    public SaidMessage ToMessage() => new(new(Seq), Id, User, Text, OrderedAt, Relation);
}

public sealed record JoinedEvent(long Seq, long Epoch, ulong Hash, string User, string Node, UserId Id) : OrderedEvent(Seq, Epoch, Hash);

public sealed record LeftEvent(long Seq, long Epoch, ulong Hash, string User, string Node, LeaveReason Reason, UserId Id) : OrderedEvent(Seq, Epoch, Hash);

/// <param name="User">The name from here on.</param>
/// <param name="Before">The name until here.</param>
public sealed record RenamedEvent(long Seq, long Epoch, ulong Hash, string User, string Before, UserId Id) : OrderedEvent(Seq, Epoch, Hash);

/// <summary>Somebody has changed one of the room's settings.</summary>
/// <param name="User">Who.</param>
/// <param name="Setting">Which.</param>
/// <param name="Text">What it is from here on; empty: none.</param>
public sealed record SettingEvent(long Seq, long Epoch, ulong Hash, string User, RoomSettingKind Setting, string Text, UserId Id) : OrderedEvent(Seq, Epoch, Hash)
{
    /// <summary>In a line.</summary>
    public string Words => (Setting, Text) switch
    {
        (RoomSettingKind.Name, "") => $"{User} has taken away the room's name",
        (RoomSettingKind.Name, _) => $"{User} has named this room '{Text}'",
        (RoomSettingKind.Topic, "") => $"{User} has taken away the topic",
        (RoomSettingKind.Topic, _) => $"{User} has set the topic: {Text}",
        (_, "") => $"where nobody keeps an archive, who comes in is no longer shown what was said before; {User} has set it so",
        _ => $"where nobody keeps an archive, who comes in is shown the last {Text} of what is said from here on; {User} has set it so",
    };
}

/// <param name="Reason">Null for a node that joined.</param>
public sealed record NodeEvent(long Seq, long Epoch, ulong Hash, string Node, bool Joined, LeaveReason? Reason) : OrderedEvent(Seq, Epoch, Hash);

/// <param name="MayHaveLost">Messages that some had seen may be gone: many nodes died at once, or the room goes on from an archive.</param>
public sealed record HostEvent(long Seq, long Epoch, ulong Hash, string Host, bool MayHaveLost) : OrderedEvent(Seq, Epoch, Hash);

public sealed record RecordingEvent(long Seq, long Epoch, ulong Hash, string Node, bool Recording) : OrderedEvent(Seq, Epoch, Hash);

/// <summary>What is said of a circle of devices.</summary>
public enum CircleChange
{
    /// <summary>A device is in.</summary>
    Admitted = 0,

    /// <summary>A device is out.</summary>
    PutOut = 1,

    /// <summary>There is an invite.</summary>
    Invited = 2,

    /// <summary>An invite was taken back.</summary>
    TakenBack = 3,
}

/// <param name="Device">The beginning of its id; empty: an invite is for any.</param>
/// <param name="By">The beginning of the id of the device that says so.</param>
/// <param name="Name">Whose device it is, or who is invited; empty: that was not said.</param>
/// <param name="Invite">The invite that it is about; empty: none.</param>
public sealed record CircleEvent(long Seq, long Epoch, ulong Hash, CircleChange Change, string Device, string By, string Name, string Invite) : OrderedEvent(Seq, Epoch, Hash);

/// <summary>This user is in. Comes again after a rejoin.</summary>
public sealed record WelcomeEvent(string Name, string Node, string Host, string Room, long Epoch, long FirstSeq, IReadOnlyList<string> Users) : ChatEvent
{
    /// <summary>The nodes that keep the log: everyone is told who records, on coming in.</summary>
    public IReadOnlyList<string> Recording { get; init; } = [];

    /// <summary>What the room is called; empty: it has no name.</summary>
    public string RoomName { get; init; } = "";

    /// <summary>What it is about; empty: it has no topic.</summary>
    public string Topic { get; init; } = "";

    /// <summary>How many of the last messages those are shown who come in; 0: none, where nobody keeps an archive.</summary>
    public int Last { get; init; }

    /// <summary>The number of this node's process, for who wants to see what becomes of the room when it is killed.</summary>
    public int Pid { get; init; }

    /// <summary>The last number that this user was shown in an earlier run, here or on another device; 0: none of this room.</summary>
    public long ReadTo { get; init; }
}

public enum ConnectionState
{
    /// <summary>Joined, and with the majority.</summary>
    Connected,

    /// <summary>The host is silent, and the node asks the others: they choose another, or this node is the one that is cut off.</summary>
    HostSilent,

    /// <summary>No majority: what is typed waits in the outbox.</summary>
    CutOff,

    /// <summary>On the way (back) in.</summary>
    Rejoining,
}

public sealed record ConnectionEvent(ConnectionState State, string Why) : ChatEvent;

/// <summary>A message or a name was refused, and nothing of it was sent.</summary>
public sealed record RefusedEvent(string Text, string Why) : ChatEvent;

/// <summary>So many entries were ordered while this user could not see them.</summary>
public sealed record MissedEvent(long Count) : ChatEvent
{
    /// <summary>Why they could not be had from anybody, where somebody was asked; empty: nobody was.</summary>
    public string Why { get; init; } = "";
}

/// <summary>
/// In an agreed room: what was shown here from <paramref name="First"/> to <paramref name="Last"/> was not stable yet when this node lost the room. The order may have
/// something else there; own messages among them are said again. In any room: they are of a part of it that had gone on without the others, and has joined them.
/// </summary>
public sealed record RetractedEvent(long First, long Last) : ChatEvent;

/// <summary>The host changed: how long nothing was delivered here, in seconds.</summary>
public sealed record FailoverEvent(double Seconds, string From, string To) : ChatEvent;

/// <summary>Something worth saying in words (who is cut off, what to do); screens show it, scripts may ignore it.</summary>
public sealed record NoticeEvent(string Text) : ChatEvent;

/// <summary>
/// The next entry is number <paramref name="Next"/>, and this is the transcript hash before it: comes first, and after every jump, to those
/// alone who keep the order.
/// </summary>
public sealed record PlaceEvent(RoomId Room, long Next, ulong HashBefore, DeliveryLevel Delivery = DeliveryLevel.Uniform) : ChatEvent;

/// <summary>In an agreed room: up to here nothing is taken back any more. Told to those alone who keep the order.</summary>
public sealed record SettledEvent(long UpTo) : ChatEvent;

/// <summary>What an archive has of what was said earlier, oldest first.</summary>
/// <param name="Words">What was searched for; empty: nothing, these are the last messages.</param>
/// <param name="IsWelcome">Not asked for: shown to a newcomer.</param>
public sealed record HistoryEvent(string Words, bool IsWelcome, IReadOnlyList<SaidEvent> Messages, IReadOnlyList<HistoryGap> Gaps) : ChatEvent
{
    /// <summary>What comes after this number is new to the user; 0: nobody knows.</summary>
    public long ReadTo { get; init; }

    /// <summary>The first of the messages that the user has not seen; null: there is none, or the user was never here.</summary>
    public SaidEvent? FirstNew => ReadTo > 0 ? Messages.FirstOrDefault(m => m.Seq > ReadTo) : null;
}

/// <summary>Entries that no archive could give, and why, in words.</summary>
public sealed record HistoryGap(long First, long Last, string Why);

/// <summary>The last event of a session.</summary>
public sealed record ByeEvent(string Why) : ChatEvent;
