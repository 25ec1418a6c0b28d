using Norris.Actors;
using Norris.Core.Protocol;
using Norris.Core.Room;

namespace Norris.Node.Session;

/// <summary>Does what users want of a room's circle, and says what came of it.</summary>
internal static class CircleDesk
{
    /// <summary>A majority that is there answers at once.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public static async Task<CircleAnswer> Do(CircleWish wish, NorrisRoom? room, GuestLinks guests, TimeProvider time, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(Patience);
        try
        {
            return room?.Status is not { Circle: { } circle } status
                ? room is { Status.IsMember: false }
                    ? new CircleAnswer.Refused("this node is in no room now", ForNow: true)
                    : new CircleAnswer.Refused("this room is open to whoever reaches it: there are no devices to let in or to put out")
                : guests.Answer(wish) ?? wish switch
                {
                    CircleWish.Invite it => await Invite(room, status, it.Name, time, limit.Token).ConfigureAwait(false),
                    CircleWish.TakeBack it => await TakeBack(room, it.Code, limit.Token).ConfigureAwait(false),
                    CircleWish.Kick it => await Kick(room, status, circle.Circle, it.Who, limit.Token).ConfigureAwait(false),
                    _ => new CircleAnswer.Devices([.. circle.Circle.Devices.Select(device => View(device, status, circle.Circle))]),
                };
        }
        catch (RoomException e)
        {
            return new CircleAnswer.Refused(e.Message);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return new CircleAnswer.Refused($"the room has not answered within {Patience.TotalSeconds:0} s: it may have no majority now, and do it all the same when it has one", ForNow: true);
        }
    }

    private static async Task<CircleAnswer> Invite(NorrisRoom room, RoomStatus status, string wanted, TimeProvider time, CancellationToken cancel)
    {
        var name = "";
        if (wanted.Length > 0 && !Names.TryNormalise(wanted, out name, out var whyNot))
        {
            return new CircleAnswer.Refused(whyNot);
        }

        var code = await room.InviteAsync(name, uses: 1, CircleAnswer.Invited.Lasts, cancel).ConfigureAwait(false);
        var at = status.Members.OrderByDescending(node => node == status.Self).Select(ChatSession.ShortName);
        return CircleAnswer.Invited.Of(at, code, name, time);
    }

    private static async Task<CircleAnswer> TakeBack(NorrisRoom room, string code, CancellationToken cancel)
    {
        if (!InviteWord.TryRead(code, out var invite, out var whyNot))
        {
            return new CircleAnswer.Refused(whyNot);
        }

        await room.TakeBackAsync(invite, cancel).ConfigureAwait(false);
        return new CircleAnswer.Done($"the invite {invite} lets nobody in any more");
    }

    private static async Task<CircleAnswer> Kick(NorrisRoom room, RoomStatus status, Circle circle, string who, CancellationToken cancel)
    {
        var wanted = who.Replace("-", "", StringComparison.Ordinal);
        var found = circle.Devices.Where(d => DeviceId.TryParse(who, out var whole) ? d.Device == whole : string.Equals(d.Device.Beginning.Replace("-", "", StringComparison.Ordinal), wanted, StringComparison.OrdinalIgnoreCase)).ToList();
        if (found.Count == 0)
        {
            // Who is not here is known by the name that the device was let in with; somebody else may go by that now.
            var here = status.Picture.Users.Where(u => u.Name == who).Select(u => status.DeviceOf(u.Node)).OfType<DeviceId>().ToHashSet();
            found = [.. circle.Devices.Where(d => here.Contains(d.Device) || d.Name == who)];
            if (found is [var one] && here.Contains(one.Device) && status.Picture.Users.Where(u => u.Name != who && status.DeviceOf(u.Node) == one.Device).Select(u => u.Name).ToList() is { Count: > 0 } others)
            {
                // A guest of a page has no device of its own.
                return new CircleAnswer.Refused($"'{who}' is on one device with {string.Join(", ", others)}: /kick {one.Device.Beginning} puts out all of them");
            }
        }

        if (found is not [var device])
        {
            return new CircleAnswer.Refused(found.Count == 0 ? $"there is no device of '{who}': /devices shows which there are" : $"'{who}' may be one of {found.Count} devices ({string.Join(", ", found.Select(d => d.Device.Beginning))}): say which, as in /kick {found[0].Device.Beginning}; /devices shows them");
        }

        await room.PutOutAsync(device.Device, cancel).ConfigureAwait(false);
        return new CircleAnswer.Done($"the device {device.Device.Beginning} is refused from now on");
    }

    private static DeviceView View(Admission device, RoomStatus status, Circle circle) => DeviceView.Of(
        device,
        circle,
        [.. status.Picture.Users.Where(u => status.DeviceOf(u.Node) == device.Device).Select(u => u.Name)],
        status.Self is { } self && status.DeviceOf(self) == device.Device ? DevicePlace.Own : status.Members.Any(n => status.DeviceOf(n) == device.Device) ? DevicePlace.Here : DevicePlace.Away);
}
