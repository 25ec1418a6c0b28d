using Norris.Actors.History;
using Norris.Core.Protocol;
using Norris.Core.Room;
using Norris.Node.Archive;
using Norris.Node.Session;

namespace Norris.Tests.Archive;

/// <summary>What who comes in is shown of the time before, where nobody keeps an archive: what members still have.</summary>
public sealed class LastMessagesSpec
{
    private readonly RecentRoom _room = new(new RoomId(5), isRecorded: false);

    [Fact]
    public void Nobody_is_shown_anything_unless_the_room_says_so_and_nothing_that_was_said_before_it_did()
    {
        _room.Say(20);
        Assert.Contains("shows nobody", Ask(100, 10).Refusal, StringComparison.Ordinal);
        Assert.Equal(0, _room.Log.Bytes);
        Set("10");
        _room.Say(3);
        Assert.Equal(["21", "22", "23"], Texts(Ask(100, 10)));
        Set("");
        Assert.Contains("shows nobody", Ask(100, 10).Refusal, StringComparison.Ordinal);
        Assert.Equal(0, _room.Log.Bytes);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(30)]
    [InlineData(200)]
    public void The_last_so_many_are_kept_and_given_wherever_a_block_begins(int count)
    {
        Set($"{count}");
        _room.Say(500);
        _room.Leave();
        var said = _room.Events.OfType<SaidEvent>().ToList();
        Assert.Equal(said.TakeLast(count), Messages(Ask(long.MaxValue, 1_000)));
        Assert.Equal(said.TakeLast(1), Messages(Ask(long.MaxValue, 1)));
        var earlier = Messages(Ask(said[^3].Seq, 1_000)).ToList(); // for who came in before that one was said
        Assert.InRange(earlier.Count, count - 3, count);
        Assert.Equal(said[..^3].TakeLast(earlier.Count), earlier);
        Assert.InRange(_room.Log.Bytes, 0, (count + 14) * 400L);
    }

    [Fact]
    public void What_is_kept_is_bounded_in_bytes()
    {
        Set("200");
        for (var i = 0; i < 400; i++)
        {
            _room.Say(new string('x', Limits.TextBytes));
        }

        Assert.InRange(_room.Log.Bytes, 200 * Limits.TextBytes, DeliveredRing.LastBytes);
        for (var i = 0; i < 30_000; i++)
        {
            _room.Deliver(new UserRenamed(new UserId(7), $"zoë {i}"));
        }

        Assert.InRange(_room.Log.Bytes, 1, DeliveredRing.LastBytes);
    }

    [Fact]
    public void Nothing_is_given_that_was_deleted_or_of_somebody_who_was_put_out_and_edits_come_along()
    {
        Set("50");
        _room.Say("helo");
        _room.Say("oops");
        _room.Say("later edited");
        var end = _room.Events[^1].Seq + 1;
        _room.Say("hello", RelationKind.Edit, 1);
        _room.Say("oops again", RelationKind.Edit, 2);
        _room.Say("", RelationKind.Deletion, 2);
        Assert.Equal(["helo", "later edited", "hello"], Texts(Ask(long.MaxValue, 50)));
        var (page, later) = Read(Ask(end, 50), end);
        Assert.Equal(["helo", "later edited"], page.Select(m => m.Text));
        Assert.Equal(["hello"], later.Select(m => m.Text)); // after the number, and about a message before it
        _room.Deliver(new UserLeft(new UserId(7), LeaveReason.PutOut));
        Assert.Empty(Texts(Ask(long.MaxValue, 50)));
    }

