using Norris.Core.Protocol;

namespace Norris.Tests.Simulation;

/// <summary>The end of a run: faults stop, and everything that was promised has to come true.</summary>
public sealed partial class Simulator
{
    /// <summary>How long the cluster has to settle after the last fault, in microseconds.</summary>
    private const long CalmLasts = 60 * Scenario.Second;

    /// <summary>For how long after the last fault people go on talking, in microseconds.</summary>
    private const long SayingLasts = 3 * Scenario.Second;

    private void FreezeOne()
    {
        if (_processes.Find(p => p is { IsAlive: true, LeavingSince: null, Node: { Runs: true, Sequencer: not null } }) is { } host && _dice.Permille(700))
        {
            Crash(host, Fault.Crash);
        }

        _time.After(_dice.Between(0, 300) * Scenario.Millisecond, () =>
        {
            if (_processes.FindAll(p => p is { IsAlive: true, LeavingSince: null, Node.Runs: true }) is { Count: > 0 } running)
            {
                var frozen = _dice.Of(running);
                Note(Fault.Freeze, frozen.Address);
                (frozen.IsPaused, frozen.IsFrozen) = (true, true);
            }
        });
    }

    private void BeginCalm()
    {
        _calm = true;
        _trace.Line(_time.Now, "", "calm");
        _network.Heal();
        _network.Weather = Weather.Calm;
        foreach (var process in _processes)
        {
            process.ServiceTime = 5;
            Resume(process);
        }

        // The power is back everywhere: machines without a node refuse connections. Nobody is proven dead but by looking.
        _dark.Clear();
        _time.Every(Scenario.Second, () =>
        {
            if (_processes.TrueForAll(p => !p.IsAlive))
            {
                StartProcess(Enumerable.Range(0, _scenario.MostNodes + 1).Select(Address).First(MayStart));
            }

            return true;
        });
    }

    /// <summary>What is still missing before all promises have come true; null when nothing is.</summary>
    private string? Unsettled()
    {
        if (_time.Now < _scenario.Trouble + SayingLasts + Scenario.Second)
        {
            return "people still talk";
        }

        var alive = _processes.Where(p => p is { IsAlive: true, IsFrozen: false } && !IsOutside(p)).ToList();
        if (alive.Find(p => p.LeavingSince is not null) is { } leaving)
        {
            return $"{leaving.Address} is still leaving";
        }

        if (_processes.Exists(p => p is { IsAlive: true, IsFrozen: true }) && !CanDoWithoutTheFrozen(alive))
        {
            return null;
        }

        if (alive.Count == 0)
        {
            return "nobody is there";
        }

        alive.RemoveAll(KnowsNobody);
        if (alive.TrueForAll(p => p.NeverIn && (p.Node is null || p.Node.Replica.RoomOfLog == RoomId.None)))
        {
            // The room went with the last one who was in it. Whoever was on the way to it begins none, and gives up in the end.
            return null;
        }

        var hosts = alive.ConvertAll(p => p.Node).FindAll(n => n is { Runs: true, Cluster.IsUp: true, Sequencer: not null });
        if (_scenario.IsTorn && WaitsForTheTorn(alive, hosts))
        {
            return null;
        }

        // Whom the host does not reach, because the cable is torn, may be in or out.
        var apart = alive.FindAll(p => hosts.Exists(h => IsApart(p, h!)));
        var inReach = alive.Except(apart).ToList();
        if (inReach.Find(p => p.Node is not { Runs: true, Cluster.IsUp: true }) is { } outside)
        {
            return $"{outside.Address} is not in the cluster";
        }

        if (hosts is not [{ Sequencer: { IsReigning: true } sequencer } host])
        {
            return $"sequencers: {string.Join(", ", hosts.Select(h => $"{h!.Label} {(h.Sequencer!.IsReigning ? "reigns" : $"waits for {h.Sequencer.WaitsFor}")}"))}";
        }

        var nodes = inReach.ConvertAll(p => p.Node!);

        if (sequencer.Stable != sequencer.Highest)
        {
            return $"stable {sequencer.Stable}, highest {sequencer.Highest}";
        }

        var room = _checker.ReaderOn(host.Id).Room;
        foreach (var node in nodes)
        {
            var reader = _checker.ReaderOn(node.Id);
            if (room is null || !reader.IsReading || reader.Room != room || reader.At != room.Tip || room.Tip.Last != sequencer.Highest)
            {
                return $"{node.Label} {(reader.IsReading ? "has" : "is no member, and has")} {reader.At?.Last} of {sequencer.Highest}";
            }
        }

        foreach (var node in nodes)
        {
            if (_checker.ReaderOn(node.Id).Contradicts(_checker.ReaderOn(host.Id)) is { } shown)
            {
                throw new ViolationException("one view of a message", $"{node.Label} and {host.Label} show {Trace.Of(shown.User)}:{shown.Counter} otherwise");
            }
        }

        if (!room!.Fold.Members.Where(m => !apart.Exists(p => p.Address == m.Address)).ToHashSet().SetEquals(nodes.Select(n => n.Id)))
        {
            return $"members are {string.Join(' ', room.Fold.Members.Select(Trace.Of))}";
        }

        return _checker.OwesAnExplanation ? "a history was lost, and nobody said so" : UnsettledUsers(nodes, apart, room);
    }

