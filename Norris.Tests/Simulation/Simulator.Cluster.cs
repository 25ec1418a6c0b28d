using Norris.Core.Protocol;

namespace Norris.Tests.Simulation;

/// <summary>Processes start, join the cluster, see it change, are taken out and come back.</summary>
public sealed partial class Simulator
{
    /// <summary>How long a process that was never in a room looks for one, in microseconds.</summary>
    private const long JoinLasts = 12 * Scenario.Second;

    /// <summary>The same, of one that was let into a cluster once.</summary>
    private const long WaitLasts = 60 * Scenario.Second;

    /// <summary>How long an incarnation may take to be let into the cluster before the process tries another, in microseconds.</summary>
    private const long LetInLasts = 10 * Scenario.Second;

    /// <summary>How long its people wait, apart from everybody, until one of them says /reform, in microseconds.</summary>
    private const long ReformAfter = 15 * Scenario.Second;

    private SimulatedNode? _usurper;
    private long _reformedAt = -ReformAfter;

    private void Begin()
    {
        FoundCircle();
        for (var i = 0; i < _scenario.Nodes; i++)
        {
            var address = Address(_scenario.HighestFirst ? _scenario.Nodes - 1 - i : i);
            _time.After(i == 0 ? 0 : _dice.Between(50, 800) * Scenario.Millisecond, () => StartProcess(address));
        }

        PlanNextFault();

        if (_scenario.OneFreezes)
        {
            _time.After(_scenario.Trouble - (_dice.Between(50, 1500) * Scenario.Millisecond), FreezeOne);
        }

        if (_scenario.IsTorn)
        {
            _time.After(_dice.Between(2000, 10_000) * Scenario.Millisecond, () => _network.Tear(Address(1), Address(2)));
        }
    }

    private static string Address(int i) => ((char)('A' + i)).ToString();

