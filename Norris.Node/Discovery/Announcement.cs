using System.Globalization;
using System.Net;
using Norris.Core.Protocol;
using Norris.Node.Session;

namespace Norris.Node.Discovery;

/// <summary>What a node says of its room in its network (RFC 6763): that it is there, by which address the node goes, and of which circle the room is.</summary>
/// <param name="Label">Names the node in the announcement. Drawn, so that it tells nothing and nobody else has it: then nobody need be asked whether it is free (RFC 6762, 8.1).</param>
/// <param name="At">Where the node is reached.</param>
/// <param name="Mark">The circle's, of today; null: the room is open.</param>
internal sealed record Announcement(string Label, Endpoint At, string? Mark)
{
    public static readonly DnsName Rooms = DnsName.Of(["_norris", "_tcp", "local"])!;

    public const string WireKey = "v";
    public const string CircleKey = "c";

    /// <summary>As RFC 6762, 10 recommends: longer, of what does not hang on where a host is.</summary>
    private const uint LongSeconds = 4500;

    private const uint HostSeconds = 120;

    /// <summary>Who looks for rooms asks this.</summary>
    public static DnsMessage Question { get; } = new(false, [new(Rooms, DnsKind.Ptr)], []);

    /// <summary>Null: others cannot be told such an address, or none of them reaches it.</summary>
    public static Announcement? Of(string label, Endpoint at, string? mark) =>
        IsForOthers(at.Host) && (IPAddress.TryParse(at.Host, out _) || DnsName.Of(at.Host.Split('.')) is not null) ? new(label, at, mark) : null;

    /// <summary>Whether it may be a node's address in a network: not this machine's own, nobody's, or one that is another's on every cable.</summary>
    public static bool IsForOthers(string host) =>
        Endpoints.IsHost(host) && !Endpoints.IsLoopback(host)
        && (!IPAddress.TryParse(host, out var address)
            || !(address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any) || address.Equals(IPAddress.Broadcast) || address.IsIPv6LinkLocal || address.IsIPv6Multicast
                || (address.GetAddressBytes() is [>= 224 and < 240, _, _, _])));

    /// <summary>That the room is there; or that this node is there no longer (RFC 6762, 10.1).</summary>
    public DnsMessage Message(bool isGoodbye = false)
    {
        var own = DnsName.Of([Label, "_norris", "_tcp", "local"])!;
        var address = IPAddress.TryParse(At.Host, out var ip) ? ip : null;

        // Who goes by a name has others look it up where they look up any.
        var host = DnsName.Of(address is null ? At.Host.Split('.') : [Label, "local"])!;
        var (longest, ofHost) = isGoodbye ? (0u, 0u) : (LongSeconds, HostSeconds);
        string[] text = [$"{WireKey}={Limits.WireVersion.ToString(CultureInfo.InvariantCulture)}", .. Mark is null ? (string[])[] : [$"{CircleKey}={Mark}"]];
        return new(
            true,
            [],
            [
                new DnsRecord.Pointer(Rooms, longest, own),
                new DnsRecord.Service(own, ofHost, (ushort)At.Port, host),
                new DnsRecord.Text(own, longest, text),
                .. address is null ? (DnsRecord[])[] : [new DnsRecord.Address(host, ofHost, address)],
            ]);
    }
}
