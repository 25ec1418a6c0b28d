using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Norris.Tests.Session;
using static Microsoft.Playwright.Assertions;
using static Norris.Tests.Web.PageSpec;

namespace Norris.Tests.Web;

/// <summary>The menu of a message, by keyboard alone and by mouse: where the focus goes.</summary>
[Collection(ChromiumCollection.Name)]
public sealed class PageMenuSpec(Chromium chromium) : IAsyncLifetime
{
    private readonly FakeRoom _room = new();
    private WebNode _web = null!;
    private IPage _page = null!;

    public async Task InitializeAsync()
    {
        var bob = _room.Start("10.0.0.1:4053", "bob");
        _web = await WebNode.Start(_room);
        try
        {
            _page = await Ready(await chromium.Open(_web));
        }
        catch (SkipException)
        {
            return; // each test says so
        }

        bob.Own.Say("tea?");
        await Say(_page, "mine");
        await Expect(Said(_page, "mine")).ToBeVisibleAsync();
    }

    public Task DisposeAsync() => _web.DisposeAsync().AsTask();

    [SkippableFact]
    public async Task Arrows_home_and_end_go_through_the_menu_and_escape_gives_the_focus_back()
    {
        Skip.If(_page is null, "no Chromium on this machine");
        var row = Row("mine");
        await _page.FocusAsync("#scroller");
        await Press("Enter");
        await Expect(row).ToBeFocusedAsync();
        await Press("Enter");
        await Expect(Item("Reply")).ToBeFocusedAsync();
        foreach (var (key, item) in new[]
        {
            ("ArrowRight", "React"), ("ArrowDown", "Edit"), ("End", "Delete"), ("ArrowRight", "Reply"), ("ArrowLeft", "Delete"), ("Home", "Reply"), ("ArrowUp", "Delete"),
        })
        {
            await Press(key);
            await Expect(Item(item)).ToBeFocusedAsync();
        }

        await Expect(_page.Locator("#log .menu [tabindex='0']")).ToHaveCountAsync(1); // one stop for Tab
        await Press("Escape");
        await Expect(row).ToBeFocusedAsync();
        await Press("Escape");
        await Expect(_page.Locator("#text")).ToBeFocusedAsync();
    }

    [SkippableFact]
    public async Task After_a_choice_with_a_question_the_focus_is_where_it_was_though_the_message_was_drawn_anew()
    {
        Skip.If(_page is null, "no Chromium on this machine");
        await _page.FocusAsync("#scroller");
        await Press("Enter");
        await Press("ArrowUp");
        await Press("Enter");
        await Press("ArrowRight");
        await Press("Enter");
        await Expect(_page.Locator("#react")).ToBeVisibleAsync();
        await _page.ClickAsync("#usual-reactions button");
        await Expect(_page.Locator("#react")).ToBeHiddenAsync();
        await Expect(_page.Locator("#log .chip")).ToHaveCountAsync(1);
        await Expect(Row("tea?")).ToBeFocusedAsync();
        await Press("Enter");
        await Press("ArrowRight");
        await Press("Enter");
        await Press("Escape");
        await Expect(_page.Locator("#react")).ToBeHiddenAsync();
        await Expect(Row("tea?")).ToBeFocusedAsync();

        await _page.FocusAsync("#text");
        await _page.HoverAsync("#log li:has-text('mine')");
        await _page.ClickAsync("#log .menu [aria-label=Delete]");
        await Press("Escape");
        await Expect(_page.Locator("#delete-ask")).ToBeHiddenAsync();
        await Expect(_page.Locator("#text")).ToBeFocusedAsync();
    }

    [SkippableFact]
    public async Task A_click_elsewhere_gives_the_focus_back_and_to_a_field_that_is_clicked_its_own()
    {
        Skip.If(_page is null, "no Chromium on this machine");
        await _page.FocusAsync("#scroller");
        await Press("Enter");
        await Press("Enter");
        await Expect(Item("Reply")).ToBeFocusedAsync();
        await _page.ClickAsync("#pill");
        await Expect(Row("mine")).ToBeFocusedAsync();
        await Press("Enter");
        await _page.ClickAsync("#text");
        await Expect(_page.Locator("#text")).ToBeFocusedAsync();
    }

    [SkippableFact]
    public async Task What_is_new_is_read_out_once_and_a_message_that_is_drawn_anew_is_not()
    {
        Skip.If(_page is null, "no Chromium on this machine");
        await _page.ReloadAsync();
        await Ready(_page);
        await Expect(Said(_page, "mine")).ToBeVisibleAsync();
        await Say(_page, "/react @bob 👍");
        await Expect(_page.Locator("#log .chip")).ToHaveCountAsync(1);
        await Say(_page, "more");
        await Expect(_page.Locator("#told p")).ToHaveTextAsync(["alice reacted 👍 to bob: tea?", "alice: more"]); // and nothing of what was there before
        await Expect(_page.Locator("[aria-live=polite] #log")).ToHaveCountAsync(0);
        await Expect(_page.Locator("[role=log]")).ToHaveAttributeAsync("aria-live", "off");
        await _page.Locator("#log .chip").ClickAsync();
        await Expect(_page.Locator("#told p").Last).ToHaveTextAsync("alice took back 👍 at bob: tea?");
        _room.Hold();
        for (var i = 0; i < 50; i++)
        {
            _web.Node.Own.Say($"message {i}");
        }

        _room.Release();
        await Expect(Said(_page, "message 49")).ToBeVisibleAsync();

        // In one go, or in a few, as the machine has time to draw.
        await Expect(_page.Locator("#told p").Last).ToHaveTextAsync(new Regex("alice: message 49$"));
        Assert.InRange(await _page.Locator("#told p", new() { HasText = "alice: message" }).CountAsync(), 1, 25);
    }

    private ILocator Row(string text) => _page.Locator("#log li", new() { HasText = text }).First;

    private ILocator Item(string name) => _page.GetByRole(AriaRole.Menuitem, new() { Name = name });

    private Task Press(string key) => _page.Keyboard.PressAsync(key);
}
