using Norris.Actors;
using Norris.Core.Protocol;
using Norris.Core.Room;

namespace Norris.Node.Session;

/// <summary>Does what users want of a room's circle, and says what came of it.</summary>
internal static class CircleDesk
{
    private const int Addresses = 3;

    private static readonly TimeSpan InviteLasts = TimeSpan.FromDays(1);

    /// <summary>A majority that is there answers at once.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public static async Task<CircleAnswer> Do(CircleWish wish, NorrisRoom? room, TimeProvider time, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(Patience);
        try
        {
            return room?.Status is not { Circle: { } circle } status
                ? room is { Status.IsMember: false }
                    ? new CircleAnswer.Refused("this node is in no room now", ForNow: true)
                    : new CircleAnswer.Refused("this room is open to whoever reaches it: there are no devices to let in or to put out")
                : wish switch
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
            return new CircleAnswer.Refused($"the room has not answered within {Patience.TotalSeconds:0} s: it may have no majority now", ForNow: true);
        }
    }

    private static async Task<CircleAnswer> Invite(NorrisRoom room, RoomStatus status, string wanted, TimeProvider time, CancellationToken cancel)
    {
        var name = "";
        if (wanted.Length > 0 && !Names.TryNormalise(wanted, out name, out var whyNot))
        {
            return new CircleAnswer.Refused(whyNot);
        }

        var code = await room.InviteAsync(name, uses: 1, InviteLasts, cancel).ConfigureAwait(false);
        var at = status.Members.OrderByDescending(node => node == status.Self).Take(Addresses).Select(ChatSession.ShortName);
        return new CircleAnswer.Invited($"norris join {string.Join(',', at)}/{code}", code.Id.ToString(), name, time.GetUtcNow() + InviteLasts);
    }

    private static async Task<CircleAnswer> TakeBack(NorrisRoom room, string code, CancellationToken cancel)
    {
        // A whole line will do, too.
        var word = code[(code.LastIndexOf('/') + 1)..];
        if (!InviteId.TryParse(word[..Math.Min(word.Length, InviteId.Letters)], out var invite))
        {
            return new CircleAnswer.Refused($"'{code}' is no invite: it begins with {InviteId.Letters} letters and digits, as in 4mvt");
        }

        await room.TakeBackAsync(invite, cancel).ConfigureAwait(false);
        return new CircleAnswer.Done($"the invite {invite} lets nobody in any more");
    }

    private static async Task<CircleAnswer> Kick(NorrisRoom room, RoomStatus status, Circle circle, string who, CancellationToken cancel)
    {
        var wanted = who.Replace("-", "", StringComparison.Ordinal);
        var found = circle.Devices.Where(d => string.Equals(d.Device.Beginning.Replace("-", "", StringComparison.Ordinal), wanted, StringComparison.OrdinalIgnoreCase)).ToList();
        if (found.Count == 0)
        {
            var here = status.Picture.Users.Where(u => u.Name == who).Select(u => status.DeviceOf(u.Node)).OfType<DeviceId>().ToHashSet();
            found = [.. circle.Devices.Where(d => here.Contains(d.Device))];
        }

        if (found.Count == 0)
        {
            // Who is not here is known by the name that the device was let in with.
            found = [.. circle.Devices.Where(d => d.Name == who)];
        }

        if (found is not [var device])
        {
            return new CircleAnswer.Refused(found.Count == 0 ? $"there is no device of '{who}': /devices shows which there are" : $"'{who}' has {found.Count} devices: say which, as in /kick {found[0].Device.Beginning}");
        }

        await room.PutOutAsync(device.Device, cancel).ConfigureAwait(false);
        return new CircleAnswer.Done($"the device {device.Device.Beginning} is refused from now on");
    }

    private static DeviceView View(Admission device, RoomStatus status, Circle circle) => new(
        device.Device.Beginning,
        device.Name,
        [.. status.Picture.Users.Where(u => status.DeviceOf(u.Node) == device.Device).Select(u => u.Name)],
        status.Self is { } self && status.DeviceOf(self) == device.Device ? DevicePlace.Own : status.Members.Any(n => status.DeviceOf(n) == device.Device) ? DevicePlace.Here : DevicePlace.Away,
        device.By == device.Device ? "" : circle.AdmissionOf(device.By) is { Name: { Length: > 0 } name } ? name : device.By.Beginning,
        DateTimeOffset.FromUnixTimeMilliseconds(device.At),
        device.Invite?.ToString() ?? "");
}
