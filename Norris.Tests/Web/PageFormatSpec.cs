using Microsoft.Playwright;
using Norris.Tests.Session;
using static Microsoft.Playwright.Assertions;
using static Norris.Tests.Web.PageSpec;

namespace Norris.Tests.Web;

/// <summary>How messages and people look on the page.</summary>
[Collection(ChromiumCollection.Name)]
public sealed class PageFormatSpec(Chromium chromium)
{
    private readonly FakeRoom _room = new();

    [SkippableFact]
    public async Task A_link_opens_in_a_tab_that_knows_nothing_of_this_one_and_nothing_is_fetched_before()
    {
        var bob = _room.Start("10.0.0.1:4053", "bob");
        await using var web = await WebNode.Start(_room);
        var page = await Ready(await chromium.Open(web));
        var asked = new List<string>();
        page.Context.Request += (_, request) => asked.Add(request.Url);
        bob.Own.Say($"look at {web.Server.Url}openapi/v1.json, it is new");
        var link = page.Locator("#log .text a");
        await Expect(link).ToHaveTextAsync($"{web.Server.Url}openapi/v1.json");
        Assert.DoesNotContain(asked, url => url.EndsWith("v1.json", StringComparison.Ordinal));
        await Expect(page.Locator("#log .as-written")).ToHaveCountAsync(0); // it looks as it was written
        var opened = await page.Context.RunAndWaitForPageAsync(() => link.ClickAsync());
        Assert.True(await opened.EvaluateAsync<bool>("opener === null && document.referrer === ''"));
        await Expect(page.Locator("body")).ToHaveAttributeAsync("data-link", "connected");
    }

    [SkippableFact]
    public async Task What_looks_otherwise_than_it_was_written_can_be_seen_as_it_was_by_keyboard()
    {
        const string Written = "**now**:\n- `one`\n- two";
        var bob = _room.Start("10.0.0.1:4053", "bob");
        await using var web = await WebNode.Start(_room);
        var page = await Ready(await chromium.Open(web));
        bob.Own.Say(Written);
        var text = page.Locator("#log .text");
        await Expect(text.Locator("strong")).ToHaveTextAsync("now");
        await Expect(text.Locator("li")).ToHaveTextAsync(["one", "two"]);
        var button = page.GetByRole(AriaRole.Button, new() { Name = "Show as written" });
        await Expect(button).ToHaveAttributeAsync("aria-pressed", "false");
        await page.FocusAsync("#scroller");
        await page.Keyboard.PressAsync("Tab");
        await Expect(button).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("Enter");
        await Expect(button).ToHaveAttributeAsync("aria-pressed", "true");
        Assert.Equal(Written, await text.EvaluateAsync<string>("e => e.textContent"));
        await Expect(button).ToBeFocusedAsync();

        // It stays so when the row is drawn anew.
        await Say(page, "/name alice-b");
        await Expect(page.Locator("#users")).ToContainTextAsync("alice-b");
        Assert.Equal(Written, await text.EvaluateAsync<string>("e => e.textContent"));
        await button.ClickAsync();
        await Expect(text.Locator("li")).ToHaveCountAsync(2);
    }

    [SkippableFact]
    public async Task The_rooms_name_and_topic_stand_above_and_are_changed_by_a_command()
    {
        await using var web = await WebNode.Start(_room);
        var page = await Ready(await chromium.Open(web));
        await Expect(page.Locator("#title")).ToBeHiddenAsync();
        await Say(page, "/room Kitchen");
        await Expect(page.Locator("#room-name")).ToHaveTextAsync("Kitchen");
        await Say(page, "/topic <b>lunch</b>");
        await Expect(page.Locator("#topic")).ToHaveTextAsync("<b>lunch</b>");
        await Expect(page.Locator("#log .news").Last).ToContainTextAsync("has set the topic: <b>lunch</b>");
        await Say(page, "/room -");
        await Expect(page.Locator("#room-name")).ToHaveTextAsync("");
        await Say(page, "/topic a\u202eb");
        await Expect(page.Locator("#refusal")).ToContainTextAsync("one line");
    }

    [SkippableFact]
    public async Task What_somebody_does_is_told_with_the_name()
    {
        var bob = _room.Start("10.0.0.1:4053", "bob");
        await using var web = await WebNode.Start(_room);
        var page = await Ready(await chromium.Open(web));
        bob.Own.Say("good morning");
        bob.Own.Say("/me waves to **alice**");
        bob.Own.Say("and sits down");
        await Say(page, "/me nods");
        await Expect(page.Locator("#log .text")).ToHaveTextAsync(["good morning", "* bob waves to alice", "and sits down", "* alice nods"]);
        await Expect(page.Locator("#log .first .name")).ToHaveTextAsync(["bob", "bob"]); // and who speaks after it is named again
        await Expect(page.Locator("#log .mention")).ToHaveCountAsync(1);
        Assert.Contains(_room.Log, e => e is Norris.Node.Session.SaidEvent { User: "alice", Text: "/me nods" });
        await page.GetByRole(AriaRole.Button, new() { Name = "Show as written" }).ClickAsync();
        await Expect(page.Locator("#log .deed .text").First).ToHaveTextAsync("/me waves to **alice**");
    }

