using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
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

/// <summary>What the page says of the cluster and of time is true, and can be seen whole.</summary>
[Collection(ChromiumCollection.Name)]
public sealed class InsideSpec(Chromium chromium)
{
    private readonly SetTime _time = new();

    [SkippableTheory]
    [InlineData(1920, 1080)]
    [InlineData(1280, 800)]
    [InlineData(390, 844)]
    [InlineData(360, 640)]
    public async Task The_inside_view_fits_its_window(int width, int height)
    {
        var room = new FakeRoom(_time);
        var host = room.Start("10.0.0.1:4053", "bob");
        await using var web = await WebNode.Start(room);
        for (var i = 2; i <= 5; i++)
        {
            room.Start($"10.0.0.{i}:4053", $"user{i}");
        }

        var page = await Ready(await chromium.Open(web, o => o.ViewportSize = new ViewportSize { Width = width, Height = height }));
        await page.ClickAsync("#show-inside");
        await Expect(page.Locator("#map .node")).ToHaveCountAsync(6);
        _time.Now = DateTimeOffset.UtcNow - TimeSpan.FromSeconds(10); // all of them take their time
        for (var i = 0; i < 12; i++)
        {
            host.Own.Say($"this is message number {i}, of some length");
        }

        await Expect(page.Locator("#log .said")).ToHaveCountAsync(12);
        await Expect(Way(page, "number 11").Locator("td").Last).ToHaveTextAsync(new Regex("^✓ 1[0-9][.][0-9]+ s$"));
        await page.EvaluateAsync("Promise.all(document.getAnimations().map(a => a.finished))"); // nodes fade in
        if (Environment.GetEnvironmentVariable("NORRIS_SCREENSHOTS") is { Length: > 0 } folder)
        {
            Directory.CreateDirectory(folder);
            await page.ScreenshotAsync(new() { Path = Path.Combine(folder, $"inside-{width}.png") });
            await page.Locator("#ways-title").ScrollIntoViewIfNeededAsync();
            await page.Locator("#failovers").ScrollIntoViewIfNeededAsync();
            await page.ScreenshotAsync(new() { Path = Path.Combine(folder, $"inside-{width}-below.png") });
            await page.ClickAsync("#show-chat");
            await page.ScreenshotAsync(new() { Path = Path.Combine(folder, $"chat-{width}.png") });
            await page.ClickAsync("#show-inside");
        }

        var outside = await page.EvaluateAsync<string[]>(
            """
            tall => [...document.querySelectorAll("#map text, #caption, #ways td, #ways th, #nodes td, #nodes th")]
              .filter(e => e.textContent && getComputedStyle(e).display !== "none")
              .filter(e => { const r = e.getBoundingClientRect(); return r.left < 0 || r.right > innerWidth + 1 || (tall && e.closest(".picture") && (r.top < 0 || r.bottom > innerHeight)); })
              .map(e => e.textContent)
            """, width > 900); // on a phone one scrolls down, but not to the side
        Assert.Empty(outside);
        Assert.Empty(await page.EvaluateAsync<string[]>("() => [...document.querySelectorAll('.table')].filter(t => t.scrollWidth > t.clientWidth + 1).map(t => t.textContent)"));
    }

    [SkippableFact]
    public async Task What_is_delivered_in_a_uniform_room_is_stable_and_acked_though_the_acks_have_not_been_told_yet()
    {
        var room = new FakeRoom();
        var host = room.Start("10.0.0.1:4053", "bob");
        await using var web = await WebNode.Start(room);
        room.Start("10.0.0.2:4053", "carol");
        room.Start("10.0.0.3:4053", "dave");
        var page = await Ready(await chromium.Open(web));
        // The host tells of acks a few times a second, and the page asks now and then: both lag behind what is delivered.
        await page.RouteAsync("**/api/room", async route =>
        {
            var answer = await route.FetchAsync();
            var json = JsonNode.Parse(await answer.TextAsync())!;
            foreach (var node in json["nodes"]!.AsArray())
            {
                node!["received"] = Math.Max(1, node["received"]!.GetValue<long>() - 5);
            }

            await route.FulfillAsync(new() { Response = answer, Body = json.ToJsonString() });
        });
        await page.ClickAsync("#show-inside");
        for (var i = 0; i < 40; i++)
        {
            host.Own.Say($"message {i}");
            await Expect(page.Locator("#log .said")).ToHaveCountAsync(i + 1);
            foreach (var row in await page.Locator("#ways tbody tr").EvaluateAllAsync<string[][]>("all => all.map(r => [...r.cells].map(c => c.textContent))"))
            {
                Assert.StartsWith("✓", row[6], StringComparison.Ordinal);
                Assert.Equal("✓", row[5]);
                Assert.True(row[4] == "✓" || int.Parse(row[4].Split(' ')[0], CultureInfo.InvariantCulture) >= 3, string.Join(" | ", row));
            }
        }

        await Expect(page.Locator("#ways tbody tr")).ToHaveCountAsync(8);
    }

