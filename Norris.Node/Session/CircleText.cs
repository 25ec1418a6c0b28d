using System.Globalization;
using Norris.Core.Room;

namespace Norris.Node.Session;

/// <summary>What is said of circles in more than one place.</summary>
internal static class CircleText
{
    /// <summary>More addresses than this make a line longer, not better.</summary>
    private const int Addresses = 3;

    public static readonly TimeSpan InviteLasts = TimeSpan.FromDays(1);

    /// <summary>The line that lets somebody in.</summary>
    public static string Line(IEnumerable<string> addresses, InviteCode code) => $"norris join {string.Join(',', addresses.Take(Addresses))}/{code}";

    /// <summary>What whoever hands that line on has to know.</summary>
    public static string About(InviteCode code, string name, TimeProvider time, string takenBackBy) =>
        $"for one device, until {(time.GetUtcNow() + InviteLasts).ToLocalTime().ToString("d MMM HH:mm", CultureInfo.InvariantCulture)}. Whoever has this line can come in: "
        + $"send it where only {(name.Length == 0 ? "the one it is for" : name)} reads. Taken back: {takenBackBy} {code.Id}";

    /// <summary>How a device came in.</summary>
    public static string How(Admission device, Circle circle)
    {
        var on = DateTimeOffset.FromUnixTimeMilliseconds(device.At).ToLocalTime().ToString("d MMM", CultureInfo.InvariantCulture);
        return device.By == device.Device ? $"founded {on}"
            : $"let in by {circle.AdmissionOf(device.By) switch { { Name: { Length: > 0 } name } => name, _ => device.By.Beginning }}, {on}{(device.Invite is { } invite ? $", invite {invite}" : "")}";
    }

    /// <summary>An invite by its code, its beginning or its whole line.</summary>
    public static bool TryRead(string word, out InviteId invite, out string whyNot)
    {
        var code = word[(word.LastIndexOf('/') + 1)..];
        whyNot = $"'{word}' is no invite: it begins with {InviteId.Letters} letters and digits, as in 4mvt";
        return InviteId.TryParse(code[..Math.Min(code.Length, InviteId.Letters)], out invite);
    }
}
