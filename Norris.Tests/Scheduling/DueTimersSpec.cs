using Akka.Actor;
using Akka.Dispatch;
using Norris.Actors.Scheduling;

namespace Norris.Tests.Scheduling;

public sealed class DueTimersSpec
{
    private const long Slot = 10;
    private readonly DueTimers _timers = new(Slot);

    [Fact]
    public void They_fire_in_the_order_of_their_times_and_those_of_one_time_in_the_order_of_their_setting()
    {
        var late = Once(30);
        var first = Once(20);
        var second = Once(20);
        var soon = Once(11);

        Assert.Equal([soon, first, second, late], TakeDue(30));
    }

    [Fact]
    public void None_is_early_and_none_is_woken_for_later_than_a_slot()
    {
        for (var due = 1; due <= 100; due++)
        {
            var work = Once(due);
            var wake = _timers.NextWake;

            Assert.InRange(wake, due, due + Slot - 1);
            Assert.Empty(TakeDue(due - 1));
            Assert.Equal([work], TakeDue(wake));
        }
    }

    [Fact]
    public void Those_of_one_slot_share_a_wake()
    {
        var works = Enumerable.Range(11, 10).Select(due => Once(due)).ToList();

        Assert.Equal(works, TakeDue(_timers.NextWake));
        Assert.Equal(long.MaxValue, _timers.NextWake);
    }

    [Theory]
    [InlineData(25)]
    [InlineData(100)]
    [InlineData(333)]
    public void A_periodic_one_keeps_its_pace_whatever_its_wakes_are_late(long period)
    {
        var work = Every(period, 7);
        var times = FollowFor(work, 1000 * period);

        Assert.InRange(times.Count, 998, 1000);
        Assert.All(times.Zip(times.Skip(1)), gap => Assert.InRange(gap.Second - gap.First, period - Slot, period + period / 8 + Slot));
    }

    [Fact]
    public void Periodic_ones_meet_after_a_while_so_that_they_share_their_wakes()
    {
        foreach (var phase in new[] { 3, 21, 37, 55, 83 })
        {
            Every(100, phase);
            Every(200, phase + 50);
        }

        while (_timers.NextWake < 2000)
        {
            TakeDue(_timers.NextWake);
        }

        var wakes = 0;
        for (; _timers.NextWake < 4000; wakes++)
        {
            TakeDue(_timers.NextWake);
        }

        Assert.Equal(20, wakes);
    }

    [Fact]
    public void What_was_missed_while_the_process_stood_still_is_not_made_up_for()
    {
        var quick = Every(25, 25);
        var slow = Every(100, 100);

        Assert.Equal([quick, slow], TakeDue(30_000));
        Assert.Empty(TakeDue(30_024));
        Assert.Equal([quick], TakeDue(30_025));
        Assert.Equal([quick], TakeDue(30_050));
    }

    [Fact]
    public void What_is_called_off_does_not_happen_neither_at_first_nor_again()
    {
        using var ended = new Called();
        var work = new ScheduledWork(Nothing, 10, ended);
        _timers.Add(work, 10);
        Once(10, ended);
        Assert.Equal(2, TakeDue(10).Count);
        _timers.Add(new ScheduledWork(Nothing, 0, ended), 20);

        ended.Cancel();

        Assert.Empty(TakeDue(1000));
        Assert.Equal(0, _timers.Count);
    }

    [Fact]
    public void What_is_called_off_again_and_again_long_before_its_time_does_not_pile_up()
    {
        for (var i = 0; i < 100_000; i++)
        {
            using var cancelable = new Called();
            Once(1_000_000 + i, cancelable);
            cancelable.Cancel();
            Assert.InRange(_timers.Count, 1, 64);
        }
    }

    [Fact]
    public void Those_that_wait_survive_while_the_others_are_cleared_away()
    {
        var waiting = new List<ScheduledWork>();
        for (var i = 0; i < 10_000; i++)
        {
            using var cancelable = new Called();
            if (i % 3 == 0)
            {
                waiting.Add(Once(1_000_000 - i));
            }
            else
            {
                Once(500_000 + i, cancelable);
                cancelable.Cancel();
            }
        }

        waiting.Reverse();
        Assert.Equal(waiting, TakeDue(1_000_000));
    }

    [Fact]
    public void One_that_is_never_due_wakes_nobody()
    {
        Once(long.MaxValue);

        Assert.Equal(long.MaxValue, _timers.NextWake);
        Assert.Single(_timers.TakeAll());
    }

    [Fact]
    public void Work_that_failed_is_taken_out()
    {
        var work = Every(100, 50);
        Assert.Equal([work], TakeDue(50));

        _timers.Remove(work);

        Assert.Equal(0, _timers.Count);
    }

    private static ActionRunnable Nothing => new(() => { });

    private ScheduledWork Once(long due, ICancelable? cancelable = null)
    {
        var work = new ScheduledWork(Nothing, 0, cancelable);
        _timers.Add(work, due);
        return work;
    }

    private ScheduledWork Every(long period, long first)
    {
        var work = new ScheduledWork(Nothing, period, null);
        _timers.Add(work, first);
        return work;
    }

    private List<ScheduledWork> TakeDue(long now)
    {
        var due = new List<ScheduledWork>();
        while (_timers.TakeDue(now) is { } work)
        {
            due.Add(work);
        }

        return due;
    }

    /// <summary>When it is done, woken a little later than asked for.</summary>
    private List<long> FollowFor(ScheduledWork work, long until)
    {
        var times = new List<long>();
        while (_timers.NextWake < until)
        {
            var now = _timers.NextWake + times.Count % 5;
            times.AddRange(TakeDue(now).Where(w => w == work).Select(_ => now));
        }

        return times;
    }

    private sealed class Called() : Cancelable((IActionScheduler)null!);
}
