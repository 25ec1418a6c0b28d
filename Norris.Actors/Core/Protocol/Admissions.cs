using Norris.Core.Room;

namespace Norris.Core.Protocol;

/// <summary>
/// Who may come into a room that has a circle, and what may be said about the circle. Decided where everything gets its number: so an invite is used as often as it says, whichever doors it is shown at,
/// and whoever is put out is out at one number for everybody. Pure.
/// </summary>
/// <param name="self">The node that it runs on.</param>
/// <param name="room">The room after the last entry of the log.</param>
internal sealed class Admissions(NodeId self, RoomState room)
{
    // Who was told that its device does not belong here, and is still in the cluster.
    private readonly HashSet<NodeId> _refused = [];

    /// <summary>What is to be numbered for a request; nothing where it can have no place, or had one.</summary>
    public IEnumerable<Entry> OnCircleRequest(NodeId from, CircleEntry entry, Now now, List<Effect> effects)
    {
        if (room.Circle is not { } circle || room.DeviceOf(from) is not { } device)
        {
            return [];
        }

        if (entry is InviteMade or InviteGone && entry.By != device)
        {
            // Nobody signs these: the connection says whose they are.
            effects.Add(new Disbelieved(from, new CircleRequest(entry), "it speaks for another device than its own"));
            return [];
        }

        if (circle.WhyNotNow(entry, Math.Max(room.LastStamp, now.Wall)) is not null)
        {
            return [];
        }

        if (circle.WhyNotEver(entry) is { } lie)
        {
            effects.Add(new Disbelieved(from, new CircleRequest(entry), lie));
            return [];
        }

        // Nobody brings its own way out: so whoever asked is still there when the others have gone.
        return entry is not DeviceExpelled { Record.Device: var expelled } ? [entry] : expelled == device ? [] : [entry, .. UsersOn(expelled)];
    }

    /// <summary>A change of host came between an expulsion and its users' going.</summary>
    public IEnumerable<Entry> GoOn() => room.Users.Where(u => room.IsPutOut(u.Node)).Select(u => new UserLeft(u.User, LeaveReason.PutOut)).ToList();

    /// <summary>Whether a node may not come in.</summary>
    /// <param name="node">The node.</param>
    /// <param name="shown">The device that it has shown.</param>
    /// <param name="isKnown">Whether it counts, or did before a change that is not stable: then it is told nothing yet, for who is refused ends, and what it has with it.</param>
    /// <param name="effects">What is to be done.</param>
    public bool Refuses(NodeId node, DeviceId? shown, bool isKnown, List<Effect> effects)
    {
        if (WhyNot(shown) is not var (why, isForGood))
        {
            _refused.Remove(node);
            return false;
        }

        if (!isKnown)
        {
            _refused.Add(node);
            effects.Add(new Send(node, new JoinRefused(why, isForGood)));
        }

        return true;
    }

    /// <summary>They are on devices that are not in, and were told so.</summary>
    public void Refused(IEnumerable<NodeId> nodes) => _refused.UnionWith(nodes);

    /// <summary>Who was refused is let go by the cluster, too: else it would keep others from coming and going.</summary>
    /// <param name="view">The cluster.</param>
    /// <param name="knows">Whether a node counts, or did before a change that is not stable: what it has may be needed.</param>
    /// <param name="effects">What is to be done.</param>
    public void Part(ClusterView view, Func<NodeId, bool> knows, List<Effect> effects)
    {
        if (room.IsPutOut(self) && room.Members.Count == 1)
        {
            // The others died before it was gone, and nobody is left to let it go: the room is not here.
            effects.Add(new NoRoomHere());
        }

        _refused.RemoveWhere(node => !view.Present.Contains(node));
        effects.AddRange(_refused.Where(node => node != self && !knows(node)).Order().Select(node => new TakeOut(node, "its device does not belong to this room's circle")));
    }

    private (string Why, bool IsForGood)? WhyNot(DeviceId? shown) => room.Circle is not { } circle ? null
        : shown is not { } device ? ("the room is for certain devices, and this one has not shown which it is", false)
        : circle.Circle.Contains(device) ? null
        : circle.Circle.ExpulsionOf(device) is not null ? (circle.WhyNotIn(device)!, true)
        : ($"this device, {device.Beginning}, is none of the room's: ask for an invite", false);

    private List<UserLeft> UsersOn(DeviceId device) => [.. room.Users.Where(u => room.DeviceOf(u.Node) == device).Select(u => new UserLeft(u.User, LeaveReason.PutOut))];
}
