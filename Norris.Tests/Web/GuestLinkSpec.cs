using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Microsoft.Playwright;
using Norris.Node.Session;
using Norris.Tests.Session;
using static Microsoft.Playwright.Assertions;
using static Norris.Tests.Web.PageSpec;

namespace Norris.Tests.Web;

/// <summary>In a private room nobody is a guest by reaching the page: it takes a link, which the node's own user makes and which is good once.</summary>
[Collection(ChromiumCollection.Name)]
public sealed class GuestLinkSpec(Chromium chromium) : IAsyncLifetime
{
    private static readonly Uri Guests = new("/api/guests", UriKind.Relative);

    private readonly FakeRoom _room = new();
    private readonly FakeTimeProvider _clock = new();
    private WebNode _web = null!;

    public async Task InitializeAsync()
    {
        var links = new GuestLinks(_clock);
        _web = await WebNode.Start(_room, "ada", o => o with { GuestLinks = links });
        _web.Node.GuestLinks = links;
        _web.Node.Circle = new FakeCircle(_room);
    }

    public async Task DisposeAsync() => await _web.DisposeAsync();

    [Fact]
    public async Task Who_opens_a_link_first_comes_in_under_its_name_or_another_and_who_opens_it_after_that_does_not()
    {
        var (line, code) = await NewLink("bob");
        Assert.Equal($"{_web.Server.Url}#guest={code}", line);
        using var bob = _web.NewClient();
        using var came = await Enter(bob, "", code);
        Assert.Equal("bob", (await WebNode.Json(came)).GetProperty("wanted").GetString());
        using var said = await _web.Post(new { text = "from a guest" }, bob);
        Assert.Equal("bob", Assert.Single(_room.Log.OfType<SaidEvent>()).User);
        using var renamed = await Enter(bob, "robert", null); // it is in: no link is needed any more
        Assert.Equal(HttpStatusCode.Accepted, renamed.StatusCode);

        using var eve = _web.NewClient();
        using var late = await Enter(eve, "eve", code);
        await HttpSpec.IsProblem(late, HttpStatusCode.Forbidden);
        Assert.Contains("was opened before", await late.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.False(late.Headers.Contains("Set-Cookie"));

        using var cat = _web.NewClient();
        using var named = await Enter(cat, "cat", (await NewLink("bob")).Code);
        Assert.Equal("cat", (await WebNode.Json(named)).GetProperty("wanted").GetString());
    }

    [Fact]
    public async Task Of_two_who_open_a_link_at_once_one_comes_in()
    {
        var (_, code) = await NewLink("");
        var clients = Enumerable.Range(0, 8).Select(_ => _web.NewClient()).ToList();
        var answers = await Task.WhenAll(clients.Select(client => Enter(client, "gus", code)));
        Assert.Single(answers, a => a.StatusCode == HttpStatusCode.Accepted);
        clients.ForEach(client => client.Dispose());
    }

    [Fact]
    public async Task A_stranger_sees_of_the_room_that_it_is_private_and_nothing_else()
    {
        using var stranger = _web.NewClient();
        using var said = await _web.Post(new { text = "a secret" });
        var room = JsonElement.Parse(await stranger.GetStringAsync("/api/room"));
        Assert.True(room.GetProperty("private").GetBoolean());
        Assert.Equal(("", "", "", 0, 0, 0), (room.GetProperty("room").GetString(), room.GetProperty("host").GetString(), room.GetProperty("node").GetString(),
            room.GetProperty("seq").GetInt64(), room.GetProperty("users").GetArrayLength(), room.GetProperty("nodes").GetArrayLength()));
        foreach (var path in (string[])["/api/room?wait=1", "/api/events", "/api/history", "/metrics"])
        {
            await HttpSpec.IsProblem(await stranger.GetAsync(new Uri(path, UriKind.Relative)), HttpStatusCode.Unauthorized);
        }

        Assert.Contains("norris_nodes", await _web.Client.GetStringAsync("/metrics"), StringComparison.Ordinal);
        await HttpSpec.IsProblem(await Enter(stranger, "eve", null), HttpStatusCode.Forbidden);
        await HttpSpec.IsProblem(await stranger.PostAsJsonAsync(Guests, new { name = "" }), HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task A_link_is_over_after_a_day()
    {
        var (_, code) = await NewLink("");
        _clock.Advance(TimeSpan.FromDays(1));
        using var late = _web.NewClient();
        await HttpSpec.IsProblem(await Enter(late, "gus", code), HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task Of_too_many_links_the_oldest_are_worth_nothing()
    {
        var codes = new List<string>();
        for (var i = 0; i <= GuestLinks.OpenLinks; i++)
        {
            codes.Add((await NewLink("")).Code);
        }

        using var first = _web.NewClient();
        await HttpSpec.IsProblem(await Enter(first, "gus", codes[0]), HttpStatusCode.Forbidden);
        using var second = _web.NewClient();
        Assert.Equal(HttpStatusCode.Accepted, (await Enter(second, "gus", codes[1])).StatusCode);
    }

    [Fact]
    public async Task After_ten_wrong_codes_others_have_to_wait_for_a_minute_and_a_right_one_does_not()
    {
        using var client = _web.NewClient();
        for (var i = 0; i < GuestLinks.WrongCodesPerMinute; i++)
        {
            await HttpSpec.IsProblem(await Enter(client, "gus", i % 2 == 0 ? FakeCircle.Code : "x"), HttpStatusCode.Forbidden);
        }

        using var tried = await Enter(client, "gus", FakeCircle.Code);
        await HttpSpec.IsProblem(tried, HttpStatusCode.TooManyRequests);
        Assert.Equal("60", tried.Headers.RetryAfter?.ToString());
        var (_, code) = await NewLink("");
        using var other = _web.NewClient();
        Assert.Equal(HttpStatusCode.Accepted, (await Enter(other, "gus", code)).StatusCode);
        _clock.Advance(TimeSpan.FromMinutes(1));
        await HttpSpec.IsProblem(await Enter(client, "gus", FakeCircle.Code), HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task A_link_that_is_taken_back_lets_nobody_in_and_one_that_was_opened_takes_its_guest_along()
    {
        var (_, unused) = await NewLink("");
        using var back = await _web.Client.DeleteAsync(new Uri($"/api/invites?code={unused}", UriKind.Relative));
        Assert.Equal($"the guest link {unused[..4]} lets nobody in any more", (await WebNode.Json(back)).GetProperty("outcome").GetString());
        using var gus = _web.NewClient();
        await HttpSpec.IsProblem(await Enter(gus, "gus", unused), HttpStatusCode.Forbidden);

        var (_, used) = await NewLink("");
        using var came = await Enter(gus, "gus", used);
        using var gone = await _web.Client.DeleteAsync(new Uri($"/api/invites?code={used[..4]}", UriKind.Relative));
        Assert.Equal(HttpStatusCode.OK, gone.StatusCode);
        await HttpSpec.IsProblem(await _web.Post(new { text = "still here?" }, gus), HttpStatusCode.Unauthorized);
        await HttpSpec.IsProblem(await Enter(gus, "gus", null), HttpStatusCode.Forbidden);
        Assert.Empty(_room.Log.OfType<SaidEvent>());
    }

    [Fact]
    public async Task A_guest_of_an_open_room_or_who_has_left_is_a_stranger()
    {
        using var gus = _web.NewClient();
        using var came = await Enter(gus, "gus", (await NewLink("")).Code);
        var cookie = Assert.Single(came.Headers.GetValues("Set-Cookie")).Split(';')[0];
        using var left = await gus.DeleteAsync(new Uri("/api/user", UriKind.Relative));

        await using var open = await WebNode.Start(_room, "eve");
        using var visitor = open.NewClient();
        using var visited = await visitor.PostAsJsonAsync("/api/user", new { name = "eve" });
        var other = Assert.Single(visited.Headers.GetValues("Set-Cookie")).Split(';')[0].Replace($"norris-{open.Server.Url.Port}", $"norris-{_web.Server.Url.Port}", StringComparison.Ordinal);
        foreach (var kept in (string[])[cookie, other])
        {
            using var again = new HttpClient(new SocketsHttpHandler { UseCookies = false }) { BaseAddress = _web.Server.Url };
            again.DefaultRequestHeaders.Add("Cookie", kept);
            await HttpSpec.IsProblem(await Enter(again, "gus", null), HttpStatusCode.Forbidden);
        }
    }

    [Fact]
    public void Where_there_is_no_page_there_are_no_guests()
    {
        var answer = new GuestLinks(TimeProvider.System).Answer(new CircleWish.Guest(""));
        Assert.Contains("start it with --web", Assert.Single(answer!.Lines), StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task The_page_makes_a_link_and_the_browser_that_opens_it_is_in_by_it_once()
    {
        var page = await Ready(await chromium.Open(_web));
        await page.ClickAsync("#show-devices");
        await page.FillAsync("#invite-name", "gus");
        await page.ClickAsync("#invite-form [value=guest]");
        await Expect(page.Locator("#invite-hint")).ToContainTextAsync("For one browser");
        var link = new Uri((await page.Locator("#invite-line").TextContentAsync())!);
        Assert.Equal(link.ToString(), await QrReader.Read(page.Locator("#invite-qr")));

        var guest = await chromium.Open(link);
        Assert.Equal(_web.Server.Url.ToString(), guest.Url); // the code is not in the address that the browser keeps
        await guest.PressAsync("#name", "Enter");
        await Ready(guest);
        await Expect(guest.Locator("#users .who")).ToHaveTextAsync(["ada", "gus"]);
        await guest.ReloadAsync();
        await Ready(guest);

        var stranger = await chromium.Open(link);
        await stranger.PressAsync("#name", "Enter");
        await Expect(stranger.Locator("#enter-why")).ToContainTextAsync("was opened before");
        var uninvited = await chromium.Open(_web.Server.Url);
        await Expect(uninvited.Locator("#enter-why")).ToContainTextAsync("by a guest link");

        await page.ClickAsync("#invite-undo");
        await Expect(page.Locator("#invite")).ToBeHiddenAsync();
        await Expect(guest.Locator("#enter-why")).ToContainTextAsync("by a guest link");

        // What is opened where the page is already: only the end of the address is another.
        await stranger.GotoAsync((await NewLink("eve")).Line);
        await Expect(stranger.Locator("#enter-why")).ToBeEmptyAsync();
        await stranger.PressAsync("#name", "Enter");
        await Ready(stranger);
    }

    private static Task<HttpResponseMessage> Enter(HttpClient client, string name, string? guest) => client.PostAsJsonAsync("/api/user", new { name, guest });

    private async Task<(string Line, string Code)> NewLink(string name)
    {
        using var answer = await _web.Client.PostAsJsonAsync(Guests, new { name });
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        var line = (await WebNode.Json(answer)).GetProperty("line").GetString()!;
        return (line, line[(line.IndexOf('=', StringComparison.Ordinal) + 1)..]);
    }
}
