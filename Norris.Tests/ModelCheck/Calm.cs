using Norris.Core.Protocol;
using Norris.Tests.Simulation;

namespace Norris.Tests.ModelCheck;

/// <summary>
/// From every state a quiet world has to lead back to one room: no more faults, everything arrives, in one order that is always the same. Many states meet
/// soon on the way there; from where one of them came back, all do.
/// </summary>
internal sealed class Calm
{
    /// <summary>How long it may take, in milliseconds.</summary>
    public const long Lasts = 20_000;

    public const long TickEvery = 100;
    private const int MostMoves = 1_000_000;

    // From where a quiet world was looked at, and whether everybody's fate was known there; and what came of it: null, or what was missing.
    private readonly Dictionary<(ulong World, bool Everybody), string?> _known = [];

    /// <summary>How many worlds led back.</summary>
    public long Runs { get; private set; }

    /// <summary>Everything arrives, and a second passes.</summary>
    public static World Settle(World world)
    {
        var at = world;
        for (var until = world.Time + 1000; at.Time < until;)
        {
            at = Arrive(at, null).After(new Move(MoveKind.Ticks));
        }

        return Arrive(at, null);
    }

    /// <summary>Throws <see cref="ViolationException"/> where a state does not lead back to one room.</summary>
    public void Require(World world, Trace? trace = null)
    {
        Runs++;
        LeadBack(Heal(world, trace), trace, [.. Enumerable.Range(0, world.Count)]);
        if (WhoGoesOn(world) is { } those)
        {
            trace?.Line(world.Time * Scenario.Millisecond, "", "calm, in which those who are not reached stay so");
            LeadBack(world, trace, those);
        }
    }

    /// <summary>Whoever stands still or is cut off is there again; but whoever was taken out comes back as somebody else.</summary>
    private static World Heal(World world, Trace? trace)
    {
        for (byte node = 0; node < world.Count; node++)
        {
            if (world.Around.Lives(node) && (world.Around.Each[node].IsCutOff || world.Around.Each[node].Health == Health.StandsStill))
            {
                world = world.After(new Move(MoveKind.GoesOn, node), trace);
            }
        }

        return world;
    }

    /// <summary>
    /// Some are not reached, and there was no other fault: a majority of all, or the half with the lowest, has to go on without them. Null: that is not so.
    /// </summary>
    private static List<int>? WhoGoesOn(World world)
    {
        var all = Enumerable.Range(0, world.Count).ToList();
        var away = all.FindAll(i => world.Around.Each[i] is { IsCutOff: true } or { Health: Health.StandsStill });
        var isAlone = all.TrueForAll(i => world.SeatOf(i)?.Replica.Room is not null && !world.Around.Each[i].SaidGoodbye && (!world.Around.Each[i].IsOut || away.Contains(i)));
        if (away is not [var one] || !isAlone || !world.AllStay)
        {
            return null;
        }

        var others = all.FindAll(i => i != one);
        if (2 * others.Count > all.Count || one != 0)
        {
            return others;
        }

        // Of two, the lower one, wherever the cable is cut; but not where it stands still.
        return world.Around.Each[one].IsCutOff ? [one] : null;
    }

    private static World Arrive(World world, Trace? trace)
    {
        while (Moves.NextDelivery(world) is { } move)
        {
            world = world.After(move, trace);
        }

        return world;
    }

    private void LeadBack(World world, Trace? trace, List<int> those)
    {
        var everybody = those.Count == world.Count;
        var way = new List<(ulong, bool)>();
        string? why;
        for (var until = world.Time + Lasts; trace is not null || !_known.TryGetValue((world.Fingerprint, everybody), out why); way.Add((world.Fingerprint, everybody)))
        {
            if ((Moves.NextDelivery(world) ?? NextEnd(world)) is { } move && way.Count < MostMoves)
            {
                world = world.After(move, trace);
                continue;
            }

            why = way.Count < MostMoves ? Unsettled(world, those) : "messages without end";
            if (why is null || world.Time >= until || way.Count >= MostMoves)
            {
                break;
            }

            world = world.After(new Move(MoveKind.Ticks), trace);
        }

        way.ForEach(at => _known[at] = why);
        if (why is not null)
        {
            throw new ViolationException("liveness", $"{(everybody ? "" : "those who are not reached stay so; ")}{why}");
        }
    }

    private static Move? NextEnd(World world)
    {
        for (byte node = 0; node < world.Count; node++)
        {
            var around = world.Around.Each[node];
            if (around is { Health: Health.Runs, SaidGoodbye: true } && world.Around.Living > 1)
            {
                return new Move(MoveKind.Exits, node);
            }

            if (around is { Health: Health.Runs, IsOut: true, IsCutOff: false })
            {
                return new Move(MoveKind.EndsItself, node);
            }
        }

        return null;
    }

    /// <summary>What is missing before all is as promised; null when nothing is.</summary>
    private static string? Unsettled(World world, List<int> those)
    {
        var living = those.FindAll(world.Around.Lives);
        if (living.Count == 0)
        {
            return "nobody is left";
        }

        var hosts = living.FindAll(i => world.SequencerOf(i) is not null && world.Around.OldestSeenBy(i) == i);
        if (living.Count == 1 && world.Around.Each[living[0]].SaidGoodbye)
        {
            return null;
        }

        if (hosts is not [var host] || !world.SequencerOf(host)!.IsReigning)
        {
            return $"sequencers: {string.Join(", ", hosts.Select(i => $"{Name(world, i)} {(world.SequencerOf(i)!.IsReigning ? "reigns" : $"waits for {world.SequencerOf(i)!.WaitsFor}")}"))}";
        }

        var sequencer = world.SequencerOf(host)!;
        if (sequencer.Stable != sequencer.Highest)
        {
            return $"stable {sequencer.Stable}, highest {sequencer.Highest}";
        }

        foreach (var i in living)
        {
            var (replica, user) = (world.SeatOf(i)!.Replica, world.SeatOf(i)!.User);
            if (replica.Room is not { } room || replica.Delivered != sequencer.Highest || world.Told.By(i).At?.Hash != world.Told.By(host).At?.Hash)
            {
                return $"{Name(world, i)} {(replica.Room is null ? "is no member, and has" : "has")} delivered {replica.Delivered} of {sequencer.Highest}";
            }

            if (!room.Members.ToHashSet().SetEquals(living.Select(n => world.Around.Nodes[n])))
            {
                return $"members are {string.Join(' ', room.Members.Select(Trace.Of))}";
            }

            if (!user.IsHere || user.Pending > 0)
            {
                return $"the user of {Name(world, i)} {(user.IsHere ? "is here" : "is not here")}, and {user.Pending} messages wait";
            }

            for (var counter = 1; counter <= world.Said[i]; counter++)
            {
                if (!world.Told.HasDelivered(new MessageId(user.User, counter)))
                {
                    return $"message {counter} of {Name(world, i)} was never delivered";
                }
            }
        }

        return world.Told.OwesAnExplanation ? "a history was lost, and nobody said so" : null;
    }

    private static string Name(World world, int node) => Trace.Of(world.Around.Nodes[node]);
}
