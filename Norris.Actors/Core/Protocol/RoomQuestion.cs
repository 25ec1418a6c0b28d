namespace Norris.Core.Protocol;

/// <summary>To a node that may have a room, before there is any cluster with it: are you in one? And, where there is none, may I begin it?</summary>
/// <param name="Asked">When it was asked, by the asker's clocks. It comes back with the answer, which is worth something from then on.</param>
/// <param name="MayI">Whether it asks for the other's vote.</param>
public sealed record RoomQuestion(Now Asked, bool MayI) : Message;

/// <summary>The answer; who gives it stands beside it, as with every message.</summary>
/// <param name="Asked">As in the question.</param>
/// <param name="Room">The room that it is a member of; none: of none.</param>
/// <param name="Standing">How it stands to a room that is yet to begin.</param>
/// <param name="LookedFor">For how long it has been there, without a room and on the way to none, in milliseconds.</param>
public sealed record RoomAnswer(Now Asked, RoomId Room, Standing Standing, long LookedFor) : Message;

/// <summary>How a node stands to a room that is yet to begin.</summary>
public enum Standing
{
    /// <summary>It has a room, is on the way to one, or waits for none: it votes for nobody.</summary>
    Apart = 1,

    /// <summary>It looks for a room, and its vote is free.</summary>
    Looks,

    /// <summary>Its vote is somebody else's, or its own.</summary>
    Promised,

    /// <summary>The asker has its vote, as it asked for.</summary>
    Votes,
}
