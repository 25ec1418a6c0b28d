using Norris.Node.Session;

namespace Norris.Tests.Session;

/// <summary>Who belongs to a <see cref="FakeRoom"/>, as one node answers its user: ada's device is its own. One invite at a time.</summary>
internal sealed class FakeCircle(FakeRoom room)
{
    public const string Code = "4mvt-9c2k-qx7a-h3dr-w8zn-p6ye-1k4t";
    private const string Own = "7QK4-M2ZX";
    private const string Invite = "4mvt";

    private static readonly DateTimeOffset Noon = new(2026, 11, 25, 12, 0, 0, TimeSpan.Zero);

    private readonly List<DeviceView> _devices = [new(Own, "ada", ["ada"], DevicePlace.Own, "", Noon, "")];

    public static CircleAnswer IsOpen { get; } = new CircleAnswer.Refused("this room is open to whoever reaches it");

    /// <summary>Where it is set, the room does not answer.</summary>
    public bool IsCutOff { get; set; }

    public CircleAnswer Do(CircleWish wish)
    {
        lock (_devices)
        {
            switch (wish)
            {
                case CircleWish.Devices:
                    return new CircleAnswer.Devices([.. _devices]);
                case not null when IsCutOff:
                    return new CircleAnswer.Refused("the room has not answered", ForNow: true);
                case CircleWish.Invite it:
                    room.TellOfCircle(CircleChange.Invited, "", Own, it.Name, Invite);
                    return new CircleAnswer.Invited($"norris join 192.168.1.7:4053/{Code}", Invite, it.Name, Noon.AddDays(1));
                case CircleWish.TakeBack it when it.Code.Contains(Invite, StringComparison.Ordinal):
                    room.TellOfCircle(CircleChange.TakenBack, "", Own, "", Invite);
                    return new CircleAnswer.Done($"the invite {Invite} lets nobody in any more");
                case CircleWish.Kick it when _devices.Find(d => d.Id == it.Who || d.Name == it.Who) is { } device:
                    _devices.Remove(device);
                    room.TellOfCircle(CircleChange.PutOut, device.Id, Own, device.Name, "");
                    return new CircleAnswer.Done($"the device {device.Id} is refused from now on");
                default:
                    return new CircleAnswer.Refused($"there is nothing to do for {wish}");
            }
        }
    }

    /// <summary>A device comes in with the invite.</summary>
    public void LetIn(string device, string name, params string[] users)
    {
        lock (_devices)
        {
            _devices.Add(new(device, name, users, users.Length > 0 ? DevicePlace.Here : DevicePlace.Away, "ada", Noon, Invite));
            room.TellOfCircle(CircleChange.Admitted, device, Own, name, Invite);
        }
    }
}