    [SkippableTheory]
    [InlineData(1280, 800)]
    [InlineData(390, 844)]
    public async Task What_stands_in_a_nodes_disc_stays_in_it(int width, int height)
    {
        var room = new FakeRoom();
        string[] names = ["ada", "WWWWWWWWWWWWWW", "日本日本日本日本日本", "👨‍👩‍👧‍👦👨‍👩‍👧‍👦👨‍👩‍👧‍👦"];
        for (var i = 0; i < names.Length; i++)
        {
            room.Start($"10.0.0.{i}:4053", names[i]);
        }

        await using var web = await WebNode.Start(room);
        var page = await Ready(await chromium.Open(web, with => with.ViewportSize = new ViewportSize { Width = width, Height = height }));
        await page.ClickAsync("#show-inside");
        await Expect(page.Locator("#map .node .crowd")).ToHaveTextAsync([new Regex("ada"), new Regex("^W+…$"), new Regex("^[日本]+…$"), new Regex("^(👨‍👩‍👧‍👦)+…?$"), new Regex("alice")]);
        Assert.Empty(await page.EvaluateAsync<string[]>(
            """
            () => [...document.querySelectorAll("#map .node")].flatMap((node) => {
              const disc = node.querySelector(".disc").getBoundingClientRect();
              return [...node.querySelectorAll(".title, .crowd")].filter((text) => {
                const box = text.getBoundingClientRect();
                return box.left < disc.left || box.right > disc.right;
              }).map((text) => text.textContent);
            })
            """));
    }

    [SkippableFact]
    public async Task No_words_in_the_picture_lie_on_each_other_in_a_busy_room()
    {
        var room = new FakeRoom();
        var host = room.Start("10.0.0.1:4053", "bob");
        await using var web = await WebNode.Start(room);
        var carol = room.Start("10.0.0.2:4053", "carol");
        room.Start("10.0.0.3:4053", "dave");
        var page = await Ready(await chromium.Open(web));
        await page.ClickAsync("#show-inside");
        await Expect(page.Locator("#map .node")).ToHaveCountAsync(4);
        var watch = page.EvaluateAsync<string[]>(
            """
            () => new Promise((done) => {
              const seen = new Set();
              let looks = 0;
              const box = (e) => ({ e, text: e.textContent, ...e.getBoundingClientRect().toJSON() });
              const isOver = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
              const look = () => {
                const moving = [...document.querySelectorAll("#map .number, #map .token + text:not(.key), #map .ordered + text:not(.key)")].map(box);
                const still = [...document.querySelectorAll("#map .node text")].filter(e => e.textContent).map(box);
                const isAbove = (a, b) => b.e.compareDocumentPosition(a.e) & Node.DOCUMENT_POSITION_FOLLOWING; // what is a node's own is painted over what passes
                moving.forEach((a, i) => [...moving.slice(i + 1), ...still.filter(b => isAbove(a, b))].filter(b => isOver(a, b)).forEach(b => seen.add(`${a.text} on ${b.text}`)));
                looks += moving.length;
                document.getElementById("caption").textContent.includes("delivered #104 ") ? done([...seen, ...(looks > 20 ? [] : [`only ${looks} looked at`])]) : requestAnimationFrame(look);
              };
              look();
            })
            """);
        while (room.Seq < 104)
        {
            (room.Seq % 2 == 0 ? host : carol).Own.Say("a busy room");
            await Task.Delay(50); // the pace of the load, not a wait for anything
        }

        Assert.Empty(await watch);
    }

