using System.Text.Json.Serialization;

namespace Norris.Lab.Bench;

/// <summary>What one row came to. Without the warm-up, which is told apart.</summary>
internal sealed record RowResult
{
    public required string Row { get; init; }

    public required int Nodes { get; init; }

    public required string Unit { get; init; }

    /// <summary>The median of the rounds; null where the row has quantiles instead.</summary>
    public double? Value { get; init; }

    public double? Min { get; init; }

    public double? P50 { get; init; }

    public double? P99 { get; init; }

    /// <summary>The largest of the rounds; where there are quantiles, the median of the rounds' largest.</summary>
    public double? Max { get; init; }

    public double? WarmUp { get; init; }

    public IReadOnlyList<double> Rounds { get; init; } = [];

    /// <summary>User and system time of all members a message, in microseconds: the median.</summary>
    public double? CpuPerMessage { get; init; }

    /// <summary>The host's share of that.</summary>
    public double? HostCpuPerMessage { get; init; }

    public string Order => Verdict.SameOrder ? "same" : "different";

    public long Lost => Verdict.Lost;

    public long Doubled => Verdict.Doubled;

    [JsonIgnore]
    public Verdict Verdict { get; init; } = Verdict.Clean;

    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return (sorted[sorted.Length / 2] + sorted[(sorted.Length - 1) / 2]) / 2;
    }

    public static RowResult Of(string row, int nodes, string unit, IReadOnlyList<double> rounds, Verdict verdict) => new()
    {
        Row = row,
        Nodes = nodes,
        Unit = unit,
        Value = Median(rounds),
        Min = rounds.Min(),
        Max = rounds.Max(),
        Rounds = rounds,
        Verdict = verdict,
    };
}
