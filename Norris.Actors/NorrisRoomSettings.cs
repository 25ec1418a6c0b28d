using Norris.Core.Protocol;
using Norris.Core.Room;

namespace Norris.Actors;

/// <summary>A room's name and topic, which anybody in it may change.</summary>
public static class NorrisRoomSettings
{
    /// <summary>Changes one of the room's settings, for everybody. Completes when the order has it.</summary>
    /// <param name="room">The room.</param>
    /// <param name="by">A user of this node who is in it.</param>
    /// <param name="setting">Which.</param>
    /// <param name="text">What it is to be; empty: none.</param>
    /// <param name="cancel">Cancelled, nobody waits for it any more; it may have a place all the same.</param>
    /// <exception cref="RoomException">It cannot be so, somebody else has changed it meanwhile, or the node is in no room.</exception>
    public static async Task ChangeAsync(this NorrisRoom room, UserId by, RoomSettingKind setting, string text, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(room);
        ArgumentNullException.ThrowIfNull(text);
        if (!RoomSettings.TryNormalise(setting, text, out var normal, out var whyNot))
        {
            throw new RoomException(whyNot);
        }

        var (before, since) = room.Status.Picture.Settings.Of(setting);
        if (before != normal)
        {
            await room.AskAsync(new RoomChanged(by, setting, normal, since), cancel).ConfigureAwait(false);
        }
    }
}
