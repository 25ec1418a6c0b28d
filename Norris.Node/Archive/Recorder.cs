using System.Globalization;
using Norris.Actors;
using Norris.Core.Protocol;
using Norris.Node.Session;

namespace Norris.Node.Archive;

/// <summary>
/// Makes a node an archive: takes the order as the node delivers it, writes what is stable, has everyone know, answers other nodes' questions,
/// and fills from other archives what it was not there for. The chat never waits for it. The store is the caller's.
/// </summary>
public sealed class Recorder : IAsyncDisposable
{
    /// <summary>How many entries of an agreed room may wait for a quorum.</summary>
    private const int HeldBackEntries = 100_000;

    /// <summary>How often what is too old is looked for.</summary>
    private static readonly TimeSpan CleanEvery = TimeSpan.FromMinutes(10);

    /// <summary>For how long the session's last entries are waited for.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    /// <summary>For how long, at the end, what is missing is filled from what the node itself has.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly IHistoryStore _store;
    private readonly IChatSession _order;
    private readonly IArchivePort _node;
    private readonly TimeProvider _time;
    private readonly Action<string> _tell;
    private readonly ArchiveLimits _limits;
    private readonly ArchiveWriter _writer;
    private readonly ArchiveFiller _filler;
    private readonly HeldBack _held = new(HeldBackEntries);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _reading;
    private readonly Task _cleaning;
    private RoomId _room;
    private long _last;
    private bool _disposed;

    /// <param name="store">Prepared, or failing in a way that may pass.</param>
    /// <param name="works">Whether the store was prepared: then everyone is told at once, else as soon as it works.</param>
    /// <param name="order">The node's own session, with a reader for this recorder that tells places.</param>
    /// <param name="keep">What the archive has had for longer is deleted; null: nothing is.</param>
    /// <param name="tell">Told, in words, what takes long at the end, and what is missing after it.</param>
    public Recorder(IHistoryStore store, bool works, IChatSession order, IArchivePort node, TimeSpan? keep, TimeProvider time, Action<string> tell)
        : this(store, works, order, node, keep, time, tell, new ArchiveLimits())
    {
    }

    internal Recorder(
        IHistoryStore store, bool works, IChatSession order, IArchivePort node, TimeSpan? keep, TimeProvider time, Action<string> tell, ArchiveLimits limits)
    {
        _tell = tell;
        _limits = limits;
        _store = store;
        _order = order;
        _node = node;
        _time = time;
        _filler = new ArchiveFiller(store, node, time);
        _writer = new ArchiveWriter(store, limits, time, works);
        _writer.StatusChanged += OnStatus;
        _writer.GapLeft += (room, bounds) => _filler.LookFor(room, bounds);
        node.Serve((query, cancel) => HistoryPages.Answer(store, query, cancel));
        node.KeepsLog(works);
        _reading = Task.Run(Read);
        _cleaning = keep is { } age ? Task.Run(() => Clean(age)) : Task.CompletedTask;
    }

    /// <summary>How many entries wait to be written.</summary>
    public int Waiting => _writer.Waiting;

