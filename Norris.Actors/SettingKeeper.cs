using Norris.Core.Protocol;
using Norris.Core.Room;

namespace Norris.Actors;

/// <summary>What a node does about the room's settings: asks for what its users want to have changed, and tells them what came of it. One thread calls: the replica's actor.</summary>
internal sealed class SettingKeeper(ProtocolOptions options)
{
    private readonly SettingWishes _wishes = new(options);
    private readonly AskedEntries _asked = new();

    public void Ask(AskEntry ask, RoomChanged wish, RoomState? room, Now now, List<Effect> effects)
    {
        if (room?.Find(wish.By) is null)
        {
            ask.Answer.TrySetResult("this node is in no room now");
            return;
        }

        _asked.Add(ask);
        _wishes.Ask(wish, now, effects);
    }

    public void Drop(AskEntry ask, RoomChanged wish)
    {
        if (_asked.Remove(ask))
        {
            _wishes.Drop(wish);
        }
    }

    public void Follow(Effect effect, List<Effect> effects)
    {
        if (effect is Deliver { Record.Entry: RoomChanged change })
        {
            _wishes.Delivered(change, effects);
        }
    }

    public void Answered(RoomChangeAnswered answered) => _asked.Answered(answered.Entry, answered.WhyNot);

    /// <summary>Whoever looks at the room by now finds what was delivered: those who asked for it are told.</summary>
    public void Answer() => _asked.Answer();

    public void Tick(RoomState? room, Now now, List<Effect> effects) => _wishes.Tick(room, now, effects);
}
