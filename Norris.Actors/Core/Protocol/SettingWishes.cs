using Norris.Core.Room;

namespace Norris.Core.Protocol;

/// <summary>What this node's users want changed of the room's settings: asked for again and again, until the order has it, or has another change in its place. Pure.</summary>
/// <param name="options">The bounds.</param>
internal sealed class SettingWishes(ProtocolOptions options)
{
    private readonly List<RoomChanged> _open = [];
    private long _askedAt;

    /// <summary>How many are not answered.</summary>
    public int Count => _open.Count;

    /// <summary>A user wants a change.</summary>
    public void Ask(RoomChanged wish, Now now, List<Effect> effects)
    {
        _open.Add(wish);
        _askedAt = now.Elapsed;
        effects.Add(new SendToSequencer(new RoomChangeRequest(wish)));
    }

    /// <summary>Nobody waits for it any more.</summary>
    public void Drop(RoomChanged wish) => _open.Remove(wish);

    /// <summary>A change is delivered.</summary>
    public void Delivered(RoomChanged change, List<Effect> effects)
    {
        foreach (var wish in _open.FindAll(wish => wish.Setting == change.Setting))
        {
            Answer(wish, wish == change ? null : OthersWereSooner(change.Setting), effects);
        }
    }

    /// <summary>Time has passed.</summary>
    /// <param name="room">The room as delivered; null: the node is in none now, and whoever wants something waits.</param>
    /// <param name="now">The time.</param>
    /// <param name="effects">What is to be done.</param>
    public void Tick(RoomState? room, Now now, List<Effect> effects)
    {
        if (room is null || _open.Count == 0 || now.Elapsed - _askedAt < options.AskAgainAfter)
        {
            return;
        }

        _askedAt = now.Elapsed;
        foreach (var wish in _open.ToList())
        {
            // A node that begins again as a newcomer has not seen which change it was.
            var (text, since) = room.Settings.Of(wish.Setting);
            if (since != wish.After)
            {
                Answer(wish, text == wish.Text ? null : OthersWereSooner(wish.Setting), effects);
            }
            else
            {
                effects.Add(new SendToSequencer(new RoomChangeRequest(wish)));
            }
        }
    }

    private static string OthersWereSooner(RoomSettingKind setting) =>
        $"somebody else has just changed {setting switch { RoomSettingKind.Name => "the room's name", RoomSettingKind.Topic => "the topic", _ => "how many messages who comes in is shown" }}: look, and say it again if you still want it";

    private void Answer(RoomChanged wish, string? whyNot, List<Effect> effects)
    {
        _open.Remove(wish);
        effects.Add(new RoomChangeAnswered(wish, whyNot));
    }
}
