using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Norris.Actors.Protocol;

namespace Norris.Actors;

/// <summary>
/// A place in a <see cref="DeliveredLog"/>: gives what was delivered, in order and without a gap, or says with <see cref="Missed"/> how much there was that it is too late for. One
/// reader at a time; to end a wait and to dispose of it, any thread.
/// </summary>
public sealed class Cursor : IDisposable
{
    private readonly DeliveredLog _log;

    internal Cursor(DeliveredLog log, DeliveredReader reader) => (_log, Reader) = (log, reader);

    /// <summary>Up to here it has read; compare <see cref="DeliveredLog.End"/>.</summary>
    public long Place => Reader.Place;

    internal DeliveredReader Reader { get; }

    /// <summary>Set while somebody waits; guarded by the log.</summary>
    internal TaskCompletionSource? Waiting { get; set; }

    /// <summary>The next one, if there is one now.</summary>
    public bool TryRead([NotNullWhen(true)] out News? news) => _log.TryRead(Reader, out news);

    /// <summary>Completes when there may be something to read. False: nothing more comes.</summary>
    public async ValueTask<bool> WaitToReadAsync(CancellationToken cancel = default)
    {
        if (_log.Wait(this) is { } wait)
        {
            await wait.WaitAsync(cancel).ConfigureAwait(false);
        }

        return _log.GoesOn(this);
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
    public Cursor Fork() => _log.Fork(Reader);

    /// <summary>Ends the wait of this moment.</summary>
    public void Wake() => _log.Wake(this);

    /// <summary>Nothing is held for it any more.</summary>
    public void Dispose() => _log.Close(this);
}
