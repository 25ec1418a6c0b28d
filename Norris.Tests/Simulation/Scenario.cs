using System.Globalization;
using Norris.Core.Protocol;

namespace Norris.Tests.Simulation;

/// <summary>What can go wrong. Each kind is counted, so that a run can say what it went through.</summary>
public enum Fault
{
    Lost,
    Duplicated,
    Reordered,
    Crash,
    CrashInRecovery,
    Massacre,
    Restart,
    Partition,
    Isolation,
    OneWayCut,
    LinkCut,
    Outage,
    Stall,
    Heal,
    Pause,
    Freeze,
    Fork,
    SlowNode,
    ClockJump,
    SequencerRestart,
    Usurper,
    NodeLeaves,
    NodeJoins,
    Visit,
    QuickRestart,
    Lie,
    UserLeaves,
    UserJoins,
    Burst,
    Weather,
    ProvenDeath,
    Removal,
    SelfFence,
    Rebirth,
    Invite,
    TwoDoors,
    Kick,
    KickInRecovery,
    Forgery,
    CircleAnswered,
    CircleRefused,
    SettingChanged,
    SettingLate,
}

/// <summary>What one seed stands for: how many nodes, how bad, how long. Everything in it is drawn from the seed.</summary>
public sealed record Scenario
{
    public const long Millisecond = 1000;
    public const long Second = 1000 * Millisecond;

    public required ulong Seed { get; init; }

    /// <summary>How many addresses take part from the start, and at most.</summary>
    public required int Nodes { get; init; }

    public required int MostNodes { get; init; }

    public required int UsersPerNode { get; init; }

    /// <summary>The oldest node, which hosts, is the one with the highest address; else the lowest.</summary>
    public bool HighestFirst { get; init; }

    /// <summary>The machines' clocks are up to an hour off, from the start.</summary>
    public bool ClocksApart { get; init; }

    /// <summary>The cable between the second and the third address breaks, and nobody mends it.</summary>
    public bool IsTorn { get; init; }

    /// <summary>As the trouble ends one process stands still for good, often just after the host died.</summary>
    public bool OneFreezes { get; init; }

    /// <summary>Who stands still does so for long: meanwhile all others may have begun anew, one after the other.</summary>
    public bool SleepsLong { get; init; }

    /// <summary>No process dies, so nothing may be lost, nor be said to be.</summary>
    public bool KillsNobody { get; init; }

    /// <summary>The room is for certain devices.</summary>
    public bool HasCircle { get; init; }

    /// <summary>For how long faults are injected, in microseconds.</summary>
    public required long Trouble { get; init; }

    /// <summary>The mean time between two faults, in microseconds.</summary>
    public required long FaultEvery { get; init; }

    /// <summary>The mean time between two messages of a user, in microseconds.</summary>
    public required long SayEvery { get; init; }

    public required Weather Weather { get; init; }

    /// <summary>How many crashes in a thousand are noticed at once by evidence.</summary>
    public required int ProvenPermille { get; init; }

    /// <summary>The kinds of fault that the seed may meet, each as often as it is listed.</summary>
    public required IReadOnlyList<Fault> Faults { get; init; }

    public required ProtocolOptions Options { get; init; }

