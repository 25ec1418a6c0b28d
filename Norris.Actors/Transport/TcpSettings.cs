using System.Net;
using Akka.Configuration;

namespace Norris.Actors.Transport;

/// <summary>hocon/wire.hocon, section <c>akka.remote.norris.tcp</c>, and what was put over it.</summary>
/// <param name="Hostname">The address, or a name for it, that the node listens on.</param>
/// <param name="Port">0: any free one.</param>
/// <param name="PublicHostname">What others call the node by; an IPv6 address is in brackets.</param>
/// <param name="PublicPort">0: the port it listens on.</param>
/// <param name="FrameBytes">The largest frame.</param>
/// <param name="Rules">What may come in.</param>
internal sealed record TcpSettings(string Hostname, int Port, string PublicHostname, int PublicPort, int FrameBytes, GateRules Rules)
{
    /// <exception cref="ConfigurationException">A setting has no value that makes sense.</exception>
    public static TcpSettings From(Config config)
    {
        var hostname = config.GetString("hostname");
        var called = config.GetString("public-hostname");
        var port = PortOf(config, "port");
        return hostname is not { Length: > 0 }
            ? throw new ConfigurationException("akka.remote.norris.tcp.hostname is empty: name the address to listen on")
            : new TcpSettings(
                hostname,
                port,
                Bracketed(called is { Length: > 0 } ? called : hostname),
                PortOf(config, "public-port"),
                (int)Math.Min(int.MaxValue / 2, config.GetByteSize("maximum-frame-size") ?? throw new ConfigurationException("akka.remote.norris.tcp.maximum-frame-size is no size")),
                new GateRules(config.GetIntList("also-serializers"), config.GetStringList("also-selections")));
    }

    /// <summary>A host as it stands in addresses of actors.</summary>
    public static string Bracketed(string host) => host.Contains(':', StringComparison.Ordinal) && !host.StartsWith('[') && IPAddress.TryParse(host, out _) ? $"[{host}]" : host;

    private static int PortOf(Config config, string key) => config.GetInt(key) is var port and >= 0 and <= ushort.MaxValue
        ? port
        : throw new ConfigurationException($"akka.remote.norris.tcp.{key} is no port: it is a number from 0 to 65535");
}
