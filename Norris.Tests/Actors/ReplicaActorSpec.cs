using Akka.Actor;
using Akka.Cluster.Tools.PublishSubscribe;
using Norris.Actors;
using Norris.Actors.Wire;
using Norris.Core.Protocol;
using Xunit.Abstractions;
using static Norris.Tests.Protocol.Cast;

namespace Norris.Tests.Actors;

public sealed class ReplicaActorSpec(ITestOutputHelper output) : Backstage(output, isAlone: false)
{
    private const long LogBytes = 4_000;
    private readonly DeliveredLog _log = new(LogBytes);

    [Fact]
    public async Task While_no_host_is_known_it_asks_over_the_singleton_proxy_and_afterwards_straight()
    {
        var sequencer = await StandInSequencer();
        var replica = Start();
        replica.Tell(new JoinRoom());
        Assert.Equal(1, (await Next<JoinRequest>(Proxy)).Life);
        await Next<JoinRequest>(Proxy);

        replica.Tell(FromOther(FirstPage()));
        await Next<Ack>(sequencer);
        Assert.Equal(Other, Node.Host);
        replica.Tell(new LeaveRoom());
        await Next<LeaveRequest>(sequencer);
    }

    [Fact]
    public async Task It_acknowledges_what_came_and_asks_for_what_did_not()
    {
        var sequencer = await StandInSequencer();
        var replica = Start();
        replica.Tell(new JoinRoom());
        replica.Tell(FromOther(FirstPage()));
        Assert.Equal(Nr(3), (await Next<Ack>(sequencer)).Received);

        replica.Tell(FromOther(new Ordered(new Epoch(1), [Record(5, 1, new Said(Block(Zoe, 1, "early")))], Nr(3), default)));
        Assert.Equal(Nr(3), (await Next<Fetch>(sequencer)).After);
        replica.Tell(FromOther(new Page(new Epoch(1), null, [Record(4, 1, new UserJoined(Zoe, "zoë", Other, OwnerId.Nobody, 1))], Nr(5), Nr(5))));
        await Next<Ack>(sequencer, ack => ack.Received == Nr(5));
    }

    [Fact]
    public async Task Who_does_not_read_loses_its_own_view_and_nobody_waits_for_it()
    {
        var sequencer = await StandInSequencer();
        using var cursor = _log.Open();
        var replica = Start();
        replica.Tell(new JoinRoom());
        replica.Tell(FromOther(FirstPage()));
        Assert.Equal(Nr(3), (await Read<Started>(cursor)).First);
        Assert.Equal(Nr(3), (await Read<Deliver>(cursor)).Record.First);

        replica.Tell(FromOther(new Ordered(new Epoch(1), [Record(4, 1, new UserJoined(Zoe, "zoë", Other, OwnerId.Nobody, 1))], Nr(4), default)));
        replica.Tell(FromOther(new Ordered(new Epoch(1), [Record(5, 1, new Said(Block(Zoe, 1, new string('x', (int)LogBytes))))], Nr(5), default)));
        await Next<Ack>(sequencer, ack => ack.Received == Nr(5));
        await Read<Missed>(cursor, m => m.Count == 2);
        var started = await Read<Started>(cursor);
        Assert.Equal(Nr(6), started.First);
        Assert.Equal(["zoë"], started.Before.Users.Select(u => u.Name));

        replica.Tell(FromOther(new Ordered(new Epoch(1), [Record(6, 1, new Said(Block(Zoe, 2, "again")))], Nr(6), default)));
        Assert.Equal(Nr(6), (await Read<Deliver>(cursor)).Record.First);
    }

