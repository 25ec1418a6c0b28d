using System.Diagnostics;
using System.Globalization;

namespace Norris.Tests.Fuzz;

/// <summary>Draws inputs one after the other, until one breaks something or there have been enough.</summary>
internal sealed class FuzzRun(Fuzzer fuzzer, ulong seed, string? only)
{
    /// <summary>What does not end by then hangs: the processor's time, which others may want too.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan ProgressEvery = TimeSpan.FromSeconds(10);

    private readonly Dictionary<string, Tally> _tallies = fuzzer.Targets.ToDictionary(t => t.Name, _ => new Tally());
    private long _number;

    public IReadOnlyDictionary<string, Tally> Tallies => _tallies;

    /// <summary>What broke; null: nothing did.</summary>
    /// <param name="inputs">How many at most.</param>
    /// <param name="time">For how long at most.</param>
    /// <param name="progress">Is told now and then, and in the end.</param>
    public string? Run(long inputs, TimeSpan time, Action<string> progress)
    {
        var watch = Stopwatch.StartNew();
        Fault? fault = null;

        // On a thread of its own, which can be given up.
        var work = new Thread(() =>
        {
            for (; fault is null && _number < inputs && watch.Elapsed < time; Interlocked.Increment(ref _number))
            {
                fault = Try(_number);
            }
        })
        { IsBackground = true };
        work.Start();
        for (var (seen, since) = (-1L, Environment.CpuUsage.TotalTime); !work.Join(ProgressEvery);)
        {
            if (Interlocked.Read(ref _number) is var now && now != seen)
            {
                (seen, since) = (now, Environment.CpuUsage.TotalTime);
                progress(string.Create(CultureInfo.InvariantCulture, $"… {now:N0} inputs, {watch.Elapsed:hh\\:mm\\:ss}"));
            }
            else if (Environment.CpuUsage.TotalTime - since > Patience)
            {
                return $"input {now} hangs\n  replay: {Command(now)}";
            }
        }

        progress(Summary(watch.Elapsed));
        return fault is null ? null : $"{fault.Target.Name}, input {_number - 1}: {fault.Why}\n  replay: {Command(_number - 1)}";
    }

    /// <summary>One input alone.</summary>
    public Fault? Try(long number)
    {
        var (target, input) = fuzzer.Draw(number);
        return Fuzzer.Try(target, input, _tallies[target.Name]);
    }

    private string Command(long number) =>
        $"dotnet run --project Norris.Tests -c Release -- fuzz --seed {seed}{(only is null ? "" : $" --target {only}")} --input {number}";

    private string Summary(TimeSpan took)
    {
        var lines = _tallies.Where(t => t.Value.Inputs > 0).Select(t => string.Create(
            CultureInfo.InvariantCulture,
            $"{t.Key,-12} {t.Value.Inputs,12:N0} {t.Value.Taken,12:N0} {t.Value.Inputs - t.Value.Taken,12:N0} {t.Value.Longest.TotalMilliseconds,11:N1} {t.Value.MostBytes,16:N0}"));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"""
            {"target",-12} {"inputs",12} {"taken",12} {"refused",12} {"longest, ms",11} {"most memory, B",16}
            {string.Join('\n', lines)}
            seed {seed}: {_tallies.Values.Sum(t => t.Inputs):N0} inputs in {took.TotalSeconds:N0} s
            """);
    }
}
