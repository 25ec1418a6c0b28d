using System.Net.Sockets;
using Norris.Actors;
using Norris.Actors.Devices;

namespace Norris.Node.Session;

/// <summary>The nodes that a room is joined through.</summary>
internal static class Seeds
{
    /// <summary>One that knows is enough, and most of many may be gone.</summary>
    private const int MostDoors = 16;

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

    /// <summary>
    /// In a room for certain devices a node asks before it joins who came while it was away, since it takes them for strangers until then, and where nodes are by now.
    /// </summary>
    /// <exception cref="NodeStartException">This device was put out.</exception>
    public static async Task<IReadOnlyList<Endpoint>> AskDoors(RoomSecurity security, IReadOnlyList<Endpoint> names, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(ConnectTimeout);
        var answers = await Task.WhenAll(names.Take(MostDoors).Select(async door =>
        {
            try
            {
                return await RoomDoor.ListAsync(security, door.Host, door.Port, limit.Token).ConfigureAwait(false);
            }
            catch (RoomException e) when (e.IsForGood)
            {
                throw new NodeStartException(e.Message, e) { IsForGood = true };
            }
            catch (Exception e) when (e is RoomException || (e is OperationCanceledException && !cancel.IsCancellationRequested))
            {
                return null;
            }
        })).ConfigureAwait(false);
        return [.. answers.OfType<RoomDoor.Answer>().SelectMany(a => a.Addresses).Select(a => Endpoints.TryParse(a, out var node, out _) ? node : null).OfType<Endpoint>().Distinct()];
    }

    /// <summary>One of the seeds at which there is a room for certain devices; null: there is none.</summary>
    public static async Task<Endpoint?> FindDoor(IReadOnlyList<Endpoint> seeds, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(ConnectTimeout);
        await foreach (var asked in Task.WhenEach(seeds.Take(MostDoors).Select(async seed => (Seed: seed, Is: await RoomDoor.IsThereAsync(seed.Host, seed.Port, limit.Token).ConfigureAwait(false)))).ConfigureAwait(false))
        {
            if (asked.IsCompletedSuccessfully && asked.Result.Is)
            {
                await limit.CancelAsync().ConfigureAwait(false);
                return asked.Result.Seed;
            }
        }

        return null;
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
