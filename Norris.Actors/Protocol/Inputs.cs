namespace Norris.Actors.Protocol;

/// <summary>The time, handed to a machine with every input.</summary>
/// <param name="Elapsed">Milliseconds on a clock that never goes back. What waits, waits by this one.</param>
/// <param name="Wall">Milliseconds since 1970, UTC, by this machine's clock, which may jump. For stamps that people read, and to notice that the other clock stood still.</param>
public readonly record struct Now(long Elapsed, long Wall)
{
    /// <summary>
    /// How long ago a moment of the same process was, in milliseconds: by whichever clock says more, for a machine that sleeps may stop the one and
    /// not the other. Long, where there was no such moment.
    /// </summary>
    public long Since(Now then) => then == default ? long.MaxValue : Math.Max(Elapsed - then.Elapsed, Wall - then.Wall);
}

/// <summary>What the cluster says of its nodes, as the sequencer's node sees it.</summary>
/// <param name="Present">Every node that is part of the cluster, reachable or not.</param>
/// <param name="Dead">Nodes whose process is proven to be gone (docs/protocol.md); the dead cannot disagree.</param>
public sealed record ClusterView(IReadOnlySet<NodeId> Present, IReadOnlySet<NodeId> Dead);

/// <summary>How the machines are told the time: at every tick, or, while they are quiet, at fewer.</summary>
public static class Ticks
{
    /// <summary>A quiet machine needs one tick in so many. Its reports come every other one of those, and nothing else is waited for.</summary>
    public const int OneInWhenQuiet = 4;
}
