namespace Norris.Actors.Transport;

/// <summary>
/// Lets the same thing be said a few times a second, and counts the rest: whoever can make a node complain could otherwise fill its disk. Any
/// thread may call. Times are milliseconds of any clock that does not run backwards.
/// </summary>
/// <param name="perSecond">How often a second the same may be said.</param>
public sealed class Repeats(int perSecond)
{
    /// <summary>More kinds of things than any node says; should there be more all the same, counting begins anew.</summary>
    private const int Kinds = 256;

    private const long Second = 1000;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Count> _counts = new(StringComparer.Ordinal);

    /// <summary>Whether this may be said now.</summary>
    /// <param name="what">What is the same, whatever else the text holds.</param>
    /// <param name="now">The time, in ms.</param>
    /// <param name="isFirstUnsaid">It may not, and it is the first one: <see cref="Unsaid"/> is to be asked a second from now.</param>
    public bool May(string what, long now, out bool isFirstUnsaid)
    {
        lock (_gate)
        {
            if (!_counts.TryGetValue(what, out var count))
            {
                if (_counts.Count >= Kinds)
                {
                    _counts.Clear();
                }

                _counts[what] = count = new Count { Since = now };
            }

            if (now - count.Since >= Second && count.Unsaid == 0)
            {
                (count.Since, count.Said) = (now, 0);
            }

            isFirstUnsaid = false;
            if (count.Said < perSecond)
            {
                count.Said++;
                return true;
            }

            isFirstUnsaid = count.Unsaid++ == 0;
            return false;
        }
    }

    /// <summary>How often this was not said since it was last asked; counting begins anew.</summary>
    public long Unsaid(string what, long now)
    {
        lock (_gate)
        {
            if (!_counts.TryGetValue(what, out var count))
            {
                return 0;
            }

            var unsaid = count.Unsaid;
            (count.Since, count.Said, count.Unsaid) = (now, 0, 0);
            return unsaid;
        }
    }

    private sealed class Count
    {
        public long Since { get; set; }

        public int Said { get; set; }

        public long Unsaid { get; set; }
    }
}
