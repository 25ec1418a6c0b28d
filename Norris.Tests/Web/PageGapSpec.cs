using System.Globalization;
using System.Net;
using Microsoft.Playwright;
using Norris.Core.Protocol;
using Norris.Node.Archive;
using Norris.Node.Session;
using Norris.Node.Web;
using Norris.Tests.Archive;
using Norris.Tests.Session;
using static Microsoft.Playwright.Assertions;
using static Norris.Tests.Web.PageSpec;

namespace Norris.Tests.Web;

/// <summary>What came while a page was away: nothing from before is held for known, a button fills the place, and what nobody has is said.</summary>
[Collection(ChromiumCollection.Name)]
public sealed class PageGapSpec(Chromium chromium) : IAsyncLifetime
{
    private readonly FakeRoom _room = new();
    private readonly TemporaryFolder _folder = new();
    private IHistoryStore _store = null!;
    private FakeNode _bob = null!;
    private WebNode _web = null!;

    public async Task InitializeAsync()
    {
        _store = new SqliteStoreName(_folder.File("archive.db")).Open();
        await _store.Prepare();
        _bob = _room.Start("10.0.0.1:4053", "bob");
        _web = await WebNode.Start(_room, history: _store);
    }

    public async Task DisposeAsync()
    {
        await _web.DisposeAsync();
        await _store.DisposeAsync();
        _folder.Delete();
    }

    [SkippableFact]
    public async Task What_was_said_of_a_message_while_nobody_looked_is_not_guessed_and_is_right_once_the_place_is_filled()
    {
        var (page, tea) = await Returned("tea?");
        var gap = page.Locator("#log .gap");
        await Expect(gap).ToContainTextAsync("entries came while away: show them");
        await Expect(gap).ToContainTextAsync("what became of it meanwhile (edits, deletions, reactions) is not known");
        _bob.Own.Say("🫖", new Relation(RelationKind.Reaction, tea));
        _bob.Own.Say("an answer", new Relation(RelationKind.Reply, tea));
        await Expect(page.Locator("#log")).ToContainTextAsync("bob reacted 🫖 to an earlier message");
        await Expect(page.Locator("#log .quote")).ToHaveTextAsync("↳ an earlier message");
        await Expect(page.Locator("#log .chip")).ToHaveCountAsync(0);
        await Expect(Said(page, "tea?")).ToHaveCountAsync(1); // as it was before
        await Say(page, "/react @bob 👍");
        await Expect(page.Locator("#log .chip")).ToHaveTextAsync("👍 1"); // at the last one, not at one from before
        await Expect(page.Locator("#log li", new() { HasText = "an answer" }).Locator(".chip")).ToHaveCountAsync(1);

        await Archive();
        await gap.Locator("button").FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await Expect(gap).ToHaveCountAsync(0);
        await Expect(page.Locator("#log .said .text")).ToHaveTextAsync(["coffee?", "meanwhile 0", "meanwhile 1", "meanwhile 2", "an answer"]);
        await Expect(page.Locator("#log .edited")).ToHaveCountAsync(1);
        await Expect(page.Locator("#log .quote")).ToHaveTextAsync("↳ bob: coffee?");
        await Expect(page.Locator("#log li", new() { HasText = "coffee?" }).First.Locator(".chip")).ToHaveTextAsync("🫖 1");
        await Expect(page.Locator("#log li", new() { HasText = "meanwhile 0" })).ToBeFocusedAsync();
        await Expect(page.Locator("#told")).ToContainTextAsync(" shown");
        await Expect(page.Locator("#log li:visible", new() { HasText = "an earlier message" })).ToHaveCountAsync(0);
    }

    [SkippableFact]
    public async Task What_nobody_has_is_said_with_why_and_asked_for_again_when_somebody_keeps_an_archive()
    {
        var (page, _) = await Returned("tea?");
        var gap = page.Locator("#log .gap");
        await gap.Locator("button").ClickAsync();
        await Expect(gap).ToContainTextAsync("entries came while away, and cannot be shown: nobody in this room has them any more.");
        await Expect(gap.Locator("button")).ToHaveCountAsync(0);
        await Expect(gap).ToBeFocusedAsync();
        await Expect(page.Locator("#told")).ToContainTextAsync("are still missing");

        await Archive(from: 10); // the first of them stay missing
        _bob.Recording = true;
        await gap.Locator("button").ClickAsync();
        await Expect(Said(page, "meanwhile 2")).ToBeVisibleAsync();
        await Expect(gap).ToContainTextAsync("entries came while away, and cannot be shown: nobody in this room has them any more.");
        await Expect(Said(page, "meanwhile 0")).ToHaveCountAsync(0);
        await Expect(page.Locator("#log > .gap + li")).ToContainTextAsync("meanwhile 1"); // in its place
    }

