using System.Diagnostics;
using System.Globalization;
using Norris.Lab.Processes;
using Norris.Lab.Rooms;

namespace Norris.Lab.Chaos;

/// <summary>
/// A room under load, and one fault after the other, drawn from a seed. The schedule is a function of the seed; which process it hits, and
/// at which message, is up to the machine.
/// </summary>
internal sealed class ChaosRun(Fleet fleet, Network? network, int nodes, int seed, double perSecond, Action<string> tell)
{
    private const int MostExtra = 2;
    private readonly Random _random = new(seed);
    private readonly List<TrialResult> _results = [];
    private readonly List<string> _troubles = [];
    private readonly HashSet<string> _notDone = [];
    private readonly long _begin = Stopwatch.GetTimestamp();

    public long Violations => fleet.Checker.ViolationCount + _troubles.Count;

    public async Task Run(TimeSpan duration, CancellationToken cancel)
    {
        await fleet.Start(nodes, cancel);
        fleet.Talk(perSecond);
        var trial = new Trial(fleet, network);
        while (Stopwatch.GetElapsedTime(_begin) < duration && _troubles.Count == 0)
        {
            if (await trial.Ready(cancel) is { } notReady)
            {
                Trouble(notReady);
                break;
            }

            var fault = Draw(_random, network is not null, fleet.Living.Count);
            var hold = Hold(_random);
            var pause = TimeSpan.FromSeconds(_random.NextDouble() * 2);
            if (_notDone.Contains(Faults.Word(fault)))
            {
                continue;
            }

            await Task.Delay(pause, cancel);
            var result = await trial.Run(fault, hold, _random, cancel);
            if (result.NotDone is { } notDone)
            {
                tell($"{Faults.Word(fault)} is left out: {notDone}");
                _notDone.Add(Faults.Word(fault));
                continue;
            }

            _results.Add(result);
            tell(Line(result));
            if (result.Trouble is { } trouble)
            {
                Trouble(trouble);
                break;
            }

            await Refill(cancel);
        }

        if (await fleet.Settle(Fleet.Patience, cancel) is { } missing)
        {
            tell($"still missing after {Fleet.Patience.TotalSeconds:0} s: {missing}");
        }

        fleet.Checker.Finish();
    }

    /// <summary>One fault of those that fit, the rarer and ruder ones less often.</summary>
    public static Fault Draw(Random random, bool hasNetwork, int nodes)
    {
        var all = Enum.GetValues<Fault>().Where(f => nodes >= Faults.FewestNodes(f) && (hasNetwork || !Faults.NeedsNetwork(f))).ToList();
        var weighed = all.SelectMany(f => Enumerable.Repeat(f, f switch { Fault.KillHost => 4, Fault.KillAllButOne => 1, _ => 2 })).ToList();
        return weighed[random.Next(weighed.Count)];
    }

    public IEnumerable<string> Summary()
    {
        var minutes = Stopwatch.GetElapsedTime(_begin).TotalMinutes;
        yield return string.Create(
            CultureInfo.InvariantCulture,
            $"seed {seed}, {minutes:0.0} minutes, {nodes} nodes ({fleet.All.Count} processes in all), {fleet.All.Sum(n => (long)n.Transcript.TypedCount):N0} messages said, {fleet.Checker.Lines:N0} lines compared");
        yield return string.Create(CultureInfo.InvariantCulture, $"{"fault",-30} {"times",5} {"gap: median",11} {"worst",7} {"back: median",12} {"worst",7}");
        foreach (var kind in _results.GroupBy(r => r.Fault).OrderBy(g => g.Key))
        {
            var gaps = kind.Select(r => r.Gap).ToList();
            var back = kind.Where(r => r.Back is not null).Select(r => r.Back!.Value).ToList();
            var backs = back.Count == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $" {Figures.Seconds(Figures.Median(back)),12} {Figures.Seconds(back.Max()),7}");
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"{Faults.Word(kind.Key),-30} {kind.Count(),5} {Figures.Seconds(Figures.Median(gaps)),11} {Figures.Seconds(gaps.Max()),7}{backs}");
        }

        if (fleet.Checker.AnnouncedLosses > 0)
        {
            yield return $"{fleet.Checker.AnnouncedLosses} lines were shown only by nodes that died with the majority; the room said that messages may be gone";
        }

        yield return $"violations: {Violations}";
        foreach (var line in fleet.Checker.Violations.Select(v => v.ToString()).Concat(_troubles).Take(20))
        {
            yield return $"  {line}";
        }
    }

    // Mostly blinks that nobody should act on and stretches that everybody has to.
    private static TimeSpan Hold(Random random) =>
        random.Next(3) == 0 ? TimeSpan.FromMilliseconds(random.Next(100, 1500)) : TimeSpan.FromSeconds(4 + random.NextDouble() * 12);

    private static string Words(TimeSpan? time, string what) => time is { } t ? $", {what} {Figures.Seconds(t)}" : "";

    private string Line(TrialResult r) => string.Create(
        CultureInfo.InvariantCulture,
        $"{Stopwatch.GetElapsedTime(_begin):hh\\:mm\\:ss} {Faults.Word(r.Fault)}{(r.Victims.Length > 0 ? $" ({r.Victims})" : "")}: gap {Figures.Seconds(r.Gap)}{Words(r.Told, "told after")}{Words(r.Back, "back after")}");

    private void Trouble(string what)
    {
        _troubles.Add(what);
        tell(what);
    }

    /// <summary>As many nodes as there should be: newcomers for those who went, and no more than a few too many.</summary>
    private async Task Refill(CancellationToken cancel)
    {
        while (fleet.Living.Count < nodes)
        {
            Fleet.Talk(await fleet.Join(cancel), perSecond);
        }

        foreach (var node in fleet.Living)
        {
            Fleet.Talk(node, perSecond);
        }

        if (fleet.Living.Count > nodes + MostExtra)
        {
            var last = fleet.Living[^1];
            last.Leave();
            await Task.WhenAny(last.WhenExited, Task.Delay(Fleet.Patience, cancel));
        }
    }
}
