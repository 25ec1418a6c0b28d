using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Norris.Tests.Archive;
using Norris.Tests.Processes;
using Norris.Tests.Tui;
using Norris.Tests.Web;
using static Microsoft.Playwright.Assertions;
using static Norris.Tests.Web.PageSpec;

namespace Norris.Tests.Pictures;

/// <summary>
/// Makes the pictures for the documentation, and those that somebody looks at after a change of a screen: docs/images/make.sh runs it. All are of real nodes,
/// with the times that it took them.
/// </summary>
[Collection(ProcessCollection.Name)]
public sealed partial class PicturesOfIt : IAsyncLifetime
{
    private static readonly (int Width, int Height)[] Sizes = [(1920, 1080), (1280, 800), (1024, 768)];

    private static readonly (int Width, int Height) Phone = (390, 844);

    private readonly Chromium _chromium = new();
    private readonly TemporaryFolder _files = new();
    private readonly string? _folder = Environment.GetEnvironmentVariable("NORRIS_SCREENSHOTS");

    public Task InitializeAsync() => _chromium.InitializeAsync();

    public async Task DisposeAsync()
    {
        await _chromium.DisposeAsync();
        _files.Delete();
    }

    [SkippableFact]
    public async Task Make()
    {
        Skip.If(string.IsNullOrEmpty(_folder), "set NORRIS_SCREENSHOTS to a folder to make the pictures");
        Directory.CreateDirectory(_folder!);
        await OfTwoTerminals();
        await OfAChat();
        await OfALesson();
    }

    /// <summary>Two terminals before and after the host is killed.</summary>
    private async Task OfTwoTerminals()
    {
        const int Columns = 58;
        const int Rows = 16;
        await using var ada = await NorrisProcess.Host("ada");
        using var bob = LivelyRoom.Terminal(Columns, Rows, _files.File("bob.json"), "bob", ada);
        await ada.WaitFor(line => line.Event == "joined" && line.Text("user") == "bob", "bob");
        using var cleo = LivelyRoom.Terminal(Columns, Rows, _files.File("cleo.json"), "cleo", ada);
        await bob.See("● connected");
        await cleo.See("● connected");
        await ada.WaitFor(line => line.Event == "joined" && line.Text("user") == "cleo", "cleo");
        await ada.Type("who has the map?\n");
        await cleo.See("ada: who has the map?");
        cleo.Say("me");
        await bob.See("cleo: me");
        bob.Say("not me");
        await cleo.See("bob: not me");
        await ada.Type("then we go north\n");
        await bob.See("ada: then we go north");
        await cleo.See("ada: then we go north");
        ada.Signal("KILL");
        await bob.See("took over from");
        await cleo.See("took over from");
        bob.Say("still here");
        await cleo.See("bob: still here");
        cleo.Say("so am I");
        foreach (var terminal in new[] { bob, cleo })
        {
            await terminal.See(rows => rows[^3].Contains("cleo: so am I", StringComparison.Ordinal) && !rows[^3].Contains("···", StringComparison.Ordinal) && rows[^2].Contains("● connected", StringComparison.Ordinal) && rows[^1].EndsWith('›'), "the last line, and nothing on the way");
        }

        await System.IO.File.WriteAllTextAsync(
            File("chat.svg"),
            TerminalPicture.Of("Two terminals of one Norris room show the same lines in the same order, before and after the host is killed", ("bob's terminal", bob.Styled), ("cleo's terminal", cleo.Styled)));
    }

