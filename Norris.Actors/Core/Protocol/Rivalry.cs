namespace Norris.Core.Protocol;

/// <summary>Where a node stands with a room, for those who ask who is at its address, and to compare with what they say.</summary>
/// <param name="Room">The room that it is a member of; none: of none.</param>
/// <param name="Epoch">The reign that it follows.</param>
/// <param name="Delivered">What it has delivered.</param>
/// <param name="GoesOn">It is a member, and hears the host of that reign.</param>
internal readonly record struct Whereabouts(RoomId Room, Epoch Epoch, SequenceNumber Delivered, bool GoesOn);

/// <summary>
/// One room may go on at two places that do not know of each other, each with proof that everybody else is dead. So a node whose room may have lost something asks now and then at the addresses
/// of those who are gone, and of two that go on one gives in: its incarnation ends and joins the other. Never both, for who is about to give in tells nobody of its room, and gives in only
/// when it hears of the other again, long after. Pure.
/// </summary>
internal sealed class Rivalry(ProtocolOptions options)
{
    // Longer than any look may take, so that what this node said of its room before counts nowhere any more.
    private readonly long _every = Math.Max(2 * options.NodeSilentAfter, Limits.LookLasts + 2000);
    private long? _lookedAt;
    private long? _toldSince;
    private long _toldAt;

    /// <summary>Whether a node has to look now. Where nothing was ever lost, nobody gives in, and nobody looks.</summary>
    public bool MustLook(Whereabouts own, Now now)
    {
        if (!own.GoesOn || own.Epoch.Era == 0 || !now.IsDue(_lookedAt, _every))
        {
            return false;
        }

        _lookedAt = now.Elapsed;
        return true;
    }

    /// <summary>What a node says to one who asks who is there.</summary>
    public ItIsI Answer(Whereabouts own, bool withYou, Now now) =>
        new(GivesInSoon(now) ? RoomId.None : own.Room, own.Epoch, own.Delivered, withYou, own.GoesOn);

    /// <summary>Whether a node that goes on has to give in, after such an answer.</summary>
    public bool GivesIn(ItIsI other, Whereabouts own, Now now)
    {
        if (!own.GoesOn || !other.GoesOn || other.WithYou || other.Room == RoomId.None || other.Room != own.Room || !StaysBeside(other.Epoch, own.Epoch))
        {
            return false;
        }

        _toldSince = GivesInSoon(now) ? _toldSince : now.Elapsed;
        _toldAt = now.Elapsed;
        return now.Elapsed - _toldSince >= _every;
    }

    /// <summary>
    /// Whether the first reign stays where two go on. The higher era has said that something may be lost; the lower one need not have lost anything. In one era both have said it, and which stays
    /// is all the same, as long as both judge alike.
    /// </summary>
    private static bool StaysBeside(Epoch other, Epoch own) => own.Era > 0 && (other.Era == own.Era ? other > own : other.Era < own.Era);

    private bool GivesInSoon(Now now) => _toldSince is not null && now.Elapsed - _toldAt < 2 * _every;
}
