using Norris.Core.Room;

namespace Norris.Core.Protocol;

/// <summary>
/// What this node wants to have in the order about its circle: asked for again and again, until the order has it, or shows that it cannot have it. Pure.
/// </summary>
/// <param name="options">The bounds.</param>
public sealed class Petitions(ProtocolOptions options)
{
    private readonly List<CircleEntry> _open = [];

    // One at a time, the first first: what depends on another gets no place before that.
    private readonly Queue<CircleEntry> _toBring = new();
    private long _askedAt;

    /// <summary>How many are not answered.</summary>
    public int Count => _open.Count + Math.Max(0, _toBring.Count - 1);

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
        if (_toBring.TryPeek(out var asked))
        {
            _open.Remove(asked);
        }

        _toBring.Clear();
        foreach (var entry in own.Id == room.Circle.Id ? InOrder([.. own.Records.Except(room.Circle.Records)], room.Circle) : [])
        {
            _toBring.Enqueue(entry);
        }

        AskForTheFirst(now, effects);
    }

    /// <summary>Nobody waits for it any more.</summary>
    public void Drop(CircleEntry entry) => _open.Remove(entry);

    /// <summary>The order has something about the circle.</summary>
    public void Delivered(CircleEntry entry, Now now, List<Effect> effects)
    {
        while (_open.Remove(entry))
        {
            Answer(entry, null, now, effects);
        }
    }

    /// <summary>Time has passed.</summary>
    /// <param name="circle">The circle, as far as this node has delivered the order; null: it knows none now.</param>
    /// <param name="lastStamp">The last stamp that it has delivered: by the own clock something might have ended that the order takes all the same.</param>
    /// <param name="now">The time.</param>
    /// <param name="effects">What is to be done.</param>
    public void Tick(RoomCircle? circle, long lastStamp, Now now, List<Effect> effects)
    {
        if (_open.Count == 0 || now.Elapsed - _askedAt < options.AskAgainAfter)
        {
            return;
        }

        _askedAt = now.Elapsed;
        foreach (var entry in _open.ToList())
        {
            if (circle?.WhyNot(entry, lastStamp) is { } why)
            {
                _open.Remove(entry);
                Answer(entry, why, now, effects);
            }
            else
            {
                effects.Add(new SendToSequencer(new CircleRequest(entry)));
            }
        }
    }

    /// <summary>Admissions first, each after that of its signer; then expulsions, each before that of its signer.</summary>
    private static List<CircleEntry> InOrder(List<CircleRecord> records, Circle room)
    {
        var ordered = new List<CircleEntry>();
        var admitted = room.Devices.Select(d => d.Device).ToHashSet();
        var admissions = records.OfType<Admission>().ToList();
        while (admissions.Find(a => admitted.Contains(a.By)) is { } next)
        {
            admissions.Remove(next);
            admitted.Add(next.Device);
            ordered.Add(new DeviceAdmitted(next, null));
        }

        var expulsions = records.OfType<Expulsion>().ToList();
        while (expulsions.Count > 0)
        {
            // Two who put each other out, in two rooms, have no order.
            var next = expulsions.Find(e => !expulsions.Exists(other => other.By == e.Device)) ?? expulsions[0];
            expulsions.Remove(next);
            ordered.Add(new DeviceExpelled(next));
        }

        return ordered;
    }

    private void Answer(CircleEntry entry, string? whyNot, Now now, List<Effect> effects)
    {
        effects.Add(new CircleAnswered(entry, whyNot));
        if (_toBring.TryPeek(out var brought) && brought == entry)
        {
            _toBring.Dequeue();
            AskForTheFirst(now, effects);
        }
    }

    private void AskForTheFirst(Now now, List<Effect> effects)
    {
        if (_toBring.TryPeek(out var first))
        {
            Ask(first, now, effects);
        }
    }
}
