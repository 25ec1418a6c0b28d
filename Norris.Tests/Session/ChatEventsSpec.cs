using Norris.Actors;
using Norris.Core.Protocol;
using Norris.Core.Room;
using Norris.Node.Session;
using static Norris.Tests.Protocol.Cast;

namespace Norris.Tests.Session;

/// <summary>What the readers of one user's session are shown, and in which order.</summary>
public sealed class ChatEventsSpec
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);
    private readonly DeliveredLog _log = new(16 * 1024);
    private readonly ChatUser _user;
    private readonly RoomState _room;
    private long _counter;

    public ChatEventsSpec()
    {
        _user = new ChatUser(Zoe, new UserProfile("zoë", default), Options, _log, null, null, _ => Task.CompletedTask, () => Task.FromResult("")) { Room = () => null };
        _room = new RoomState(NewRoom with { Host = Ann, Members = [new MemberNode(Ann, 1), new MemberNode(Bob, 1)] });
    }

    [Fact]
    public void The_welcome_comes_before_the_first_line_and_the_goodbye_is_last()
    {
        Start();
        Deliver(new UserJoined(Yan, "yan", Ann, OwnerId.Nobody, 1));
        SayAs(Yan);
        Assert.Empty(Read());
        ComeIn();
        SayAs(Yan);
        _user.End("left");
        SayAs(Yan);
        var events = Read();
        Assert.Equal(
            [typeof(WelcomeEvent), typeof(ConnectionEvent), typeof(JoinedEvent), typeof(SaidEvent), typeof(JoinedEvent), typeof(SaidEvent), typeof(ByeEvent)],
            events.Select(e => e.GetType()));
        var welcome = (WelcomeEvent)events[0];
        Assert.Equal(("zoë", "bob:4053", "ann:4053", 1L), (welcome.Name, welcome.Node, welcome.Host, welcome.FirstSeq));
        Assert.Equal(["yan", "zoë"], welcome.Users);
        Assert.True(_user.Session.Events.Completion.IsCompleted);
    }

    [Fact]
    public void A_message_about_another_one_comes_with_that_as_it_stands_but_not_to_who_keeps_the_order()
    {
        var keeper = _user.Session.Share(tellsPlaces: true);
        Start();
        ComeIn();
        SayAs(Zoe);
        var first = Assert.Single(Read().OfType<SaidEvent>());
        SayAs(Zoe, about: new Relation(RelationKind.Edit, first.Id));
        SayAs(Zoe, about: new Relation(RelationKind.Reply, new MessageId(Yan, 5)));

        var said = Read().OfType<SaidEvent>().ToList();
        Assert.Equal((first.Id, said[0].OrderedAt), (said[0].About?.Said.Id, said[0].About?.EditedAt));
        Assert.Null(said[1].About);
        Assert.All(Read(keeper).OfType<SaidEvent>(), kept => Assert.Null(kept.About));
        Assert.Equal([RelationKind.Edit, RelationKind.Reply], said.Select(s => s.Relation!.Value.Kind));
    }

    [Fact]
    public void Two_readers_of_a_user_each_get_all_of_it_though_the_other_reads_nothing()
    {
        var other = _user.Session.Share(tellsPlaces: true);
        Start();
        ComeIn();
        var first = Read();
        SayAs(Zoe);
        Assert.Equal([2L], Read().OfType<SaidEvent>().Select(e => e.Seq));
        var all = Read(other);
        Assert.Equal(new PlaceEvent(TheRoom, 1, TheRoom.Value), Assert.Single(all.OfType<PlaceEvent>()));
        Assert.Empty(first.OfType<PlaceEvent>());
        Assert.Equal([1L, 2], all.OfType<OrderedEvent>().Select(e => e.Seq));
    }

    [Fact]
    public void Who_reads_too_slowly_is_told_how_much_it_missed_where_it_missed_it_though_nobody_speaks_any_more()
    {
        Start();
        ComeIn();
        SayAs(Zoe);
        Read();
        for (var i = 0; i < 100; i++)
        {
            SayAs(Zoe, 500);
        }

        Assert.Equal([new MissedEvent(100)], Read());
        for (var i = 0; i < 100; i++)
        {
            SayAs(Zoe, 500);
        }

        _user.End("left");
        Assert.Equal([new MissedEvent(100), new ByeEvent("left")], Read());
    }

    [Fact]
    public void Who_missed_something_reads_on_behind_it()
    {
        Start();
        ComeIn();
        SayAs(Zoe);
        Read();
        for (var i = 0; i < 100; i++)
        {
            SayAs(Zoe, 500);
        }

        Read();
        SayAs(Zoe);
        Assert.Equal([103L], Read().OfType<SaidEvent>().Select(e => e.Seq));
    }

    [Fact]
    public void Who_missed_its_own_coming_is_welcomed_all_the_same()
    {
        Start();
        ComeIn();
        for (var i = 0; i < 100; i++)
        {
            SayAs(Zoe, 500);
        }

        SayAs(Zoe);
        var events = Read();
        Assert.Equal([typeof(WelcomeEvent), typeof(ConnectionEvent), typeof(MissedEvent)], events.Select(e => e.GetType()));
        Assert.Equal(["zoë"], ((WelcomeEvent)events[0]).Users);
    }

    [Fact]
    public void What_is_taken_back_is_told_before_what_replaces_it()
    {
        Start();
        ComeIn();
        SayAs(Zoe);
        SayAs(Zoe);
        Read();
        _log.Leave("the others went on without this node");
        _log.Append([new LogStarted(Nr(2), NewRoom with { At = Nr(1) })], Status());
        _log.Append([new Deliver(Record(2, 2, new EpochStarted(Ann, true)), 5, null)], Status());
        Assert.Equal(
            [typeof(ConnectionEvent), typeof(RetractedEvent), typeof(HostEvent)], Read().Where(e => e is not FailoverEvent).Select(e => e.GetType()));
    }

    [Fact]
    public async Task Delivered_is_what_its_reader_has_come_past()
    {
        Start();
        ComeIn();
        SayAs(Zoe);
        var passes = ((ChatEvents)_user.Session.Events).Passes(_log.End);
        Assert.False(passes.IsCompleted);
        while (_user.Session.Events.TryRead(out var happened) && happened is not SaidEvent)
        {
            Assert.False(passes.IsCompleted);
        }

        // The last one was taken; that it was dealt with is known when more is asked for.
        Assert.False(passes.IsCompleted);
        _ = _user.Session.Events.WaitToReadAsync().AsTask();
        await passes.WaitAsync(Soon);
    }

    [Fact]
    public void A_reader_that_was_cut_off_and_missed_how_that_ended_is_told()
    {
        Start();
        ComeIn();
        Read();
        _log.Append([new TouchLost()]);
        Assert.Equal(ConnectionState.CutOff, Assert.IsType<ConnectionEvent>(Assert.Single(Read())).State);
        _log.Append([new TouchRegained()]);
        for (var i = 0; i < 100; i++)
        {
            SayAs(Zoe, 500);
        }

        Assert.Equal([typeof(MissedEvent), typeof(ConnectionEvent)], Read().Select(e => e.GetType()));
        Assert.Equal(ConnectionState.Connected, _user.View.Connection);
    }

    [Fact]
    public void The_view_is_the_nodes_own_and_needs_nobody_to_read()
    {
        Start();
        Assert.Equal(ConnectionState.Rejoining, _user.View.Connection);
        ComeIn();
        SayAs(Zoe);
        var view = _user.View;
        Assert.Equal((2, _room.Hash, "zoë", ConnectionState.Connected), (view.Seq, view.Hash, view.Name, view.Connection));
        Assert.Equal(["zoë"], view.Users.Select(u => u.Name));
        Assert.Equal(["ann:4053", "bob:4053"], view.Nodes.Select(n => n.Node));
    }

    private void Start() => _log.Append([new LogStarted(_room.At.Next, _room.Snapshot())], Status());

    private void ComeIn() => Deliver(new UserJoined(Zoe, "zoë", Bob, OwnerId.Nobody, 1));

    private void SayAs(UserId user, int length = 5, Relation? about = null)
    {
        var builder = new SaidBlock.Builder(user, ++_counter);
        builder.Add(new byte[length].Select(_ => (byte)'x').ToArray(), At(0).Wall, about);
        Deliver(new Said(builder.Seal()!));
    }

    private void Deliver(Entry entry)
    {
        var record = Record(_room.At.Value + 1, 1, entry);
        var deliver = new Deliver(record, _room.Hash, _room.NameIn(entry));
        _room.Apply(record, TranscriptHash.After(record, _room.Hash));
        _log.Append([entry is UserJoined { Node: var node } && node == Bob ? deliver with { Room = _room.Picture() } : deliver], Status());
    }

    private RoomStatus Status() => RoomStatus.None with
    {
        IsMember = true,
        Self = Bob,
        Room = TheRoom,
        Delivered = _room.At,
        Hash = _room.Hash,
        Picture = _room.Picture(),
    };

    private List<ChatEvent> Read(IChatSession? session = null)
    {
        var events = new List<ChatEvent>();
        while ((session ?? _user.Session).Events.TryRead(out var happened))
        {
            events.Add(happened);
        }

        return events;
    }
}
