using Norris.Core.Protocol;

namespace Norris.Tests.Simulation;

/// <summary>
/// Runs the real machines of a whole cluster on one thread in virtual time. The same seed gives the same run, step by step.
/// This part performs what the machines want; Simulator.Cluster.cs moves nodes in and out, in Simulator.People.cs people talk, the nemesis breaks things, the checker judges.
/// </summary>
public sealed partial class Simulator
{
    private const long TickEvery = 25 * Scenario.Millisecond;
    private readonly Scenario _scenario;
    private readonly Timeline _time = new();
    private readonly Dice _dice;
    private readonly Trace _trace;
    private readonly Breakage _breakage;
    private readonly ProtocolOptions _options;
    private readonly SimulatedNetwork _network;
    private readonly HashSet<NodeId> _askedFor = [];
    private readonly Checker _checker;
    private readonly Dictionary<NodeId, SimulatedNode> _nodes = [];
    private readonly List<SimulatedProcess> _processes = [];
    private readonly Stack<List<Effect>> _spare = new();
    private int _incarnations;
    private bool _calm;

    public Simulator(Scenario scenario, Trace trace, Breakage? breakage = null)
    {
        _scenario = scenario;
        _trace = trace;
        _breakage = breakage ?? new Breakage();
        _options = _breakage.Options(scenario.Options);
        _dice = new Dice(scenario.Seed);
        _network = new SimulatedNetwork(_time, _dice, Statistics) { Weather = scenario.Weather };
        _checker = new Checker(
            node => _nodes[node].Runs,
            _askedFor.Contains,
            (host, node) => _nodes[host].View.Present.Contains(node));
    }

    public Statistics Statistics { get; } = new() { Seeds = 1 };

    public long Now => _time.Now;

    /// <summary>Runs the whole scenario. Throws <see cref="ViolationException"/> where a promise is broken.</summary>
    public void Run()
    {
        try
        {
            _trace.Line(0, "", _scenario.ToString());
            Begin();
            RunUntil(_scenario.Trouble, null);
            BeginCalm();
            RunUntil(_scenario.Trouble + CalmLasts, () => Unsettled() is null);
            if (Unsettled() is { } why)
            {
                foreach (var process in _processes.Where(p => p.IsAlive))
                {
                    _trace.Line(_time.Now, process.Address, $"knows the addresses {string.Join(' ', process.Known.Order(StringComparer.Ordinal))}");
                }

                foreach (var node in _nodes.Values.Where(n => n.Runs))
                {
                    _trace.Line(_time.Now, node.Label, $"knows the cluster as {node.Cluster.Gossip}, dead {string.Join(' ', node.Dead.Select(Trace.Of))}");
                }

                throw new ViolationException("liveness", why);
            }

            JudgeLosses();
        }
        catch (Exception e) when (e is not ViolationException)
        {
            throw new ViolationException("no machine fails", e.ToString());
        }
        finally
        {
            Statistics.Steps = _time.Steps;
            Statistics.VirtualTime = _time.Now;
            Statistics.Deliveries = _checker.Deliveries;
            Statistics.Reigns = _checker.Reigns;
            Statistics.NewRooms = _checker.Rooms.Count;
            Statistics.Losses = _checker.Losses;
        }
    }

    private void RunUntil(long until, Func<bool>? isDone)
    {
        var nextLook = _time.Now;
        while (_time.Step(until))
        {
            if (isDone is not null && _time.Now >= nextLook)
            {
                nextLook = _time.Now + 250 * Scenario.Millisecond;
                if (isDone())
                {
                    return;
                }
            }
        }
    }

    // ---- mailboxes ----

    private void Arrive(NodeId from, NodeId to, Message message)
    {
        if (!_nodes.TryGetValue(to, out var node) || !node.Runs || AreStrangers(from, node))
        {
            return;
        }

        if (_nodes.TryGetValue(from, out var sender) && sender.IsKilled && _dice.Permille(500))
        {
            Statistics.Count(Fault.Lost);
            return;
        }

        if (node.Cluster.HasQuarantined(from))
        {
            CarryToCluster(node, from, new ClusterMessage.Quarantined());
            return;
        }

        switch (message)
        {
            case ToReplicaMessage m:
                node.ReplicaBox.Add(from, m);
                RunReplicaLater(node);
                break;
            case ToSequencerMessage m when node.Sequencer is not null:
                node.SequencerBox.Add(from, m);
                RunSequencerLater(node);
                break;
        }
    }

    private void RunReplicaLater(SimulatedNode node)
    {
        if (!node.ReplicaBox.IsScheduled)
        {
            node.ReplicaBox.IsScheduled = true;
            _time.After(node.Process.ServiceTime, () => RunReplica(node));
        }
    }

    private void RunReplica(SimulatedNode node)
    {
        node.ReplicaBox.IsScheduled = false;
        if (!node.Runs || node.Process.IsPaused || !node.ReplicaBox.TryTake(out var next))
        {
            return;
        }

        var now = node.Process.Now(_time.Now);
        var effects = Borrow();
        if (_breakage.Sees(node, next.Message) is ToReplicaMessage message)
        {
            if (_trace.On)
            {
                _trace.Line(_time.Now, node.Label, $"replica  <- {Trace.Of(next.From)}: {Trace.Of(message)}");
            }

            node.Replica.Handle(next.From, message, now, effects);
        }

        if (node.ReplicaBox.Count == 0)
        {
            node.Replica.Drained(now, effects);
        }
        else
        {
            RunReplicaLater(node);
        }

        Perform(node, effects);
        RequireBounds(node);
    }

    private void RunSequencerLater(SimulatedNode node)
    {
        if (!node.SequencerBox.IsScheduled)
        {
            node.SequencerBox.IsScheduled = true;
            _time.After(node.Process.ServiceTime, () => RunSequencer(node));
        }
    }

