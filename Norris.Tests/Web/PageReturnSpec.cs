using System.Text.Json;
using Microsoft.Playwright;
using Norris.Tests.Session;
using static Microsoft.Playwright.Assertions;
using static Norris.Tests.Web.PageSpec;

namespace Norris.Tests.Web;

/// <summary>Who comes back to the page sees where what is new begins.</summary>
[Collection(ChromiumCollection.Name)]
public sealed class PageReturnSpec(Chromium chromium) : IAsyncLifetime
{
    private readonly FakeRoom _room = new();
    private FakeNode _bob = null!;
    private WebNode _web = null!;

    public async Task InitializeAsync()
    {
        _bob = _room.Start("10.0.0.1:4053", "bob");
        _web = await WebNode.Start(_room);
    }

    public Task DisposeAsync() => _web.DisposeAsync().AsTask();

    [SkippableFact]
    public async Task A_page_that_is_opened_again_marks_what_was_said_while_it_was_closed()
    {
        var page = await Ready(await chromium.Open(_web));
        _bob.Own.Say("seen");
        await Expect(Said(page, "seen")).ToBeVisibleAsync();
        await Expect(Marked(page)).ToHaveCountAsync(0); // nobody was away yet
        await page.CloseAsync(new() { RunBeforeUnload = true });
        _bob.Own.Say("said meanwhile");
        _bob.Own.Say("and this");

        page = await Ready(await Again(page));
        await Expect(Marked(page)).ToHaveTextAsync("said meanwhile");
        _bob.Own.Say("said now");
        await Expect(Said(page, "said now")).ToBeVisibleAsync();
        await Expect(Marked(page)).ToHaveTextAsync("said meanwhile");

        await page.ReloadAsync(); // all of it has been seen
        await Expect(Said(page, "said now")).ToBeVisibleAsync();
        await Expect(Marked(page)).ToHaveCountAsync(0);
    }

    [SkippableFact]
    public async Task A_page_that_was_hidden_marks_what_others_said_meanwhile()
    {
        var page = await Ready(await chromium.Open(_web));
        _bob.Own.Say("seen");
        await Expect(Said(page, "seen")).ToBeVisibleAsync();
        await Hide(page, true);
        _web.Node.Own.Say("my own, from another screen");
        _bob.Own.Say("said meanwhile");
        await Expect(Said(page, "said meanwhile")).ToHaveCountAsync(1);
        await Hide(page, false);
        await Expect(Marked(page)).ToHaveTextAsync("said meanwhile");

        // The next absence has a mark of its own.
        await Hide(page, true);
        _bob.Own.Say("said later");
        await Expect(Said(page, "said later")).ToHaveCountAsync(1);
        await Hide(page, false);
        await Expect(Marked(page)).ToHaveTextAsync("said later");
    }

    [SkippableFact]
    public async Task Who_looked_at_the_inside_meanwhile_finds_the_place_in_the_conversation_again()
    {
        var page = await Ready(await chromium.Open(_web));
        _bob.Own.Say("seen");
        await Expect(Said(page, "seen")).ToBeVisibleAsync();
        await page.ClickAsync("#show-inside");
        _bob.Own.Say("said meanwhile");
        await Expect(Said(page, "said meanwhile")).ToHaveCountAsync(1);
        await page.ClickAsync("#show-chat");
        await Expect(Marked(page)).ToHaveTextAsync("said meanwhile");
    }

    /// <summary>The text that stands under the mark.</summary>
    private static ILocator Marked(IPage page) => page.Locator("#log .since + .name + .text");

    /// <summary>The same browser opens the page anew.</summary>
    private async Task<IPage> Again(IPage before)
    {
        var page = await before.Context.NewPageAsync();
        await page.GotoAsync(_web.Server.Url.ToString());
        return page;
    }

    /// <summary>Tells the page what it hears when its tab goes behind another one, or comes back; a browser without a screen has none to hide.</summary>
    internal static Task<JsonElement?> Hide(IPage page, bool hidden) => page.EvaluateAsync(
        "hidden => { Object.defineProperty(document, 'hidden', { value: hidden, configurable: true }); document.dispatchEvent(new Event('visibilitychange')); }", hidden);
}
