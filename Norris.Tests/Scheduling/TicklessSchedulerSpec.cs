using System.Collections.Concurrent;
using System.Diagnostics;
using Akka.Actor;
using Akka.Event;
using Akka.TestKit.Xunit2;
using Norris.Actors.Scheduling;
using Xunit.Abstractions;

namespace Norris.Tests.Scheduling;

public sealed class TicklessSchedulerSpec(ITestOutputHelper output) : TestKit(
    """
    akka.scheduler.implementation = "Norris.Actors.Scheduling.TicklessScheduler, Norris.Actors"
    akka.loglevel = WARNING
    akka.actor.serialize-messages = on
    """,
    output: output)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private IActionScheduler Scheduler => Sys.Scheduler.Advanced;

    [Fact]
    public void It_is_what_the_shipped_settings_name() =>
        Assert.Equal(
            typeof(TicklessScheduler),
            Type.GetType(Norris.Actors.ShippedHocon.Hardening.GetString("akka.scheduler.implementation"), throwOnError: true));

    [Fact]
    public async Task A_message_comes_when_its_time_has_come_and_not_before()
    {
        foreach (var delay in new[] { 0, 1, 7, 40, 150 })
        {
            var since = Stopwatch.StartNew();
            Sys.Scheduler.ScheduleTellOnce(TimeSpan.FromMilliseconds(delay), TestActor, delay, ActorRefs.NoSender);

            Assert.Equal(delay, await ExpectMsgAsync<int>(Patience));
            Assert.True(since.ElapsedMilliseconds >= delay, $"{since.Elapsed} for {delay} ms");
        }
    }

    [Fact]
    public async Task One_that_is_due_sooner_than_all_others_wakes_the_sleeping_thread()
    {
        Sys.Scheduler.ScheduleTellOnce(TimeSpan.FromHours(1), TestActor, "late", ActorRefs.NoSender);
        Sys.Scheduler.ScheduleTellOnce(TimeSpan.MaxValue, TestActor, "never", ActorRefs.NoSender);
        await Task.Yield();
        Sys.Scheduler.ScheduleTellOnce(TimeSpan.FromMilliseconds(5), TestActor, "soon", ActorRefs.NoSender);

        await ExpectMsgAsync("soon", Patience);
    }

    [Fact]
    public async Task An_actor_s_timers_and_its_receive_timeout_work_as_with_Akka_s_own()
    {
        var actor = Sys.ActorOf(Props.Create(() => new Waiting(TestActor)));

        await ExpectMsgAsync("tick", Patience);
        await ExpectMsgAsync("tick", Patience);
        actor.Tell("no more ticks");
        await FishForMessageAsync<string>(m => m == "silence", Patience);
        await Assert.ThrowsAsync<AskTimeoutException>(() => actor.Ask("no answer", TimeSpan.FromMilliseconds(20)));
    }

    [Fact]
    public async Task A_periodic_one_goes_on_until_it_is_called_off()
    {
        var done = 0;
        var enough = new TaskCompletionSource();
        using var cancelable = new Cancelable(Sys.Scheduler);
        Scheduler.ScheduleRepeatedly(
            TimeSpan.Zero,
            TimeSpan.FromMilliseconds(5),
            () =>
            {
                if (++done == 20)
                {
                    cancelable.Cancel();
                    enough.SetResult();
                }
            },
            cancelable);

        await enough.Task.WaitAsync(Patience);
        await Later(50);
        Assert.Equal(20, done);
    }

    [Fact]
    public async Task What_many_threads_set_and_call_off_happens_once_or_never()
    {
        const int Threads = 8;
        const int Each = 2000;
        var times = new int[Threads * Each];
        var calledOff = new ConcurrentDictionary<int, byte>();
        await Task.WhenAll(Enumerable.Range(0, Threads).Select(thread => Task.Factory.StartNew(
            () =>
            {
                for (var i = 0; i < Each; i++)
                {
                    var number = thread * Each + i;
                    var cancelable = new Cancelable(Sys.Scheduler);
                    var isCalledOff = i % 4 == 0;
                    Scheduler.ScheduleOnce(
                        isCalledOff ? TimeSpan.FromMinutes(1) : TimeSpan.FromMilliseconds(number % 17), () => Interlocked.Increment(ref times[number]), cancelable);
                    if (isCalledOff)
                    {
                        cancelable.Cancel();
                        calledOff.TryAdd(number, 0);
                    }
                }
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default)));

        await AwaitConditionAsync(() => Task.FromResult(times.Count(n => n > 0) == times.Length - calledOff.Count), Patience);
        await Sys.Terminate().WaitAsync(Patience);
        Assert.All(times.Index(), t => Assert.Equal(calledOff.ContainsKey(t.Index) ? 0 : 1, t.Item));
    }

    [Fact]
    public async Task Work_that_throws_is_logged_and_not_done_again_and_the_others_go_on()
    {
        var tries = 0;
        await EventFilter.Exception<InvalidOperationException>("broken").ExpectOneAsync(Patience, () =>
        {
            Scheduler.ScheduleRepeatedly(TimeSpan.Zero, TimeSpan.FromMilliseconds(1), () =>
            {
                tries++;
                throw new InvalidOperationException("broken");
            });
            return Task.CompletedTask;
        });

        await Later(20);
        Assert.Equal(1, tries);
    }

    [Fact]
    public async Task When_the_system_has_ended_what_waited_is_done_once_and_nothing_more_is_taken()
    {
        var once = 0;
        var periodic = 0;
        var calledOff = 0;
        using var cancelable = new Cancelable(Sys.Scheduler);
        Scheduler.ScheduleOnce(TimeSpan.FromHours(1), () => once++);
        Scheduler.ScheduleRepeatedly(TimeSpan.FromHours(1), TimeSpan.FromHours(1), () => periodic++);
        Scheduler.ScheduleOnce(TimeSpan.FromHours(1), () => calledOff++, cancelable);
        cancelable.Cancel();

        await Sys.Terminate().WaitAsync(Patience);

        Assert.Equal((1, 1, 0), (once, periodic, calledOff));
        Assert.Throws<SchedulerException>(() => Scheduler.ScheduleOnce(TimeSpan.Zero, () => { }));
        ((IDisposable)Sys.Scheduler).Dispose();
        Assert.Equal((1, 1, 0), (once, periodic, calledOff));
    }

    [Fact]
    public async Task A_timer_may_be_what_ends_the_scheduler()
    {
        var scheduler = new TicklessScheduler(Sys.Settings.Config, Log);
        var ended = new TaskCompletionSource();
        ((IActionScheduler)scheduler).ScheduleOnce(TimeSpan.FromHours(1), () => ended.SetResult());
        ((IActionScheduler)scheduler).ScheduleOnce(TimeSpan.Zero, scheduler.Dispose);

        await ended.Task.WaitAsync(Patience);
    }

    /// <summary>Completes by a timer that comes after all that are due by then.</summary>
    private Task Later(int milliseconds)
    {
        var later = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Scheduler.ScheduleOnce(TimeSpan.FromMilliseconds(milliseconds), () => later.SetResult());
        return later.Task.WaitAsync(Patience);
    }

    private sealed class Waiting : ReceiveActor, IWithTimers
    {
        public Waiting(IActorRef probe)
        {
            Receive<Tick>(_ => probe.Tell("tick"));
            Receive<string>(m => m == "no more ticks", _ => Timers.CancelAll());
            Receive<ReceiveTimeout>(_ => probe.Tell("silence"));
        }

        public ITimerScheduler Timers { get; set; } = null!;

        protected override void PreStart()
        {
            Timers.StartPeriodicTimer("ticks", new Tick(), TimeSpan.FromMilliseconds(10));
            Context.SetReceiveTimeout(TimeSpan.FromMilliseconds(50));
        }

        private sealed class Tick : INotInfluenceReceiveTimeout;
    }
}
