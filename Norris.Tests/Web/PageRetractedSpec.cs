using Norris.Core.Protocol;
using Norris.Node.Session;
using Norris.Tests.Session;
using static Microsoft.Playwright.Assertions;
using static Norris.Tests.Web.PageSpec;

namespace Norris.Tests.Web;

/// <summary>What was shown and is in no order that goes on: the page says so, and shows what has its numbers.</summary>
[Collection(ChromiumCollection.Name)]
public sealed class PageRetractedSpec(Chromium chromium)
{
    private readonly FakeRoom _room = new();

    [SkippableFact]
    public async Task What_comes_with_the_numbers_of_what_was_taken_back_is_shown_once_and_in_order()
    {
        var bob = _room.Start("10.0.0.1:4053", "bob");
        await using var web = await WebNode.Start(_room);
        var page = await Ready(await chromium.Open(web));
        bob.Own.Say("one");
        var one = _room.Log.OfType<SaidEvent>().Single();
        bob.Own.Say("two");
        bob.Own.Say("👍", new Relation(RelationKind.Reaction, one.Id));
        bob.Own.Say("three");
        await Expect(Said(page, "three")).ToBeVisibleAsync();
        await Expect(page.Locator("#log .chip")).ToHaveCountAsync(1);

        _room.TakeBack(one.Seq + 1);
        bob.Own.Say("zwei");
        await Expect(page.Locator("#log .said .text")).ToHaveTextAsync(["one", "zwei"]);
        for (var i = 3; i < 8; i++)
        {
            bob.Own.Say($"number {i}");
        }

        await Expect(page.Locator("#log .said .text")).ToHaveTextAsync(["one", "zwei", .. Enumerable.Range(3, 5).Select(i => $"number {i}")]);
        await Expect(page.Locator("#log .chip")).ToHaveCountAsync(0);
        await Expect(page.Locator("#log")).ToContainTextAsync("taken back: bob: two");
        await Expect(page.Locator("#log .loud")).ToContainTextAsync($"what was shown as #{one.Seq + 1} to #{one.Seq + 3} was taken back");
        await Expect(page.Locator("#log .gap")).ToHaveCountAsync(0);
        Assert.Equal(_room.Log.OfType<SaidEvent>().Select(said => said.Seq), await page.Locator("#log .said").EvaluateAllAsync<long[]>("all => all.map(e => +e.dataset.seq)"));

        await page.ReloadAsync();
        await Ready(page);
        await Expect(page.Locator("#log .said .text")).ToHaveTextAsync(["one", "zwei", .. Enumerable.Range(3, 5).Select(i => $"number {i}")]);
    }

    [SkippableFact]
    public async Task A_guests_page_hears_of_it_too_and_ones_own_message_comes_again()
    {
        await using var web = await WebNode.Start(_room, "gate", asGuest: true);
        var page = await chromium.Open(web);
        await page.GetByLabel("Name").FillAsync("carol");
        await page.Keyboard.PressAsync("Enter");
        await Ready(page);
        await Say(page, "mine");
        await Expect(Said(page, "mine")).ToBeVisibleAsync();
        _room.TakeBack(_room.Seq);
        await Expect(page.Locator("#log")).ToContainTextAsync("taken back: carol: mine");
        await Expect(page.Locator("#log .said")).ToHaveCountAsync(0);
        await Say(page, "mine again");
        await Expect(page.Locator("#log .said .text")).ToHaveTextAsync(["mine again"]);
    }
}
