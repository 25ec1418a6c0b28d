using Norris.Core.Room;

namespace Norris.Core.Protocol;

/// <summary>
/// What nodes say to each other: a closed set, in the order of the table in docs/protocol.md.
/// The sender is not in a message; it arrives beside it (<c>Handle(from, message)</c>).
/// </summary>
public abstract record Message
{
    private protected Message()
    {
    }
}

/// <summary>A message for the sequencer on a node.</summary>
public abstract record ToSequencerMessage : Message;

/// <summary>A message for the replica on a node.</summary>
public abstract record ToReplicaMessage : Message;

// ---- a node and its users come and go ----

/// <summary>A node asks to become a member. Repeated until its log has started.</summary>
/// <param name="Life">1 for a node that starts, one more each time it has to start again as a newcomer.</param>
public sealed record JoinRequest(int Life) : ToSequencerMessage
{
    /// <summary>The device that it is on, as its connection has proved; null: it has proved none.</summary>
    public DeviceId? Device { get; init; }
}

/// <summary>A node asks to be let go. Repeated until it sees its NodeLeft.</summary>
public sealed record LeaveRequest : ToSequencerMessage;

/// <summary>A user asks to be here under a name. Repeated until the UserJoined is seen, or a refusal.</summary>
/// <param name="User">The session.</param>
/// <param name="Wanted">The wanted name as typed; empty: the host makes one up.</param>
/// <param name="Proof">Whose the session is (<see cref="OwnerProof"/>), good for this room and node only; empty: nobody's.</param>
/// <param name="FirstCounter">The counter of the oldest message the session still holds.</param>
public sealed record UserJoinRequest(UserId User, string Wanted, ReadOnlyMemory<byte> Proof, long FirstCounter) : ToSequencerMessage;

/// <summary>A user wants to go; everything that it said is in the order.</summary>
public sealed record UserLeaveRequest(UserId User) : ToSequencerMessage;

/// <summary>A user who is here wants another name. Repeated until the UserRenamed is seen, or a refusal.</summary>
public sealed record UserRenameRequest(UserId User, string Wanted) : ToSequencerMessage;

/// <summary>A user who is here wants one of the room's settings changed. Repeated until the order has that change, or another one of the same setting.</summary>
public sealed record RoomChangeRequest(RoomChanged Entry) : ToSequencerMessage;

/// <summary>The node keeps the log in a store from now on, or no longer.</summary>
public sealed record RecordingRequest(bool Recording) : ToSequencerMessage;

/// <summary>A node asks that something about the circle gets a place in the order. Repeated until that is seen, or it is seen that it cannot have one.</summary>
public sealed record CircleRequest(CircleEntry Entry) : ToSequencerMessage;

/// <summary>The node cannot be a member.</summary>
/// <param name="Reason">In a line.</param>
/// <param name="IsForGood">Asking again, as another incarnation, is of no use: its device was put out.</param>
public sealed record JoinRefused(string Reason, bool IsForGood = false) : ToReplicaMessage;

/// <summary>The user cannot be here under that name; the user may choose another.</summary>
public sealed record UserRefused(UserId User, string Reason) : ToReplicaMessage;

/// <summary>The receiver is no longer a member: it fell behind, or went astray. It starts again as a newcomer.</summary>
/// <param name="Epoch">The reign that says so.</param>
/// <param name="Life">The life that is over; 0: whichever it is in.</param>
public sealed record Expelled(Epoch Epoch, int Life) : ToReplicaMessage;

// ---- the normal case ----

/// <summary>Messages handed to the sequencer, or handed over again.</summary>
public sealed record Submit(SaidBlock Block) : ToSequencerMessage;

/// <summary>Entries in their places. The only message that goes over pub-sub.</summary>
/// <param name="Epoch">The reign.</param>
/// <param name="Records">The entries, contiguous.</param>
/// <param name="Stable">Up to here a quorum holds everything.</param>
/// <param name="Trim">Up to here every member holds everything.</param>
public sealed record Ordered(Epoch Epoch, IReadOnlyList<LogRecord> Records, SequenceNumber Stable, SequenceNumber Trim) : ToReplicaMessage;

/// <summary>Where the order stands. Goes out when stability advances with nothing to order, and a few times a second whatever happens.</summary>
/// <param name="Epoch">The reign.</param>
/// <param name="Highest">The last number given.</param>
/// <param name="Stable">Up to here a quorum holds everything.</param>
/// <param name="Trim">Up to here every member holds everything.</param>
/// <param name="Acks">Only in what goes out periodically.</param>
public sealed record Progress(Epoch Epoch, SequenceNumber Highest, SequenceNumber Stable, SequenceNumber Trim, MemberAcks? Acks = null)
    : ToReplicaMessage;

/// <summary>How far each member has come, and when each was heard.</summary>
/// <param name="MembersSince">The number of the change that made the membership: who does not know it cannot tell whose these are.</param>
/// <param name="Members">In the order of the members.</param>
/// <param name="Sent">When the host sent this, by its own clocks.</param>
public sealed record MemberAcks(SequenceNumber MembersSince, IReadOnlyList<MemberAck> Members, Now Sent);

/// <summary>What the host has last heard of a member.</summary>
/// <param name="Received">Up to where it has acknowledged; for people who look inside. 0: nothing yet in this reign.</param>
/// <param name="Sent">When it sent that, by the member's clocks: the member then knows that the host had heard it.</param>
public readonly record struct MemberAck(SequenceNumber Received, Now Sent);

