using System.Collections.Concurrent;
using System.Threading.Channels;
using Norris.Node.Archive;

namespace Norris.Tests.Archive;

/// <summary>A writer over a store, what it told so far, and a way to offer it a lived history. Waits for conditions, never for time alone.</summary>
internal sealed class WriterProbe : IAsyncDisposable
{
    private readonly Channel<ArchiveStatus> _told = Channel.CreateUnbounded<ArchiveStatus>();
    private readonly LivedHistory _lived;

    public WriterProbe(IHistoryStore store, LivedHistory lived, ArchiveLimits? limits = null)
    {
        _lived = lived;
        Writer = new ArchiveWriter(store, limits ?? new ArchiveLimits(BatchEntries: 100), TimeProvider.System);
        Writer.StatusChanged += s => _told.Writer.TryWrite(s);
        Writer.GapLeft += (_, bounds) => Gaps.Enqueue(bounds);
    }

    public ArchiveWriter Writer { get; }

    public ConcurrentQueue<LogRange> Gaps { get; } = new();

    public void Offer(long first, long last)
    {
        for (var seq = first; seq <= last; seq++)
        {
            Writer.Offer(_lived.Room, _lived.HashBefore(seq), _lived.At(seq));
        }
    }

    /// <summary>The next status of a kind that the writer tells.</summary>
    public async Task<T> Told<T>()
        where T : ArchiveStatus
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await foreach (var status in _told.Reader.ReadAllAsync(timeout.Token))
        {
            if (status is T wanted)
            {
                return wanted;
            }
        }

        throw new InvalidOperationException("unreachable");
    }

    public async Task<ArchiveStatus.Failing> ToldFault(StoreFault fault)
    {
        while (true)
        {
            var failing = await Told<ArchiveStatus.Failing>();
            if (failing.Fault == fault)
            {
                return failing;
            }
        }
    }

    public async Task AllWritten()
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await Writer.WhenWritten(timeout.Token);
    }

    public ValueTask DisposeAsync() => Writer.DisposeAsync();
}
