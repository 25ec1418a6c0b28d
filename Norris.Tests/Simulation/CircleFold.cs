using Norris.Core.Protocol;
using Norris.Core.Room;

namespace Norris.Tests.Simulation;

/// <summary>
/// The checker's own fold of what the order says about a circle, by other code than the machines': who is in, which device each node is on, and how often each invite can still be used.
/// </summary>
public sealed class CircleFold
{
    private readonly Dictionary<DeviceId, byte[]> _keys = [];
    private readonly HashSet<DeviceId> _out = [];
    private readonly Dictionary<NodeId, DeviceId> _devices = [];
    private readonly Dictionary<InviteId, (int Left, long Until)> _open = [];
    private readonly HashSet<InviteId> _all = [];

    public CircleFold(RoomSnapshot? from)
    {
        IsThere = from?.Circle is not null;
        foreach (var record in from?.Circle?.Circle.Records ?? [])
        {
            if (record is Admission admission)
            {
                _keys[admission.Device] = admission.Key.ToArray();
            }
            else
            {
                _out.Add(record.Device);
            }
        }

        foreach (var member in from?.Members ?? [])
        {
            if (member.Device is { } device)
            {
                _devices[member.Node] = device;
            }
        }

        foreach (var invite in from?.Circle?.Invites ?? [])
        {
            _all.Add(invite.Invite.Id);
            if (invite.Standing == InviteStanding.Open)
            {
                _open[invite.Invite.Id] = (invite.Left, invite.Invite.Until);
            }
        }
    }

    public bool IsThere { get; }

    /// <summary>The facts, in any order: equal where two folds agree.</summary>
    public ulong Fingerprint
    {
        get
        {
            var sum = 0UL;
            foreach (var device in _keys.Keys)
            {
                sum += Fact("in", device, 0);
            }

            foreach (var device in _out)
            {
                sum += Fact("out", device, 0);
            }

            foreach (var (node, device) in _devices)
            {
                sum += Fact(node.ToString(), device, 0);
            }

            foreach (var (invite, open) in _open)
            {
                sum += Fact(invite.ToString(), default, open.Left);
            }

            return sum;
        }
    }

    public bool IsIn(DeviceId device) => _keys.ContainsKey(device) && !_out.Contains(device);

    /// <summary>What is wrong with it that a node does something here; null: nothing.</summary>
    public string? WhyNot(NodeId node) =>
        !IsThere ? null
        : !_devices.TryGetValue(node, out var device) ? $"{Trace.Of(node)} has shown no device"
        : !IsIn(device) ? $"the device of {Trace.Of(node)} is not in the circle"
        : null;

    /// <summary>Folds an entry; gives what is wrong with it, or null.</summary>
    public string? Apply(LogRecord record)
    {
        switch (record.Entry)
        {
            case NodeJoined { Device: { } device } e:
                _devices[e.Node] = device;
                return WhyNot(e.Node);
            case NodeJoined e:
                return WhyNot(e.Node);
            case NodeLeft e:
                _devices.Remove(e.Node);
                return null;
            case CircleEntry when !IsThere:
                return "there is no circle";
            case DeviceAdmitted e:
                return Admit(e, record.OrderedAt);
            case DeviceExpelled e:
                var wrong = WhyNotSigned(e.Record) ?? (IsIn(e.Record.Device) ? null : "it puts out a device that is not in");
                _out.Add(e.Record.Device);
                _open.Clear();
                return wrong;
            case InviteMade e:
                _open[e.Invite.Id] = (e.Invite.Uses, e.Invite.Until);
                return !IsIn(e.By) ? "who invites is not in the circle" : _all.Add(e.Invite.Id) ? null : "there was such an invite already";
            case InviteGone e:
                return !IsIn(e.By) ? "who takes an invite back is not in the circle" : _open.Remove(e.Invite) ? null : "the invite was not open";
            default:
                return null;
        }
    }

    private static ulong Fact(string kind, DeviceId device, int count) => SimulatedHash.Of($"{kind} {device} {count}");

    private string? Admit(DeviceAdmitted e, long at)
    {
        var wrong = WhyNotSigned(e.Record) ?? (_keys.ContainsKey(e.Record.Device) ? "the device was in already, or put out" : null);
        _keys[e.Record.Device] = e.Record.Key.ToArray();
        if (e.Invite is { } shown && shown != e.Record.Invite)
        {
            return wrong ?? "the record was signed for another invite";
        }

        // Brought from another room, where it was good: here it need not be known.
        if (e.Record.Invite is not { } invite || (e.Invite is null && !_all.Contains(invite)))
        {
            return wrong;
        }

        if (!_open.TryGetValue(invite, out var open))
        {
            return wrong ?? "the invite is not open: it was used, taken back, or never made";
        }

        _open[invite] = open with { Left = open.Left - 1 };
        if (open.Left == 1)
        {
            _open.Remove(invite);
        }

        return wrong ?? (open.Until > at || e.Invite is null ? null : "the invite had ended");
    }

    private string? WhyNotSigned(CircleRecord record) =>
        !IsIn(record.By) ? "who has signed it is not in the circle"
        : SimulatedDevice.IsSigned(_keys[record.By], record.What.Span, record.Signature.Span) ? null
        : "it is not signed";
}

internal static class SimulatedHash
{
    public static ulong Of(string text) => new Dice(text.Aggregate(14695981039346656037UL, (hash, c) => (hash ^ c) * 1099511628211UL)).Next();
}
