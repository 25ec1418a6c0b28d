using Norris.Actors.Protocol;
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
        LeadBack(GoOn(world, MoveKind.EndsItself, trace), trace, everybody: true);
        if (IsOnlySilent(world))
        {
            LeadBack(GoOn(world, MoveKind.FallsSilent, trace), trace, everybody: false);
        }
    }

    /// <summary>Whoever stands still goes on; whoever was taken out is not there any more, either proven or just silent.</summary>
    private static World GoOn(World world, MoveKind end, Trace? trace)
    {
        for (byte node = 0; node < world.Count; node++)
        {
            if (world.Around.Lives(node) && world.Around.Each[node].IsOut)
            {
                world = world.After(new Move(end, node), trace);
            }
            else if (world.Around.Each[node].Health == Health.StandsStill)
            {
                world = world.After(new Move(MoveKind.GoesOn, node), trace);
            }
        }

        return world;
    }

    /// <summary>Nodes were taken out without proof, and nothing else: then a majority of all, or the half with the lowest, has to go on.</summary>
    private static bool IsOnlySilent(World world)
    {
        var all = Enumerable.Range(0, world.Count).ToList();
        var isOut = all.FindAll(i => world.Around.Each[i].IsOut);
        var left = all.Count - isOut.Count;
        return isOut.Count > 0
            && isOut.TrueForAll(world.Around.Lives)
            && all.TrueForAll(i => world.SeatOf(i)?.Replica.Room is not null && !world.Around.Each[i].SaidGoodbye)
            && (2 * left > all.Count || (2 * left == all.Count && !isOut.Contains(0)));
    }

    private static World Arrive(World world, Trace? trace)
    {
        while (world.NextDelivery() is { } move)
        {
            world = world.After(move, trace);
        }

        return world;
    }

    private void LeadBack(World world, Trace? trace, bool everybody)
    {
        var way = new List<(ulong, bool)>();
        string? why;
        for (var until = world.Time + Lasts; trace is not null || !_known.TryGetValue((world.Fingerprint, everybody), out why); way.Add((world.Fingerprint, everybody)))
        {
            if ((world.NextDelivery() ?? NextExit(world)) is { } move && way.Count < MostMoves)
            {
                world = world.After(move, trace);
                continue;
            }

            why = way.Count < MostMoves ? Unsettled(world, everybody) : "messages without end";
            if (why is null || world.Time >= until || way.Count >= MostMoves)
            {
                break;
            }

            world = world.After(new Move(MoveKind.Ticks), trace);
        }

        way.ForEach(at => _known[at] = why);
        if (why is not null)
        {
            throw new ViolationException("liveness", $"{(everybody ? "" : "those that were taken out stay silent; ")}{why}");
        }
    }

    private static Move? NextExit(World world)
    {
        for (byte node = 0; node < world.Count; node++)
        {
            if (world.Around.Runs(node) && world.Around.Each[node].SaidGoodbye && world.Around.Living > 1)
            {
                return new Move(MoveKind.Exits, node);
            }
        }

        return null;
    }

    /// <summary>What is missing before all is as promised; null when nothing is.</summary>
    private static string? Unsettled(World world, bool everybody)
    {
        var living = Enumerable.Range(0, world.Count).Where(world.Around.Lives).ToList();
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

            if (everybody && !room.Members.ToHashSet().SetEquals(living.Select(n => world.Around.Nodes[n])))
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
