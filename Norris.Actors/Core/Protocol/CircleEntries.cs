using Norris.Core.Room;

namespace Norris.Core.Protocol;

/// <summary>What the order says of a room's circle. Only rooms that have one have such entries.</summary>
public abstract record CircleEntry : Entry
{
    private protected CircleEntry()
    {
    }

    /// <summary>The device that says so; it has to be in.</summary>
    public abstract DeviceId By { get; }
}

/// <summary>A device is in from here on, with an invite or because a device that is in says so.</summary>
/// <param name="Record">What a device that is in has signed.</param>
/// <param name="Invite">The invite that it came with; null: none.</param>
public sealed record DeviceAdmitted(Admission Record, InviteId? Invite) : CircleEntry
{
    /// <inheritdoc/>
    public override DeviceId By => Record.By;

    /// <inheritdoc/>
    public override int Size => base.Size + Record.Bytes.Length;
}

/// <summary>A device is out from here on; invites that were open are void.</summary>
/// <param name="Record">What a device that is in has signed.</param>
public sealed record DeviceExpelled(Expulsion Record) : CircleEntry
{
    /// <inheritdoc/>
    public override DeviceId By => Record.By;

    /// <inheritdoc/>
    public override int Size => base.Size + Record.Bytes.Length;
}

/// <summary>There is an invite.</summary>
public sealed record InviteMade(Invite Invite) : CircleEntry
{
    /// <inheritdoc/>
    public override DeviceId By => Invite.By;

    /// <inheritdoc/>
    public override int Size => base.Size + 256;
}

/// <summary>An invite was taken back.</summary>
public sealed record InviteGone(InviteId Invite, DeviceId By) : CircleEntry
{
    /// <inheritdoc/>
    public override DeviceId By { get; } = By;
}
