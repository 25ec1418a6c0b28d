using Microsoft.Playwright;
using Norris.Tests.Session;
using static Microsoft.Playwright.Assertions;
using static Norris.Tests.Web.PageSpec;

namespace Norris.Tests.Web;

/// <summary>A private room on the page of the node's own user.</summary>
[Collection(ChromiumCollection.Name)]
public sealed class PageDevicesSpec(Chromium chromium)
{
    private const string Line = $"norris join 192.168.1.7:4053/{FakeCircle.Code}";

    private readonly FakeRoom _room = new();

    [SkippableTheory]
    [InlineData(ColorScheme.Light, 1280)]
    [InlineData(ColorScheme.Dark, 390)]
    public async Task An_invite_is_seen_copied_and_read_by_a_camera_and_goes_when_it_was_used(ColorScheme scheme, int width)
    {
        await using var web = await WebNode.Start(_room, "ada");
        var circle = web.Node.Circle = new FakeCircle(_room);
        var page = await Ready(await chromium.Open(web, o => (o.ColorScheme, o.ViewportSize, o.Permissions) = (scheme, new ViewportSize { Width = width, Height = 800 }, ["clipboard-read", "clipboard-write"])));
        if (width < 700)
        {
            await page.ClickAsync("#show-people");
        }

        await page.ClickAsync("#show-devices");
        await Expect(page.Locator("#device-list li")).ToContainTextAsync(["founded 25 Nov 2026"]);
        await page.FillAsync("#invite-name", "bob");
        await page.PressAsync("#invite-name", "Enter");

        await Expect(page.Locator("#invite-line")).ToHaveTextAsync(Line);
        await Expect(page.Locator("#invite-hint")).ToContainTextAsync("until 26 Nov 2026, 13:00");
        await Expect(page.Locator("#invite-hint")).ToContainTextAsync("send it where only bob reads");
        await page.ClickAsync("#invite-copy");
        await Expect(page.Locator("#devices-news")).ToHaveTextAsync("The line is copied.");
        Assert.Equal(Line, await page.EvaluateAsync<string>("navigator.clipboard.readText()"));
        Assert.Equal(Line, await QrReader.Read(page.Locator("#invite-qr")));
        Assert.True(await page.EvaluateAsync<bool>("document.getElementById('devices').scrollWidth <= document.getElementById('devices').clientWidth"), "nothing is cut off at the side");

        circle.LetIn("9F3K-T0PA", "bob", "bob");
        await Expect(page.Locator("#invite")).ToBeHiddenAsync();
        await Expect(page.Locator("#invite-line")).ToBeEmptyAsync();
        await Expect(page.Locator("#devices-news")).ToContainTextAsync("bob's device 9F3K-T0PA is in");
        await Expect(page.Locator("#device-list li")).ToContainTextAsync(["this device", "let in by ada"]);
    }

    [SkippableFact]
    public async Task A_device_is_put_out_after_a_question_by_keyboard_alone()
    {
        await using var web = await WebNode.Start(_room, "ada");
        var circle = web.Node.Circle = new FakeCircle(_room);
        circle.LetIn("9F3K-T0PA", "bob", "bob");
        circle.LetIn("AB3K-T0PA", "cat");
        var page = await Ready(await chromium.Open(web));
        await page.FocusAsync("#show-devices");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("#devices-title")).ToBeFocusedAsync();
        await Expect(page.Locator("#device-list li")).ToContainTextAsync(["ada", "bob", "cat"]);
        await Expect(page.Locator("#device-list .tag")).ToHaveTextAsync(["this device", "here", "away"]);
        await Expect(page.Locator("#device-list button")).ToHaveCountAsync(2); // not one's own

