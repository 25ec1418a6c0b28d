using System.Net.ServerSentEvents;
using Microsoft.AspNetCore.Http;

namespace Norris.Node.Web;

/// <summary>The open event streams, within their bounds. Safe for several threads.</summary>
internal sealed class EventStreams(EventLog log, WebOptions options, WebMetrics metrics, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly HashSet<EventStream> _open = [];

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

    /// <summary>Opens a stream; null, with the reason, where there are enough.</summary>
    public IAsyncEnumerable<SseItem<byte[]>>? Open(WebUser user, LogCursor cursor, HttpContext http, out string whyNot)
    {
        whyNot = "";
        var stream = new EventStream(log, options, time, http);
        lock (_lock)
        {
            if (_open.Count >= options.Streams)
            {
                whyNot = $"this node serves {options.Streams} event streams already";
            }
            else if (!user.TryAttach(stream, options.StreamsPerUser))
            {
                whyNot = $"this user has {options.StreamsPerUser} event streams already";
            }
            else
            {
                _open.Add(stream);
            }
        }

        if (whyNot.Length > 0)
        {
            stream.Dispose();
            return null;
        }

        // Whatever becomes of the answer, the stream is gone when its request is.
        http.Response.OnCompleted(() =>
        {
            Close(user, stream);
            return Task.CompletedTask;
        });
        return stream.Run(cursor, http.RequestAborted);
    }

    /// <summary>Drops the streams whose reader does not read.</summary>
    public void DropStalled()
    {
        EventStream[] stalled;
        lock (_lock)
        {
            stalled = [.. _open.Where(s => s.IsStalled)];
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
