namespace Norris.Tests.Simulation;

/// <summary>Virtual time, and what is to happen in it. Of two things at the same time, the one that was planned first comes first.</summary>
public sealed class Timeline
{
    private const int OrderBits = 28;
    private readonly PriorityQueue<Action, long> _planned = new(1024);
    private long _order;

    /// <summary>Microseconds since the simulation began.</summary>
    public long Now { get; private set; }

    /// <summary>How much has happened.</summary>
    public long Steps { get; private set; }

    public void After(long microseconds, Action happens) =>
        _planned.Enqueue(happens, ((Now + Math.Max(0, microseconds)) << OrderBits) | (++_order & ((1L << OrderBits) - 1)));

    /// <summary>Plans something every so often, until it says no.</summary>
    public void Every(long microseconds, Func<bool> happens)
    {
        Action again = null!;
        again = () =>
        {
            if (happens())
            {
                After(microseconds, again);
            }
        };
        After(microseconds, again);
    }

    /// <summary>Lets the next thing happen, unless that lies after a time.</summary>
    public bool Step(long until)
    {
        if (!_planned.TryPeek(out _, out var key) || key >> OrderBits > until)
        {
            Now = Math.Max(Now, until);
            return false;
        }

        Now = key >> OrderBits;
        Steps++;
        _planned.Dequeue()();
        return true;
    }
}
