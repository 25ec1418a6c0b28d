using System.CommandLine;
using Norris.Node.Archive;
using Norris.Node.Session;

namespace Norris.Node.Commands;

/// <summary>What <c>--archive</c> asks for: a store, looked at before the room is.</summary>
/// <param name="IsRefused">It cannot be used and trying again cannot help; the user was told why.</param>
internal sealed record ArchiveOption(IHistoryStore? Store, bool Works, TimeSpan? Keep, bool IsRefused)
{
    /// <summary>For how long the chat waits for a store at its start.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Null: no archive is wanted.</summary>
    public static async Task<ArchiveOption?> Open(Surroundings surroundings, ChatOptions options, ParseResult parsed, CancellationToken cancel)
    {
        var keep = parsed.GetValue(options.ArchiveKeep);
        if (parsed.GetResult(options.Archive) is null or { Implicit: true })
        {
            if (keep is not null)
            {
                surroundings.Tell("--archive-keep changes nothing without --archive");
            }

            return null;
        }

        IHistoryStore? store = null;
        try
        {
            store = (parsed.GetValue(options.Archive) ?? StoreName.Default).Open();
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            limit.CancelAfter(Patience);
            await store.Prepare(limit.Token);
            surroundings.Tell($"this node keeps the log of the room in {store.Place}, and everyone in it is told");
            return new ArchiveOption(store, true, keep, false);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            surroundings.Tell($"archive {store!.Place}: no answer within {Patience.TotalSeconds:0} s; it is tried again while the chat goes on");
        }
        catch (HistoryStoreException e) when (e.MayPass && store is not null)
        {
            surroundings.Tell($"{e.Message}; it is tried again while the chat goes on");
        }
        catch (HistoryStoreException e)
        {
            surroundings.Tell(e.Message);
            if (store is not null)
            {
                await store.DisposeAsync();
            }

            return new ArchiveOption(null, false, keep, true);
        }

        return new ArchiveOption(store, false, keep, false);
    }

    public Recorder Record(IChatSession order, IArchivePort node, TimeProvider time) => new(Store!, Works, order, node, Keep, time);
}
