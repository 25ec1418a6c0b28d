using Norris.Core.Protocol;

namespace Norris.Core.Room;

/// <summary>Who and what is in a room at a place of its order; what people look at. Immutable.</summary>
/// <param name="Room">Which room.</param>
/// <param name="Delivery">The room's delivery level.</param>
/// <param name="Epoch">The last reign that began.</param>
/// <param name="Host">The node of that reign; null before the first.</param>
/// <param name="Members">The nodes that count, ascending.</param>
/// <param name="Users">Who is here, in the order in which they came, with the counters of then.</param>
/// <param name="Recording">The nodes that keep the log in a store.</param>
public sealed record RoomPicture(
    RoomId Room, DeliveryLevel Delivery, Epoch Epoch, NodeId? Host, IReadOnlyList<NodeId> Members, IReadOnlyList<PresentUser> Users, IReadOnlyList<NodeId> Recording)
{
    /// <summary>Of no room.</summary>
    public static readonly RoomPicture None = new(RoomId.None, DeliveryLevel.Uniform, Epoch.None, null, [], [], []);

    /// <summary>Its name and its topic.</summary>
    public RoomSettings Settings { get; init; } = RoomSettings.None;
}
