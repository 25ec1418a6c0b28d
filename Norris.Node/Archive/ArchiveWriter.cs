using Norris.Core.Protocol;
using Norris.Node.Session;

namespace Norris.Node.Archive;

/// <summary>
/// Writes a room's order into a store, behind a bounded queue: the chat never waits for it. While the store fails, it is tried again with
/// growing delay; what does not fit into the queue meanwhile is to be filled from peers. The store is the caller's, who may read from it.
/// </summary>
public sealed class ArchiveWriter : IAsyncDisposable
{
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(10);

    /// <summary>A write that takes longer counts as failed. It may still be in the store: writing it again does no harm.</summary>
    private static readonly TimeSpan WriteTimeout = TimeSpan.FromSeconds(30);

    /// <summary>Users are told when a write takes longer. It is waited for all the same: SQLite's calls into a disk that hangs cannot be taken back.</summary>
    private static readonly TimeSpan LongForAWrite = TimeSpan.FromSeconds(10);

    /// <summary>For how long the last entries are still written after the end was asked for, and again for as long as it gets on.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly ArchiveQueue _queue;
    private readonly SemaphoreSlim _offered = new(0, 1);
    private readonly CancellationTokenSource _stop = new();
    private readonly IHistoryStore _store;
    private readonly ArchiveLimits _limits;
    private readonly TimeProvider _time;
    private readonly Task _loop;
    private TaskCompletionSource? _empty;
    private ArchiveStatus _status = new ArchiveStatus.Recording();
    private bool _isTold;
    private bool _closing;

    /// <param name="works">Whether it is known, and told, that the store works: otherwise that is news when it does.</param>
    public ArchiveWriter(IHistoryStore store, ArchiveLimits limits, TimeProvider time, bool works = true)
    {
        _isTold = works;
        _store = store;
        _limits = limits;
        _time = time;
        _queue = new ArchiveQueue(limits);
        _loop = Task.Run(Run);
    }

    /// <summary>Raised by the writer's own loop: a handler must be quick, and must not throw.</summary>
    public event Action<ArchiveStatus>? StatusChanged;

    /// <summary>
    /// The queue gave up entries of a room within these bounds, and the store takes entries again: ask it for <see cref="IHistoryStore.Missing"/>,
    /// fill that from peers, and record what none has as a hole.
    /// </summary>
    public event Action<RoomId, LogRange>? GapLeft;

    public ArchiveStatus Status
    {
        get
        {
            lock (_lock)
            {
                return _status;
            }
        }
    }

    /// <summary>How many entries wait.</summary>
    public int Waiting
    {
        get
        {
            lock (_lock)
            {
                return _queue.Count;
            }
        }
    }

    /// <summary>Takes the next entry of the order, stable ones only, with the transcript hash before it. Never blocks.</summary>
    public void Offer(RoomId room, ulong hashBefore, OrderedEvent entry)
    {
        lock (_lock)
        {
            if (_closing || _status is ArchiveStatus.Stopped)
            {
                return;
            }

            _queue.Add(room, hashBefore, entry);
            Wake();
        }
    }

    /// <summary>Completes when nothing waits any more. Throws <see cref="HistoryStoreException"/> once the writer has stopped.</summary>
    public Task WhenWritten(CancellationToken cancel = default)
    {
        lock (_lock)
        {
            if (_status is ArchiveStatus.Stopped stopped)
            {
                throw new HistoryStoreException(stopped.Fault, stopped.Why);
            }

            if (_queue.Count == 0)
            {
                return Task.CompletedTask;
            }

            _empty ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _empty.Task.WaitAsync(cancel);
        }
    }

    /// <summary>Writes what waits, for as long as that gets on, and ends.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            if (_closing)
            {
                return;
            }

