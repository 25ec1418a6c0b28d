using System.Diagnostics;
using System.Globalization;
using Norris.Tests.Architecture;
using Norris.Tests.Simulation;

namespace Norris.Tests.Fuzz;

/// <summary>What is wrong with what one input did.</summary>
internal sealed record Fault(FuzzTarget Target, byte[] Input, string Why);

/// <summary>How many inputs a target had, and how many of them were good for something.</summary>
internal sealed class Tally
{
    public long Inputs { get; private set; }

    public long Taken { get; private set; }

    /// <summary>What one took at most, in bytes.</summary>
    public long MostBytes { get; private set; }

    public TimeSpan Longest { get; private set; }

    public void Add(bool isTaken, long bytes, TimeSpan took)
    {
        Inputs++;
        Taken += isTaken ? 1 : 0;
        MostBytes = Math.Max(MostBytes, bytes);
        Longest = took > Longest ? took : Longest;
    }
}

/// <summary>All parsers, and inputs for them: the same for the same seed and number.</summary>
internal sealed class Fuzzer : IDisposable
{
    /// <summary>How long one input may take.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);

    /// <summary>The first time code is compiled, tables are filled, and the machine may be busy.</summary>
    private const int Attempts = 3;

    private readonly WireTargets _wire = new();
    private readonly WebTarget _web = new();
    private readonly IReadOnlyList<FuzzTarget> _lots;
    private readonly ulong _seed;

    public Fuzzer(ulong seed, string? only = null)
    {
        _seed = seed;
        Targets = [.. _wire.All(), .. NodeTargets.All(), _web.Target];
        foreach (var (target, input) in Corpus())
        {
            target.Add(input);
        }

        _lots = [.. Targets.Where(t => only is null || t.Name == only).SelectMany(t => Enumerable.Repeat(t, t.Share))];
    }

    public IReadOnlyList<FuzzTarget> Targets { get; }

    /// <summary>What broke something once, and what comes from elsewhere: a folder for each target.</summary>
    public IEnumerable<(FuzzTarget Target, byte[] Input)> Corpus() =>
        from target in Targets
        let folder = Path.Combine(DocsSpec.Root, "Norris.Tests", "Fuzz", "Corpus", target.Name)
        where Directory.Exists(folder)
        from file in Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal)
        select (target, File.ReadAllBytes(file));

    public (FuzzTarget Target, byte[] Input) Draw(long number)
    {
        var dice = new Dice(new Dice(_seed ^ (ulong)number * 0x9e3779b97f4a7c15).Next());
        var target = dice.Of(_lots);
        return (target, target.Draw(dice));
    }

    /// <summary>Null: all is well.</summary>
    public static Fault? Try(FuzzTarget target, byte[] input, Tally tally)
    {
        var limit = target.Fixed + (long)target.PerByte * input.Length;
        for (var attempt = 1; ; attempt++)
        {
            var watch = Stopwatch.StartNew();
            var worked = attempt == 1 ? default : Environment.CpuUsage.TotalTime;
            var allocated = GC.GetAllocatedBytesForCurrentThread();
            object? read;
            try
            {
                read = target.Read(input);
                allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
                if (read is not null)
                {
                    target.Check(read);
                }
            }
            catch (Exception e)
            {
                return new Fault(target, input, e.ToString());
            }

            // Again, it is what the processor has done that counts: others want it too.
            var took = attempt == 1 ? watch.Elapsed : Environment.CpuUsage.TotalTime - worked;
            if (took <= Limit && allocated <= limit)
            {
                tally.Add(read is not null, allocated, took);
                return null;
            }

            if (attempt == Attempts)
            {
                return new Fault(target, input, string.Create(
                    CultureInfo.InvariantCulture,
                    $"{input.Length:N0} bytes took {took.TotalMilliseconds:N0} ms and {allocated:N0} bytes of memory; {Limit.TotalMilliseconds:N0} ms and {limit:N0} bytes are the most"));
            }
        }
    }

    public void Dispose()
    {
        _web.Dispose();
        _wire.Dispose();
    }
}
