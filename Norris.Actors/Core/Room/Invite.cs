using Norris.Core.Protocol;

namespace Norris.Core.Room;

/// <summary>Somebody may come in with it: so often, until then.</summary>
/// <param name="Id">Its name.</param>
/// <param name="Key">By which a newcomer and a door prove to each other that they know it. Whoever reads the order can use it.</param>
/// <param name="By">The device that made it.</param>
/// <param name="Until">Its end: milliseconds since 1970, UTC, by the stamps of the order.</param>
/// <param name="Uses">How many devices may come in with it.</param>
/// <param name="Name">Who it is for; empty: anybody.</param>
/// <param name="Owner">Whose devices they are, where that is known.</param>
public sealed record Invite(InviteId Id, InviteKey Key, DeviceId By, long Until, int Uses, string Name, OwnerId Owner);

/// <summary>How an invite stands.</summary>
public enum InviteStanding
{
    /// <summary>It can be used, until its end.</summary>
    Open = 0,

    /// <summary>It was used as often as it could be.</summary>
    Used = 1,

    /// <summary>Somebody took it back.</summary>
    Undone = 2,

    /// <summary>A device was put out that could have read it.</summary>
    Void = 3,
}

/// <summary>An invite, and what became of it.</summary>
/// <param name="Invite">The invite.</param>
/// <param name="Left">How often it can still be used.</param>
/// <param name="Standing">How it stands.</param>
/// <param name="Whose">The device that used it last, took it back, or was put out; itself its maker's, while it was not used.</param>
/// <param name="Since">When that was, by the stamps of the order.</param>
public sealed record InviteState(Invite Invite, int Left, InviteStanding Standing, DeviceId Whose, long Since);
