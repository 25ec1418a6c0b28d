using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Norris.Node.Session;
using Norris.Node.Web;
using Norris.Tests.Session;

namespace Norris.Tests.Web;

/// <summary>Who may be the node's own user: who can read what only the account that runs it can read, and nobody else, from wherever they come.</summary>
public sealed class OwnerSpec : IAsyncLifetime
{
    private readonly FakeRoom _room = new();
    private WebNode _web = null!;

    public async Task InitializeAsync() => _web = await WebNode.Start(_room);

    public async Task DisposeAsync() => await _web.DisposeAsync();

    [Theory]
    [InlineData("POST", "/api/messages")]
    [InlineData("GET", "/api/events")]
    [InlineData("GET", "/api/history")]
    public async Task Who_shows_nothing_is_nobody_also_on_this_machine_and_is_told_how_to_be_somebody(string method, string path)
    {
        using var stranger = _web.NewClient();
        using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = method == "POST" ? JsonContent.Create(new { text = "x" }) : null };
        using var answer = await stranger.SendAsync(request);
        await HttpSpec.IsProblem(answer, HttpStatusCode.Unauthorized);
        Assert.Contains("Bearer $(norris token)", (await WebNode.Json(answer)).GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal("Bearer", answer.Headers.WwwAuthenticate.ToString());
        Assert.Empty(_room.Log.OfType<SaidEvent>());
    }

    [Fact]
    public async Task A_plain_curl_without_a_token_is_told_about_the_token_and_not_about_its_body()
    {
        using var stranger = _web.NewClient();
        using var body = new StringContent("hi", Encoding.UTF8, "application/x-www-form-urlencoded");
        await HttpSpec.IsProblem(await stranger.PostAsync(new Uri("/api/messages", UriKind.Relative), body), HttpStatusCode.Unauthorized);
    }

