using Akka.Actor;
using Akka.Actor.Scheduler;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Event;

namespace Norris.Actors.Scheduling;

/// <summary>
/// Akka's timers, on a thread of their own that sleeps until one is due. Akka's own scheduler looks a hundred times a second whether there is
/// something to do, and has three threads woken for it each time: half of the processor time of an idle node.
/// </summary>
internal sealed class TicklessScheduler : SchedulerBase, IDisposable
{
    /// <summary>
    /// How much later than asked for a timer may fire, so that those which are due at nearly the same time share a wake; one more millisecond comes
    /// from what a thread can be told to sleep.
    /// </summary>
    private static readonly TimeSpan Slot = TimeSpan.FromMilliseconds(2);

    private readonly Lock _gate = new();
    private readonly DueTimers _timers = new(Slot.Ticks);
    private readonly AutoResetEvent _sooner = new(false);
    private readonly TimeSpan _shutdownTimeout;
    private readonly long _started = TimeProvider.System.GetTimestamp();
    private readonly Thread _thread;
    private long _wakesAt = long.MinValue;
    private bool _stopped;

    /// <summary>As Akka makes it: with the whole settings of the actor system.</summary>
    public TicklessScheduler(Config config, ILoggingAdapter log)
        : base(config, log)
    {
        _shutdownTimeout = config.GetTimeSpan("akka.scheduler.shutdown-timeout", TimeSpan.FromSeconds(5));
        _thread = new Thread(Work) { IsBackground = true, Name = "norris timers" };
        _thread.Start();
    }

    public override TimeSpan MonotonicClock => HighResMonotonicClock;

    public override TimeSpan HighResMonotonicClock => TimeProvider.System.GetElapsedTime(_started);

    protected override DateTimeOffset TimeNow => TimeProvider.System.GetUtcNow();

    /// <summary>Ends the thread. As with Akka's own scheduler, what still waits is done now, once: nobody is left waiting for it.</summary>
    public void Dispose()
    {
        IReadOnlyList<ScheduledWork> left;
        lock (_gate)
        {
            if (_stopped)
            {
                return;
            }

            _stopped = true;
            left = _timers.TakeAll();
        }

        _sooner.Set();
        if (Thread.CurrentThread != _thread && !_thread.Join(_shutdownTimeout))
        {
            Log.Warning("A timer's work takes longer than {0}: the scheduler does not wait for it.", _shutdownTimeout);
            return;
        }

        foreach (var work in left)
        {
            Do(work);
        }
    }

    protected override void InternalScheduleTellOnce(TimeSpan delay, ICanTell receiver, object message, IActorRef sender, ICancelable cancelable) =>
        Schedule(delay, TimeSpan.Zero, new Told(receiver, message, sender), cancelable);

    protected override void InternalScheduleTellRepeatedly(
        TimeSpan initialDelay, TimeSpan interval, ICanTell receiver, object message, IActorRef sender, ICancelable cancelable) =>
        Schedule(initialDelay, interval, new Told(receiver, message, sender), cancelable);

    protected override void InternalScheduleOnce(TimeSpan delay, Action action, ICancelable cancelable) =>
        Schedule(delay, TimeSpan.Zero, new ActionRunnable(action), cancelable);

    protected override void InternalScheduleOnce(TimeSpan delay, IRunnable action, ICancelable cancelable) =>
        Schedule(delay, TimeSpan.Zero, action, cancelable);

    protected override void InternalScheduleRepeatedly(TimeSpan initialDelay, TimeSpan interval, Action action, ICancelable cancelable) =>
        Schedule(initialDelay, interval, new ActionRunnable(action), cancelable);

    protected override void InternalScheduleRepeatedly(TimeSpan initialDelay, TimeSpan interval, IRunnable action, ICancelable cancelable) =>
        Schedule(initialDelay, interval, action, cancelable);

    private void Schedule(TimeSpan delay, TimeSpan interval, IRunnable run, ICancelable? cancelable)
    {
        bool sooner;
        lock (_gate)
        {
            if (_stopped)
            {
                throw new SchedulerException("The actor system has ended: no timer is taken any more.");
            }

            var now = HighResMonotonicClock.Ticks;
            _timers.Add(new ScheduledWork(run, interval.Ticks, cancelable), delay.Ticks > long.MaxValue - now ? long.MaxValue : now + delay.Ticks);
            sooner = _timers.NextWake < _wakesAt;
            if (sooner)
            {
                // Once, however many come before the thread has woken.
                _wakesAt = long.MinValue;
            }
        }

        if (sooner)
        {
            _sooner.Set();
        }
    }

    private void Work()
    {
        while (true)
        {
            DoWhatIsDue();
            long wait;
            lock (_gate)
            {
                if (_stopped)
                {
                    return;
                }

                _wakesAt = _timers.NextWake;
                wait = _wakesAt - HighResMonotonicClock.Ticks;
            }

            // Rounded up: woken a moment early, the thread would have to sleep again.
            if (wait > 0)
            {
                _sooner.WaitOne((int)Math.Min((wait - 1) / TimeSpan.TicksPerMillisecond + 1, int.MaxValue));
            }
        }
    }

    private void DoWhatIsDue()
    {
        // One moment for all: what they schedule meanwhile comes in the next round, so that nothing that starts itself again holds up the others.
        long now;
        lock (_gate)
        {
            _wakesAt = long.MinValue;
            now = HighResMonotonicClock.Ticks;
        }

        while (true)
        {
            ScheduledWork? work;
            lock (_gate)
            {
                work = _timers.TakeDue(now);
            }

            if (work is null)
            {
                return;
            }

            if (!Do(work) && work.Period > 0)
            {
                lock (_gate)
                {
                    _timers.Remove(work);
                }
            }
        }
    }

    private bool Do(ScheduledWork work)
    {
        try
        {
            work.Run.Run();
            return true;
        }
#pragma warning disable CA1031 // Whatever a timer's work throws is its own: the other timers go on.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Log.Error(e, "A timer's work failed, and is not done again: {0}", work.Run);
            return false;
        }
    }

    /// <summary>A message that is told when its time has come.</summary>
    private sealed class Told(ICanTell receiver, object message, IActorRef sender) : IRunnable
    {
        // As Akka's own scheduler does it: an actor unwraps it, and what only goes round within a node need not be serializable.
        private readonly object _message = receiver is not ActorRefWithCell ? message : message is INotInfluenceReceiveTimeout ? new Silent(message) : new Wrapped(message);

        public void Run() => receiver.Tell(_message, sender);

        public void Execute() => Run();

        public override string ToString() => $"{message} to {receiver}";
    }

    private sealed record Wrapped(object Message) : IScheduledTellMsg;

    private sealed record Silent(object Message) : IScheduledTellMsg, INotInfluenceReceiveTimeout;
}
