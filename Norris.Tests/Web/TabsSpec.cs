using Microsoft.Playwright;
using Norris.Node.Session;
using Norris.Tests.Session;
using static Microsoft.Playwright.Assertions;
using static Norris.Tests.Web.PageSpec;

namespace Norris.Tests.Web;

/// <summary>Many tabs of one browser, which opens six connections to a node and no more.</summary>
[Collection(ChromiumCollection.Name)]
public sealed class TabsSpec(Chromium chromium)
{
    private const int Tabs = 32;

    private readonly FakeRoom _room = new();

    [SkippableFact]
    public async Task Thirty_two_tabs_of_one_browser_all_hear_everything_and_all_can_speak()
    {
        var bob = _room.Start("10.0.0.1:4053", "bob");
        await using var web = await WebNode.Start(_room);
        var first = await Ready(await chromium.Open(web));
        bob.Own.Say("before");
        var tabs = new List<IPage> { first };
        while (tabs.Count < Tabs)
        {
            var tab = await first.Context.NewPageAsync();
            await tab.GotoAsync(web.Server.Url.ToString());
            tabs.Add(await Ready(tab));
        }

        for (var i = 0; i < Tabs; i++)
        {
            await Say(tabs[i], $"from tab {i}");
        }

        // The tabs post on their own: what the last one says has to be there before the end is said.
        await Expect(Said(first, $"from tab {Tabs - 1}")).ToBeVisibleAsync();
        bob.Own.Say("the end");
        string[] all = ["before", .. Enumerable.Range(0, Tabs).Select(i => $"from tab {i}"), "the end"];
        foreach (var tab in tabs)
        {
            await Expect(Said(tab, "the end")).ToBeVisibleAsync();
            Assert.Equal(all, await tab.Locator("#log .said .text").AllTextContentsAsync());
            await Expect(tab.Locator("#pending li")).ToHaveCountAsync(0);
        }

        Assert.Contains("norris_web_streams 1\n", await web.Client.GetStringAsync("/metrics"), StringComparison.Ordinal);
        await first.Context.CloseAsync();
        await Eventually.Holds(async () => (await web.Client.GetStringAsync("/metrics")).Contains("norris_web_streams 0\n", StringComparison.Ordinal));
    }

    [SkippableFact]
    public async Task The_tabs_go_on_when_the_first_of_them_is_closed_and_when_the_node_comes_back()
    {
        var bob = _room.Start("10.0.0.1:4053", "bob");
        var web = await WebNode.Start(_room);
        var port = web.Server.Url.Port;
        var first = await Ready(await chromium.Open(web));
        var second = await first.Context.NewPageAsync();
        await second.GotoAsync(web.Server.Url.ToString());
        await Ready(second);
        await first.CloseAsync(new() { RunBeforeUnload = true });
        bob.Own.Say("one");
        await Expect(Said(second, "one")).ToBeVisibleAsync();

        await web.DisposeAsync(); // the node lives, the page's server is gone for a while
        await Expect(second.Locator("#banner")).ToContainTextAsync("Reconnecting");
        bob.Own.Say("two");
        await using var again = await WebNode.Serve(_room.Start("127.0.0.1:4998", "alice"), new(System.Net.IPAddress.Loopback, port));
        bob.Own.Say("three");
        await Ready(second);
        await Expect(Said(second, "three")).ToBeVisibleAsync();
        await Expect(second.Locator("#log .gap")).ToHaveCountAsync(1); // the new node was not there when 'two' was said
    }

