using System.Collections.Immutable;
using System.Globalization;
using Norris.Core.Protocol;

namespace Norris.Core.Room;

/// <summary>The device that a node is on, and the circle that it knows itself to be in when it starts: a room that it founds is that circle's.</summary>
public sealed record HomeCircle(DeviceId Device, Circle Circle);

/// <summary>
/// A room's circle, as far as the order says, and its invites. What may be said next it decides by itself, so that whoever asks for a place in the order and whoever gives it go by one rule. Immutable.
/// </summary>
/// <param name="Circle">Who belongs together.</param>
/// <param name="Invites">The invites, the oldest first: those that are open, and the last of the others.</param>
public sealed record RoomCircle(Circle Circle, ImmutableList<InviteState> Invites)
{
    /// <summary>Of a room before its first invite.</summary>
    public static RoomCircle Of(Circle circle) => new(circle, []);

    /// <summary>An invite, and how it stands; null: none is known by that name.</summary>
    public InviteState? Find(InviteId invite) => Invites.FindLast(i => i.Invite.Id == invite);

    /// <summary>Why a device is not in, in a line; null: it is.</summary>
    public string? WhyNotIn(DeviceId device) => Circle.Contains(device) ? null
        : Circle.ExpulsionOf(device) is { } put ? $"{Called(device)} was put out by {Called(put.By)} on {When(put.At)}"
        : $"the device {device.Beginning} is none of this circle";

    /// <summary>Why an entry can have no place after all that is folded here, in a line; null: it can.</summary>
    /// <param name="entry">What is to be said.</param>
    /// <param name="at">When: the stamp that it would get.</param>
    public string? WhyNot(CircleEntry entry, long at) => WhyNotNow(entry, at) ?? WhyNotEver(entry);

    /// <summary>Why it can have no place after what is folded here; whether it is signed is not looked at, which costs more than all the rest.</summary>
    internal string? WhyNotNow(CircleEntry entry, long at)
    {
        if (WhyNotIn(entry.By) is { } why)
        {
            return why;
        }

        return entry switch
        {
            DeviceAdmitted e => WhyNotIn(e.Record) ?? WhyNotWith(e, at),
            DeviceExpelled e => WhyNotOut(e.Record),
            InviteMade { Invite: var invite } => Find(invite.Id) is not null ? $"there is an invite {invite.Id} already"
                : invite.Until <= at ? "the invite would have ended already"
                : Invites.Count(i => i.Standing == InviteStanding.Open && i.Invite.Until > at) >= Limits.Invites ? $"{Limits.Invites} invites are open, and no more can be"
                : null,
            InviteGone e => Find(e.Invite) is { Standing: InviteStanding.Open } ? null : Find(e.Invite) is { } over ? Story(over) : $"there is no invite {e.Invite}",
            _ => throw new System.Diagnostics.UnreachableException($"a circle does not know {entry.GetType()}"),
        };
    }

    /// <summary>Why nobody who goes by the rules asks for it: it bears no record, or one that is signed by nobody of this circle.</summary>
    internal string? WhyNotEver(CircleEntry entry) => entry switch
    {
        DeviceAdmitted e => Circle.WhyNot(e.Record),
        DeviceExpelled e => Circle.WhyNot(e.Record),
        _ => null,
    };

    /// <summary>After an entry; what can have no place changes nothing.</summary>
    public RoomCircle With(CircleEntry entry, long at) => WhyNot(entry, at) is not null ? this : entry switch
    {
        DeviceAdmitted { Record.Invite: { } invite } e when Find(invite) is { Standing: InviteStanding.Open } =>
            new(Circle.WithChecked(e.Record), Changed(invite, i => Use(i, e.Record.Device, at))),
        DeviceAdmitted e => this with { Circle = Circle.WithChecked(e.Record) },

        // Who was in could read the key of every invite that is open.
        DeviceExpelled e => new(Circle.WithChecked(e.Record), Invites.ConvertAll(i => i.Standing == InviteStanding.Open ? i with { Standing = InviteStanding.Void, Whose = e.Record.Device, Since = at } : i)),
        InviteMade e => this with { Invites = Newest(Invites.Add(new(e.Invite, e.Invite.Uses, InviteStanding.Open, e.By, at)), at) },
        InviteGone e => this with { Invites = Changed(e.Invite, i => i with { Standing = InviteStanding.Undone, Whose = e.By, Since = at }) },
        _ => this,
    };

    private static InviteState Use(InviteState invite, DeviceId by, long at) =>
        invite with { Left = invite.Left - 1, Standing = invite.Left > 1 ? InviteStanding.Open : InviteStanding.Used, Whose = by, Since = at };

    private static string When(long at) => DateTimeOffset.FromUnixTimeMilliseconds(Math.Clamp(at, 0, Limits.LatestTime)).ToString("d MMM HH:mm 'UTC'", CultureInfo.InvariantCulture);

    /// <summary>What is over goes first, and the oldest of that.</summary>
    private static ImmutableList<InviteState> Newest(ImmutableList<InviteState> invites, long at) =>
        invites.Count <= Limits.Invites ? invites : invites.RemoveAt(invites.FindIndex(i => i.Standing != InviteStanding.Open || i.Invite.Until <= at));

    private ImmutableList<InviteState> Changed(InviteId invite, Func<InviteState, InviteState> change)
    {
        var at = Invites.FindLastIndex(i => i.Invite.Id == invite);
        return Invites.SetItem(at, change(Invites[at]));
    }

    private string? WhyNotIn(Admission record) => Circle.Contains(record.Device) ? $"{Called(record.Device)} is in already"
        : Circle.ExpulsionOf(record.Device) is not null ? WhyNotIn(record.Device)
        : IsFull ? $"the circle is full: it takes {Limits.CircleRecords} records"
        : null;

    /// <summary>For each device that is in, there has to be room for its way out.</summary>
    private bool IsFull => Circle.Count + Circle.Devices.Count() + 2 > Limits.CircleRecords;

    private string? WhyNotOut(Expulsion record) => record.By == record.Device ? "a device cannot put itself out" : WhyNotIn(record.Device);

    /// <summary>Who comes with an invite uses it up. One that another room has let in with an invite is in with it here, too, unless it was used up here, or is void.</summary>
    private string? WhyNotWith(DeviceAdmitted entry, long at) => entry.Invite is { } shown
        ? entry.Record.Invite == shown ? WhyNotWith(shown, at) : $"the record was not signed for the invite {shown}"
        : entry.Record.Invite is { } its && Find(its) is { Standing: not InviteStanding.Open } over ? Story(over) : null;

    private string? WhyNotWith(InviteId id, long at) => Find(id) is not { } invite ? $"there is no invite {id}"
        : invite.Standing != InviteStanding.Open ? Story(invite)
        : invite.Invite.Until <= at ? $"the invite {id} ended on {When(invite.Invite.Until)}"
        : null;

    private string Story(InviteState invite) => invite.Standing switch
    {
        InviteStanding.Used => $"the invite {invite.Invite.Id} was used by {Called(invite.Whose)} on {When(invite.Since)}",
        InviteStanding.Undone => $"the invite {invite.Invite.Id} was taken back by {Called(invite.Whose)} on {When(invite.Since)}",
        _ => $"the invite {invite.Invite.Id} is void since {Called(invite.Whose)} was put out on {When(invite.Since)}",
    };

    private string Called(DeviceId device) =>
        Circle.AdmissionOf(device) is { Name: { Length: > 0 } name } ? $"{name}'s device {device.Beginning}" : $"the device {device.Beginning}";
}
