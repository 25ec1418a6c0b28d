using Norris.Core.Protocol;
using Norris.Core.Room;

namespace Norris.Tests.Simulation;

/// <summary>
/// Rooms with a circle: devices and what each has in its file, connections that are only between those who know each other, doors at which newcomers show invites, and people who put others out.
/// </summary>
public sealed partial class Simulator
{
    private readonly Dictionary<string, SimulatedDevice> _devices = [];

    // What each device has in its file; it outlives processes.
    private readonly Dictionary<DeviceId, Circle> _files = [];
    private readonly HashSet<DeviceId> _kicked = [];
    private int _drawnDevices;

    /// <summary>Until who was refused tries anew.</summary>
    private const long RefusedPause = 5 * Scenario.Second;

    private SimulatedDevice DeviceAt(string address)
    {
        if (!_devices.TryGetValue(address, out var device))
        {
            _devices.Add(address, device = new SimulatedDevice($"{address}{++_drawnDevices}"));
        }

        return device;
    }

    /// <summary>Those who are there from the start belong together: the first founded the circle.</summary>
    private void FoundCircle()
    {
        if (!_scenario.HasCircle)
        {
            return;
        }

        var founder = DeviceAt(Address(0));
        var circle = Circle.Found(Admission.Founding(founder.Key.Span, default, "", 1, founder.Sign), SimulatedDevice.IsSigned);
        for (var i = 1; i < _scenario.Nodes; i++)
        {
            circle = circle.With(Admission.Of(circle.Id, DeviceAt(Address(i)).Key.Span, default, "", founder.Id, i, founder.Sign));
        }

        foreach (var device in _devices.Values)
        {
            _files[device.Id] = circle;
        }
    }

    /// <summary>Whether a process at an address would be let in anywhere, as far as its own device knows.</summary>
    private bool MayStart(string address) => !_scenario.HasCircle || (_files.TryGetValue(DeviceAt(address).Id, out var file) && file.Contains(DeviceAt(address).Id));

    private HomeCircle? HomeOf(SimulatedProcess process) => process.Device is { } device ? new(device.Id, _files[device.Id]) : null;

    /// <summary>Reads its file.</summary>
    private void Equip(SimulatedProcess process)
    {
        if (!_scenario.HasCircle)
        {
            return;
        }

        process.Device = DeviceAt(process.Address);
        process.KnownDevices.UnionWith(_files[process.Device.Id].Devices.Select(d => d.Device));
    }

    /// <summary>No connection is between them: one of the two does not know the other's device.</summary>
    private bool AreStrangers(NodeId from, SimulatedNode to) =>
        _scenario.HasCircle && from != to.Id && !(_nodes.TryGetValue(from, out var node) && KnowEachOther(node.Process, to.Process));

    private static bool KnowEachOther(SimulatedProcess one, SimulatedProcess other) =>
        one.KnownDevices.Contains(other.Device!.Id) && other.KnownDevices.Contains(one.Device!.Id);

    /// <summary>Before it joins, a node asks a door for the circle; who was put out is told so. False: it was.</summary>
    private bool AskADoor(SimulatedNode node, string address)
    {
        var process = node.Process;
        if (!_scenario.HasCircle || _processes.Find(p => p is { IsAlive: true, IsPaused: false, Node.Runs: true } && p.Address == address && _network.Connects(p.Address, process.Address)) is not { } door)
        {
            return true;
        }

        if (KnowEachOther(process, door))
        {
            Keep(process, _files[process.Device!.Id].Merge(_files[door.Device!.Id]));
            process.Known.UnionWith(door.Node!.Replica.Room is { } room ? room.Members.Select(m => m.Address) : []);
        }

        if (_files[door.Device!.Id].ExpulsionOf(process.Device!.Id) is null)
        {
            return true;
        }

        _trace.Line(_time.Now, node.Label, $"is told by {address} that it was put out, and ends");
        Stop(process);
        return false;
    }

    /// <summary>Writes its file, and connects by that.</summary>
    private void Keep(SimulatedProcess process, Circle circle)
    {
        _files[process.Device!.Id] = circle;
        process.KnownDevices.UnionWith(circle.Devices.Select(d => d.Device));
    }

