using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using Norris.Node.Session;
using Norris.Node.Web;
using Norris.Tests.Session;

namespace Norris.Tests.Web;

public sealed class SafetySpec : IAsyncLifetime
{
    private readonly FakeRoom _room = new();
    private WebNode _web = null!;

    public async Task InitializeAsync() => _web = await WebNode.Start(_room);

    public async Task DisposeAsync() => await _web.DisposeAsync();

    [Theory]
    [InlineData("evil.example")]
    [InlineData("evil.example:80")]
    [InlineData("10.1.2.3")]
    [InlineData("localhost.evil.example")]
    public async Task A_name_that_was_rebound_to_this_address_gets_nothing(string host)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/room");
        request.Headers.Host = host;
        await HttpSpec.IsProblem(await _web.Client.SendAsync(request), HttpStatusCode.Forbidden);
    }

    [Theory]
    [InlineData("localhost")]
    [InlineData("127.0.0.1:9")]
    [InlineData("[::1]:80")]
    public async Task The_names_of_this_machine_are_served(string host)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/room");
        request.Headers.Host = host;
        Assert.Equal(HttpStatusCode.OK, (await _web.Client.SendAsync(request)).StatusCode);
    }

    [Theory]
    [InlineData("Origin", "http://evil.example")]
    [InlineData("Origin", "null")]
    [InlineData("Origin", "http://127.0.0.1:1")]
    [InlineData("Sec-Fetch-Site", "cross-site")]
    [InlineData("Sec-Fetch-Site", "same-site")]
    public async Task Another_sites_page_can_say_nothing_and_read_nothing(string header, string value)
    {
        using var post = new HttpRequestMessage(HttpMethod.Post, "/api/messages") { Content = JsonContent.Create(new { text = "x" }) };
        post.Headers.Add(header, value);
        await HttpSpec.IsProblem(await _web.Client.SendAsync(post), HttpStatusCode.Forbidden);
        Assert.Empty(_room.Log.OfType<SaidEvent>());
        using var get = new HttpRequestMessage(HttpMethod.Get, "/api/events");
        get.Headers.Add(header, value);
        await HttpSpec.IsProblem(await _web.Client.SendAsync(get), HttpStatusCode.Forbidden);
    }

    /// <summary>Whoever writes a method otherwise means it, but the servers between may not: it is another method, by the standard (RFC 9110, 9.1).</summary>
    [Theory]
    [InlineData("HEAd")]
    [InlineData("gEt")]
    [InlineData("post")]
    public async Task A_method_that_is_not_in_capitals_is_told(string method)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, _web.Client.BaseAddress!.Port);
        await using var stream = socket.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"{method} / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"));
        using var reader = new StreamReader(stream);
        var answer = await reader.ReadToEndAsync();
        Assert.StartsWith("HTTP/1.1 400 ", answer, StringComparison.Ordinal);
        Assert.Contains("methods are in capitals", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_own_page_may_speak()
    {
        using var post = new HttpRequestMessage(HttpMethod.Post, "/api/messages") { Content = JsonContent.Create(new { text = "x" }) };
        post.Headers.Add("Origin", _web.Server.Url.GetLeftPart(UriPartial.Authority));
        post.Headers.Add("Sec-Fetch-Site", "same-origin");
        Assert.Equal(HttpStatusCode.Accepted, (await _web.Client.SendAsync(post)).StatusCode);
    }

    [Fact]
    public async Task A_name_that_the_operator_gave_is_served_also_behind_a_proxy_that_speaks_tls()
    {
        await using var web = await WebNode.Start(_room, "gate", o => o with { Hosts = ["chat.example"] });
        using var enter = new HttpRequestMessage(HttpMethod.Post, "/api/user") { Content = JsonContent.Create(new { name = "carol" }) };
        enter.Headers.Host = "chat.example";
        enter.Headers.Add("Origin", "https://chat.example");
        using var guest = web.NewClient();
        using var answer = await guest.SendAsync(enter);
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        Assert.Contains("Set-Cookie", answer.Headers.Select(h => h.Key)); // a guest, not the node's own user
        using var other = new HttpRequestMessage(HttpMethod.Get, "/api/room");
        other.Headers.Host = "other.example";
        Assert.Contains("--web-host other.example", await (await web.Client.SendAsync(other)).Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_link_from_elsewhere_still_opens_the_page()
    {
        using var get = new HttpRequestMessage(HttpMethod.Get, "/");
        get.Headers.Add("Sec-Fetch-Site", "cross-site");
        Assert.Equal(HttpStatusCode.OK, (await _web.Client.SendAsync(get)).StatusCode);
    }

    [Theory]
    [InlineData("/", "text/html")]
    [InlineData("/app.js", "text/javascript")]
    [InlineData("/style.css", "text/css")]
    [InlineData("/icon.svg", "image/svg+xml")]
    public async Task The_page_comes_with_a_policy_that_allows_no_script_from_elsewhere(string path, string type)
    {
        using var answer = await _web.Client.GetAsync(new Uri(path, UriKind.Relative));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(type, answer.Content.Headers.ContentType?.MediaType);
        var policy = Assert.Single(answer.Headers.GetValues("Content-Security-Policy"));
        Assert.Contains("default-src 'none'", policy, StringComparison.Ordinal);
        Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("http", policy, StringComparison.Ordinal);
        Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
    }

    [Fact]
    public void Nothing_in_the_page_makes_markup_of_text_or_loads_from_elsewhere()
    {
        var assembly = typeof(WebServer).Assembly;
        var files = assembly.GetManifestResourceNames().Where(n => n.StartsWith("wwwroot.", StringComparison.Ordinal)).ToList();
        Assert.True(files.Count >= 4);
        foreach (var file in files)
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(file)!);
            var text = reader.ReadToEnd().Replace("http://www.w3.org/2000/svg", "", StringComparison.Ordinal);
            foreach (var bad in new[] { "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "http://", "https://", "style=", "onclick=" })
            {
                Assert.False(text.Contains(bad, StringComparison.Ordinal), $"{file} has {bad}");
            }
        }
    }

    [Fact]
    public async Task A_user_has_so_many_streams_and_no_more()
    {
        await using var web = await WebNode.Start(_room, "bob", o => o with { StreamsPerUser = 2 });
        await using var one = await EventReader.Open(web.Client);
        var two = await EventReader.Open(web.Client);
        using var refused = await web.Client.GetAsync(new Uri("/api/events", UriKind.Relative));
        await HttpSpec.IsProblem(refused, HttpStatusCode.ServiceUnavailable);
        Assert.NotNull(refused.Headers.RetryAfter);
        await two.DisposeAsync();
        await Eventually.Holds(async () => (await web.Client.GetStringAsync("/metrics")).Contains("norris_web_streams 1\n", StringComparison.Ordinal));
        await using var three = await EventReader.Open(web.Client);
    }
}
