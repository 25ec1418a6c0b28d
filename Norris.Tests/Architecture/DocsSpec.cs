using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Reflection;
using System.Text.RegularExpressions;
using Akka.Configuration;
using Norris.Actors;
using Norris.Actors.Devices;
using Norris.Actors.Transport;
using Norris.Actors.Wire;
using Norris.Core.Protocol;
using Norris.Node.Discovery;

namespace Norris.Tests.Architecture;

/// <summary>What the docs say of the code, as far as a program can tell.</summary>
public sealed partial class DocsSpec
{
    internal static readonly string Root = FindRoot();

    [Fact]
    public void Every_relative_link_leads_somewhere()
    {
        var links = Documents().SelectMany(file => Links().Matches(WithoutCode(File.ReadAllText(file))).Select(m => (File: file, To: m.Groups["to"].Value)))
            .Where(link => !link.To.Contains("://", StringComparison.Ordinal) && !link.To.StartsWith("mailto:", StringComparison.Ordinal))
            .ToList();
        Assert.True(links.Count > 10, "links were found");

        Assert.All(links, link => Assert.True(Resolves(link.File, link.To), $"{Path.GetRelativePath(Root, link.File)}: nothing at {link.To}"));
    }

    [Fact]
    public void Every_own_setting_is_explained()
    {
        var explained = false;
        var keys = 0;
        foreach (var line in OwnSection().Split('\n').Select(l => l.Trim()))
        {
            switch (line)
            {
                case "":
                    explained = false;
                    break;
                case ['#', ..]:
                    explained = true;
                    break;
                default:
                    keys++;
                    Assert.True(explained, $"no reason above: {line}");
                    break;
            }
        }

        Assert.Equal(OwnKeys().Count, keys);
    }

    [Fact]
    public void Every_own_setting_makes_a_difference()
    {
        var shipped = new NorrisOptions();
        Assert.All(OwnKeys(), key =>
        {
            var otherwise = NorrisOptions.From(Otherwise([key]));
            Assert.True(key == "tick" ? shipped.Tick != otherwise.Tick : shipped.ToProtocol() != otherwise.ToProtocol(), key);
        });
    }

    [Fact]
    public void Everything_that_can_be_set_has_a_setting()
    {
        var shipped = new NorrisOptions();
        var otherwise = NorrisOptions.From(Otherwise(OwnKeys()));

        Assert.All(
            typeof(NorrisOptions).GetProperties().Where(property => property.Name != nameof(NorrisOptions.JoinsAtOnce)),
            property => Assert.True(!Equals(property.GetValue(shipped), property.GetValue(otherwise)), $"no setting for {property.Name}"));
        Assert.All(
            typeof(ProtocolOptions).GetProperties(),
            property => Assert.True(!Equals(property.GetValue(shipped.ToProtocol()), property.GetValue(otherwise.ToProtocol())), $"no setting for {property.Name}"));
    }

    [Fact]
    public void The_shipped_settings_are_those_that_there_are_without_any()
    {
        var shipped = NorrisOptions.From(Shipped());

        shipped.Validate();
        Assert.Equal(new ProtocolOptions(), shipped.ToProtocol());
        Assert.Equal(new NorrisOptions().Tick, shipped.Tick);
    }

    [Fact]
    public void The_table_of_messages_is_that_of_the_code()
    {
        var code = MessageRecords().Matches(Read("Norris.Actors/Core/Protocol/Messages.cs"))
            .Select(m => $"{m.Groups["name"].Value} {(m.Groups["to"].Value == "Sequencer" ? "S" : "R")}");
        var table = TableOfMessages().Matches(Read("docs/protocol.md")).Select(m => $"{m.Groups["name"].Value} {m.Groups["to"].Value}");

        Assert.Equal(code, table);
    }

