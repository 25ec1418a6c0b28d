using Microsoft.Playwright;
using Norris.Tests.Session;
using static Microsoft.Playwright.Assertions;
using static Norris.Tests.Web.PageSpec;

namespace Norris.Tests.Web;

/// <summary>What the page does for who writes, and for who is away.</summary>
[Collection(ChromiumCollection.Name)]
public sealed class PageComposerSpec(Chromium chromium)
{
    private readonly FakeRoom _room = new();

    [SkippableFact]
    public async Task Tab_completes_names_and_emoji_and_goes_through_all_that_fit()
    {
        foreach (var name in new[] { "bob", "Bodo", "ada lovelace" })
        {
            _room.Start($"10.0.0.{name.Length}:4053", name);
        }

        await using var web = await WebNode.Start(_room);
        var page = await Ready(await chromium.Open(web));
        var text = page.Locator("#text");
        await text.PressSequentiallyAsync("hi @bo");
        await Expect(page.Locator("#fitting button")).ToHaveTextAsync(["@Bodo", "@bob"]);
        await text.PressAsync("Tab");
        await Expect(text).ToHaveValueAsync("hi @Bodo ");
        await text.PressAsync("Tab");
        await Expect(text).ToHaveValueAsync("hi @bob ");
        await text.PressSequentiallyAsync("and @ada l");
        await page.ClickAsync("#fitting button");
        await Expect(text).ToHaveValueAsync("hi @bob and @ada lovelace ");
        await Expect(text).ToBeFocusedAsync();
        await text.PressSequentiallyAsync(":tad");
        await text.PressAsync("Tab");
        await text.PressAsync("Enter");
        await Expect(Said(page, "hi @bob and @ada lovelace 🎉")).ToHaveCountAsync(1);
        await Expect(page.Locator("#fitting")).ToBeHiddenAsync();

        // Where nothing fits, Tab goes where it always goes.
        await text.PressSequentiallyAsync("me@bob 10:30");
        await text.PressAsync("Tab");
        await Expect(page.Locator("#send")).ToBeFocusedAsync();
    }

    [SkippableFact]
    public async Task What_was_being_written_is_there_again_after_an_edit_that_was_sent_or_given_up()
    {
        var bob = _room.Start("10.0.0.1:4053", "bob");
        await using var web = await WebNode.Start(_room);
        var page = await Ready(await chromium.Open(web));
        bob.Own.Say("tea?");
        await Say(page, "helo");
        await Menu(page, "tea?", "Reply");
        await page.Keyboard.TypeAsync("half a rep");
        await Menu(page, "helo", "Edit");
        await Expect(page.Locator("#text")).ToHaveValueAsync("helo");
        await page.FillAsync("#text", "hello");
        await page.PressAsync("#text", "Enter");
        await Expect(Said(page, "hello")).ToBeVisibleAsync();
        await Expect(page.Locator("#text")).ToHaveValueAsync("half a rep");
        await Expect(page.Locator("#about-text")).ToContainTextAsync("Replying to bob");

        await Menu(page, "hello", "Edit");
        await page.FillAsync("#text", "hell");
        await page.PressAsync("#text", "Escape");
        await Expect(page.Locator("#text")).ToHaveValueAsync("half a rep");
        await Expect(page.Locator("#about-text")).ToContainTextAsync("Replying to bob");
        await Menu(page, "hello", "Edit");
        await page.FillAsync("#text", "hell");
        await Menu(page, "tea?", "Reply"); // gives the edit up, too
        await Expect(page.Locator("#text")).ToHaveValueAsync("half a rep");
        await Menu(page, "hello", "Edit");
        await page.FillAsync("#text", "hell");
        await page.ReloadAsync();
        await Ready(page);
        await Expect(page.Locator("#text")).ToHaveValueAsync("half a rep");
        await Expect(Said(page, "hello")).ToBeVisibleAsync();
    }

    [SkippableFact]
    public async Task Notices_of_who_comes_and_goes_are_counted_told_by_name_or_left_out_and_it_is_kept()
    {
        var bob = _room.Start("10.0.0.1:4053", "bob");
        await using var web = await WebNode.Start(_room);
        var page = await Ready(await chromium.Open(web));
        bob.Own.Say("good morning");
        await Expect(Said(page, "good morning")).ToBeVisibleAsync();
        var guests = Enumerable.Range(0, 4).Select(i => bob.OpenUser(new($"user{i}", default))).ToList();
        var news = page.Locator("#log .said ~ .news:visible");
        await Expect(news).ToHaveTextAsync(["user0 and 3 others joined"]);
        await guests[3].Leave(default);
        await Expect(news).ToHaveTextAsync(["4 came, 1 left"]);
        await guests[0].Leave(default);
        await Expect(news).ToHaveTextAsync(["4 came, 2 left"]);
        guests[1].Say("hello");
        await guests[1].Leave(default); // it spoke lately
        await Expect(news).ToHaveTextAsync(["4 came, 2 left", "user1 left"]);

        await Say(page, "/notices all");
        await Expect(news).ToHaveCountAsync(8);
        await Expect(news.Last).ToHaveTextAsync("all notices: everybody who comes and goes is told by name");
        await Say(page, "/notices off");
        await Expect(news).ToHaveCountAsync(2);
        await page.ReloadAsync();
        await Ready(page);
        await Expect(Said(page, "hello")).ToBeVisibleAsync();
        await Expect(page.Locator("#log .news:visible")).ToHaveCountAsync(0);
        await Say(page, "/notices some");
        await Expect(page.Locator("#refusal")).ToContainTextAsync("/notices takes off, few or all");
    }

    [SkippableFact]
    public async Task Who_wants_notifications_gets_those_of_mentions_or_all_and_is_asked_only_then()
    {
        var bob = _room.Start("10.0.0.1:4053", "bob");
        await using var web = await WebNode.Start(_room, "alice");
        var page = await chromium.Open(web);
        await page.AddInitScriptAsync(
            "window.told = []; window.Notification = class { static permission = 'default'; static requestPermission = async () => (Notification.permission = 'granted'); constructor(title, { body }) { told.push(body); } }; "
            + "if (localStorage.getItem('granted')) Notification.permission = 'granted';");
        await page.ReloadAsync();
        await Ready(page);
        var button = page.Locator("#notify");
        await Expect(button).ToHaveTextAsync("Notify me");
        await button.ClickAsync();
        await Expect(button).ToHaveTextAsync("Notifies of mentions");
        await PageReturnSpec.Hide(page, true);
        bob.Own.Say("nothing much");
        bob.Own.Say("alice?");
        await page.WaitForFunctionAsync("told.length === 1 && told[0] === 'alice?'");

        await PageReturnSpec.Hide(page, false);
        await page.EvaluateAsync("localStorage.setItem('granted', 'yes')");
        await page.ReloadAsync();
        await Ready(page);
        await Expect(button).ToHaveTextAsync("Notifies of mentions");
        await button.ClickAsync();
        await Expect(button).ToHaveTextAsync("Notifies of everything");
        await PageReturnSpec.Hide(page, true);
        bob.Own.Say("nothing much again");
        await page.WaitForFunctionAsync("told.length === 1 && told[0] === 'nothing much again'");
        await PageReturnSpec.Hide(page, false);
        await button.ClickAsync();
        await Expect(button).ToHaveAttributeAsync("aria-pressed", "false");
    }

    private static async Task Menu(IPage page, string message, string what)
    {
        await page.HoverAsync($"#log li:has-text('{message}')");
        await page.ClickAsync($"#log .menu [aria-label={what}]");
    }
}
