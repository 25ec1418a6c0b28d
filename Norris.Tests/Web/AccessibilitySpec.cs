using System.Text.Json;
using Microsoft.Playwright;
using Norris.Lab.Processes;
using Norris.Tests.Session;
using static Microsoft.Playwright.Assertions;
using static Norris.Tests.Web.PageSpec;

namespace Norris.Tests.Web;

[Collection(ChromiumCollection.Name)]
public sealed class AccessibilitySpec(Chromium chromium)
{
    private const string AxeVersion = "4.14.1";
    private static readonly TimeSpan InstallWithin = TimeSpan.FromMinutes(2);

    [SkippableTheory]
    [InlineData(ColorScheme.Light, 1280)]
    [InlineData(ColorScheme.Dark, 1280)]
    [InlineData(ColorScheme.Light, 390)]
    public async Task Axe_finds_nothing_in_any_state_of_the_page(ColorScheme scheme, int width)
    {
        var axe = await Axe();
        Skip.If(axe is null, "axe-core could not be had from npm");
        var room = new FakeRoom();
        var host = room.Start("10.0.0.1:4053", "bob");
        await using var web = await WebNode.Start(room);
        host.Own.Say("hello alice");
        for (var i = 0; i < 12; i++)
        {
            host.OpenUser(new($"user{i}", default)).Say($"a name of another colour {i}");
        }

        // Axe itself makes markup of text, which the page's policy forbids; and what fades in has no contrast yet.
        var page = await Ready(await chromium.Open(web, o => (o.ColorScheme, o.ViewportSize, o.BypassCSP, o.ReducedMotion) = (scheme, new ViewportSize { Width = width, Height = 800 }, true, ReducedMotion.Reduce)));
        await page.EvaluateAsync(axe!);
        await PageReturnSpec.Hide(page, true);
        host.Own.Say("alice, this is new to you");
        await Expect(Said(page, "alice, this is new to you")).ToHaveCountAsync(1);
        await PageReturnSpec.Hide(page, false);
        await Expect(page.Locator("#log .since")).ToBeVisibleAsync();
        host.Own.Say("alice, *look* at `this`, https://example.org/\n```\na block\n```\n> a quote\n- a list");
        host.Own.Say("/me waves to https://example.org/");
        await Say(page, "my **own** https://example.org/ `code`");
        await Expect(page.Locator("#log .as-written")).ToHaveCountAsync(2);
        await Say(page, "/reply how nice");
        await Say(page, "/react 👍");
        await Say(page, "/edit how very nice");
        await Expect(page.Locator("#log .edited")).ToHaveCountAsync(1);
        await page.HoverAsync("#log li:has-text('how very nice')");
        await page.Locator("#log .as-written").First.ClickAsync();
        room.Hold();
        await Say(page, "waits");
        await Expect(page.Locator("#pending li[data-state=taken]")).ToHaveCountAsync(1);
        await FindsNothing(page, "chat");
        await page.HoverAsync("#log li:has-text('how very nice')");
        await page.ClickAsync("#log .menu [aria-label=Reply]");
        await FindsNothing(page, "a reply");
        await page.ClickAsync("#about-cancel");
        await page.HoverAsync("#log li:has-text('how very nice')");
        await page.ClickAsync("#log .menu [aria-label=Delete]");
        await FindsNothing(page, "delete?");
        await page.ClickAsync("#delete-ask [value=keep]");
        await page.ClickAsync("#log .menu [aria-label=React]");
        await FindsNothing(page, "react");
        await page.ClickAsync("#react-close");
        var circle = web.Node.Circle = new FakeCircle(room);
        circle.LetIn("9F3K-T0PA", "bob", "bob");
        circle.LetIn("AB3K-T0PA", "");
        await Say(page, "/invite cat");
        await Expect(page.Locator("#invite-qr path")).ToHaveCountAsync(1);
        await Expect(page.Locator("#device-list li")).ToHaveCountAsync(3);
        await FindsNothing(page, "devices");
        await page.Locator("#device-list button").First.ClickAsync();
        await FindsNothing(page, "put out?");
        await page.ClickAsync("#put-out [value=stay]");
        await page.ClickAsync("#devices-close");
        await page.ClickAsync("#show-inside");
        await Expect(page.Locator("#map .node.host")).ToHaveCountAsync(1);
        await FindsNothing(page, "inside");
        room.CutOff(web.Node);
        await Expect(page.Locator("#banner")).ToBeVisibleAsync();
        await FindsNothing(page, "inside, cut off");
        await page.ClickAsync("#show-chat");
        await FindsNothing(page, "cut off");
        await page.EvaluateAsync("document.getElementById('enter').showModal()");
        await FindsNothing(page, "enter");
    }

    internal static async Task FindsNothing(IPage page, string state)
    {
        var violations = JsonElement.Parse(await page.EvaluateAsync<string>("axe.run().then(r => JSON.stringify(r.violations))"));
        Assert.True(violations.GetArrayLength() == 0, $"{state}: " + string.Join("; ", violations.EnumerateArray().Select(v =>
            $"{v.GetProperty("id")}: {string.Join(" | ", v.GetProperty("nodes").EnumerateArray().Take(3).Select(n => $"{n.GetProperty("html")} {n.GetProperty("failureSummary")}"))}")));
    }

    /// <summary>The script, fetched once a machine and never kept in the tree; null where npm is not there or cannot.</summary>
    internal static async Task<string?> Axe()
    {
        var folder = Path.Combine(Path.GetTempPath(), $"norris-axe-{AxeVersion}");
        var script = Path.Combine(folder, "node_modules", "axe-core", "axe.min.js");
        if (!File.Exists(script))
        {
            try
            {
                await SystemProgram.Run(["npm", "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", folder, $"axe-core@{AxeVersion}"])
                    .WaitAsync(InstallWithin);
            }
            catch (Exception e) when (e is System.ComponentModel.Win32Exception or TimeoutException)
            {
                return null;
            }
        }

        return File.Exists(script) ? await File.ReadAllTextAsync(script) : null;
    }
}
