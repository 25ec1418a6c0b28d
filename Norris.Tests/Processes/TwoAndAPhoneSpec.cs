using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Norris.Lab.Processes;
using Norris.Tests.Archive;
using Norris.Tests.Tui;
using Norris.Tests.Web;
using static Microsoft.Playwright.Assertions;
using static Norris.Tests.Web.PageSpec;

namespace Norris.Tests.Processes;

/// <summary>
/// An evening of three people: ada in a terminal, bob in a browser, cleo on a phone. Real nodes, real keys and taps; what one of them does is looked for on the
/// screens of the others.
/// </summary>
[Collection(ProcessCollection.Name)]
public sealed partial class TwoAndAPhoneSpec : IAsyncLifetime
{
    /// <summary>Of each of the three. The host is killed in the middle.</summary>
    private const int Lines = 12;

    /// <summary>So high that the whole evening is in sight.</summary>
    private const int Rows = 110;

    private const int Columns = 120;

    private readonly Chromium _chromium = new();
    private readonly TemporaryFolder _folder = new();

    public Task InitializeAsync() => _chromium.InitializeAsync();

    public async Task DisposeAsync()
    {
        await _chromium.DisposeAsync();
        _folder.Delete();
    }

    [SkippableFact]
    public async Task They_talk_answer_edit_react_and_search_and_the_host_is_killed_while_they_type()
    {
        Skip.If(OperatingSystem.IsWindows(), "no signals here");
        await using var host = await NorrisProcess.Host("hal");
        await using var home = await NorrisProcess.Join(host, "bob", "--web", "0", "--archive", $"sqlite:{_folder.File("archive.db")}");
        await using var box = await NorrisProcess.Join(host, "box", "--web", "0"); // a phone runs no node: its page is a guest of this one
        var bob = await Ready(await _chromium.Open(await RealPageSpec.PageOf(home)));
        var cleo = await Ready(await ComeIn(await _chromium.Open(new Uri(await RealPageSpec.PageOf(box), "/"), IsPhone), "cleo"));
        // The pane outlives the program: what tmux writes where one is dead may push its last words off the screen.
        using var ada = new Tmux(Columns, Rows, $"NORRIS_PROFILE='{_folder.File("ada.json")}' {Program} join {host.Node} --name ada --ui tui; exec cat");
        await ada.See("● connected");
        await Expect(bob.Locator("#users li")).ToHaveCountAsync(5);

        ada.Say("shall we meet at nine, by the kettle?");
        await EachPageHas("shall we meet at nine, by the kettle?", bob, cleo);

        // Bob answers: the others see what.
        await Menu(bob, "by the kettle?", "Reply");
        await bob.Keyboard.TypeAsync("nine is fien");
        await bob.Keyboard.PressAsync("Enter");
        await Expect(cleo.Locator("#log .quote")).ToHaveTextAsync("↳ ada: shall we meet at nine, by the kettle?");
        await ada.See("bob: ↳ to ada: \"shall we meet at nine, by the kettle?\"");
        await ada.See(rows => rows.Any(row => Beside(row).Trim() == "nine is fien"), "bob's answer");

        // He mends what he wrote, and all have the mended one.
        await bob.Keyboard.PressAsync("ArrowUp");
        await Expect(bob.Locator("#text")).ToHaveValueAsync("nine is fien");
        await bob.FillAsync("#text", "nine is fine");
        await bob.PressAsync("#text", "Enter");
        await EachPageHas("nine is fine", bob, cleo);
        await Expect(cleo.Locator("#log .edited")).ToHaveCountAsync(1);
        await ada.See(rows => rows.Any(row => Beside(row).Trim() == "nine is fine (edited)") && !rows.Any(row => Beside(row).Trim() == "nine is fien"), "bob's answer, mended, in its place");

        // Ada reacts in words, cleo with a finger.
        ada.Say("/react 👍");
        var chip = cleo.Locator("#log li", new() { HasText = "nine is fine" }).Locator(".chip");
        await Expect(chip).ToHaveTextAsync("👍 1");
        await chip.TapAsync();
        await Expect(bob.Locator("#log .chip")).ToHaveTextAsync("👍 2");
        await ada.See("cleo reacted 👍 to bob: \"nine is fine\"");

        // All three type, and in the middle of a line the host is gone, without a goodbye.
        for (var n = 1; n <= Lines; n++)
        {
            ada.Type(Begun(n));
            await bob.Locator("#text").PressSequentiallyAsync(Begun(n));
            await cleo.Locator("#text").PressSequentiallyAsync(Begun(n));
            if (n == Lines / 2)
            {
                host.Signal("KILL");
                await ada.See($"ada› {Begun(n)}".TrimEnd());
                await Expect(bob.Locator("#text")).ToHaveValueAsync(Begun(n));
                await Expect(cleo.Locator("#text")).ToHaveValueAsync(Begun(n));
            }

            ada.Say(Rest);
            await bob.Locator("#text").PressSequentiallyAsync(Rest);
            await bob.Keyboard.PressAsync("Enter");
            await cleo.Locator("#text").PressSequentiallyAsync(Rest);
            await cleo.Locator("#send").TapAsync();
        }

        foreach (var page in new[] { bob, cleo })
        {
            await Expect(page.Locator("#log")).ToContainTextAsync($"the host changed from {host.Node}");
            await Expect(page.Locator("#log .text").Filter(new() { HasText = Rest })).ToHaveCountAsync(3 * Lines);
            await Expect(page.Locator("#pending li")).ToHaveCountAsync(0);
        }

        await ada.See($"took over from {host.Node}");

        // A quote is a way back to what it quotes, however much came since.
        var asked = Said(cleo, "shall we meet at nine, by the kettle?");
        await Expect(asked).Not.ToBeInViewportAsync();
        await cleo.Locator("#log .quote").TapAsync();
        await Expect(asked).ToBeInViewportAsync();

        // So is what a search finds.
        await Expect(Said(bob, "shall we meet at nine, by the kettle?")).Not.ToBeInViewportAsync();
        await bob.ClickAsync("#show-search");
        await bob.FillAsync("#search-words", "kettle");
        await Eventually.Holds(
            async () =>
            {
                await bob.PressAsync("#search-words", "Enter");
                await Expect(bob.Locator("#found-count")).Not.ToHaveTextAsync("Searching …");
                return await bob.Locator("#found .place").CountAsync() == 1; // an archive writes a moment later
            },
            NorrisProcess.Patience);
        await bob.ClickAsync("#found .place");
        await Expect(bob.Locator("#log .found-here")).ToContainTextAsync("by the kettle?");
        await Expect(bob.Locator("#log .found-here")).ToBeInViewportAsync();

        await Say(cleo, "good night");
        await EachPageHas("good night", bob, cleo);
        await EachHasTheSame(ada, bob, cleo, box);

        ada.Say("/quit");
        await ada.See("come back with: norris join");
    }