    [SkippableFact]
    public async Task No_line_of_a_message_is_longer_than_people_read_with_ease()
    {
        var bob = _room.Start("10.0.0.1:4053", "bob");
        await using var web = await WebNode.Start(_room);
        var page = await Ready(await chromium.Open(web, o => o.ViewportSize = new ViewportSize { Width = 1920, Height = 1080 }));
        bob.Own.Say(string.Join(' ', Enumerable.Repeat("whoever crashes, all of us will still see the same messages in the same order, none missing and none twice.", 8)));
        await Expect(page.Locator("#log .text")).ToHaveCountAsync(1);
        var lines = await page.Locator("#log .text").EvaluateAsync<string[]>(
            """
            (e) => {
              const lines = [], text = e.firstChild, range = document.createRange();
              let top = null;
              for (let i = 0; i < text.length; i++) {
                range.setStart(text, i);
                range.setEnd(text, i + 1);
                const at = range.getBoundingClientRect().top;
                if (at !== top) {
                  lines.push('');
                  top = at;
                }
                lines[lines.length - 1] += text.data[i];
              }
              return lines;
            }
            """);
        Assert.InRange(lines.Max(l => l.TrimEnd().Length), 60, 75);
    }

    [SkippableFact]
    public async Task People_have_names_and_initials_and_their_addresses_are_not_in_the_way()
    {
        _room.Start("10.0.0.1:4053", "ada lovelace");
        await using var web = await WebNode.Start(_room, "👩‍👩‍👧 zoë");
        var page = await Ready(await chromium.Open(web));
        await Expect(page.Locator("#users li")).ToHaveCountAsync(2);
        await Expect(page.Locator("#users .initials")).ToHaveTextAsync(["AL", "👩‍👩‍👧Z"]);
        await Expect(page.Locator("#users .who")).ToHaveTextAsync(["ada lovelace", "👩‍👩‍👧 zoë"]);
        await Expect(page.Locator("#users")).Not.ToContainTextAsync("10.0.0.1");
        await Expect(page.Locator("#users li").First).ToHaveAttributeAsync("title", "10.0.0.1:4053 (the host)");
        await page.ClickAsync("#show-inside");
        await Expect(page.Locator("#nodes")).ToContainTextAsync("10.0.0.1:4053");
    }

    [SkippableFact]
    public async Task Above_the_conversation_stand_the_room_and_how_many_are_here_and_the_numbers_are_inside()
    {
        var bob = _room.Start("10.0.0.1:4053", "bob");
        await using var web = await WebNode.Start(_room);
        var page = await Ready(await chromium.Open(web));
        await Say(page, "/room Kitchen");
        await Expect(page.Locator("#room-name")).ToHaveTextAsync("Kitchen");
        await Expect(page.Locator("#here")).ToHaveTextAsync("2 people here");
        await Expect(page.Locator(".bar")).Not.ToContainTextAsync(bob.Address);
        await Expect(page.Locator(".bar")).Not.ToContainTextAsync(new System.Text.RegularExpressions.Regex("epoch|#[0-9]|uniform"));
        await Expect(page.Locator("#status")).ToBeHiddenAsync();
        await page.ClickAsync("#show-inside");
        await Expect(page.Locator("#inside #status")).ToContainTextAsync($"host {bob.Address} · epoch 1 · #");
        await Expect(page.Locator("#status")).ToBeVisibleAsync();
    }

    [SkippableFact]
    public async Task News_are_no_wider_than_messages()
    {
        await using var web = await WebNode.Start(_room);
        var page = await Ready(await chromium.Open(web, o => o.ViewportSize = new ViewportSize { Width = 1920, Height = 1080 }));
        await Say(page, "/help");
        await Expect(page.Locator("#log .news").Last).ToContainTextAsync("/help");
        Assert.True(await page.Locator("#log .news").Last.EvaluateAsync<bool>(
            """
            (e) => {
              const ruler = document.createElement("span");
              ruler.style.cssText = "display: inline-block; width: 75ch";
              e.append(ruler);
              const { width } = ruler.getBoundingClientRect();
              ruler.remove();
              return e.getBoundingClientRect().width <= width;
            }
            """));
    }
}
