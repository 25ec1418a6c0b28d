using System.Diagnostics.Metrics;

namespace Norris.Actors;

/// <summary>The library's meter.</summary>
public static class NorrisMetrics
{
    public const string MeterName = "Norris";

    private static readonly Meter Meter = new(MeterName);

    /// <summary>How often two nodes disagreed about the transcript. It must always be 0.</summary>
    internal static readonly Counter<long> Divergences = Meter.CreateCounter<long>(
        "norris.divergences", description: "Transcript hashes that differed between nodes; must be 0.");
}
