using Microsoft.Playwright;
using Norris.Tests.Web;
using static Microsoft.Playwright.Assertions;

namespace Norris.Tests.Teach;

/// <summary>The page for a class as a browser draws it.</summary>
[Collection(ChromiumCollection.Name)]
public sealed class TeachPageSpec(Chromium chromium) : IAsyncLifetime
{
    private TeachWeb _web = null!;

    public async Task InitializeAsync() => _web = await TeachWeb.Start();

    public async Task DisposeAsync() => await _web.DisposeAsync();

    [SkippableFact]
    public async Task Each_node_has_a_lane_with_its_log_how_far_it_is_and_how_it_is()
    {
        var page = await Open();
        Story();
        await Expect(page.Locator(".lane.host h3")).ToHaveTextAsync("bob");
        await Expect(page.Locator(".lane:nth-child(1) .tags")).ToContainTextAsync("dead");
        await Expect(page.Locator(".lane:nth-child(3) .tags")).ToContainTextAsync("cut off");
        await Expect(page.Locator(".lane:nth-child(3) .tags")).ToContainTextAsync("2 in the outbox");
        await Expect(page.Locator(".lane:nth-child(4) .why")).ToHaveTextAsync("the port is taken");
        await Expect(page.Locator(".lane:nth-child(2) .entry.delivered")).ToHaveCountAsync(3);
        await Expect(page.Locator(".lane:nth-child(2) [data-seq='3'] .what")).ToHaveTextAsync("bob hosts");
        await Expect(page.Locator(".lane:nth-child(2) [data-seq='4']")).ToHaveClassAsync("entry received");
        await Expect(page.Locator(".lane:nth-child(3) [data-seq='3']")).ToHaveClassAsync("entry missing");

        // One number has one colour, that of its epoch, and stands at one height.
        Assert.NotEqual(await Colour(page, 2, 2), await Colour(page, 2, 3));
        Assert.Equal(await Colour(page, 1, 2), await Colour(page, 2, 2));
        Assert.Single((await page.Locator(".lane:nth-child(-n+3) [data-seq='2']").EvaluateAllAsync<double[]>("all => all.map(e => e.getBoundingClientRect().top)")).Distinct());
    }

    [SkippableFact]
    public async Task What_cannot_be_done_is_said_at_the_button_and_where_one_asks_for_it()
    {
        var page = await Open();
        Story();
        var cut = page.GetByRole(AriaRole.Button, new() { Name = $"Cut bob: {TeachWeb.NoCables}" });
        await Expect(cut).ToBeDisabledAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Lesson 4: A partition" }).ClickAsync();
        await Expect(page.Locator("#needs")).ToHaveTextAsync($"This lesson needs cables: {TeachWeb.NoCables}.");
        await page.ClickAsync(".lane:nth-child(2) button:has-text('Kill')");
        await Expect(page.Locator("#refusal")).ToHaveTextAsync("there is no such node");
    }

