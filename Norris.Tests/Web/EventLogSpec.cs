using Norris.Node.Session;
using Norris.Node.Web;

namespace Norris.Tests.Web;

public sealed class EventLogSpec
{
    private readonly LoggedLine[] _into = new LoggedLine[100];
    private RetractedEvent? _retracted;

    [Fact]
    public void A_cursor_gets_what_comes_after_it_and_nothing_twice()
    {
        var log = With(1..6);
        var cursor = log.From(2);
        Assert.Equal([3, 4, 5], Read(log, ref cursor, out var missed));
        Assert.Equal(0, missed);
        log.Append(6, [0]);
        Assert.Equal([6], Read(log, ref cursor, out _));
        Assert.Empty(Read(log, ref cursor, out _));
    }

    [Fact]
    public void What_no_longer_fits_is_counted_as_missed()
    {
        var log = With(1..101, maxBytes: 10 * (3 + EventLog.Overhead));
        var cursor = log.From(50);
        Assert.Equal([91, 92, 93, 94, 95, 96, 97, 98, 99, 100], Read(log, ref cursor, out var missed));
        Assert.Equal(40, missed);
    }

    [Fact]
    public void The_bytes_are_bounded_too()
    {
        var log = new EventLog(maxBytes: 3 * (30 + EventLog.Overhead));
        for (var seq = 1; seq <= 20; seq++)
        {
            log.Append(seq, new byte[30]);
        }

        var cursor = log.From(0);
        Assert.Equal([18, 19, 20], Read(log, ref cursor, out var missed));
        Assert.Equal(17, missed);
    }

    [Fact]
    public void A_gap_in_the_middle_is_said_where_it_is()
    {
        var log = With(1..4);
        log.Append(10, [0]);
        log.Append(11, [0]);
        var cursor = log.From(1);
        Assert.Equal([2, 3], Read(log, ref cursor, out var missed));
        Assert.Equal(0, missed);
        Assert.Equal([10, 11], Read(log, ref cursor, out missed));
        Assert.Equal(6, missed);
    }

    [Fact]
    public void A_cursor_of_a_room_that_went_further_is_behind_nothing_in_this_one()
    {
        var log = new EventLog(1000);
        var cursor = log.From(50); // before the node, just started, is in a room
        log.Append(1, [0]);
        log.Append(2, [0]);
        Assert.Equal([1, 2], Read(log, ref cursor, out var missed));
        Assert.Equal(0, missed);
    }

    [Fact]
    public void In_another_room_everything_begins_anew()
    {
        var log = With(1..51);
        var cursor = log.From(50);
        log.Append(7, [0]);
        log.Append(8, [0]);
        Assert.Equal([7, 8], Read(log, ref cursor, out var missed));
        Assert.Equal(0, missed);
    }

    [Fact]
    public void A_number_that_the_room_has_not_reached_is_from_another_room()
    {
        var log = With(5..9);
        var cursor = log.From(5000);
        Assert.Equal([5, 6, 7, 8], Read(log, ref cursor, out var missed));
        Assert.Equal(0, missed);
    }

    [Fact]
    public void What_is_taken_back_is_told_and_what_has_its_numbers_comes_also_where_more_came_meanwhile()
    {
        var log = With(1..10);
        var (behind, early, fresh) = (log.From(9), log.From(2), default(LogCursor));
        log.Retract(new(5, 9));
        fresh = log.Recent(100);
        for (var seq = 5; seq < 12; seq++)
        {
            log.Append(seq, [0]);
        }

        Assert.Equal([5, 6, 7, 8, 9, 10, 11], Read(log, ref behind, out var missed));
        Assert.Equal((0, new(5, 9)), (missed, _retracted));
        Assert.Equal([3, 4, 5, 6, 7, 8, 9, 10, 11], Read(log, ref early, out _));
        Assert.Equal(new(5, 9), _retracted);
        Assert.Equal([5, 6, 7, 8, 9, 10, 11], Read(log, ref fresh, out _).Where(seq => seq > 4));
        Assert.Null(_retracted);
        Assert.Empty(Read(log, ref behind, out _));
        Assert.Null(_retracted);
    }

    [Fact]
    public void Who_was_away_while_numbers_were_taken_back_twice_goes_back_to_before_the_first()
    {
        var log = With(1..10);
        var (slow, quick) = (log.From(9), log.From(9));
        log.Retract(new(4, 9));
        Assert.Empty(Read(log, ref quick, out _));
        log.Append(4, [0]);
        log.Append(5, [0]);
        Assert.Equal([4, 5], Read(log, ref quick, out _));
        log.Retract(new(5, 5));
        log.Append(20, [0]); // and the numbers between are missed

        Assert.Equal([20], Read(log, ref quick, out var missed));
        Assert.Equal((15, new(5, 5)), (missed, _retracted));
        Assert.Equal([4], Read(log, ref slow, out _));
        Assert.Equal(new(4, 9), _retracted);
        Assert.Equal([20], Read(log, ref slow, out missed));
        Assert.Equal(15, missed);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(2, 2)]
    [InlineData(500, 5)]
    public void A_stream_may_begin_with_the_last_few(int recent, int expected)
    {
        var log = With(7..12);
        var cursor = log.Recent(recent);
        Assert.Equal(expected, Read(log, ref cursor, out var missed).Count);
        Assert.Equal(0, missed);
    }

    [Fact]
    public void A_stream_that_begins_before_the_node_has_anything_misses_nothing()
    {
        var log = new EventLog(1000);
        var cursor = log.Recent(10);
        Assert.Empty(Read(log, ref cursor, out _));
        log.Append(70, [0]);
        Assert.Equal([70], Read(log, ref cursor, out var missed));
        Assert.Equal(0, missed);
    }

    private static EventLog With(Range seqs, long maxBytes = 1 << 20)
    {
        var log = new EventLog(maxBytes);
        for (var seq = seqs.Start.Value; seq < seqs.End.Value; seq++)
        {
            log.Append(seq, [1, 2, 3]);
        }

        return log;
    }

    private List<long> Read(EventLog log, ref LogCursor cursor, out long missed) =>
        [.. _into.Take(log.Read(ref cursor, _into, out missed, out _retracted)).Select(l => l.Seq)];
}
