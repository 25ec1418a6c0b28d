using System.Globalization;
using Norris.Actors.Devices;
using Norris.Core.Protocol;
using Norris.Core.Room;

namespace Norris.Node.Session;

/// <summary>Where a node listens or is found.</summary>
/// <param name="Host">A name or an IP address; an IPv6 address without brackets.</param>
public sealed record Endpoint(string Host, int Port)
{
    public const int DefaultPort = 4053;

    /// <summary>The host as addresses have it: an IPv6 address in brackets.</summary>
    public string HostInAddress => Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host;

    /// <summary>As people write it, <c>192.168.1.7:4053</c> or <c>[::1]:4053</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{HostInAddress}:{Port}");
}

/// <summary>What a node is started with, after the command line has been read and checked.</summary>
/// <param name="Seeds">Members to join through, tried in turn; empty: this node starts a room.</param>
/// <param name="Listen">Where it listens; port 0 is any free one.</param>
/// <param name="Advertise">What others call it by; null: the address it listens on.</param>
/// <param name="Profile">Its own user.</param>
/// <param name="Delivery">The level of a room that this node starts.</param>
/// <param name="HoconFile">Settings that win over the shipped ones; null: none.</param>
public sealed record NodeSettings(
    IReadOnlyList<Endpoint> Seeds, Endpoint Listen, string? Advertise, UserProfile Profile, DeliveryLevel Delivery, string? HoconFile)
{
    /// <summary>Whether others than this machine may reach the node, or are meant to.</summary>
    public bool IsForOthers => !Endpoints.IsLoopback(Listen.Host) || (Advertise is { } called && !Endpoints.IsLoopback(called));

    /// <summary>Where the stored history stands that a room started here goes on with; null: it begins a new one.</summary>
    public RoomPlace? GoOnAfter { get; init; }

    /// <summary>Nodes that are all started with the same list of names: one of them begins the room where there is none; null: there is no such list.</summary>
    public UpPlan? Up { get; init; }

    /// <summary>Where members were that it is not to join through, and is to ask all the same should it lose the room.</summary>
    public IReadOnlyCollection<Endpoint> Former { get; init; } = [];

    /// <summary>For which devices the room is; null: for whoever reaches the port.</summary>
    public RoomSecurity? Security { get; init; }

    /// <summary>Who may come in as a guest of this node, where the room is for certain devices.</summary>
    public GuestLinks GuestLinks { get; init; } = new(TimeProvider.System);

    /// <summary>Told each name that its own user is given, at once; null: nobody.</summary>
    public Action<string>? Named { get; init; }
}

/// <param name="Named">The same on every node and in the same order.</param>
/// <param name="Self">Which of them this node is.</param>
public sealed record UpPlan(IReadOnlyList<Endpoint> Named, int Self)
{
    public override string ToString() => string.Join(' ', Named);
}

/// <summary>A node could not start or join. The message is one line: what is wrong and what to do.</summary>
public sealed class NodeStartException : Exception
{
    public NodeStartException(string message)
        : base(message)
    {
    }

    public NodeStartException(string message, Exception inner)
        : base(message, inner)
    {
    }

    /// <summary>Whether the same might do in a moment: the room is there, and let this node go again or could not take it in.</summary>
    public bool MayPass { get; init; }

    /// <summary>Whether it is of no use to try again: this device was put out.</summary>
    public bool IsForGood { get; init; }

    /// <summary>Whether nobody answered at any of the addresses.</summary>
    public bool IsUnreached { get; init; }

    /// <summary>Whether somebody else listens on the port.</summary>
    public bool IsPortTaken { get; init; }

    public NodeStartException()
    {
    }
}
