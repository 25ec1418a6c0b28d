using System.Security.Cryptography;
using Norris.Actors;
using Norris.Actors.Devices;
using Norris.Core.Room;

namespace Norris.Node.Session;

/// <summary>Nodes of this device, in other processes, which do at their doors what it wants.</summary>
internal sealed class OwnNodes(RoomSecurity security, IReadOnlyList<Endpoint> nodes)
{
    /// <summary>The node that is wanted, or those of this account on this machine.</summary>
    public static IReadOnlyList<Endpoint> Of(RunningNodes running, Endpoint? wanted) => wanted is not null ? [wanted]
        : [.. running.All().Select(n => Endpoints.TryParse(n.Node, out var node, out _) ? node : null).OfType<Endpoint>()];

    /// <summary>Has one make an invite for one device.</summary>
    /// <exception cref="NodeStartException">None does it.</exception>
    public async Task<CircleAnswer.Invited> Invite(string name, TimeProvider time, CancellationToken cancel)
    {
        var code = InviteCode.Of(RandomNumberGenerator.GetBytes(InviteCode.SecretLength));
        var (node, answer) = await Ask(at => RoomDoor.InviteAsync(security, at.Host, at.Port, code, name, uses: 1, CircleAnswer.Invited.Lasts, cancel)).ConfigureAwait(false);
        return CircleAnswer.Invited.Of(answer.Addresses.OrderByDescending(a => a == node.ToString()), code, name, time);
    }

    /// <summary>Has one take an invite back.</summary>
    /// <exception cref="NodeStartException">None does it.</exception>
    public Task TakeBack(InviteId invite, CancellationToken cancel) => Ask(at => RoomDoor.TakeBackAsync(security, at.Host, at.Port, invite, cancel));

    /// <summary>The devices that belong together. Where no node says so, it is what this device heard last, and why that is so is told.</summary>
    public async Task<CircleAnswer.Devices> List(Action<string> tell, CancellationToken cancel)
    {
        try
        {
            await Ask(at => RoomDoor.ListAsync(security, at.Host, at.Port, cancel)).ConfigureAwait(false);
        }
        catch (NodeStartException e)
        {
            tell($"what this device heard last ({e.Message})");
        }

        var circle = security.Circle!;
        return new([.. circle.Devices.Select(device => DeviceView.Of(device, circle, [], device.Device == security.Device.Id ? DevicePlace.Own : DevicePlace.Unknown))]);
    }

    /// <summary>The first of them that does it, and what it answers.</summary>
    /// <exception cref="NodeStartException">None does; the message is the last one's reason.</exception>
    private async Task<(Endpoint Node, RoomDoor.Answer Answer)> Ask(Func<Endpoint, Task<RoomDoor.Answer>> ask)
    {
        var why = new List<string>();
        foreach (var node in nodes)
        {
            try
            {
                return (node, await ask(node).ConfigureAwait(false));
            }
            catch (RoomException e)
            {
                why.Add(e.Message);
            }
        }

        throw new NodeStartException(why.Count == 0 ? "no node of this account runs on this machine: start one, or name one of this device with --node" : string.Join("; ", why));
    }
}
