using Norris.Core.Room;

namespace Norris.Core.Protocol;

/// <summary>What the host that is followed last said: how far each member has come, as it has heard, and the last moment of this node's own that it has heard of. Pure.</summary>
internal sealed class HostsAccount(NodeId self)
{
    /// <summary>How far each member has come; without those of whom the host has not heard.</summary>
    public IReadOnlyDictionary<NodeId, MemberPlace> Places { get; private set; } = new Dictionary<NodeId, MemberPlace>();

    /// <summary>When the host sent its last account, by its own clocks.</summary>
    public Now Sent { get; private set; }

    /// <summary>The last moment of this node's own that the host is known to have heard.</summary>
    public Now HeardMe { get; private set; }

    /// <summary>Another host is followed; its clocks are others. Where the members stand holds until it says more.</summary>
    public void BeginAgain() => (Sent, HeardMe) = (default, default);

    public void Learn(MemberAcks? acks, SequenceNumber highest, RoomState? room)
    {
        if (acks is null)
        {
            return;
        }

        Sent = acks.Sent;

        // Of another membership than the delivered one: whose they are is not known here, and the next ones come soon.
        if (room is null || acks.MembersSince != room.MembersSince || acks.Members.Count != room.Members.Count)
        {
            return;
        }

        var own = room.Members.TakeWhile(node => node != self).Count();
        if (own < acks.Members.Count && acks.Members[own].Sent.Elapsed > HeardMe.Elapsed)
        {
            HeardMe = acks.Members[own].Sent;
        }

        // A new host has not heard of everyone at once; what was known of a member before holds until then.
        Places = room.Members.Zip(acks.Members)
            .Select(m => (Node: m.First, Received: m.Second.Received > default(SequenceNumber) ? m.Second.Received : Places.GetValueOrDefault(m.First).Received))
            .Where(m => m.Received > default(SequenceNumber))
            .ToDictionary(m => m.Node, m => new MemberPlace(m.Received, Math.Max(0, highest.Value - m.Received.Value)));
    }
}
