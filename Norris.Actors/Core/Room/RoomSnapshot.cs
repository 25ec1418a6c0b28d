using Norris.Core.Protocol;

namespace Norris.Core.Room;

/// <summary>A node that counts, in the life in which it joined (<see cref="NodeJoined"/>).</summary>
public readonly record struct MemberNode(NodeId Node, int Life)
{
    /// <summary>The device that it is on, where the room has a circle.</summary>
    public DeviceId? Device { get; init; }
}

/// <summary>A user who is here.</summary>
public sealed record PresentUser(UserId User, string Name, NodeId Node, OwnerId Owner, long LastCounter);

/// <summary>A user who was here: the counter finds late duplicates, and the name is kept for its owner for a while.</summary>
public sealed record DepartedUser(UserId User, string Name, OwnerId Owner, long LastCounter, long LeftAt);

/// <summary>Where a room's history stands: what to begin with, or to go on after when the room was stopped altogether.</summary>
/// <param name="Room">Which room.</param>
/// <param name="At">The last number; 0: none yet.</param>
/// <param name="Epoch">The epoch of that entry; whatever goes on is above it.</param>
/// <param name="Hash">The transcript hash after it.</param>
public sealed record RoomPlace(RoomId Room, SequenceNumber At, Epoch Epoch, ulong Hash)
{
    /// <summary>Whether nothing came after it: whoever was here had left. Else what was said after it may be lost.</summary>
    public bool IsEnd { get; init; }

    /// <summary>When that entry was numbered, in milliseconds since 1970, UTC; 0: not known. No later stamp is lower.</summary>
    public long LastStamp { get; init; }

    /// <summary>The room's settings there.</summary>
    public RoomSettings Settings { get; init; } = RoomSettings.None;

    /// <summary>Before the first entry.</summary>
    public static RoomPlace Beginning(RoomId room) => new(room, default, default, room.Value);
}

/// <summary>Everything that the log up to a place folds into. What a newcomer starts from.</summary>
/// <param name="Room">Which room.</param>
/// <param name="Delivery">The room's delivery level.</param>
/// <param name="At">The place: everything up to and including this number is folded.</param>
/// <param name="Epoch">The last reign that began.</param>
/// <param name="Host">The node of that reign; null before the first.</param>
/// <param name="Hash">The transcript hash after <paramref name="At"/>.</param>
/// <param name="LastEpoch">The epoch of the entry at <paramref name="At"/>.</param>
/// <param name="Members">The nodes that count, ascending.</param>
/// <param name="MembersSince">The number of the last change of membership.</param>
/// <param name="Users">Who is here, in the order in which they came.</param>
/// <param name="Departed">Who was here, the longest gone first.</param>
/// <param name="Recording">The nodes that keep the log in a store.</param>
public sealed record RoomSnapshot(
    RoomId Room,
    DeliveryLevel Delivery,
    SequenceNumber At,
    Epoch Epoch,
    NodeId? Host,
    ulong Hash,
    Epoch LastEpoch,
    IReadOnlyList<MemberNode> Members,
    SequenceNumber MembersSince,
    IReadOnlyList<PresentUser> Users,
    IReadOnlyList<DepartedUser> Departed,
    IReadOnlyList<NodeId> Recording)
{
    /// <summary>When the entry at <see cref="At"/> was numbered, by its host's clock: milliseconds since 1970, UTC.</summary>
    public long LastStamp { get; init; }

    /// <summary>The last number at which a departed user had to be forgotten; 0: none was.</summary>
    public SequenceNumber ForgottenAt { get; init; }

    /// <summary>Who belongs together; null: the room is open to whoever reaches it.</summary>
    public RoomCircle? Circle { get; init; }

    /// <summary>Which of the last epochs numbered which part of it, the oldest first: the last <see cref="Limits.EpochsRemembered"/>.</summary>
    public IReadOnlyList<EpochRange> EpochRanges { get; init; } = [];

    /// <summary>What those who are here have set.</summary>
    public RoomSettings Settings { get; init; } = RoomSettings.None;

    /// <summary>What people look at of it.</summary>
    public RoomPicture Picture() => new(Room, Delivery, Epoch, Host, [.. Members.Select(m => m.Node)], Users, Recording) { Settings = Settings };
}
