using Norris.Node.Session;
using ZXing;
using ZXing.QrCode;

namespace Norris.Node.Web;

// What goes over HTTP about a room's circle: who belongs together.

/// <summary>A device that is in.</summary>
/// <param name="Id">How its id begins, as in 7QK4-M2ZX.</param>
/// <param name="Name">Whose it was when it was let in; empty: nobody's.</param>
/// <param name="Users">Who is on it now, by name.</param>
/// <param name="Place">own (this node's), here or away.</param>
/// <param name="By">Who let it in, by name, or the device that did; empty: it founded the circle.</param>
/// <param name="At">When it was let in.</param>
/// <param name="Invite">How the invite begins that it came in with; empty: none.</param>
public sealed record DeviceJson(string Id, string Name, IReadOnlyList<string> Users, string Place, string By, DateTimeOffset At, string Invite)
{
    internal static DeviceJson Of(DeviceView device) => new(
        device.Id,
        device.Name,
        device.Users,
        device.Place switch { DevicePlace.Own => "own", DevicePlace.Here => "here", _ => "away" },
        device.By,
        device.At,
        device.Invite);
}

/// <param name="Name">Who it is for; empty or absent: anybody.</param>
public sealed record InviteForJson(string? Name);

/// <summary>An invite for one device, or a link for one guest's browser. Whoever has the line can come in.</summary>
/// <param name="Line">What to run where the device is; what the browser opens.</param>
/// <param name="Id">How its code begins: by this it is named in the order, and taken back.</param>
/// <param name="Name">Who it is for; empty: anybody.</param>
/// <param name="Until">Until when it holds.</param>
/// <param name="Qr">The line as a QR code: its rows, from above, 1 where it is dark, with the margin that readers of it need.</param>
public sealed record InviteJson(string Line, string Id, string Name, DateTimeOffset Until, IReadOnlyList<string> Qr)
{
    internal static InviteJson Of(CircleAnswer.Invited made) => new(made.Line, made.Id, made.Name, made.Until, QrOf(made.Line));

    private static IReadOnlyList<string> QrOf(string text)
    {
        var code = new QRCodeWriter().encode(text, BarcodeFormat.QR_CODE, 0, 0);
        return [.. Enumerable.Range(0, code.Height).Select(y => string.Concat(Enumerable.Range(0, code.Width).Select(x => code[x, y] ? '1' : '0')))];
    }
}
