using Norris.Core.Room;

namespace Norris.Core.Protocol;

/// <summary>What a node tells whoever reads what it delivers: the order, and what happens to the node between two entries of it. A closed set.</summary>
public abstract record News : Effect
{
    private protected News()
    {
    }
}

/// <summary>
/// Whoever reads begins here: the next entry is <paramref name="First"/>, after this transcript hash, and <paramref name="Before"/> is the room before it. Comes first; again when the node starts as
/// a newcomer; and after what a slow reader has <see cref="Missed"/>.
/// </summary>
public sealed record Started(SequenceNumber First, ulong HashBefore, RoomPicture Before) : News;

/// <summary>The next entry of the order.</summary>
/// <param name="Record">The entry in its place.</param>
/// <param name="HashBefore">The transcript hash just before it.</param>
/// <param name="Name">The name of the user concerned, where the entry is about a user.</param>
public sealed record Deliver(LogRecord Record, ulong HashBefore, string? Name) : News
{
    /// <summary>Of somebody who left: the node that the user was on.</summary>
    public NodeId? UserNode { get; init; }

    /// <summary>Of a user of this node who came: the room just after that.</summary>
    public RoomPicture? Room { get; init; }
}

/// <summary>
/// So many numbers are skipped here: the node was no member then, or this reader was too slow. What has the place of something <see cref="Retracted"/> is not told either, and not counted.
/// </summary>
public sealed record Missed(long Count) : News;

/// <summary>
/// What was told from <paramref name="First"/> to <paramref name="Last"/> is not in the order that goes on here. In an agreed room it was not stable when the node lost the room; what a user of
/// this node said among it is said again. In any room, the node was in a part of it that had gone on without the others, and has joined them (<see cref="Rivalry"/>).
/// </summary>
public sealed record Retracted(SequenceNumber First, SequenceNumber Last) : News;

/// <summary>In an agreed room, where entries are told on receipt: up to here nothing can be taken back any more.</summary>
public sealed record Settled(SequenceNumber UpTo) : News;

/// <summary>The node follows a new epoch.</summary>
/// <param name="Epoch">The epoch.</param>
/// <param name="Host">The node that hosts from now on.</param>
/// <param name="SilentFor">How long ago the host before gave its last sign of life here, in milliseconds.</param>
public sealed record EpochAccepted(Epoch Epoch, NodeId Host, long SilentFor) : News;

/// <summary>Follows the first entry of another host's reign.</summary>
/// <param name="From">The host before.</param>
/// <param name="To">The host from now on.</param>
/// <param name="Epoch">Its epoch.</param>
/// <param name="SilentFor">How long it took from the last sign of the one to the first entry under the other, in milliseconds.</param>
/// <param name="At">When that was, by this node's clock: milliseconds since 1970, UTC.</param>
public sealed record HostChanged(NodeId From, NodeId To, Epoch Epoch, long SilentFor, long At) : News;

/// <summary>The node is a member no longer, and asks to join anew by itself; what is ordered meanwhile is missed.</summary>
/// <param name="Why">In words.</param>
/// <param name="At">Up to where it has told the order.</param>
public sealed record Excluded(string Why, SequenceNumber At = default) : News;

/// <summary>The host has not been heard for a while. Whether the others hear it is being asked; <see cref="TouchLost"/> or <see cref="TouchRegained"/> tells how that ends.</summary>
public sealed record HostSilent(NodeId Host) : News;

/// <summary>No host is heard, and too few of the others are to choose one: nothing is delivered here until that changes.</summary>
public sealed record TouchLost : News;

/// <summary>The sequencer is heard again.</summary>
public sealed record TouchRegained : News;

/// <summary>Something that the node's application says to all who read here.</summary>
public sealed record Notice(string Text) : News;
