using System.Globalization;
using Norris.Core.Protocol;
using Norris.Tests.Simulation;

namespace Norris.Tests.ModelCheck;

/// <summary>A whole room in one state: the machines, what is on its way, the cluster round them, and what was delivered. Immutable from outside.</summary>
internal sealed class World
{
    private readonly Stepper _stepper;
    private readonly Configuration _configuration;
    private readonly Part?[] _seats;
    private readonly Part?[] _sequencers;
    private readonly Links _links;
    private Trace _trace = Trace.Off;

    private World(Stepper stepper, Configuration configuration, Part?[] seats, Part?[] sequencers, Links links) =>
        (_stepper, _configuration, _seats, _sequencers, _links) = (stepper, configuration, seats, sequencers, links);

    public Surroundings Around { get; private set; } = null!;

    public Told Told { get; private set; } = null!;

    public Budget Budget { get; private set; }

    /// <summary>Milliseconds.</summary>
    public long Time { get; private set; } = 1000;

    /// <summary>How many messages were said by each node's user.</summary>
    public IReadOnlyList<byte> Said { get; private set; } = [];

    public Links Links => _links;

    /// <summary>Nobody has begun to leave.</summary>
    public bool AllStay => Budget.Leaves == _configuration.Budget.Leaves;

    public int Count => _seats.Length;

    public ulong Fingerprint { get; private set; }

    public Seat? SeatOf(int node) => _seats[node]?.Seat;

    public Sequencer? SequencerOf(int node) => _sequencers[node]?.Sequencer;

    /// <summary>So many nodes have come in, one after the other, and nothing is under way.</summary>
    public static World Begin(Stepper stepper, Configuration configuration)
    {
        var nodes = configuration.Nodes;
        var ids = Enumerable.Range(0, nodes).Select(i => new NodeId($"akka.tcp://norris@{(char)('a' + i)}:4053", i + 1)).ToList();
        var world = new World(stepper, configuration, new Part?[nodes], new Part?[nodes], new Links(nodes))
        {
            Around = Surroundings.Beginning(ids),
            Told = new Told(ids),
            Said = new byte[nodes],
        };
        for (var i = 0; i < nodes; i++)
        {
            var next = world.Copy();
            next.Start(i);
            next.Finish();
            world = Calm.Settle(next);
        }

        var start = world.Copy();
        start.Budget = configuration.Budget;
        start.Finish();
        return start;
    }

    /// <summary>The world after a move; throws <see cref="ViolationException"/> where that breaks a promise.</summary>
    /// <param name="move">One of <see cref="Moves.Of(World)"/>.</param>
    /// <param name="trace">Where to say what happens.</param>
    public World After(Move move, Trace? trace = null)
    {
        var next = Copy();
        next._trace = trace ?? Trace.Off;
        try
        {
            next.Do(move);
            next.BePrompt();
        }
        catch (Exception e) when (e is not ViolationException)
        {
            throw new ViolationException("no machine fails", e.ToString());
        }

        next._trace = Trace.Off;
        next.Finish();
        return next;
    }

    private World Copy() => new(_stepper, _configuration, (Part?[])_seats.Clone(), (Part?[])_sequencers.Clone(), _links.Copy())
    {
        Around = Around,
        Told = Told,
        Budget = Budget,
        Time = Time,
        Said = Said,
    };

    private void Finish()
    {
        var hash = Copies.Mix(Around.Fingerprint, Copies.Mix(Told.Fingerprint, Copies.Mix((ulong)Time, Budget.Fingerprint)));
        for (var i = 0; i < Count; i++)
        {
            hash = Copies.Mix(Copies.Mix(hash, _seats[i]?.Fingerprint ?? 1), Copies.Mix(_sequencers[i]?.Fingerprint ?? 1, Said[i]));
        }

        Fingerprint = Copies.Mix(hash, _links.Fingerprint);
    }

    private void Do(Move move)
    {
        int node = move.Node;
        if (_trace.On && move.Kind is not (MoveKind.Arrives or MoveKind.IsLost))
        {
            Say(node, $"*** {move.Kind}");
        }

        switch (move.Kind)
        {
            case MoveKind.Arrives or MoveKind.IsLost:
                Take(move);
                break;
            case MoveKind.Sees:
                Around = Around.Look(node);
                See(node);
                break;
            case MoveKind.Says:
                Budget = Budget with { Says = (byte)(Budget.Says - 1) };
                Said = [.. Said.Select((count, i) => i == node ? (byte)(count + 1) : count)];
                StepSeat(node, new Input.Say($"{node}: {Said[node]}"));
                break;
            case MoveKind.Leaves:
                Budget = Budget with { Leaves = (byte)(Budget.Leaves - 1) };
                StepSeat(node, new Input.Leave());
                break;
            case MoveKind.Exits:
                Around = Around.Exit(node);
                Bury(node);
                break;
            case MoveKind.Crashes:
                Budget = Budget with { Crashes = (byte)(Budget.Crashes - 1) };
                Around = Around.Crash(node);
                Bury(node);
                break;
            case MoveKind.IsCutOff:
                Budget = Budget with { Cuts = (byte)(Budget.Cuts - 1) };
                Around = Around.CutOff(node);
                _links.Drop(Around);
                break;
            case MoveKind.StandsStill:
                Budget = Budget with { Stops = (byte)(Budget.Stops - 1) };
                Around = Around.StandStill(node);
                break;
            case MoveKind.GoesOn:
                Around = Around.GoOn(node);
                break;
            case MoveKind.RestartsSequencer:
                Budget = Budget with { Restarts = (byte)(Budget.Restarts - 1) };
                StartSequencer(node, SeatOf(node)!.Replica.Accepted);
                break;
            case MoveKind.TimePasses:
                Budget = Budget with { Waits = (byte)(Budget.Waits - 1) };
                for (var until = Time + _configuration.Wait; Time < until; Wait(Calm.TickEvery))
                {
                    while (Moves.NextDelivery(this) is { } next)
                    {
                        Do(next);
                    }
                }

                break;
            case MoveKind.Ticks:
                Wait(Calm.TickEvery);
                break;
            case MoveKind.EndsItself:
                Around = Around.End(node);
                Bury(node);
                break;
        }
    }