    /// <summary>Writes what waits, and what the node itself still has of what was missed, for as long as that gets on, and ends.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        await _reading.WaitAsync(Grace, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _stop.CancelAsync().ConfigureAwait(false);
        await _cleaning.WaitAsync(Grace, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _filler.DisposeAsync().ConfigureAwait(false);
        if (_writer.Waiting >= _limits.BehindFrom)
        {
            _tell($"the archive is behind: writing the last {_writer.Waiting} entries");
        }

        await _writer.DisposeAsync().ConfigureAwait(false);
        await Finish().ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task Finish()
    {
        if (_last == 0 || _writer.Status is ArchiveStatus.Stopped)
        {
            return;
        }

        if (_writer.Waiting > 0)
        {
            var why = _writer.Status is ArchiveStatus.Failing failing ? $" ({failing.Why})" : "";
            _tell($"the archive did not get the last {ArchiveFiller.Entries(_writer.Waiting)} of this room{why}; it looks for them in the room when it is there again");
            return;
        }

        using var patience = new CancellationTokenSource(Patience, _time);
        try
        {
            var lacking = await _filler.Finish(_room, new LogRange(1, _last), patience.Token).WaitAsync(patience.Token).ConfigureAwait(false);
            if (lacking > 0)
            {
                _tell($"the archive lacks {ArchiveFiller.Entries(lacking)} of this room so far; it looks for them in the room when it is there again");
            }
        }
        catch (Exception e) when (e is HistoryStoreException or OperationCanceledException)
        {
            _tell($"the archive may lack the last entries of this room: {(e is HistoryStoreException ? e.Message : "it does not answer in time")}");
        }
    }

    /// <summary>What it was too slow for shows up as a jump, and is filled like everything else that is missing.</summary>
    private async Task Read()
    {
        await foreach (var happened in _order.Events.ReadAllAsync(_stop.Token).ConfigureAwait(false))
        {
            Take(happened);
        }
    }

    private void Take(ChatEvent happened)
    {
        switch (happened)
        {
            case PlaceEvent place:
                (_room, _last) = (place.Room, place.Next - 1);
                _held.Place(place);
                if (place.Next > 1)
                {
                    _filler.LookFor(place.Room, new LogRange(1, place.Next - 1));
                }

                break;
            case OrderedEvent entry:
                _last = entry.Seq;
                if (_held.Take(entry) is { } given)
                {
                    _filler.LookFor(_room, given);
                }

                if (entry is RecordingEvent { Recording: true } began && began.Node != _order.View.Node)
                {
                    // Who has just come may have what nobody had.
                    _filler.LookForAgain(_room, new LogRange(1, entry.Seq - 1));
                }

                break;
            case SettledEvent settled:
                _held.Settle(settled.UpTo);
                break;
        }

        while (_held.Next() is { } entry)
        {
            _writer.Offer(entry.Room, entry.HashBefore, entry.Entry);
        }
    }

    private void OnStatus(ArchiveStatus status)
    {
        switch (status)
        {
            case ArchiveStatus.Recording:
                _node.KeepsLog(true);
                _filler.TellsWhenDone |= _filler.IsLooking;
                _node.Notice(_filler.TellsWhenDone
                    ? "the archive of this node works, and looks in the room for what it missed"
                    : "the archive of this node works, and is up to date");
                if (_node.Status is { Delivered.Value: > 0 } now)
                {
                    // What works again may be a backup, or a new file: it need not have what was written before.
                    _filler.LookFor(now.Room, new LogRange(1, now.Delivered.Value));
                }

                break;
            case ArchiveStatus.Behind behind:
                _node.KeepsLog(true);
                _node.Notice($"the archive of this node is slower than the room: {behind.Waiting} entries wait");
                break;
            case ArchiveStatus.Failing failing:
                _node.Notice($"the archive of this node cannot write, and tries again ({failing.Why}); the chat goes on");
                break;
            case ArchiveStatus.Stopped stopped:
                _node.KeepsLog(false);
                _node.Notice($"the archive of this node has stopped for good ({stopped.Why}); the chat goes on");
                break;
        }
    }

    private async Task Clean(TimeSpan keep)
    {
        var told = new HashSet<(RoomId Room, DateTimeOffset Came)>();
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                foreach (var room in await _store.Rooms(_stop.Token).ConfigureAwait(false))
                {
                    var retention = await _store.DeleteOlder(room.Room, keep, _stop.Token).ConfigureAwait(false);
                    if (retention.PutOffBy is { } odd && told.Add((room.Room, odd.Came)))
                    {
                        _node.Notice(Words(room.Room, odd));
                    }
                }
            }
            catch (HistoryStoreException)
            {
                // The writer tells what is wrong with the store; what is too old goes the next time.
            }

            await Task.Delay(CleanEvery, _time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private string Words(RoomId room, OddTime odd)
    {
        var (came, against) = (Words(odd.Came), Words(odd.Against));
        return $"the archive of this node puts retention off: entries of room {room} came at {came}, " + (odd.IsAhead
            ? $"and the clock of {_store.Place} says {against}. Set that clock if it is behind; if it was ahead then, they go with what comes after them"
            : $"behind others that came at {against}, and go with those. The clock of {_store.Place} was behind then (see that it is set now), or the others were filled in later");

        static string Words(DateTimeOffset time) => time.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);
    }
}