            _closing = true;
            Wake();
        }

        var left = Status is ArchiveStatus.Failing ? 0 : int.MaxValue;
        while (!_loop.IsCompleted && Waiting < left)
        {
            left = Waiting;
            await _loop.WaitAsync(Grace, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await _stop.CancelAsync();
        await _loop.WaitAsync(Grace, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_loop.IsCompleted)
        {
            _stop.Dispose();
            _offered.Dispose();
        }
    }

    /// <summary>Called with the lock held.</summary>
    private void Wake()
    {
        if (_offered.CurrentCount == 0)
        {
            _offered.Release();
        }
    }

    private async Task Run()
    {
        var failures = 0;
        var prepared = false;
        try
        {
            while (true)
            {
                var next = Next();
                if (next is null)
                {
                    if (_closing)
                    {
                        return;
                    }

                    await _offered.WaitAsync(_stop.Token);
                    continue;
                }

                var writing = Write(next, prepared);
                await ((Task)writing).WaitAsync(LongForAWrite, _time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                if (!writing.IsCompleted && !_stop.IsCancellationRequested)
                {
                    TellThatItHangs();
                }

                var failure = await writing;
                prepared = failure is null;
                if (failure is null)
                {
                    failures = 0;
                    Succeed();
                }
                else if (!Fail(failure))
                {
                    return;
                }
                else
                {
                    await Task.Delay(DelayAfter(++failures), _time, _stop.Token);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The end was asked for, and the grace is over.
        }
        finally
        {
            lock (_lock)
            {
                _empty?.TrySetException(new HistoryStoreException(StoreFault.Unavailable, $"archive {_store.Place}: the writer has ended"));
            }
        }
    }

    internal static TimeSpan DelayAfter(int failures)
    {
        var delay = FirstDelay * Math.Pow(2, Math.Min(failures - 1, 20));
        return delay < LongestDelay ? delay : LongestDelay;
    }

    private HistoryStretch? Next()
    {
        lock (_lock)
        {
            return _queue.Next();
        }
    }

    private async Task<HistoryStoreException?> Write(HistoryStretch stretch, bool prepared)
    {
        using var timeout = new CancellationTokenSource(WriteTimeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, _stop.Token);
        try
        {
            if (!prepared)
            {
                await _store.Prepare(either.Token);
            }

            await _store.Append(stretch, either.Token);
            return null;
        }
        catch (HistoryStoreException e)
        {
            return e;
        }
        catch (OperationCanceledException) when (!_stop.IsCancellationRequested)
        {
            return NoAnswer();
        }
#pragma warning disable CA1031 // Whatever a driver throws, the chat goes on and the archive is tried again. The message may quote a row: type only.
        catch (Exception e) when (e is not OperationCanceledException)
        {
            return new HistoryStoreException(StoreFault.Unavailable, $"archive {_store.Place}: {e.GetType().Name}", e);
        }
#pragma warning restore CA1031
    }

    private HistoryStoreException NoAnswer() => new(StoreFault.Unavailable, $"archive {_store.Place}: it does not answer in time");

    private void TellThatItHangs()
    {
        ArchiveStatus status;
        lock (_lock)
        {
            status = new ArchiveStatus.Failing(StoreFault.Unavailable, NoAnswer().Message, _queue.Count, _queue.LostCount);
        }

        Become(status, tell: _status is not ArchiveStatus.Failing);
    }

    private void Succeed()
    {
        ArchiveStatus status;
        IReadOnlyList<(RoomId Room, LogRange Bounds)> lost;
        lock (_lock)
        {
            _queue.Written();
            lost = _queue.TakeLost();
            status = _queue.Count >= _limits.BehindFrom ? new ArchiveStatus.Behind(_queue.Count) : new ArchiveStatus.Recording();
            if (_queue.Count == 0)
            {
                _empty?.TrySetResult();
                _empty = null;
            }
        }

        foreach (var (room, bounds) in lost)
        {
            GapLeft?.Invoke(room, bounds);
        }

        Become(status, tell: !_isTold || _status.GetType() != status.GetType());
    }

    /// <summary>False: trying again cannot help.</summary>
    private bool Fail(HistoryStoreException failure)
    {
        ArchiveStatus status;
        lock (_lock)
        {
            _queue.Failed();
            if (failure.MayPass)
            {
                status = new ArchiveStatus.Failing(failure.Fault, failure.Message, _queue.Count, _queue.LostCount);
            }
            else
            {
                status = new ArchiveStatus.Stopped(failure.Fault, failure.Message);
                _queue.Clear();
            }
        }

        Become(status, tell: _status is not ArchiveStatus.Failing before || before.Fault != failure.Fault);
        return failure.MayPass;
    }

    private void Become(ArchiveStatus status, bool tell)
    {
        lock (_lock)
        {
            _status = status;
        }

        if (tell)
        {
            _isTold = true;
            StatusChanged?.Invoke(status);
        }
    }
}
