namespace Norris.Node.Session;

/// <summary>What a user wants of the room's circle: who belongs together. A closed set.</summary>
public abstract record CircleWish
{
    private CircleWish()
    {
    }

    /// <summary>A line with which somebody's device comes in.</summary>
    /// <param name="Name">Who it is for; empty: anybody.</param>
    public sealed record Invite(string Name) : CircleWish;

    /// <summary>A link with which somebody's browser comes in as a guest of this node.</summary>
    /// <param name="Name">Who it is for; empty: anybody.</param>
    public sealed record Guest(string Name) : CircleWish;

    /// <summary>An invite, or a guest link, is to be of no use any more.</summary>
    /// <param name="Code">Its code, or how it begins.</param>
    public sealed record TakeBack(string Code) : CircleWish;

    /// <summary>The devices that are in.</summary>
    public sealed record Devices : CircleWish;

    /// <summary>A device is to be out, for good.</summary>
    /// <param name="Who">Its user's name, or the beginning of its id.</param>
    public sealed record Kick(string Who) : CircleWish;
}