    private void GoOnWithTheCircle(SimulatedNode node, Now now, List<Effect> effects)
    {
        node.Process.Petitions.Tick(node.Circle, node.Replica.Room?.LastStamp ?? 0, now, effects);
        foreach (var (device, _) in node.Process.Partings.Due(now))
        {
            Part(node.Process, device);
        }
    }

    /// <summary>Closes the connections with a device that was put out, and counts its nodes as gone: nobody of the circle hears them any more. Who was put out itself ends.</summary>
    private void Part(SimulatedProcess process, DeviceId device)
    {
        process.KnownDevices.Remove(device);
        if (process is not { IsAlive: true, Node: { Runs: true } node })
        {
            return;
        }

        if (process.Device!.Id == device)
        {
            _trace.Line(_time.Now, node.Label, "has read that it was put out, and ends");
            Stop(process);
            return;
        }

        foreach (var gone in node.Cluster.Gossip.Members.Where(m => _nodes[m].Process.Device!.Id == device).ToList())
        {
            node.Dead.Add(gone);
            node.Cluster.TakeOut(gone);
        }

        See(node);
    }

    /// <summary>Asks every door that it reaches for the circle: who has come since may be who knows that the room has gone on.</summary>
    private void AskTheDoors(SimulatedNode node)
    {
        foreach (var address in node.Process.Device is null ? [] : _processes.Where(p => p.IsAlive).Select(p => p.Address).ToList())
        {
            if (node.Runs)
            {
                AskADoor(node, address);
            }
        }
    }

    private void Tell(SimulatedNode node, Effect effect)
    {
        FollowSettings(node, effect);
        if (FollowCircle(node, effect))
        {
            _checker.Judge(node.Id, effect);
            TellUsers(node, effect);
        }
    }

    /// <summary>What a node does about its circle with what it is told. False: the node was refused, rightly, and the checker need not hear of it.</summary>
    private bool FollowCircle(SimulatedNode node, Effect effect)
    {
        var process = node.Process;
        if (process.Device is not { } device)
        {
            return true;
        }

        var now = process.Now(_time.Now);
        var effects = Borrow();
        switch (effect)
        {
            case LogStarted { Before: { Circle: { } circle } before }:
                node.Circle = circle;
                process.Partings.Started(before, now);
                process.Petitions.Bring(circle, _files[device.Id], now, effects);
                Keep(process, _files[device.Id].Merge(circle.Circle));
                break;
            case Deliver { Record: { Entry: CircleEntry entry } record }:
                node.Circle = node.Circle!.With(entry, record.OrderedAt);
                if (entry is DeviceAdmitted letIn)
                {
                    node.LetIn[letIn.Record.Device] = _time.Now;
                }

                process.Partings.Delivered(entry, now);
                Keep(process, _files[device.Id].Merge(node.Circle.Circle));
                process.Petitions.Delivered(entry, now, effects);
                break;
            case Deliver { Record.Entry: NodeJoined or NodeLeft } e:
                process.Partings.Delivered(e.Record.Entry, now);
                break;
            case Excluded:
                node.Circle = null;
                break;
            case CircleAnswered e:
                Statistics.Count(e.WhyNot is null ? Fault.CircleAnswered : Fault.CircleRefused);
                break;
            case Refused when _kicked.Contains(device.Id):
                _trace.Line(_time.Now, node.Label, "is told that it was put out, and ends");
                Stop(process);
                Perform(node, effects);
                return false;
            case Refused { IsForGood: false } when !WasIn(node, device):
                _trace.Line(_time.Now, node.Label, "is told that it is not in, and tries anew");
                _time.After(RefusedPause, () => Fence(node, 0));
                Perform(node, effects);
                return false;
        }

        Perform(node, effects);
        if (effect is CircleAnswered { Entry: DeviceAdmitted admitted } answered)
        {
            Admitted(process, admitted, answered.WhyNot);
        }

        return true;
    }

