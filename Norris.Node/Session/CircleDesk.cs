using Norris.Actors;
using Norris.Core.Protocol;
using Norris.Core.Room;

namespace Norris.Node.Session;

/// <summary>Does what users want of a room's circle, and says in lines what came of it.</summary>
internal static class CircleDesk
{
    /// <summary>A majority that is there answers at once.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public static async Task<IReadOnlyList<string>> Do(CircleWish wish, NorrisRoom? room, TimeProvider time, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(Patience);
        try
        {
            return room?.Status is not { Circle: { } circle } status ? [room is { Status.IsMember: false } ? "this node is in no room now" : "this room is open to whoever reaches it: there are no devices to let in or to put out"]
                : wish switch
                {
                    CircleWish.Invite it => await Invite(room, status, it.Name, time, limit.Token).ConfigureAwait(false),
                    CircleWish.TakeBack it => await TakeBack(room, it.Code, limit.Token).ConfigureAwait(false),
                    CircleWish.Kick it => await Kick(room, status, circle.Circle, it.Who, limit.Token).ConfigureAwait(false),
                    _ => [.. circle.Circle.Devices.Select(device => Line(device, status, circle.Circle))],
                };
        }
        catch (RoomException e)
        {
            return [e.Message];
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return [$"the room has not answered within {Patience.TotalSeconds:0} s: it may have no majority now"];
        }
    }

    private static async Task<IReadOnlyList<string>> Invite(NorrisRoom room, RoomStatus status, string wanted, TimeProvider time, CancellationToken cancel)
    {
        var name = "";
        if (wanted.Length > 0 && !Names.TryNormalise(wanted, out name, out var whyNot))
        {
            return [whyNot];
        }

        var code = await room.InviteAsync(name, uses: 1, CircleText.InviteLasts, cancel).ConfigureAwait(false);
        return [CircleText.Line(status.Members.OrderByDescending(node => node == status.Self).Select(ChatSession.ShortName), code), CircleText.About(code, name, time, "/uninvite")];
    }

    private static async Task<IReadOnlyList<string>> TakeBack(NorrisRoom room, string code, CancellationToken cancel)
    {
        if (!CircleText.TryRead(code, out var invite, out var whyNot))
        {
            return [whyNot];
        }

        await room.TakeBackAsync(invite, cancel).ConfigureAwait(false);
        return [$"the invite {invite} lets nobody in any more"];
    }

    private static async Task<IReadOnlyList<string>> Kick(NorrisRoom room, RoomStatus status, Circle circle, string who, CancellationToken cancel)
    {
        var wanted = who.Replace("-", "", StringComparison.Ordinal);
        var here = status.Picture.Users.Where(u => u.Name == who).Select(u => status.DeviceOf(u.Node)).OfType<DeviceId>().ToHashSet();
        var found = circle.Devices.Where(d => here.Contains(d.Device) || string.Equals(d.Device.Beginning.Replace("-", "", StringComparison.Ordinal), wanted, StringComparison.OrdinalIgnoreCase)).ToList();
        if (found.Count == 0)
        {
            // Who is not here is known by the name that the device was let in with.
            found = [.. circle.Devices.Where(d => d.Name == who)];
        }

        if (found is not [var device])
        {
            return [found.Count == 0 ? $"there is no device of '{who}': /devices shows which there are" : $"'{who}' has {found.Count} devices: say which, as in /kick {found[0].Device.Beginning}"];
        }

        await room.PutOutAsync(device.Device, cancel).ConfigureAwait(false);
        return [$"the device {device.Device.Beginning} is refused from now on"];
    }

    private static string Line(Admission device, RoomStatus status, Circle circle)
    {
        var users = status.Picture.Users.Where(u => status.DeviceOf(u.Node) == device.Device).Select(u => u.Name).ToList();
        var where = status.Self is { } self && status.DeviceOf(self) == device.Device ? "this device" : status.Members.Any(n => status.DeviceOf(n) == device.Device) ? "here" : "away";
        return $"{device.Device.Beginning}  {(users.Count > 0 ? string.Join(", ", users) : device.Name.Length > 0 ? device.Name : "-")}  {where}  {CircleText.How(device, circle)}";
    }
}
