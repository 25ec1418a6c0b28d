using Norris.Actors.Devices;
using Norris.Core.Protocol;
using Norris.Core.Room;

namespace Norris.Actors;

/// <summary>
/// What a node does about its circle with what is delivered on it: lets in and cuts off by it, brings what the room does not know, and asks for what its users want to have in the order. One thread
/// calls: the replica's actor.
/// </summary>
internal sealed class CircleKeeper(RoomSecurity security, ProtocolOptions options)
{
    public const string IsOpen = "this room is open to whoever reaches it: there are no devices to let in or to put out";

    private readonly Petitions _petitions = new(options);
    private readonly Partings _partings = new();
    private readonly AskedEntries _asked = new();

    /// <summary>Something is delivered, or the room has refused the node.</summary>
    /// <param name="effect">What.</param>
    /// <param name="room">The circle after it; null: the room has none.</param>
    /// <param name="now">The time.</param>
    /// <param name="effects">What is to be done.</param>
    public void Follow(Effect effect, RoomCircle? room, Now now, List<Effect> effects)
    {
        switch (effect)
        {
            case LogStarted { Before: { Circle: { } circle } before }:
                _partings.Started(before, now);
                _petitions.Bring(circle, security.Circle!, now, effects);
                security.Learn(circle.Circle);
                break;
            case Deliver { Record.Entry: CircleEntry entry } when room is not null:
                _partings.Delivered(entry, now);
                security.Learn(room.Circle);
                _petitions.Delivered(entry, now, effects);
                break;
            case Deliver { Record.Entry: NodeJoined or NodeLeft } e:
                _partings.Delivered(e.Record.Entry, now);
                break;
            case CircleAnswered e:
                _asked.Answered(e.Entry, e.WhyNot);
                break;
        }
    }

    /// <summary>Somebody here wants something to be in the order.</summary>
    /// <param name="ask">Who is told whether it is.</param>
    /// <param name="entry">What.</param>
    /// <param name="room">The room as delivered; null: the node is in none.</param>
    /// <param name="now">The time.</param>
    /// <param name="effects">What is to be done.</param>
    public void Ask(AskEntry ask, CircleEntry entry, RoomState? room, Now now, List<Effect> effects)
    {
        // By the own clock, before anybody else has heard of it: who is late is told so here.
        var whyNot = room is null ? "this node is in no room now"
            : room.Circle is not { } circle ? IsOpen
            : circle.WhyNot(entry, Math.Max(room.LastStamp, now.Wall));
        if (whyNot is not null)
        {
            ask.Answer.TrySetResult(whyNot);
            return;
        }

        _asked.Add(ask);
        _petitions.Ask(entry, now, effects);
    }

    /// <summary>Whoever looks at the room by now finds what was delivered: those who asked for it are told.</summary>
    public void Answer() => _asked.Answer();

    /// <summary>Nobody waits for an answer any more.</summary>
    public void Drop(AskEntry ask, CircleEntry entry)
    {
        if (_asked.Remove(ask))
        {
            _petitions.Drop(entry);
        }
    }

    /// <summary>Time has passed. Gives which nodes are to count as gone, and whether this device was put out itself.</summary>
    public (IReadOnlyList<NodeId> Gone, bool IsOut) Tick(RoomState? room, Now now, List<Effect> effects)
    {
        _petitions.Tick(room?.Circle, room?.LastStamp ?? 0, now, effects);
        var gone = new List<NodeId>();
        var isOut = false;
        foreach (var (device, nodes) in _partings.Due(now))
        {
            isOut |= device == security.Device.Id;
            security.Known.Remove(device);
            gone.AddRange(nodes);
        }

        return (gone, isOut);
    }
}
