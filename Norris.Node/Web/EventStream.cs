using System.Globalization;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.AspNetCore.Http;
using Norris.Node.Archive;
using Norris.Node.Session;

namespace Norris.Node.Web;

/// <summary>One open event stream. What it has still to send is a place in the node's log and a few lines of news, never a queue of messages.</summary>
internal sealed class EventStream : IDisposable
{
    /// <summary>So many entries at most are given of those before a number.</summary>
    public const int MostBefore = 1000;

    private const int NewsBehind = 64;
    private const int Batch = 64;
    private const string NobodyHas = "nobody in this room has them any more";

    /// <summary>How soon a browser tries again after its stream broke.</summary>
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private readonly Channel<byte[]> _news = Channel.CreateBounded<byte[]>(NewsBehind);
    private readonly Channel<bool> _wakeUp = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly EventLog _log;
    private readonly WebOptions _options;
    private readonly TimeProvider _time;
    private readonly HttpContext _http;
    private readonly IRoomHistory? _history;
    private readonly Action _onAppended;
    private long _writingSince;

    /// <param name="history">Has what the log no longer holds, or not yet, after the node's restart; null: nobody does.</param>
    public EventStream(EventLog log, IRoomHistory? history, WebOptions options, TimeProvider time, HttpContext http)
    {
        (_log, _history, _options, _time, _http) = (log, history, options, time, http);
        _onAppended = WakeUp;
        log.Appended += _onAppended;
    }

    /// <summary>Whether the reader has taken nothing for so long that it will not come back to it.</summary>
    public bool IsStalled =>
        Interlocked.Read(ref _writingSince) is var since and not 0 && _time.GetElapsedTime(since) >= _options.StalledAfter;

    /// <summary>Gives news about the stream's user. A stream that cannot take even those is dropped.</summary>
    public void Tell(byte[] line)
    {
        if (!_news.Writer.TryWrite(line))
        {
            Drop();
        }

        WakeUp();
    }

    /// <summary>No more news: the stream ends when it has sent what there is.</summary>
    public void Finish()
    {
        _news.Writer.TryComplete();
        WakeUp();
    }

    public void Drop() => _http.Abort();

    public void Dispose() => _log.Appended -= _onAppended;

    /// <param name="before">It ends before this number, or after <see cref="MostBefore"/> entries; null: it goes on.</param>
    public async IAsyncEnumerable<SseItem<byte[]>> Run(LogCursor cursor, bool follow, long? before, [EnumeratorCancellation] CancellationToken cancel)
    {
        var batch = new LoggedLine[Batch];
        var isFirst = true;
        var end = before ?? long.MaxValue;
        var left = before is null ? long.MaxValue : MostBefore;
        while (true)
        {
            while (_news.Reader.TryRead(out var line))
            {
                BeginWrite();
                yield return new SseItem<byte[]>(line) { ReconnectionInterval = isFirst ? RetryAfter : null };
                isFirst = false;
            }

            EndWrite();
            var ended = _news.Reader.Completion.IsCompleted;
            var isWish = cursor.IsWish;
            var count = _log.Read(ref cursor, batch, out var missed, out var retracted);
            if (retracted is not null)
            {
                BeginWrite();
                yield return new SseItem<byte[]>(EventJson.Line(retracted));
                EndWrite();
            }

            if (missed > 0)
            {
                await foreach (var item in Earlier(batch[0].Seq - missed, Math.Min(batch[0].Seq, end), isWish, cancel).ConfigureAwait(false))
                {
                    BeginWrite();
                    yield return item;
                    EndWrite();
                    if (item.EventId is not null && --left == 0)
                    {
                        yield break;
                    }
                }
            }

            for (var i = 0; i < count; i++)
            {
                if (batch[i].Seq >= end || left-- == 0)
                {
                    yield break;
                }

                BeginWrite();
                yield return Item(batch[i].Seq, batch[i].Line);
            }

            EndWrite();
            if (count == 0)
            {
                if (ended || !follow)
                {
                    yield break;
                }

                await WaitForMore(cancel).ConfigureAwait(false);
            }
        }
    }

    /// <summary>The entries from a number up to another, as far as an archive has them; how many are missing is told in their place.</summary>
    /// <param name="isWish">What is missing before the first of them is not told.</param>
    private async IAsyncEnumerable<SseItem<byte[]>> Earlier(long next, long end, bool isWish, [EnumeratorCancellation] CancellationToken cancel)
    {
        var whyNot = "";
        while (next < end)
        {
            (var page, whyNot) = await ReadEarlier(next, end, cancel).ConfigureAwait(false);
            if (page.Count == 0)
            {
                break;
            }

            foreach (var entry in page)
            {
                if (entry.Seq > next && !isWish)
                {
                    yield return Missed(entry.Seq - next, NobodyHas);
                }

                yield return Item(entry.Seq, EventJson.Line(entry));
                next = entry.Seq + 1;
                isWish = false;
            }
        }

        if (next < end && !isWish)
        {
            yield return Missed(end - next, whyNot);
        }
    }

    private async Task<(IReadOnlyList<OrderedEvent> Page, string WhyNot)> ReadEarlier(long next, long end, CancellationToken cancel)
    {
        try
        {
            return (_history is null ? [] : await _history.Between(next - 1, end, cancel).ConfigureAwait(false), NobodyHas);
        }
        catch (HistoryStoreException e)
        {
            return ([], e.Message); // the stream goes on all the same, and tells how many are missing
        }
    }

    private static SseItem<byte[]> Missed(long count, string why) => new(EventJson.Line(new MissedEvent(count) { Why = why }));

    private static SseItem<byte[]> Item(long seq, byte[] line) => new(line) { EventId = seq.ToString(CultureInfo.InvariantCulture) };

    private async Task WaitForMore(CancellationToken cancel)
    {
        using var heartbeat = new CancellationTokenSource(_options.Heartbeat, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, heartbeat.Token);
        try
        {
            await _wakeUp.Reader.ReadAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            // A comment between two events: it finds out whether the other end is still there, and keeps proxies from hanging up.
            BeginWrite();
            await _http.Response.WriteAsync(":\n\n", cancel).ConfigureAwait(false);
            await _http.Response.Body.FlushAsync(cancel).ConfigureAwait(false);
            EndWrite();
        }
    }

    private void WakeUp() => _wakeUp.Writer.TryWrite(true);

    private void BeginWrite() => Interlocked.Exchange(ref _writingSince, _time.GetTimestamp());

    private void EndWrite() => Interlocked.Exchange(ref _writingSince, 0);
}
