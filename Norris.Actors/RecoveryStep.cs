using Norris.Core.Protocol;

namespace Norris.Actors;

/// <summary>What a node did or found out while a room was without a host.</summary>
public enum RecoveryStepKind
{
    /// <summary>It has not heard the host for long, and asks the others.</summary>
    Silent,

    /// <summary>It has proof that another node is dead.</summary>
    Dead,

    /// <summary>It took another node out of the cluster.</summary>
    TakenOut,

    /// <summary>Its reign is over: it numbers no more, and asks anew.</summary>
    Ended,

    /// <summary>It wants to host, and asks all for promises.</summary>
    Asks,

    /// <summary>It promised another node, or itself, to follow no lower epoch.</summary>
    Promises,

    /// <summary>It has a quorum of promises, and goes on with the best log.</summary>
    Chooses,

    /// <summary>It hosts: a new epoch begins.</summary>
    Reigns,

    /// <summary>It follows the host of a new epoch.</summary>
    Follows,

    /// <summary>A user of its hands over again what has no place in the order yet.</summary>
    Resubmits,
}

/// <summary>One step of a change of host, as the node that took it tells it. Immutable.</summary>
/// <param name="Number">1, 2, 3 … of this node, also when it starts again as a newcomer.</param>
/// <param name="At">Milliseconds since 1970, UTC, by the node's clock.</param>
/// <param name="Kind">What it did or found out.</param>
/// <param name="Epoch">The reign that it is about; 0: none.</param>
/// <param name="Node">Whom it is about: who is dead, who gets the promise, whose log is the best, who hosts; null: nobody else.</param>
public sealed record RecoveryStep(long Number, long At, RecoveryStepKind Kind, Epoch Epoch, NodeId? Node)
{
    /// <summary>How many steps a node remembers.</summary>
    public const int Kept = 32;

    /// <summary>With a promise: the node has everything up to here.</summary>
    public SequenceNumber Received { get; init; }

    /// <summary>With a promise: the epoch of the last entry that the node has.</summary>
    public Epoch LastEpoch { get; init; }

    /// <summary>How many messages are handed over again.</summary>
    public long Count { get; init; }

    /// <summary>For people: why a reign ended or a node was taken out, and where a new reign goes on; empty where the kind says it all.</summary>
    public string Why { get; init; } = "";
}
