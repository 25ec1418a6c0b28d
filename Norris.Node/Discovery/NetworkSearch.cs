using System.Net.Sockets;
using Norris.Core.Room;

namespace Norris.Node.Discovery;

/// <summary>Asks the network which rooms are there.</summary>
internal static class NetworkSearch
{
    /// <summary>Asks twice, since a packet may be lost, and who has just told somebody else waits a second.</summary>
    private const int Times = 2;

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(DiscoveryLimits.LookMs);

    /// <param name="listen">Where the node is to listen: it is looked on that interface, of loopback on all.</param>
    /// <param name="circle">One's own; null: there is none.</param>
    /// <param name="time">The time.</param>
    /// <param name="cancel">Ends it.</param>
    /// <exception cref="SocketException">The port cannot be had.</exception>
    public static async Task<FoundRooms> For(string listen, CircleId? circle, TimeProvider time, CancellationToken cancel)
    {
        var found = new FoundRooms(circle is { } id ? CircleMark.About(id, time.GetUtcNow()) : []);
        using var port = MulticastPort.Open(listen);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var gate = new Lock();
        var listening = port.Listen(Hear, over.Token);
        for (var i = 0; i < Times; i++)
        {
            port.Send(Announcement.Question);
            await Task.Delay(Look / Times, time, over.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await over.CancelAsync().ConfigureAwait(false);
        await listening.ConfigureAwait(false);
        cancel.ThrowIfCancellationRequested();
        return found;

        void Hear(DnsMessage message)
        {
            lock (gate)
            {
                foreach (var room in FoundRoom.In(message))
                {
                    found.Add(room);
                }
            }
        }
    }
}
