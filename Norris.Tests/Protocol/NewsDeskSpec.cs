using Norris.Core.Protocol;
using static Norris.Tests.Protocol.Cast;

namespace Norris.Tests.Protocol;

/// <summary>What a node makes of its replica's effects for those who read.</summary>
public sealed class NewsDeskSpec
{
    private readonly NewsDesk _desk = new();

    /// <summary>All that was told, 1 to 10, is of epoch 1. Of that the room that goes on has less, or more.</summary>
    [Theory]
    [InlineData(6, 8, 7, 0)]
    [InlineData(6, 6, 7, 0)]
    [InlineData(3, 20, 4, 10)]
    [InlineData(9, 30, 10, 20)]
    public void What_is_not_in_the_order_that_goes_on_is_taken_back(long common, long at, long from, long missed)
    {
        Start(1);
        Deliver(1, 10);
        Take(new Excluded("expelled"));
        News[] between = missed > 0 ? [new Retracted(Nr(from), Nr(10)), new Missed(missed)] : [new Retracted(Nr(from), Nr(10))];
        Assert.Equal(between, Start(at + 1, (1, common), (2, at))[..^1]);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(15)]
    public void What_all_of_it_is_in_is_not_taken_back(long common)
    {
        Start(1);
        Deliver(1, 10);
        Take(new Excluded("cut off"));
        Assert.Equal(new Missed(20), Assert.Single(Start(31, (1, common), (2, 30))[..^1]));
    }

    [Fact]
    public void Where_nothing_was_lost_nothing_is_taken_back()
    {
        Start(1);
        Deliver(1, 10);
        Assert.IsType<Started>(Assert.Single(Start(11, (1, 10))));
    }

    [Fact]
    public void In_a_uniform_room_it_is_told_how_much_was_ordered_while_the_node_was_away()
    {
        Start(1);
        Deliver(1, 10);
        Take(new Excluded("cut off"));
        Assert.Equal(new Missed(40), Start(51, (1, 50))[0]);
        Deliver(51, 60);
        Assert.Equal(Nr(60), _desk.Last);
    }

    [Fact]
    public void Where_the_numbers_come_again_what_bore_them_before_is_taken_back()
    {
        Start(1);
        Deliver(1, 10);
        Take(new Excluded("cut off"));
        Assert.Equal(new Retracted(Nr(6), Nr(10)), Start(6, (1, 5))[0]);
    }

    /// <summary>Both went on without a majority, in one era: here at 4, there at 4 or later. Each had begun an epoch of its own by then.</summary>
    [Theory]
    [InlineData(3)]
    [InlineData(6)] // what came late, of the epoch before the two parted, is theirs as well
    public void Two_parts_of_one_room_differ_from_the_last_entry_of_an_epoch_that_both_have(long common)
    {
        Take(new LogStarted(Nr(1), NewRoom));
        Deliver(1, 6);
        Deliver(7, 10, 1_000_200);
        Take(new Excluded("others go on"));
        Assert.Equal([new Retracted(Nr(common + 1), Nr(10)), new Missed(11)], Start(22, (1, common), (1_000_100, 21))[..^1]);

        // It is told once.
        Take(new Excluded("cut off"));
        Assert.IsType<Started>(Assert.Single(Start(22, (1, common), (1_000_100, 21))));
    }

    [Fact]
    public void Who_comes_back_to_its_own_part_of_the_room_takes_nothing_back()
    {
        Start(1);
        Deliver(1, 6);
        Deliver(7, 10, 1_000_200);
        Take(new Excluded("others go on"));
        Assert.Equal(new Missed(5), Assert.Single(Start(16, (1, 6), (1_000_200, 12), (1_000_201, 15))[..^1]));
    }

    [Fact]
    public void Who_came_in_the_midst_of_it_knows_from_the_room_which_epochs_were_before()
    {
        Start(5, (1, 3), (1_000_003, 4));
        Deliver(5, 10, 1_000_003);
        Assert.Equal([new Retracted(Nr(4), Nr(10)), new Missed(11)], Start(22, (1, 3), (2, 21))[..^1]);
    }

    [Fact]
    public void After_more_changes_of_host_than_are_remembered_nothing_is_said_to_be_taken_back()
    {
        Start(1);
        Deliver(1, 10);
        var later = Enumerable.Range(2, Limits.EpochsRemembered).Select(epoch => ((long)epoch, 10L + epoch)).ToArray();
        Assert.Equal(new Missed(later[^1].Item2 - 10), Assert.Single(Start(later[^1].Item2 + 1, later)[..^1]));
    }

    [Fact]
    public void Another_room_counts_from_its_own_beginning()
    {
        Start(1);
        Deliver(1, 10);
        Take(new Excluded("a new room"));
        Assert.IsType<Started>(Assert.Single(Take(new LogStarted(Nr(100), NewRoom with { Room = new RoomId(5), At = Nr(99) }))));
    }

    [Fact]
    public void A_change_of_host_costs_from_the_last_sign_of_the_one_to_the_first_entry_under_the_other()
    {
        Take(new LogStarted(Nr(1), NewRoom with { Host = Ann }), 0);
        Take(Entry(1, new NodeJoined(Bob, 1)), 100);
        Take(new EpochAccepted(new Epoch(2), Bob, 300), 1_000);
        var news = Take(Entry(2, new EpochStarted(Bob, false)), 1_500);
        Assert.Equal([typeof(Deliver), typeof(HostChanged)], news.Select(n => n.GetType()));
        Assert.Equal(new HostChanged(Ann, Bob, new Epoch(1), 800, At(1_500).Wall), news[1]);
        Assert.Equal([news[1]], _desk.HostChanges);
    }

    [Fact]
    public void Who_comes_in_under_a_new_host_has_seen_no_change()
    {
        Take(new LogStarted(Nr(1), NewRoom with { Host = Ann }), 0);
        Assert.IsType<Deliver>(Assert.Single(Take(Entry(1, new EpochStarted(Bob, false)), 10)));
    }

    [Fact]
    public void Who_begins_in_the_middle_is_told_the_room_and_what_is_wrong_now()
    {
        var room = NewRoom.Picture();
        Assert.Empty(_desk.Present(room, 7, isBack: false));
        Start(1);
        Deliver(1, 10);
        Assert.Equal([new Started(Nr(11), 7, room)], _desk.Present(room, 7, isBack: false));
        Assert.Equal([new Started(Nr(11), 7, room), new TouchRegained()], _desk.Present(room, 7, isBack: true));
        Take(new TouchLost());
        Assert.Equal([new Started(Nr(11), 7, room), new TouchLost()], _desk.Present(room, 7, isBack: false));
        Take(new Excluded("out"));
        Assert.Equal([new Excluded("out")], _desk.Present(room, 7, isBack: false));
    }

    private static Deliver Entry(long number, Entry entry) => new(Record(number, 1, entry), 0, null);

    /// <summary>It comes in; the room was numbered by these epochs, each up to there.</summary>
    private List<News> Start(long first, params (long Epoch, long Last)[] ranges) =>
        Take(new LogStarted(Nr(first), NewRoom with { At = Nr(first - 1), EpochRanges = [.. ranges.Select(r => new EpochRange(new Epoch(r.Epoch), Nr(r.Last)))] }));

    private void Deliver(long first, long last, long epoch = 1)
    {
        for (var number = first; number <= last; number++)
        {
            Take(new Deliver(Record(number, epoch, new NodeJoined(Bob, (int)number)), 0, null));
        }
    }

    private List<News> Take(Effect effect, long at = 0)
    {
        var news = new List<News>();
        _desk.Take(effect, At(at), news);
        return news;
    }
}