    [SkippableFact]
    public async Task A_node_that_does_not_answer_can_be_asked_again()
    {
        var (page, _) = await Returned("tea?");
        await Archive();
        var button = page.Locator("#log .gap button");
        await page.RouteAsync("**/api/events?follow=no&after=*&before=*", route => route.AbortAsync());
        await button.ClickAsync();
        await Expect(page.Locator("#log .gap")).ToContainTextAsync("The node does not answer; try again.");
        await Expect(button).ToBeFocusedAsync();
        await page.UnrouteAllAsync();
        await button.ClickAsync();
        await Expect(page.Locator("#log .gap")).ToHaveCountAsync(0);
        await Expect(Said(page, "meanwhile 1")).ToBeVisibleAsync();
    }

    [SkippableFact]
    public async Task Who_was_away_for_long_is_told_how_much_came_and_gets_it_from_the_first_on()
    {
        var seen = _room.Seq;
        for (var i = 0; i < 1_200; i++)
        {
            _bob.Own.Say($"message {i}");
        }

        await Archive();
        _bob.Recording = true;
        await using var web = await WebNode.Serve(_room.Start("127.0.0.1:4999", "carol", seen), new WebOptions(IPAddress.Loopback, 0), _store);
        var page = await Ready(await chromium.Open(web));
        var gap = page.Locator("#log .gap");
        await Expect(gap.Locator("button")).ToHaveTextAsync("1,201 entries came while away: show them"); // one is that carol's node came
        await gap.Locator("button").ClickAsync();
        await Expect(page.Locator("#log .since + .name + .text")).ToHaveTextAsync("message 0");
        await Expect(page.Locator("#log .said").First).ToBeFocusedAsync();
        await Expect(gap.Locator("button")).ToHaveTextAsync("201 entries came while away: show them");
        await gap.Locator("button").ClickAsync();
        await Expect(gap).ToHaveTextAsync("1 entry came while away, and cannot be shown: nobody in this room has them any more. What stands above is shown as it was before them: what became of it meanwhile (edits, deletions, reactions) is not known.");
        await Expect(Said(page, "message 1199")).ToHaveCountAsync(1);
        await Expect(page.Locator("#log li:focus .text")).ToHaveTextAsync("message 1000");
    }

    [SkippableFact]
    public async Task What_a_search_finds_where_the_page_has_nothing_is_filled_in_and_shown()
    {
        var (page, _) = await Returned("tea?");
        await Archive();
        _bob.Recording = true;
        await page.ClickAsync("#show-search");
        await page.FillAsync("#search-words", "\"meanwhile 1\"");
        await page.PressAsync("#search-words", "Enter");
        await page.Locator("#found .place").ClickAsync();
        await Expect(page.Locator("#log .found-here")).ToContainTextAsync("meanwhile 1");
        await Expect(page.Locator("#log .gap")).ToHaveCountAsync(0);
    }

    /// <summary>A page whose node was gone for a while, and knows nothing of what bob did meanwhile.</summary>
    private async Task<(IPage Page, MessageId First)> Returned(string first)
    {
        var port = _web.Server.Url.Port;
        var page = await Ready(await chromium.Open(_web));
        _bob.Own.Say(first);
        await Expect(Said(page, first)).ToBeVisibleAsync();
        var id = _room.Log.OfType<SaidEvent>().Single().Id;
        await _web.DisposeAsync();
        _room.Kill(_web.Node);
        await Expect(page.Locator("#banner")).ToContainTextAsync("Reconnecting");
        for (var i = 0; i < 3; i++)
        {
            _bob.Own.Say($"meanwhile {i}");
        }

        _bob.Own.Say("coffee?", new Relation(RelationKind.Edit, id));
        _web = await WebNode.Serve(_room.Start("127.0.0.1:4999", "alice"), new WebOptions(IPAddress.Loopback, port), _store);
        await Ready(page);
        await Expect(page.Locator("#log .gap")).ToHaveCountAsync(1);
        return (page, id);
    }

    private async Task Archive(int from = 1)
    {
        var room = new RoomId(ulong.Parse(_bob.Own.View.Room, NumberStyles.HexNumber, CultureInfo.InvariantCulture));
        await _store.Append(new HistoryStretch(room, from == 1 ? room.Value : _room.Log[from - 2].Hash, [.. _room.Log.Skip(from - 1)]));
    }
}
