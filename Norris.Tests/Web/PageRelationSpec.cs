using Microsoft.Playwright;
using Norris.Core.Protocol;
using Norris.Tests.Session;
using static Microsoft.Playwright.Assertions;
using static Norris.Tests.Web.PageSpec;

namespace Norris.Tests.Web;

/// <summary>Replies, edits, deletions and reactions on the page.</summary>
[Collection(ChromiumCollection.Name)]
public sealed class PageRelationSpec(Chromium chromium)
{
    private readonly FakeRoom _room = new();

    [SkippableFact]
    public async Task A_reply_quotes_what_it_answers_and_goes_there()
    {
        var bob = _room.Start("10.0.0.1:4053", "bob");
        await using var web = await WebNode.Start(_room);
        var page = await Ready(await chromium.Open(web));
        bob.Own.Say("tea?");
        await Menu(page, "tea?", "Reply");
        await Expect(page.Locator("#about")).ToHaveTextAsync("Replying to bob: tea? Cancel");
        await Expect(page.Locator("#text")).ToBeFocusedAsync();
        await page.Keyboard.TypeAsync("yes");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("#about")).ToBeHiddenAsync();
        var quote = page.Locator("#log .own .quote");
        await Expect(quote).ToHaveTextAsync("↳ bob: tea?");
        for (var i = 0; i < 400; i++)
        {
            bob.Own.Say($"message {i}");
        }

