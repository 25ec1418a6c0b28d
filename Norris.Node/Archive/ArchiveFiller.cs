using System.Globalization;
using Norris.Actors.History;
using Norris.Core.Protocol;
using Norris.Node.Session;

namespace Norris.Node.Archive;

/// <summary>
/// Fills an archive's gaps, page by page, from the room's other archives and from what every member keeps of the last minutes, its own node's first;
/// what none of them has becomes a recorded hole, and is told. While one does not answer, or has not come that far itself, nothing is concluded.
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
    private readonly HashSet<string> _told = [];
    private List<(RoomId Room, LogRange Within, bool Holes)> _pending = [];
    private bool _isBusy;
    private bool _isOver;
    private long _filled;
    private long _lacking;

    public ArchiveFiller(IHistoryStore store, IArchivePort node, TimeProvider time)
    {
        (_store, _node, _time) = (store, node, time);
        _loop = Task.Run(Run);
    }

    /// <summary>Fills what the store does not have of a range.</summary>
    public void LookFor(RoomId room, LogRange within) => Add(room, within, holes: false);

    /// <summary>The same, and asks once more for what nobody had.</summary>
    public void LookForAgain(RoomId room, LogRange within) => Add(room, within, holes: true);

    /// <summary>Users were told that something is looked for: they are told, too, when nothing is any more.</summary>
    public bool TellsWhenDone { get; set; }

    /// <summary>Whether something is being looked for.</summary>
    public bool IsLooking
    {
        get
        {
            lock (_lock)
            {
                return _isBusy || _pending.Count > 0;
            }
        }
    }

    /// <summary>At the end, when nobody else can be asked any more: fills what this node itself still has of a range. Gives how many entries the store lacks after all.</summary>
    public async Task<long> Finish(RoomId room, LogRange within, CancellationToken cancel)
    {
        var lacking = 0L;
        foreach (var range in await _store.Missing(room, within, cancel).ConfigureAwait(false))
        {
            for (var next = range.First; next <= range.Last;)
            {
                var query = Query(room, new LogRange(next, range.Last));
                var filled = _node.Holders is [var self, ..] && await _node.Ask(self, query, cancel).ConfigureAwait(false) is { } answer
                    ? await Append(self, query, answer, cancel).ConfigureAwait(false) ?? 0
                    : 0;
                if (filled == 0)
                {
                    lacking += range.Last - next + 1;
                    break;
                }

                next += filled;
            }
        }

        return lacking;
    }

    public async ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            _isOver = true;
        }

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
            if (_isOver)
            {
                // The writer, which still writes, may tell of a gap after that.
                return;
            }

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
                _isBusy = true;
            }

            foreach (var (room, within, holes) in tasks)
            {
                if (!await TryFill(room, within, holes).ConfigureAwait(false))
                {
                    await Task.Delay(Again, _time, _stop.Token).ConfigureAwait(false);
                    Add(room, within, holes);
                }
            }

            lock (_lock)
            {
                _isBusy = false;
            }

            if (!IsLooking)
            {
                TellResult();
            }
        }
    }

    private void TellResult()
    {
        if (_filled > 0)
        {
            _node.Notice($"the archive of this node has filled in {Entries(_filled)} that it had missed");
        }

        if (_lacking > 0)
        {
            _node.Notice($"the archive of this node lacks {Entries(_lacking)}: {Nobody}");
        }
        else if (TellsWhenDone)
        {
            _node.Notice("the archive of this node is up to date");
        }

        (_filled, _lacking, TellsWhenDone) = (0, 0, false);
        _told.Clear();
    }

    internal static string Entries(long count) => count == 1 ? "1 entry" : string.Create(CultureInfo.InvariantCulture, $"{count:N0} entries");

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
            var all = ripe == within;
            foreach (var range in await _store.Missing(room, ripe, _stop.Token).ConfigureAwait(false))
            {
                all &= await Fill(room, range, isNew: true).ConfigureAwait(false);
            }

            foreach (var hole in holes ? await _store.Holes(room, _stop.Token).ConfigureAwait(false) : [])
            {
                all &= hole.Why != Nobody || hole.Range.First > within.Last || await Fill(room, hole.Range, isNew: false).ConfigureAwait(false);
            }

            return all;
        }
        catch (HistoryStoreException)
        {
            return false; // the writer tells what is wrong with the store
        }
    }

    /// <param name="isNew">Whether it is not known yet that this is missing.</param>
    private async Task<bool> Fill(RoomId room, LogRange range, bool isNew)
    {
        for (var next = range.First; next <= range.Last;)
        {
            // Every time anew: nodes come and go, and the page before may have taken a while.
            var (filled, elsewhere, unsure) = (0L, long.MaxValue, false);
            var query = Query(room, range with { First = next });
            foreach (var holder in _node.Holders)
            {
                if (await _node.Ask(holder, query, _stop.Token).ConfigureAwait(false) is not { Refusal.Length: 0 } answer)
                {
                    unsure = true;
                    continue;
                }

                var appended = await Append(holder, query, answer, _stop.Token).ConfigureAwait(false);
                filled = appended ?? 0;
                if (filled > 0)
                {
                    break;
                }

                unsure |= appended is null || answer.Newest < next;
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
                _lacking += isNew ? filled : 0;
            }
            else
            {
                _filled += filled;
            }

            next += filled;
        }

        return true;
    }

    private static HistoryQuery Query(RoomId room, LogRange range) =>
        new(room, HistoryOf.Stretch, range.First, (int)Math.Min(HistoryLimits.Entries, range.Count), "");

    /// <summary>How many entries of a page are in the store now: none where they do not join the hash chain. Null: it cannot be read, so what its sender has is not known.</summary>
    private async Task<long?> Append(NodeId holder, HistoryQuery query, HistoryAnswer answer, CancellationToken cancel)
    {
        if (!HistoryPages.TryRead(answer, query, out var page, out var whyNot))
        {
            TellOnce($"{ChatSession.ShortName(holder)} sent the archive of this node a page of history that was refused ({whyNot})");
            return null;
        }

        if (page.Entries.Count == 0)
        {
            return 0;
        }

        try
        {
            await _store.Append(new HistoryStretch(query.Room, answer.HashBefore, page.Entries), cancel).ConfigureAwait(false);
            return page.Entries.Count;
        }
        catch (HistoryStoreException e) when (e.Fault == StoreFault.Conflict)
        {
            TellOnce($"{ChatSession.ShortName(holder)} sent the archive of this node entries that do not join its own, and they were left out ({e.Message})");
            return 0;
        }
    }

    /// <summary>What is wrong with a page may come again with every page, and every second: it is told once, until nothing is looked for any more.</summary>
    private void TellOnce(string text)
    {
        if (_told.Add(text))
        {
            _node.Notice(text);
        }
    }
}
