using System.Globalization;
using Norris.Core.Room;

namespace Norris.Node.Session;

/// <summary>What came of a user's wish about the room's circle: what is so, for screens that draw it, and the lines that say it. A closed set.</summary>
public abstract record CircleAnswer
{
    private CircleAnswer()
    {
    }

    /// <summary>Where the user runs no node: a guest's.</summary>
    public static Refused NotHere { get; } = new("only who runs a node of the room may say that, there");

    /// <summary>It in words, for people.</summary>
    public abstract IReadOnlyList<string> Lines { get; }

    /// <summary>There is an invite.</summary>
    /// <param name="Line">What to run where the device is, or what the guest's browser opens; whoever has it can come in.</param>
    /// <param name="Id">How its code begins.</param>
    /// <param name="Name">Who it is for; empty: anybody.</param>
    /// <param name="Until">Until when it holds.</param>
    public sealed record Invited(string Line, string Id, string Name, DateTimeOffset Until) : CircleAnswer
    {
        /// <summary>How long one holds that people make.</summary>
        public static readonly TimeSpan Lasts = TimeSpan.FromDays(1);

        /// <summary>It is for a guest's browser; otherwise for a device.</summary>
        public bool IsForGuest { get; init; }

        /// <summary>More make a line longer, not better.</summary>
        private const int Addresses = 3;

        public override IReadOnlyList<string> Lines => [Line, About("/uninvite")];

        public static Invited Of(IEnumerable<string> addresses, InviteCode code, string name, TimeProvider time) =>
            new($"norris join {string.Join(',', addresses.Take(Addresses))}/{code}", code.Id.ToString(), name, time.GetUtcNow() + Lasts);

        /// <summary>What whoever hands the line on has to know.</summary>
        /// <param name="takenBackBy">The command that takes it back.</param>
        public string About(string takenBackBy) => $"for one {(IsForGuest ? "browser, whose user is a guest of this node" : "device")}, until {Date(Until, "d MMM HH:mm")}. Whoever has this line can come in: "
            + $"send it where only {(Name.Length == 0 ? "the one it is for" : Name)} reads. Taken back: {takenBackBy} {Id}";
    }

    /// <summary>These devices are in.</summary>
    public sealed record Devices(IReadOnlyList<DeviceView> All) : CircleAnswer
    {
        public override IReadOnlyList<string> Lines => [.. All.Select(Line)];

        private static string Line(DeviceView device)
        {
            var where = device.Place switch { DevicePlace.Own => "  this device", DevicePlace.Here => "  here", DevicePlace.Away => "  away", _ => "" };
            var on = Date(device.At, "d MMM");
            var how = device.By.Length == 0 ? $"founded {on}" : $"let in by {device.By}, {on}{(device.Invite.Length > 0 ? $", invite {device.Invite}" : "")}";
            return $"{device.Id}  {(device.Users.Count > 0 ? string.Join(", ", device.Users) : device.Name.Length > 0 ? device.Name : "-")}{where}  {how}";
        }
    }

    /// <summary>It is so now.</summary>
    public sealed record Done(string What) : CircleAnswer
    {
        public override IReadOnlyList<string> Lines => [What];
    }

    /// <summary>Nothing came of it.</summary>
    /// <param name="Why">For people.</param>
    /// <param name="ForNow">It may be asked for again.</param>
    public sealed record Refused(string Why, bool ForNow = false) : CircleAnswer
    {
        public override IReadOnlyList<string> Lines => [Why];
    }

    private static string Date(DateTimeOffset at, string form) => at.ToLocalTime().ToString(form, CultureInfo.InvariantCulture);
}

/// <summary>Where a device of the circle is: <c>Own</c> is the one that is asked, and of <c>Unknown</c> no node was asked.</summary>
public enum DevicePlace
{
    Own,
    Here,
    Away,
    Unknown,
}

/// <summary>A device of the circle.</summary>
/// <param name="Id">How its id begins, as in 7QK4-M2ZX.</param>
/// <param name="Name">Whose it was when it was let in; empty: nobody's.</param>
/// <param name="Users">Who is on it now.</param>
/// <param name="By">Who let it in, by name, or the device that did; empty: it founded the circle.</param>
/// <param name="Invite">The invite that it came in with; empty: none.</param>
public sealed record DeviceView(string Id, string Name, IReadOnlyList<string> Users, DevicePlace Place, string By, DateTimeOffset At, string Invite)
{
    public static DeviceView Of(Admission device, Circle circle, IReadOnlyList<string> users, DevicePlace place) => new(
        device.Device.Beginning,
        device.Name,
        users,
        place,
        device.By == device.Device ? "" : circle.AdmissionOf(device.By) is { Name: { Length: > 0 } name } ? name : device.By.Beginning,
        DateTimeOffset.FromUnixTimeMilliseconds(device.At),
        device.Invite?.ToString() ?? "");
}
