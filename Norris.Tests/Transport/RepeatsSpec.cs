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
        Assert.True(_repeats.May("x", 1011, out _));
    }

    [Fact]
    public void Only_the_first_that_is_not_said_asks_for_the_count()
    {
        var first = 0;
        for (var i = 0; i < 100; i++)
        {
            _repeats.May("x", i * 100, out var isFirstUnsaid);
            first += isFirstUnsaid ? 1 : 0;
        }

        Assert.Equal(1, first);
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
