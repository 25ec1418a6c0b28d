using System.Diagnostics;
using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Xml.Linq;
using Norris.Lab.Processes;
using Norris.Tests.Architecture;
using Norris.Tests.Archive;

namespace Norris.Tests.Packaging;

/// <summary>The library as others get it: its packages, and the sample application built with nothing else of this repository.</summary>
public sealed class PackageSpec : IDisposable
{
    /// <summary>No package of this version is anywhere else.</summary>
    private const string Version = "0.1.0-spec";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task The_package_has_documentation_symbols_and_few_dependencies()
    {
        var packages = await Pack();

        using var package = ZipFile.OpenRead(Path.Combine(packages, $"Norris.Actors.{Version}.nupkg"));
        var files = package.Entries.Select(entry => entry.FullName).ToList();
        Assert.Contains("README.md", files);
        Assert.Contains("lib/net10.0/Norris.Actors.dll", files);
        Assert.Contains("lib/net10.0/Norris.Actors.xml", files);
        Assert.DoesNotContain(files, file => file.EndsWith(".hocon", StringComparison.Ordinal) || file.EndsWith(".proto", StringComparison.Ordinal));
        await using var nuspec = await package.GetEntry("Norris.Actors.nuspec")!.OpenAsync();
        var metadata = (await XDocument.LoadAsync(nuspec, LoadOptions.None, CancellationToken.None)).Root!.Elements().Single();
        string Text(string element) => metadata.Elements().Single(e => e.Name.LocalName == element).Value;
        Assert.Equal("Apache-2.0", Text("license"));
        Assert.NotEmpty(Text("description"));
        Assert.Equal(
            ["Akka.Cluster.Hosting", "Akka.Cluster.Tools", "Akka.Hosting", "Google.Protobuf", "Norris.Core"],
            metadata.Descendants().Where(e => e.Name.LocalName == "dependency").Select(e => e.Attribute("id")!.Value).Order(StringComparer.Ordinal));
        using var symbols = ZipFile.OpenRead(Path.Combine(packages, $"Norris.Actors.{Version}.snupkg"));
        Assert.Contains(symbols.Entries, entry => entry.FullName == "lib/net10.0/Norris.Actors.pdb");
    }

    [Fact]
    public async Task An_application_with_a_singleton_and_a_serializer_of_its_own_works_with_the_package_alone()
    {
        var shop = await BuildShop(await Pack());
        var (clusterPort, webPort, otherClusterPort, otherWebPort) = (FreePort(), FreePort(), FreePort(), FreePort());
        using var first = Start(shop, webPort, clusterPort, seed: clusterPort);
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(60) };
        await Ready(http, webPort);
        using var second = Start(shop, otherWebPort, otherClusterPort, seed: clusterPort);
        await Ready(http, otherWebPort);

        var order = await Post(http, $"http://127.0.0.1:{webPort}/orders", "three coffees");
        Assert.Matches(@"^\{""number"":\d+\}$", order);
        Assert.Matches(@"^\{""number"":\d+\}$", await Post(http, $"http://127.0.0.1:{otherWebPort}/orders", "one tea"));
        await Eventually.Sees(() => http.GetStringAsync($"http://127.0.0.1:{webPort}/orders"), shown => shown.Contains("one tea", StringComparison.Ordinal), Patience);
        Assert.Equal("3", await Post(http, $"http://127.0.0.1:{webPort}/sales/3", ""));
        Assert.Equal("7", await Post(http, $"http://127.0.0.1:{otherWebPort}/sales/4", ""));
    }

    public void Dispose() => _folder.Delete();

    private async Task<string> Pack()
    {
        var packages = _folder.File("packages");
        foreach (var project in new[] { "Norris.Actors/Core", "Norris.Actors" })
        {
            await Tool.Dotnet(DocsSpec.Root, "pack", project, "--no-build", "-c", Tool.Configuration, "-o", packages, $"-p:MinVerVersionOverride={Version}");
        }

        return packages;
    }

    /// <summary>The sample's own files, in a folder under which there is nothing of this repository's settings.</summary>
    private async Task<string> BuildShop(string packages)
    {
        var shop = Directory.CreateDirectory(_folder.File("Shop")).FullName;
        foreach (var file in Directory.EnumerateFiles(Path.Combine(DocsSpec.Root, "docs/samples/Shop")))
        {
            File.Copy(file, Path.Combine(shop, Path.GetFileName(file)));
        }

        // What else it needs is fetched, or taken from where it was before.
        var usual = Environment.GetEnvironmentVariable("NUGET_PACKAGES") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        await File.WriteAllTextAsync(Path.Combine(shop, "nuget.config"), $"""
            <configuration>
              <config><add key="globalPackagesFolder" value="{_folder.File("restored")}" /></config>
              <fallbackPackageFolders><add key="usual" value="{usual}" /></fallbackPackageFolders>
              <packageSources><add key="norris" value="{packages}" /></packageSources>
            </configuration>
            """);
        await Tool.Dotnet(shop, "build", "-c", "Release", "-o", _folder.File("built"), $"-p:NorrisVersion={Version}");
        return Path.Combine(_folder.File("built"), "Shop.dll");
    }

    private static RunningShop Start(string shop, int webPort, int clusterPort, int seed) => new(shop, webPort, clusterPort, seed);

    private static async Task<string> Post(HttpClient http, string url, string text)
    {
        using var body = new StringContent(text, Encoding.UTF8, "text/plain");
        using var response = await http.PostAsync(url, body);
        var answer = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, $"{url}: {response.StatusCode} {answer}");
        return answer;
    }

    private static async Task Ready(HttpClient http, int port) => await Eventually.Sees(
        async () =>
        {
            try
            {
                using var answer = await http.GetAsync($"http://127.0.0.1:{port}/ready");
                return await answer.Content.ReadAsStringAsync();
            }
            catch (HttpRequestException e)
            {
                return e.Message;
            }
        },
        ready => ready == "Healthy",
        Patience);

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private sealed class RunningShop : IDisposable
    {
        private readonly Process _process;

        public RunningShop(string shop, int webPort, int clusterPort, int seed) => _process = Process.Start(
            new ProcessStartInfo("dotnet", [shop, "--urls", $"http://127.0.0.1:{webPort}", "--Cluster:Port", $"{clusterPort}", "--Cluster:Seed", $"127.0.0.1:{seed}"])
            {
                WorkingDirectory = Path.GetDirectoryName(shop),
                RedirectStandardOutput = true,
            })!;

        public void Dispose()
        {
            _process.Kill();
            _process.Dispose();
        }
    }
}