    /// <summary>Seeds with more of one thing in them: what brings some faults out sooner.</summary>
    public static IReadOnlyDictionary<string, Func<Scenario, Scenario>> Named { get; } = new Dictionary<string, Func<Scenario, Scenario>>
    {
        ["splits"] = scenario => scenario with
        {
            Faults = [Fault.Partition, Fault.Isolation, Fault.Heal, Fault.Pause, Fault.SequencerRestart],
            ProvenPermille = 0,
            Options = scenario.Options with { Delivery = DeliveryLevel.Uniform },
        },
        ["massacres"] = scenario => scenario with
        {
            Faults = [Fault.Pause, Fault.Pause, Fault.Massacre, Fault.Isolation, Fault.Heal],
            ProvenPermille = 1000,
            Options = scenario.Options with { Delivery = DeliveryLevel.Uniform },
        },

        // Single links: both ends reach everybody else.
        ["links"] = scenario => scenario with
        {
            Nodes = Math.Max(3, scenario.Nodes),
            MostNodes = Math.Max(3, scenario.MostNodes),
            Faults = [Fault.LinkCut, Fault.LinkCut, Fault.OneWayCut, Fault.Stall, Fault.NodeJoins],
            FaultEvery = 1500 * Millisecond,
            Trouble = 30 * Second,
        },

        // Two do not reach each other from some moment on, and never again; others come, go and die. Whoever reaches the host has its room.
        ["torn"] = scenario => scenario with
        {
            Nodes = Math.Max(4, scenario.Nodes),
            MostNodes = Math.Max(4, scenario.MostNodes),
            IsTorn = true,
            ProvenPermille = 1000,
            Faults = [Fault.Crash, Fault.QuickRestart, Fault.QuickRestart, Fault.NodeJoins, Fault.NodeLeaves, Fault.Pause],
            FaultEvery = 4000 * Millisecond,
            Trouble = 30 * Second,
            Weather = Weather.Calm,
        },

        // One stands still and never goes on, as the host dies or soon after: the others, where they are a majority, do without it.
        ["frozen"] = scenario => scenario with
        {
            Nodes = Math.Max(3, scenario.Nodes),
            MostNodes = Math.Max(3, scenario.MostNodes),
            OneFreezes = true,
            ProvenPermille = 1000,
            Faults = [Fault.Crash, Fault.NodeJoins, Fault.NodeLeaves, Fault.Pause, Fault.Burst],
            FaultEvery = 2500 * Millisecond,
            Trouble = 12 * Second,

            // Whom a host has expelled for being slow has no vote: then few are left who need the one.
            Options = scenario.Options with { RetainedBytes = new ProtocolOptions().RetainedBytes },
        },

        // One process or two at a time stand still, for a moment or for long.
        ["stops"] = scenario => scenario with
        {
            Faults = [Fault.Pause, Fault.Pause, Fault.Pause, Fault.Pause, Fault.Crash],
            FaultEvery = 800 * Millisecond,
            Trouble = 20 * Second,
            Weather = Weather.Calm,
        },

        // One sleeps for long, others for a while, so that whoever knew the sleeper is somebody else when it wakes.
        ["sleeps"] = scenario => scenario with
        {
            Nodes = Math.Clamp(scenario.Nodes, 3, 5),
            MostNodes = Math.Clamp(scenario.MostNodes, 3, 5),
            SleepsLong = true,
            Faults = [Fault.Pause, Fault.Pause, Fault.Pause, Fault.Pause, Fault.NodeJoins],
            FaultEvery = 1500 * Millisecond,
            Trouble = 40 * Second,
            Weather = Weather.Calm,
        },

        // One sleeps, and meanwhile all whom it knew die: those who came after them go on, and so does the sleeper.
        ["forks"] = scenario => scenario with
        {
            Nodes = Math.Clamp(scenario.Nodes, 2, 4),
            MostNodes = 6,
            Faults = [Fault.Fork, Fault.Fork, Fault.NodeJoins, Fault.Crash],
            FaultEvery = 3000 * Millisecond,
            Trouble = 30 * Second,
            ProvenPermille = 1000,
            Weather = Weather.Calm,
            Options = scenario.Options with { Delivery = DeliveryLevel.Uniform },
        },

        // The switch restarts, and all are alone for a while.
        ["outages"] = scenario => scenario with
        {
            Faults = [Fault.Outage, Fault.Outage, Fault.Isolation, Fault.NodeJoins],
            FaultEvery = 3000 * Millisecond,
            Trouble = 30 * Second,
            Weather = Weather.Calm,
        },

        // The same once or twice, and nothing else: everybody lives, and so has to be believed to.
        ["blackouts"] = scenario => scenario with
        {
            Nodes = Math.Clamp(scenario.Nodes, 3, 6),
            Faults = [Fault.Outage],
            KillsNobody = true,
            FaultEvery = 20 * Second,
            Trouble = 30 * Second,
            Weather = Weather.Calm,
        },

        // Much is lost all the time, and links stall as connections do that have to send again and again.
        ["loss"] = scenario => scenario with
        {
            Faults = [Fault.Stall, Fault.Stall, Fault.Stall, Fault.Burst, Fault.NodeJoins],
            FaultEvery = 400 * Millisecond,
            Trouble = 20 * Second,
            Weather = scenario.Weather with { LossPermille = 100 + (int)(scenario.Seed % 3 * 100) },
        },

        // Short visits, while hosts and those who let newcomers in die.
        ["visits"] = scenario => scenario with
        {
            Faults = [Fault.Visit, Fault.Visit, Fault.Visit, Fault.Crash, Fault.NodeLeaves],
            FaultEvery = 500 * Millisecond,
            Trouble = 20 * Second,
            MostNodes = 7,
            ProvenPermille = 1000,
            Weather = Weather.Calm,
        },

        // Processes die and are back on their port at once, before anybody has looked.
        ["returns"] = scenario => scenario with
        {
            Faults = [Fault.QuickRestart, Fault.QuickRestart, Fault.Pause, Fault.Crash],
            FaultEvery = 1500 * Millisecond,
            Trouble = 20 * Second,
            Weather = Weather.Calm,
        },

        // Somebody who is no member says whatever it likes, and members name epochs that cannot be.
        ["lies"] = scenario => scenario with
        {
            Faults = [Fault.Lie, Fault.Lie, Fault.Lie, Fault.Lie, Fault.Lie, Fault.Lie, Fault.Lie, Fault.Lie, Fault.Crash, Fault.NodeJoins],
            FaultEvery = 100 * Millisecond,
            Trouble = 15 * Second,
        },

        // A room for certain devices: people invite, come in at two doors with one invite, and put others out, while hosts die and nodes sleep.
        ["circles"] = scenario => scenario with
        {
            Nodes = Math.Clamp(scenario.Nodes, 3, 5),
            MostNodes = 7,
            HasCircle = true,
            Faults =
            [
                Fault.Invite, Fault.TwoDoors, Fault.TwoDoors, Fault.Kick, Fault.KickInRecovery, Fault.Forgery, Fault.Forgery,
                Fault.Crash, Fault.CrashInRecovery, Fault.Pause, Fault.NodeJoins, Fault.NodeLeaves, Fault.QuickRestart, Fault.Burst,
            ],
            FaultEvery = 700 * Millisecond,
            Trouble = 25 * Second,
            ProvenPermille = 1000,
            Options = scenario.Options with { Delivery = DeliveryLevel.Uniform },
        },

        // The lower one of two goes on alone while the other is cut off, and then dies.
        ["pairs"] = scenario => scenario with
        {
            Nodes = 2,
            MostNodes = 2,
            ProvenPermille = 1000,
            Trouble = 20 * Second,
            FaultEvery = 1500 * Millisecond,
            SayEvery = 60 * Millisecond,
            Weather = Weather.Calm,
            Faults = [Fault.Isolation, Fault.Isolation, Fault.Pause, Fault.Crash],
            Options = scenario.Options with { Delivery = DeliveryLevel.Uniform },
        },
    };

