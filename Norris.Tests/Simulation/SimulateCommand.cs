using System.Diagnostics;
using System.Globalization;

namespace Norris.Tests.Simulation;

/// <summary>What came of one seed.</summary>
public sealed record Outcome(ulong Seed, ViolationException? Violation, long At, Statistics Statistics)
{
    /// <summary>Which of <see cref="Scenario.Named"/> it was; empty: as the seed stands for.</summary>
    public string With { get; init; } = "";

    public static string Command(ulong seed) => $"dotnet run --project Norris.Tests -c Release -- simulate --seed {seed} --trace";

    public static Outcome Of(ulong seed, string with, TextWriter? trace) =>
        Of(seed, with.Length > 0 ? new Breakage { Where = Scenario.Named[with] } : null, trace) with { With = with };

    public static Outcome Of(ulong seed, Breakage? breakage = null, TextWriter? trace = null)
    {
        breakage ??= new Breakage();
        var simulator = new Simulator(breakage.Where(Scenario.Draw(seed)), trace is null ? Trace.Off : new Trace(trace), breakage);
        try
        {
            simulator.Run();
            return new Outcome(seed, null, simulator.Now, simulator.Statistics);
        }
        catch (ViolationException e)
        {
            return new Outcome(seed, e, simulator.Now, simulator.Statistics);
        }
    }

    public override string ToString() => Violation is null
        ? $"seed {Seed}: all promises kept"
        : string.Create(CultureInfo.InvariantCulture, $"seed {Seed}, at {At / 1000} ms: {Violation.Message}\n  replay: {Command(Seed)}{(With.Length > 0 ? $" --with {With}" : "")}");
}

/// <summary><c>simulate [--seed N [--trace]] [--seeds COUNT] [--from N] [--with NAME]</c></summary>
public static class SimulateCommand
{
    private static readonly string Usage =
        $"usage: simulate --seed N [--trace] | simulate --seeds COUNT [--from N]; each also --with {string.Join('|', Scenario.Named.Keys)}";

    private static readonly TimeSpan ProgressEvery = TimeSpan.FromSeconds(10);

    public static int Run(string[] args, TextWriter output)
    {
        ulong? seed = null;
        ulong from = 1;
        ulong count = 1000;
        var trace = false;
        var with = "";
        for (var i = 0; i < args.Length; i++)
        {
            var isNumber = ulong.TryParse(args.ElementAtOrDefault(i + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number);
            switch (args[i])
            {
                case "--trace":
                    trace = true;
                    continue;
                case "--seed" when isNumber:
                    seed = number;
                    break;
                case "--seeds" when isNumber:
                    count = number;
                    break;
                case "--with" when i + 1 < args.Length && Scenario.Named.ContainsKey(args[i + 1]):
                    with = args[i + 1];
                    break;
                case "--from" when isNumber:
                    from = number;
                    break;
                default:
                    output.WriteLine(Usage);
                    return 2;
            }

            i++;
        }

        if (seed is not { } one)
        {
            return RunMany(from, count, with, output);
        }

        var outcome = Outcome.Of(one, with, trace ? output : null);
        output.WriteLine(outcome);
        return outcome.Violation is null ? 0 : 1;
    }

    private static int RunMany(ulong from, ulong count, string with, TextWriter output)
    {
        var watch = Stopwatch.StartNew();
        var lastWord = watch.Elapsed;
        var total = new Statistics();
        var violations = 0;
        for (var seed = from; seed < from + count; seed++)
        {
            var outcome = Outcome.Of(seed, with, null);
            total.Add(outcome.Statistics);
            if (outcome.Violation is not null)
            {
                violations++;
                output.WriteLine(outcome);
            }

            // Nothing of a seed outlives it: here there is next to nothing to keep, and in the middle of the next seed there is much.
            GC.Collect(0);
            if (watch.Elapsed - lastWord > ProgressEvery)
            {
                lastWord = watch.Elapsed;
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"… {total.Seeds} seeds, {total.Steps:N0} steps, {violations} violations, {watch.Elapsed:hh\\:mm\\:ss}"));
            }
        }

        output.WriteLine(Summary(total, violations, watch.Elapsed));
        return violations == 0 ? 0 : 1;
    }

    public static string Summary(Statistics total, int violations, TimeSpan took)
    {
        var faults = string.Join(", ", Enum.GetValues<Fault>().Select(f => string.Create(CultureInfo.InvariantCulture, $"{f} {total.Of(f):N0}")));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"""
            seeds      {total.Seeds:N0} in {took.TotalSeconds:F0} s ({total.VirtualTime / 3_600_000_000.0:F1} h of virtual time)
            steps      {total.Steps:N0}, messages on the network {total.Messages:N0}
            said       {total.Submitted:N0} accepted, {total.Refused:N0} refused by a full outbox; deliveries {total.Deliveries:N0}
            faults     {faults}
            reigns     {total.Reigns:N0}; rooms {total.NewRooms:N0}; exclusions {total.Expulsions:N0}; histories lost with the dead, and said so: {total.Losses:N0}
            violations {violations:N0}
            """);
    }
}