    private void Take(Move move)
    {
        var letter = _links.Take(move);
        var isLost = move.Kind == MoveKind.IsLost;
        if (_trace.On)
        {
            Say(move.Node, $"{(move.ToSequencer ? "sequencer" : "replica  ")}<- {Trace.Of(letter.From)}: {Trace.Of(letter.Message)}{(isLost ? " IS LOST" : "")}");
        }

        if (isLost)
        {
            Budget = Budget with { Losses = (byte)(Budget.Losses - 1) };
        }
        else if (!move.ToSequencer)
        {
            StepSeat(move.Node, new Input.Receive(letter));
        }
        else if (_sequencers[move.Node] is not null)
        {
            StepSequencer(move.Node, new Input.Receive(letter));
        }
    }

    /// <summary>What a node's own machines say to each other arrives, and who is not reached is seen.</summary>
    private void BePrompt()
    {
        for (byte node = 0; node < Count && _configuration.IsPrompt; node++)
        {
            while (Around.Runs(node) && (_links.Next(node, node) ?? (Around.Each[node].SeesReachability ? new Move(MoveKind.Sees, node) : null)) is { } move)
            {
                Do(move);
            }
        }
    }

    private void Start(int node)
    {
        var id = Around.Nodes[node];
        var user = new UserMachine(new UserId((ulong)(node + 1)), $"user{node}", default, Options);
        _seats[node] = new Part(id, new Seat(new Replica(id, Options), user));
        Around = Around.Start(node);
        StepSeat(node, new Input.Join());
    }

    private void See(int node)
    {
        if (_trace.On)
        {
            Say(node, Trace.Of(Around.Each[node].Now.View));
        }

        StepSeat(node, new Input.See(Around.Each[node].Now));
        if (_sequencers[node] is not null)
        {
            StepSequencer(node, new Input.See(Around.Each[node].Now));
        }
        else if (Around.OldestSeenBy(node) == node)
        {
            StartSequencer(node, default);
        }
    }

    private void StartSequencer(int node, Epoch above)
    {
        _sequencers[node] = new Part(Around.Nodes[node], new Sequencer(Around.Nodes[node], Options, new RoomId(77 + (ulong)node), above, mayBegin: node == 0 && SeatOf(node)!.Replica.Room is null));
        StepSequencer(node, new Input.See(Around.Each[node].Now));
    }

    private void Bury(int node)
    {
        _seats[node] = null;
        _sequencers[node] = null;
        _links.Drop(Around);
    }

    private void Wait(long milliseconds)
    {
        Time += milliseconds;
        for (var node = 0; node < Count; node++)
        {
            if (!Around.Runs(node))
            {
                continue;
            }

            if (_sequencers[node] is not null)
            {
                StepSequencer(node, new Input.Tick());
            }

            StepSeat(node, new Input.Tick());
        }
    }

    private void StepSeat(int node, Input input)
    {
        var outcome = _stepper.Step(_seats[node]!, input, Time);
        _seats[node] = outcome.Next;
        Perform(node, outcome);
    }

    private void StepSequencer(int node, Input input)
    {
        var outcome = _stepper.Step(_sequencers[node]!, input, Time);
        _sequencers[node] = outcome.Next;
        Perform(node, outcome);
    }

    private void Perform(int node, StepResult outcome)
    {
        foreach (var post in outcome.Posts)
        {
            for (var to = 0; to < Count; to++)
            {
                if (Around.Connects(node, to) && (post.IsForEverybody || (post.To is { } id ? Around.Nodes[to] == id : to == Around.OldestSeenBy(node))))
                {
                    if (_trace.On)
                    {
                        Say(node, $"           -> {Trace.Of(Around.Nodes[to])}: {Trace.Of(post.Letter.Message)}");
                    }

                    _links.Add(node, to, post.Letter);
                }
            }
        }

        foreach (var effect in outcome.Events)
        {
            if (_trace.On)
            {
                Say(node, Trace.Of(effect));
            }

            Told = Told.After(node, effect, i => Around.Lives(i) && !Around.Each[i].IsOut);
            Around = Around.On(node, effect);
        }
    }

    private void Say(int node, string what) => _trace.Line(Time * Scenario.Millisecond, Trace.Of(Around.Nodes[node])[^4..], what);

    private static ProtocolOptions Options { get; } = new();
}
