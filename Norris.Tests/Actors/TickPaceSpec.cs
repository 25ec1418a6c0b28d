using Akka.Actor;
using Norris.Actors;

namespace Norris.Tests.Actors;

public sealed class TickPaceSpec
{
    private readonly Timers _timers = new();
    private readonly TickPace _pace;

    public TickPaceSpec()
    {
        _pace = new TickPace(_timers, 25);
        _pace.Start();
    }

    [Fact]
    public void It_slows_down_when_it_has_been_quiet_for_a_second_and_not_before()
    {
        for (var i = 0; i < 39; i++)
        {
            _pace.Ticked(true);
            _pace.Follow(true);
        }

        Assert.Equal([25], _timers.Paces);
        _pace.Ticked(true);
        Assert.Equal([25, 100], _timers.Paces);
    }

    [Fact]
    public void It_is_quick_again_as_soon_as_something_is_under_way()
    {
        BeQuietForLong();

        _pace.Follow(false);

        Assert.Equal([25, 100, 25], _timers.Paces);
    }

    [Fact]
    public void A_conversation_with_pauses_does_not_change_the_pace()
    {
        for (var i = 0; i < 1000; i++)
        {
            _pace.Follow(false);
            _pace.Ticked(i % 30 != 0);
            _pace.Follow(true);
        }

        Assert.Equal([25], _timers.Paces);
    }

    [Fact]
    public void While_it_stays_quiet_the_slow_pace_stays()
    {
        BeQuietForLong();
        BeQuietForLong();

        Assert.Equal([25, 100], _timers.Paces);
    }

    private void BeQuietForLong()
    {
        for (var i = 0; i < 100; i++)
        {
            _pace.Ticked(true);
            _pace.Follow(true);
        }
    }

    private sealed class Timers : ITimerScheduler
    {
        public List<double> Paces { get; } = [];

        public IReadOnlyCollection<object> ActiveTimers => throw new NotSupportedException();

        public void StartPeriodicTimer(object key, object msg, TimeSpan interval) => Paces.Add(interval.TotalMilliseconds);

        public void StartPeriodicTimer(object key, object msg, TimeSpan interval, IActorRef sender) => throw new NotSupportedException();

        public void StartPeriodicTimer(object key, object msg, TimeSpan initialDelay, TimeSpan interval) => throw new NotSupportedException();

        public void StartPeriodicTimer(object key, object msg, TimeSpan initialDelay, TimeSpan interval, IActorRef sender) => throw new NotSupportedException();

        public void StartSingleTimer(object key, object msg, TimeSpan timeout) => throw new NotSupportedException();

        public void StartSingleTimer(object key, object msg, TimeSpan timeout, IActorRef sender) => throw new NotSupportedException();

        public bool IsTimerActive(object key) => throw new NotSupportedException();

        public void Cancel(object key) => throw new NotSupportedException();

        public void CancelAll() => throw new NotSupportedException();
    }
}
