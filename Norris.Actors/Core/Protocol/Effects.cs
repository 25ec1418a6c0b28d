using Norris.Core.Room;

namespace Norris.Core.Protocol;

/// <summary>What a machine wants done. A closed set; the actor that drives the machine performs it, in order.</summary>
public abstract record Effect
{
    private protected Effect()
    {
    }
}

// ---- the network ----

/// <summary>Send straight to the sequencer or the replica (by the message's kind) on a node.</summary>
public sealed record Send(NodeId To, Message Message) : Effect;

/// <summary>Send to whoever is the sequencer now, over the singleton proxy.</summary>
public sealed record SendToSequencer(ToSequencerMessage Message) : Effect;

/// <summary>Publish to every replica, over pub-sub.</summary>
public sealed record Publish(Ordered Batch) : Effect;

// ---- the node's own users: effects of its replica ----

/// <summary>The node's log starts (again): the first entry delivered is <paramref name="First"/>, and <paramref name="Before"/> is the room before it.</summary>
public sealed record LogStarted(SequenceNumber First, RoomSnapshot Before) : Effect;

/// <summary>The node may not be a member.</summary>
/// <param name="Why">In a line.</param>
/// <param name="IsForGood">Asking again, as another incarnation, is of no use: its device was put out.</param>
public sealed record Refused(string Why, bool IsForGood = false) : Effect;

/// <summary>The node has said goodbye, and everyone knows.</summary>
public sealed record Gone : Effect;

// ---- what one user hears beside the order ----

/// <summary>What concerns one user alone. A closed set.</summary>
public abstract record OwnNews : Effect
{
    private protected OwnNews()
    {
    }
}

/// <summary>The room knows the user by this name from now on.</summary>
public sealed record NameGiven(UserId User, string Name) : OwnNews;

/// <summary>A user's request to be here, or for another name, was refused: choose another.</summary>
public sealed record RefuseUser(UserId User, string Why) : OwnNews;

/// <summary>
/// So many of a user's messages may have got their place or not, and nobody is left who could tell: they are not said again.
/// </summary>
public sealed record InDoubt(UserId User, long Count) : OwnNews;

/// <summary>
/// The order has something under a user's name that this user never said: a host made it up, for nobody else could. What the user did say is said again.
/// </summary>
public sealed record Forged(UserId User, LogRecord Record) : OwnNews;

// ---- the circle ----

/// <summary>What this node has asked to have a place in the order has one, or cannot have one.</summary>
/// <param name="Entry">What it has asked for.</param>
/// <param name="WhyNot">In a line; null: it has a place.</param>
public sealed record CircleAnswered(CircleEntry Entry, string? WhyNot) : Effect;

// ---- the room's settings ----

/// <summary>A change of the room's settings that a user of this node wanted is in the order, or cannot be.</summary>
/// <param name="Entry">What was wanted.</param>
/// <param name="WhyNot">In a line; null: it is there.</param>
public sealed record RoomChangeAnswered(RoomChanged Entry, string? WhyNot) : Effect;

// ---- the cluster ----

/// <summary>
/// Take a node out of the cluster: a quorum of those who hold the log is with the machine that says so, and none of them hears that node.
/// Said again until the cluster has let it go.
/// </summary>
public sealed record TakeOut(NodeId Node, string Why) : Effect;

/// <summary>There is nothing to go on with in this cluster: nobody has a log, and this node may not begin a room; or the room goes on elsewhere.</summary>
public sealed record NoRoomHere : Effect;

// ---- what is not believed ----

/// <summary>A message had no effect, since its sender may not send it, or could not mean it.</summary>
/// <param name="From">Who sent it, as the connection has proved.</param>
/// <param name="Message">What was sent.</param>
/// <param name="Why">What is wrong with it; null: the sender is no member of the cluster, or this node has not heard yet that it is.</param>
public sealed record Disbelieved(NodeId From, Message Message, string? Why) : Effect;

// ---- the sequencer's own account ----

/// <summary>Two nodes disagree about the transcript. It must never happen; it is logged loudly and counted.</summary>
public sealed record Diverged(NodeId Node, SequenceNumber At, ulong Expected, ulong Actual) : Effect;

/// <summary>The sequencer began to recover (and numbers nothing meanwhile), or began to reign.</summary>
public sealed record PhaseChanged(bool Reigning, Epoch Epoch, string Why) : Effect;
