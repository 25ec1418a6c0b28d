using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace Norris.Node.Session;

/// <summary>The addresses of this machine: which one others reach it by, and whether a node may listen on one.</summary>
internal static class OwnAddress
{
    /// <summary>What others can reach this machine by: the first address of its own, of this family, that is for more than one machine or cable.</summary>
    public static string ForOthers(AddressFamily family)
    {
        var own = NetworkInterface.GetAllNetworkInterfaces()
            .Where(i => i.OperationalStatus == OperationalStatus.Up)
            .SelectMany(i => i.GetIPProperties().UnicastAddresses)
            .FirstOrDefault(a => a.Address.AddressFamily == family && !IPAddress.IsLoopback(a.Address) && !a.Address.IsIPv6LinkLocal)?.Address;
        return (own ?? (family == AddressFamily.InterNetwork ? IPAddress.Loopback : IPAddress.IPv6Loopback)).ToString();
    }

    /// <summary>Whether this is an IP address that the machine does not have, or no longer. Of a name nothing is known.</summary>
    public static bool IsNotThere(string host) =>
        IPAddress.TryParse(host, out var address) && TryListen(address, 0) is { SocketErrorCode: SocketError.AddressNotAvailable };

    /// <summary>The command that joins through a node: what listens on loopback is not reached by one elsewhere, and needs an address of this machine.</summary>
    /// <param name="through">The node.</param>
    /// <param name="listensOn">Where this one listens.</param>
    /// <param name="isOpen">Whether the room is; it is said where the usual thing is another.</param>
    public static string JoinCommand(Endpoint through, string listensOn, bool isOpen) =>
        $"norris join {through}{(NeedsAnother(listensOn, through.Host, out var bind) ? $" --bind {bind}" : "")}{Privacy(!Endpoints.IsLoopback(bind), isOpen)}";

    /// <summary>Whether a room is open, where the usual thing is another and it has to be said.</summary>
    /// <param name="isForOthers">Whether the node is (<see cref="NodeSettings.IsForOthers"/>).</param>
    /// <param name="isOpen">Whether the room is.</param>
    public static string Privacy(bool isForOthers, bool isOpen) => isOpen != isForOthers ? "" : isOpen ? " --open" : " --private";

    /// <summary>Whether the node at <paramref name="there"/> cannot call back one that listens here; with the address that it could call.</summary>
    public static bool NeedsAnother(string listensOn, string there, out string bind)
    {
        var needs = Endpoints.IsLoopback(listensOn) & IPAddress.TryParse(there, out var address) && !IPAddress.IsLoopback(address!);
        bind = !needs ? listensOn : IsNotThere(there) ? ForOthers(address!.AddressFamily) : there;
        return needs;
    }

    /// <summary>Throws <see cref="NodeStartException"/>, with what to do, where nothing can listen there.</summary>
    public static void Check(Endpoint listen)
    {
        SocketException? trouble;
        try
        {
            var address = IPAddress.TryParse(listen.Host, out var ip)
                ? ip
                : Dns.GetHostAddresses(listen.Host).FirstOrDefault() ?? throw new SocketException((int)SocketError.HostNotFound);
            trouble = TryListen(address, listen.Port);
        }
        catch (SocketException e)
        {
            trouble = e;
        }

        if (trouble is not null)
        {
            throw new NodeStartException(
                trouble.SocketErrorCode switch
                {
                    SocketError.AccessDenied => $"this account may not listen on port {listen.Port}: choose one from 1024 on with --port",
                    SocketError.AddressAlreadyInUse => $"port {listen.Port} on {listen.Host} is in use: choose another with --port, or --port 0 for any free one",
                    SocketError.AddressNotAvailable => $"cannot listen on {listen.Host}: that is no address of this machine; give one with --bind",
                    _ => $"cannot listen on {listen.Host}: {trouble.Message}; give an address of this machine with --bind",
                },
                trouble)
            {
                IsPortTaken = trouble.SocketErrorCode == SocketError.AddressAlreadyInUse,
            };
        }
    }

    /// <summary>Null: it can be listened there.</summary>
    private static SocketException? TryListen(IPAddress address, int port)
    {
        try
        {
            using var probe = new TcpListener(address, port);
            probe.Start();
            return null;
        }
        catch (SocketException e)
        {
            return e;
        }
    }
}
