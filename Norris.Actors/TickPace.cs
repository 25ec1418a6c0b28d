using Akka.Actor;
using Norris.Core.Protocol;

namespace Norris.Actors;

/// <summary>
/// Tells an actor the time: every tick while something is under way, and seldom in a quiet room, where each tick would wake a thread for nothing.
/// </summary>
internal sealed class TickPace(ITimerScheduler timers, long tickEvery)
{
    /// <summary>How long it must have been quiet: the pauses of a conversation are not worth changing the pace for.</summary>
    private const long QuietFor = 1000;

    private readonly long _ticksUntilSlow = Math.Max(1, QuietFor / tickEvery);
    private long _quietTicks;
    private bool _slow;

    public void Start() => Go(false);

    /// <summary>The machine has taken a tick.</summary>
    public void Ticked(bool isQuiet)
    {
        _quietTicks = isQuiet ? _quietTicks + 1 : 0;
        Follow(isQuiet);
    }

    /// <summary>The machine has taken anything else.</summary>
    public void Follow(bool isQuiet)
    {
        var slow = isQuiet && (_slow || _quietTicks >= _ticksUntilSlow);
        if (slow != _slow)
        {
            Go(slow);
        }
    }

    private void Go(bool slow)
    {
        _slow = slow;
        _quietTicks = 0;
        timers.StartPeriodicTimer(
            nameof(ReplicaActor.Tick), ReplicaActor.Tick.Instance, TimeSpan.FromMilliseconds(slow ? tickEvery * Ticks.OneInWhenQuiet : tickEvery));
    }
}
