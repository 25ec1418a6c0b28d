using System.Collections.Concurrent;
using Norris.Lab.Chaos;
using Norris.Lab.Processes;
using Norris.Lab.Rooms;

namespace Norris.Tests.Processes;

/// <summary>
/// Rooms of real processes under load to which something is done. What is shown is judged strictly, by the checker of <c>norris chaos</c>;
/// time is not, since the machine may be busy. How long things take is what <c>norris chaos --table</c> measures.
/// </summary>
[Collection(ProcessCollection.Name)]
public sealed class FaultSpec : IDisposable
{
    private const double LinesPerSecond = 30;
    private static readonly CancellationToken Never = CancellationToken.None;

    // Longer than it takes the others to notice, to decide and to go on: 2.5 s, 2 s, 1 s and some.
    private static readonly TimeSpan LongEnough = TimeSpan.FromSeconds(10);
    private readonly LastWill _will = new();
    private readonly ConcurrentQueue<(NodeProcess Node, NodeLine Line)> _lines = new();

    public void Dispose() => _will.Dispose();

    [SkippableTheory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    public async Task The_host_is_killed_and_the_others_go_on_with_all_that_was_said(int nodes)
    {
        SkipWithoutSignals();
        await using var fleet = await Room(nodes);
        var result = await Suffer(fleet, Fault.KillHost);
        Assert.Equal(nodes - 1, fleet.Living.Count);
        Assert.All(fleet.Living, n => Assert.True(n.Epoch > 1, $"{n.Name} shows epoch {n.Epoch} after {result.Victims} was killed"));
        Assert.DoesNotContain(_lines, l => l.Line.IsTrue("mayHaveLost"));

        // Its parting is a change of its own, after the other host has begun.
        foreach (var node in fleet.Living)
        {
            await Eventually.Sees(
                () => _lines.Where(l => l.Node == node && l.Line.Event == "left").Select(l => l.Line).ToList(),
                left => left.Any(line => line.Text("reason") == "crashed"),
                show: left => string.Join('\n', left.Select(line => line.Raw)));
        }
    }

    [SkippableFact]
    public async Task Another_is_killed_and_the_host_stays()
    {
        SkipWithoutSignals();
        await using var fleet = await Room(3);
        await Suffer(fleet, Fault.KillOther);
        Assert.All(fleet.Living, n => Assert.Equal(1, n.Epoch));
    }

    [SkippableFact]
    public async Task The_host_and_a_moment_later_the_next_one_are_killed()
    {
        SkipWithoutSignals();
        await using var fleet = await Room(5);
        await Suffer(fleet, Fault.KillHostAndNext);
        Assert.Equal(3, fleet.Living.Count);
    }

    [SkippableFact]
    public async Task The_host_leaves_properly()
    {
        SkipWithoutSignals();
        await using var fleet = await Room(3);
        var host = fleet.Host!;
        await Suffer(fleet, Fault.LeaveHost);
        await host.WhenExited.WaitAsync(NorrisProcess.Patience);
        Assert.Equal(0, host.ExitCode);
    }

    [SkippableFact]
    public async Task A_host_that_was_stopped_wakes_up_says_that_it_was_away_and_comes_back_as_the_same_user()
    {
        SkipWithoutSignals();
        await using var fleet = await Room(3);
        var host = fleet.Host!;
        await Suffer(fleet, Fault.StopHost, LongEnough);

        // The checker has seen that what was typed meanwhile is shown once, everywhere. That it is the same user is seen here.
        Assert.Equal(2, host.Welcomes);
        Assert.Contains(_lines, l => l.Node == host && l.Line.Event == "connection" && l.Line.Text("state") != "connected");
        var names = _lines.Where(l => l.Node == host && l.Line.Event == "welcome").Select(l => l.Line.Text("name")).Distinct();
        Assert.Equal(host.Name, Assert.Single(names));
        var ids = _lines.Where(l => l.Line.Event == "joined" && l.Line.Text("user") == host.Name).Select(l => l.Line.Text("userId")).Distinct();
        Assert.Single(ids);
    }

    [SkippableFact]
    public async Task A_host_that_is_stopped_for_a_moment_stays_the_host()
    {
        SkipWithoutSignals();
        await using var fleet = await Room(3);
        var host = fleet.Host!;
        await Suffer(fleet, Fault.StopHost, TimeSpan.FromMilliseconds(500));
        Assert.Equal(1, host.Welcomes);
    }

    [SkippableFact]
    public async Task All_but_one_are_killed_at_once_and_the_one_keeps_what_was_shown_and_says_that_something_may_be_gone()
    {
        SkipWithoutSignals();
        await using var fleet = await Room(5);
        await Suffer(fleet, Fault.KillAllButOne);
        var one = Assert.Single(fleet.Living);
        Assert.Contains(_lines, l => l.Node == one && l.Line.Event == "host" && l.Line.IsTrue("mayHaveLost"));
        Assert.Equal(1, one.Welcomes);
    }

    [SkippableFact]
    public async Task Five_are_restarted_one_after_the_other_and_those_who_stay_miss_nothing()
    {
        SkipWithoutSignals();
        await using var fleet = await Room(5);
        var trial = new Trial(fleet, null);
        foreach (var node in fleet.Living)
        {
            Assert.Null(await trial.Ready(Never));

            // What is typed as it is told to go need not be said: its exit code would tell.
            await node.Quiet();
            Assert.True(await fleet.Comes(() => node.Transcript.ShownOf(node.Transcript) == node.Transcript.TypedCount, NorrisProcess.Patience, Never));
            node.Leave();
            await node.WhenExited.WaitAsync(NorrisProcess.Patience);
            Assert.Equal(0, node.ExitCode);
            Fleet.Talk(await fleet.Join(Never), LinesPerSecond);
        }

        Assert.Null(await trial.Ready(Never));
        await Settled(fleet);
        Assert.Equal(5, fleet.Living.Count);
        Assert.All(fleet.All, n => Assert.Equal(1, n.Welcomes));
        Assert.DoesNotContain(_lines, l => l.Line.Event == "missed" || l.Line.IsTrue("mayHaveLost"));
    }

    [SkippableTheory]
    [InlineData(nameof(Fault.CutHost))]
    [InlineData(nameof(Fault.SplitHost))]
    [InlineData(nameof(Fault.MuteHost))]
    [InlineData(nameof(Fault.DeafHost))]
    public async Task Who_is_cut_off_is_told_shows_nothing_that_the_others_lack_and_comes_back(string fault)
    {
        using var network = NetworkOrSkip();
        await using var fleet = await Room(5, network);
        var result = await Suffer(fleet, Enum.Parse<Fault>(fault), LongEnough, network);
        Assert.True(result.Told < LongEnough, $"told after {result.Told}");
        Assert.All(fleet.Living, n => Assert.InRange(n.Welcomes, 1, 2));
        Assert.Equal(5, fleet.Living.Count);
    }

    [SkippableFact]
    public async Task A_link_that_delays_and_loses_packets_costs_no_message()
    {
        using var network = NetworkOrSkip();
        await using var fleet = await Room(3, network);
        await Suffer(fleet, Fault.PoorHost, LongEnough, network);
        Assert.All(fleet.All, n => Assert.Equal(1, n.Welcomes));
    }

    [SkippableFact]
    public async Task A_reset_of_all_the_hosts_connections_takes_nobody_out()
    {
        using var network = NetworkOrSkip();
        await using var fleet = await Room(3, network);
        await Suffer(fleet, Fault.ResetHost, network: network);
        Assert.DoesNotContain(_lines, l => l.Line.Event == "node" && l.Line.Text("change") == "left");
        Assert.All(fleet.All, n => Assert.Equal((1, 1L), (n.Welcomes, n.Epoch)));
    }

    private static void SkipWithoutSignals() => Skip.If(OperatingSystem.IsWindows(), "needs signals");

    private Network NetworkOrSkip()
    {
        var network = Network.TryBuild(_will, out var whyNot);
        Skip.If(network is null, whyNot);
        return network!;
    }

    private async Task<Fleet> Room(int nodes, Network? network = null)
    {
        var fleet = new Fleet(_will, network);
        try
        {
            fleet.LineCame += (node, line) => _lines.Enqueue((node, line));
            await fleet.Start(nodes, Never);
            fleet.Talk(LinesPerSecond);
            return fleet;
        }
        catch
        {
            await fleet.DisposeAsync();
            throw;
        }
    }

    private static async Task<TrialResult> Suffer(Fleet fleet, Fault fault, TimeSpan hold = default, Network? network = null)
    {
        var trial = new Trial(fleet, network);
        Assert.Null(await trial.Ready(Never));
        var result = await trial.Run(fault, hold, new Random(1), Never);
        Skip.If(result.NotDone is not null, result.NotDone);
        Assert.Null(result.Trouble);
        await Settled(fleet);
        return result;
    }

    /// <summary>All that live show the same, and all that was said; and nothing was wrong before.</summary>
    private static async Task Settled(Fleet fleet)
    {
        Assert.Null(await fleet.Settle(Fleet.Patience, Never));
        fleet.Checker.Finish();
        Assert.Empty(fleet.Checker.Violations);
        Assert.True(fleet.Checker.Lines > 0);
        Assert.All(fleet.All, n => Assert.True(n.Transcript.ShownOf(n.Transcript) > 0, $"{n.Name} never showed what it said itself"));
    }
}
