using Norris.Core.Room;

namespace Norris.Core.Protocol;

/// <summary>
/// What this node wants to have in the order about its circle: asked for again and again, until the order has it, or shows that it cannot have it. Pure.
/// </summary>
/// <param name="options">The bounds.</param>
public sealed class Petitions(ProtocolOptions options)
{
    private readonly List<CircleEntry> _open = [];
    private long _askedAt;

    /// <summary>How many are not answered.</summary>
    public int Count => _open.Count;

    /// <summary>Something is to get a place.</summary>
    public void Ask(CircleEntry entry, Now now, List<Effect> effects)
    {
        _open.Add(entry);
        _askedAt = now.Elapsed;
        effects.Add(new SendToSequencer(new CircleRequest(entry)));
    }

    /// <summary>
    /// The node is in a room, and knows some of the circle that the room does not: what was said in another room, while whoever began this one was away. What is signed by a device that is in gets a place
    /// here as well; the rest does not count any more. Who was put out cannot bring anything so: what it signs after that, nobody who is in takes for its file.
    /// </summary>
    public void Bring(RoomCircle room, Circle own, Now now, List<Effect> effects)
    {
        foreach (var record in own.Id == room.Circle.Id ? own.Records.Except(room.Circle.Records) : [])
        {
            CircleEntry entry = record is Admission admission ? new DeviceAdmitted(admission, null) : new DeviceExpelled((Expulsion)record);
            if (!_open.Contains(entry))
            {
                Ask(entry, now, effects);
            }
        }
    }

    /// <summary>Nobody waits for it any more.</summary>
    public void Drop(CircleEntry entry) => _open.Remove(entry);

    /// <summary>The order has something about the circle.</summary>
    public void Delivered(CircleEntry entry, List<Effect> effects)
    {
        while (_open.Remove(entry))
        {
            effects.Add(new CircleAnswered(entry, null));
        }
    }

    /// <summary>Time has passed.</summary>
    /// <param name="circle">The circle, as far as this node has delivered the order; null: it knows none now.</param>
    /// <param name="now">The time.</param>
    /// <param name="effects">What is to be done.</param>
    public void Tick(RoomCircle? circle, Now now, List<Effect> effects)
    {
        if (_open.Count == 0 || now.Elapsed - _askedAt < options.AskAgainAfter)
        {
            return;
        }

        _askedAt = now.Elapsed;
        foreach (var entry in _open.ToList())
        {
            if (circle?.WhyNot(entry, now.Wall) is { } why)
            {
                _open.Remove(entry);
                effects.Add(new CircleAnswered(entry, why));
            }
            else
            {
                effects.Add(new SendToSequencer(new CircleRequest(entry)));
            }
        }
    }
}