    [SkippableFact]
    public async Task With_the_keyboard_alone_one_says_something_learns_a_word_and_stops_the_page()
    {
        var page = await Open();
        Story();
        await page.FocusAsync("#pause");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("#pause")).ToHaveAttributeAsync("aria-pressed", "true");
        await Expect(page.Locator("#status")).ToContainTextAsync("stands still");
        await Expect(page.Locator("#tip")).ToBeHiddenAsync();
        await Tab(page, "active => active.matches('.term[data-word=delivered]')");
        await Expect(page.Locator("#tip")).ToBeVisibleAsync();
        await Expect(page.Locator("#tip")).ToContainTextAsync("shown everything to its users");
        await page.Keyboard.PressAsync("Escape");
        await Expect(page.Locator("#tip")).ToBeHiddenAsync();
        await Tab(page, "active => active.id === 'text'");
        await page.Keyboard.TypeAsync("hello");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("#refusal")).ToHaveTextAsync("there is no such node");
        await Expect(page.Locator("#text")).ToHaveValueAsync("hello");
    }

    [SkippableFact]
    public async Task Who_reloads_the_page_is_in_the_same_lesson()
    {
        var page = await Open();
        await page.GetByRole(AriaRole.Button, new() { Name = "Lesson 3" }).ClickAsync();
        var title = await page.Locator("#lesson-title").TextContentAsync();
        Assert.StartsWith("3. ", title, StringComparison.Ordinal);
        await page.ReloadAsync();
        await Expect(page.Locator("#lesson-title")).ToHaveTextAsync(title!);
    }

    [SkippableFact]
    public async Task A_page_without_the_link_says_who_may_use_it()
    {
        var page = await chromium.Open(new Uri(_web.Server.Link, "/"));
        await Expect(page.Locator("#banner")).ToHaveTextAsync("this page is for the browser that has opened the link that 'norris demo --web' printed");
    }

    [SkippableTheory]
    [InlineData(ColorScheme.Light, 1920, 1080)]
    [InlineData(ColorScheme.Dark, 1280, 800)]
    [InlineData(ColorScheme.Light, 1024, 768)]
    [InlineData(ColorScheme.Dark, 390, 844)]
    [InlineData(ColorScheme.Light, 390, 844)]
    public async Task Axe_finds_nothing_and_nothing_is_wider_than_the_page(ColorScheme scheme, int width, int height)
    {
        var axe = await AccessibilitySpec.Axe();
        Skip.If(axe is null, "axe-core could not be had from npm");
        var page = await Open(o => (o.ColorScheme, o.ViewportSize, o.BypassCSP) = (scheme, new ViewportSize { Width = width, Height = height }, true));
        await page.EvaluateAsync(axe!);
        await AccessibilitySpec.FindsNothing(page, "empty");
        Story();
        await Expect(page.Locator("#phases [data-phase=over].done")).ToBeVisibleAsync();
        await page.Locator("#phases .term").First.FocusAsync();
        await Expect(page.Locator("#tip")).ToBeVisibleAsync();
        await page.ClickAsync(".glossary summary");
        await AccessibilitySpec.FindsNothing(page, "a change of host");
        await page.GetByRole(AriaRole.Button, new() { Name = "Lesson 5" }).ClickAsync();
        await page.ClickAsync("#slow");
        await AccessibilitySpec.FindsNothing(page, "a lesson that needs cables");
        Assert.Equal(width, await page.EvaluateAsync<int>("document.documentElement.scrollWidth"));
    }

    private async Task<IPage> Open(Action<BrowserNewContextOptions>? with = null)
    {
        var page = await chromium.Open(_web.Server.Link, with);
        await Expect(page.Locator("#lesson-title")).ToHaveTextAsync("1. Order");
        return page;
    }

    /// <summary>Ada hosts and dies, bob takes over, cleo is cut off, and dora does not come in.</summary>
    private void Story()
    {
        string[] names = ["ada", "bob", "cleo"];
        for (var lane = 0; lane < names.Length; lane++)
        {
            _web.Is(lane, names[lane], "here");
            _web.Tells(lane, new { @event = "welcome", name = names[lane], node = $"h:{lane}", host = "h:0", epoch = 1 });
            _web.Tells(lane, new { @event = "connection", state = "connected" });
            Said(lane, 1, "ada", "good morning");
            Said(lane, 2, "bob", "is the kettle on?");
        }

        _web.Is(0, "ada", "dead");
        _web.Tells(1, Step("dead", 0, "h:0"), "step");
        _web.Tells(1, Step("asks", 2, ""), "step");
        _web.Tells(1, Step("promises", 2, "h:1"), "step");
        _web.Tells(1, Step("chooses", 2, "h:1"), "step");
        _web.Tells(1, Step("reigns", 2, ""), "step");
        _web.Tells(1, new { @event = "host", seq = 3, epoch = 2, hash = "3", host = "h:1", mayHaveLost = false });
        _web.Tells(1, new { @event = "failover", from = "h:0", to = "h:1", seconds = 0.06 });
        _web.Tells(1, new { @event = "inside", node = "h:1", host = "h:1", epoch = 2, connection = "connected", received = 4, stable = 3, delivered = 3, pending = 0 });
        _web.Tells(2, new { @event = "inside", node = "h:2", host = "h:0", epoch = 1, connection = "cut-off", received = 2, stable = 2, delivered = 2, pending = 2 });
        _web.Is(3, "dora", "dead", "the port is taken");
    }

    private void Said(int lane, int seq, string user, string text) => _web.Tells(lane, new { @event = "said", seq, epoch = 1, hash = $"{seq}", user, text });

    private static object Step(string step, int epoch, string node) => new { step, epoch, node, received = 2, lastEpoch = 1, count = 0, why = "goes on after 2" };

    private static Task<string> Colour(IPage page, int lane, int seq) =>
        page.Locator($".lane:nth-child({lane}) [data-seq='{seq}'] .number").EvaluateAsync<string>("e => getComputedStyle(e).color");

    private static async Task Tab(IPage page, string until)
    {
        for (var i = 0; i < 60 && !await page.EvaluateAsync<bool>($"({until})(document.activeElement)"); i++)
        {
            await page.Keyboard.PressAsync("Tab");
        }

        Assert.True(await page.EvaluateAsync<bool>($"({until})(document.activeElement)"), until);
    }
}
