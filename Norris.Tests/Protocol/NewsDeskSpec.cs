using Norris.Core.Protocol;
using static Norris.Tests.Protocol.Cast;

namespace Norris.Tests.Protocol;

/// <summary>What a node makes of its replica's effects for those who read.</summary>
public sealed class NewsDeskSpec
{
    private readonly NewsDesk _desk = new();

    [Theory]
    [InlineData(9, 7, 0)]
    [InlineData(7, 7, 0)]
    [InlineData(4, 4, 0)]
    [InlineData(11, 7, 0)]
    [InlineData(21, 7, 10)]
    public void In_an_agreed_room_what_was_not_settled_when_the_room_was_lost_is_taken_back_before_what_replaces_it(long first, long from, long missed)
    {
        Start(1, DeliveryLevel.Agreed);
        Deliver(1, 10);
        Take(new Settled(Nr(6)));
        Take(new Excluded("expelled"));
        News[] between = missed > 0 ? [new Retracted(Nr(from), Nr(10)), new Missed(missed)] : [new Retracted(Nr(from), Nr(10))];
        Assert.Equal(between, Start(first, DeliveryLevel.Agreed)[..^1]);
    }

    [Fact]
    public void Where_nothing_was_lost_nothing_is_taken_back_though_it_was_not_settled()
    {
        Start(1, DeliveryLevel.Agreed);
        Deliver(1, 10);
        Assert.IsType<Started>(Assert.Single(Start(11, DeliveryLevel.Agreed)));
    }

    [Fact]
    public void In_a_uniform_room_it_is_told_how_much_was_ordered_while_the_node_was_away()
    {
        Start(1);
        Deliver(1, 10);
        Take(new Excluded("cut off"));
        Assert.Equal(new Missed(40), Start(51)[0]);
        Deliver(51, 60);
        Assert.Equal(Nr(60), _desk.Last);
    }

    [Fact]
    public void Where_the_numbers_come_again_what_bore_them_before_is_taken_back()
    {
        Start(1);
        Deliver(1, 10);
        Take(new Excluded("cut off"));
        Assert.Equal(new Retracted(Nr(6), Nr(10)), Start(6)[0]);
    }

    /// <summary>The room went on without a majority, at 4 in era 1, and at 8 in era 2. Others go on beside it.</summary>
    [Theory]
    [InlineData(7, 21, 4, 17)] // in no era: all of it was theirs up to 3
    [InlineData(1_000_005, 21, 8, 13)]
    [InlineData(2_600_000, 21, 8, 13)]
    [InlineData(7, 6, 4, 2)]
    [InlineData(7, 3, 3, 0)]
    public void Who_gives_in_takes_back_what_it_has_shown_since_the_two_parted(long epoch, long first, long from, long missed)
    {
        Start(1);
        Deliver(1, 3);
        Take(new Deliver(Record(4, 1_000_000, new EpochStarted(Ann, true)), 0, null));
        Deliver(5, 7);
        Take(new Deliver(Record(8, 2_500_000, new EpochStarted(Ann, true)), 0, null));
        Deliver(9, 10);
        Take(new Excluded("others go on"));
        Take(new GivesIn(new Epoch(epoch)));
        News[] between = missed > 0 ? [new Retracted(Nr(from), Nr(10)), new Missed(missed)] : [new Retracted(Nr(from), Nr(10))];
        Assert.Equal(between, Start(first)[..^1]);

        // It is told once.
        Take(new Excluded("cut off"));
        Assert.IsType<Started>(Assert.Single(Start(first)));
    }

    [Fact]
    public void Who_came_to_it_in_the_midst_of_an_era_takes_back_all_that_it_has_shown()
    {
        Take(new LogStarted(Nr(5), NewRoom with { At = Nr(4), Epoch = new Epoch(1_000_003) }));
        Deliver(5, 10);
        Take(new GivesIn(new Epoch(2)));
        Assert.Equal([new Retracted(Nr(5), Nr(10)), new Missed(16)], Start(21)[..^1]);
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

    private List<News> Start(long first, DeliveryLevel level = DeliveryLevel.Uniform) => Take(new LogStarted(Nr(first), NewRoom with { At = Nr(first - 1), Delivery = level }));

    private void Deliver(long first, long last)
    {
        for (var number = first; number <= last; number++)
        {
            Take(Entry(number, new NodeJoined(Bob, (int)number)));
        }
    }

    private List<News> Take(Effect effect, long at = 0)
    {
        var news = new List<News>();
        _desk.Take(effect, At(at), news);
        return news;
    }
}
