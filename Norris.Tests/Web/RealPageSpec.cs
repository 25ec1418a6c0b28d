using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Norris.Tests.Archive;
using Norris.Tests.Processes;
using static Microsoft.Playwright.Assertions;
using static Norris.Tests.Web.PageSpec;

namespace Norris.Tests.Web;

/// <summary>Real processes, real signals and a real browser: what the page shows is compared with what a node that lives prints.</summary>
[Collection(ProcessCollection.Name)]
public sealed partial class RealPageSpec : IAsyncLifetime
{
    /// <summary>The machine may be busy: nothing here is about time.</summary>
    private static readonly LocatorAssertionsToBeVisibleOptions Visible = new() { Timeout = 60_000 };

    private readonly Chromium _chromium = new();
    private readonly TemporaryFolder _folder = new();

    public Task InitializeAsync() => _chromium.InitializeAsync();

    public async Task DisposeAsync()
    {
        await _chromium.DisposeAsync();
        _folder.Delete();
    }

    [SkippableFact]
    public async Task The_host_is_killed_and_the_page_on_another_node_says_so_and_goes_on_with_no_gap_and_no_duplicate()
    {
        Skip.If(OperatingSystem.IsWindows(), "no signals here");
        await using var host = await NorrisProcess.Host("ann");
        await using var served = await NorrisProcess.Join(host, "bob", "--web", "0");
        await using var other = await NorrisProcess.Join(host, "cleo");
        var page = await Ready(await _chromium.Open(await PageOf(served)));
        await Expect(page.Locator("#users li")).ToHaveCountAsync(3);

        using var enough = new CancellationTokenSource();
        var talk = Talk(other, "before and after", most: 250, enough.Token);
        await Expect(Said(page, "before and after 20")).ToBeVisibleAsync(Visible);
        await Say(page, "from the page, before");
        host.Signal("KILL");
        await Expect(page.Locator("#log")).ToContainTextAsync($"the host changed from {host.Node}", new() { Timeout = 60_000 });
        await Say(page, "from the page, after");
        await Expect(Said(page, "from the page, after")).ToBeVisibleAsync(Visible);
        await enough.CancelAsync();
        var count = await talk;
        await other.Type("the end\n");
        await Expect(Said(page, "the end")).ToBeVisibleAsync(Visible);

        await ShowsTheOrder(page, other, from: 0);
        var texts = await page.Locator("#log .said .text").AllTextContentsAsync();
        Assert.Equal(count, texts.Count(t => t.StartsWith("before and after", StringComparison.Ordinal)));
        Assert.Equal(texts.Count, texts.Distinct().Count());
        await Expect(page.Locator("#banner")).ToBeHiddenAsync();
        await Expect(page.Locator("#log .gap")).ToHaveCountAsync(0);

        // The inside view has true figures: everyone has everything, in a moment.
        await page.ClickAsync("#show-inside");
        await Expect(page.Locator("#nodes tbody tr")).ToHaveCountAsync(2);
        await Expect(page.Locator("#nodes tbody td.done")).ToHaveTextAsync(["0", "0"], new() { Timeout = 20_000 });
        var received = await page.Locator("#nodes tbody td:nth-child(4)").AllTextContentsAsync();
        Assert.All(received, r => Assert.True(long.Parse(r, CultureInfo.InvariantCulture) > count, $"received {r}"));

        // And one that stands still is seen to be away, and behind.
        other.Signal("STOP");
        await Expect(page.Locator("#nodes td.behind")).ToContainTextAsync("away", new() { Timeout = 20_000 });
        other.Signal("CONT");
    }

    [SkippableFact]
    public async Task The_pages_own_node_is_killed_and_started_again_and_the_page_goes_on_with_nothing_doubled_or_lost()
    {
        Skip.If(OperatingSystem.IsWindows(), "no signals here");
        var port = FreePort();
        await using var host = await NorrisProcess.Host("ann");
        await using var other = await NorrisProcess.Join(host, "cleo");
        var profile = _folder.File("profile.json");
        var served = await NorrisProcess.JoinWithProfile(profile, host, "bob", "--web", $"{port}");
        IPage page;
        IReadOnlyList<string> shown;
        await using (served)
        {
            page = await Ready(await _chromium.Open(await PageOf(served)));
            await Talk(other, "before", most: 50);
            await Expect(Said(page, "before 50")).ToBeVisibleAsync(Visible);
            await Say(page, "mine, before");
            await Expect(Said(page, "mine, before")).ToBeVisibleAsync(Visible);
            shown = await page.Locator("#log .said .text").AllTextContentsAsync();
            served.Signal("KILL");
            await Expect(page.Locator("#banner")).ToContainTextAsync("Reconnecting", new() { Timeout = 60_000 });
        }

        await Talk(other, "meanwhile", most: 50);
        await other.WaitFor(line => line.Text("text") == "meanwhile 50", "what was said meanwhile");
        await Say(page, "typed meanwhile");
        await using var again = await NorrisProcess.JoinWithProfile(profile, host, "bob", "--web", $"{port}");
        await Expect(Said(page, "typed meanwhile")).ToBeVisibleAsync(Visible);
        await Talk(other, "after", most: 50);
        await Expect(Said(page, "after 50")).ToBeVisibleAsync(Visible);

        // What was shown stays, once; what the new node never had is told with its number; then it goes on.
        var texts = await page.Locator("#log .said .text").AllTextContentsAsync();
        Assert.Equal(shown, texts.Take(shown.Count));
        Assert.Equal(texts.Count, texts.Distinct().Count());
        Assert.Equal(["typed meanwhile", .. Enumerable.Range(1, 50).Select(i => $"after {i}")], texts.Skip(shown.Count).Order(ByKind));
        await Expect(page.Locator("#banner")).ToBeHiddenAsync();
        var missed = long.Parse(Number().Match((await page.Locator("#log .gap").TextContentAsync())!).Value, CultureInfo.InvariantCulture);
        var seqs = await SeqsOf(page);
        var between = other.Lines.Where(l => l.Seq > seqs[shown.Count - 1] && l.Seq < again.Lines.First(a => a.Seq is not null).Seq).ToList();
        Assert.Equal(between.Count, missed);
        await ShowsTheOrder(page, other, from: again.Lines.First(a => a.Seq is not null).Seq!.Value);
    }

