using Norris.Actors.Protocol;

namespace Norris.Tests.Simulation;

/// <summary>Processes start, join the cluster, see it change, are fenced, and leave.</summary>
public sealed partial class Simulator
{
    private SimulatedNode? _usurper;

    private void Begin()
    {
        for (var i = 0; i < _scenario.Nodes; i++)
        {
            var address = Address(_scenario.HighestFirst ? _scenario.Nodes - 1 - i : i);
            _time.After(i == 0 ? 0 : _dice.Between(50, 800) * Scenario.Millisecond, () => StartProcess(address));
        }

        _time.Every(100 * Scenario.Millisecond, () =>
        {
            KeepTheMajority();
            return true;
        });
        PlanNextFault();
    }

    private static string Address(int i) => ((char)('A' + i)).ToString();

    private void StartProcess(string address, IReadOnlyList<byte[]>? tokens = null)
    {
        if (_processes.Exists(p => p.IsAlive && p.Address == address))
        {
            return;
        }

        _processes.RemoveAll(p => p.Address == address);
        var process = new SimulatedProcess(address, _time.Now - _dice.Between(0, 10) * Scenario.Second);
        _processes.Add(process);
        for (var i = 0; i < _scenario.UsersPerNode; i++)
        {
            AddUser(process, tokens is not null && i < tokens.Count ? tokens[i] : null);
        }

        JoinLater(process, _dice.Between(1, 100) * Scenario.Millisecond);
    }

    private void JoinLater(SimulatedProcess process, long after) => _time.After(after, () =>
    {
        if (!process.IsAlive || process.LeavingSince is not null)
        {
            process.IsAlive = process.LeavingSince is null && process.IsAlive;
            return;
        }

        if (process.IsPaused || !TryJoin(process))
        {
            JoinLater(process, 100 * Scenario.Millisecond);
        }
    });

    private bool TryJoin(SimulatedProcess process)
    {
        foreach (var old in _cluster.Members.Where(m => m.Address == process.Address).ToList())
        {
            // The address answers with another incarnation: the old one is gone for certain.
            _cluster.ProveDead(old);
        }

        if (!_cluster.Members.Any(m => _nodes[m].Runs))
        {
            _cluster.Reset(_nodes.Values.Where(n => !n.Runs).Select(n => n.Id));
        }
        else if (!_cluster.Members.Any(m => Responds(m) && _network.Connects(m.Address, process.Address)))
        {
            return false;
        }

        var id = new NodeId(process.Address, ++_incarnations);
        var node = new SimulatedNode(id, process, new Replica(id, _options))
        {
            SubscribedAt = _time.Now + _dice.Between(0, 400) * Scenario.Millisecond,
        };
        _nodes.Add(id, node);
        process.Node = node;
        if (process.Former is { } former)
        {
            _checker.Reborn(former, id);
            Statistics.Count(Fault.Rebirth);
            if (!_cluster.Dead.Contains(former))
            {
                _cluster.ProveDead(former);
            }
        }

        _cluster.Add(id);
        _trace.Line(_time.Now, node.Label, "joins the cluster");
        See(node, _cluster.Versions.Count - 1);
        var effects = Borrow();
        node.Replica.Join(process.Now(_time.Now), effects);
        Perform(node, effects);
        _time.After(_dice.Between(1, TickEvery), () => _time.Every(TickEvery, () => Tick(node)));
        return true;
    }

    private bool Responds(NodeId node) => _nodes[node] is { Runs: true, IsFencing: false, Process.IsPaused: false };

    /// <summary>The cluster as a node gets to know it: late, and only while it reaches another member.</summary>
    private void Observe(SimulatedNode node)
    {
        if (node.Version == _cluster.Versions.Count - 1)
        {
            return;
        }

        if (node.NextVersionAt == 0)
        {
            node.NextVersionAt = _time.Now + _dice.Between(0, 300) * Scenario.Millisecond;
        }

        if (_time.Now < node.NextVersionAt || !ReachesTheCluster(node))
        {
            return;
        }

        node.NextVersionAt = 0;
        See(node, _dice.Permille(500) ? _cluster.Versions.Count - 1 : node.Version + 1);
    }

    private bool ReachesTheCluster(SimulatedNode node)
    {
        var others = _cluster.Members.Where(m => m != node.Id && Responds(m)).ToList();
        return others.Count == 0 || others.Exists(m => _network.Connects(m.Address, node.Id.Address));
    }

