using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using Norris.Core.Protocol;

namespace Norris.Actors;

/// <summary>What the library measures and traces, for <c>AddMeter</c> and <c>AddSource</c> of OpenTelemetry. Everything has the tag <c>norris.room</c>.</summary>
public static class NorrisDiagnostics
{
    /// <summary>The name of the library's meter.</summary>
    public const string MeterName = "Norris";

    /// <summary>The name of the library's activity source. An activity is one <see cref="RoomUser.SayAsync(string, Norris.Core.Protocol.Relation?, CancellationToken)"/>.</summary>
    public const string ActivitySourceName = "Norris";

    internal const string RoomTag = "norris.room";
    internal const string NumberTag = "norris.number";

    internal static readonly ActivitySource Source = new(ActivitySourceName);

    private static readonly Meter Meter = new(MeterName);

    /// <summary>How often two nodes disagreed about the transcript. It must always be 0.</summary>
    internal static readonly Counter<long> Divergences = Meter.CreateCounter<long>(
        "norris.divergences", "{disagreement}", "Transcript hashes that differed between nodes; must be 0.");

    internal static readonly Counter<long> Ordered = Meter.CreateCounter<long>(
        "norris.messages.ordered", "{message}", "Messages that got their place here, while this node was host.");

    internal static readonly Counter<long> Delivered = Meter.CreateCounter<long>(
        "norris.messages.delivered", "{message}", "Messages delivered here.");

    /// <summary>Has all counters be there, for who listens.</summary>
    public static void Start() => RuntimeHelpers.RunClassConstructor(typeof(NorrisDiagnostics).TypeHandle);

    internal static KeyValuePair<string, object?> TagOf(RoomId room) => new(RoomTag, room.ToString());

    internal static int Messages(Entry entry) => entry is Said said ? said.Block.Count : 0;
}