    [SkippableFact]
    public async Task The_page_of_a_private_room_lets_a_device_in_by_its_qr_code_and_puts_it_out()
    {
        Skip.If(OperatingSystem.IsWindows(), "no signals here");
        await using var ada = await NorrisProcess.Host("ada", "--private", "--web", "0");
        var page = await Ready(await _chromium.Open(await PageOf(ada)));
        await Say(page, "/invite bob");
        await Expect(page.Locator("#invite-qr path")).ToHaveCountAsync(1, new() { Timeout = 60_000 });
        var line = await QrReader.Read(page.Locator("#invite-qr"));
        Assert.Equal(await page.Locator("#invite-line").TextContentAsync(), line);

        await using var bob = NorrisProcess.StartWithProfile(_folder.File("profile.json"), [.. line!.Split(' ')[1..], "--name", "bob", "--ui", "json", "--stay"]);
        await bob.WaitFor(l => l.Event == "welcome", "bob's welcome");
        await Expect(page.Locator("#invite")).ToBeHiddenAsync(new() { Timeout = 60_000 });
        var device = page.Locator("#device-list li").Nth(1);
        await Expect(device).ToContainTextAsync("let in by ada", new() { Timeout = 60_000 });
        await Expect(device.Locator(".tag")).ToHaveTextAsync("here", new() { Timeout = 60_000 });

        await device.Locator("button").ClickAsync();
        await page.ClickAsync("#put-out [value=out]");
        Assert.Equal(1, await bob.Exit());
        await Expect(page.Locator("#device-list li")).ToHaveCountAsync(1, new() { Timeout = 60_000 });
        await Expect(page.Locator("#log")).ToContainTextAsync("is refused from now on", new() { Timeout = 60_000 });
    }

    /// <summary>What the page shows from a number on is what a node prints, in the same order.</summary>
    private static async Task ShowsTheOrder(IPage page, NorrisProcess node, long from)
    {
        var shown = (await SeqsOf(page)).Where(seq => seq >= from).ToList();
        Assert.NotEmpty(shown);
        await node.WaitFor(line => line.Seq >= shown[^1], "what the page shows");
        Assert.Equal(node.Lines.Where(l => l.Event == "said" && l.Seq >= shown[0] && l.Seq <= shown[^1]).Select(l => l.Seq!.Value), shown);
    }

    private static Task<long[]> SeqsOf(IPage page) => page.Locator("#log .said").EvaluateAllAsync<long[]>("all => all.map(e => +e.dataset.seq)");

    /// <summary>Says numbered lines, one after the other was heard, until it is enough. Gives how many.</summary>
    private static async Task<int> Talk(NorrisProcess node, string text, int most, CancellationToken enough = default)
    {
        var said = 0;
        while (said < most && !enough.IsCancellationRequested)
        {
            var line = $"{text} {++said}";
            await node.Type(line + "\n");
            await node.WaitFor(l => l.Text("text") == line, line);
        }

        return said;
    }

    /// <summary>Where the process says that its page is.</summary>
    internal static async Task<Uri> PageOf(NorrisProcess node)
    {
        Match? at = null;
        await Eventually.Holds(() => (at = PageAt().Match(node.Errors)).Success, NorrisProcess.Patience);
        return new Uri(at!.Value);
    }

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    private static readonly Comparer<string> ByKind = Comparer<string>.Create((a, b) =>
        (a.StartsWith("after", StringComparison.Ordinal), b.StartsWith("after", StringComparison.Ordinal)) switch
        {
            (true, false) => 1,
            (false, true) => -1,
            _ => 0,
        });

    [GeneratedRegex("http://127[^ \n]+")]
    private static partial Regex PageAt();

    [GeneratedRegex("^[0-9]+")]
    private static partial Regex Number();
}
