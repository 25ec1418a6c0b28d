using Norris.Node.Session;

namespace Norris.Node.Commands;

/// <summary>How a node is to come into a room.</summary>
internal abstract record Entry
{
    /// <summary>It begins one.</summary>
    /// <param name="GoOn">The stored one that it goes on with; null: a new one.</param>
    internal sealed record Host(RoomToGoOnWith? GoOn) : Entry;

    /// <param name="Addresses">Of members; none: of those of the last room.</param>
    internal sealed record Join(IReadOnlyList<Endpoint> Addresses) : Entry;

    /// <summary>It joins one of those named, or begins one with a majority of them.</summary>
    internal sealed record Up(UpPlan Plan, Endpoint Listen, string? Advertise) : Entry;
}