    [Fact]
    public void After_a_rejoin_only_what_is_without_a_gap_is_given()
    {
        Set("50");
        _room.Say(20);
        var snapshot = RoomState.New(_room.Room, DeliveryLevel.Uniform, RecentRoom.Ann) with { Settings = _room.Status.Picture.Settings };
        _room.Log.Append([new LogStarted(new SequenceNumber(51), snapshot)]);
        Assert.Equal(20, Texts(Ask(long.MaxValue, 100)).Count());
        _room.Log.Append([new Deliver(new LogRecord(new SequenceNumber(51), new Epoch(2), 0, new NodeJoined(RecentRoom.Bob, 2)), 77, null)]);
        Assert.Empty(Texts(Ask(long.MaxValue, 100)));
    }

    [Fact]
    public void In_an_agreed_room_only_what_is_stable_is_given()
    {
        var room = new RecentRoom(new RoomId(5), DeliveryLevel.Agreed, isRecorded: false);
        room.Deliver(new RoomChanged(new UserId(7), RoomSettingKind.Last, "50", default));
        room.Say(14);
        Assert.Equal(0, room.Answer(new HistoryQuery(room.Room, HistoryOf.Messages, long.MaxValue, 100, "")).Page.Length);
        room.Status = room.Status with { Stable = new SequenceNumber(9) };
        Assert.Equal(7, PageFormat.Read(room.Answer(new HistoryQuery(room.Room, HistoryOf.Messages, long.MaxValue, 100, "")).Page.Span).Count);
    }

    [Fact]
    public async Task Where_there_is_no_archive_members_are_asked_the_host_first_until_one_has_all_that_is_shown()
    {
        Set("20");
        _room.Say(30);
        var peers = new ArchivePeers(_room.Room) { Settings = _room.Status.Picture.Settings, Members = [ArchivePeers.Node(1), ArchivePeers.Node(2), ArchivePeers.Node(3), ArchivePeers.Node(4), ArchivePeers.Node(5)], Host = ArchivePeers.Node(3) };
        peers.Answers(1, query => _room.Answer(query with { Limit = 4 }) with { More = false }); // it came a moment ago
        peers.Answers(2, query => _room.Answer(query));
        peers.Answers(3, _ => HistoryAnswer.Refused("not now"));
        var history = new RoomHistory(peers, null);
        var page = await history.Messages(long.MaxValue, 50);
        Assert.Equal(_room.Events.OfType<SaidEvent>().TakeLast(20), page.Entries);
        Assert.Equal([3, 1, 2], peers.Asked.Select(node => (int)node.Incarnation));

        peers.Answers(2, _ => HistoryAnswer.Refused("not now"));
        Assert.Equal(4, (await history.Messages(long.MaxValue, 50)).Entries.Count); // better than nothing
        await Assert.ThrowsAsync<HistoryStoreException>(() => history.Search("tea", long.MaxValue, 5)); // only archives are searched
        peers.Settings = RoomSettings.None;
        Assert.Equal(StoreFault.Nowhere, (await Assert.ThrowsAsync<HistoryStoreException>(() => history.Messages(long.MaxValue, 50))).Fault);
    }

    private void Set(string last) =>
        _room.Deliver(new RoomChanged(new UserId(7), RoomSettingKind.Last, last, _room.Status.Picture.Settings.Last.Since));

    private HistoryAnswer Ask(long before, int limit) => _room.Answer(new HistoryQuery(_room.Room, HistoryOf.Messages, before, limit, ""));

    private static (IEnumerable<SaidEvent> Page, IEnumerable<SaidEvent> Later) Read(HistoryAnswer answer, long before)
    {
        Assert.Equal("", answer.Refusal);
        Assert.True(HistoryPages.TryRead(answer, new HistoryQuery(new RoomId(5), HistoryOf.Messages, before, 1_000, ""), out var page, out var whyNot), whyNot);
        return (page.Entries.Cast<SaidEvent>(), page.Later);
    }

    private static IEnumerable<SaidEvent> Messages(HistoryAnswer answer) => PageFormat.Read(answer.Page.Span).Cast<SaidEvent>();

    private static IEnumerable<string> Texts(HistoryAnswer answer) => Read(answer, long.MaxValue).Page.Select(said => said.Text);
}
