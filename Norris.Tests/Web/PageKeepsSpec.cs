using System.Net;
using Microsoft.Playwright;
using Norris.Node.Session;
using Norris.Node.Web;
using Norris.Tests.Session;
using static Microsoft.Playwright.Assertions;
using static Norris.Tests.Web.PageSpec;

namespace Norris.Tests.Web;

/// <summary>Nothing that was said is kept from who looks, and nothing that was heard is said to be missing.</summary>
[Collection(ChromiumCollection.Name)]
public sealed class PageKeepsSpec(Chromium chromium)
{
    private readonly FakeRoom _room = new();

    [SkippableFact]
    public async Task Where_a_notification_cannot_be_made_all_messages_are_shown_all_the_same()
    {
        var bob = _room.Start("10.0.0.1:4053", "bob");
        await using var web = await WebNode.Start(_room);
        var page = await chromium.Open(web);
        await page.AddInitScriptAsync(
            "window.Notification = class { static permission = 'granted'; static requestPermission = async () => 'granted'; constructor() { throw new TypeError('Illegal constructor'); } }");
        await page.ReloadAsync();
        await Ready(page);
        await page.ClickAsync("#notify");
        await Expect(page.Locator("#notify")).ToHaveAttributeAsync("aria-pressed", "true");
        await PageReturnSpec.Hide(page, true);
        string[] texts = [.. Enumerable.Range(1, 5).Select(i => $"alice, message {i}")];
        foreach (var text in texts)
        {
            bob.Own.Say(text);
            await Expect(Said(page, text)).ToHaveCountAsync(1);
        }

        await PageReturnSpec.Hide(page, false);
        await Expect(page.Locator("#log .said .text")).ToHaveTextAsync(texts);
    }

    [SkippableFact]
    public async Task A_message_that_went_while_the_page_was_discarded_is_no_longer_on_its_way()
    {
        var bob = _room.Start("10.0.0.1:4053", "bob");
        await using var web = await WebNode.Start(_room);
        var page = await Ready(await chromium.Open(web));
        _room.Hold();
        await Say(page, "said while the room stood still");
        await Expect(page.Locator("#pending li[data-state=taken]")).ToHaveCountAsync(1);
        await page.GotoAsync("about:blank"); // its storage stays, as with a tab that the browser has discarded
        _room.Release();
        for (var i = 0; i < 2600; i++)
        {
            bob.Own.Say($"message {i}");
        }

        _room.Hold();
        await page.GotoAsync(web.Server.Url.ToString());
        await Ready(page);
        await Expect(Said(page, "message 2599")).ToBeVisibleAsync();
        await Expect(page.Locator("#pending li")).ToHaveCountAsync(0);
        await Say(page, "and this one waits");
        await Expect(page.Locator("#pending li[data-state=taken] .text")).ToHaveTextAsync("and this one waits");
        _room.Release();
        await Expect(page.Locator("#pending li")).ToHaveCountAsync(0);
    }

    [SkippableFact]
    public async Task What_was_typed_while_the_node_was_dead_and_delivered_when_it_was_back_is_not_doubted()
    {
        for (var round = 0; round < 5; round++)
        {
            var room = new FakeRoom();
            room.Start("10.0.0.1:4053", "bob");
            var web = await WebNode.Start(room);
            var port = web.Server.Url.Port;
            var page = await Ready(await chromium.Open(web));
            await Say(page, "before");
            await Expect(Said(page, "before")).ToBeVisibleAsync();
            await web.DisposeAsync();
            room.Kill(web.Node);
            await Expect(page.Locator("#banner")).ToContainTextAsync("Reconnecting");
            await Say(page, "typed while it was dead");
            room.Hold(); // a node that comes back is not in the room at once
            await using var again = await WebNode.Serve(room.Start("127.0.0.1:4999", "alice"), new WebOptions(IPAddress.Loopback, port));
            await Expect(page.Locator("#pending li")).ToHaveAttributeAsync("data-state", "taken");
            await Expect(page.Locator("#banner")).ToBeHiddenAsync();
            await page.WaitForResponseAsync(r => r.Url.EndsWith("/api/room", StringComparison.Ordinal)); // who the node's user is now
            await Expect(page.Locator("#pending li")).ToHaveAttributeAsync("data-state", "taken");
            room.Release();
            await Expect(Said(page, "typed while it was dead")).ToBeVisibleAsync();
            await Expect(page.Locator("#pending li")).ToHaveCountAsync(0);
            await Expect(page.Locator("#log .said .text")).ToHaveTextAsync(["before", "typed while it was dead"]);
            await page.Context.CloseAsync();
        }
    }

