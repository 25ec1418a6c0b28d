using Akka.Actor;
using Akka.Dispatch;

namespace Norris.Actors.Scheduling;

/// <summary>Work that waits for its time.</summary>
/// <param name="Run">What is to be done.</param>
/// <param name="Period">How long after each time it is done again; 0: once. In ticks of 100 ns, as all times here.</param>
/// <param name="Cancelable">Who can call it off; null: nobody.</param>
internal sealed record ScheduledWork(IRunnable Run, long Period, ICancelable? Cancelable)
{
    public bool IsCancelled => Cancelable?.IsCancellationRequested ?? false;
}

/// <summary>
/// Which timers are due when, and when to wake for them. Every wake costs more than what is done in it, so timers that are due within the same
/// slot share one, and periodic ones drift on to multiples of their period, where they meet. None is ever early.
/// </summary>
/// <remarks>Pure, and not thread-safe: its owner locks.</remarks>
/// <param name="slot">How much later than asked for a timer may fire for the sake of others.</param>
internal sealed class DueTimers(long slot)
{
    /// <summary>A period is at most this part longer than asked for while a timer drifts to where the others are.</summary>
    private const int Drift = 8;

    private const int FirstSweep = 64;
    private readonly PriorityQueue<ScheduledWork, (long Due, long Serial)> _waiting = new();
    private long _serial;
    private int _sweepAt = FirstSweep;

    public int Count => _waiting.Count;

    /// <summary>When somebody has to look again; <see cref="long.MaxValue"/>: never.</summary>
    public long NextWake => _waiting.TryPeek(out _, out var first) ? WakeFor(first.Due) : long.MaxValue;

    public void Add(ScheduledWork work, long due)
    {
        // Most timers are called off long before they are due, and nobody says so: looked for whenever their number has doubled.
        if (_waiting.Count >= _sweepAt)
        {
            var alive = _waiting.UnorderedItems.Where(item => !item.Element.IsCancelled).ToArray();
            _waiting.Clear();
            _waiting.EnqueueRange(alive);
            _sweepAt = Math.Max(FirstSweep, 2 * alive.Length);
        }

        _waiting.Enqueue(work, (due, _serial++));
    }

    /// <summary>
    /// The next one that is due, in the order of their times; null: none. A periodic one waits for its next time at once; what it has missed, as
    /// when the process stood still, is not made up for.
    /// </summary>
    public ScheduledWork? TakeDue(long now)
    {
        while (_waiting.TryPeek(out var work, out var at) && at.Due <= now)
        {
            if (work.IsCancelled || work.Period == 0)
            {
                _waiting.Dequeue();
            }
            else
            {
                _waiting.DequeueEnqueue(work, (NextTime(at.Due, work.Period, now), _serial++));
            }

            if (!work.IsCancelled)
            {
                return work;
            }
        }

        return null;
    }

    /// <summary>Takes a periodic one out for good.</summary>
    public void Remove(ScheduledWork work) => _waiting.Remove(work, out _, out _, ReferenceEqualityComparer.Instance);

    /// <summary>Everything that still waits, in order; nothing does afterwards.</summary>
    public IReadOnlyList<ScheduledWork> TakeAll()
    {
        var all = new List<ScheduledWork>(_waiting.Count);
        while (_waiting.TryDequeue(out var work, out _))
        {
            if (!work.IsCancelled)
            {
                all.Add(work);
            }
        }

        return all;
    }

    private static long NextTime(long due, long period, long now)
    {
        var next = due + period;
        if (next <= now)
        {
            next += ((now - next) / period + 1) * period;
        }

        var ahead = next % period;
        return ahead == 0 ? next : next + Math.Min(period - ahead, period / Drift);
    }

    private long WakeFor(long due) => due > long.MaxValue - slot ? long.MaxValue : (due + slot - 1) / slot * slot;
}
