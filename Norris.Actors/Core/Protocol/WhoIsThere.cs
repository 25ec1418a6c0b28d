namespace Norris.Core.Protocol;

/// <summary>
/// To whoever listens at an address: which incarnation is there? A port has one owner, so another incarnation's answer proves that the one before
/// is gone.
/// </summary>
internal sealed record WhoIsThere : Message;

/// <summary>The answer; who it is stands beside it, as with every message.</summary>
/// <param name="Room">The room that it is a member of; none: it is a member of none just now.</param>
/// <param name="Epoch">The reign that it follows.</param>
/// <param name="At">What it has delivered.</param>
/// <param name="WithYou">Whether who asks is a member there, too.</param>
/// <param name="GoesOn">Whether it hears the host of that reign.</param>
public sealed record ItIsI(RoomId Room, Epoch Epoch, SequenceNumber At, bool WithYou, bool GoesOn) : Message
{
    /// <summary>
    /// Whether the room has gone on without who asks: somebody is in it, further on, and who asks is no member there. Without this: it sleeps;
    /// meanwhile each of the others begins anew, one after the other, and the room goes on; it wakes, finds that everybody whom it knew is gone, and goes on alone.
    /// Who has no log yet is overtaken by any room of a node that is not in its cluster: it has come to those who are left behind.
    /// </summary>
    /// <param name="isElsewhere">The answering node is not in the asking one's cluster.</param>
    /// <param name="room">Whose log the asking node has.</param>
    /// <param name="accepted">The reign that it follows.</param>
    /// <param name="received">Up to where it has everything.</param>
    public bool Overtakes(bool isElsewhere, RoomId room, Epoch accepted, SequenceNumber received) =>
        !WithYou && Room != RoomId.None && (room == RoomId.None ? isElsewhere : Room == room && (Epoch, At).CompareTo((accepted, received)) > 0);
}
