using System.Net.Sockets;
using Norris.Actors.Devices;
using Norris.Core.Protocol;
using Norris.Node.Discovery;
using Norris.Node.Session;

namespace Norris.Node.Commands;

/// <summary>How a node comes into its room: as it is told; or, told nothing, through those of the last room, and then through whoever of its own circle answers in this network.</summary>
internal sealed class Entrance(Surroundings surroundings, Entry entry, UserProfile profile) : IDisposable
{
    private const string WhatElse = "'norris join ADDRESS' joins one, 'norris host' starts one";

    private PrivateRoom? _private;

    /// <summary>For which devices the room is; null: for whoever reaches the port.</summary>
    public RoomSecurity? Security { get; private set; }

    public void Dispose() => _private?.Dispose();

    /// <summary>Null: the command line has to be another one, and that was told.</summary>
    public async Task<IChatNode?> Enter(NodeSettings settings, CancellationToken leave)
    {
        if (entry is not Entry.Join { Addresses.Count: 0 })
        {
            return await Through((entry as Entry.Join)?.Addresses ?? [], entry.IsPrivate ?? settings.IsForOthers, settings, leave);
        }

        var why = "you were in no room yet that had others in it";
        if (profile.LastRoom.Length > 0)
        {
            try
            {
                return await Through(profile.LastRoom, entry.IsPrivate ?? (profile.LastRoomIsPrivate || settings.IsForOthers), settings, leave);
            }
            catch (NodeStartException e) when (!e.IsPortTaken && !e.IsForGood)
            {
                why = $"nobody of the last room lets this node in ({e.Message})";
            }
        }

        if (entry.IsPrivate == false)
        {
            throw new NodeStartException($"{why}, and an open room is joined by its address alone: {WhatElse}");
        }

        return await Through(await Nearby(why, settings.Listen.Host, leave), isPrivate: true, settings, leave);
    }

    private async Task<IChatNode?> Through(IReadOnlyList<Endpoint> seeds, bool isPrivate, NodeSettings settings, CancellationToken leave)
    {
        var listen = settings.Listen;
        if (!IsReachedBy(settings.Up?.Named ?? seeds, listen.Host))
        {
            return null;
        }

        if (!isPrivate && settings.IsForOthers)
        {
            surroundings.Tell($"--open: anyone who can reach {settings.Advertise ?? listen.Host} can join this room and read it; there is no password and no encryption");
        }

        if (isPrivate && settings.Delivery == DeliveryLevel.Agreed)
        {
            surroundings.Tell("a private room is uniform: leave --delivery out, or say --open");
            return null;
        }

        if (isPrivate)
        {
            _private ??= PrivateRoom.Open(surroundings.ProfilePath, surroundings.Tell);
            if (entry is Entry.Join join)
            {
                (Security, var nodes) = await _private.ToJoin(seeds, join.Invite, settings.Profile.Name, leave);
                seeds = nodes.Count > 0 ? nodes : seeds;
                if (!IsReachedBy(seeds, listen.Host))
                {
                    return null;
                }
            }
            else if (entry is Entry.Up)
            {
                Security = _private.ToAsk();
            }
            else
            {
                Security = _private.ToHost(settings.Profile.Name, surroundings.Time);
                surroundings.Tell($"private room: who wants in needs an invite from somebody inside (/invite). This device is {Security.Device.Id.Beginning}, {PrivateRoom.About(Security)}");
            }
        }

        if (settings.Profile.Name.Length == 0 && Security?.Circle?.AdmissionOf(Security.Device.Id) is { Name: { Length: > 0 } known })
        {
            settings = settings with { Profile = settings.Profile with { Name = known } };
        }

        try
        {
            return await surroundings.Start(settings with { Seeds = seeds, Security = Security }, leave);
        }
        catch (NodeStartException e) when (e.IsPortTaken && seeds.Count == 0 && settings.Up is null && surroundings.Nodes.At(listen) is { } there)
        {
            throw new NodeStartException($"a room is here already: {(Endpoints.TryParse(there.Node, out var node, out _) ? OwnAddress.JoinCommand(node, listen.Host, !isPrivate) : $"norris join {there.Node}")}", e);
        }
    }

    /// <summary>Whether nodes can call back one that listens here; where they cannot, that was told.</summary>
    private bool IsReachedBy(IReadOnlyList<Endpoint> nodes, string listensOn)
    {
        foreach (var node in nodes)
        {
            if (OwnAddress.NeedsAnother(listensOn, node.Host, out var bind))
            {
                surroundings.Tell($"{node.Host} is not loopback, and the nodes there have to reach this one: give an address of this machine with --bind, as in --bind {bind}");
                return false;
            }
        }

        return true;
    }

    /// <summary>
    /// Where one's own circle is, as far as somebody in this network says so. Other rooms are told, and none of them is joined by itself: anybody could announce one.
    /// </summary>
    /// <exception cref="NodeStartException">It is nowhere in this network.</exception>
    private async Task<IReadOnlyList<Endpoint>> Nearby(string why, string listen, CancellationToken leave)
    {
        FoundRooms found;
        try
        {
            found = await surroundings.Look(listen, PrivateRoom.CircleOf(surroundings.ProfilePath), leave);
        }
        catch (SocketException e)
        {
            throw new NodeStartException($"{why}, and this network cannot be searched, UDP port {MulticastPort.Number} cannot be had ({e.Message}): {WhatElse}", e);
        }

        if (found.Own.Count > 0)
        {
            var places = found.Own.Select(room => room.At).Distinct().ToList();
            surroundings.Tell($"{why}; your circle answers in this network, at {string.Join(", ", places)}");
            return places;
        }

        foreach (var room in found.Others)
        {
            surroundings.Tell(room switch
            {
                { IsOfThisVersion: false } => $"in this network: a room of another version of norris, at {room.At}",
                { Mark: not null } => $"in this network: a room for certain devices, at {room.At}; who is in it can invite you",
                _ => $"in this network: an open room, {OwnAddress.JoinCommand(room.At, listen, isOpen: true)}",
            });
        }

        throw new NodeStartException(found.Others.Count == 0
            ? $"{why}, and no room answers in this network: {WhatElse}"
            : $"{why}, and no room in this network is of your own circle: {WhatElse}");
    }
}
