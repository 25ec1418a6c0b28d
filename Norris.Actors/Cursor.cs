using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Norris.Core.Protocol;

namespace Norris.Actors;

/// <summary>
/// A place in a <see cref="DeliveredLog"/>: gives what was delivered, in order and without a gap, or says with <see cref="Missed"/> how much there was that it is too late for. One
/// reader at a time; to end a wait and to dispose of it, any thread.
/// </summary>
public sealed class Cursor : IDisposable
{
    private readonly DeliveredLog _log;
    private readonly DeliveredReader _reader;
    private TaskCompletionSource? _waiting;
    private bool _isClosed;

    internal Cursor(DeliveredLog log, DeliveredReader reader) => (_log, _reader) = (log, reader);

    private bool CanRead => _reader.CanRead(_log.Ring.End);

    private bool IsOver => _isClosed || _log.IsOver;

    /// <summary>Whether it has read everything that comes before a place (<see cref="DeliveredLog.End"/>), and has been told what it missed of that.</summary>
    public bool HasRead(long place)
    {
        lock (_log.Gate)
        {
            return _reader.HasRead(place);
        }
    }

    /// <summary>The next one, if there is one now.</summary>
    public bool TryRead([NotNullWhen(true)] out News? news)
    {
        lock (_log.Gate)
        {
            return _log.TryRead(_reader, out news);
        }
    }

    /// <summary>Completes when there may be something to read. False: nothing more comes.</summary>
    public async ValueTask<bool> WaitToReadAsync(CancellationToken cancel = default)
    {
        cancel.ThrowIfCancellationRequested();
        var wait = Task.CompletedTask;
        lock (_log.Gate)
        {
            if (!CanRead && !IsOver)
            {
                wait = (_waiting ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            }
        }

        await wait.WaitAsync(cancel).ConfigureAwait(false);
        lock (_log.Gate)
        {
            return CanRead || !IsOver;
        }
    }

    /// <summary>All that comes, until nothing more does.</summary>
    public async IAsyncEnumerable<News> ReadAllAsync([EnumeratorCancellation] CancellationToken cancel = default)
    {
        while (await WaitToReadAsync(cancel).ConfigureAwait(false))
        {
            while (TryRead(out var news))
            {
                yield return news;
            }
        }
    }

    /// <summary>Another reader, who stands where this one does.</summary>
    public Cursor Fork()
    {
        lock (_log.Gate)
        {
            return _log.Add(_reader.Fork());
        }
    }

    /// <summary>Ends the wait of this moment.</summary>
    public void Wake()
    {
        lock (_log.Gate)
        {
            // Who waits goes on elsewhere.
            _waiting?.TrySetResult();
            _waiting = null;
        }
    }

    /// <summary>Nothing is held for it any more.</summary>
    public void Dispose()
    {
        lock (_log.Gate)
        {
            _isClosed = true;
            _log.Remove(this, _reader);
            Wake();
        }
    }

    /// <summary>Something has come: ends the wait if it is for this.</summary>
    internal void WakeIfReady()
    {
        if (_waiting is not null && (CanRead || IsOver))
        {
            Wake();
        }
    }
}
