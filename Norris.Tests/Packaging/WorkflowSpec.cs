using Norris.Tests.Architecture;
using YamlDotNet.RepresentationModel;

namespace Norris.Tests.Packaging;

/// <summary>What the forge runs is what anybody can run: the workflows have no logic of their own, and one SDK, that of the lock files.</summary>
public sealed class WorkflowSpec
{
    /// <summary>The only lines that a workflow may have.</summary>
    private static readonly string[] Lines =
    [
        ".ci/run", "Norris.Node/Packaging/pack --", "apt-get update && apt-get install -y --no-install-recommends ", "git config --global --add safe.directory ",
        "gh release create ",
    ];

    [Fact]
    public void A_workflow_only_calls_what_anybody_can_call()
    {
        var lines = Steps().Where(step => step.Children.ContainsKey("run")).Select(step => step["run"].ToString()).ToList();
        Assert.Contains(".ci/run", lines);
        Assert.Contains("Norris.Node/Packaging/pack --all out", lines);
        Assert.Contains("Norris.Node/Packaging/pack --check out", lines);
        Assert.All(lines, line => Assert.Contains(Lines, known => line.StartsWith(known, StringComparison.Ordinal)));
        Assert.All(lines, line => Assert.DoesNotContain('\n', line));
    }

    [Fact]
    public void A_version_is_made_of_all_tags_and_commits() =>
        Assert.All(Steps().Where(step => step.Children.TryGetValue("uses", out var uses) && uses.ToString().StartsWith("actions/checkout@", StringComparison.Ordinal)), step => Assert.Equal("0", step["with"]["fetch-depth"].ToString()));

    [Fact]
    public void Every_workflow_has_the_same_sdk_which_can_build_this()
    {
        var images = Jobs().Where(job => job.Children.ContainsKey("container")).Select(job => job["container"].ToString()).ToList();
        Assert.True(images.Count >= 2, "jobs were found");
        var image = Assert.Single(images.Distinct());
        var version = image.Split(':')[1].Split('-')[0];
        using var global = System.Text.Json.JsonDocument.Parse(File.ReadAllText(Path.Combine(DocsSpec.Root, "global.json")));
        Assert.True(System.Version.Parse(version) >= System.Version.Parse(global.RootElement.GetProperty("sdk").GetProperty("version").GetString()!), version);
    }

    private static IEnumerable<YamlMappingNode> Steps() => Jobs().SelectMany(job => (YamlSequenceNode)job["steps"]).Cast<YamlMappingNode>();

    private static IEnumerable<YamlMappingNode> Jobs() => Directory.EnumerateFiles(Path.Combine(DocsSpec.Root, ".github", "workflows"), "*.yml").SelectMany(file =>
    {
        var stream = new YamlStream();
        using var reader = File.OpenText(file);
        stream.Load(reader);
        var jobs = (YamlMappingNode)((YamlMappingNode)stream.Documents.Single().RootNode)["jobs"];
        return jobs.Children.Values.Cast<YamlMappingNode>();
    });
}
