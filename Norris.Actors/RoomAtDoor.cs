using Norris.Actors.Devices;
using Norris.Core.Room;

namespace Norris.Actors;

/// <summary>The room, as its door knows it.</summary>
internal sealed class RoomAtDoor(NorrisRoom room) : IRoomAtDoor
{
    public RoomCircle? Circle => room.Status.Circle;

    public IReadOnlyList<string> Addresses => [.. room.Status.Members.Select(member => member.Address[(member.Address.LastIndexOf('@') + 1)..])];

    public async Task<string?> Admit(ReadOnlyMemory<byte> key, Invite invite, CancellationToken cancel)
    {
        try
        {
            await room.AdmitAsync(key, invite.Name, invite.Id, cancel).ConfigureAwait(false);
            return null;
        }
        catch (RoomException e)
        {
            return e.Message;
        }
    }
}
