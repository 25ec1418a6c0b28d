using Norris.Actors.Devices;
using Norris.Core.Protocol;
using Norris.Core.Room;

namespace Norris.Actors;

/// <summary>The room, as its door knows it.</summary>
internal sealed class RoomAtDoor(NorrisRoom room) : IDoorRoom
{
    public RoomCircle? Circle => room.Status is { IsMember: true, Circle: var circle } ? circle : null;

    public IReadOnlyList<string> Addresses => [.. room.Status.Members.Select(member => member.Address[(member.Address.LastIndexOf('@') + 1)..])];

    public long LastStamp => room.Status.LastStamp;

    public async Task<string?> Submit(CircleEntry entry, CancellationToken cancel)
    {
        try
        {
            await room.AskAsync(entry, cancel).ConfigureAwait(false);
            return null;
        }
        catch (RoomException e)
        {
            return e.Message;
        }
    }
}