    private async Task OfAChat()
    {
        await using var room = await LivelyRoom.Start(_files);
        var phone = await _chromium.Open(new Uri(await RealPageSpec.PageOf(room.Alice), "/"), IsPhone);
        await Expect(phone.Locator("#enter")).ToBeVisibleAsync();
        await Shoot(phone, "enter", [Phone]);
        var page = await Ready(await _chromium.Open(await RealPageSpec.PageOf(room.Alice)));
        await phone.FillAsync("#name", "gina");
        await phone.PressAsync("#name", "Enter");
        await Ready(phone);
        await room.Talk();
        await Say(phone, "on a phone, in the train, and it just goes on");
        await Expect(Said(page, "on a phone, in the train, and it just goes on")).ToBeVisibleAsync();
        await Expect(page.Locator("#users li")).ToHaveCountAsync(7);

        await Shoot(page, "chat", Sizes);
        await Shoot(phone, "chat", [Phone]);
        await phone.ClickAsync("#show-people");
        await Shoot(phone, "people", [Phone]);
        await phone.ClickAsync("#show-people");
        await page.HoverAsync("#log li:has-text('who decides')");
        await page.ClickAsync("#log .menu [aria-label=Reply]");
        await page.Keyboard.TypeAsync("we all do, @er");
        await Shoot(page, "reply", [(1280, 800)]);
        await page.ClickAsync("#about-cancel");
        await page.FillAsync("#text", "");
        await page.ClickAsync("#show-search");
        await page.FillAsync("#search-words", "order");
        await page.PressAsync("#search-words", "Enter");
        await Expect(page.Locator("#found li").First).ToBeVisibleAsync();
        await Shoot(page, "search", [(1280, 800)]);
        await page.ClickAsync("#search-close");
        await OfTheTerminal(room.Frank);

        // The inside view: the host is killed, one stands still, and a message is on its way.
        await page.ClickAsync("#show-inside");
        await phone.ClickAsync("#show-inside");
        await Expect(page.Locator("#map .node.host")).ToHaveCountAsync(1);
        room.Dave.Signal("KILL");
        await Expect(page.Locator("#failovers b")).ToHaveCountAsync(1);
        room.Erin.Signal("STOP");
        await Expect(page.Locator("#map .node.away")).ToHaveCountAsync(1);
        foreach (var scheme in Schemes)
        {
            foreach (var size in Sizes)
            {
                await Set(page, scheme, size);
                await Expect(page.Locator("#map .ordered")).ToHaveCountAsync(1); // the key's own
                await room.Say(room.Carol, $"and it goes on, {scheme} at {size.Width}");
                await Expect(page.Locator("#map .ordered").Nth(2)).ToBeAttachedAsync(); // on its way to the nodes
                await page.EvaluateAsync("document.getAnimations().filter(a => a.effect.target.querySelector('.ordered')).forEach(a => (a.pause(), a.currentTime = a.effect.getTiming().duration / 2))");
                await Shot(page, "inside", scheme, size);
                await page.EvaluateAsync("document.getAnimations().forEach(a => a.play())");
            }
        }

        await Shoot(phone, "inside", [Phone]);
        await phone.ClickAsync("#show-chat");
        await page.ClickAsync("#show-chat");
        await Shoot(page, "failover", Sizes);
        await Shoot(phone, "failover", [Phone]);

        // All others stand still: what is said waits.
        room.Frank.Say("/quit"); // tmux would not let it stand still
        await Expect(page.Locator("#users li")).ToHaveCountAsync(4);
        room.Bob.Signal("STOP");
        room.Carol.Signal("STOP");
        await Expect(page.Locator("body")).ToHaveAttributeAsync("data-link", "cut-off");
        await Say(page, "can anybody hear me?");
        await Expect(page.Locator("#pending li[data-state=taken]")).ToHaveCountAsync(1);
        await Shoot(page, "cut-off", [(1280, 800)]);
        await Shoot(phone, "cut-off", [Phone]);
        await page.ClickAsync("#show-inside");
        await Expect(page.Locator("#map .node.away").First).ToBeVisibleAsync();
        await Shoot(page, "cut-off-inside", [(1280, 800)]);
    }

