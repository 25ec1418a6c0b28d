namespace Norris.Actors.Transport;

/// <summary>
/// Lets the same thing be said a few times a second, and counts the rest, which is said after that second; where it goes on, every ten: whoever can make a node complain
/// could otherwise fill its disk, and its user's screen. Any thread may call. Times are milliseconds of any clock that does not run backwards.
/// </summary>
/// <param name="perSecond">How often a second the same may be said.</param>
public sealed class Repeats(int perSecond)
{
    /// <summary>More kinds of things than any node says; should there be more all the same, counting begins anew.</summary>
    private const int Kinds = 256;

    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    /// <summary>How long what goes on is counted before it is said again.</summary>
    private static readonly TimeSpan WhileItGoesOn = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Count> _counts = new(StringComparer.Ordinal);

    /// <summary>Whether this may be said now.</summary>
    /// <param name="what">What is the same, whatever else the text holds.</param>
    /// <param name="now">The time, in ms.</param>
    /// <param name="countAfter">It may not, and it is the first one: <see cref="Unsaid"/> is to be asked so much later. Else null.</param>
    public bool May(string what, long now, out TimeSpan? countAfter)
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

            if (now - count.Since >= count.Pause.TotalMilliseconds && count.Unsaid == 0)
            {
                (count.Since, count.Said, count.Pause) = (now, 0, Second);
            }

            countAfter = null;
            if (count.Said < perSecond)
            {
                count.Said++;
                return true;
            }

            countAfter = count.Unsaid++ == 0 ? count.Pause : null;
            return false;
        }
    }

    /// <summary>How often this was not said since it was last asked. It is said one by one again when nothing of it has come for a while.</summary>
    public long Unsaid(string what, long now)
    {
        lock (_gate)
        {
            if (!_counts.TryGetValue(what, out var count))
            {
                return 0;
            }

            var unsaid = count.Unsaid;
            (count.Since, count.Said, count.Unsaid, count.Pause) = (now, perSecond, 0, WhileItGoesOn);
            return unsaid;
        }
    }

    private sealed class Count
    {
        public long Since { get; set; }

        public int Said { get; set; }

        public long Unsaid { get; set; }

        public TimeSpan Pause { get; set; } = Second;
    }
}