    private void See(SimulatedNode node, int version)
    {
        node.Version = version;
        var (members, dead) = _cluster.Versions[version];
        if (!members.Contains(node.Id))
        {
            Fence(node, _dice.Between(0, 500) * Scenario.Millisecond);
            return;
        }

        node.View = _breakage.Views(node, new ClusterView(new SortedSet<NodeId>(members), dead));
        node.Oldest = members[0];
        var isOldest = members[0] == node.Id;
        if (isOldest && node.Sequencer is null && !node.SequencerPlanned)
        {
            node.SequencerPlanned = true;
            _time.After(_dice.Between(10, 400) * Scenario.Millisecond, () =>
            {
                node.SequencerPlanned = false;
                if (node.Runs && node.Sequencer is null)
                {
                    StartSequencer(node);
                }
            });
        }

        if (node.Sequencer is { } sequencer)
        {
            var effects = Borrow();
            sequencer.SetView(node.View, node.Process.Now(_time.Now), effects);
            Perform(node, effects);
        }
    }

    private void StartSequencer(SimulatedNode node)
    {
        _trace.Line(_time.Now, node.Label, "a sequencer starts");
        node.Sequencer = new Sequencer(node.Id, _options, new RoomId(_dice.Next()), _dice.Permille(500) ? node.Replica.Accepted : default);
        var effects = Borrow();
        node.Sequencer.SetView(node.View, node.Process.Now(_time.Now), effects);
        Perform(node, effects);
    }

    /// <summary>Ruled out, the node stops, and its process comes back as another one with the same people.</summary>
    private void Fence(SimulatedNode node, long after)
    {
        if (node.IsFencing)
        {
            return;
        }

        node.IsFencing = true;
        Statistics.Count(Fault.SelfFence);
        _time.After(after, () => FenceNow(node));
    }

    private void FenceNow(SimulatedNode node)
    {
        if (!node.Runs)
        {
            return;
        }

        if (node.Process.IsPaused)
        {
            _time.After(_dice.Between(1, 300) * Scenario.Millisecond, () => FenceNow(node));
            return;
        }

        if (!_nodes.Values.Any(n => n.Runs && n != node))
        {
            // Those who went on without it are dead, and it has not heard of that: it finds them dead, and goes on as the cluster.
            _trace.Line(_time.Now, node.Label, "finds the others dead, and never knew that it was out");
            _cluster.GoOnWith(node.Id, _nodes.Values.Where(n => !n.Runs).Select(n => n.Id));
            node.IsFencing = false;
            See(node, _cluster.Versions.Count - 1);
            return;
        }

        _trace.Line(_time.Now, node.Label, "fences itself");
        node.Runs = false;
        var process = node.Process;
        process.Node = null;
        process.Former = node.Id;
        foreach (var user in process.Users)
        {
            user.Machine.Excluded();
        }

        JoinLater(process, _dice.Between(50, 500) * Scenario.Millisecond);
    }

    private void KeepTheMajority()
    {
        var out_ = _cluster.RuleOut(Responds, (a, b) => _network.Connects(a.Address, b.Address), _scenario.StableAfter);
        if (out_.Count == 0)
        {
            return;
        }

        _cluster.Remove(out_);
        foreach (var id in out_)
        {
            Statistics.Count(Fault.Removal);
            _trace.Line(_time.Now, Trace.Of(id), "is ruled out");

            // Both sides decide for themselves, one a little before the other.
            if (_nodes[id].Runs)
            {
                Fence(_nodes[id], _dice.Between(0, 1500) * Scenario.Millisecond);
            }
        }
    }

    // ---- leaving ----

    private void BeginLeaving(SimulatedProcess process)
    {
        process.LeavingSince = _time.Now;
        _trace.Line(_time.Now, process.Address, "wants to leave");
        foreach (var user in process.Users)
        {
            LeaveUser(process, user);
        }
    }

    private void LeaveUser(SimulatedProcess process, SimulatedUser user)
    {
        user.IsLeaving = true;
        if (process.Node is { Runs: true } node)
        {
            var effects = Borrow();
            user.Machine.Leave(process.Now(_time.Now), effects);
            Perform(node, effects);
        }
    }

    private void GoOnLeaving(SimulatedNode node)
    {
        if (node.Process.LeavingSince is not { } since || node.HasLeft)
        {
            return;
        }

        var waited = _time.Now - since;
        if (!node.AskedToLeave && (node.Process.Users.TrueForAll(u => u.Machine.IsGone) || waited > 2 * Scenario.Second))
        {
            node.AskedToLeave = true;
            var effects = Borrow();
            node.Replica.Leave(node.Process.Now(_time.Now), effects);
            Perform(node, effects);
        }

        if (node.HasSaidGoodbye || waited > 5 * Scenario.Second)
        {
            node.HasLeft = true;
            _cluster.Remove(node.Id);
            _trace.Line(_time.Now, node.Label, "leaves the cluster");

            // The old host may go on for a while after the new one has begun.
            _time.After(_dice.Between(0, 500) * Scenario.Millisecond, () => Stop(node.Process));
        }
    }

    private static void Stop(SimulatedProcess process)
    {
        process.IsAlive = false;
        if (process.Node is { } node)
        {
            node.Runs = false;
            process.Node = null;
        }
    }
}