    private async Task OfTheTerminal(Tmux terminal)
    {
        foreach (var (width, height) in new[] { (120, 40), (80, 24) })
        {
            terminal.Resize(width, height);
            await terminal.See(rows => rows.Length == height && rows.Any(row => row.Contains("│ People 7", StringComparison.Ordinal)) && rows[^2].Contains("● connected", StringComparison.Ordinal) && rows[^3].Contains("just goes on", StringComparison.Ordinal), "the whole screen");
            await System.IO.File.WriteAllTextAsync(File($"terminal-{width}x{height}.svg"), TerminalPicture.Of("A terminal in a Norris room", ("frank's terminal", terminal.Styled)));
        }
    }

    /// <summary>The page for a class, after the host was killed and another one cut off where there are cables.</summary>
    private async Task OfALesson()
    {
        await using var demo = NorrisProcess.Start("demo", "--web");
        var page = await _chromium.Open(new Uri(Link().Match((await demo.WaitFor(l => Link().IsMatch(l.Raw), "the link")).Raw).Value));
        await Expect(page.Locator(".lane .tag.epoch")).ToHaveCountAsync(3);
        await Shoot(page, "class", [.. Sizes, Phone]);
        await Click(page, "Add a node");
        await Expect(page.Locator(".lane .tag.epoch")).ToHaveCountAsync(4);
        foreach (var (who, what) in new[] { ("ada", "good morning"), ("bob", "is the kettle on?"), ("cleo", "it is, and the order is the same on every node"), ("dora", "also on mine") })
        {
            await page.SelectOptionAsync("#speaker", new SelectOptionValue { Label = who });
            await page.FillAsync("#text", what);
            await page.PressAsync("#text", "Enter");
            await Expect(page.Locator($".entry.delivered .what:has-text('{what}')")).ToHaveCountAsync(4);
        }

        await page.GetByRole(AriaRole.Button, new() { Name = "Lesson 3" }).ClickAsync();
        await Click(page, "Kill ada");
        await Expect(page.Locator("#phases [data-phase=over].done")).ToBeVisibleAsync();
        await Expect(page.Locator("#learned")).ToContainTextAsync("Done.");
        await Shoot(page, "class-host-killed", [.. Sizes, Phone]);
        await page.GetByRole(AriaRole.Button, new() { Name = "Lesson 4" }).ClickAsync();
        await Click(page, "Stop dora");
        await Expect(page.Locator(".lane.stopped")).ToHaveCountAsync(1);
        await page.Locator("#phases .term").First.HoverAsync();
        await Shoot(page, "class-stopped", [.. Sizes, Phone]);
    }

    private static ColorScheme[] Schemes { get; } = [ColorScheme.Light, ColorScheme.Dark];

    private async Task Shoot(IPage page, string name, IEnumerable<(int Width, int Height)> sizes)
    {
        foreach (var size in sizes)
        {
            foreach (var scheme in Schemes)
            {
                await Set(page, scheme, size);
                await page.EvaluateAsync("Promise.all(document.getAnimations().filter(a => a.effect.getTiming().iterations === 1).map(a => a.finished))"); // what fades in
                await Shot(page, name, scheme, size);
            }
        }
    }

    private static async Task Set(IPage page, ColorScheme scheme, (int Width, int Height) size)
    {
        await page.EmulateMediaAsync(new() { ColorScheme = scheme });
        await page.SetViewportSizeAsync(size.Width, size.Height);
    }

    private Task<byte[]> Shot(IPage page, string name, ColorScheme scheme, (int Width, int Height) size) =>
        page.ScreenshotAsync(new() { Path = File($"{name}-{size.Width}x{size.Height}-{scheme.ToString().ToLowerInvariant()}.png") });

    private string File(string name) => Path.Combine(_folder!, name);

    private static Task Click(IPage page, string button) => page.GetByRole(AriaRole.Button, new() { Name = button }).ClickAsync();

    private static void IsPhone(BrowserNewContextOptions browser) =>
        (browser.ViewportSize, browser.HasTouch, browser.IsMobile) = (new ViewportSize { Width = Phone.Width, Height = Phone.Height }, true, true);

    [GeneratedRegex("http://127[^ ]+")]
    private static partial Regex Link();
}
