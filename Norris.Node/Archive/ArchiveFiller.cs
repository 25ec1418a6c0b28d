using Norris.Actors.History;
using Norris.Actors.Protocol;
using Norris.Node.Session;

namespace Norris.Node.Archive;

/// <summary>
/// Fills an archive's gaps from the room's other archives, page by page; what each of them says it does not have becomes a recorded hole. While
/// one does not answer, or has not come that far itself, nothing is concluded.
/// </summary>
internal sealed class ArchiveFiller : IAsyncDisposable
{
    /// <summary>Why there is a hole that another archive may still fill, should one come that has it.</summary>
    internal const string Nobody = "nobody in the room had it any more";

    private static readonly TimeSpan Again = TimeSpan.FromSeconds(1);

    /// <summary>For how long the store's last answer is waited for at the end: a call into a disk that hangs cannot be taken back.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    private readonly Lock _lock = new();
    private readonly IHistoryStore _store;
    private readonly IArchivePort _node;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _asked = new(0, 1);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _loop;
    private List<(RoomId Room, LogRange Within, bool Holes)> _pending = [];

    public ArchiveFiller(IHistoryStore store, IArchivePort node, TimeProvider time)
    {
        (_store, _node, _time) = (store, node, time);
        _loop = Task.Run(Run);
    }

    /// <summary>Fills what the store does not have of a range.</summary>
    public void Look(RoomId room, LogRange within) => Add(room, within, holes: false);

    /// <summary>The same, and asks once more for what nobody had.</summary>
    public void LookAgain(RoomId room, LogRange within) => Add(room, within, holes: true);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _loop.WaitAsync(Grace, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_loop.IsCompleted)
        {
            _stop.Dispose();
            _asked.Dispose();
        }
    }

    private void Add(RoomId room, LogRange within, bool holes)
    {
        lock (_lock)
        {
            // One task for a room: what is there already is skipped at no cost.
            var same = _pending.FindIndex(p => p.Room == room);
            if (same < 0)
            {
                _pending.Add((room, within, holes));
            }
            else
            {
                var before = _pending[same];
                _pending[same] = (
                    room,
                    new LogRange(Math.Min(before.Within.First, within.First), Math.Max(before.Within.Last, within.Last)),
                    before.Holes || holes);
            }

            if (_asked.CurrentCount == 0)
            {
                _asked.Release();
            }
        }
    }

    private async Task Run()
    {
        while (true)
        {
            await _asked.WaitAsync(_stop.Token).ConfigureAwait(false);
            List<(RoomId Room, LogRange Within, bool Holes)> tasks;
            lock (_lock)
            {
                tasks = _pending;
                _pending = [];
            }

            foreach (var (room, within, holes) in tasks)
            {
                if (!await TryFill(room, within, holes).ConfigureAwait(false))
                {
                    await Task.Delay(Again, _time, _stop.Token).ConfigureAwait(false);
                    Add(room, within, holes);
                }
            }
        }
    }

    /// <summary>False: somebody may still have what is missing, or the store does not take it now.</summary>
    private async Task<bool> TryFill(RoomId room, LogRange within, bool holes)
    {
        var status = _node.Status;
        if ((holes && _node.Others.Count == 0) || status.Room == RoomId.None || (status.Room == room && status.Delivered.Value < within.Last))
        {
            // This node's own view of the room lags a moment behind its order: there may be archives that it does not know of yet.
            return false;
        }

        try
        {
            // What is newer than all that is kept may be waiting to be written.
            if (await _store.Newest(room, _stop.Token).ConfigureAwait(false) is not { } newest || newest.Seq < within.First)
            {
                return false;
            }

            var ripe = new LogRange(within.First, Math.Min(within.Last, newest.Seq));
            var missing = (await _store.Missing(room, ripe, _stop.Token).ConfigureAwait(false)).ToList();
            if (holes)
            {
                missing.AddRange((await _store.Holes(room, _stop.Token).ConfigureAwait(false))
                    .Where(h => h.Why == Nobody && h.Range.First <= within.Last).Select(h => h.Range));
            }

            var all = ripe == within;
            foreach (var range in missing)
            {
                all &= await Fill(room, range).ConfigureAwait(false);
            }

            return all;
        }
        catch (HistoryStoreException)
        {
            return false; // the writer tells what is wrong with the store
        }
    }

    private async Task<bool> Fill(RoomId room, LogRange range)
    {
        for (var next = range.First; next <= range.Last;)
        {
            // Every time anew: archives come and go, and the page before may have taken a while.
            var (filled, elsewhere, unsure) = (0L, long.MaxValue, false);
            foreach (var archive in _node.Others)
            {
                var query = new HistoryQuery(room, HistoryOf.Stretch, next, (int)Math.Min(HistoryLimits.Entries, range.Last - next + 1), "");
                var answer = await _node.Ask(archive, query, _stop.Token).ConfigureAwait(false);
                if (answer is not { Refusal.Length: 0 })
                {
                    unsure = true;
                    continue;
                }

                filled = await Append(room, next, answer).ConfigureAwait(false);
                if (filled > 0)
                {
                    break;
                }

                unsure |= answer.Newest < next;
                elsewhere = answer.Next > next ? Math.Min(elsewhere, answer.Next) : elsewhere;
            }

            if (filled == 0)
            {
                if (unsure)
                {
                    return false;
                }

                var last = Math.Min(range.Last, elsewhere - 1);
                await _store.RecordHole(room, new LogRange(next, last), Nobody, _stop.Token).ConfigureAwait(false);
                filled = last - next + 1;
            }

            next += filled;
        }

        return true;
    }

    /// <summary>How many entries of a page are in the store now: none where it is not what was asked for, or does not join the hash chain.</summary>
    private async Task<long> Append(RoomId room, long first, HistoryAnswer answer)
    {
        if (HistoryPages.TryRead(answer.Lines.Span) is not { Count: > 0 } page || page[0].Seq != first || page[^1].Seq != first + page.Count - 1)
        {
            return 0;
        }

        try
        {
            await _store.Append(new HistoryStretch(room, answer.HashBefore, page), _stop.Token).ConfigureAwait(false);
            return page.Count;
        }
        catch (HistoryStoreException e) when (e.Fault == StoreFault.Conflict)
        {
            _node.Notice($"the archive of this node was offered entries that do not join its own, and left them out ({e.Message})");
            return 0;
        }
    }
}
