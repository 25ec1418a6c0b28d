using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Norris.Lab.Processes;
using Norris.Tests.Web;
using static Microsoft.Playwright.Assertions;

namespace Norris.Tests.Processes;

/// <summary>A class, as a teacher holds it: the real program, real nodes, real signals and cables, a real browser.</summary>
[Collection(ProcessCollection.Name)]
public sealed partial class TeachSpec : IAsyncLifetime
{
    /// <summary>Of a change of host, in their order.</summary>
    private static readonly string[] Phases = ["gone", "promises", "log", "reign", "again", "over"];

    private readonly Chromium _chromium = new();

    public Task InitializeAsync() => _chromium.InitializeAsync();

    public Task DisposeAsync() => _chromium.DisposeAsync();

    [SkippableFact]
    public async Task A_class_learns_of_a_dead_host_and_of_a_node_that_is_cut_off_and_comes_back()
    {
        Skip.If(OperatingSystem.IsWindows(), "no signals here");
        await using var demo = NorrisProcess.Start("demo", "--web");
        var page = await _chromium.Open(new Uri(Link().Match((await demo.WaitFor(l => Link().IsMatch(l.Raw), "the link")).Raw).Value));
        await Expect(page.Locator(".lane .tag.epoch")).ToHaveCountAsync(3);
        await Expect(page.Locator(".lane.host h3")).ToHaveTextAsync("ada");
        await Say(page, "ada", "good morning");
        await Say(page, "bob", "is the kettle on?");
        await Done(page);

        // The third lesson: the host is killed.
        await page.ClickAsync("#lessons button:nth-child(3)");
        await Click(page, "Kill ada");
        await Expect(page.Locator(".lane:nth-child(1) .tags")).ToContainTextAsync("dead");
        await Expect(page.Locator(".lane.host h3")).ToHaveTextAsync(Survivors());
        foreach (var phase in Phases)
        {
            await Expect(page.Locator($"#phases [data-phase={phase}].done")).ToBeVisibleAsync();
        }

        await Expect(page.Locator("#phases")).ToContainTextAsync("ada was killed, the host");
        await Expect(page.Locator("#phases [data-phase=gone]")).ToContainTextAsync(Gone());
        await Expect(page.Locator("#phases [data-phase=promises]")).ToContainTextAsync(Promise());
        await Expect(page.Locator("#phases [data-phase=reign]")).ToContainTextAsync(Follows());
        await Expect(page.Locator(".entry.delivered .what:has-text('hosts')")).ToHaveCountAsync(3); // ada of itself, and the two of the next one
        await Done(page);
        await Expect(page.Locator("#learned")).ToContainTextAsync("Done.");
        await Expect(page.Locator("#parts li.done")).ToHaveCountAsync(3);
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Lesson 3: The host dies, done" })).ToHaveTextAsync("3");
        await StepsThroughIt(page);

        // Again, slowly: the page goes back, and the nodes go on.
        await page.ClickAsync("#again");
        await Expect(page.Locator("#status")).ToContainTextAsync("10 times slower");
        await page.ClickAsync("#live");
        await Expect(page.Locator(".entry.delivered .what:has-text('meanwhile')")).ToHaveCountAsync(2);
        await Click(page, "Restart ada");
        await Expect(page.Locator(".lane .tag.epoch")).ToHaveCountAsync(3);
        await Expect(page.Locator(".lane .tag.bad")).ToHaveCountAsync(0);

        using var will = new LastWill();
        using var network = Network.TryBuild(will, out var whyNot);
        if (network is null)
        {
            await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Cut ada" })).ToBeDisabledAsync();
            Skip.If(true, whyNot);
        }

        // The fourth and the fifth: one is cut off, and comes back.
        await page.ClickAsync("#lessons button:nth-child(4)");
        await Click(page, "Cut ada");
        await Expect(page.Locator(".lane:nth-child(1) .tags")).ToContainTextAsync("cut off");
        await Say(page, "ada", "does anybody hear me?");
        await Expect(page.Locator(".lane:nth-child(1) .tags")).ToContainTextAsync("1 in the outbox");
        await Say(page, "bob", "we go on");
        await Expect(page.Locator(".entry.delivered .what:has-text('we go on')")).ToHaveCountAsync(2);
        await Done(page);
        await page.ClickAsync("#next");
        await Expect(page.Locator("#parts li.done")).ToHaveCountAsync(1);
        await Click(page, "Heal ada");
        await Expect(page.Locator("#parts li.done")).ToHaveCountAsync(4);
        await Expect(page.Locator(".entry.delivered .what:has-text('does anybody hear me?')")).ToHaveCountAsync(3);

        demo.Signal("TERM");
        Assert.True(await demo.Exit(NorrisProcess.Patience) == 0, demo.Report("did not end well"));
        Assert.Empty(demo.ErrorLines);
    }