/// <summary>The sender has everything up to <paramref name="Received"/>, under this transcript hash.</summary>
/// <param name="Epoch">The reign.</param>
/// <param name="Life">In which life: what it had in a former one it may no longer have.</param>
/// <param name="Received">It has everything up to here.</param>
/// <param name="Hash">The transcript hash after that.</param>
/// <param name="Sent">Now, by its own clocks.</param>
/// <param name="Heard">The last <see cref="MemberAcks.Sent"/> of this host: the host then knows that the member followed it at that time.</param>
public sealed record Ack(Epoch Epoch, int Life, SequenceNumber Received, ulong Hash, Now Sent, Now Heard) : ToSequencerMessage;

/// <summary>A NACK: send what comes after <paramref name="After"/>.</summary>
public sealed record Fetch(Epoch Epoch, SequenceNumber After) : ToSequencerMessage;

/// <summary>
/// The answer to a fetch: one page of entries, contiguous. With <paramref name="Snapshot"/>, the log before them is that snapshot (and what the
/// receiver had is replaced by it).
/// </summary>
public sealed record Page(Epoch Epoch, RoomSnapshot? Snapshot, IReadOnlyList<LogRecord> Records, SequenceNumber Highest, SequenceNumber Stable)
    : ToReplicaMessage;

/// <summary>
/// Whether the sender hears the node that hosts, or is about to. Who hears nothing of it for a while says so to the other members, again and again; who
/// hears it answers. A quorum for whom it is silent takes it out (Raft's pre-vote, of the old leader instead of a new one).
/// </summary>
/// <param name="Host">The node in question.</param>
/// <param name="Silent">Whether it is silent for the sender.</param>
public sealed record HostReport(NodeId Host, bool Silent) : ToReplicaMessage
{
    /// <summary>The members that the sender, for whom the host is silent, does not hear either.</summary>
    public IReadOnlyList<NodeId> Unheard { get; init; } = [];
}

/// <summary>How far a member has come.</summary>
/// <param name="Received">It has everything up to here.</param>
/// <param name="Lag">How many entries it was behind when the host said so.</param>
public readonly record struct MemberPlace(SequenceNumber Received, long Lag);

// ---- a new sequencer ----

/// <summary>A candidate asks for the promise to ignore lower epochs.</summary>
public sealed record Prepare(Epoch Candidate) : ToReplicaMessage;

/// <summary>A replica ignores lower epochs from now on, and says what it has.</summary>
/// <param name="Candidate">The epoch promised.</param>
/// <param name="Room">The room it is in; None where its log has not started.</param>
/// <param name="Delivery">The room's delivery level.</param>
/// <param name="LastEpoch">The epoch of the last entry it has.</param>
/// <param name="Received">The highest number up to which it has everything.</param>
/// <param name="Stable">What it knows to be stable.</param>
/// <param name="Members">The membership after its last entry.</param>
/// <param name="MembersSince">The number of the last change of that membership.</param>
/// <param name="HeardBy">The host that is known to have heard it in its reign, if there is one.</param>
/// <param name="HeardAgo">How long ago, in milliseconds.</param>
/// <param name="MembersBefore">The membership before that last change, where the sender does not know the change to be stable.</param>
/// <param name="StableBy">The reign that said so of <paramref name="Stable"/>.</param>
public sealed record Promise(
    Epoch Candidate,
    RoomId Room,
    DeliveryLevel Delivery,
    Epoch LastEpoch,
    SequenceNumber Received,
    SequenceNumber Stable,
    IReadOnlyList<NodeId> Members,
    SequenceNumber MembersSince,
    NodeId? HeardBy = null,
    long HeardAgo = 0,
    IReadOnlyList<NodeId>? MembersBefore = null,
    Epoch StableBy = default) : ToSequencerMessage;

/// <summary>The sender has promised a higher epoch: the receiver is fenced.</summary>
public sealed record EpochRefused(Epoch Promised) : ToSequencerMessage;

/// <summary>
/// A candidate asks a replica for its log after a number, or, with null, for all of it, snapshot included. Only the candidate that holds the
/// promise is answered.
/// </summary>
public sealed record RecoveryFetch(Epoch Candidate, SequenceNumber? After) : ToReplicaMessage;

/// <summary>One page of a replica's log for the candidate, with the snapshot where the candidate asked for it, or for more than is held.</summary>
public sealed record RecoveryPage(Epoch Candidate, RoomSnapshot? Snapshot, IReadOnlyList<LogRecord> Records, SequenceNumber Stable)
    : ToSequencerMessage;

/// <summary>
/// A reign begins: this is its log. Whoever has other entries drops them from where the two differ, fetches what it lacks, and accepts the epoch.
/// </summary>
/// <param name="Epoch">The new reign.</param>
/// <param name="Room">The room.</param>
/// <param name="SnapshotIndex">The log is held after this number; who has less starts again as a newcomer.</param>
/// <param name="Highest">The last number adopted.</param>
/// <param name="EpochRanges">Which reign numbered which part of the adopted log: each range's epoch and last number, ascending.</param>
/// <param name="Members">The membership at <paramref name="Highest"/>.</param>
public sealed record NewEpoch(
    Epoch Epoch, RoomId Room, SequenceNumber SnapshotIndex, SequenceNumber Highest, IReadOnlyList<EpochRange> EpochRanges, IReadOnlyList<NodeId> Members)
    : ToReplicaMessage;

/// <summary>Numbers up to <paramref name="Last"/> (from where the range before ends) were given in <paramref name="Epoch"/>.</summary>
public readonly record struct EpochRange(Epoch Epoch, SequenceNumber Last);

/// <summary>
/// The sender heard of an epoch whose recovery it did not take part in, or has heard nothing of the host for long, and asks for the <see cref="NewEpoch"/> of the reign. Who is no
/// member is told that instead.
/// </summary>
public sealed record NewEpochRequest(Epoch Epoch) : ToSequencerMessage;