    /// <summary>Whether the host knew a node's device since before the node began: else its admission went with the dead, and somebody may be about to bring it.</summary>
    private bool WasIn(SimulatedNode node, SimulatedDevice device) =>
        node.View.Oldest is not { } id || _nodes[id] is not { Circle.Circle: { } circle } host || (circle.Contains(device.Id) && host.LetIn.GetValueOrDefault(device.Id) < node.Started);

    // ---- what people do ----

    private List<SimulatedProcess> Insiders() => _processes.FindAll(p => p is { IsAlive: true, IsPaused: false, LeavingSince: null, Node: { Runs: true, Circle: not null } });

    private void Petition(SimulatedProcess process, CircleEntry entry)
    {
        if (process.Node is { Runs: true } node)
        {
            var effects = Borrow();
            process.Petitions.Ask(entry, process.Now(_time.Now), effects);
            Perform(node, effects);
        }
    }

    /// <summary>Somebody invites; a newcomer or two show the invite, at one door or at two, and who invited may have died meanwhile.</summary>
    private void Invite(Fault fault)
    {
        if (Insiders() is not { Count: > 0 } insiders)
        {
            return;
        }

        var inviter = _dice.Of(insiders);
        Note(fault, inviter.Address);
        var ends = inviter.Now(_time.Now).Wall + _dice.Of<long>([500, 60_000, 60_000]);
        var code = InviteCode.Of(BitConverter.GetBytes(_dice.Next()).Concat(BitConverter.GetBytes(_dice.Next())).ToArray());
        var invite = new Invite(code.Id, code.Key, inviter.Device!.Id, ends, _dice.Of<int>([1, 1, 2]), "", default);
        Petition(inviter, new InviteMade(invite));
        if (_dice.Permille(100))
        {
            _time.After(_dice.Between(0, 2000) * Scenario.Millisecond, () => Petition(inviter, new InviteGone(code.Id, inviter.Device.Id)));
        }

        if (_dice.Permille(300))
        {
            _time.After(_dice.Between(0, 800) * Scenario.Millisecond, () => Crash(inviter, Fault.Crash));
        }

        var shown = fault == Fault.TwoDoors ? _dice.Between(2, 3) : 1;
        var at = _dice.Between(50, 1500) * Scenario.Millisecond;
        for (var i = 0; i < shown; i++)
        {
            var newcomer = i;
            _time.After(at + _dice.Between(0, 60) * Scenario.Millisecond, () => Redeem(invite, newcomer));
        }
    }

    /// <summary>Somebody stands at a door with a code.</summary>
    private void Redeem(Invite invite, int which)
    {
        var free = Enumerable.Range(0, _scenario.MostNodes).Select(Address).Where(a => !_processes.Exists(p => p.Address == a && p.IsAlive) && !MayStart(a)).ElementAtOrDefault(which);
        if (free is null || _calm || Insiders() is not { Count: > 0 } doors)
        {
            return;
        }

        var newcomer = DeviceAt(free);
        if (_files.ContainsKey(newcomer.Id))
        {
            // Its device was put out: it comes with another key.
            _devices.Remove(free);
            newcomer = DeviceAt(free);
        }

        var door = _dice.Of(doors);
        _trace.Line(_time.Now, door.Address, $"{free} shows the invite {invite.Id}");
        var circle = door.Node!.Circle!.Circle;
        Petition(door, new DeviceAdmitted(Admission.Of(circle.Id, newcomer.Key.Span, default, "", door.Device!.Id, _time.Now, door.Device.Sign, invite.Id), invite.Id));
    }

    /// <summary>The door knows: who came with an invite is in, or is told why not.</summary>
    private void Admitted(SimulatedProcess door, DeviceAdmitted entry, string? whyNot)
    {
        _trace.Line(_time.Now, door.Address, $"the door says: {whyNot ?? "you are in"}");
        if (whyNot is null && _devices.FirstOrDefault(d => d.Value.Id == entry.Record.Device).Key is { } address && !_files.ContainsKey(entry.Record.Device))
        {
            _files[entry.Record.Device] = _files[door.Device!.Id];
            StartProcess(address);
        }
    }

