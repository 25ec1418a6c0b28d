using System.Diagnostics;
using Norris.Lab.Processes;
using Norris.Lab.Rooms;

namespace Norris.Lab.Chaos;

/// <summary>How a room took one fault.</summary>
/// <param name="Gap">The longest silence at one of those who were spared.</param>
/// <param name="Told">From the fault to the moment at which the last victim's own screen said that it is cut off; null: does not apply.</param>
/// <param name="Back">From the end of the fault to the moment at which everybody hears everybody again; null: does not apply.</param>
/// <param name="Trouble">What should not be; null: nothing.</param>
internal sealed record TrialResult(Fault Fault, string Victims, TimeSpan Gap, TimeSpan? Told, TimeSpan? Back, string? NotDone, string? Trouble);

/// <summary>Does one fault to a room that talks, and watches how it takes it.</summary>
internal sealed class Trial(Fleet fleet, Network? network)
{
    /// <summary>Results are strict, time is not: after this the room has not gone on.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>Watched at least for so long, whatever happens.</summary>
    private static readonly TimeSpan Watched = TimeSpan.FromSeconds(2);

    /// <summary>All nodes are well, agree on the host, and hear each other.</summary>
    public async Task<string?> Ready(CancellationToken cancel)
    {
        var spoken = Fleet.Spoken(fleet.Living);
        var ready = await fleet.Comes(() => fleet.Living.All(n => n.IsWell) && Fleet.GoOn(fleet.Living, spoken) && AgreeOnHost(), Limit, cancel);
        return ready ? null : $"not everybody hears everybody: {Describe()}";
    }

    /// <param name="hold">How long a fault that can be undone lasts.</param>
    public async Task<TrialResult> Run(Fault fault, TimeSpan hold, Random random, CancellationToken cancel)
    {
        var strike = Strike.Plan(fleet, network, fault, random);
        var names = string.Join(", ", strike.Victims.Select(v => v.Name));
        var told = new Dictionary<NodeProcess, long>();
        void Listen(NodeProcess node, NodeLine line)
        {
            if (line.Event == "connection" && line.Text("state") != "connected" && strike.Victims.Contains(node))
            {
                told.TryAdd(node, Stopwatch.GetTimestamp());
            }
        }

        fleet.LineCame += Listen;
        try
        {
            fleet.ForgetTimes();
            var spoken = Fleet.Spoken(strike.Spared);
            var begin = Stopwatch.GetTimestamp();
            await strike.Do(cancel);
            var newcomer = fault == Fault.Join ? await fleet.Join(cancel) : null;
            if (strike.NotDone is not null)
            {
                return new TrialResult(fault, names, TimeSpan.Zero, null, null, strike.NotDone, null);
            }

            spoken = Fleet.Spoken(strike.Spared);
            var lasts = Faults.Heals(fault) ? hold : Watched;
            await Task.Delay(Positive(lasts - Stopwatch.GetElapsedTime(begin)), cancel);
            TimeSpan? back = null;
            string? trouble = null;
            if (Faults.Heals(fault))
            {
                // The gap is that of the fault while it lasts; a short one may be over before anybody has acted on it.
                var gapSoFar = fleet.LongestSilence(strike.Spared);
                strike.Undo();
                var undone = Stopwatch.GetTimestamp();
                spoken = Fleet.Spoken(fleet.Living);
                trouble = await Goes(fleet.Living, spoken, cancel);
                back = Stopwatch.GetElapsedTime(undone);
                var gap = Max(gapSoFar, fleet.LongestSilence(strike.Spared));
                var late = told.Count == strike.Victims.Count && Faults.NeedsNetwork(fault) ? Stopwatch.GetElapsedTime(begin, told.Values.Max()) : (TimeSpan?)null;
                return new TrialResult(fault, names, gap, late, back, null, trouble ?? Ended());
            }

            trouble = await Goes(strike.Spared, spoken, cancel);
            var silence = fleet.LongestSilence(strike.Spared);
            if (newcomer is not null)
            {
                // As many as before: a chaos run of an hour is still one of so many nodes.
                back = Stopwatch.GetElapsedTime(begin);
            }

            return new TrialResult(fault, names, silence, null, back, null, trouble ?? Ended());
        }
        finally
        {
            fleet.LineCame -= Listen;
        }
    }

    private static TimeSpan Positive(TimeSpan time) => time > TimeSpan.Zero ? time : TimeSpan.Zero;

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;

    private async Task<string?> Goes(IReadOnlyList<NodeProcess> nodes, IReadOnlyDictionary<NodeProcess, int> since, CancellationToken cancel) =>
        await fleet.Comes(() => nodes.All(n => n.IsWell) && Fleet.GoOn(nodes, since), Limit, cancel)
            ? null
            : $"after {Limit.TotalSeconds:0} s not everybody hears everybody: {Describe()}";

    private string? Ended() =>
        fleet.Living.FirstOrDefault(n => n.HasExited) is { } node ? $"{node.Name} ended of its own accord, exit code {node.ExitCode}: {node.Errors}" : null;

    private bool AgreeOnHost() => fleet.Living.Select(n => n.Host).Distinct().Count() == 1 && fleet.Host is not null;

    private string Describe() => string.Join(
        "; ", fleet.Living.Select(n => $"{n.Name} {(n.HasExited ? "ended" : n.Connection)}{(n.Affliction is { } a ? $" ({a})" : "")}, host {n.Host}, epoch {n.Epoch}, seq {n.Seq}"));
}
