using System.Globalization;
using Norris.Lab.Processes;

namespace Norris.Tests.Processes;

/// <summary>The commands that start nodes of their own, run as anybody would run them without a terminal.</summary>
[Collection(ProcessCollection.Name)]
public sealed class DemoSpec
{
    private static readonly TimeSpan LongWay = TimeSpan.FromMinutes(4);

    [Fact]
    public async Task The_demo_kills_hosts_says_what_it_cost_and_finds_nothing_wrong()
    {
        await using var demo = NorrisProcess.Start("demo", "--nodes", "3", "--kills", "2");
        Assert.True(await demo.Exit(LongWay) == 0, demo.Report("found something wrong"));
        var lines = demo.Lines.Select(l => l.Raw).ToList();
        Assert.Equal(2, lines.Count(l => l.Contains("took over", StringComparison.Ordinal)));
        Assert.Contains("lost 0, doubled 0, out of order 0", lines);
        Assert.All(lines, l => Assert.DoesNotContain('\u001b', l));
        Assert.Empty(demo.ErrorLines);
    }

    [SkippableTheory]
    [InlineData("INT")]
    [InlineData("TERM")]
    [InlineData("KILL")]
    public async Task However_the_demo_ends_its_nodes_end_with_it(string signal)
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "reads /proc");
        await using var demo = NorrisProcess.Start("demo", "--nodes", "3", "--kills", "100");
        await demo.WaitFor(l => l.Raw.Contains("SIGKILL 1", StringComparison.Ordinal), "the first kill");
        var nodes = ChildrenOf(demo.Id);
        Assert.InRange(nodes.Count, 2, 5);

        // A stopped process cannot see that its input ends: this is what the last will is for.
        ChildProcess.Signal(nodes[0], "STOP");
        demo.Signal(signal);
        await demo.Exit(LongWay);
        await Eventually.Sees(() => nodes.Where(IsNorris), alive => !alive.Any(), NorrisProcess.Patience, alive => string.Join(' ', alive));
    }

    [Fact]
    public async Task A_short_chaos_run_finds_no_violation()
    {
        await using var chaos = NorrisProcess.Start("chaos", "--minutes", "1", "--seed", "20", "--rate", "30");
        Assert.True(await chaos.Exit(LongWay) == 0, chaos.Report("found violations"));
        Assert.Contains(chaos.Lines, l => l.Raw == "violations: 0");
        Assert.StartsWith("seed 20", chaos.Lines[0].Raw, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("demo --nodes 1", "--nodes 1")]
    [InlineData("demo --kills many", "--kills many")]
    [InlineData("demo --web 0.0.0.0:0", "this page kills processes, so it is for this machine only")]
    [InlineData("demo --web x", "--web x: 'x' is no port")]
    [InlineData("demo --web --kills 2", "--kills with --web")]
    [InlineData("chaos --minutes 0", "--minutes 0")]
    [InlineData("chaos --seed x", "--seed x")]
    [InlineData("chaos --table --fault Flood", "--fault Flood")]
    public async Task Wrong_usage_is_told_before_anything_starts(string arguments, string says)
    {
        await using var norris = NorrisProcess.Start(arguments.Split(' '));
        Assert.Equal(2, await norris.Exit(ProcessCollection.AnswerLimit));
        Assert.Empty(norris.Lines);
        Assert.Contains(says, Assert.Single(norris.ErrorLines), StringComparison.Ordinal);
    }

    private static List<int> ChildrenOf(int parent) =>
        [.. File.ReadAllText($"/proc/{parent}/task/{parent}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Concat(Directory.EnumerateDirectories($"/proc/{parent}/task").SelectMany(t => File.ReadAllText($"{t}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries)))
            .Select(id => int.Parse(id, CultureInfo.InvariantCulture)).Distinct().Where(IsNorris)];

    private static bool IsNorris(int id)
    {
        try
        {
            return File.ReadAllText($"/proc/{id}/comm").Trim() == "norris" && !File.ReadAllText($"/proc/{id}/stat").Contains(") Z ", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }
}
