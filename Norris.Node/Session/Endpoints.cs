using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Norris.Node.Session;

/// <summary>Addresses as people write them.</summary>
public static class Endpoints
{
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

        endpoint = new Endpoint(host, number);
        whyNot = "";
        return true;
    }

    /// <summary>Whether this is an IP address or has the form of a host name. An IPv6 address comes without brackets.</summary>
    public static bool IsHost(string host) => Uri.CheckHostName(host) is UriHostNameType.Dns or UriHostNameType.IPv4 or UriHostNameType.IPv6;

    /// <summary>Whether only this machine can reach what listens there.</summary>
    public static bool IsLoopback(string host) =>
        string.Equals(host, "localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));

    private static bool IsIPv6(string text) => IPAddress.TryParse(text, out var address) && address.AddressFamily == AddressFamily.InterNetworkV6;
}
