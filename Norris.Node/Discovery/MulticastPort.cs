using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Norris.Node.Session;

namespace Norris.Node.Discovery;

/// <summary>
/// The port of multicast DNS, on some interfaces of this machine, over IPv4 and IPv6 as far as it has them. Several programs have it together (RFC 6762, 15): what is sent to all is heard by all.
/// </summary>
internal sealed class MulticastPort : IDisposable
{
    public const int Number = 5353;

    /// <summary>What is sent goes no further than the cable all the same; who has this number has it from there (RFC 6762, 11).</summary>
    private const int Hops = 255;

    private static readonly TimeSpan PauseAfterTrouble = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly List<(Socket Socket, IPAddress Group, IReadOnlyList<int> Interfaces)> _sockets = [];

    private MulticastPort()
    {
    }

    /// <summary>On the interface that has an address of this machine; of any address, and of loopback, which has no network, on all that are up.</summary>
    /// <exception cref="SocketException">It cannot be had.</exception>
    public static MulticastPort Open(string host)
    {
        List<int> interfaces;
        try
        {
            interfaces = InterfacesOf(host);
        }
        catch (NetworkInformationException e)
        {
            throw new SocketException(e.ErrorCode);
        }

        if (interfaces.Count == 0)
        {
            throw new SocketException((int)SocketError.NetworkDown);
        }

        var port = new MulticastPort();
        SocketException? trouble = null;
        foreach (var group in (IPAddress[])[IPAddress.Parse("224.0.0.251"), IPAddress.Parse("ff02::fb")])
        {
            var socket = new Socket(group.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            try
            {
                port._sockets.Add((socket, group, Join(socket, group, interfaces)));
            }
            catch (SocketException e)
            {
                socket.Dispose();
                trouble ??= e;
            }
        }

        return port._sockets.Count > 0 ? port : throw trouble!;
    }

    /// <summary>To all who listen. Where there is no way just then, it is as lost as any packet may be.</summary>
    public void Send(DnsMessage message)
    {
        var packet = message.Write();
        lock (_gate)
        {
            foreach (var (socket, group, interfaces) in _sockets)
            {
                foreach (var index in interfaces)
                {
                    try
                    {
                        Choose(socket, group, index);
                        socket.SendTo(packet, EndOf(group, index));
                    }
                    catch (SocketException)
                    {
                        // The next one: a cable that is out has no way to anywhere.
                    }
                }
            }
        }
    }

    /// <summary>Hands on what others send, one after the other, until it is cancelled.</summary>
    public Task Listen(Action<DnsMessage> hear, CancellationToken over) =>
        Task.WhenAll(_sockets.Select(s => Listen(s.Socket, s.Group, s.Interfaces, hear, over)));

    public void Dispose() => _sockets.ForEach(s => s.Socket.Dispose());

    private static async Task Listen(Socket socket, IPAddress group, IReadOnlyList<int> interfaces, Action<DnsMessage> hear, CancellationToken over)
    {
        // A longer one shows by the byte too many.
        var buffer = new byte[DiscoveryLimits.PacketBytes + 1];
        EndPoint anybody = new IPEndPoint(group.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any, 0);
        while (!over.IsCancellationRequested)
        {
            try
            {
                var got = await socket.ReceiveMessageFromAsync(buffer, SocketFlags.None, anybody, over).ConfigureAwait(false);

                // What was sent to all comes from this cable, and no other program than such a one may answer (RFC 6762, 6 and 11). One that asks from elsewhere wants an answer of its own, and gets none.
                if (IsGroup(got.PacketInformation.Address, group) && interfaces.Contains(got.PacketInformation.Interface)
                    && got.RemoteEndPoint is IPEndPoint { Port: Number } && DnsMessage.Read(buffer.AsSpan(0, got.ReceivedBytes)) is { } message)
                {
                    hear(message);
                }
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(PauseAfterTrouble, over).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>On which of the interfaces this is so now.</summary>
    private static List<int> Join(Socket socket, IPAddress group, IReadOnlyList<int> interfaces)
    {
        var isOld = group.AddressFamily == AddressFamily.InterNetwork;
        var level = isOld ? SocketOptionLevel.IP : SocketOptionLevel.IPv6;
        if (!isOld)
        {
            socket.DualMode = false;
        }

        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        socket.SetSocketOption(level, SocketOptionName.PacketInformation, true);
        socket.SetSocketOption(level, SocketOptionName.MulticastTimeToLive, Hops);
        socket.Bind(new IPEndPoint(isOld ? IPAddress.Any : IPAddress.IPv6Any, Number));
        var joined = new List<int>();
        SocketException? trouble = null;
        foreach (var index in interfaces)
        {
            try
            {
                socket.SetSocketOption(level, SocketOptionName.AddMembership, isOld ? new MulticastOption(group, index) : new IPv6MulticastOption(group, index));
                joined.Add(index);
            }
            catch (SocketException e)
            {
                trouble = e;
            }
        }

        return joined.Count > 0 ? joined : throw trouble!;
    }

    private static void Choose(Socket socket, IPAddress group, int index)
    {
        if (group.AddressFamily == AddressFamily.InterNetwork)
        {
            socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.MulticastInterface, IPAddress.HostToNetworkOrder(index));
        }
        else
        {
            socket.SetSocketOption(SocketOptionLevel.IPv6, SocketOptionName.MulticastInterface, index);
        }
    }

    private static IPEndPoint EndOf(IPAddress group, int index) =>
        new(group.AddressFamily == AddressFamily.InterNetwork ? group : new IPAddress(group.GetAddressBytes(), index), Number);

    private static bool IsGroup(IPAddress to, IPAddress group) => to.GetAddressBytes().AsSpan().SequenceEqual(group.GetAddressBytes());

    private static List<int> InterfacesOf(string host)
    {
        var own = IPAddress.TryParse(host, out var ip) ? [ip] : Dns.GetHostAddresses(host);
        var isAny = own.Any(a => IPAddress.IsLoopback(a) || a.Equals(IPAddress.Any) || a.Equals(IPAddress.IPv6Any));
        return
        [
            .. NetworkInterface.GetAllNetworkInterfaces()
                .Where(i => i.OperationalStatus == OperationalStatus.Up && i.SupportsMulticast && i.NetworkInterfaceType != NetworkInterfaceType.Loopback)
                .Where(i => i.GetIPProperties().UnicastAddresses.Any(a => isAny ? Announcement.IsForOthers(a.Address.ToString()) : own.Contains(a.Address)))
                .Select(IndexOf).Distinct().Take(DiscoveryLimits.Interfaces),
        ];
    }

    private static int IndexOf(NetworkInterface one) =>
        one.Supports(NetworkInterfaceComponent.IPv4) ? one.GetIPProperties().GetIPv4Properties().Index : one.GetIPProperties().GetIPv6Properties().Index;
}