    private void StartProcess(string address, IReadOnlyList<byte[]>? tokens = null)
    {
        if (_processes.Exists(p => p.IsAlive && p.Address == address) || !MayStart(address))
        {
            return;
        }

        _dark.Remove(address);
        _processes.RemoveAll(p => p.Address == address);

        // Who finds nobody starts a room; who knows somebody joins, and never starts one.
        var others = _processes.Where(p => p.IsAlive).Select(p => p.Address).ToList();
        var process = new SimulatedProcess(address, _time.Now - _dice.Between(0, 10) * Scenario.Second, _options)
        {
            MayBegin = others.Count == 0,
            WallOffset = _scenario.ClocksApart ? _dice.Between(-3_600_000, 3_600_000) : 0,
            ApartSince = _time.Now,
        };
        process.Known.UnionWith(others.Where(_ => _dice.Permille(500)));
        if (others.Count > 0)
        {
            process.Known.Add(_dice.Of(others));
        }

        _processes.Add(process);
        Equip(process);
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

        if (process.IsPaused)
        {
            JoinLater(process, 100 * Scenario.Millisecond);
            return;
        }

        BeginLife(process);
    });

    /// <summary>A new incarnation, which asks everyone it knows until somebody lets it in.</summary>
    private void BeginLife(SimulatedProcess process)
    {
        var id = new NodeId(process.Address, ++_incarnations);
        SimulatedNode node = null!;
        var part = new ClusterPart(id, _time, _dice, (to, message) => CarryToCluster(node, to, message), () => OnClusterChanged(node));
        node = new SimulatedNode(id, process, new Replica(id, _options, process.Device?.Id), new Rivalry(_options), part)
        {
            SubscribedAt = _time.Now + _dice.Between(0, 400) * Scenario.Millisecond,
            MayBegin = process.MayBegin,
            Started = _time.Now,
            Remembered = [.. process.Known],
            GoesTo = process.GoesTo,
        };
        process.MayBegin = false;
        process.GoesTo = null;
        _nodes.Add(id, node);
        process.Node = node;
        if (process.Former is { } former)
        {
            _checker.Reborn(former, id);
            Statistics.Count(Fault.Rebirth);
        }

        if (node.MayBegin)
        {
            _askedFor.Add(id);
            part.Begin();
        }
        else
        {
            AskToJoin(node);
        }

        _time.After(_dice.Between(1, ClusterPart.GossipEvery), () => _time.Every(ClusterPart.GossipEvery, () =>
        {
            if (node.Runs && !process.IsPaused)
            {
                part.Tick();
                foreach (var victim in _breakage.TakesOut(part, _time.Now) ?? [])
                {
                    _trace.Line(_time.Now, node.Label, $"takes out {Trace.Of(victim)}, by counting");
                    part.TakeOut(victim);
                }

                if (!part.IsUp && _time.Now - node.Started >= LetInLasts)
                {
                    _trace.Line(_time.Now, node.Label, "was not let in for long, and tries anew");
                    Fence(node, 0);
                }
            }

            return node.Runs;
        }));
        _time.After(_dice.Between(1, TickEvery), () => _time.Every(TickEvery, () => Tick(node)));
        _time.After(_dice.Between(1, ProbeEvery), () => _time.Every(ProbeEvery, () => LookForProof(node)));
    }

    /// <summary>Whether it has a log, and looks around, or has just heard of a death: then what it waited for may have come.</summary>
    private bool MayGoOn(SimulatedNode? node) => node is { Replica.RoomOfLog: var room } && room != RoomId.None && (node.LooksAround || _time.Now - node.ProvenAt < 2 * Scenario.Second);

    private void AskToJoin(SimulatedNode node) => _time.Every(200 * Scenario.Millisecond, () =>
    {
        if (!node.Runs || node.Cluster.IsJoined)
        {
            return false;
        }

        var process = node.Process;
        if (process.IsPaused)
        {
            return true;
        }

        if (process.NeverIn && _time.Now - process.ApartSince > (process.HasFound ? WaitLasts : JoinLasts))
        {
            _trace.Line(_time.Now, node.Label, "finds no room, and ends");
            Stop(process);
            return false;
        }

        // Nobody says so while anybody was in the room until a moment ago, or may be about to go on; nor where somebody else has just said so.
        if (!process.NeverIn && _time.Now - _reformedAt > ReformAfter && _processes.TrueForAll(p => !p.IsAlive || (!MayGoOn(p.Node) && (p.NeverIn || (p.Node?.Replica.Room is null && _time.Now - p.ApartSince > ReformAfter)))))
        {
            _trace.Line(_time.Now, node.Label, "*** /reform");
            _reformedAt = _time.Now;
            process.MayBegin = true;
            Fence(node, 0);
            return false;
        }

        var known = process.Known.Where(a => a != process.Address).Order(StringComparer.Ordinal).ToList();
        if (known.Count > 0)
        {
            var address = node.GoesTo ?? _dice.Of(known);
            if (!AskADoor(node, address))
            {
                return false;
            }

            _network.Carry(node.Id, new NodeId(address, 0), () =>
            {
                if (_processes.Find(p => p.IsAlive && p.Address == address)?.Node is { Runs: true } there && !AreStrangers(node.Id, there))
                {
                    WhenItRuns(there, () => there.Cluster.Handle(node.Id, new ClusterMessage.Join()));
                }
            });
        }

        return true;
    });

    private void CarryToCluster(SimulatedNode from, NodeId to, ClusterMessage message) => _network.Carry(from.Id, to, () =>
    {
        if (_nodes.TryGetValue(to, out var node) && node.Runs && !AreStrangers(from.Id, node))
        {
            WhenItRuns(node, () => node.Cluster.Handle(from.Id, message));
        }
    });

    /// <summary>What reaches a process that stands still waits there.</summary>
    private static void WhenItRuns(SimulatedNode node, Action happens)
    {
        if (node.Process.IsPaused || node.Runs)
        {
            WhenItRuns(node.Process, happens);
        }
    }

    private static void WhenItRuns(SimulatedProcess process, Action happens)
    {
        if (process.IsPaused)
        {
            process.Waiting.Add(happens);
        }
        else
        {
            happens();
        }
    }

    private void OnClusterChanged(SimulatedNode node)
    {
        var cluster = node.Cluster;
        if (!node.Runs || node.IsFencing)
        {
            return;
        }

        if (cluster.IsOver)
        {
            _trace.Line(_time.Now, node.Label, "hears that it is out");
            Fence(node, _dice.Between(0, 300) * Scenario.Millisecond);
            return;
        }

        foreach (var (id, (standing, _)) in cluster.Gossip.Nodes)
        {
            if (standing != Standing.Removed)
            {
                node.Process.Known.Add(id.Address);
            }

            if (cluster.LeftProperly.Contains(id) && node.Dead.Add(id))
            {
                node.Left.Add(id);
            }

            // An address that answers as another incarnation: the old one is gone for certain.
            if (standing < Standing.Removed && _breakage.TakesReturnForProof)
            {
                node.Dead.UnionWith(cluster.Gossip.Nodes.Keys.Where(n => n.Address == id.Address && n.Incarnation < id.Incarnation));
            }
        }

        if (cluster.IsUp && !node.AskedToJoin)
        {
            node.AskedToJoin = true;
            node.Process.HasFound = true;
            _trace.Line(_time.Now, node.Label, "is up in the cluster");
            var effects = Borrow();
            node.Replica.Join(node.Process.Now(_time.Now), effects);
            Perform(node, effects);
        }

        See(node);
    }

    private void See(SimulatedNode node)
    {
        var gossip = node.Cluster.Gossip;
        if (!node.Cluster.IsUp)
        {
            return;
        }

        var present = gossip.Nodes.Where(n => n.Key == node.Id || (n.Value.Standing is Standing.Joining or Standing.Up or Standing.Leaving && !node.Dead.Contains(n.Key))).Select(n => n.Key).ToHashSet();
        node.Met.UnionWith(gossip.Members);
        node.Oldest = gossip.Oldest;
        node.View = _breakage.Views(node, new ClusterView(present, new HashSet<NodeId>(node.Dead))
        {
            Left = new HashSet<NodeId>(node.Left),
            Unreachable = [.. present.Where(n => n == node.Id ? gossip.Observations.GetValueOrDefault(n)?.Unreachable.Overlaps(present) == true : gossip.IsSeenAsUnreachable(n)).OrderBy(n => gossip.Nodes[n].UpNumber is > 0 and var up ? up : int.MaxValue)],
            SomebodyWaits = gossip.Nodes.Values.Any(n => n.Standing is Standing.Joining or Standing.Leaving or Standing.Exiting or Standing.Down),
            Oldest = node.Oldest,
            LookedAround = node.LookedAround,
        });
        var now = node.Process.Now(_time.Now);
        node.Replica.SetView(node.View, now);
        if (node.Oldest == node.Id && node.Sequencer is null && !node.SequencerPlanned && !node.HasLeft)
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
            sequencer.SetView(node.View, now, effects);
            Perform(node, effects);
        }
    }

    private void StartSequencer(SimulatedNode node)
    {
        _trace.Line(_time.Now, node.Label, "a sequencer starts");
        node.Sequencer = new Sequencer(
            node.Id, _options, new RoomId(_dice.Next()), _dice.Permille(500) ? node.Replica.Accepted : default,
            mayBegin: (node.MayBegin && node.Replica.Room is null) || _breakage.MayBegin,
            home: HomeOf(node.Process));
        var effects = Borrow();
        node.Sequencer.SetView(node.View, node.Process.Now(_time.Now), effects);
        Perform(node, effects);
    }

    // ---- taken out, and back ----

    /// <summary>The node gives up this incarnation, and its process comes back as another one with the same people.</summary>
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

        _trace.Line(_time.Now, node.Label, "gives up this life");
        node.Runs = false;
        var process = node.Process;
        process.ApartSince = node.Replica.Room is null ? process.ApartSince : _time.Now;
        process.Node = null;
        process.Former = node.Id;
        foreach (var user in process.Users)
        {
            user.Machine.Excluded();
        }

        CloseConnections(node.Id);
        JoinLater(process, _dice.Between(50, 500) * Scenario.Millisecond);
    }
}
