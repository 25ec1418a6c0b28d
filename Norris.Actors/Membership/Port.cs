using System.Net.Sockets;
using Akka.Actor;

namespace Norris.Actors.Membership;

/// <summary>Whether anybody listens at an address. When a process is gone, its kernel refuses; who hangs or is cut off does not.</summary>
internal static class Port
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    public enum Answer
    {
        Silence,
        Refused,
        Accepted,
    }

    public static async Task<Answer> Try(Address address)
    {
        using var socket = new TcpClient();
        using var limit = new CancellationTokenSource(Patience);
        try
        {
            await socket.ConnectAsync(address.Host!, address.Port!.Value, limit.Token).ConfigureAwait(false);
            return Answer.Accepted;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode == SocketError.ConnectionRefused ? Answer.Refused : Answer.Silence;
        }
        catch (OperationCanceledException)
        {
            return Answer.Silence;
        }
    }
}
