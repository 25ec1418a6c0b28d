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
}