    [Fact]
    public void Every_bound_is_in_the_docs_with_the_value_that_the_code_has()
    {
        var rows = RowsOfBounds().Matches(Read("docs/architecture.md")).ToDictionary(m => m.Groups["name"].Value, m => m.Groups["value"].Value);
        var shipped = Shipped().GetConfig("norris");
        var bounds = new[] { typeof(Limits), typeof(WireLimits), typeof(TransportLimits), typeof(DoorLimits), typeof(DiscoveryLimits), typeof(Ticks) }
            .SelectMany(t => t.GetFields(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static))
            .Where(f => f.IsLiteral && f.Name != nameof(Limits.LatestTime))
            .Select(f => (f.Name, Value: Convert.ToDouble(f.GetRawConstantValue(), CultureInfo.InvariantCulture)))
            .Concat(OwnKeys().Except(["delivery", "tick"]).Select(key => (
                Name: key,
                Value: key.EndsWith("-bytes", StringComparison.Ordinal) ? shipped.GetByteSize(key)!.Value : shipped.GetTimeSpan(key).TotalMilliseconds)))
            .ToList();
        Assert.True(bounds.Count > 20, "bounds were found");

        // The table says 'about' of a sum that is no round number.
        Assert.All(bounds, bound => Assert.True(
            rows.TryGetValue(bound.Name, out var value) && Quantities(value).Any(q => Math.Abs(q - bound.Value) <= (value.StartsWith("about ", StringComparison.Ordinal) ? bound.Value / 100 : 0)),
            $"{bound.Name} is {bound.Value}, and docs/architecture.md says: {value ?? "nothing"}"));
    }

    [Theory]
    [InlineData("8,192 reigns in one cut", 8192)]
    [InlineData("10^12 above the one before", 1e12)]
    [InlineData("half of them for 1.5 s", 1500)]
    [InlineData("10 min by its own clock", 600_000)]
    [InlineData("32 KiB of messages", 32_768)]
    public void A_quantity_is_read_with_its_unit(string text, double value) => Assert.Equal([value], Quantities(text));

    [Fact]
    public void Every_dependency_that_the_code_names_is_justified()
    {
        var named = Read("Directory.Packages.props").Split("</ItemGroup>")[0];
        var packages = Packages().Matches(named).Select(m => m.Groups["id"].Value).ToList();
        Assert.True(packages.Count > 10, "packages were found");
        var justified = Read("docs/architecture.md").Split('\n').Where(l => l.StartsWith('|')).SelectMany(l => l.Split('|')[1].Split(',')).Select(p => p.Trim()).ToHashSet();

        Assert.All(packages, package => Assert.Contains(package, justified));
    }

