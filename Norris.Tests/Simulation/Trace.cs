using System.Globalization;
using Norris.Core.Protocol;
using Norris.Core.Room;

namespace Norris.Tests.Simulation;

/// <summary>What happened, step by step, in words. Costs nothing when nobody listens.</summary>
public sealed class Trace(TextWriter? to)
{
    public static Trace Off { get; } = new(null);

    public bool On => to is not null;

    public void Line(long now, string where, string what) =>
        to?.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{now / 1000,7}.{now % 1000:000}  {where,-6} {what}"));

    public static string Of(NodeId node) => string.Create(CultureInfo.InvariantCulture, $"{node.Address}#{node.Incarnation}");

    public static string Of(object what) => what switch
    {
        Ordered m => $"Ordered e{m.Epoch} [{Of(m.Records)}] stable {m.Stable} trim {m.Trim}",
        Progress m => $"Progress e{m.Epoch} highest {m.Highest} stable {m.Stable} trim {m.Trim}",
        Ack m => $"Ack e{m.Epoch} {m.Received} {m.Hash:x8}",
        Fetch m => $"Fetch e{m.Epoch} after {m.After}",
        Page m => $"Page e{m.Epoch} {Of(m.Snapshot)}[{Of(m.Records)}] highest {m.Highest} stable {m.Stable}",
        RecoveryPage m => $"RecoveryPage e{m.Candidate} {Of(m.Snapshot)}[{Of(m.Records)}] stable {m.Stable}",
        Promise m => $"Promise e{m.Candidate} has e{m.LastEpoch} {m.Received} stable {m.Stable} members {Of(m.Members)} since {m.MembersSince}",
        NewEpoch m => $"NewEpoch e{m.Epoch} snapshot {m.SnapshotIndex} highest {m.Highest} [{string.Join(' ', m.EpochRanges.Select(s => $"e{s.Epoch}..{s.Last}"))}] members {Of(m.Members)}",
        Submit m => $"Submit {Of(m.Block)}",
        UserJoinRequest m => $"UserJoinRequest {Of(m.User)} '{m.Wanted}' from counter {m.FirstCounter}",
        UserRenameRequest m => $"UserRenameRequest {Of(m.User)} '{m.Wanted}'",
        RoomChangeRequest m => $"RoomChangeRequest {Of(m.Entry)}",
        RoomChangeAnswered m => $"RoomChangeAnswered {Of(m.Entry)} {m.WhyNot ?? "has its place"}",
        UserLeaveRequest m => $"UserLeaveRequest {Of(m.User)}",
        JoinRequest m => $"JoinRequest {{ Life = {m.Life} }}{(m.Device is { } device ? $" {device.Beginning}" : "")}",
        CircleRequest m => $"CircleRequest {Of(m.Entry)}",
        CircleAnswered m => $"CircleAnswered {Of(m.Entry)} {m.WhyNot ?? "has its place"}",
        Deliver m => $"DELIVER {Of(m.Record)}",
        LogStarted m => $"LogStarted at {m.First} {Of(m.Before)}",
        EpochAccepted m => $"EpochAccepted e{m.Epoch} of {Of(m.Host)}",
        RefuseUser m => $"RefuseUser {Of(m.User)} {m.Why}",
        Diverged m => $"DIVERGED {Of(m.Node)} at {m.At}",
        PhaseChanged m => $"{(m.Reigning ? "REIGNS" : "recovers")} e{m.Epoch}: {m.Why}",
        ClusterView m => $"view present {Of(m.Present)} dead {Of(m.Dead)}",
        _ => what.ToString()!,
    };

    public static string Of(UserId user) => $"u{user.Value & 0xffff:x4}";

    private static string Of(IEnumerable<NodeId> nodes) => $"{{{string.Join(' ', nodes.Select(Of))}}}";

    private static string Of(SaidBlock block) => $"{Of(block.User)}:{block.FirstCounter}..{block.LastCounter}";

    private static string Of(RoomSnapshot? room) => room is null
        ? ""
        : $"snapshot {room.At} room {room.Room.Value & 0xffff:x4} {room.Hash:x8} {Of(room.Members.Select(m => m.Node))} users {string.Join(' ', room.Users.Select(u => $"{Of(u.User)}={u.Name}:{u.LastCounter}"))} departed {string.Join(' ', room.Departed.Select(u => $"{Of(u.User)}:{u.LastCounter}"))} ";

    private static string Of(IReadOnlyList<LogRecord> records) => string.Join(", ", records.Select(Of));

    private static string Of(LogRecord record) => $"{record.First}/e{record.Epoch} {Of(record.Entry)}";

    private static string Of(Entry entry) => entry switch
    {
        Said e => Of(e.Block),
        NodeJoined e => $"+{Of(e.Node)}",
        NodeLeft e => $"-{Of(e.Node)} {e.Reason}",
        UserJoined e => $"+{Of(e.User)} '{e.Name}' on {Of(e.Node)} from counter {e.FirstCounter}",
        UserRenamed e => $"{Of(e.User)} is '{e.Name}'",
        RoomChanged e => $"{Of(e.By)} sets {e.Setting} '{e.Text}' after {e.After}",
        UserLeft e => $"-{Of(e.User)} {e.Reason}",
        EpochStarted e => $"EPOCH of {Of(e.Host)}{(e.MayHaveLost ? " may have lost" : "")}",
        DeviceAdmitted e => $"+device {e.Record.Device.Beginning} by {e.By.Beginning} {e.Invite}",
        DeviceExpelled e => $"-device {e.Record.Device.Beginning} by {e.By.Beginning}",
        InviteMade e => $"+invite {e.Invite.Id} by {e.By.Beginning} for {e.Invite.Uses}",
        InviteGone e => $"-invite {e.Invite} by {e.By.Beginning}",
        _ => entry.ToString(),
    };
}
