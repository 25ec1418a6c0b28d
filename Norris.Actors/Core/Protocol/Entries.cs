using Norris.Core.Room;

namespace Norris.Core.Protocol;

/// <summary>Why a node or a user is no longer part of the room.</summary>
public enum LeaveReason
{
    /// <summary>It said goodbye.</summary>
    Left = 0,

    /// <summary>Its process is proven to be gone.</summary>
    Crashed = 1,

    /// <summary>It fell too far behind, or went astray; it may come back as a newcomer.</summary>
    Expelled = 2,

    /// <summary>It was silent for too long and was taken out; whether it lives, nobody could tell.</summary>
    Silent = 3,

    /// <summary>Its device was put out of the circle; it cannot come back.</summary>
    PutOut = 4,
}

/// <summary>When an ordered message is handed to the users.</summary>
public enum DeliveryLevel
{
    /// <summary>Once a majority holds it: nobody ever sees what the others could end up not having.</summary>
    Uniform = 0,

    /// <summary>On receipt: one round trip sooner; a crash may take back what only the dead, or the cut-off, have seen.</summary>
    Agreed = 1,
}

/// <summary>
/// One thing that everyone must agree on. A closed set: names, membership, the duplicate table and the transcript hash are a fold over these.
/// </summary>
public abstract record Entry
{
    private protected Entry()
    {
    }

    /// <summary>How many sequence numbers it takes: 1, or the number of messages said.</summary>
    public virtual int Count => 1;

    /// <summary>About how much memory and wire it costs, in bytes.</summary>
    public virtual int Size => 160;

    /// <summary>The user whom it concerns; null: it is about a node.</summary>
    public virtual UserId? About => null;
}

/// <summary>A node is a member from here on. <paramref name="Life"/> counts how often it has started as a newcomer.</summary>
public sealed record NodeJoined(NodeId Node, int Life) : Entry
{
    /// <summary>The device that the node is on, where the room has a circle.</summary>
    public DeviceId? Device { get; init; }
}

/// <summary>A node is a member no longer.</summary>
public sealed record NodeLeft(NodeId Node, LeaveReason Reason) : Entry;

/// <summary>
/// A user is here (or, where the user was here already, has moved to another node).
/// <paramref name="FirstCounter"/> is the counter that its next message bears where the room does not know the user yet.
/// </summary>
public sealed record UserJoined(UserId User, string Name, NodeId Node, OwnerId Owner, long FirstCounter) : Entry
{
    /// <summary>The user who came.</summary>
    public override UserId? About => User;
}

/// <summary>A user is here no longer.</summary>
public sealed record UserLeft(UserId User, LeaveReason Reason) : Entry
{
    /// <summary>The user who left.</summary>
    public override UserId? About => User;
}

/// <summary>A user who is here goes by another name from here on.</summary>
public sealed record UserRenamed(UserId User, string Name) : Entry
{
    /// <summary>The user who has another name now.</summary>
    public override UserId? About => User;
}

/// <summary>One of the room's settings is another from here on.</summary>
/// <param name="By">Who has changed it.</param>
/// <param name="Setting">Which.</param>
/// <param name="Text">What it is now; empty: the room has none.</param>
/// <param name="After">The number of the change before, which whoever wanted this one knew of.</param>
public sealed record RoomChanged(UserId By, RoomSettingKind Setting, string Text, SequenceNumber After) : Entry
{
    /// <summary>What it takes, in bytes.</summary>
    public override int Size => 160 + (3 * Text.Length);

    /// <summary>Who has changed it.</summary>
    public override UserId? About => By;
}

/// <summary>One or more messages of one user, with contiguous counters.</summary>
public sealed record Said(SaidBlock Block) : Entry
{
    /// <summary>How many messages it has, and so how many numbers it takes.</summary>
    public override int Count => Block.Count;

    /// <summary>What it takes, in bytes.</summary>
    public override int Size => Block.Texts.Length + 64;

    /// <summary>Who said it.</summary>
    public override UserId? About => Block.User;
}

/// <summary>
/// A reign begins. <paramref name="MayHaveLost"/>: so many nodes died at once that messages some of them had delivered may be gone, or the room
/// goes on from a store that need not have had the last of them.
/// </summary>
public sealed record EpochStarted(NodeId Host, bool MayHaveLost) : Entry;

/// <summary>A node began to keep the log in a store, or stopped.</summary>
public sealed record RecordingChanged(NodeId Node, bool Recording) : Entry;

/// <summary>An entry in its place. Its numbers are First … Last; nothing ever splits it.</summary>
/// <param name="First">Its first sequence number.</param>
/// <param name="Epoch">The reign in which it was numbered.</param>
/// <param name="OrderedAt">When it was numbered, by the host's clock: milliseconds since 1970, UTC.</param>
/// <param name="Entry">What happened.</param>
public sealed record LogRecord(SequenceNumber First, Epoch Epoch, long OrderedAt, Entry Entry)
{
    /// <summary>How many numbers it takes.</summary>
    public int Count => Entry.Count;

    /// <summary>The last number that it takes.</summary>
    public SequenceNumber Last => First + (Entry.Count - 1);
}