    public static Scenario Draw(ulong seed)
    {
        var dice = new Dice(seed * 0x2545f4914f6cdd1d + 1);
        var nodes = dice.Of<int>([1, 2, 2, 3, 3, 3, 3, 4, 4, 5, 5, 6, 7]);
        var small = dice.Permille(300);
        var gentle = dice.Permille(150);
        return new Scenario
        {
            Seed = seed,
            Nodes = nodes,
            MostNodes = Math.Min(7, nodes + dice.Below(3)),
            UsersPerNode = dice.Of<int>([1, 1, 1, 2, 3]),
            Trouble = dice.Between(4, 14) * Second,
            FaultEvery = dice.Of<long>([150, 400, 800, 1500]) * Millisecond,
            SayEvery = dice.Of<long>([20, 60, 120, 300]) * Millisecond,
            Weather = gentle ? Weather.Calm : Weather.Draw(dice),
            ClocksApart = dice.Permille(300),
            ProvenPermille = dice.Of<int>([0, 500, 500, 1000]),
            Faults = DrawFaults(dice),
            Options = DrawOptions(dice, small),
            HighestFirst = dice.Permille(300),
        };
    }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Nodes} to {MostNodes} nodes with {UsersPerNode} users each, {Options.Delivery}, trouble for {Trouble / Second} s about every {FaultEvery / Millisecond} ms ({string.Join(' ', Faults.Distinct())}), {Weather}, retained {Options.RetainedBytes}, held back {Options.HeldBackBytes}, outbox {Options.OutboxBytes}");

    private static List<Fault> DrawFaults(Dice dice)
    {
        Fault[] all =
        [
            Fault.Crash, Fault.Crash, Fault.Crash, Fault.CrashInRecovery, Fault.CrashInRecovery, Fault.Massacre, Fault.Partition, Fault.Partition,
            Fault.Isolation, Fault.OneWayCut, Fault.LinkCut, Fault.Outage, Fault.Stall, Fault.Heal, Fault.Heal, Fault.Heal, Fault.Pause, Fault.Pause, Fault.SlowNode, Fault.ClockJump,
            Fault.SequencerRestart, Fault.SequencerRestart, Fault.Usurper, Fault.Usurper, Fault.NodeLeaves, Fault.NodeJoins, Fault.NodeJoins, Fault.Visit, Fault.QuickRestart,
            Fault.UserLeaves, Fault.UserJoins, Fault.Burst, Fault.Burst, Fault.Weather,
        ];
        var most = dice.Of<int>([200, 500, 1000]);
        var drawn = all.Where(_ => dice.Permille(most)).ToList();
        return drawn.Count > 0 ? drawn : [Fault.Crash, Fault.Burst];
    }

    private static ProtocolOptions DrawOptions(Dice dice, bool small)
    {
        var options = new ProtocolOptions { Delivery = dice.Permille(250) ? DeliveryLevel.Agreed : DeliveryLevel.Uniform };
        return !small
            ? options
            : options with
            {
                RetainedBytes = dice.Of<long>([1500, 4000, 16000]),
                HeldBackBytes = dice.Of<long>([300, 1000, 8000]),
                OutboxBytes = dice.Of<long>([400, 2000, 8000]),
                OutboxWindowBytes = dice.Of<long>([100, 500, 4000]),
            };
    }
}

/// <summary>How the network treats a message. Delays are in microseconds.</summary>
public sealed record Weather(int LossPermille, int DuplicatePermille, int LatePermille, long Delay, long Jitter, long Late)
{
    public static Weather Calm { get; } = new(0, 0, 0, 300, 400, 0);

    public static Weather Draw(Dice dice) => new(
        dice.Of<int>([0, 0, 10, 50, 200]),
        dice.Of<int>([0, 0, 10, 100]),
        dice.Of<int>([0, 10, 50, 200]),
        dice.Of<long>([200, 1000, 10_000, 40_000]),
        dice.Of<long>([100, 1000, 20_000]),
        dice.Of<long>([20_000, 300_000, 2_000_000]));
}