    /// <summary>Everything once, each speaker's lines as typed, and the same order on the phone, in the browser, in the terminal, and as a node tells it.</summary>
    private static async Task EachHasTheSame(Tmux ada, IPage bob, IPage cleo, NorrisProcess box)
    {
        var shown = await OrderOf(cleo);
        Assert.NotEmpty(shown);
        await box.WaitFor(line => line.Seq >= shown[^1].Seq, "what the phone shows");
        Assert.Equal(shown, (await OrderOf(bob)).Where(said => said.Seq >= shown[0].Seq));
        Assert.Equal(shown.Select(said => said.Seq), box.Lines.Where(IsToRead).Select(line => line.Seq!.Value).Where(seq => seq >= shown[0].Seq));
        foreach (var who in new[] { "ada", "bob", "cleo" })
        {
            Assert.Equal(Enumerable.Range(1, Lines).Select(n => Begun(n) + Rest), shown.Where(said => said.Who == who && said.Text.EndsWith(Rest, StringComparison.Ordinal)).Select(said => said.Text));
        }

        // The hash is over all that was ordered, whether it is a row of its own or not.
        var last = Stamp().Match((await bob.Locator("#log .said time[title^='#']").Last.GetAttributeAsync("title"))!);
        Assert.Equal(last.Value, Stamp().Match((await cleo.Locator("#log .said time[title^='#']").Last.GetAttributeAsync("title"))!).Value);
        var rows = await ada.See($"seq {last.Groups["seq"].Value}  #{last.Groups["hash"].Value}");
        var talk = rows.Select(row => Row().Match(Beside(row))).Where(match => match.Success).Select(match => (match.Groups["who"].Value, match.Groups["text"].Value.TrimEnd()));
        Assert.Equal(shown.Where(IsTalk).Select(said => (said.Who, said.Text)), talk.Where(said => said.Item2.EndsWith(Rest, StringComparison.Ordinal)));
    }

    private static bool IsTalk(SaidRow said) => said.Text.EndsWith(Rest, StringComparison.Ordinal);

    private static bool IsToRead(NodeLine line) =>
        line.Event == "said" && (!line.Json.TryGetProperty("relation", out var relation) || relation.GetProperty("kind").GetString() == "reply");

    private static async Task<List<SaidRow>> OrderOf(IPage page)
    {
        var rows = await page.Locator("#log .said").EvaluateAllAsync<string[][]>(
            "all => all.map(e => [e.dataset.seq, e.querySelector('.name').textContent, e.querySelector('.text').textContent])");
        return [.. rows.Select(row => new SaidRow(long.Parse(row[0], CultureInfo.InvariantCulture), row[1], row[2]))];
    }

    private static async Task EachPageHas(string text, params IPage[] pages)
    {
        foreach (var page in pages)
        {
            await Expect(Said(page, text)).ToHaveCountAsync(1);
        }
    }

    private static async Task<IPage> ComeIn(IPage page, string name)
    {
        await page.Locator("#name").TapAsync();
        await page.Keyboard.TypeAsync(name);
        await page.GetByRole(AriaRole.Button, new() { Name = "Enter the room" }).TapAsync();
        return page;
    }

    private static async Task Menu(IPage page, string message, string what)
    {
        await page.HoverAsync($"#log li:has-text('{message}')");
        await page.ClickAsync($"#log .menu [aria-label={what}]");
    }

    private static void IsPhone(BrowserNewContextOptions browser) =>
        (browser.ViewportSize, browser.HasTouch, browser.IsMobile) = (new ViewportSize { Width = 390, Height = 844 }, true, true);

    private static string Begun(int n) => string.Create(CultureInfo.InvariantCulture, $"line {n}, ");

    private const string Rest = "typed in two halves";

    /// <summary>A row of the terminal without the people beside it.</summary>
    private static string Beside(string row) => row.Split('│')[0];

    private static string Program { get; } = string.Join(' ', ChildProcess.ThisProgram.Select(word => $"'{word}'"));

    [GeneratedRegex("^[0-9]{2}:[0-9]{2} (?<who>[a-z]+): (?<text>.*)")]
    private static partial Regex Row();

    [GeneratedRegex("^#(?<seq>[0-9]+), .*hash (?<hash>[0-9a-f]{8})")]
    private static partial Regex Stamp();

    private sealed record SaidRow(long Seq, string Who, string Text);
}
