using Norris.Core.Protocol;
using Norris.Node.Session;
using Norris.Node.Tui;

namespace Norris.Tests.Tui;

public sealed class TuiNoticesSpec
{
    private readonly ModelDriver _it = new();
    private DateTimeOffset _now = ModelDriver.Now;

    [Fact]
    public void Those_who_said_nothing_are_counted_in_one_line_however_long_it_takes()
    {
        Come("dora");
        Assert.Contains("dora joined", LastLine, StringComparison.Ordinal);
        Later(TimeSpan.FromHours(1));
        Come("eve");
        Assert.Contains("dora and eve joined", LastLine, StringComparison.Ordinal);
        Later(TimeSpan.FromHours(1));
        Go("dora");
        Go("eve");
        Assert.Contains("2 came, 2 left", LastLine, StringComparison.Ordinal);
        Come("finn");
        Assert.Contains("3 came, 2 left", LastLine, StringComparison.Ordinal);
    }

    [Fact]
    public void Who_talks_or_dies_is_told_by_name()
    {
        Come("dora");
        Go("dora");
        _it.Hear("hello", "bob");
        Go("dora");
        Come("eve");
        Go("bob");
        Assert.Contains("bob left", LastLine, StringComparison.Ordinal);
        Go("eve", LeaveReason.Crashed);
        Assert.Contains("eve is gone", LastLine, StringComparison.Ordinal);
    }

    [Fact]
    public void Who_talked_long_ago_is_counted()
    {
        _it.Hear("hello", "bob");
        Later(TimeSpan.FromHours(1));
        Come("dora");
        Go("bob");
        Assert.Contains("1 came, 1 left", LastLine, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_said_between_begins_another_line()
    {
        Come("dora");
        _it.Hear("hello", "bob");
        Go("dora");
        Assert.Contains("dora left", LastLine, StringComparison.Ordinal);
    }

    [Fact]
    public void With_notices_off_nobody_is_told_of_and_the_taste_is_kept()
    {
        _it.Say("/notices off");
        Assert.Equal([new TuiCommand.KeepNotices(JoinNotices.Off)], _it.Commands);
        _it.Hear("hello", "bob");
        Go("bob", LeaveReason.Crashed);
        Come("eve");
        Assert.Contains("bob: hello", LastLine, StringComparison.Ordinal);
    }

    [Fact]
    public void With_all_notices_everybody_has_a_name()
    {
        _it.Say("/notices all");
        Come("dora");
        Go("dora");
        Assert.Contains("dora left", LastLine, StringComparison.Ordinal);
    }

    private string LastLine => _it.Screen[^3];

    private void Later(TimeSpan time) => _now += time;

    private void Come(string user) => _it.Do(new TuiInput.Happened(new JoinedEvent(1, 1, 0, user, "a:1", new UserId(9)), _now));

    private void Go(string user, LeaveReason reason = LeaveReason.Left) => _it.Do(new TuiInput.Happened(new LeftEvent(1, 1, 0, user, "a:1", reason, new UserId(9)), _now));
}
