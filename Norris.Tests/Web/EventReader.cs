using System.Net.ServerSentEvents;
using System.Text.Json;

namespace Norris.Tests.Web;

/// <summary>Reads an event stream as a script would.</summary>
internal sealed class EventReader : IAsyncDisposable
{
    private readonly HttpResponseMessage _response;
    private readonly IAsyncEnumerator<SseItem<string>> _items;
    private readonly SseParser<string> _parser;

    private EventReader(HttpResponseMessage response, Stream body, CancellationToken cancel)
    {
        _response = response;
        _parser = SseParser.Create(body);
        _items = _parser.EnumerateAsync(cancel).GetAsyncEnumerator(cancel);
    }

    public string LastEventId => _parser.LastEventId;

    public static async Task<EventReader> Open(HttpClient client, string query = "", string? lastEventId = null, CancellationToken cancel = default)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/events" + query);
        if (lastEventId is not null)
        {
            request.Headers.Add("Last-Event-ID", lastEventId);
        }

        var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel);
        response.EnsureSuccessStatusCode();
        return new EventReader(response, await response.Content.ReadAsStreamAsync(cancel), cancel);
    }

    /// <summary>The next event; fails after 20 s, or where the stream ends.</summary>
    public async Task<JsonElement> Next()
    {
        Assert.True(await _items.MoveNextAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20)), "the stream ended");
        return JsonElement.Parse(_items.Current.Data);
    }

    /// <summary>The next event that is of one of these kinds.</summary>
    public async Task<JsonElement> Next(params string[] kinds)
    {
        while (true)
        {
            var happened = await Next();
            if (kinds.Contains(happened.GetProperty("event").GetString()))
            {
                return happened;
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        _response.Dispose();
        try
        {
            await _items.DisposeAsync();
        }
        catch (Exception e) when (e is NotSupportedException or IOException or ObjectDisposedException or OperationCanceledException)
        {
            // A read was under way when the connection was closed.
        }
    }
}
