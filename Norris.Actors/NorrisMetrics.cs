using System.Diagnostics.Metrics;
using Norris.Core.Protocol;

namespace Norris.Actors;

/// <summary>The library's meter.</summary>
public static class NorrisMetrics
{
    private static readonly Meter Meter = new("Norris");

    /// <summary>How often two nodes disagreed about the transcript. It must always be 0.</summary>
    internal static readonly Counter<long> Divergences = Meter.CreateCounter<long>(
        "norris.divergences", description: "Transcript hashes that differed between nodes; must be 0.");

    internal static readonly Counter<long> Ordered = Meter.CreateCounter<long>(
        "norris.messages.ordered", description: "Messages that got their place here, while this node was host.");

    internal static readonly Counter<long> Delivered = Meter.CreateCounter<long>(
        "norris.messages.delivered", description: "Messages delivered here.");

    public static string MeterName => Meter.Name;

    internal static int Messages(Entry entry) => entry is Said said ? said.Block.Count : 0;
}
