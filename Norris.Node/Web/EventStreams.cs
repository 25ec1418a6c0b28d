using System.Net.ServerSentEvents;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Norris.Node.Archive;

namespace Norris.Node.Web;

/// <summary>The open event streams, within their bounds. Safe for several threads.</summary>
internal sealed class EventStreams(EventLog log, IRoomHistory? history, WebOptions options, WebMetrics metrics, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<EventStream, WebUser> _open = [];

    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _open.Count;
            }
        }
    }

    /// <summary>Opens a stream; null, with the reason, where there are enough. The node's own user has places beside all others.</summary>
    /// <param name="follow">Whether it goes on with what comes; otherwise it ends with what there is.</param>
    /// <param name="before">It ends before this number, or after <see cref="EventStream.MostBefore"/> entries; null: it goes on.</param>
    public IAsyncEnumerable<SseItem<byte[]>>? Open(WebUser user, LogCursor cursor, bool follow, long? before, HttpContext http, out string whyNot)
    {
        whyNot = "";
        var stream = new EventStream(log, history, options, time, http);
        lock (_lock)
        {
            if (user.Source is not null && _open.Values.Count(u => u.Source is not null) >= options.Streams)
            {
                whyNot = $"this node serves {options.Streams} event streams already";
            }
            else if (user.Source is { } source && _open.Values.Count(u => u.Source == source) >= options.StreamsOf(source))
            {
                whyNot = $"this node serves {options.StreamsOf(source)} event streams to your address already";
            }
            else if (!user.TryAttach(stream, options.StreamsPerUser))
            {
                whyNot = $"this user has {options.StreamsPerUser} event streams already";
            }
            else
            {
                _open.Add(stream, user);
            }
        }

        if (whyNot.Length > 0)
        {
            stream.Dispose();
            return null;
        }

        // Who does not read a stream is dropped by one rule, ours.
        http.Features.Get<IHttpMinResponseDataRateFeature>()?.MinDataRate = null;

        // Whatever becomes of the answer, the stream is gone when its request is.
        http.Response.OnCompleted(() =>
        {
            Close(user, stream);
            return Task.CompletedTask;
        });
        return stream.Run(cursor, follow, before, http.RequestAborted);
    }

    /// <summary>Drops the streams whose reader does not read.</summary>
    public void DropStalled()
    {
        EventStream[] stalled;
        lock (_lock)
        {
            stalled = [.. _open.Keys.Where(s => s.IsStalled)];
        }

        foreach (var stream in stalled)
        {
            metrics.Dropped();
            stream.Drop();
        }
    }

    private void Close(WebUser user, EventStream stream)
    {
        lock (_lock)
        {
            _open.Remove(stream);
        }

        user.Detach(stream);
        stream.Dispose();
    }
}
