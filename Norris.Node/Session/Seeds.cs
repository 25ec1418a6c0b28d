using System.Net.Sockets;

namespace Norris.Node.Session;

/// <summary>The nodes that a room is joined through.</summary>
internal static class Seeds
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(3);

    /// <summary>Looks whether anybody listens at all, so that a wrong address is told at once and in words. Gives the names that the nodes there may go by.</summary>
    public static async Task<IReadOnlyList<Endpoint>> Reach(IReadOnlyCollection<Endpoint> seeds, CancellationToken cancel)
    {
        var reasons = new List<string>();
        var names = new List<Endpoint>();
        var isReached = false;
        foreach (var seed in seeds)
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            limit.CancelAfter(ConnectTimeout);
            try
            {
                var byName = await Endpoints.NamesOf(seed, limit.Token).ConfigureAwait(false);
                names.AddRange(byName);
                if (!isReached)
                {
                    await Connect(byName, limit.Token).ConfigureAwait(false);
                    isReached = true;
                }
            }
            catch (SocketException e)
            {
                reasons.Add($"{seed} ({(e.SocketErrorCode == SocketError.ConnectionRefused ? "nobody listens there" : e.Message)})");
            }
            catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
            {
                reasons.Add($"{seed} (no answer)");
            }
        }

        return isReached
            ? [.. names.Distinct()]
            : throw new NodeStartException($"cannot reach {string.Join(", ", reasons)}: check the address, and that a norris runs there") { IsUnreached = true };
    }

    /// <summary>To the first that accepts; throws what the last one answered.</summary>
    private static async Task Connect(IReadOnlyList<Endpoint> names, CancellationToken cancel)
    {
        for (var i = 0; ; i++)
        {
            try
            {
                using var socket = new TcpClient();
                await socket.ConnectAsync(names[i].Host, names[i].Port, cancel).ConfigureAwait(false);
                return;
            }
            catch (SocketException) when (i < names.Count - 1)
            {
                // The next one.
            }
        }
    }
}