    [SkippableTheory]
    [InlineData("isComposing: true, keyCode: 13")] // as most say it
    [InlineData("isComposing: false, keyCode: 229")] // Safari: the composition has ended, and then comes the key that ended it
    [InlineData("isComposing: true, keyCode: 229")]
    public async Task The_key_that_ends_a_composition_sends_nothing(string how)
    {
        await using var web = await WebNode.Start(_room);
        var page = await Ready(await chromium.Open(web));
        await page.FillAsync("#text", "にほ");
        Assert.True(await page.EvaluateAsync<bool>($"document.getElementById('text').dispatchEvent(new KeyboardEvent('keydown', {{ key: 'Enter', bubbles: true, cancelable: true, {how} }}))"));
        await Expect(page.Locator("#text")).ToHaveValueAsync("にほ");
        await page.FillAsync("#text", "にほん");
        await page.PressAsync("#text", "Enter");
        await Expect(page.Locator("#log .said .text")).ToHaveTextAsync(["にほん"]);
    }

    [SkippableFact]
    public async Task What_turns_the_writing_direction_in_a_message_turns_nothing_and_is_seen()
    {
        var bob = _room.Start("10.0.0.1:4053", "bob");
        await using var web = await WebNode.Start(_room);
        var page = await Ready(await chromium.Open(web));
        string[] acting = ["\u202a", "\u202b", "\u202c", "\u202d", "\u202e", "\u2066", "\u2067", "\u2068", "\u2069", "\u206a", "\U000e0041"];
        foreach (var act in acting)
        {
            bob.Own.Say($"invoice_{act}gnp.exe is mine");
        }

        await Expect(page.Locator("#log .said")).ToHaveCountAsync(acting.Length);
        var names = await page.Locator("#log .text .acts").EvaluateAllAsync<string[]>("all => all.map(e => getComputedStyle(e, '::before').content)");
        Assert.Equal(acting.Select(a => $"\"<U+{char.ConvertToUtf32(a, 0):X}>\""), names);
        // What comes after stands where it would without.
        foreach (var inOrder in await page.Locator("#log .text").EvaluateAllAsync<bool[]>(
            """
            all => all.map(text => {
              const last = text.lastChild, left = (i) => { const r = document.createRange(); r.setStart(last, i); r.setEnd(last, i + 1); return r.getBoundingClientRect().left; };
              return [...last.data].every((_, i) => i === 0 || left(i - 1) < left(i));
            })
            """))
        {
            Assert.True(inOrder);
        }

        bob.Own.Say("שלום עולם! (123)\u200f"); // a mark that right-to-left writing needs
        await Expect(Said(page, "שלום עולם! (123)\u200f")).ToBeVisibleAsync();
        await Expect(page.Locator("#log .said").Last.Locator(".acts")).ToHaveCountAsync(0);
    }

    [SkippableFact]
    public async Task A_command_is_done_and_an_unknown_one_refused_and_nobody_else_sees_either()
    {
        _room.Start("10.0.0.1:4053", "bob");
        await using var web = await WebNode.Start(_room);
        var page = await Ready(await chromium.Open(web));
        await Say(page, "/serach tea");
        await Expect(page.Locator("#refusal")).ToContainTextAsync("did you mean /search words?");
        await Expect(page.Locator("#text")).ToHaveValueAsync("/serach tea"); // to be mended
        await Say(page, "/help");
        await Expect(page.Locator("#log")).ToContainTextAsync("/search words: the messages of an archive");
        await Expect(page.Locator("#text")).ToHaveValueAsync("");
        await Say(page, "/who");
        await Expect(page.Locator("#log")).ToContainTextAsync("2 here: bob on 10.0.0.1:4053 (the host), alice on 127.0.0.1:");
        await Say(page, "/search tea");
        await Expect(page.Locator("#refusal")).ToContainTextAsync("Nobody in this room keeps an archive");
        await Say(page, "/leave");
        await Expect(page.Locator("#refusal")).ToContainTextAsync("the node's own user");
        await Say(page, "/name ada");
        await Expect(page.Locator("#users")).ToContainTextAsync("ada");
        Assert.DoesNotContain(_room.Log, e => e is SaidEvent);
        await Say(page, "//x");
        await Expect(page.Locator("#log .said .text")).ToHaveTextAsync(["/x"]);
        await Say(page, "/inside");
        await Expect(page.Locator("#inside")).ToBeVisibleAsync();
    }