    [Fact]
    public async Task What_is_published_over_pub_sub_reaches_who_reads_in_order_and_a_user_what_is_its_own()
    {
        await JoinOwnCluster();
        await StandInSequencer();
        using var cursor = _log.Open();
        var replica = Start();
        var user = CreateTestProbe("user");
        replica.Tell(new SubscribeUser(Zoe, user));
        replica.Tell(new JoinRoom());
        replica.Tell(FromOther(FirstPage()));
        Assert.Equal(Nr(3), (await Read<Started>(cursor)).First);
        Assert.Equal(Nr(3), Assert.IsType<LogStarted>((await News(user))[0]).First);

        var batch = new Ordered(new Epoch(1), [Record(4, 1, new UserJoined(Zoe, "zoë", Other, OwnerId.Nobody, 1)), Record(5, 1, new NodeJoined(Ann, 1))], Nr(5), default);
        await AwaitAssertAsync(async () =>
        {
            // At most once: the subscription may not have taken effect yet.
            Node.PubSub.Tell(new Akka.Cluster.Tools.PublishSubscribe.Publish(NodeContext.Topic, FromOther(batch)));
            Assert.Equal(Nr(4), Assert.IsType<Deliver>(Assert.Single(await News(user))).Record.First);
        });
        await Read<Deliver>(cursor, d => d.Record.First == Nr(4) && d.Name == "zoë");
        Assert.Equal(Nr(5), (await Read<Deliver>(cursor)).Record.First);
    }

    [Fact]
    public async Task Who_comes_later_starts_with_the_room_as_delivered_and_a_user_who_left_hears_no_more()
    {
        var sequencer = await StandInSequencer();
        var replica = Start();
        var early = CreateTestProbe("early");
        replica.Tell(new SubscribeUser(Yan, early));
        replica.Tell(new JoinRoom());
        replica.Tell(FromOther(FirstPage()));
        await News(early);

        var late = CreateTestProbe("late");
        replica.Tell(new SubscribeUser(Zoe, late));
        var started = Assert.IsType<LogStarted>(Assert.Single(await News(late)));
        Assert.Equal((Nr(4), Nr(3)), (started.First, started.Before.At));
        using var cursor = _log.Open();
        var begins = await Read<Started>(cursor);
        Assert.Equal((Nr(4), 2), (begins.First, begins.Before.Members.Count));

        replica.Tell(new UnsubscribeUser(Yan, early));
        replica.Tell(FromOther(new Ordered(
            new Epoch(1), [Record(4, 1, new UserJoined(Yan, "yan", Other, OwnerId.Nobody, 1)), Record(5, 1, new UserJoined(Zoe, "zoë", Other, OwnerId.Nobody, 1))], Nr(5), default)));
        Assert.Equal(Nr(5), Assert.IsType<Deliver>(Assert.Single(await News(late))).Record.First);
        await Next<Ack>(sequencer, ack => ack.Received == Nr(5));
        await early.ExpectNoMsgAsync(TimeSpan.Zero);
    }

    [Fact]
    public async Task A_user_whose_name_was_refused_is_told()
    {
        var replica = Start();
        var user = CreateTestProbe("user");
        replica.Tell(new SubscribeUser(Zoe, user));
        replica.Tell(FromOther(new UserRefused(Zoe, "no such names here")));
        Assert.Equal([new RefuseUser(Zoe, "no such names here")], await News(user));
    }

    [Fact]
    public async Task A_candidate_gets_its_promise()
    {
        var sequencer = await StandInSequencer();
        Start().Tell(FromOther(new Prepare(new Epoch(4))));
        Assert.Equal(new Epoch(4), (await Next<Promise>(sequencer)).Candidate);
    }

    private static async Task<IReadOnlyList<Effect>> News(Akka.TestKit.TestProbe user) =>
        (await user.ExpectMsgAsync<Heard>(TimeSpan.FromSeconds(10))).Effects;

    /// <summary>The next news of a kind; what comes before it is not looked at.</summary>
    private static async Task<T> Read<T>(Cursor cursor, Func<T, bool>? which = null)
        where T : News
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            if (cursor.TryRead(out var news))
            {
                if (news is T it && (which is null || which(it)))
                {
                    return it;
                }
            }
            else
            {
                await cursor.WaitToReadAsync(patience.Token);
            }
        }
    }

    private IActorRef Start()
    {
        var holder = new ReplicaHolder(Node.Self, new Replica(Node.Self, Options), _log, 25, new SettingKeeper(Options));
        return Sys.ActorOf(Props.Create(() => new ReplicaActor(Node, holder)), NodeContext.ReplicaName);
    }
}
