using System.Globalization;
using Norris.Lab.Processes;
using Norris.Lab.Rooms;

namespace Norris.Lab.Chaos;

/// <summary>Measures what each fault costs in rooms of several sizes, each time in a new room, and puts it into a table.</summary>
/// <param name="bind">Where the nodes listen.</param>
internal sealed class FaultTable(LastWill will, double perSecond, Action<string> tell, string bind = Fleet.Loopback)
{
    private static readonly TimeSpan Warm = TimeSpan.FromSeconds(2);

    /// <summary>What is measured, in the order of the table.</summary>
    public static IReadOnlyList<(Fault Fault, int Nodes)> Rows { get; } =
    [
        .. from nodes in (int[])[2, 3, 5] select (Fault.KillHost, nodes),
        (Fault.KillOther, 3), (Fault.KillOther, 5),
        (Fault.KillHostAndNext, 5),
        .. from nodes in (int[])[2, 3, 5] select (Fault.LeaveHost, nodes),
        (Fault.StopHost, 3),
        (Fault.CutHost, 5),
        (Fault.SplitHost, 5),
        (Fault.MuteHost, 5),
        (Fault.DeafHost, 5),
        (Fault.PoorHost, 3),
        (Fault.KillAllButOne, 5),
        (Fault.ResetHost, 3),
    ];

    /// <summary>Gives the number of violations and of faults that could not be tried out.</summary>
    /// <param name="hold">How long a stop, a cut or a split lasts.</param>
    public async Task<long> Run(IReadOnlyList<(Fault Fault, int Nodes)> rows, int runs, TimeSpan hold, CancellationToken cancel)
    {
        var lines = new List<string>
        {
            "| fault | nodes | runs | gap, median | gap, worst | told, worst | back, median | back, worst | lost | doubled | disorder |",
            "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
        };
        var violations = 0L;
        foreach (var (fault, nodes) in rows)
        {
            var done = new List<TrialResult>();
            var counts = new long[3];
            string? notDone = null;
            for (var run = 1; run <= runs && notDone is null; run++)
            {
                var (result, checker) = await One(fault, nodes, hold, run, cancel);
                if (result.NotDone is not null)
                {
                    notDone = result.NotDone;
                    break;
                }

                done.Add(result);
                counts[0] += checker.Count(ViolationKind.Lost);
                counts[1] += checker.Count(ViolationKind.Doubled);
                counts[2] += checker.Count(ViolationKind.Disorder) + checker.Count(ViolationKind.Different) + checker.Count(ViolationKind.Invented);
                violations += checker.ViolationCount + (result.Trouble is null ? 0 : 1);
                tell($"{Faults.Word(fault)}, {nodes} nodes, run {run}: gap {Figures.Seconds(result.Gap)}{Words(result.Told, "told after")}{Words(result.Back, "back after")}");
                foreach (var line in checker.Violations.Take(5).Select(v => v.ToString()).Append(result.Trouble).OfType<string>())
                {
                    tell($"  {line}");
                }
            }

            lines.Add(notDone is null ? Row(fault, nodes, done, counts) : $"| {Faults.Word(fault)} | {nodes} | 0 | not tried: {notDone} | | | | | | | |");
        }

        lines.ForEach(tell);
        return violations;
    }

    private static string Words(TimeSpan? time, string what) => time is { } t ? $", {what} {Figures.Seconds(t)}" : "";

    private static string Row(Fault fault, int nodes, List<TrialResult> done, long[] counts)
    {
        var gaps = done.Select(r => r.Gap).ToList();
        return string.Create(
            CultureInfo.InvariantCulture,
            $"| {Faults.Word(fault)} | {nodes} | {done.Count} | {Figures.Seconds(Figures.Median(gaps))} | {Figures.Seconds(gaps.Max())} | {Worst(r => r.Told)} | {Middle(r => r.Back)} | {Worst(r => r.Back)} | {counts[0]} | {counts[1]} | {counts[2]} |");

        string Worst(Func<TrialResult, TimeSpan?> of) => done.Max(of) is { } time ? Figures.Seconds(time) : "";
        string Middle(Func<TrialResult, TimeSpan?> of) => done.Select(of).OfType<TimeSpan>().ToList() is { Count: > 0 } some ? Figures.Seconds(Figures.Median(some)) : "";
    }

    private async Task<(TrialResult Result, TranscriptChecker Checker)> One(Fault fault, int nodes, TimeSpan hold, int seed, CancellationToken cancel)
    {
        // Without namespaces where they are not needed: they are more than a room on one machine has.
        var whyNot = Faults.NeedsNetwork(fault) && bind != Fleet.Loopback ? "its cables are for IPv4" : "";
        using var network = Faults.NeedsNetwork(fault) && whyNot.Length == 0 ? Network.TryBuild(will, out whyNot) : null;
        await using var fleet = new Fleet(will, network, bind: bind);
        if (whyNot.Length > 0)
        {
            return (new TrialResult(fault, "", TimeSpan.Zero, null, null, whyNot, null), fleet.Checker);
        }

        await fleet.Start(nodes, cancel);
        fleet.Talk(perSecond);
        await Task.Delay(Warm, cancel);
        var trial = new Trial(fleet, network);
        if (await trial.Ready(cancel) is { } trouble)
        {
            return (new TrialResult(fault, "", TimeSpan.Zero, null, null, null, trouble), fleet.Checker);
        }

        var result = await trial.Run(fault, hold, new Random(seed), cancel);
        if (await fleet.Settle(Fleet.Patience, cancel) is { } missing)
        {
            result = result with { Trouble = result.Trouble ?? missing };
        }

        fleet.Checker.Finish();
        return (result, fleet.Checker);
    }
}
