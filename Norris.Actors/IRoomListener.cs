using Norris.Core.Protocol;
using Norris.Core.Room;

namespace Norris.Actors;

/// <summary>
/// Who wants to know what a user's node delivers. One call at a time, in order: do not block. A call that throws is logged as an error and not
/// made again; the ones after it are made.
/// </summary>
public interface IRoomListener
{
    /// <summary>The node is (again) a member: the next entry delivered is <paramref name="first"/>, and this was the room before it.</summary>
    void Started(SequenceNumber first, RoomSnapshot before);

    /// <summary>The next entry of the order.</summary>
    void Delivered(Deliver entry);

    /// <summary>The node follows a new reign; the last sign of life of the host before it was that long ago.</summary>
    void EpochAccepted(Epoch epoch, NodeId host, TimeSpan silentFor);

    /// <summary>The node is no member for now; it asks to join anew by itself.</summary>
    void Excluded(string why);

    /// <summary>No sequencer is heard (any more), or one is again.</summary>
    void InTouch(bool inTouch);

    /// <summary>The host is silent, and the node asks the others whether they hear it; <see cref="InTouch"/> tells how that ends.</summary>
    void HostIsSilent(NodeId host);

    /// <summary>
    /// So many of this user's messages may have got their place or not: the user was away for so long that the room has forgotten it. They are not
    /// said again.
    /// </summary>
    void InDoubt(long count);

    /// <summary>
    /// This entry of the order bears the user's id, and is not what the user said: the node that hosted made it up. What the user did say is said again.
    /// </summary>
    void Forged(LogRecord record);

    /// <summary>In an agreed room, where entries are told on receipt: up to here nothing can be taken back any more.</summary>
    void Settled(SequenceNumber upTo);

    /// <summary>The host refused this user's name.</summary>
    void NameRefused(string why);

    /// <summary>The user has said goodbye, and everyone knows.</summary>
    void Gone();
}
