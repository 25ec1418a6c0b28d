using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Norris.Lab.Processes;
using Norris.Tests.Archive;
using Norris.Tests.Web;
using static Microsoft.Playwright.Assertions;
using static Norris.Tests.Web.PageSpec;

namespace Norris.Tests.Processes;

/// <summary>A private room whose page is served beyond this machine, by real processes: HTTPS, a guest link, and what other programs here ask of it.</summary>
[Collection(ProcessCollection.Name)]
public sealed partial class GuestOverHttpsSpec : IAsyncLifetime
{
    private readonly Chromium _chromium = new();
    private readonly TemporaryFolder _folder = new();

    public Task InitializeAsync() => _chromium.InitializeAsync();

    public async Task DisposeAsync()
    {
        await _chromium.DisposeAsync();
        _folder.Delete();
    }

    [Fact]
    public async Task The_page_shows_the_certificate_whose_fingerprint_was_told_and_a_link_from_the_chat_lets_one_browser_in()
    {
        await using var ada = Start("--web", "0.0.0.0:0");
        await ada.WaitForError("fingerprint");
        Assert.DoesNotContain(ada.ErrorLines, line => line.Contains("warning", StringComparison.Ordinal));
        var told = Fingerprint().Match(ada.Errors).Value.Replace(":", "", StringComparison.Ordinal);
        var link = await GuestLink(ada);

        HttpClient Browser() => new(new SocketsHttpHandler { SslOptions = { RemoteCertificateValidationCallback = (_, shown, _, _) => shown!.GetCertHashString(HashAlgorithmName.SHA256) == told } })
        {
            BaseAddress = new Uri(link.GetLeftPart(UriPartial.Authority)),
        };
        using var bob = Browser();
        var code = link.Fragment["#guest=".Length..];
        using var came = await bob.PostAsJsonAsync("/api/user", new { name = "", guest = code });
        Assert.Equal(HttpStatusCode.Accepted, came.StatusCode);
        await ada.WaitFor(line => line.Event == "joined" && line.Text("user") == "bob", "that bob is in");

        using var eve = Browser();
        using var late = await eve.PostAsJsonAsync("/api/user", new { name = "eve", guest = code });
        Assert.Equal(HttpStatusCode.Forbidden, late.StatusCode);

        await ada.Type($"/uninvite {code[..4]}\n");
        await ada.WaitFor(line => line.Event == "left" && line.Text("user") == "bob", "that bob is out");
    }

    [Fact]
    public async Task Health_and_token_find_a_page_that_is_served_over_https()
    {
        await using var ada = Start("--web", "0.0.0.0:0");
        await ada.WaitForError("fingerprint");
        var port = $"{new Uri(OwnLink().Match(ada.Errors).Value).Port}";
        await using var health = NorrisProcess.StartWithProfile(Profile, "health", port);
        Assert.Equal(0, await health.Exit());
        await using var token = NorrisProcess.StartWithProfile(Profile, "token", "--page", port);
        Assert.Equal(0, await token.Exit());
        Assert.Matches($"^https://127[.]0[.]0[.]1:{port}/[?]key=[0-9a-z-]+$", Assert.Single(token.Lines).Raw);
    }

    [SkippableFact]
    public async Task A_browser_comes_in_by_the_link_and_speaks()
    {
        await using var ada = Start("--web", "0.0.0.0:0");
        await ada.WaitForError("fingerprint");
        var guest = await _chromium.Open(await GuestLink(ada), o => o.IgnoreHTTPSErrors = true);
        await guest.PressAsync("#name", "Enter");
        await Ready(guest);
        await Say(guest, "over HTTPS");
        await ada.WaitFor(line => line.Event == "said" && line.Text("user") == "bob" && line.Text("text") == "over HTTPS", "what the guest says");
        await ada.Type("welcome\n");
        await Expect(Said(guest, "welcome")).ToBeVisibleAsync(new() { Timeout = 60_000 });
    }

    [Theory]
    [InlineData("there is no such file", 1, "--web", "0", "--web-cert", "none.pem")]
    [InlineData("there is none without --web", 2, "--web-cert", "none.pem")]
    [InlineData("give that, too, with --web-cert", 2, "--web", "0", "--web-cert-key", "none.pem")]
    public async Task A_certificate_of_no_use_is_told_in_one_line_before_there_is_a_node(string reason, int expected, params string[] options)
    {
        await using var ada = Start(options);
        Assert.Equal(expected, await ada.Exit());
        Assert.Contains(reason, Assert.Single(ada.ErrorLines), StringComparison.Ordinal);
    }

    private string Profile => _folder.File("profile.json");

    private NorrisProcess Start(params string[] more) =>
        NorrisProcess.StartWithProfile(Profile, ["host", "--name", "ada", "--port", "0", "--ui", "json", "--stay", "--private", .. more]);

    private static string Notice(NodeLine line) => line.Event == "notice" ? line.Text("text") ?? "" : "";

    private static async Task<Uri> GuestLink(NorrisProcess node)
    {
        await node.Type("/guest bob\n");
        var told = await node.WaitFor(line => Notice(line).Contains("#guest=", StringComparison.Ordinal), "the link");
        await node.WaitFor(line => Notice(line).StartsWith("for one browser, whose user is a guest of this node, until ", StringComparison.Ordinal), "what to know of it");
        return new Uri(Notice(told));
    }

    [GeneratedRegex("([0-9A-F]{2}:){31}[0-9A-F]{2}")]
    private static partial Regex Fingerprint();

    [GeneratedRegex("https://127[^ \n]+")]
    private static partial Regex OwnLink();
}
