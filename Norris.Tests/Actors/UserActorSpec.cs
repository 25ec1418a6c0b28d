using Akka.Actor;
using Akka.TestKit;
using Norris.Actors;
using Norris.Core.Protocol;
using Norris.Core.Room;
using Xunit.Abstractions;
using static Norris.Tests.Protocol.Cast;

namespace Norris.Tests.Actors;

public sealed class UserActorSpec : Backstage
{
    private readonly RoomUser _user;
    private readonly TestProbe _replica;

    public UserActorSpec(ITestOutputHelper output)
        : base(output)
    {
        _user = new RoomUser(Zoe, "zoë", default, Options);
        _replica = CreateTestProbe("replica");
    }

    [Fact]
    public async Task What_was_said_is_handed_over_again_until_it_is_seen_in_the_order()
    {
        var actor = await ComeIn();
        Assert.NotNull(_user.TrySay("hello"));
        var first = await Next<Submit>(Proxy);
        var again = await Next<Submit>(Proxy);
        Assert.Same(first.Block, again.Block);
        Assert.Equal(1, _user.Pending);

        var delivered = _user.WhenDelivered();
        Assert.False(delivered.IsCompleted);
        Tell(actor, Record(5, 1, new Said(first.Block)));
        await delivered.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(0, _user.Pending);
    }