    private void Kick(Fault fault)
    {
        if (Insiders() is not { Count: > 1 } insiders)
        {
            return;
        }

        var by = _dice.Of(insiders);
        var circle = by.Node!.Circle!.Circle;
        var others = circle.Devices.Where(d => d.Device != by.Device!.Id).ToList();
        if (others.Count < 2)
        {
            return;
        }

        var target = _processes.Find(p => p is { IsAlive: true, Node.Sequencer: not null }) is { } host && host != by && _dice.Permille(300) ? host.Device!.Id : _dice.Of(others).Device;
        Note(fault, $"{by.Address} {string.Concat(_devices.Where(d => d.Value.Id == target).Select(d => d.Key))}");
        _kicked.Add(target);
        Petition(by, new DeviceExpelled(Expulsion.Of(circle.Id, target, by.Device!.Id, _time.Now, by.Device.Sign)));
    }

    /// <summary>Somebody is put out in a moment in which somebody recovers, if such a moment comes.</summary>
    private void KickInRecovery()
    {
        var tries = 0;
        _time.Every(Scenario.Millisecond, () =>
        {
            if (_calm || ++tries > 2000)
            {
                return false;
            }

            if (!_processes.Exists(p => p.Node?.Sequencer is { IsReigning: false }))
            {
                return true;
            }

            Kick(Fault.KickInRecovery);
            return false;
        });
    }

    /// <summary>A member asks for what it may not have: records that nobody has signed, or that who is out has signed, invites in another's name, or used ones.</summary>
    private void Forge()
    {
        if (Insiders() is not { Count: > 0 } insiders || _processes.Find(p => p.Node is { Runs: true, Sequencer: not null })?.Node is not { } host)
        {
            return;
        }

        var liar = _dice.Of(insiders);
        var circle = liar.Node!.Circle!;
        var stranger = new SimulatedDevice($"stranger {_dice.Below(4)}");
        var other = _dice.Of(circle.Circle.Devices.ToList()).Device;
        var expelled = _devices.Values.FirstOrDefault(d => circle.Circle.ExpulsionOf(d.Id) is not null) ?? stranger;
        CircleEntry entry = _dice.Below(5) switch
        {
            0 => new DeviceAdmitted(Admission.Of(circle.Circle.Id, stranger.Key.Span, default, "", other, _time.Now, stranger.Sign), null),
            1 => new DeviceAdmitted(Admission.Of(circle.Circle.Id, stranger.Key.Span, default, "", expelled.Id, _time.Now, expelled.Sign), null),
            2 => new DeviceExpelled(Expulsion.Of(circle.Circle.Id, other, liar.Device!.Id, _time.Now, stranger.Sign)),
            3 => new InviteMade(new Invite(InviteId.Of(_dice.Below(1 << 20))!.Value, default, expelled.Id, long.MaxValue, 1, "", default)),
            _ => ShowsWhatIsOver(liar.Device!, stranger, circle),
        };
        Note(Fault.Forgery, liar.Address);
        Arrive(liar.Node.Id, host.Id, new CircleRequest(entry));
    }

    /// <summary>An admission with an invite that is used, taken back, void or unknown.</summary>
    private DeviceAdmitted ShowsWhatIsOver(SimulatedDevice liar, SimulatedDevice stranger, RoomCircle circle)
    {
        var over = circle.Invites.FirstOrDefault(i => i.Standing != InviteStanding.Open)?.Invite.Id ?? default(InviteId);
        return new(Admission.Of(circle.Circle.Id, stranger.Key.Span, default, "", liar.Id, _time.Now, liar.Sign, over), over);
    }

    // ---- the end ----

    /// <summary>Who was put out, or is known to nobody of the room that it could reach, need not be in it in the end.</summary>
    private bool IsOutside(SimulatedProcess process)
    {
        if (process.Device is not { } device || _processes.Find(p => p is { IsAlive: true, Node: { Runs: true, Cluster.IsUp: true, Sequencer.IsReigning: true } }) is not { } host || host == process)
        {
            return false;
        }

        var circle = _files[host.Device!.Id];
        return !circle.Contains(device.Id) || !_processes.Exists(p => p is { IsAlive: true, Node: { Runs: true, Circle: not null } } && p != process && process.Known.Contains(p.Address) && KnowEachOther(p, process));
    }
}