    [SkippableFact]
    public async Task Who_comes_in_or_leaves_in_one_tab_does_so_in_all()
    {
        await using var web = await WebNode.Start(_room, "gate", asGuest: true);
        var first = await chromium.Open(web);
        var second = await first.Context.NewPageAsync();
        await second.GotoAsync(web.Server.Url.ToString());
        IPage[] tabs = [first, second];
        foreach (var tab in tabs)
        {
            await Expect(tab.Locator("#enter")).ToBeVisibleAsync();
        }

        await PageReturnSpec.Hide(second, true); // it looks around less often by itself
        foreach (var (enters, leaves) in ((IPage, IPage)[])[(first, second), (second, first)])
        {
            await enters.FillAsync("#name", "carol");
            await enters.PressAsync("#name", "Enter");
            foreach (var tab in tabs)
            {
                await Ready(tab);
                await Expect(tab.Locator("#enter")).ToBeHiddenAsync();
                await Expect(tab.Locator("#users .who")).ToHaveTextAsync(["gate", "carol"]);
            }

            await Say(leaves, "bye");
            await Expect(Said(enters, "bye")).ToHaveCountAsync(1);
            await leaves.ClickAsync("#leave");
            foreach (var tab in tabs)
            {
                await Expect(tab.Locator("#enter")).ToBeVisibleAsync();
                await Expect(tab.Locator("#users .who")).ToHaveTextAsync(["gate"]);
            }

            await enters.ReloadAsync();
            await Expect(enters.Locator("#enter")).ToBeVisibleAsync();
            await Expect(enters.Locator("#name")).ToHaveValueAsync("carol");
        }
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_guests_browser_that_opens_the_nodes_link_says_in_all_tabs_that_it_speaks_as_another_now(bool hasWorkers)
    {
        await using var web = await WebNode.Start(_room, "ada", asGuest: true);
        var guest = await chromium.Open(web);
        if (!hasWorkers)
        {
            await guest.Context.AddInitScriptAsync("delete window.SharedWorker");
            await guest.ReloadAsync();
        }

        var nobody = await guest.Context.NewPageAsync();
        await nobody.GotoAsync(web.Server.Url.ToString());
        await Expect(nobody.Locator("#enter")).ToBeVisibleAsync();
        await guest.FillAsync("#name", "carol");
        await guest.PressAsync("#name", "Enter");
        await Ready(guest);
        await Say(guest, "as carol");
        await Expect(Said(guest, "as carol")).ToBeVisibleAsync();
        await Expect(guest.Locator("#log")).Not.ToContainTextAsync("now speaks as");

        var opened = await guest.Context.NewPageAsync();
        await opened.GotoAsync(web.Server.NewLink().ToString());
        foreach (var tab in (IPage[])[opened, guest, nobody])
        {
            await Expect(tab.Locator("#log")).ToContainTextAsync("This browser now speaks as ada");
            await Ready(tab);
        }

        await Say(guest, "as ada");
        foreach (var tab in (IPage[])[opened, guest, nobody])
        {
            await Expect(Said(tab, "as ada")).ToHaveCountAsync(1);
            await Expect(tab.Locator("#users li:has(.tag) .who")).ToHaveTextAsync(["ada"]);
        }

        Assert.Equal(["carol", "ada"], _room.Log.OfType<SaidEvent>().Select(said => said.User));

        // It is no news after that, nor to who was nobody else before.
        await opened.ReloadAsync();
        var fresh = await chromium.Open(web.Server.NewLink());
        foreach (var tab in (IPage[])[opened, fresh])
        {
            await Expect(Said(tab, "as ada")).ToHaveCountAsync(1);
            await Expect(tab.Locator("#log")).Not.ToContainTextAsync("now speaks as");
        }
    }

    [SkippableFact]
    public async Task Where_there_are_no_shared_workers_each_tab_has_a_stream_of_its_own_and_none_while_it_is_hidden()
    {
        var bob = _room.Start("10.0.0.1:4053", "bob");
        await using var web = await WebNode.Start(_room);
        var page = await chromium.Open(web);
        await page.AddInitScriptAsync("delete window.SharedWorker");
        await page.ReloadAsync();
        await Ready(page);
        bob.Own.Say("one");
        await Expect(Said(page, "one")).ToBeVisibleAsync();
        await PageReturnSpec.Hide(page, true);
        await Eventually.Holds(async () => (await web.Client.GetStringAsync("/metrics")).Contains("norris_web_streams 0\n", StringComparison.Ordinal));
        bob.Own.Say("two");
        await PageReturnSpec.Hide(page, false);
        await Expect(Said(page, "two")).ToBeVisibleAsync();
        await Expect(page.Locator("#log .said .text")).ToHaveTextAsync(["one", "two"]);
    }

    [SkippableTheory]
    [InlineData("the tab that it began in crashes")]
    [InlineData("it ends")]
    public async Task When_the_worker_that_the_tabs_share_is_gone_they_begin_another_and_miss_nothing(string how)
    {
        var bob = _room.Start("10.0.0.1:4053", "bob");
        await using var web = await WebNode.Start(_room);
        var first = await Ready(await chromium.Open(web));
        List<IPage> others = [];
        while (others.Count < 3)
        {
            var tab = await first.Context.NewPageAsync();
            await tab.GotoAsync(web.Server.Url.ToString());
            others.Add(await Ready(tab));
        }

        bob.Own.Say("before");
        foreach (var tab in others)
        {
            await Expect(Said(tab, "before")).ToBeVisibleAsync();
        }

        if (how == "it ends")
        {
            await chromium.EndSharedWorkers(web.Server.Url);
        }
        else
        {
            var crashed = new TaskCompletionSource();
            first.Crash += (_, _) => crashed.TrySetResult();
            var devtools = await first.Context.NewCDPSessionAsync(first);
            _ = devtools.SendAsync("Page.crash"); // never answered
            await crashed.Task.WaitAsync(TimeSpan.FromMinutes(1));
        }

        bob.Own.Say("while nobody hears");
        foreach (var tab in others)
        {
            await Expect(Said(tab, "while nobody hears")).ToBeVisibleAsync();
        }

        bob.Own.Say("after");
        await Say(others[0], "the end");
        foreach (var tab in others)
        {
            await Ready(tab);
            await Expect(Said(tab, "the end")).ToBeVisibleAsync();
            await Expect(tab.Locator("#log .said .text")).ToHaveTextAsync(["before", "while nobody hears", "after", "the end"]);
            await Expect(tab.Locator("#pending li")).ToHaveCountAsync(0);
            await Expect(tab.Locator("#log .gap")).ToHaveCountAsync(0);
        }

        await Eventually.Holds(async () => (await web.Client.GetStringAsync("/metrics")).Contains("norris_web_streams 1\n", StringComparison.Ordinal));
    }

    [SkippableFact]
    public async Task A_stream_over_which_nothing_comes_though_the_room_goes_on_is_opened_anew()
    {
        var bob = _room.Start("10.0.0.1:4053", "bob");
        await using var web = await WebNode.Start(_room);
        var page = await chromium.Open(web);
        await page.AddInitScriptAsync(
            """
            delete window.SharedWorker;
            window.EventSource = class extends EventSource {
              constructor(url) { super(url); window.newest = this; }
              set onmessage(hear) { super.onmessage = (e) => this.deaf || hear(e); }
            };
            """);
        await page.ReloadAsync();
        await Ready(page);
        bob.Own.Say("one");
        await Expect(Said(page, "one")).ToBeVisibleAsync();
        await page.EvaluateAsync("window.newest.deaf = true"); // as behind a router that has forgotten the connection
        bob.Own.Say("two");
        await Expect(Said(page, "two")).ToBeVisibleAsync();
        bob.Own.Say("three");
        await Expect(page.Locator("#log .said .text")).ToHaveTextAsync(["one", "two", "three"]);
    }

    [SkippableFact]
    public async Task Where_shared_workers_say_nothing_a_tab_has_a_stream_of_its_own()
    {
        var bob = _room.Start("10.0.0.1:4053", "bob");
        await using var web = await WebNode.Start(_room);
        var page = await chromium.Open(web);
        await page.AddInitScriptAsync("window.SharedWorker = class { port = { postMessage() {}, close() {} }; }");
        await page.ReloadAsync();
        await Ready(page);
        bob.Own.Say("heard");
        await Expect(Said(page, "heard")).ToBeVisibleAsync();
    }
}
