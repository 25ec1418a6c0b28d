using Norris.Actors.Devices;
using Norris.Actors.Transport;
using Norris.Core.Room;

namespace Norris.Actors;

/// <summary>What a device asks at the door of a room with a circle, before it has a node: who belongs together, and to be let in with an invite. Any node of the room has a door, at its own port.</summary>
public static class RoomDoor
{
    /// <summary>What a door has told.</summary>
    /// <param name="Circle">Who belongs together.</param>
    /// <param name="Addresses">Where the members of the room listen, as in <c>192.168.1.7:4053</c>.</param>
    public sealed record Answer(Circle Circle, IReadOnlyList<string> Addresses);

    /// <summary>Whether a node of a room with a circle listens somewhere. A node of an open room that is asked logs that it was.</summary>
    /// <param name="host">Where it may be.</param>
    /// <param name="port">Its port.</param>
    /// <param name="cancel">Ends it.</param>
    public static Task<bool> IsThereAsync(string host, int port, CancellationToken cancel = default) => DoorCaller.IsThere(host, port, cancel);

    /// <summary>Shows an invite, and completes when this device is in.</summary>
    /// <param name="own">This device.</param>
    /// <param name="host">Where a node of the room listens.</param>
    /// <param name="port">Its port.</param>
    /// <param name="code">The invite.</param>
    /// <param name="name">Whose the device is, where the invite says nothing else; empty: nobody's.</param>
    /// <param name="cancel">Ends it.</param>
    /// <exception cref="RoomException">It is not let in, with the reason.</exception>
    public static Task<Answer> RedeemAsync(Device own, string host, int port, InviteCode code, string name = "", CancellationToken cancel = default) =>
        Ask(new DoorCaller(own, TimeProvider.System).Redeem(host, port, code, name, cancel));

    /// <summary>Asks who belongs together by now, and who is there; the device keeps what it hears (<see cref="RoomSecurity.Learn"/>).</summary>
    /// <param name="security">This device, and its circle as it knows it.</param>
    /// <param name="host">Where a node of the room listens.</param>
    /// <param name="port">Its port.</param>
    /// <param name="cancel">Ends it.</param>
    /// <exception cref="RoomException">It is not told, with the reason; for good, where the device was put out.</exception>
    public static Task<Answer> ListAsync(RoomSecurity security, string host, int port, CancellationToken cancel = default)
    {
        CircleOf(security);
        return Ask(DoorCaller.List(security, host, port, cancel));
    }

    /// <summary>Has a node of this device, in another process, make an invite.</summary>
    /// <param name="security">This device, and its circle as it knows it.</param>
    /// <param name="host">Where the node listens.</param>
    /// <param name="port">Its port.</param>
    /// <param name="code">The invite, which the node does not hear.</param>
    /// <param name="name">Who it is for; empty: anybody.</param>
    /// <param name="uses">How many devices may come in with it.</param>
    /// <param name="lasts">For how long.</param>
    /// <param name="cancel">Ends it.</param>
    /// <exception cref="RoomException">It is not made, with the reason.</exception>
    public static Task<Answer> InviteAsync(RoomSecurity security, string host, int port, InviteCode code, string name, int uses, TimeSpan lasts, CancellationToken cancel = default) =>
        Ask(new DoorCaller(security.Device, TimeProvider.System).Invite(host, port, CircleOf(security), code, name, uses, lasts, cancel));

    /// <summary>Has a node of this device, in another process, take an invite back.</summary>
    /// <param name="security">This device, and its circle as it knows it.</param>
    /// <param name="host">Where the node listens.</param>
    /// <param name="port">Its port.</param>
    /// <param name="invite">Which.</param>
    /// <param name="cancel">Ends it.</param>
    /// <exception cref="RoomException">It is not taken back, with the reason.</exception>
    public static Task<Answer> TakeBackAsync(RoomSecurity security, string host, int port, InviteId invite, CancellationToken cancel = default) =>
        Ask(new DoorCaller(security.Device, TimeProvider.System).TakeBack(host, port, CircleOf(security), invite, cancel));

    private static Circle CircleOf(RoomSecurity security) => security.Circle ?? throw new ArgumentException("it has no circle", nameof(security));

    private static async Task<Answer> Ask(Task<AtDoor> asked)
    {
        try
        {
            var (circle, addresses) = await asked.ConfigureAwait(false);
            return new Answer(circle, addresses);
        }
        catch (DoorException e)
        {
            throw new RoomException(e.Message) { IsForGood = e.PutOut is not null };
        }
    }
}
