using Microsoft.Playwright;
using Norris.Node.Web;
using Norris.Tests.Session;
using static Microsoft.Playwright.Assertions;
using static Norris.Tests.Web.PageSpec;

namespace Norris.Tests.Web;

/// <summary>Makes the pictures of the page for the documentation: docs/images/make.sh runs it.</summary>
[Collection(ChromiumCollection.Name)]
public sealed class Screenshots(Chromium chromium)
{
    private static readonly (string Who, string Text)[] Talk =
    [
        ("bob", "good morning! is this thing on?"),
        ("carol", "it is. and nobody runs a server"),
        ("bob", "then who decides the order?"),
        ("alice", "whichever node is host now. if it dies, another one goes on from the same place"),
        ("alice", "try it: kill one of the processes"),
        ("dave", "alice: doing it now 😈"),
        ("carol", "still here, nothing lost. same hash on my side"),
    ];

    [SkippableFact]
    public async Task Make()
    {
        var folder = Environment.GetEnvironmentVariable("NORRIS_SCREENSHOTS");
        Skip.If(string.IsNullOrEmpty(folder), "set NORRIS_SCREENSHOTS to a folder to make the pictures");
        Directory.CreateDirectory(folder!);
        foreach (var scheme in new[] { ColorScheme.Light, ColorScheme.Dark })
        {
            await Scenes(folder!, scheme.ToString().ToLowerInvariant(), scheme);
        }
    }

    private async Task Scenes(string folder, string theme, ColorScheme scheme)
    {
        var room = new FakeRoom();
        var host = room.Start("127.0.0.1:4053", "dave");
        await using var web = await WebNode.Serve(room.Start("127.0.0.1:4054", "alice"), new WebOptions(System.Net.IPAddress.Loopback, 0));
        var nodes = new Dictionary<string, FakeNode> { ["dave"] = host, ["alice"] = web.Node };
        foreach (var (name, port) in new[] { ("bob", 4055), ("carol", 4056), ("erin", 4057) })
        {
            nodes[name] = room.Start($"127.0.0.1:{port}", name);
        }

        nodes["carol"].Recording = true;
        nodes["erin"].OpenUser(new("frank", default));
        foreach (var (who, text) in Talk)
        {
            nodes[who].Own.Say(text);
        }

        var page = await Ready(await chromium.Open(web, o => o.ColorScheme = scheme));
        await Expect(Said(page, Talk[^1].Text)).ToBeVisibleAsync();
        await Expect(page.Locator("#users li")).ToHaveCountAsync(6);
        await Shoot(page, folder, $"chat-{theme}");

        var phone = await Ready(await chromium.Open(web, o => (o.ColorScheme, o.ViewportSize, o.HasTouch) = (scheme, new ViewportSize { Width = 390, Height = 780 }, true)));
        await Expect(Said(phone, Talk[^1].Text)).ToBeVisibleAsync();
        await Shoot(phone, folder, $"phone-{theme}");
        await phone.ClickAsync("#show-people");
        await Shoot(phone, folder, $"phone-people-{theme}");
        await phone.ClickAsync("#show-inside");
        await Expect(phone.Locator("#map .node")).ToHaveCountAsync(5);
        await phone.EvaluateAsync("Promise.all(document.getAnimations().map(a => a.finished))"); // nodes fade in
        await Shoot(phone, folder, $"phone-inside-{theme}");

        await page.ClickAsync("#show-inside");
        await Expect(page.Locator("#map .node.host")).ToHaveCountAsync(1);
        room.Kill(host);
        await Expect(page.Locator("#map .node.dead")).ToHaveCountAsync(1);
        await Expect(page.Locator("#failovers b")).ToHaveTextAsync("2.4 s");
        room.CutOff(nodes["erin"]);
        nodes["carol"].Own.Say("and it goes on");
        await Expect(page.Locator("#map .ordered").Nth(2)).ToBeAttachedAsync(); // past the key's own dot, on its way to the nodes
        await Shoot(page, folder, $"inside-{theme}");
        room.Heal(nodes["erin"]);

        await page.ClickAsync("#show-chat");
        room.CutOff(web.Node);
        await Expect(page.Locator("#banner")).ToBeVisibleAsync();
        await Say(page, "can anybody hear me?");
        await Expect(page.Locator("#pending li[data-state=taken]")).ToHaveCountAsync(1);
        await Shoot(page, folder, $"cut-off-{theme}");
        await page.ClickAsync("#show-inside");
        await Expect(page.Locator("#map .node.away").First).ToBeVisibleAsync();
        await Shoot(page, folder, $"cut-off-inside-{theme}");

        await using var gate = await WebNode.Serve(nodes["bob"], new WebOptions(System.Net.IPAddress.Loopback, 0), asGuest: true);
        var guest = await chromium.Open(gate, o => o.ColorScheme = scheme);
        await Expect(guest.Locator("#enter")).ToBeVisibleAsync();
        await Shoot(guest, folder, $"enter-{theme}");
    }

    private static async Task Shoot(IPage page, string folder, string name) =>
        await page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(folder, $"{name}.png") });
}