    [SkippableFact]
    public async Task A_browser_that_opens_a_link_for_the_second_time_is_told_why_it_is_a_stranger()
    {
        await using var web = await WebNode.Start(_room);
        var link = web.Server.NewLink();
        await Ready(await chromium.Open(link));
        var second = await chromium.Open(link);
        await Expect(second.Locator("#enter-why")).ToContainTextAsync("norris token --page");
        await second.GetByLabel("Name").FillAsync("carol");
        await second.Keyboard.PressAsync("Enter");
        await Ready(second);
        await Expect(second.Locator("#leave")).ToBeVisibleAsync(); // a guest
    }

    [SkippableTheory]
    [InlineData("typed while the page had lost its node", "refused", "Edit")]
    [InlineData("sent, and no answer came", "unknown", "Say it again")]
    public async Task What_a_guest_wrote_is_not_said_by_the_owner_whose_link_was_opened_in_the_same_browser(string text, string state, string button)
    {
        await using var web = await WebNode.Start(_room, "ada", asGuest: true);
        var guest = await chromium.Open(web);
        await guest.AddInitScriptAsync("delete window.SharedWorker"); // or another tab's doing brings the link back
        await guest.ReloadAsync();
        await guest.FillAsync("#name", "carol");
        await guest.PressAsync("#name", "Enter");
        await Ready(guest);
        if (state == "refused")
        {
            await guest.RouteAsync("**/api/**", route => route.AbortAsync());
            await Expect(guest.Locator("#banner")).ToContainTextAsync("Reconnecting");
            await Say(guest, text);
        }
        else
        {
            await guest.RouteAsync("**/api/messages", route => route.AbortAsync());
            var failed = new TaskCompletionSource();
            guest.RequestFailed += (_, request) => _ = request.Url.EndsWith("/api/messages", StringComparison.Ordinal) && failed.TrySetResult();
            await Say(guest, text);
            await failed.Task.WaitAsync(TimeSpan.FromMinutes(1));
        }

        await Expect(guest.Locator("#pending li")).ToHaveAttributeAsync("data-state", "queued");
        var opened = await guest.Context.NewPageAsync();
        await opened.GotoAsync(web.Server.NewLink().ToString());
        await Ready(opened);
        await guest.UnrouteAllAsync();

        await Ready(guest);
        await Expect(guest.Locator("#pending li")).ToHaveAttributeAsync("data-state", state);
        await Expect(guest.Locator("#pending .name")).ToHaveTextAsync("carol");
        await Expect(guest.Locator("#pending .text")).ToHaveTextAsync(text);
        await Expect(guest.Locator("#pending .why")).ToContainTextAsync("You wrote this as carol");
        Assert.Empty(_room.Log.OfType<SaidEvent>());

        // The text is kept: who is there now may say it, and sees as whom.
        await guest.GetByRole(AriaRole.Button, new() { Name = button, Exact = true }).ClickAsync();
        if (button == "Edit")
        {
            await Expect(guest.Locator("#text")).ToHaveValueAsync(text);
            await guest.PressAsync("#text", "Enter");
        }

        await Expect(Said(guest, text)).ToBeVisibleAsync();
        await Expect(guest.Locator("#pending li")).ToHaveCountAsync(0);
        Assert.Equal("ada", Assert.Single(_room.Log.OfType<SaidEvent>()).User);
    }
}