    [SkippableFact]
    public async Task The_ways_of_messages_go_on_after_the_node_has_joined_again_and_in_another_room()
    {
        var room = new FakeRoom();
        var host = room.Start("10.0.0.1:4053", "bob");
        var web = await WebNode.Start(room);
        var port = web.Server.Url.Port;
        var page = await Ready(await chromium.Open(web));
        await page.ClickAsync("#show-inside");
        host.Own.Say("before");
        await Expect(Way(page, "before")).ToHaveCountAsync(1);

        room.CutOff(web.Node);
        host.Own.Say("while it was cut off");
        room.Heal(web.Node);
        web.Node.OwnFake.Tell(new WelcomeEvent("alice", web.Node.Address, host.Address, web.Node.Own.View.Room, 1, room.Seq, ["alice", "bob"]));
        host.Own.Say("after the rejoin");
        await Expect(Way(page, "while it was cut off")).ToHaveCountAsync(1);
        await Expect(Way(page, "after the rejoin")).ToHaveCountAsync(1);

        await web.DisposeAsync();
        room.Kill(web.Node);
        web = await WebNode.Serve(room.Start("127.0.0.1:4999", "alice"), new WebOptions(IPAddress.Loopback, port));
        host.Own.Say("after the restart");
        await Expect(Way(page, "after the restart")).ToHaveCountAsync(1);

        await web.DisposeAsync();
        var anew = new FakeRoom(id: 7);
        await using var elsewhere = await WebNode.Serve(anew.Start("127.0.0.1:4999", "alice"), new WebOptions(IPAddress.Loopback, port));
        anew.Start("10.0.0.1:4053", "bob").Own.Say("in the new room");
        await Expect(Way(page, "in the new room")).ToHaveCountAsync(1);
        await Expect(page.Locator("#ways tbody tr")).ToHaveCountAsync(1);
    }

    [SkippableFact]
    public async Task A_page_that_catches_up_counts_messages_by_when_they_were_ordered()
    {
        var room = new FakeRoom(_time);
        var host = room.Start("10.0.0.1:4053", "bob");
        await using var web = await WebNode.Start(room);
        _time.Now = DateTimeOffset.UtcNow - TimeSpan.FromSeconds(30);
        for (var i = 0; i < 600; i++) // 20 a second, for half a minute
        {
            _time.Now += TimeSpan.FromMilliseconds(50);
            host.Own.Say($"message {i}");
        }

        var page = await chromium.Open(web);
        await page.ClickAsync("#show-inside");
        var rates = await page.EvaluateAsync<double[]>(
            """
            () => new Promise((done) => {
              const seen = [];
              const look = () => {
                const rate = /([0-9.]+) messages a second/.exec(document.getElementById("caption").textContent)?.[1];
                if (rate !== undefined && (seen.length > 0 || Number(rate) > 0)) {
                  seen.push(Number(rate));
                }
                seen.at(-1) === 0 ? done(seen) : requestAnimationFrame(look); // until it has become quiet
              };
              look();
            })
            """);
        Assert.All(rates, rate => Assert.InRange(rate, 0, 20));
    }

    [SkippableFact]
    public async Task Between_yesterdays_archive_and_what_is_said_today_stands_the_day_and_not_in_a_bubble()
    {
        var folder = new TemporaryFolder();
        await using var store = new SqliteHistoryStore(folder.File("archive.db"));
        _time.Now = DateTimeOffset.UtcNow - TimeSpan.FromDays(1);
        var room = new FakeRoom(_time);
        var bob = room.Start("10.0.0.1:4053", "bob");
        bob.Own.Say("said yesterday");
        bob.Recording = true;
        await store.Prepare();
        var id = new RoomId(ulong.Parse(bob.Own.View.Room, NumberStyles.HexNumber, CultureInfo.InvariantCulture));
        await store.Append(new HistoryStretch(id, id.Value, room.Log));
        _time.Now = DateTimeOffset.UtcNow;
        await using (var web = await WebNode.Serve(room.Start("127.0.0.1:4999", "alice"), new WebOptions(IPAddress.Loopback, 0), store))
        {
            var page = await Ready(await chromium.Open(web));
            await Say(page, "said today");
            await Expect(Said(page, "said today")).ToBeVisibleAsync();
            await Expect(page.Locator("#log [data-day]")).ToHaveCountAsync(0); // there is only today
            await page.ClickAsync("#earlier");
            await Expect(Said(page, "said yesterday")).ToBeVisibleAsync();
            await Expect(page.Locator("#log [data-day]")).ToHaveCountAsync(2);
            var own = page.Locator("#log .own[data-day]");
            await Expect(own.Locator(".text")).ToHaveTextAsync("said today");
            Assert.Equal("rgba(0, 0, 0, 0)", await own.EvaluateAsync<string>("e => getComputedStyle(e).backgroundColor"));
            Assert.NotEqual("rgba(0, 0, 0, 0)", await own.EvaluateAsync<string>("e => getComputedStyle(e, '::after').backgroundColor"));
            if (Environment.GetEnvironmentVariable("NORRIS_SCREENSHOTS") is { Length: > 0 } pictures)
            {
                await page.ScreenshotAsync(new() { Path = Path.Combine(pictures, "days.png") });
            }
        }

        folder.Delete();
    }

    private sealed class SetTime : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = DateTimeOffset.UtcNow;

        public override DateTimeOffset GetUtcNow() => Now;
    }

    private static ILocator Way(IPage page, string text) => page.Locator("#ways tbody tr", new() { HasText = text });
}
