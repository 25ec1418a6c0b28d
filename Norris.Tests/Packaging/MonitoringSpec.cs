using System.Text.Json;
using System.Text.RegularExpressions;
using Norris.Actors;
using Norris.Tests.Architecture;
using Norris.Tests.Session;
using Norris.Tests.Web;
using YamlDotNet.RepresentationModel;

namespace Norris.Tests.Packaging;

/// <summary>The board and the alerts ask for what a node has at <c>/metrics</c>, and for all of it.</summary>
public sealed partial class MonitoringSpec : IAsyncLifetime
{
    private readonly FakeRoom _room = new();
    private WebNode _web = null!;

    public async Task InitializeAsync()
    {
        var host = _room.Start("10.0.0.2:4053", "bob");
        _web = await WebNode.Start(_room);
        _room.Kill(host);
    }

    public async Task DisposeAsync() => await _web.DisposeAsync();

    [Fact]
    public async Task The_board_shows_every_metric_that_a_node_has_and_no_other()
    {
        var metrics = await Metrics();
        Assert.Contains("norris_connected", metrics);

        var shown = Board().SelectMany(Names).ToHashSet();
        Assert.Empty(shown.Except(metrics));
        Assert.Empty(metrics.Except(shown));
    }

    [Fact]
    public async Task An_alert_is_about_what_a_node_has_and_says_what_to_do()
    {
        var metrics = await Metrics();
        Assert.True(Alerts().Count > 5, "alerts were found");

        Assert.All(Alerts(), alert =>
        {
            var expression = alert["expr"].ToString();
            Assert.Empty(Names(expression).Except(metrics));
            Assert.True(Names(expression).Any() || expression.StartsWith("up{", StringComparison.Ordinal), expression);
            Assert.Contains(alert["labels"]["severity"].ToString(), new[] { "warning", "critical" });
            Assert.NotEmpty(alert["annotations"]["summary"].ToString());
            Assert.NotEmpty(alert["annotations"]["description"].ToString());
        });
        Assert.Contains(Alerts(), alert => alert["expr"].ToString() == $"norris_outbox_bytes > {new NorrisOptions().OutboxBytes / 2}");
    }

    [Fact]
    public void A_rate_is_of_a_counter_and_a_group_is_by_a_label_that_there_is() => Assert.All(Board().Concat(Alerts().Select(alert => alert["expr"].ToString())), expression =>
    {
        Assert.All(Rates().Matches(expression), rate => Assert.EndsWith("_total", rate.Groups["of"].Value, StringComparison.Ordinal));
        Assert.All(Groups().Matches(expression).SelectMany(m => m.Groups["labels"].Value.Split(", ")), label => Assert.Contains(label, new[] { "job", "instance", "node" }));
    });

    /// <summary>What a node has after a change of host: there is nothing about the last one before.</summary>
    private async Task<HashSet<string>> Metrics() =>
        [.. (await _web.Client.GetStringAsync("/metrics")).Split('\n').Where(line => line.StartsWith("# TYPE ", StringComparison.Ordinal)).Select(line => line.Split(' ')[2])];

    private static List<string> Board()
    {
        using var board = JsonDocument.Parse(Read("grafana.json"));
        var targets = board.RootElement.GetProperty("panels").EnumerateArray().SelectMany(panel => panel.GetProperty("targets").EnumerateArray()).Select(target => target.GetProperty("expr").GetString()!);
        return [.. targets, .. board.RootElement.GetProperty("templating").GetProperty("list").EnumerateArray().Select(variable => variable.GetProperty("query").GetString()!)];
    }

    private static List<YamlMappingNode> Alerts()
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(Read("prometheus.rules.yaml")));
        return [.. ((YamlSequenceNode)stream.Documents.Single().RootNode["groups"]).SelectMany(group => (YamlSequenceNode)group["rules"]).Cast<YamlMappingNode>()];
    }

    private static IEnumerable<string> Names(string expression) => Metric().Matches(expression).Select(m => m.Value);

    private static string Read(string file) => File.ReadAllText(Path.Combine(DocsSpec.Root, "Norris.Node", "Packaging", "monitoring", file));

    [GeneratedRegex(@"\bnorris_\w+")]
    private static partial Regex Metric();

    [GeneratedRegex(@"\b(rate|increase)\((?<of>\w+)")]
    private static partial Regex Rates();

    [GeneratedRegex(@"\b(by|on) \((?<labels>[^)]*)\)")]
    private static partial Regex Groups();
}