    [Fact]
    public async Task The_example_for_embedding_compiles_and_works()
    {
        var code = Read("Norris.Tests/Architecture/EmbeddingExample.cs").Replace("$\"akka", "\"akka", StringComparison.Ordinal)
            .Replace("{port}", "4053", StringComparison.Ordinal).Replace("\"127.0.0.1\", port)", "\"127.0.0.1\", 4053)", StringComparison.Ordinal).Split('\n').Select(l => l.Trim()).ToList();
        var example = EmbeddingBlock().Match(Read("docs/operations.md")).Groups["code"].Value.Split('\n').Select(l => l.Trim()).Where(l => l.Length > 0).ToList();
        Assert.True(example.Count > 20, "the example was found");
        var at = 0;
        foreach (var line in example)
        {
            var next = code.IndexOf(line, at);
            Assert.True(next >= 0, $"not, or not here, in EmbeddingExample.cs: {line}");
            at = next + 1;
        }

        Assert.Equal("three coffees, one tea", await EmbeddingExample.Run(FreePort()).WaitAsync(TimeSpan.FromSeconds(90)));
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static IEnumerable<string> Documents() => Directory.EnumerateFiles(Root, "*.md", SearchOption.AllDirectories)
        .Where(f => !Ignored().IsMatch(Path.GetRelativePath(Root, f).Replace('\\', '/')));

    private static bool Resolves(string file, string link)
    {
        var parts = link.Split('#', 2);
        var target = parts[0].Length == 0 ? file : Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, Uri.UnescapeDataString(parts[0])));
        return parts.Length == 1
            ? Path.Exists(target)
            : File.Exists(target) && Headings().Matches(WithoutCode(File.ReadAllText(target))).Any(m => Anchor(m.Groups["text"].Value) == parts[1]);
    }

    /// <summary>As GitHub makes it: lower case, blanks to dashes, nothing but letters, digits, dashes and underscores.</summary>
    private static string Anchor(string heading) =>
        string.Concat(heading.Trim().ToLowerInvariant().Replace(' ', '-').Where(c => char.IsLetterOrDigit(c) || c is '-' or '_'));

    private static string WithoutCode(string markdown) => Code().Replace(markdown, "");

    private static string OwnSection() => Own().Match(Read("hocon/norris.hocon")).Groups["body"].Value;

    /// <summary>The numbers in a cell: bytes, milliseconds, or how many.</summary>
    private static IEnumerable<double> Quantities(string cell) => Quantity().Matches(cell).Select(m =>
        Math.Pow(double.Parse(m.Groups["number"].Value.Replace(",", "", StringComparison.Ordinal), CultureInfo.InvariantCulture), m.Groups["power"] is { Success: true } power ? int.Parse(power.Value, CultureInfo.InvariantCulture) : 1)
        * m.Groups["unit"].Value switch { "KiB" => 1024, "MiB" => 1024 * 1024, "s" => 1000, "min" => 60_000, _ => 1 });

    private static IReadOnlyList<string> OwnKeys() =>
        [.. Shipped().GetConfig("norris").AsEnumerable().Select(pair => pair.Key)];

    private static Config Shipped() => ConfigurationFactory.ParseString(Read("hocon/norris.hocon"));

    /// <summary>Other values than the shipped ones for these settings.</summary>
    private static Config Otherwise(IEnumerable<string> keys) => ConfigurationFactory.ParseString(string.Join('\n', keys.Select(key =>
        $"norris.{key} = {(key == "delivery" ? "agreed" : key.EndsWith("-bytes", StringComparison.Ordinal) ? "12345 KiB" : "12345ms")}")));

    internal static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Norris.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException("The sources are not above the tests: no Norris.sln.");
    }

    [GeneratedRegex(@"\]\((?<to>[^)\s]+)(\s+""[^""]*"")?\)")]
    private static partial Regex Links();

    [GeneratedRegex(@"^```.*?^```|`[^`\n]+`", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Code();

    [GeneratedRegex(@"^#+ (?<text>.+)$", RegexOptions.Multiline)]
    private static partial Regex Headings();

    [GeneratedRegex(@"(^|/)(bin|obj|node_modules|TestResults|\.\w[^/]*)/")]
    private static partial Regex Ignored();

    [GeneratedRegex(@"^norris \{\n(?<body>.*?)^\}", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Own();

    [GeneratedRegex(@"^public sealed record (?<name>\w+)\b[^;]*?: To(?<to>Sequencer|Replica)Message\b", RegexOptions.Multiline)]
    private static partial Regex MessageRecords();

    [GeneratedRegex(@"^\| `(?<name>\w+)` \| (?<to>[SR]) \|", RegexOptions.Multiline)]
    private static partial Regex TableOfMessages();

    [GeneratedRegex(@"^\| `(?<name>[\w-]+)` \| (?<value>[^|]+) \|", RegexOptions.Multiline)]
    private static partial Regex RowsOfBounds();

    [GeneratedRegex(@"(?<![\w.,^])(?<number>\d[\d,]*(\.\d+)?)(\^(?<power>\d+))?( (?<unit>KiB|MiB|s|ms|min)\b)?")]
    private static partial Regex Quantity();

    [GeneratedRegex(@"<(PackageVersion|GlobalPackageReference) Include=""(?<id>[^""]+)""")]
    private static partial Regex Packages();

    [GeneratedRegex(@"^```csharp\n(?<code>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex EmbeddingBlock();
}