        await Expect(Said(page, "message 399")).ToBeVisibleAsync();
        bob.Own.Say("indeed", new Relation(RelationKind.Reply, _room.Log.OfType<Norris.Node.Session.SaidEvent>().First().Id));
        await page.Locator("#log .quote").Last.ClickAsync();
        await Expect(Said(page, "tea?")).ToBeInViewportAsync();
        await Expect(page.Locator("#log li", new() { HasText = "tea?" }).First).ToBeFocusedAsync();
    }

    [SkippableFact]
    public async Task The_up_arrow_edits_ones_own_last_message_and_everyone_sees_that_it_was_edited()
    {
        var bob = _room.Start("10.0.0.1:4053", "bob");
        await using var web = await WebNode.Start(_room);
        var page = await Ready(await chromium.Open(web));
        await Say(page, "helo");
        await Expect(Said(page, "helo")).ToBeVisibleAsync();
        bob.Own.Say("hi", new Relation(RelationKind.Reply, _room.Log.OfType<Norris.Node.Session.SaidEvent>().First().Id));
        await page.PressAsync("#text", "ArrowUp");
        await Expect(page.Locator("#text")).ToHaveValueAsync("helo");
        await page.PressAsync("#text", "Escape");
        await Expect(page.Locator("#text")).ToHaveValueAsync("");
        await page.PressAsync("#text", "ArrowUp");
        await page.FillAsync("#text", "hello");
        await page.PressAsync("#text", "Enter");
        await Expect(Said(page, "hello")).ToBeVisibleAsync();
        await Expect(Said(page, "helo")).ToHaveCountAsync(0);
        await Expect(page.Locator("#log .own .edited")).ToHaveTextAsync("(edited)");
        await Expect(page.Locator("#log .quote")).ToHaveTextAsync("↳ alice: hello");

        await page.ReloadAsync();
        await Expect(Said(await Ready(page), "hello")).ToBeVisibleAsync();
        await Expect(page.Locator("#log .edited")).ToHaveCountAsync(1);
    }

    [SkippableFact]
    public async Task Words_that_read_like_a_command_are_edited_as_words()
    {
        _room.Start("10.0.0.1:4053", "bob");
        await using var web = await WebNode.Start(_room);
        var page = await Ready(await chromium.Open(web));
        await Say(page, "//leave");
        await Expect(Said(page, "/leave")).ToBeVisibleAsync();
        await page.PressAsync("#text", "ArrowUp");
        await Expect(page.Locator("#text")).ToHaveValueAsync("//leave");
        await page.PressAsync("#text", "Enter");
        await Expect(page.Locator("#log .own .edited")).ToHaveTextAsync("(edited)");
        await page.PressAsync("#text", "ArrowUp");
        await page.FillAsync("#text", "/me waves");
        await page.PressAsync("#text", "Enter");
        await Expect(page.Locator("#log .own")).ToContainTextAsync("waves");
        await Expect(page.Locator("#log .own")).ToHaveCountAsync(1);
    }

    [SkippableFact]
    public async Task What_is_deleted_goes_from_the_screen_after_a_question_and_only_ones_own_can_be()
    {
        var bob = _room.Start("10.0.0.1:4053", "bob");
        await using var web = await WebNode.Start(_room);
        var page = await Ready(await chromium.Open(web));
        bob.Own.Say("not mine");
        await Say(page, "oops");
        await page.HoverAsync("#log li:has-text('not mine')");
        await Expect(page.Locator("#log .menu button")).ToHaveCountAsync(2);
        await Menu(page, "oops", "Delete");
        await page.ClickAsync("#delete-ask [value=keep]");
        await Expect(Said(page, "oops")).ToBeVisibleAsync();
        await Menu(page, "oops", "Delete");
        await page.ClickAsync("#delete-ask [value=delete]");
        await Expect(Said(page, "deleted by alice")).ToBeVisibleAsync();
        await Expect(Said(page, "oops")).ToHaveCountAsync(0);
        await page.HoverAsync("#log li:has-text('deleted by alice')");
        await Expect(page.Locator("#log .menu button")).ToHaveCountAsync(2);
    }

    [SkippableFact]
    public async Task Reactions_are_counted_with_who_reacted_and_a_click_takes_ones_own_back()
    {
        var bob = _room.Start("10.0.0.1:4053", "bob");
        await using var web = await WebNode.Start(_room);
        var page = await Ready(await chromium.Open(web));
        bob.Own.Say("tea is ready");
        var tea = _room.Log.OfType<Norris.Node.Session.SaidEvent>().First().Id;
        bob.Own.Say("👍", new Relation(RelationKind.Reaction, tea));
        var chip = page.Locator("#log .chip");
        await Expect(chip).ToHaveTextAsync("👍 1");
        await chip.ClickAsync();
        await Expect(chip).ToHaveTextAsync("👍 2");
        await Expect(chip).ToHaveAttributeAsync("aria-label", "👍 2: bob, alice");
        await Expect(chip).ToHaveAttributeAsync("aria-pressed", "true");
        await Expect(chip).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("Enter");
        await Expect(chip).ToHaveTextAsync("👍 1");
        await Menu(page, "tea is ready", "React");
        await page.FillAsync("#reaction", "ok");
        await page.PressAsync("#reaction", "Enter");
        await Expect(page.Locator("#react-why")).ToContainTextAsync("one character");
        await page.FillAsync("#reaction", "🫖");
        await page.PressAsync("#reaction", "Enter");
        await Expect(chip).ToHaveTextAsync(["👍 1", "🫖 1"]);
        await Expect(page.Locator("#react")).ToBeHiddenAsync();
    }

    [SkippableFact]
    public async Task All_of_it_works_by_keyboard_and_by_command()
    {
        var bob = _room.Start("10.0.0.1:4053", "bob");
        await using var web = await WebNode.Start(_room);
        var page = await Ready(await chromium.Open(web));
        bob.Own.Say("first");
        bob.Own.Say("second");
        await Expect(Said(page, "second")).ToBeVisibleAsync();
        await page.FocusAsync("#scroller");
        await page.Keyboard.PressAsync("Enter");
        await page.Keyboard.PressAsync("ArrowUp");
        await Expect(page.Locator("#log li", new() { HasText = "first" })).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("Tab");
        await Expect(page.GetByRole(AriaRole.Menuitem, new() { Name = "Reply" })).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("Enter");
        await page.Keyboard.TypeAsync("to the first");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("#log .quote")).ToHaveTextAsync(["↳ bob: first"]);

        await Say(page, "/reply to the second");
        await Expect(page.Locator("#log .quote")).ToHaveTextAsync(["↳ bob: first", "↳ bob: second"]);
        await Say(page, "/react @bob 👍");
        await Expect(page.Locator("#log .chip")).ToHaveTextAsync("👍 1");
        await Say(page, "/edit to the last");
        await Expect(Said(page, "to the last")).ToBeVisibleAsync();
        await Say(page, "/delete");
        await Expect(Said(page, "deleted by alice")).ToBeVisibleAsync();
        await Expect(page.Locator("#log .deleted")).ToHaveCountAsync(1);
    }

    private static async Task Menu(IPage page, string message, string what)
    {
        await page.HoverAsync($"#log li:has-text('{message}')");
        await page.ClickAsync($"#log .menu [aria-label={what}]");
    }
}