    /// <summary>The page goes back to before the host was killed and stands still; from there one goes on moment by moment, and the phases are told one after the other.</summary>
    private static async Task StepsThroughIt(IPage page)
    {
        await page.EvaluateAsync("document.getElementById('again').click(), document.getElementById('pause').click()"); // no moment in between
        await Expect(page.Locator("#status")).ToContainTextAsync("stands still");
        await Expect(page.Locator("#when")).ToContainTextAsync("The room began");
        await Expect(page.Locator(".lane:nth-child(1) .tags")).Not.ToContainTextAsync("dead");
        await Say(page, "bob", "meanwhile");
        await page.WaitForFunctionAsync("fetch('/api/class?after=0').then(r => r.text()).then(told => told.includes('meanwhile'))");
        await Expect(page.Locator(".entry .what:has-text('meanwhile')")).ToHaveCountAsync(0);

        await page.EvaluateAsync("""
            [window.told, window.counts] = [[], new Set()];
            new MutationObserver(() => document.querySelectorAll('#phases .done').forEach(one => told.includes(one.dataset.phase) || told.push(one.dataset.phase)) || counts.add(told.length))
              .observe(document.getElementById('phases'), { childList: true });
            """);
        await Eventually.Holds(
            async () =>
            {
                await page.ClickAsync("#step");
                return await page.Locator("#phases [data-phase=over].done").CountAsync() == 1;
            },
            NorrisProcess.Patience);
        Assert.Equal(Phases, await page.EvaluateAsync<string[]>("told"));
        Assert.True(await page.EvaluateAsync<int>("counts.size") >= 4, "the phases are told step by step");
        await Expect(page.Locator(".lane:nth-child(1) .tags")).ToContainTextAsync("dead");
        await Expect(page.Locator("#status")).ToContainTextAsync("stands still");
    }

    private static async Task Say(IPage page, string who, string text)
    {
        await page.SelectOptionAsync("#speaker", new SelectOptionValue { Label = who });
        await page.FillAsync("#text", text);
        await page.PressAsync("#text", "Enter");
        await Expect(page.Locator("#text")).ToHaveValueAsync("");
    }

    private static Task Click(IPage page, string button) => page.GetByRole(AriaRole.Button, new() { Name = button }).ClickAsync();

    private static async Task Done(IPage page) => await Expect(page.Locator("#next")).ToBeVisibleAsync();

    [GeneratedRegex("http://127[^ ]+")]
    private static partial Regex Link();

    [GeneratedRegex("(bob|cleo) (has proof that ada is dead|has not heard ada)")]
    private static partial Regex Gone();

    [GeneratedRegex("(bob|cleo) promises (bob|cleo) to follow no epoch below [0-9]+, and says that it has everything up to [0-9]+, last of epoch 1")]
    private static partial Regex Promise();

    [GeneratedRegex("(bob|cleo) follows (bob|cleo) in epoch")]
    private static partial Regex Follows();

    [GeneratedRegex("bob|cleo")]
    private static partial Regex Survivors();
}