    [Fact]
    public async Task Who_waits_for_a_place_that_the_node_has_not_seen_is_told_that_there_is_one()
    {
        var actor = await ComeIn();
        var saying = _user.SayAsync("hello");
        await Next<Submit>(Proxy);

        actor.Tell(new Heard([new Excluded("cut off"), new LogStarted(Nr(9), RoomWithZoe() with { At = Nr(8), Users = [new PresentUser(Zoe, "zoë", Node.Self, OwnerId.Nobody, 1)] })]));

        Assert.Equal(new MessagePlace(new MessageId(Zoe, 1), null), await saying.WaitAsync(TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public async Task Who_waits_for_what_nobody_knows_whether_it_was_said_is_told_so()
    {
        var actor = await ComeIn();
        var saying = _user.SayAsync("hello");
        await Next<Submit>(Proxy);

        actor.Tell(new Heard([new Excluded("cut off", Nr(4)), new LogStarted(Nr(9), RoomWithZoe() with { At = Nr(8), ForgottenAt = Nr(7) })]));

        var e = await Assert.ThrowsAsync<RoomException>(() => saying.WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.Contains("may have been said or not", e.Message, StringComparison.Ordinal);
    }

    /// <summary>A host that lies made two messages up in her name.</summary>
    [Fact]
    public async Task Who_waits_is_told_the_place_of_its_own_words_and_not_of_somebody_elses_under_its_id()
    {
        var actor = await ComeIn();
        var first = _user.SayAsync("hello");
        var second = _user.SayAsync("again");
        await Next<Submit>(Proxy);

        Tell(actor, Record(5, 1, new Said(Block(Zoe, 1, "not hers", "nor this"))));
        var (counter, number) = (3L, 7L);
        while (counter < 5)
        {
            // Both in one block, or one after the other; and before them what it had handed over earlier.
            var own = (await Next<Submit>(Proxy)).Block;
            if (own.FirstCounter == counter)
            {
                Assert.False(second.IsCompleted || (counter == 3 && first.IsCompleted));
                Tell(actor, Record(number, 1, new Said(own)));
                counter += own.Count;
                number += own.Count;
            }
        }

        Assert.Equal(Nr(7), (await first.WaitAsync(TimeSpan.FromSeconds(30))).Number);
        Assert.Equal(Nr(8), (await second.WaitAsync(TimeSpan.FromSeconds(30))).Number);
    }

    [Fact]
    public async Task Who_has_gone_with_words_left_waits_for_nothing_and_says_nothing_more()
    {
        var actor = await ComeIn();
        _user.TrySay("bye");
        _user.Leave();
        Assert.Throws<RoomException>(() => _user.TrySay("and one more"));
        Tell(actor, Record(5, 1, new UserLeft(Zoe, LeaveReason.Left)));
        await _user.WhenGone.WaitAsync(TimeSpan.FromSeconds(30));
        await _user.WhenDelivered().WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Throws<RoomException>(() => _user.TrySay("from beyond"));
    }

    /// <summary>An agreed room: it was delivered on receipt, and its user leaves before it is settled.</summary>
    [Fact]
    public async Task What_has_its_place_when_its_user_goes_is_in_doubt_and_not_lost()
    {
        var actor = await ComeIn(delivery: DeliveryLevel.Agreed);
        var saying = _user.SayAsync("bye");
        var said = await Next<Submit>(Proxy);
        _user.Leave();
        Tell(actor, Record(5, 1, new Said(said.Block)));
        Tell(actor, Record(6, 1, new UserLeft(Zoe, LeaveReason.Left)));
        var e = await Assert.ThrowsAsync<RoomException>(() => saying.WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.Contains("may have been said or not", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_goodbye_comes_after_everything_said_and_ends_the_actor()
    {
        var actor = await ComeIn();
        _user.TrySay("one last thing");
        _user.Leave();
        var said = await Next<Submit>(Proxy);
        await _replica.WatchAsync(actor);
        Tell(actor, Record(5, 1, new Said(said.Block)));
        await Next<UserLeaveRequest>(Proxy);
        Assert.False(_user.WhenGone.IsCompleted);

        Tell(actor, Record(6, 1, new UserLeft(Zoe, LeaveReason.Left)));
        await _user.WhenGone.WaitAsync(TimeSpan.FromSeconds(30));
        await _replica.FishForMessageAsync(o => o is Terminated, TimeSpan.FromSeconds(30));
        Assert.Equal([new NameGiven(Zoe, "zoë")], await _user.News.ReadAllAsync().ToListAsync());
    }

    [Fact]
    public async Task Another_name_is_asked_for_until_it_is_seen_in_the_order_or_refused()
    {
        var actor = await ComeIn();
        _user.AskFor("dora");
        Assert.Equal(new UserRenameRequest(Zoe, "dora"), await Next<UserRenameRequest>(Proxy));
        Assert.Equal(new UserRenameRequest(Zoe, "dora"), await Next<UserRenameRequest>(Proxy));
        Assert.Equal("zoë", _user.Name);

        Tell(actor, Record(5, 1, new UserRenamed(Zoe, "dora-2")));
        await AwaitConditionAsync(() => Task.FromResult(_user.Name == "dora-2"), TimeSpan.FromSeconds(30));

        _user.AskFor("eve");
        await AwaitConditionAsync(async () => (await Next<UserRenameRequest>(Proxy)).Wanted == "eve", TimeSpan.FromSeconds(30));
        actor.Tell(new Heard([new RefuseUser(Zoe, "no")]));
        foreach (var news in (OwnNews[])[new NameGiven(Zoe, "zoë"), new NameGiven(Zoe, "dora-2"), new RefuseUser(Zoe, "no")])
        {
            Assert.Equal(news, await _user.News.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30)));
        }

        Assert.Equal("dora-2", _user.Name);
    }

    [Fact]
    public async Task What_a_user_says_before_there_is_a_node_bears_the_time_at_which_it_was_said()
    {
        var before = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        Assert.NotNull(_user.TrySay("early"));
        await ComeIn();
        var block = (await Next<Submit>(Proxy)).Block;
        Assert.InRange(block.SentAt, before, TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds());
    }

    [Fact]
    public async Task On_a_machine_whose_clock_says_1966_one_can_say_something_all_the_same()
    {
        var user = new RoomUser(Zoe, "zoë", default, Options, new LongAgo());
        Assert.NotNull(user.TrySay("hello"));
        await ComeIn(user);
        Assert.Equal(0, (await Next<Submit>(Proxy)).Block.SentAt);
        Assert.Equal(0, new NodeContext((ExtendedActorSystem)Sys, Options, new LongAgo()).Now.Wall);
    }

    [Fact]
    public async Task A_full_outbox_refuses_and_says_so()
    {
        await ComeIn();
        var text = new string('x', Limits.TextBytes);
        var taken = 0;
        while (_user.TrySay(text) is not null)
        {
            taken++;
        }

        Assert.InRange(taken, 1, Options.OutboxBytes / Limits.TextBytes);
        Assert.Throws<ArgumentException>(() => _user.TrySay(""));
        Assert.Throws<ArgumentException>(() => _user.TrySay(text + "x"));
        Assert.Throws<ArgumentException>(() => _user.TrySay([0xff], null));
        Assert.Equal(taken, _user.Pending);
    }

    [Fact]
    public async Task A_user_who_has_moved_on_hears_nothing_more_from_the_node_before()
    {
        var before = await ComeIn();
        var after = await Attend();
        Tell(before, Record(5, 1, new UserRenamed(Zoe, "ghost")));
        await before.GracefulStop(TimeSpan.FromSeconds(30));
        after.Tell(new Heard([new LogStarted(Nr(9), RoomWithZoe() with { At = Nr(8) })]));
        Assert.NotNull(_user.TrySay("still here"));
        Assert.Equal("zoë", (await Next<UserJoinRequest>(Proxy)).Wanted);
        Assert.Equal("zoë", _user.Name);
    }

    private RoomSnapshot RoomWithZoe() => RoomState.New(TheRoom, DeliveryLevel.Uniform, Other) with { At = Nr(3) };

    /// <summary>A node gets the user, and joins at once.</summary>
    private async Task<IActorRef> Attend(RoomUser? user = null)
    {
        var users = Sys.ActorOf(Props.Create(() => new UsersActor(Node, _replica, 25)));
        users.Tell(user ?? _user);
        users.Tell(new JoinRoom());
        var subscribe = await _replica.ExpectMsgAsync<SubscribeUser>(TimeSpan.FromSeconds(30));
        await _replica.ExpectMsgAsync<JoinRoom>(TimeSpan.FromSeconds(30));
        return subscribe.Actor;
    }

    /// <summary>The node's log starts after 3, and 4 says that the user is here.</summary>
    private async Task<IActorRef> ComeIn(RoomUser? user = null, DeliveryLevel delivery = DeliveryLevel.Uniform)
    {
        var actor = await Attend(user);
        actor.Tell(new Heard([new LogStarted(Nr(4), RoomWithZoe() with { Delivery = delivery })]));
        Assert.Equal("zoë", (await Next<UserJoinRequest>(Proxy)).Wanted);
        Tell(actor, Record(4, 1, new UserJoined(Zoe, "zoë", Node.Self, OwnerId.Nobody, 1)));
        await AwaitConditionAsync(() => Task.FromResult((user ?? _user).Name == "zoë"), TimeSpan.FromSeconds(30));
        return actor;
    }

    private static void Tell(IActorRef actor, LogRecord record) => actor.Tell(new Heard([new Deliver(record, 0, null)]));

    private sealed class LongAgo : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => new(1966, 1, 1, 0, 0, 0, TimeSpan.Zero);
    }
}
