using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using k8s;
using Norris.Node.Commands;
using Norris.Node.Screens;
using Norris.Tests.Architecture;
using YamlDotNet.RepresentationModel;

namespace Norris.Tests.Packaging;

/// <summary>The unit, the image and the manifests name only commands and options that the program has.</summary>
public sealed partial class ManifestSpec
{
    private static readonly string Folder = Path.Combine(DocsSpec.Root, "Norris.Node", "Packaging");

    [Fact]
    public void The_unit_starts_what_there_is()
    {
        var unit = Read("norris.service");
        var line = Exec().Match(unit).Groups["line"].Value;
        var defaults = Read("norris.default");
        Assert.All(Variables().Matches(line), v => Assert.Contains($"\n{v.Value[1..]}=", defaults, StringComparison.Ordinal));
        AssertIsRight(line.Replace("$NORRIS_NODES", "10.0.0.1 10.0.0.2", StringComparison.Ordinal).Replace("$NORRIS_OPTIONS", "--web 8080 --archive", StringComparison.Ordinal));
        Assert.Contains("--ui none", line, StringComparison.Ordinal);
        Assert.Contains("\nRestart=always\n", unit, StringComparison.Ordinal);
        Assert.Contains("\nType=notify\n", unit, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task The_unit_may_do_little()
    {
        Tool.Needs("systemd-analyze");
        var (_, output) = await Tool.Run("systemd-analyze", "security", "--offline=true", Path.Combine(Folder, "norris.service"));
        Skip.If(output.Contains("Unknown command", StringComparison.Ordinal) || output.Contains("unrecognized option", StringComparison.Ordinal), "needs systemd 250");
        Assert.DoesNotContain("Unknown key", output, StringComparison.Ordinal);
        var exposure = Exposure().Match(output);
        Assert.True(exposure.Success, output);
        Assert.InRange(double.Parse(exposure.Groups["level"].Value, CultureInfo.InvariantCulture), 0, 2.0);
    }

    [Fact]
    public void Each_node_of_the_compose_file_is_one_of_those_it_names()
    {
        var services = Load<YamlMappingNode>("compose.yaml").Single()["services"];
        var nodes = ((YamlMappingNode)services).Where(s => s.Value["image"].ToString() == "norris").ToDictionary(s => s.Key.ToString(), s => s.Value["command"].ToString());
        Assert.Equal(3, nodes.Count);
        foreach (var (name, command) in nodes)
        {
            AssertIsRight($"norris {command}");
            Assert.StartsWith($"up {string.Join(' ', nodes.Keys)} ", command, StringComparison.Ordinal);
            Assert.Contains($" --advertise {name} ", command, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Each_pod_is_one_of_those_that_the_manifest_names_and_its_probes_exist()
    {
        var all = Load<YamlMappingNode>("kubernetes/norris.yaml").ToDictionary(d => d["kind"].ToString());
        var set = all["StatefulSet"]["spec"];
        var service = all["Service"]["metadata"]["name"].ToString();
        Assert.Equal(("None", service), (all["Service"]["spec"]["clusterIP"].ToString(), set["serviceName"].ToString()));
        var container = set["template"]["spec"]["containers"][0];
        var arguments = ((YamlSequenceNode)container["args"]).Select(a => a.ToString().Replace("$(POD)", "norris-1", StringComparison.Ordinal)).ToList();
        AssertIsRight(["norris", .. arguments]);
        var pods = Enumerable.Range(0, int.Parse(set["replicas"].ToString(), CultureInfo.InvariantCulture)).Select(i => $"{all["StatefulSet"]["metadata"]["name"]}-{i}.{service}").ToList();
        Assert.Equal(pods, arguments.Skip(1).TakeWhile(a => !a.StartsWith('-')));
        Assert.Contains(arguments[arguments.IndexOf("--advertise") + 1], pods);
        foreach (var probe in new[] { "readinessProbe", "livenessProbe" })
        {
            AssertIsRight([.. ((YamlSequenceNode)container[probe]["exec"]["command"]).Select(a => a.ToString())]);
        }
    }

    [Fact]
    public void The_client_of_Kubernetes_knows_every_field_of_the_manifest_and_refuses_one_that_there_is_not()
    {
        var manifest = Read("kubernetes/norris.yaml");
        Assert.Equal(["V1Service", "V1StatefulSet", "V1PodDisruptionBudget", "V1NetworkPolicy"], Strictly(manifest).Select(o => o.GetType().Name));
        Assert.ThrowsAny<YamlDotNet.Core.YamlException>(() => Strictly(manifest.Replace("runAsNonRoot:", "runAsNoRoot:", StringComparison.Ordinal)));
        Assert.ThrowsAny<YamlDotNet.Core.YamlException>(() => Strictly(manifest.Replace("maxUnavailable: 1", "maxUnavailable: {of: 1}", StringComparison.Ordinal)));

        static List<object> Strictly(string yaml) => KubernetesYaml.LoadAllFromString(yaml, strict: true);
    }

    [Fact]
    public void The_image_asks_for_its_health_by_a_command_that_there_is()
    {
        var dockerfile = Read("Dockerfile");
        AssertIsRight(JsonSerializer.Deserialize<string[]>(Health().Match(dockerfile).Groups["command"].Value)!);
        Assert.DoesNotMatch(new Regex(@"^USER (0|root)", RegexOptions.Multiline), dockerfile);
        foreach (Match copied in Ignored().Matches(File.ReadAllText(Path.Combine(DocsSpec.Root, ".dockerignore"))))
        {
            Assert.NotEmpty(Directory.GetFileSystemEntries(DocsSpec.Root, copied.Groups["what"].Value));
        }
    }

    [Theory]
    [InlineData("norris up 10.0.0.1 --u none")]
    [InlineData("norris health --alive")]
    public void These_specs_find_what_is_wrong(string line) => Assert.ThrowsAny<Xunit.Sdk.XunitException>(() => AssertIsRight(line));

    private static void AssertIsRight(string line) => AssertIsRight(line.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    private static void AssertIsRight(string[] line)
    {
        Assert.Equal("norris", Path.GetFileName(line[0]));
        var surroundings = new Surroundings(new StandardStreams(Stream.Null, Stream.Null, TextWriter.Null, false, false), null, TimeProvider.System, (_, _) => throw new InvalidOperationException("this starts no node"));
        Assert.Empty(Node.Commands.CommandLine.Build(surroundings).Parse(line[1..]).Errors.Select(e => $"{string.Join(' ', line)}: {e.Message}"));
    }

    private static string Read(string file) => File.ReadAllText(Path.Combine(Folder, file));

    /// <summary>The documents of a file, in which what is merged into others stands there.</summary>
    private static IEnumerable<T> Load<T>(string file)
        where T : YamlNode
    {
        var parser = new YamlDotNet.Core.MergingParser(new YamlDotNet.Core.Parser(new StringReader(Read(file))));
        var stream = new YamlStream();
        stream.Load(parser);
        return stream.Documents.Select(d => (T)d.RootNode);
    }

    [GeneratedRegex(@"^ExecStart=(?<line>.+)$", RegexOptions.Multiline)]
    private static partial Regex Exec();

    [GeneratedRegex(@"\$NORRIS_\w+")]
    private static partial Regex Variables();

    [GeneratedRegex(@"Overall exposure level for norris\.service: (?<level>[\d.]+)")]
    private static partial Regex Exposure();

    [GeneratedRegex(@"^HEALTHCHECK .*CMD (?<command>\[.*\])$", RegexOptions.Multiline)]
    private static partial Regex Health();

    [GeneratedRegex(@"^!(?<what>.+)$", RegexOptions.Multiline)]
    private static partial Regex Ignored();
}
