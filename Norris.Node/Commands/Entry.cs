using Norris.Node.Session;

namespace Norris.Node.Commands;

/// <summary>How a node is to come into a room.</summary>
internal abstract record Entry
{
    /// <summary>Whether the room is for certain devices, of which this one is one, or is to be; null: as it is usual, beyond this machine yes.</summary>
    public bool? IsPrivate { get; init; }

    /// <summary>It begins one.</summary>
    /// <param name="GoOn">The stored one that it goes on with; null: a new one.</param>
    internal sealed record Host(RoomToGoOnWith? GoOn) : Entry;

    /// <param name="Addresses">Of members; none: of those of the last room.</param>
    /// <param name="Invite">With which it comes in; null: with none.</param>
    internal sealed record Join(IReadOnlyList<Endpoint> Addresses, Norris.Core.Room.InviteCode? Invite = null) : Entry;

    /// <summary>It joins one of those named, or begins one with a majority of them.</summary>
    /// <param name="Plan">Who they are.</param>
    /// <param name="Listen">Where this one listens.</param>
    /// <param name="Advertise">What the others call it by.</param>
    internal sealed record Up(UpPlan Plan, Endpoint Listen, string? Advertise) : Entry;
}
