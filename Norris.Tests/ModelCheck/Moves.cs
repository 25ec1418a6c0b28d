namespace Norris.Tests.ModelCheck;

/// <summary>What can happen next in a world.</summary>
internal static class Moves
{
    public static IEnumerable<Move> Of(World world)
    {
        for (byte node = 0; node < world.Count; node++)
        {
            var around = world.Around.Each[node];
            if (around.Health == Health.StandsStill || around.IsCutOff)
            {
                yield return new Move(MoveKind.GoesOn, node);
            }

            if (around.Health != Health.Runs)
            {
                continue;
            }

            foreach (var move in Of(world, node, around))
            {
                yield return move;
            }
        }

        if (world.Budget.Waits > 0)
        {
            yield return new Move(MoveKind.TimePasses);
        }
    }

    /// <summary>What can be delivered or seen now: the moves that need no budget and no fault.</summary>
    public static Move? NextDelivery(World world)
    {
        for (byte node = 0; node < world.Count; node++)
        {
            if (!world.Around.Runs(node))
            {
                continue;
            }

            if (world.Around.Each[node].Coming.Count > 0)
            {
                return new Move(MoveKind.Sees, node);
            }

            for (byte from = 0; from < world.Count; from++)
            {
                if (world.Links.Next(from, node) is { } move)
                {
                    return move;
                }
            }
        }

        return null;
    }

    private static IEnumerable<Move> Of(World world, byte node, Around around)
    {
        if (around.Coming.Count > 0)
        {
            yield return new Move(MoveKind.Sees, node);
        }

        for (byte from = 0; from < world.Count; from++)
        {
            foreach (var toSequencer in (bool[])[true, false])
            {
                if (world.Links.HasAny(from, node, toSequencer))
                {
                    yield return new Move(MoveKind.Arrives, node, from, toSequencer);
                    if (world.Budget.Losses > 0 && from != node)
                    {
                        yield return new Move(MoveKind.IsLost, node, from, toSequencer);
                    }
                }
            }
        }

        var others = world.Around.Living > 1;
        if (world.Budget.Says > 0)
        {
            yield return new Move(MoveKind.Says, node);
        }

        if (world.Budget.Leaves > 0 && others && !around.SaidGoodbye && world.SeatOf(node)!.Replica.Room is not null)
        {
            yield return new Move(MoveKind.Leaves, node);
        }

        if (around.SaidGoodbye && others)
        {
            yield return new Move(MoveKind.Exits, node);
        }

        if (world.Budget.Crashes > 0 && others)
        {
            yield return new Move(MoveKind.Crashes, node);
        }

        if (world.Budget.Cuts > 0 && others && !around.IsCutOff)
        {
            yield return new Move(MoveKind.IsCutOff, node);
        }

        if (world.Budget.Stops > 0)
        {
            yield return new Move(MoveKind.StandsStill, node);
        }

        if (world.Budget.Restarts > 0 && world.SequencerOf(node) is not null)
        {
            yield return new Move(MoveKind.RestartsSequencer, node);
        }
    }
}
