using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Norris.Node.Session;

/// <summary>Addresses as people write them.</summary>
public static class Endpoints
{
    /// <summary>A name may have very many addresses; so many are tried.</summary>
    private const int AddressesOfAName = 8;

    /// <summary>Reads <c>HOST</c>, <c>HOST:PORT</c>, <c>[IPV6]</c>, <c>[IPV6]:PORT</c> or a bare IPv6 address; or says why it is none.</summary>
    public static bool TryParse(string text, out Endpoint endpoint, out string whyNot)
    {
        endpoint = new Endpoint("", 0);
        var host = text;
        var port = "";
        if (text.StartsWith('[') && text.IndexOf(']', StringComparison.Ordinal) is var end and > 0)
        {
            host = text[1..end];
            port = text[(end + 1)..];
            if (!IsIPv6(host) || port.Length > 0 && port[0] != ':')
            {
                whyNot = $"'{text}' is no address; an IPv6 address is written as [::1] or [::1]:{Endpoint.DefaultPort}";
                return false;
            }
        }
        else if (!IsIPv6(text) && text.IndexOf(':', StringComparison.Ordinal) is var colon and >= 0)
        {
            host = text[..colon];
            port = text[colon..];
        }

        if (!IsHost(host))
        {
            whyNot = $"'{text}' is no address; write HOST or HOST:PORT, as in 192.168.1.7 or chat.example:{Endpoint.DefaultPort}";
            return false;
        }

        var number = Endpoint.DefaultPort;
        if (port.Length > 0 && (!int.TryParse(port.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out number) || number is < 1 or > 65535))
        {
            whyNot = $"'{text}' has no valid port; a port is a number from 1 to 65535";
            return false;
        }

        endpoint = new Endpoint(Canonical(host), number);
        whyNot = "";
        return true;
    }

    /// <summary>Whether this is an IP address or has the form of a host name. An IPv6 address comes without brackets.</summary>
    public static bool IsHost(string host) => Uri.CheckHostName(host) is UriHostNameType.Dns or UriHostNameType.IPv4 or UriHostNameType.IPv6;

    /// <summary>
    /// The one form of an IP address in which nodes know each other: 127.1, [::ffff:127.0.0.1] and [0:0:0:0:0:0:0:1] are 127.0.0.1, 127.0.0.1 and
    /// ::1. Without brackets; a name stays as it is.
    /// </summary>
    public static string Canonical(string host)
    {
        var bare = host is ['[', .., ']'] ? host[1..^1] : host;
        return IPAddress.TryParse(bare, out var address) ? (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString() : bare;
    }

    /// <summary>
    /// By which names the node at an address may go: as it was written, and by the IP addresses of a name. A node hears only those who call it
    /// by the name that it was started with. Throws <see cref="SocketException"/> where there is no such name.
    /// </summary>
    public static async Task<IReadOnlyList<Endpoint>> NamesOf(Endpoint endpoint, CancellationToken cancel)
    {
        if (IPAddress.TryParse(endpoint.Host, out _))
        {
            return [endpoint];
        }

        // No node goes by 'localhost': every machine does.
        if (IsLocalhost(endpoint.Host))
        {
            return [endpoint with { Host = IPAddress.Loopback.ToString() }, endpoint with { Host = IPAddress.IPv6Loopback.ToString() }];
        }

        var addresses = await Dns.GetHostAddressesAsync(endpoint.Host, cancel).ConfigureAwait(false);
        return [endpoint, .. addresses.Select(a => endpoint with { Host = Canonical(a.ToString()) }).Distinct().Take(AddressesOfAName)];
    }

    /// <summary>Whether only this machine can reach what listens there.</summary>
    public static bool IsLoopback(string host) =>
        IsLocalhost(host) || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));

    public static bool IsLocalhost(string host) => string.Equals(host, "localhost", StringComparison.OrdinalIgnoreCase);

    private static bool IsIPv6(string text) => IPAddress.TryParse(text, out var address) && address.AddressFamily == AddressFamily.InterNetworkV6;
}