        await page.Keyboard.PressAsync("Tab");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("#put-out-title")).ToHaveTextAsync("Put bob's device 9F3K-T0PA out?");
        await page.Keyboard.PressAsync("Enter"); // what has the focus leaves it in
        await Expect(page.Locator("#put-out")).ToBeHiddenAsync();
        await Expect(page.Locator("#device-list [data-device='9F3K-T0PA'] button")).ToBeFocusedAsync();
        await Expect(page.Locator("#device-list li")).ToHaveCountAsync(3);

        await page.Keyboard.PressAsync("Enter");
        await page.Keyboard.PressAsync("Tab");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("#device-list li")).ToContainTextAsync(["ada", "cat"]);
        await Expect(page.Locator("#devices-title")).ToBeFocusedAsync();
        await Expect(page.Locator("#devices-news")).ToHaveTextAsync("the device 9F3K-T0PA is refused from now on");
        await page.Keyboard.PressAsync("Escape");
        await Expect(page.Locator("#devices")).ToBeHiddenAsync();
        await Expect(page.Locator("#show-devices")).ToBeFocusedAsync();
    }

    [SkippableFact]
    public async Task What_is_typed_does_the_same()
    {
        await using var web = await WebNode.Start(_room, "ada");
        var circle = web.Node.Circle = new FakeCircle(_room);
        var page = await Ready(await chromium.Open(web));
        await Say(page, "/invite bob");
        await Expect(page.Locator("#invite-line")).ToHaveTextAsync(Line);
        await Expect(page.Locator("#invite-copy")).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("Escape");
        await Expect(page.Locator("#invite-line")).ToBeEmptyAsync();

        await Say(page, $"/uninvite {Line}");
        await Expect(page.Locator("#log")).ToContainTextAsync("the invite 4mvt lets nobody in any more");
        circle.LetIn("9F3K-T0PA", "bob", "bob");
        await Say(page, "/devices");
        await Expect(page.Locator("#device-list li")).ToContainTextAsync(["ada", "bob"]);
        await page.ClickAsync("#devices-close");
        await Say(page, "/kick bob");
        await Expect(page.Locator("#log")).ToContainTextAsync("the device 9F3K-T0PA is refused from now on");
        await Expect(page.Locator("#text")).ToHaveValueAsync("");

        circle.IsCutOff = true;
        await Say(page, "/invite bob");
        await Expect(page.Locator("#refusal")).ToHaveTextAsync("the room has not answered");
        await Expect(page.Locator("#devices")).ToBeHiddenAsync();
        await Expect(page.Locator("#text")).ToHaveValueAsync("/invite bob");
    }

    [SkippableFact]
    public async Task An_invite_is_taken_back_by_its_button()
    {
        await using var web = await WebNode.Start(_room, "ada");
        web.Node.Circle = new FakeCircle(_room);
        var page = await Ready(await chromium.Open(web));
        await Say(page, "/invite");
        await page.ClickAsync("#invite-undo");
        await Expect(page.Locator("#invite")).ToBeHiddenAsync();
        await Expect(page.Locator("#log")).ToContainTextAsync("the invite 4mvt lets nobody in any more");
    }

    [SkippableFact]
    public async Task An_open_room_and_a_guest_have_no_such_button_and_are_told_why()
    {
        await using var web = await WebNode.Start(_room, "ada");
        var page = await Ready(await chromium.Open(web));
        await Say(page, "/devices");
        await Expect(page.Locator("#refusal")).ToContainTextAsync("open to whoever reaches it");
        await Expect(page.Locator("#show-devices")).ToBeHiddenAsync();

        web.Node.Circle = new FakeCircle(_room);
        await Expect(page.Locator("#show-devices")).ToBeVisibleAsync();
        var guest = await chromium.Open(web.Server.Url);
        await guest.FillAsync("#name", "gus");
        await guest.PressAsync("#name", "Enter");
        await Ready(guest);
        await Say(guest, "/invite eve");
        await Expect(guest.Locator("#refusal")).ToHaveTextAsync("only who runs a node of the room may say that, there");
        await Expect(guest.Locator("#show-devices")).ToBeHiddenAsync();
    }

    [SkippableFact]
    public async Task Where_a_page_may_not_copy_the_line_is_selected()
    {
        await using var web = await WebNode.Start(_room, "ada");
        web.Node.Circle = new FakeCircle(_room);
        var page = await Ready(await chromium.Open(web));
        await page.EvaluateAsync("Object.defineProperty(navigator, 'clipboard', { value: undefined })"); // as over http elsewhere than on loopback
        await Say(page, "/invite");
        await page.ClickAsync("#invite-copy");
        await Expect(page.Locator("#devices-news")).ToContainTextAsync("the line is selected");
        Assert.Equal(Line, await page.EvaluateAsync<string>("getSelection().toString()"));
    }
}
