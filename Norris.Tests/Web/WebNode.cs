using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Norris.Actors.Protocol;
using Norris.Node.Archive;
using Norris.Node.Session;
using Norris.Node.Web;
using Norris.Tests.Session;

namespace Norris.Tests.Web;

/// <summary>A node of a fake room with a real web server on loopback.</summary>
internal sealed class WebNode : IAsyncDisposable
{
    private WebNode(FakeNode node, WebServer server)
    {
        (Node, Server) = (node, server);
        Client = NewClient();
    }

    public FakeNode Node { get; }

    public WebServer Server { get; }

    public HttpClient Client { get; }

    public static async Task<WebNode> Start(FakeRoom room, string name = "alice", Func<WebOptions, WebOptions>? with = null, IHistoryStore? history = null)
    {
        var node = room.Start($"127.0.0.1:{4053 + room.Seq}", name);
        var options = new WebOptions(IPAddress.Loopback, 0);
        return await Serve(node, with?.Invoke(options) ?? options, history);
    }

    public static async Task<WebNode> Serve(FakeNode node, WebOptions options, IHistoryStore? history = null) =>
        new(node, await WebServer.Start(node, node.Own, options, history is null ? null : Reading(node, history), TimeProvider.System, CancellationToken.None));

    private static StoreHistory Reading(FakeNode node, IHistoryStore store) =>
        new(store, () => new RoomId(ulong.Parse(node.Own.View.Room, NumberStyles.HexNumber, CultureInfo.InvariantCulture)));

    /// <summary>A browser of its own: with cookies, and nothing else in common with others.</summary>
    public HttpClient NewClient() => new(new SocketsHttpHandler { CookieContainer = new CookieContainer() }) { BaseAddress = Server.Url, Timeout = TimeSpan.FromSeconds(30) };

    public Task<HttpResponseMessage> Post(object body, HttpClient? client = null) => (client ?? Client).PostAsJsonAsync("/api/messages", body);

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Server.DisposeAsync();
    }

    public static async Task<JsonElement> Json(HttpResponseMessage response) => JsonElement.Parse(await response.Content.ReadAsStringAsync());
}
