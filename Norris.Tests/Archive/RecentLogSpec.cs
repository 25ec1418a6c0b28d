using Norris.Actors.History;
using Norris.Core.Protocol;
using Norris.Core.Room;
using Norris.Node.Archive;
using Norris.Node.Session;

namespace Norris.Tests.Archive;

public sealed class RecentLogSpec
{
    private readonly RecentRoom _room = new(new RoomId(5));

    [Theory]
    [InlineData(1, 1_000)]
    [InlineData(2, 3)]
    [InlineData(5, 10)]
    [InlineData(21, 1)]
    [InlineData(102, 50)]
    public void A_stretch_is_given_from_any_number_on_wherever_a_block_begins(long first, int limit)
    {
        _room.Say(100);
        _room.Leave();
        var answer = Ask(first, limit);
        var expected = _room.Events.Where(e => e.Seq >= first).Take(limit).ToList();
        Assert.Equal(expected, Entries(answer));
        Assert.Equal(first == 1 ? 0 : _room.Events[(int)first - 2].Hash, answer.HashBefore);
        Assert.Equal(102, answer.Newest);
    }

    [Fact]
    public void Beyond_its_bound_the_oldest_go_and_where_it_begins_is_said()
    {
        var room = new RecentRoom(new RoomId(5), bytes: 2_000);
        room.Say(700);
        Assert.InRange(room.Log.Bytes, 1_000, 2_000);
        var answer = room.Answer(new HistoryQuery(room.Room, HistoryOf.Stretch, 1, 10, ""));
        Assert.Equal((0, 701), (answer.Page.Length, answer.Newest));
        Assert.InRange(answer.Next, 300, 701);
        Assert.Equal(answer.Next, Entries(room.Answer(new HistoryQuery(room.Room, HistoryOf.Stretch, answer.Next, 10, "")))[0].Seq);
    }

    [Fact]
    public void What_an_archive_that_is_away_may_need_is_kept_for_some_minutes_and_no_longer()
    {
        _room.Say(10);
        _room.Deliver(new NodeLeft(RecentRoom.Bob, LeaveReason.Crashed));
        _room.Pass(DeliveredRing.KeptFor);
        _room.Say(10);
        Assert.Equal(22, Entries(Ask(1, 100)).Count);
        _room.Pass(1);
        Assert.Equal((0, 0), (Ask(20, 100).Page.Length, _room.Log.Bytes));

        _room.Say(10);
        Assert.Equal(0, _room.Log.Bytes);
        _room.Deliver(new RecordingChanged(RecentRoom.Bob, true));
        _room.Say(1);
        Assert.Equal(2, Entries(Ask(33, 100)).Count);
    }

    [Fact]
    public void In_an_agreed_room_only_what_is_stable_under_this_reign_is_given()
    {
        var room = new RecentRoom(new RoomId(5), DeliveryLevel.Agreed);
        room.Say(30);
        var query = new HistoryQuery(room.Room, HistoryOf.Stretch, 1, 100, "");
        Assert.Equal(0, room.Answer(query).Page.Length);
        room.Status = room.Status with { Stable = new SequenceNumber(9) };
        Assert.Equal(8, Entries(room.Answer(query)).Count);
        room.Status = room.Status with { Epoch = new Epoch(2), Stable = new SequenceNumber(31) };
        Assert.Equal(0, room.Answer(query).Page.Length);
    }

    [Fact]
    public void After_a_rejoin_it_has_a_gap_and_of_another_room_nothing()
    {
        _room.Say(20);
        var snapshot = RoomState.New(_room.Room, DeliveryLevel.Uniform, RecentRoom.Ann) with { Recording = [RecentRoom.Bob] };
        _room.Log.Append([new LogStarted(new SequenceNumber(51), snapshot)]);
        _room.Log.Append([new Deliver(new LogRecord(new SequenceNumber(51), new Epoch(2), 0, new NodeJoined(RecentRoom.Bob, 2)), 77, null)]);
        Assert.Equal(21, Entries(Ask(1, 100)).Count);
        Assert.Equal(51, Ask(22, 100).Next);
        Assert.Equal(77UL, Ask(51, 100).HashBefore);

        _room.Log.Append([new LogStarted(new SequenceNumber(1), snapshot with { Room = new RoomId(6) })]);
        Assert.Equal(0, _room.Log.Bytes);
        Assert.Equal(0, Ask(1, 100).Page.Length);
    }

    [Fact]
    public void Who_is_in_another_room_by_now_has_nothing_more_to_come_and_who_is_in_none_may_have()
    {
        var room = _room.Room;
        _room.Status = _room.Status with { Room = new RoomId(6) };
        Assert.Equal(40, _room.Answer(new HistoryQuery(room, HistoryOf.Stretch, 40, 10, "")).Newest);
        _room.Status = _room.Status with { Room = RoomId.None };
        Assert.Equal(0, _room.Answer(new HistoryQuery(room, HistoryOf.Stretch, 40, 10, "")).Newest);
    }

    private static IReadOnlyList<OrderedEvent> Entries(HistoryAnswer answer) => PageFormat.Read(answer.Page.Span);

    private HistoryAnswer Ask(long first, int limit) => _room.Answer(new HistoryQuery(_room.Room, HistoryOf.Stretch, first, limit, ""));
}
