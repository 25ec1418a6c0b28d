using System.Net;
using Microsoft.Playwright;
using Norris.Node.Session;
using Norris.Node.Web;
using Norris.Tests.Session;
using static Microsoft.Playwright.Assertions;

namespace Norris.Tests.Web;

[Collection(ChromiumCollection.Name)]
public sealed class PageSpec(Chromium chromium)
{
    private readonly FakeRoom _room = new();

    [SkippableFact]
    public async Task Two_browsers_on_two_nodes_chat()
    {
        await using var one = await WebNode.Start(_room, "alice");
        await using var two = await WebNode.Start(_room, "bob");
        var alice = await Ready(await chromium.Open(one));
        var bob = await Ready(await chromium.Open(two));
        await Say(alice, "hello bob");
        await Expect(Said(bob, "hello bob")).ToBeVisibleAsync();
        await Say(bob, "hello alice");
        await Expect(Said(alice, "hello alice")).ToBeVisibleAsync();
        await Expect(alice.Locator("#log .mention")).ToHaveCountAsync(1);
        await Expect(alice.Locator("#pending li")).ToHaveCountAsync(0);
        await Expect(alice.Locator("#users li")).ToHaveCountAsync(2);
    }

    [SkippableFact]
    public async Task A_guest_of_the_hosts_node_is_not_called_the_host()
    {
        await using var web = await WebNode.Start(_room, "alice");
        var guest = await chromium.Open(web.Server.Url);
        await guest.FillAsync("#name", "gus");
        await guest.PressAsync("#name", "Enter");
        await Ready(guest);
        var people = guest.Locator("#users li");
        await Expect(people).ToHaveCountAsync(2);
        await Expect(people.Locator(".tag")).ToHaveTextAsync(["you"]);
        await Expect(people.First).ToHaveAttributeAsync("title", $"{web.Node.Address} (the host)");
        await Expect(guest.Locator("#status")).ToContainTextAsync($"host {web.Node.Address}");
    }

    [SkippableFact]
    public async Task Ones_own_message_waits_visibly_until_it_is_in_the_order()
    {
        await using var web = await WebNode.Start(_room);
        var page = await Ready(await chromium.Open(web));
        _room.Hold();
        await Say(page, "first");
        await Say(page, "second");
        await Expect(page.Locator("#pending li[data-state=taken] .text")).ToHaveTextAsync(["first", "second"]);
        await Expect(page.Locator("#log .text")).ToHaveCountAsync(0);
        _room.Release();
        await Expect(page.Locator("#log .text")).ToHaveTextAsync(["first", "second"]);
        await Expect(page.Locator("#pending li")).ToHaveCountAsync(0);
    }

    [SkippableFact]
    public async Task A_command_is_done_once_however_often_Enter_is_pressed()
    {
        var room = new FakeRoom();
        await using var web = await WebNode.Start(room, "ada");
        var page = await Ready(await chromium.Open(web));
        var asked = 0;
        await page.RouteAsync("**/api/line", async route =>
        {
            Interlocked.Increment(ref asked);
            await Task.Delay(200);
            await route.ContinueAsync();
        });
        await page.FillAsync("#text", "/me bows");
        await page.PressAsync("#text", "Enter");
        await page.PressAsync("#text", "Enter");

        await Expect(page.Locator("#text")).ToHaveValueAsync("");
        await Expect(page.Locator("#log")).ToContainTextAsync("bows");
        Assert.Equal(1, asked);
    }

    [SkippableFact]
    public async Task Nobody_can_overlook_that_the_node_is_cut_off_and_what_was_typed_goes_out_after()
    {
        await using var one = await WebNode.Start(_room, "alice");
        await using var two = await WebNode.Start(_room, "bob");
        var page = await Ready(await chromium.Open(two));
        _room.CutOff(two.Node);
        await Expect(page.Locator("#banner")).ToContainTextAsync("Cut off");
        await Say(page, "while cut off");
        one.Node.Own.Say("meanwhile");
        await Expect(page.Locator("#pending .text")).ToHaveTextAsync("while cut off");
        _room.Heal(two.Node);
        await Expect(page.Locator("#banner")).ToBeHiddenAsync();
        await Expect(page.Locator("#log .text")).ToHaveTextAsync(["meanwhile", "while cut off"]);
        await Expect(page.Locator("#pending li")).ToHaveCountAsync(0);
    }

