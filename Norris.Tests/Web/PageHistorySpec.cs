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

/// <summary>A page that came late, in a room where another node keeps the archive.</summary>
[Collection(ChromiumCollection.Name)]
public sealed class PageHistorySpec(Chromium chromium) : IAsyncLifetime
{
    private const int Messages = 500;
    private readonly FakeRoom _room = new();
    private readonly TemporaryFolder _folder = new();
    private FakeNode _archive = null!;
    private IHistoryStore _store = null!;
    private Func<ValueTask> _close = null!;
    private WebNode _web = null!;

    public async Task InitializeAsync()
    {
        _archive = _room.Start("10.0.0.1:4053", "bob");
        for (var i = 0; i < Messages; i++)
        {
            _archive.Own.Say($"message {i}{(i % 100 == 7 ? " <b>sugar</b>" : "")}");
        }

        _archive.Recording = true;
        var store = new SqliteHistoryStore(_folder.File("archive.db"));
        (_store, _close) = (store, store.DisposeAsync);
        await store.Prepare();
        var room = new RoomId(ulong.Parse(_archive.Own.View.Room, NumberStyles.HexNumber, CultureInfo.InvariantCulture));
        await store.Append(new HistoryStretch(room, room.Value, _room.Log));
        _web = await WebNode.Start(_room, history: _store);
    }

    public async Task DisposeAsync()
    {
        await _web.DisposeAsync();
        await _close();
        _folder.Delete();
    }

    [SkippableFact]
    public async Task Scrolling_back_fetches_all_that_was_said_before_once_and_in_order()
    {
        var page = await Ready(await chromium.Open(_web));
        await Expect(page.Locator("#log .said")).ToHaveCountAsync(0);
        await page.ClickAsync("#earlier"); // there is nothing to scroll yet
        await Expect(Said(page, "message 499")).ToHaveCountAsync(1);
        var scroller = page.Locator("#scroller");
        await scroller.HoverAsync();
        await Eventually.Holds(async () =>
        {
            await page.Mouse.WheelAsync(0, -20_000);
            return await Said(page, "message 0").CountAsync() == 1;
        });

        Assert.Equal(
            Enumerable.Range(0, Messages),
            await page.Locator("#log .said .text").EvaluateAllAsync<int[]>("all => all.map(e => +e.textContent.split(' ')[1])"));
        await Expect(page.Locator("#earlier")).ToBeHiddenAsync();
    }

    [SkippableFact]
    public async Task A_second_history_while_the_first_is_read_does_not_stop_the_page()
    {
        var page = await Ready(await chromium.Open(_web));
        await page.RouteAsync("**/api/history*", async route =>
        {
            await Task.Delay(100);
            await route.ContinueAsync();
        });
        await page.ClickAsync("#earlier");
        await page.FillAsync("#text", "/history 400");
        await page.PressAsync("#text", "Enter");
        await page.PressAsync("#text", "Enter");

        await Expect(Said(page, "message 50")).ToHaveCountAsync(1);
        await Expect(page.Locator("#text")).ToHaveValueAsync("");
        await page.FillAsync("#text", "still here");
        await page.PressAsync("#text", "Enter");
        await Expect(Said(page, "still here")).ToHaveCountAsync(1);
    }

    [SkippableFact]
    public async Task Who_was_here_in_an_earlier_run_is_shown_what_came_since_and_where_it_begins()
    {
        var seen = _room.Log.OfType<SaidEvent>().Single(said => said.Text == "message 449").Seq;
        await using var web = await WebNode.Serve(_room.Start("127.0.0.1:4999", "carol", seen), new WebOptions(IPAddress.Loopback, 0), _store);
        var page = await Ready(await chromium.Open(web));
        await Expect(page.Locator("#log .since + .name + .text")).ToHaveTextAsync("message 450");
        await Expect(Said(page, "message 499")).ToBeVisibleAsync();
    }

    [SkippableFact]
    public async Task Words_are_looked_for_in_the_archive_and_what_is_found_is_text()
    {
        var page = await Ready(await chromium.Open(_web));
        await page.ClickAsync("#show-search");
        await page.Keyboard.TypeAsync("sugar");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("#found .text")).ToHaveTextAsync(
            Enumerable.Range(0, 5).Reverse().Select(i => $"message {(i * 100) + 7} <b>sugar</b>"), new() { IgnoreCase = false });
        await Expect(page.Locator("#found mark").First).ToHaveTextAsync("sugar");
        Assert.Equal(0, await page.Locator("#found b").CountAsync());
        await page.FillAsync("#search-words", "sug* -tea");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("#found mark").First).ToHaveTextAsync("sug");
        foreach (var (words, marks) in new[] { ("(sugar", "sugar"), ("SÚGAR!", "sugar"), ("“MESSAGE 407”", "message 407"), ("mes*", "mes") })
        {
            await page.FillAsync("#search-words", words);
            await page.Keyboard.PressAsync("Enter");
            await Expect(page.Locator("#found mark").First).ToHaveTextAsync(marks);
        }

        await page.FillAsync("#search-words", "message");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("#found li")).ToHaveCountAsync(50);
        await page.ClickAsync("#found-more");
        await Expect(page.Locator("#found li")).ToHaveCountAsync(100);
        await page.Keyboard.PressAsync("Escape");
        await Expect(page.Locator("#search")).ToBeHiddenAsync();
        Assert.Equal("text", await page.EvaluateAsync<string>("document.activeElement.id"));
    }

    [SkippableFact]
    public async Task What_was_found_is_shown_where_it_was_said()
    {
        var page = await Ready(await chromium.Open(_web));
        await page.ClickAsync("#show-search");
        await page.FillAsync("#search-words", "sugar");
        await page.PressAsync("#search-words", "Enter");
        await page.Locator("#found .place").Last.ClickAsync();
        var here = page.Locator("#log .found-here");
        await Expect(here).ToContainTextAsync("message 7 ");
        await Expect(here).ToBeInViewportAsync();
        await Expect(Said(page, "message 8")).ToHaveCountAsync(1);
        await page.Locator("#found .place").First.ClickAsync();
        await Expect(here).ToContainTextAsync("message 407 ");
        await Expect(here).ToBeInViewportAsync();
    }

    [SkippableFact]
    public async Task Where_nobody_keeps_an_archive_there_is_nothing_to_search()
    {
        _archive.Recording = false;
        var page = await Ready(await chromium.Open(_web));
        await Expect(page.Locator("#show-search")).ToBeHiddenAsync();
        await Expect(page.Locator("#earlier")).ToBeHiddenAsync();
    }
}
