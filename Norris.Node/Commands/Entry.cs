using Norris.Node.Session;

namespace Norris.Node.Commands;

/// <summary>How a node is to come into a room.</summary>
internal abstract record Entry
{
    /// <summary>It begins one.</summary>
    /// <param name="GoOn">The stored one that it goes on with; null: a new one.</param>
    /// <param name="IsPrivate">Whether it is for certain devices.</param>
    internal sealed record Host(RoomToGoOnWith? GoOn, bool IsPrivate = false) : Entry;

    /// <param name="Addresses">Of members; none: of those of the last room.</param>
    /// <param name="IsPrivate">Whether it is for certain devices, of which this one is one, or is to be.</param>
    /// <param name="Invite">With which it comes in; null: with none.</param>
    internal sealed record Join(IReadOnlyList<Endpoint> Addresses, bool IsPrivate = false, Norris.Core.Room.InviteCode? Invite = null) : Entry;

    /// <summary>It joins one of those named, or begins one with a majority of them.</summary>
    /// <param name="Plan">Who they are.</param>
    /// <param name="Listen">Where this one listens.</param>
    /// <param name="Advertise">What the others call it by.</param>
    /// <param name="IsPrivate">Whether the room is for certain devices, of which this one is one.</param>
    internal sealed record Up(UpPlan Plan, Endpoint Listen, string? Advertise, bool IsPrivate = false) : Entry;
}