    [SkippableFact]
    public async Task Who_is_cut_off_for_good_can_go_on_without_the_others_but_not_by_mistake()
    {
        await using var one = await WebNode.Start(_room, "alice");
        await using var two = await WebNode.Start(_room, "bob");
        var page = await Ready(await chromium.Open(two));
        await Expect(page.Locator("#reform")).ToBeHiddenAsync();
        _room.CutOff(two.Node);
        await page.ClickAsync("#reform");
        await page.Keyboard.PressAsync("Enter"); // what has the focus is to wait
        await Expect(page.Locator("#reform-ask")).ToBeHiddenAsync();
        await Expect(page.Locator("#log")).Not.ToContainTextAsync("a new room has begun");
        await page.ClickAsync("#reform");
        await page.GetByRole(AriaRole.Button, new() { Name = "Begin a new room" }).ClickAsync();
        await Expect(page.Locator("#log")).ToContainTextAsync("a new room has begun");
    }

    [SkippableFact]
    public async Task A_guest_is_not_asked_whether_to_go_on_without_the_others()
    {
        await using var web = await WebNode.Start(_room, "gate", asGuest: true);
        var page = await chromium.Open(web);
        await page.GetByLabel("Name").FillAsync("carol");
        await page.Keyboard.PressAsync("Enter");
        await Ready(page);
        _room.CutOff(web.Node);
        await Expect(page.Locator("#banner")).ToContainTextAsync("Cut off");
        await Expect(page.Locator("#reform")).ToBeHiddenAsync();
        using var answer = await web.Client.PostAsync(new Uri("/api/reform", UriKind.Relative), null);
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
    }

    [SkippableFact]
    public async Task When_the_web_server_is_gone_the_page_says_so_and_resumes_with_no_gap_and_no_duplicate()
    {
        var other = _room.Start("10.0.0.1:4053", "bob");
        var web = await WebNode.Start(_room);
        var port = web.Server.Url.Port;
        var page = await Ready(await chromium.Open(web));
        other.Own.Say("before");
        await Expect(Said(page, "before")).ToBeVisibleAsync();
        await web.DisposeAsync();
        _room.Kill(web.Node);
        await Expect(page.Locator("#banner")).ToContainTextAsync("Reconnecting");
        await Say(page, "typed meanwhile");
        await Expect(page.Locator("#pending .text")).ToHaveTextAsync("typed meanwhile");

        await using var again = await WebNode.Serve(_room.Start("127.0.0.1:4999", "alice"), new WebOptions(IPAddress.Loopback, port));
        other.Own.Say("after");
        await Expect(page.Locator("#banner")).ToBeHiddenAsync();
        await Expect(page.Locator("#log .said .text")).ToHaveTextAsync(["before", "after", "typed meanwhile"], new() { IgnoreCase = false });
        await Expect(page.Locator("#pending li")).ToHaveCountAsync(0);
        // The node started anew, so what came while it was down is gone, and is said.
        await Expect(page.Locator("#log .gap")).ToHaveCountAsync(1);
    }

    [SkippableFact]
    public async Task A_message_whose_node_died_before_it_was_ordered_is_left_to_the_user()
    {
        _room.Start("10.0.0.1:4053", "bob");
        var web = await WebNode.Start(_room);
        var port = web.Server.Url.Port;
        var page = await Ready(await chromium.Open(web));
        _room.Hold();
        await Say(page, "lost with the node");
        await Expect(page.Locator("#pending li[data-state=taken]")).ToHaveCountAsync(1);
        await web.DisposeAsync();
        _room.Kill(web.Node);
        await using var again = await WebNode.Serve(_room.Start("127.0.0.1:4999", "alice"), new WebOptions(IPAddress.Loopback, port));
        await Expect(page.Locator("#pending li[data-state=unknown]")).ToHaveCountAsync(1);
        _room.Forget();
        _room.Release();
        await page.GetByRole(AriaRole.Button, new() { Name = "Say it again" }).ClickAsync();
        await Expect(page.Locator("#log .said .text")).ToHaveTextAsync(["lost with the node"]);
    }

    [SkippableFact]
    public async Task When_the_host_dies_the_page_says_so_and_goes_on()
    {
        var host = _room.Start("10.0.0.1:4053", "bob");
        await using var web = await WebNode.Start(_room);
        var page = await Ready(await chromium.Open(web));
        _room.Kill(host);
        await Expect(page.Locator("#log")).ToContainTextAsync("the host changed from 10.0.0.1:4053");
        await Expect(page.Locator("#status b").First).ToHaveTextAsync(web.Node.Address);
        await Say(page, "still here");
        await Expect(Said(page, "still here")).ToBeVisibleAsync();
        await page.ClickAsync("#show-inside");
        await Expect(page.Locator("#failovers")).ToContainTextAsync("2.4 s");
    }

