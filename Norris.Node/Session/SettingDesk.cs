using Norris.Actors;
using Norris.Core.Protocol;
using Norris.Core.Room;

namespace Norris.Node.Session;

/// <summary>Changes a room's settings for a user, and says why nothing came of it.</summary>
internal static class SettingDesk
{
    /// <summary>A majority that is there answers at once.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public static async Task<string?> Do(NorrisRoom? room, UserId user, RoomSettingKind setting, string text, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(Patience);
        try
        {
            await (room ?? throw new RoomException("this node is in no room now")).ChangeAsync(user, setting, text, limit.Token).ConfigureAwait(false);
            return null;
        }
        catch (RoomException e)
        {
            return e.Message;
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return $"the room has not answered within {Patience.TotalSeconds:0} s: it may have no majority now, and do it all the same when it has one";
        }
    }
}
