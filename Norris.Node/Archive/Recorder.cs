using Norris.Actors.Protocol;
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

    /// <summary>How soon it is seen that entries of an agreed room have become stable.</summary>
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(50);

    /// <summary>How often what is too old is looked for.</summary>
    private static readonly TimeSpan CleanEvery = TimeSpan.FromMinutes(10);

    /// <summary>For how long the session's last entries are waited for.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    private readonly IHistoryStore _store;
    private readonly IChatSession _order;
    private readonly IArchivePort _node;
    private readonly TimeProvider _time;
    private readonly ArchiveWriter _writer;
    private readonly ArchiveFiller _filler;
    private readonly HeldBack _held = new(HeldBackEntries);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _recording;
    private readonly Task _cleaning;
    private RoomId _room;
    private bool _disposed;

    /// <param name="store">Prepared, or failing in a way that may pass.</param>
    /// <param name="works">Whether the store was prepared: then everyone is told at once, else as soon as it works.</param>
    /// <param name="order">A reader of the node's own session that gets its places (<see cref="SharedSession"/>).</param>
    /// <param name="keep">What was ordered longer ago is deleted; null: nothing is.</param>
    public Recorder(IHistoryStore store, bool works, IChatSession order, IArchivePort node, TimeSpan? keep, TimeProvider time)
        : this(store, works, order, node, keep, time, new ArchiveLimits())
    {
    }

    internal Recorder(IHistoryStore store, bool works, IChatSession order, IArchivePort node, TimeSpan? keep, TimeProvider time, ArchiveLimits limits)
    {
        _store = store;
        _order = order;
        _node = node;
        _time = time;
        _filler = new ArchiveFiller(store, node, time);
        _writer = new ArchiveWriter(store, limits, time, works);
        _writer.StatusChanged += OnStatus;
        _writer.GapLeft += (room, bounds) => _filler.Look(room, bounds);
        node.Serve((query, cancel) => HistoryPages.Answer(store, query, cancel));
        node.KeepsLog(works);
        _recording = Task.Run(Record);
        _cleaning = keep is { } age ? Task.Run(() => Clean(age)) : Task.CompletedTask;
    }

    /// <summary>Writes what waits, for a few seconds at most, and ends.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        await _recording.WaitAsync(Grace, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _stop.CancelAsync().ConfigureAwait(false);
        await _recording.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _cleaning.WaitAsync(Grace, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _filler.DisposeAsync().ConfigureAwait(false);
        await _writer.DisposeAsync().ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task Record()
    {
        var more = _order.Events.WaitToReadAsync(_stop.Token).AsTask();
        while (true)
        {
            if (_held.Count > 0)
            {
                await Task.WhenAny(more, Task.Delay(LookEvery, _time, _stop.Token)).ConfigureAwait(false);
            }

            if (_held.Count == 0 || more.IsCompleted)
            {
                if (!await more.ConfigureAwait(false))
                {
                    break;
                }

                while (_order.Events.TryRead(out var happened))
                {
                    Take(happened);
                    Write();
                }

                more = _order.Events.WaitToReadAsync(_stop.Token).AsTask();
            }

            Write();
        }
    }

    private void Take(ChatEvent happened)
    {
        switch (happened)
        {
            case PlaceEvent place:
                _room = place.Room;
                _held.Place(place);
                if (place.Next > 1)
                {
                    _filler.Look(place.Room, new LogRange(1, place.Next - 1));
                }

                break;
            case OrderedEvent entry:
                if (_held.Take(entry) is { } given)
                {
                    _filler.Look(_room, given);
                }

                if (entry is RecordingEvent { Recording: true } began && began.Node != _order.View.Node)
                {
                    // Who has just come may have what nobody had.
                    _filler.LookAgain(_room, new LogRange(1, entry.Seq - 1));
                }

                break;
        }
    }

    private void Write()
    {
        if (_held.Count == 0)
        {
            return;
        }

        var (delivery, status) = (_order.View.Delivery, _node.Status);
        while (_held.Next(delivery, status) is { } entry)
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
                _node.Notice("the archive of this node works, and is up to date");
                if (_node.Status is { Delivered.Value: > 0 } now)
                {
                    // What works again may be a backup, or a new file: it need not have what was written before.
                    _filler.Look(now.Room, new LogRange(1, now.Delivered.Value));
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
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                foreach (var room in await _store.Rooms(_stop.Token).ConfigureAwait(false))
                {
                    await _store.DeleteOlder(room.Room, keep, _stop.Token).ConfigureAwait(false);
                }
            }
            catch (HistoryStoreException)
            {
                // The writer tells what is wrong with the store; what is too old goes the next time.
            }

            await Task.Delay(CleanEvery, _time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
