using Microsoft.Playwright;

namespace Norris.Tests.Web;

/// <summary>Debian's Chromium, driven by Playwright; one for all tests. Without it the browser tests are skipped.</summary>
public sealed class Chromium : IAsyncLifetime
{
    private static readonly string[] Places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

    private static readonly string[] Arguments =
    [
        "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
        "--disable-component-update", "--disable-sync", "--disable-background-timer-throttling", "--disable-renderer-backgrounding",
    ];

    /// <summary>Milliseconds for what must come: the machine may be busy, and nothing here is about time.</summary>
    private const float Patience = 120_000;

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public async Task InitializeAsync()
    {
        if (Places.FirstOrDefault(File.Exists) is { } place)
        {
            Assertions.SetDefaultExpectTimeout(Patience);
            _playwright = await Playwright.CreateAsync();
            _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = place, Args = Arguments });
        }
    }

    public async Task DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.CloseAsync();
        }

        _playwright?.Dispose();
    }

    internal Task<IPage> Open(WebNode web, Action<BrowserNewContextOptions>? with = null) => Open(web.AsGuest ? web.Server.Url : web.Server.NewLink(), with);

    /// <summary>Ends the shared workers of a page's origin, and tells their tabs nothing of it.</summary>
    internal async Task EndSharedWorkers(Uri origin)
    {
        var devtools = await _browser!.NewBrowserCDPSessionAsync();
        var all = await devtools.SendAsync("Target.getTargets", new() { ["filter"] = new[] { new { type = "shared_worker" } } });
        foreach (var worker in all!.Value.GetProperty("targetInfos").EnumerateArray().Where(t => t.GetProperty("url").GetString()!.StartsWith(origin.ToString(), StringComparison.Ordinal)))
        {
            await devtools.SendAsync("Target.closeTarget", new() { ["targetId"] = worker.GetProperty("targetId").GetString()! });
        }

        await devtools.DetachAsync();
    }

    /// <summary>A browser of its own (cookies, storage) with the page open; skips the test where there is no Chromium.</summary>
    internal async Task<IPage> Open(Uri url, Action<BrowserNewContextOptions>? with = null)
    {
        Skip.If(_browser is null, "no Chromium on this machine (Debian: apt-get install chromium)");
        var options = new BrowserNewContextOptions { ViewportSize = new ViewportSize { Width = 1280, Height = 800 }, Locale = "en-GB", TimezoneId = "Europe/Berlin" };
        with?.Invoke(options);
        var context = await _browser!.NewContextAsync(options);
        context.SetDefaultTimeout(Patience);
        var page = await context.NewPageAsync();
        await page.GotoAsync(url.ToString());
        return page;
    }
}

[CollectionDefinition(Name)]
public sealed class ChromiumCollection : ICollectionFixture<Chromium>
{
    public const string Name = "Chromium";
}