    private void RunSequencer(SimulatedNode node)
    {
        node.SequencerBox.IsScheduled = false;
        if (!node.Runs || node.Process.IsPaused || !node.SequencerBox.TryTake(out var next) || node.Sequencer is null)
        {
            return;
        }

        var now = node.Process.Now(_time.Now);
        var effects = Borrow();
        if (_breakage.Sees(node, next.Message) is ToSequencerMessage message)
        {
            if (_trace.On)
            {
                _trace.Line(_time.Now, node.Label, $"sequencer<- {Trace.Of(next.From)}: {Trace.Of(message)}");
            }

            node.Sequencer.Handle(next.From, message, now, effects);
        }

        if (node.SequencerBox.Count == 0)
        {
            node.Sequencer.Drained(now, effects);
        }
        else
        {
            RunSequencerLater(node);
        }

        Perform(node, effects);
    }

    private bool Tick(SimulatedNode node)
    {
        if (!node.Runs || node.Process.IsPaused)
        {
            return node.Runs;
        }

        var now = node.Process.Now(_time.Now);
        var effects = Borrow();
        var isSlow = ++node.Ticks % Ticks.OneInWhenQuiet == 0;
        if (isSlow || !node.Replica.IsQuiet)
        {
            node.Replica.Tick(now, effects);
        }

        if (isSlow || node.Sequencer is { IsQuiet: false })
        {
            node.Sequencer?.Tick(now, effects);
        }

        foreach (var user in node.Process.Users)
        {
            if (isSlow || !user.Machine.IsQuiet)
            {
                user.Machine.Tick(now, effects);
            }
        }

        GoOnWithTheCircle(node, now, effects);
        node.Process.Wishes.Tick(node.Replica.Room, now, effects);
        Perform(node, effects);
        RequireBounds(node);
        LookAround(node);
        GoOnLeaving(node);
        return node.Runs;
    }

    // ---- effects ----

    private List<Effect> Borrow() => _spare.TryPop(out var list) ? list : [];

    private void Perform(SimulatedNode node, List<Effect> effects)
    {
        foreach (var wanted in effects)
        {
            if (_breakage.Does(node, wanted) is { } effect)
            {
                Perform(node, effect);
            }
        }

        effects.Clear();
        _spare.Push(effects);
    }

    private void Perform(SimulatedNode node, Effect effect)
    {
        switch (effect)
        {
            case Send e:
                Carry(node, e.To, e.Message);
                break;
            case SendToSequencer e:
                if (SequencerSeenBy(node) is { } host)
                {
                    Carry(node, host, e.Message);
                }

                break;
            case Publish e:
                _checker.Numbered(node.Id, e.Batch);
                foreach (var other in _nodes.Values)
                {
                    if (other.Runs && (other == node || (other.SubscribedAt <= _time.Now && node.Cluster.Gossip.Of(other.Id) is < Standing.Down)))
                    {
                        Carry(node, other.Id, e.Batch);
                    }
                }

                break;
            case TakeOut when _breakage.TakesOut(node.Cluster, _time.Now) is not null:
                break;
            case TakeOut e:
                _trace.Line(_time.Now, node.Label, $"takes out {Trace.Of(e.Node)}: {e.Why}");
                Statistics.Count(Fault.Removal);
                node.Cluster.TakeOut(e.Node);
                break;
            case NoRoomHere:
                _trace.Line(_time.Now, node.Label, "finds no room in this cluster");
                Fence(node, 0);
                break;
            default:
                if (_trace.On)
                {
                    _trace.Line(_time.Now, node.Label, Trace.Of(effect));
                }

                Tell(node, effect);
                break;
        }
    }

    private void Carry(SimulatedNode from, NodeId to, Message message)
    {
        if (_trace.On)
        {
            _trace.Line(_time.Now, from.Label, $"           -> {Trace.Of(to)}: {Trace.Of(message)}");
        }

        var sender = from.Id;
        if (from.Cluster.HasQuarantined(to))
        {
            return;
        }

        _network.Carry(sender, to, () => Arrive(sender, to, message));
    }

    private NodeId? SequencerSeenBy(SimulatedNode node)
    {
        // While an usurper reigns, some proxies find it.
        if (_usurper is { Runs: true, Sequencer: not null } usurper && _dice.Permille(300))
        {
            return usurper.Id;
        }

        return node.Oldest;
    }

    private void TellUsers(SimulatedNode node, Effect effect)
    {
        var now = node.Process.Now(_time.Now);
        var effects = Borrow();
        foreach (var user in node.Process.Users)
        {
            switch (effect)
            {
                case LogStarted e:
                    user.Machine.LogStarted(node.Id, e.Before, now, effects);
                    break;
                case Deliver e when e.Record.Entry.About == user.Machine.User:
                    user.Machine.Delivered(e.Record, now, effects);
                    break;
                case Excluded e:
                    user.Machine.Excluded(e.At);
                    break;
                case EpochAccepted:
                    user.Machine.EpochAccepted(now, effects);
                    break;
                case Settled e:
                    user.Machine.Settled(e.UpTo, now, effects);
                    break;
                case RefuseUser e when e.User == user.Machine.User:
                    user.IsRefused(now, effects);
                    break;
            }
        }

        switch (effect)
        {
            case Gone:
                node.HasSaidGoodbye = true;
                if (node.Process.HostDiesWhenGone && !_calm)
                {
                    CrashHostOf(node.Process);
                }

                break;
            case LogStarted:
                node.Process.NeverIn = false;
                break;
            case Excluded:
                node.Process.ApartSince = _time.Now;
                Statistics.Expulsions++;
                break;
        }

        Perform(node, effects);
    }
}
