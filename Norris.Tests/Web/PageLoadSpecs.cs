using System.Diagnostics;
using Norris.Tests.Session;
using Xunit.Abstractions;
using static Microsoft.Playwright.Assertions;
using static Norris.Tests.Web.PageSpecs;

namespace Norris.Tests.Web;

[Collection(ChromiumCollection.Name)]
public sealed class PageLoadSpecs(Chromium chromium, ITestOutputHelper output)
{
    private const int Messages = 10_000;
    private const int PerSecond = 200;
    private const int Keys = 40;
    private const double LatencyLimit = 50;

    [SkippableFact]
    public async Task Ten_thousand_messages_lose_no_line_and_leave_the_page_quick()
    {
        var room = new FakeRoom();
        var bob = room.Start("10.0.0.1:4053", "bob");
        await using var web = await WebNode.Start(room);
        var page = await Ready(await chromium.Open(web));
        var news = await page.Locator("#log").EvaluateAsync<int>("e => +e.dataset.count");
        await page.EvaluateAsync(
            """
            globalThis.delays = [];
            new PerformanceObserver(all => all.getEntries().filter(e => e.name === 'keydown').forEach(e => delays.push(e.duration)))
              .observe({ type: 'event', durationThreshold: 16, buffered: false });
            """);

        var typing = Task.CompletedTask;
        var watch = Stopwatch.StartNew();
        for (var i = 0; i < Messages; i++)
        {
            bob.Own.Say($"message number {i}, and some words so that it is about as long as people's are");
            if (i == Messages - (5 * PerSecond))
            {
                typing = page.Locator("#text").PressSequentiallyAsync(new string('x', Keys), new() { Delay = 60 }); // while the last ones come in
            }

            var due = TimeSpan.FromSeconds((i + 1.0) / PerSecond) - watch.Elapsed;
            if (due > TimeSpan.FromMilliseconds(5))
            {
                await Task.Delay(due); // the pace of the load, not a wait for anything
            }
        }

        await typing;
        await Expect(page.Locator("#log")).ToHaveAttributeAsync("data-count", $"{news + Messages}");
        await Expect(Said(page, $"message number {Messages - 1}, and some words so that it is about as long as people's are")).ToBeVisibleAsync();
        await Expect(page.Locator("#text")).ToHaveValueAsync(new string('x', Keys));
        var rows = await page.Locator("#log li").CountAsync();
        Assert.InRange(rows, 100, 1500);

        // The browser reports what took 16 ms or more; the rest was quicker.
        var slow = await page.EvaluateAsync<double[]>("delays");
        var all = Enumerable.Repeat(0.0, Math.Max(0, Keys - slow.Length)).Concat(slow).Order().ToArray();
        var heap = await page.EvaluateAsync<double>("performance.memory.usedJSHeapSize / 1048576");
        output.WriteLine($"{Messages} messages in {watch.Elapsed.TotalSeconds:F1} s; key to paint p50 {all[Keys / 2]} ms, p95 {all[Keys * 95 / 100]} ms, max {all[^1]} ms; {rows} rows, heap {heap:F0} MiB");

        // The median: the tail is the machine's, which has other things to do during tests.
        Assert.True(all[Keys / 2] < LatencyLimit, $"keys took {string.Join(" ", slow)} ms");
        Assert.True(heap < 200, $"the page's heap has {heap:F0} MiB");
    }
}
