using Norris.Actors.Transport;

namespace Norris.Tests.Transport;

public sealed class RepeatsSpec
{
    private readonly Repeats _repeats = new(3);

    [Fact]
    public void The_same_is_said_three_times_a_second_and_the_rest_is_counted()
    {
        var said = Enumerable.Range(0, 1000).Count(i => _repeats.May("x", 10, out _));

        Assert.Equal((3, 997L), (said, _repeats.Unsaid("x", 1010)));
    }

    [Fact]
    public void Only_the_first_that_is_not_said_asks_for_the_count()
    {
        var first = 0;
        for (var i = 0; i < 100; i++)
        {
            _repeats.May("x", i * 100, out var countAfter);
            first += countAfter is null ? 0 : 1;
        }

        Assert.Equal(1, first);
    }

    [Fact]
    public void What_goes_on_is_counted_for_ten_seconds_each_time_and_said_again_when_it_was_quiet_for_as_long()
    {
        var (said, now, count) = (0, 0, (At: 0L, Is: false));
        var pauses = new List<double>();
        for (; now < 60_000; now += 20)
        {
            if (count.Is && now >= count.At)
            {
                Assert.True(_repeats.Unsaid("x", now) > 0);
                count = default;
                said++;
            }

            said += _repeats.May("x", now, out var countAfter) ? 1 : 0;
            if (countAfter is { } pause)
            {
                pauses.Add(pause.TotalSeconds);
                count = (now + (long)pause.TotalMilliseconds, true);
            }
        }

        Assert.Equal([1, 10, 10, 10, 10, 10, 10], pauses);
        Assert.Equal(3 + 6, said);
        Assert.True(_repeats.Unsaid("x", now) > 0);
        Assert.False(_repeats.May("x", now + 9_999, out _));
        Assert.Equal(1, _repeats.Unsaid("x", now + 10_000));
        Assert.True(_repeats.May("x", now + 20_000, out _));
    }

    [Fact]
    public void Something_else_is_said_all_the_same()
    {
        Assert.False(Enumerable.Range(0, 10).All(_ => _repeats.May("x", 0, out var _)));
        Assert.True(_repeats.May("y", 0, out _));
    }

    [Fact]
    public void What_comes_seldom_is_always_said() => Assert.All(Enumerable.Range(0, 100), i => Assert.True(_repeats.May("x", i * 400, out _)));
}
