namespace Norris.Core.Protocol;

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

    /// <summary>Whether something that is done every so many milliseconds has to be done now; null: it was never done.</summary>
    internal bool IsDue(long? last, long every) => last is null || Elapsed - last >= every;
}

/// <summary>What the cluster says of its nodes, as one node sees it.</summary>
/// <param name="Present">Every node that is part of the cluster, reachable or not.</param>
/// <param name="Dead">Nodes that are proven to be gone (docs/protocol.md), whether they died or left properly; the dead cannot disagree.</param>
public sealed record ClusterView(IReadOnlySet<NodeId> Present, IReadOnlySet<NodeId> Dead)
{
    private static readonly IReadOnlySet<NodeId> Nobody = new HashSet<NodeId>();

    /// <summary>Before anything is known.</summary>
    public static ClusterView Empty { get; } = new(Nobody, Nobody);

    /// <summary>Those of <see cref="Dead"/> that left properly.</summary>
    public IReadOnlySet<NodeId> Left { get; init; } = Nobody;

    /// <summary>
    /// Those of <see cref="Present"/> that somebody's failure detector does not reach, the oldest first: until they are back or out, the cluster lets
    /// nobody in and nobody go. This node is among them where it is at one end itself: where its own detector does not reach one of them.
    /// </summary>
    public IReadOnlyList<NodeId> Unreachable { get; init; } = [];

    /// <summary>Somebody waits for the cluster to be let in, or to be let go.</summary>
    public bool SomebodyWaits { get; init; }

    /// <summary>The node on which the cluster runs the sequencer: the oldest one. Null while none is known.</summary>
    public NodeId? Oldest { get; init; }

    /// <summary>
    /// When this node last began to ask who listens now at the addresses of those who are out, by <see cref="Now.Elapsed"/>; since then each has answered, or
    /// had its time. The highest of all where there is nobody to ask.
    /// </summary>
    public long LookedAround { get; init; } = long.MaxValue;
}

/// <summary>How the machines are told the time: at every tick, or, while they are quiet, at fewer.</summary>
public static class Ticks
{
    /// <summary>A quiet machine needs one tick in so many. Its reports come every other one of those, and nothing else is waited for.</summary>
    public const int OneInWhenQuiet = 4;

    /// <summary>
    /// A machine that was not told the time for so long stood still itself, in milliseconds: then it is no wonder that it heard nobody. Five times the
    /// longest pause between two ticks.
    /// </summary>
    public const long StoodStill = 500;
}
