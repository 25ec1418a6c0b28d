using System.Net.Sockets;
using System.Text;
using Norris.Node.Session;

namespace Norris.Node.Commands;

/// <summary>Tells systemd how this service is, as a unit of <c>Type=notify</c> does; nothing where nobody has asked.</summary>
/// <param name="socket">The path of a datagram socket; after <c>@</c>, a name without a file. Null: nobody has asked.</param>
internal sealed class ServiceManager(string? socket)
{
    private volatile bool _isStopping;

    public static ServiceManager OfThisProcess() => new(Environment.GetEnvironmentVariable("NOTIFY_SOCKET"));

    /// <summary>It runs, and this is what it does now. What is started after it need not wait any longer.</summary>
    public void IsUp(string status)
    {
        if (!_isStopping)
        {
            Send($"READY=1\nSTATUS={SafeText.OneLine(status)}");
        }
    }

    /// <summary>It ends by its own will, or is about to.</summary>
    public void IsStopping()
    {
        _isStopping = true;
        Send("STOPPING=1");
    }

    private void Send(string state)
    {
        if (socket is not ['/' or '@', .. var name])
        {
            return;
        }

        try
        {
            using var to = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
            to.SendTo(Encoding.UTF8.GetBytes(state), new UnixDomainSocketEndPoint(socket[0] == '@' ? $"\0{name}" : socket));
        }
        catch (SocketException)
        {
            // The chat is worth more. systemd says itself that it has heard nothing.
        }
    }
}
