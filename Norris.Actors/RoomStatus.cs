using Norris.Core.Protocol;
using Norris.Core.Room;

namespace Norris.Actors;

/// <summary>Where a node stands. Immutable; there is a new one whenever something is delivered, and a few times a second.</summary>
/// <param name="IsMember">The node's log has started, and it has not been taken out.</param>
/// <param name="Epoch">The reign that it follows.</param>
/// <param name="Host">The node of that reign.</param>
/// <param name="Received">It has everything up to here.</param>
/// <param name="Stable">A quorum is known to have everything up to here.</param>
/// <param name="Highest">The highest number that it has heard of.</param>
/// <param name="Delivered">Its users were handed everything up to here.</param>
public sealed record RoomStatus(
    bool IsMember, Epoch Epoch, NodeId? Host, SequenceNumber Received, SequenceNumber Stable, SequenceNumber Highest, SequenceNumber Delivered)
{
    /// <summary>Of a node that was in no room yet.</summary>
    public static readonly RoomStatus None = new(false, default, null, default, default, default, default);

    /// <summary>The node; null before there was one.</summary>
    public NodeId? Self { get; init; }

    /// <summary>The room that it is a member of.</summary>
    public RoomId Room { get; init; }

    /// <summary>The transcript hash after what was delivered.</summary>
    public ulong Hash { get; init; }

    /// <summary>How it is connected to the room.</summary>
    public Contact Contact { get; init; }

    /// <summary>Who and what is in the room, as delivered; while the node is no member, as it was last.</summary>
    public RoomPicture Picture { get; init; } = RoomPicture.None;

    /// <summary>Who belongs together, and the invites, as delivered; null: the room is open to whoever reaches it, or the node is in none.</summary>
    public RoomCircle? Circle { get; init; }

    /// <summary>The devices of the members; null: there is no circle.</summary>
    internal IReadOnlyDictionary<NodeId, DeviceId?>? Devices { get; init; }

    /// <summary>The last stamp that was delivered.</summary>
    internal long LastStamp { get; init; }

    /// <summary>The changes of host that it has seen, the oldest first.</summary>
    public IReadOnlyList<HostChanged> HostChanges { get; init; } = [];

    /// <summary>What it did and found out in the last changes of host, the oldest first.</summary>
    public IReadOnlyList<RecoveryStep> Steps { get; init; } = [];

    /// <summary>For those who ask who is here.</summary>
    internal Whereabouts Whereabouts { get; init; }

    /// <summary>The room whose log it has, also while it is no member.</summary>
    internal RoomId RoomOfLog { get; init; }

    /// <summary>How far each member has come, as its acks to the host say; a fraction of a second old. Without those not heard of yet.</summary>
    public IReadOnlyDictionary<NodeId, MemberPlace> Places { get; init; } = new Dictionary<NodeId, MemberPlace>();

    /// <summary>Those that this node's failure detector cannot reach.</summary>
    public IReadOnlyCollection<NodeId> Unreachable { get; init; } = [];

    /// <summary>The nodes that count; none while this node is no member.</summary>
    public IReadOnlyList<NodeId> Members => IsMember ? Picture.Members : [];

    /// <summary>The device that a member is on; null: the room has no circle, or it is none.</summary>
    public DeviceId? DeviceOf(NodeId node) => Devices?.GetValueOrDefault(node);

    /// <summary>The members that keep the log in a store.</summary>
    public IReadOnlyList<NodeId> Recording => IsMember ? Picture.Recording : [];

    /// <summary>
    /// For who looks for entries: the last number of a room that this node has come to; 0 where that is not known now; and, where it is in another
    /// room by now, what was asked for, since nothing more is to come.
    /// </summary>
    public long NewestOf(RoomId room, long asked) => Room == room ? Delivered.Value : Room == RoomId.None ? 0 : asked;
}
