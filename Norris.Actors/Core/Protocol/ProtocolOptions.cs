namespace Norris.Core.Protocol;

/// <summary>What a person may tune. The values in use are in hocon/norris.hocon, each with its reason; times are in milliseconds.</summary>
public sealed record ProtocolOptions
{
    /// <summary>Used by a node that starts a new room; the others follow the room.</summary>
    public DeliveryLevel Delivery { get; init; } = DeliveryLevel.Uniform;

    /// <summary>How long a gap in the numbers may stay open before the missing entries are asked for.</summary>
    public long GapTimeout { get; init; } = 50;

    /// <summary>How long what was asked for (a join, a gap's entries, a promise) may take before it is asked for again.</summary>
    public long AskAgainAfter { get; init; } = 200;

    /// <summary>How long the oldest message in the outbox may wait for its place without any progress before it is resubmitted.</summary>
    public long ResubmitAfter { get; init; } = 1000;

    /// <summary>How often the host says where the order stands, and how far each member is.</summary>
    public long ProgressEvery { get; init; } = 200;

    /// <summary>How long a recovery that has its quorum waits for the other reachable members.</summary>
    public long RecoveryGrace { get; init; } = 100;

    /// <summary>
    /// How long a sequencer waits for a quorum's acks before it stops numbering and recovers again. Longer than <see cref="Limits.TieAfter"/>, or
    /// half of a membership would never get to decide alone.
    /// </summary>
    public long NoMajorityAfter { get; init; } = 3000;

    /// <summary>How long a member may hear nothing of the host before its users are told that the host is silent.</summary>
    public long TouchLostAfter { get; init; } = 1500;

    /// <summary>How long a member must have heard nothing of the host before it counts as one for whom the host is silent.</summary>
    public long HostSilentAfter { get; init; } = 2000;

    /// <summary>How long a host must have heard nothing of a node before it takes that node out.</summary>
    public long NodeSilentAfter { get; init; } = 4000;

    /// <summary>How long a live owner of a name has to show life before its name is taken over by the same owner's new session.</summary>
    public long GhostTimeout { get; init; } = 2000;

    /// <summary>What a log keeps for members that are behind, and a node's delivered log for readers that are, in bytes. A member further behind is expelled, a reader misses that.</summary>
    public long RetainedBytes { get; init; } = 32 * 1024 * 1024;

    /// <summary>What a replica holds back of entries that came early, in bytes.</summary>
    public long HeldBackBytes { get; init; } = 8 * 1024 * 1024;

    /// <summary>What a user's outbox takes before it refuses, in bytes.</summary>
    public long OutboxBytes { get; init; } = 4 * 1024 * 1024;

    /// <summary>How much of the outbox may be under way to the sequencer at once, in bytes.</summary>
    public long OutboxWindowBytes { get; init; } = 1024 * 1024;
}
