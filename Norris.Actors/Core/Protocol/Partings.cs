using Norris.Core.Room;

namespace Norris.Core.Protocol;

/// <summary>
/// When a node hears a device no more that was put out: a moment after the last of the device's nodes has left the room, so that these can still say what they have, and that the change is known to
/// them; but soon, whether they leave or not. Told what is delivered. Pure.
/// </summary>
public sealed class Partings
{
    /// <summary>The moment, in milliseconds.</summary>
    public const long Lasts = 500;

    /// <summary>How long after an expulsion it ends at the latest, in milliseconds: the room does without who does not go.</summary>
    public const long AtMost = 3000;

    private readonly Dictionary<NodeId, DeviceId> _inRoom = [];
    private readonly Dictionary<DeviceId, Parting> _open = [];

    /// <summary>Nothing is under way.</summary>
    public bool IsQuiet => _open.Count == 0;

    /// <summary>The node reads the order from here on.</summary>
    public void Started(RoomSnapshot before, Now now)
    {
        _inRoom.Clear();
        foreach (var member in before.Members)
        {
            Comes(member.Node, member.Device);
        }

        foreach (var expulsion in before.Circle?.Circle.Records.OfType<Expulsion>() ?? [])
        {
            Begin(expulsion.Device, now);
        }
    }

    /// <summary>An entry is delivered.</summary>
    public void Delivered(Entry entry, Now now)
    {
        switch (entry)
        {
            case NodeJoined e:
                Comes(e.Node, e.Device);
                break;
            case NodeLeft e when _inRoom.Remove(e.Node, out var device) && _open.TryGetValue(device, out var parting):
                parting.At = now.Elapsed;
                break;
            case DeviceExpelled e:
                Begin(e.Record.Device, now);
                break;
        }
    }

    /// <summary>Whom to hear no more, from now on, and which of its nodes count as gone.</summary>
    public IReadOnlyList<(DeviceId Device, IReadOnlyList<NodeId> Nodes)> Due(Now now)
    {
        if (IsQuiet)
        {
            return [];
        }

        var due = _open.Where(o => now.Elapsed - o.Value.Began >= AtMost || (now.Elapsed - o.Value.At >= Lasts && !_inRoom.ContainsValue(o.Key))).Select(o => (o.Key, o.Value.Nodes)).ToList();
        due.ForEach(d => _open.Remove(d.Key));
        return due;
    }

    private void Comes(NodeId node, DeviceId? device)
    {
        if (device is { } its)
        {
            _inRoom[node] = its;
        }
    }

    private void Begin(DeviceId device, Now now) => _open.TryAdd(device, new Parting([.. _inRoom.Where(n => n.Value == device).Select(n => n.Key)], now.Elapsed) { At = now.Elapsed });

    private sealed record Parting(IReadOnlyList<NodeId> Nodes, long Began)
    {
        public long At { get; set; }
    }
}