    [SkippableFact]
    public async Task Hostile_texts_are_shown_as_text()
    {
        await using var web = await WebNode.Start(_room);
        var page = await Ready(await chromium.Open(web));
        var alarms = 0;
        page.Dialog += (_, dialog) =>
        {
            alarms++;
            _ = dialog.DismissAsync();
        };
        string[] texts =
        [
            "<img src=x onerror=alert(1)>", "<script>alert(1)</script>", "javascript:alert(1)", "\u001b[31mred\u001b[0m", new string('x', 16 * 1024),
            "\u202Eevil\u202C", "👩‍👩‍👧‍👦 🇺🇳", "שלום עולם", "line one\nline two", "{{7*7}} ${7*7}", "</li></ol><h1>gone</h1>",
        ];
        foreach (var text in texts)
        {
            Assert.NotNull(web.Node.Own.Say(text).Id);
        }

        await Expect(page.Locator("#log .said")).ToHaveCountAsync(texts.Length);
        Assert.Equal(texts, await page.Locator("#log .text").EvaluateAllAsync<string[]>("all => all.map(e => e.textContent)"));
        Assert.Equal(0, await page.Locator("#log img, #log script, #log h1").CountAsync());
        Assert.Equal(0, alarms);
        Assert.True(await page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"), "a long word must not widen the page");
    }

    [SkippableFact]
    public async Task A_browser_elsewhere_chooses_its_name_and_keeps_it_over_a_reload()
    {
        await using var web = await WebNode.Start(_room, "gate", asGuest: true);
        var page = await chromium.Open(web);
        await page.GetByLabel("Name").FillAsync("two  spaces");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("#enter-why")).ToContainTextAsync("no two in a row");
        await page.GetByLabel("Name").FillAsync("carol");
        await page.Keyboard.PressAsync("Enter");
        await Ready(page);
        await Say(page, "hi");
        await Expect(page.Locator("#log .own .name")).ToHaveTextAsync("carol");
        await page.ReloadAsync();
        await Expect(Said(page, "hi")).ToBeVisibleAsync();
        Assert.Single(_room.Log.OfType<JoinedEvent>(), j => j.User == "carol");
        await page.GetByRole(AriaRole.Button, new() { Name = "Leave" }).ClickAsync();
        await Expect(page.Locator("#enter")).ToBeVisibleAsync();
        Assert.Contains(_room.Log.OfType<LeftEvent>(), l => l.User == "carol");
    }

    [SkippableFact]
    public async Task The_whole_page_works_by_keyboard()
    {
        await using var web = await WebNode.Start(_room);
        var page = await Ready(await chromium.Open(web));
        await page.Keyboard.TypeAsync("typed at once");
        await page.Keyboard.PressAsync("Enter");
        await Expect(Said(page, "typed at once")).ToBeVisibleAsync();
        await page.Keyboard.PressAsync("ArrowUp");
        await Expect(page.Locator("#text")).ToHaveValueAsync("typed at once");
        await page.FocusAsync("body");
        var reached = new HashSet<string>();
        for (var i = 0; i < 12; i++)
        {
            await page.Keyboard.PressAsync("Tab");
            reached.Add(await page.EvaluateAsync<string>("document.activeElement.id"));
        }

        Assert.Superset(new HashSet<string> { "show-chat", "show-inside", "scroller", "text", "send" }, reached);
    }

    [SkippableFact]
    public async Task Reading_back_is_not_disturbed_by_what_comes()
    {
        await using var web = await WebNode.Start(_room);
        for (var i = 0; i < 1000; i++)
        {
            web.Node.Own.Say($"message {i}");
        }

        var page = await Ready(await chromium.Open(web));
        await Expect(Said(page, "message 999")).ToBeVisibleAsync();
        await page.Locator("#scroller").EvaluateAsync("e => { e.scrollTop = e.scrollHeight / 2; }");
        await Expect(page.Locator("#newer")).ToBeVisibleAsync();
        var place = await page.Locator("#scroller").EvaluateAsync<double>("e => e.scrollTop");
        web.Node.Own.Say("news");
        await Expect(page.Locator("#newer")).ToHaveTextAsync("1 new below");
        Assert.Equal(place, await page.Locator("#scroller").EvaluateAsync<double>("e => e.scrollTop"));
        // One step for both: scrolling up shows earlier ones by itself, so the button may go between a look and a click.
        while (await page.Locator("#earlier").EvaluateAsync<bool>("e => !e.hidden && (e.click(), true)"))
        {
            await page.EvaluateAsync("new Promise(requestAnimationFrame)");
        }

        await Expect(Said(page, "message 0")).ToHaveCountAsync(1);
        await page.ClickAsync("#newer");
        await Expect(Said(page, "news")).ToBeVisibleAsync();
    }

    internal static ILocator Said(IPage page, string text) => page.Locator("#log .text").GetByText(text, new LocatorGetByTextOptions { Exact = true });

    internal static async Task Say(IPage page, string text)
    {
        await page.FillAsync("#text", text);
        await page.PressAsync("#text", "Enter");
    }

    internal static async Task<IPage> Ready(IPage page)
    {
        await Expect(page.Locator("body")).ToHaveAttributeAsync("data-link", "connected");
        return page;
    }
}