    /// <summary>
    /// Each end of a torn cable may have to wait for the other, since it cannot know what that one decided: where no member is left who reaches both; or
    /// where one end is to host, and lacks the other's log.
    /// </summary>
    private bool WaitsForTheTorn(List<SimulatedProcess> alive, List<SimulatedNode?> hosts) =>
        alive.TrueForAll(p => _network.IsTorn(p.Address) || !IsMember(p.Node))
        || (hosts is [{ Sequencer.IsReigning: false } host] && _checker.ReaderOn(host.Id).Room is { } room && room.Fold.Members.Any(m => !_network.Connects(host.Id.Address, m.Address)));

    /// <summary>The torn cable is between it and the host; or it has been taken out, and those whom it knows are gone, so that nobody tells it.</summary>
    private bool IsApart(SimulatedProcess process, SimulatedNode host) => !_network.Connects(host.Id.Address, process.Address)
        || (_network.IsTorn(process.Address) && process.Node is { } node && host.Cluster.Gossip.Of(node.Id) is null or Standing.Removed);

    /// <summary>
    /// Whether those who go on can do without the one that stands still for good: they are most of the membership, as each of them has it, and of the one before a change that is not known
    /// to be stable.
    /// </summary>
    private bool CanDoWithoutTheFrozen(List<SimulatedProcess> alive)
    {
        var left = alive.FindAll(p => IsMember(p.Node)).ConvertAll(p => p.Node!);
        bool AreMostOf(IReadOnlyList<NodeId> members) => 2 * left.Count(n => members.Contains(n.Id)) > members.Count;
        return left.Count > 0 && left.TrueForAll(n => AreMostOf(n.Replica.Memberships.Members) && AreMostOf(n.Replica.Memberships.Before ?? n.Replica.Memberships.Members));
    }

    /// <summary>
    /// Whether none of the addresses that it has heard of leads to the room that there is, nor any that those have heard of who are there: it waits, and nobody can tell it. (In a real process
    /// nothing listens meanwhile, so no member can ask it either.)
    /// </summary>
    private bool KnowsNobody(SimulatedProcess process)
    {
        if (!_processes.Exists(p => p.IsAlive && IsMember(p.Node)))
        {
            return false;
        }

        var met = new HashSet<SimulatedProcess> { process };
        for (var wave = new Queue<SimulatedProcess>(met); wave.TryDequeue(out var next);)
        {
            if (IsMember(next.Node))
            {
                return false;
            }

            _processes.FindAll(p => p.IsAlive && next.Known.Contains(p.Address) && met.Add(p)).ForEach(wave.Enqueue);
        }

        return true;
    }

    private bool IsMember(SimulatedNode? node) => node is { Runs: true } && _checker.ReaderOn(node.Id).Room?.Fold.Members.Contains(node.Id) == true;

    private string? UnsettledUsers(List<SimulatedNode> nodes, List<SimulatedProcess> apart, Chronicle room)
    {
        var users = nodes.SelectMany(n => n.Process.Users.Where(u => !u.Machine.IsGone).Select(u => (User: u, Node: n))).ToList();
        foreach (var (user, node) in users)
        {
            if (!user.Machine.IsHere || user.Machine.Pending > 0)
            {
                return $"{Trace.Of(user.Machine.User)} on {node.Label} {(user.Machine.IsHere ? "is here" : "is not here")}, and {user.Machine.Pending} messages wait";
            }

            if (!room.Fold.Users.TryGetValue(user.Machine.User, out var present) || present.Node != node.Id || present.Name != user.Machine.Name)
            {
                return $"{Trace.Of(user.Machine.User)} believes to be here as {user.Machine.Name} on {node.Label}";
            }

            if (MissingOf(user) is { } counter)
            {
                return $"message {counter} of {Trace.Of(user.Machine.User)} was never delivered";
            }
        }

        // A member that has lied a user of its own into the room never lets it go.
        var ghosts = room.Fold.Users.Where(u => !users.Exists(v => v.User.Machine.User == u.Key) && !apart.Exists(p => p.Address == u.Value.Node.Address)
            && !(u.Value.Node != Liar.Stranger && u.Value.Name.StartsWith(Liar.User, StringComparison.Ordinal))).ToList();
        return ghosts.Count == 0 ? null : $"ghosts: {string.Join(' ', ghosts.Select(u => u.Value.Name))}";
    }

    /// <summary>An accepted message that nobody ever delivered. (What was delivered and lost with the dead is the checker's matter.)</summary>
    private long? MissingOf(SimulatedUser user)
    {
        for (; user.Delivered < user.Said; user.Delivered++)
        {
            var id = new MessageId(user.Machine.User, user.Delivered + 1);
            if (!_checker.Rooms.Values.Any(r => r.With(id).Count > 0))
            {
                return id.Counter;
            }
        }

        return null;
    }

    private void RequireBounds(SimulatedNode node)
    {
        var slack = 2 * Limits.PageBytes;
        if (node.Replica.Bytes > 3 * _options.RetainedBytes + _options.HeldBackBytes + slack)
        {
            throw new ViolationException("memory bounds", $"the replica on {node.Label} holds {node.Replica.Bytes} bytes");
        }

        if (node.Sequencer is { } sequencer && sequencer.Bytes > 3 * _options.RetainedBytes + slack)
        {
            throw new ViolationException("memory bounds", $"the sequencer on {node.Label} holds {sequencer.Bytes} bytes");
        }

        foreach (var user in node.Process.Users)
        {
            if (user.Machine.OutboxBytes > _options.OutboxBytes + 64 * 1024)
            {
                throw new ViolationException("memory bounds", $"the outbox of {Trace.Of(user.Machine.User)} holds {user.Machine.OutboxBytes} bytes");
            }
        }
    }
}
