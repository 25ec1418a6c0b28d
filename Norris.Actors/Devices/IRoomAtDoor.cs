using Norris.Core.Room;

namespace Norris.Actors.Devices;

/// <summary>The room behind a circle's door, as far as the door needs it. Any thread may call.</summary>
internal interface IRoomAtDoor
{
    /// <summary>Who belongs together, and the invites, as delivered; null: the node is in no room.</summary>
    RoomCircle? Circle { get; }

    /// <summary>Where the members listen, as in <c>192.168.1.7:4053</c>.</summary>
    IReadOnlyList<string> Addresses { get; }

    /// <summary>Completes when the order has let in a device with an invite; or with why it does not.</summary>
    Task<string?> Admit(ReadOnlyMemory<byte> key, Invite invite, CancellationToken cancel);
}