    [Theory]
    [InlineData("Bearer")]
    [InlineData("Bearer x")]
    [InlineData("Bearer AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("Basic bm9ycmlzOm5vcnJpcw==")]
    public async Task Another_token_is_nobodys(string authorization)
    {
        using var stranger = _web.NewClient();
        stranger.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", authorization);
        using var answer = await _web.Post(new { text = "x" }, stranger);
        await HttpSpec.IsProblem(answer, HttpStatusCode.Unauthorized);
        Assert.Contains("norris token", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("POST", "/api/reform")]
    [InlineData("POST", "/api/link")]
    [InlineData("GET", "/api/devices")]
    [InlineData("DELETE", "/api/devices?who=bob")]
    [InlineData("POST", "/api/invites")]
    [InlineData("DELETE", "/api/invites?code=4mvt")]
    public async Task What_is_the_own_users_alone_is_refused_to_all_others(string method, string path)
    {
        using var guest = _web.NewClient();
        using var entered = await guest.PostAsJsonAsync("/api/user", new { name = "carol" });
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        await HttpSpec.IsProblem(await guest.SendAsync(request), HttpStatusCode.Forbidden);
    }

    [Theory]
    [InlineData(null, null)] // nginx with proxy_pass alone
    [InlineData("X-Forwarded-For", "127.0.0.1")]
    [InlineData("Forwarded", "for=127.0.0.1")]
    [InlineData("Via", "1.1 proxy")]
    public async Task Whoever_comes_through_a_proxy_on_this_machine_is_a_guest_whatever_it_passes_on(string? header, string? value)
    {
        using var visitor = _web.NewClient();
        if (header is not null)
        {
            visitor.DefaultRequestHeaders.Add(header, value);
        }

        using var entered = await visitor.PostAsJsonAsync("/api/user", new { name = "carol" });
        Assert.Equal(HttpStatusCode.Accepted, entered.StatusCode);
        using var said = await _web.Post(new { text = "x" }, visitor);
        Assert.Equal("carol", Assert.Single(_room.Log.OfType<SaidEvent>()).User);
        Assert.False(JsonElement.Parse(await visitor.GetStringAsync("/api/room")).GetProperty("own").GetBoolean());
    }

    [Fact]
    public async Task A_link_makes_the_first_browser_that_opens_it_the_own_user_and_no_other()
    {
        var link = _web.Server.NewLink();
        using var first = _web.NewClient();
        using var head = await first.SendAsync(new HttpRequestMessage(HttpMethod.Head, link)); // a look at where it leads opens nothing
        using var opened = await first.GetAsync(link);
        Assert.Equal(HttpStatusCode.OK, opened.StatusCode);
        Assert.Equal("/", opened.RequestMessage!.RequestUri!.PathAndQuery); // the secret is not in the address that the browser keeps
        Assert.True(JsonElement.Parse(await first.GetStringAsync("/api/room")).GetProperty("own").GetBoolean());
        using var said = await _web.Post(new { text = "as the node's user" }, first);
        Assert.Equal("alice", Assert.Single(_room.Log.OfType<SaidEvent>()).User);

        using var second = _web.NewClient();
        using var late = await second.GetAsync(link);
        Assert.Equal("#link", late.RequestMessage!.RequestUri!.Fragment);
        Assert.False(JsonElement.Parse(await second.GetStringAsync("/api/room")).GetProperty("own").GetBoolean());
        using var again = await first.GetAsync(link); // opened twice by mistake
        Assert.Equal("", again.RequestMessage!.RequestUri!.Fragment);
    }

    [Fact]
    public async Task The_own_user_gets_as_many_links_as_there_are_browsers()
    {
        using var answer = await _web.Client.PostAsync(new Uri("/api/link", UriKind.Relative), null);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        using var browser = _web.NewClient();
        using var opened = await browser.GetAsync(new Uri((await WebNode.Json(answer)).GetProperty("link").GetString()!));
        Assert.True(JsonElement.Parse(await browser.GetStringAsync("/api/room")).GetProperty("own").GetBoolean());
    }

    [Fact]
    public async Task A_cookie_that_no_node_of_the_account_made_is_not_taken_up()
    {
        var chosen = Convert.ToBase64String(Encoding.ASCII.GetBytes(new string('A', 48))).TrimEnd('=');
        var port = _web.Server.Url.Port;
        foreach (var cookie in (string[])[$"norris-{port}={chosen}", $"norris-own-{port}={chosen}", $"norris-{port}={new WebKeys(RandomNumberGenerator.GetBytes(32)).NewGuestCookie()}"])
        {
            using var victim = new HttpClient(new SocketsHttpHandler { UseCookies = false }) { BaseAddress = _web.Server.Url };
            victim.DefaultRequestHeaders.Add("Cookie", cookie);
            using var entered = await victim.PostAsJsonAsync("/api/user", new { name = "victim" });
            Assert.DoesNotContain(cookie, string.Concat(entered.Headers.GetValues("Set-Cookie")), StringComparison.Ordinal);
            await HttpSpec.IsProblem(await _web.Post(new { text = "by who chose it" }, victim), HttpStatusCode.Unauthorized);
        }
    }

    [Fact]
    public async Task A_guest_is_the_same_again_after_the_nodes_restart()
    {
        using var guest = _web.NewClient();
        using var entered = await guest.PostAsJsonAsync("/api/user", new { name = "carol" });
        var cookie = Assert.Single(entered.Headers.GetValues("Set-Cookie")).Split(';')[0];
        await using var again = await WebNode.Start(_room, "next");
        using var back = new HttpClient(new SocketsHttpHandler { UseCookies = false }) { BaseAddress = again.Server.Url };
        back.DefaultRequestHeaders.Add("Cookie", cookie.Replace($"norris-{_web.Server.Url.Port}", $"norris-{again.Server.Url.Port}", StringComparison.Ordinal));
        using var taken = await back.PostAsJsonAsync("/api/user", new { name = "carol" });
        Assert.Contains(cookie.Split('=')[1], Assert.Single(taken.Headers.GetValues("Set-Cookie")), StringComparison.Ordinal);
    }

    [SkippableFact]
    [UnsupportedOSPlatform("windows")]
    public void The_token_is_a_file_that_only_the_account_can_read_and_the_same_for_all_its_nodes()
    {
        Skip.If(OperatingSystem.IsWindows(), "no file modes here");
        var folder = Directory.CreateTempSubdirectory("norris-token-");
        var path = WebToken.PathBeside(Path.Combine(folder.FullName, "deeper", "profile.json"))!;
        var tokens = new byte[16][];
        Parallel.For(0, tokens.Length, i => tokens[i] = WebToken.Open(path, out _));
        Assert.All(tokens, token => Assert.Equal(tokens[0], token));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));

        // What others could have read or put there is nobody's secret.
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        Assert.NotEqual(tokens[0], WebToken.Open(path, out var warning));
        Assert.Null(warning);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));

        File.WriteAllText(path, "half a tok");
        Assert.Equal(WebKeys.TokenBytes, WebToken.Open(path, out warning).Length);
        Assert.Null(warning);
        Directory.CreateDirectory(Path.Combine(folder.FullName, "taken", "web-token"));
        Assert.Equal(WebKeys.TokenBytes, WebToken.Open(Path.Combine(folder.FullName, "taken", "web-token"), out warning).Length);
        Assert.Contains("cannot be used", warning, StringComparison.Ordinal);
        folder.Delete(recursive: true);
    }
}
