namespace Norris.Node.Archive;

/// <summary>Arithmetic on ranges of sequence numbers.</summary>
internal static class Ranges
{
    /// <summary>What of a range none of the others covers. They must be in order and apart; the result is, too.</summary>
    public static List<LogRange> Without(LogRange range, IEnumerable<LogRange> others)
    {
        var rest = new List<LogRange>();
        var next = range.First;
        foreach (var other in others)
        {
            if (other.Last < next)
            {
                continue;
            }

            if (other.First > range.Last)
            {
                break;
            }

            if (other.First > next)
            {
                rest.Add(new LogRange(next, other.First - 1));
            }

            next = other.Last + 1;
        }

        if (next <= range.Last)
        {
            rest.Add(new LogRange(next, range.Last));
        }

        return rest;
    }
}
