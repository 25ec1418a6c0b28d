using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using Norris.Core.Protocol;
using Norris.Node.Archive;
using Norris.Node.Session;
using Norris.Node.Web;
using Norris.Tests.Session;

namespace Norris.Tests.Web;

/// <summary>A node of a fake room with a real web server on loopback.</summary>
internal sealed class WebNode : IAsyncDisposable
{
    private static readonly byte[] Token = RandomNumberGenerator.GetBytes(WebKeys.TokenBytes); // an account's, whose nodes come and go

    private WebNode(FakeNode node, WebServer server, bool asGuest)
    {
        (Node, Server, AsGuest) = (node, server, asGuest);
        Client = NewClient();
        if (!asGuest)
        {
            Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", new WebKeys(Token).Token);
        }
    }

    public FakeNode Node { get; }

    public WebServer Server { get; }

    /// <summary>Whether <see cref="Client"/> and the page come as strangers; otherwise as the node's own user.</summary>
    public bool AsGuest { get; }

    public HttpClient Client { get; }

    public static async Task<WebNode> Start(
        FakeRoom room, string name = "alice", Func<WebOptions, WebOptions>? with = null, IHistoryStore? history = null, bool asGuest = false)
    {
        var node = room.Start($"127.0.0.1:{4053 + room.Seq}", name);
        var options = new WebOptions(IPAddress.Loopback, 0);
        return await Serve(node, with?.Invoke(options) ?? options, history, asGuest);
    }

    public static async Task<WebNode> Serve(FakeNode node, WebOptions options, IHistoryStore? history = null, bool asGuest = false)
    {
        var reading = history is null ? null : Reading(node, history);
        return new(node, await WebServer.Start(node, node.Own, options, new WebKeys(Token), reading, TimeProvider.System, CancellationToken.None), asGuest);
    }

    private static StoreHistory Reading(FakeNode node, IHistoryStore store) =>
        new(store, () => new RoomId(ulong.Parse(node.Own.View.Room, NumberStyles.HexNumber, CultureInfo.InvariantCulture)));

    /// <summary>A browser of its own, a stranger: with cookies, and nothing else in common with others.</summary>
    public HttpClient NewClient() => new(new SocketsHttpHandler { CookieContainer = new CookieContainer() }) { BaseAddress = Server.Url, Timeout = TimeSpan.FromSeconds(30) };

    public Task<HttpResponseMessage> Post(object body, HttpClient? client = null) => (client ?? Client).PostAsJsonAsync("/api/messages", body);

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Server.DisposeAsync();
    }

    public static async Task<JsonElement> Json(HttpResponseMessage response) => JsonElement.Parse(await response.Content.ReadAsStringAsync());
}
