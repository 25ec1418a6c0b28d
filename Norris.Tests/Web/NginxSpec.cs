using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.RegularExpressions;
using Norris.Node.Session;
using Norris.Tests.Architecture;
using Norris.Tests.Archive;
using Norris.Tests.Session;
using static Microsoft.Playwright.Assertions;
using static Norris.Tests.Web.PageSpec;

namespace Norris.Tests.Web;

/// <summary>The page behind a real nginx: with the configuration of the docs, and with less. Skipped where there is no nginx.</summary>
[Collection(ChromiumCollection.Name)]
public sealed partial class NginxSpec(Chromium chromium) : IAsyncLifetime
{
    /// <summary>A name that browsers take for this machine, and norris only where it is told to.</summary>
    private const string Name = "chat.localhost";

    private static readonly string? Program = ((string[])["/usr/sbin/nginx", "/usr/bin/nginx"]).FirstOrDefault(File.Exists);

    private readonly FakeRoom _room = new();
    private readonly TemporaryFolder _folder = new();
    private FakeNode _bob = null!;
    private WebNode _web = null!;
    private Process? _nginx;

    public async Task InitializeAsync()
    {
        _bob = _room.Start("10.0.0.1:4053", "bob");
        _web = await WebNode.Start(_room, with: options => options with { Hosts = [Name] }, asGuest: true);
    }

    public async Task DisposeAsync()
    {
        if (_nginx is not null)
        {
            _nginx.Kill();
            await _nginx.WaitForExitAsync();
            _nginx.Dispose();
        }

        await _web.DisposeAsync();
        _folder.Delete();
    }

    [SkippableFact]
    public async Task The_page_works_through_the_documented_configuration()
    {
        var page = await chromium.Open(await Proxy(Documented()));
        await page.FillAsync("#name", "carol");
        await page.PressAsync("#name", "Enter");
        await Ready(page);
        _bob.Own.Say("heard through the proxy"); // as it comes: nothing else follows that would push it out of a buffer
        await Expect(Said(page, "heard through the proxy")).ToBeVisibleAsync();
        await Say(page, "said through the proxy");
        await Expect(Said(page, "said through the proxy")).ToBeVisibleAsync();
        Assert.Equal(["bob", "carol"], _room.Log.OfType<SaidEvent>().Select(said => said.User));
    }

    [SkippableFact]
    public async Task A_guest_hears_and_speaks_through_the_documented_configuration()
    {
        using var guest = Client(await Proxy(Documented()));
        using var entered = await guest.PostAsJsonAsync("/api/user", new { name = "carol" });
        Assert.Equal(HttpStatusCode.Accepted, entered.StatusCode);
        await using var events = await EventReader.Open(guest, "?recent=0");
        await events.Next("welcome");
        _bob.Own.Say("heard");
        Assert.Equal("heard", (await events.Next("said")).GetProperty("text").GetString());
        using var said = await _web.Post(new { text = "said" }, guest);
        Assert.Equal("said", (await events.Next("said")).GetProperty("text").GetString());
    }

    [SkippableTheory]
    [InlineData("")]
    [InlineData("proxy_set_header X-Forwarded-For 127.0.0.1;")]
    [InlineData("proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; proxy_set_header X-Real-IP 127.0.0.1; proxy_set_header Forwarded \"for=127.0.0.1\";")]
    [InlineData("proxy_set_header Host localhost;")]
    public async Task A_proxy_that_does_not_pass_the_host_on_gets_no_more_rights(string more)
    {
        using var stranger = Client(await Proxy($"location / {{ proxy_pass {Upstream}; {more} }}"));
        Assert.False(JsonElement.Parse(await stranger.GetStringAsync("/api/room")).GetProperty("own").GetBoolean());
        await HttpSpec.IsProblem(await _web.Post(new { text = "x" }, stranger), HttpStatusCode.Unauthorized);
        await HttpSpec.IsProblem(await stranger.GetAsync(new Uri("/api/events", UriKind.Relative)), HttpStatusCode.Unauthorized);
        await HttpSpec.IsProblem(await stranger.PostAsync(new Uri("/api/reform", UriKind.Relative), null), HttpStatusCode.Forbidden);
        await HttpSpec.IsProblem(await stranger.PostAsync(new Uri("/api/link", UriKind.Relative), null), HttpStatusCode.Forbidden);

        // The page says where it is from, and that is not the name that came here.
        stranger.DefaultRequestHeaders.Add("Origin", stranger.BaseAddress!.GetLeftPart(UriPartial.Authority));
        await HttpSpec.IsProblem(await stranger.PostAsJsonAsync("/api/user", new { name = "carol" }), HttpStatusCode.Forbidden);
        Assert.Empty(_room.Log.OfType<SaidEvent>());
    }

    private string Upstream => _web.Server.Url.ToString().TrimEnd('/');

    private static HttpClient Client(Uri url)
    {
        var client = new HttpClient(new SocketsHttpHandler { CookieContainer = new CookieContainer(), ConnectCallback = Connect }) { BaseAddress = url };
        return client;

        // The name is this machine's by the rules of browsers, not by every resolver's.
        static async ValueTask<Stream> Connect(SocketsHttpConnectionContext to, CancellationToken cancel)
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(IPAddress.Loopback, to.DnsEndPoint.Port, cancel);
            return new NetworkStream(socket, ownsSocket: true);
        }
    }

    /// <summary>The location of the docs, with the port that the node has here.</summary>
    private string Documented()
    {
        var docs = File.ReadAllText(Path.Combine(DocsSpec.Root, "docs", "operations.md"));
        var location = Example().Match(docs).Groups["text"].Value;
        Assert.Contains("http://127.0.0.1:8080;", location, StringComparison.Ordinal);
        return location.Replace("http://127.0.0.1:8080", Upstream, StringComparison.Ordinal);
    }

    /// <summary>Starts nginx in a folder of its own, with the account that runs the tests. Gives where it is.</summary>
    private async Task<Uri> Proxy(string location)
    {
        Skip.If(Program is null, "nginx is not installed, so the page was not tried through it (Debian: apt-get install nginx-light)");
        var folder = _folder.Path;
        var port = FreePort();
        await File.WriteAllTextAsync(_folder.File("nginx.conf"), $$"""
            daemon off;
            master_process off;
            pid {{folder}}/nginx.pid;
            error_log stderr;
            events { }
            http {
                access_log off;
                client_body_temp_path {{folder}}/body;
                proxy_temp_path {{folder}}/proxy;
                fastcgi_temp_path {{folder}}/fastcgi;
                uwsgi_temp_path {{folder}}/uwsgi;
                scgi_temp_path {{folder}}/scgi;
                server {
                    listen 127.0.0.1:{{port}};
                    server_name {{Name}};
                    {{location}}
                }
            }
            """);
        _nginx = Process.Start(new ProcessStartInfo(Program!, ["-p", folder, "-c", _folder.File("nginx.conf"), "-e", "stderr"]) { RedirectStandardError = true })!;
        var url = new UriBuilder(Uri.UriSchemeHttp, Name, port).Uri;
        await Eventually.Holds(async () =>
        {
            Assert.False(_nginx.HasExited, _nginx.HasExited ? await _nginx.StandardError.ReadToEndAsync() : "");
            using var probe = new Socket(SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await probe.ConnectAsync(IPAddress.Loopback, port);
                return true;
            }
            catch (SocketException)
            {
                return false;
            }
        });
        return url;
    }

    private static int FreePort()
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    [GeneratedRegex("```nginx\n(?<text>.*?)```", RegexOptions.Singleline)]
    private static partial Regex Example();
}
