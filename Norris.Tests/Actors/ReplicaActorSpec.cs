using Akka.Actor;
using Akka.Cluster.Tools.PublishSubscribe;
using Norris.Actors;
using Norris.Actors.History;
using Norris.Actors.Wire;
using Norris.Core.Protocol;
using Xunit.Abstractions;
using static Norris.Tests.Protocol.Cast;

namespace Norris.Tests.Actors;

public sealed class ReplicaActorSpec(ITestOutputHelper output) : Backstage(output, isAlone: false)
{
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
    public async Task A_user_who_does_not_read_loses_its_own_view_and_nobody_waits_for_it()
    {
        var sequencer = await StandInSequencer();
        var replica = Start();
        var backlog = new Backlog();
        var user = CreateTestProbe("user");
        replica.Tell(new Attend(user, backlog));
        replica.Tell(new JoinRoom());
        replica.Tell(FromOther(FirstPage()));
        await Next<Ack>(sequencer, ack => ack.Received == Nr(3));
        Assert.Equal(Nr(3), Assert.IsType<LogStarted>((await News(user))[0]).First);

        backlog.Add(Options.HeldBackBytes + 1);
        replica.Tell(FromOther(new Ordered(new Epoch(1), [Record(4, 1, new UserJoined(Zoe, "zoë", Other, OwnerId.Nobody, 1))], Nr(4), default)));
        await Next<Ack>(sequencer, ack => ack.Received == Nr(4));

        backlog.Add(-backlog.Bytes);
        Assert.Equal(Nr(5), Assert.IsType<LogStarted>((await News(user))[0]).First);
        replica.Tell(FromOther(new Ordered(new Epoch(1), [Record(5, 1, new Said(Block(Zoe, 1, "again")))], Nr(5), default)));
        Assert.Equal(Nr(5), Assert.IsType<Deliver>((await News(user))[0]).Record.First);
    }

    [Fact]
    public async Task What_is_published_over_pub_sub_reaches_its_users_in_order()
    {
        await JoinOwnCluster();
        await StandInSequencer();
        var replica = Start();
        var user = CreateTestProbe("user");
        replica.Tell(new Attend(user));
        replica.Tell(new JoinRoom());
        replica.Tell(FromOther(FirstPage()));
        Assert.Equal(Nr(3), Assert.IsType<LogStarted>((await News(user))[0]).First);

        await AwaitAssertAsync(async () =>
        {
            // At most once: the subscription may not have taken effect yet.
            var batch = new Ordered(new Epoch(1), [Record(4, 1, new UserJoined(Zoe, "zoë", Other, OwnerId.Nobody, 1))], Nr(4), default);
            DistributedPubSub.Get(Sys).Mediator.Tell(new Akka.Cluster.Tools.PublishSubscribe.Publish(NodeContext.Topic, FromOther(batch)));
            var delivered = Assert.IsType<Deliver>(Assert.Single(await News(user)));
            Assert.Equal((Nr(4), "zoë"), (delivered.Record.First, delivered.Name));
        });
    }

    [Fact]
    public async Task A_user_who_comes_later_starts_with_the_room_as_delivered_and_a_user_who_left_hears_no_more()
    {
        var sequencer = await StandInSequencer();
        var replica = Start();
        var early = CreateTestProbe("early");
        replica.Tell(new Attend(early));
        replica.Tell(new JoinRoom());
        replica.Tell(FromOther(FirstPage()));
        await News(early);

        var late = CreateTestProbe("late");
        replica.Tell(new Attend(late));
        var started = Assert.IsType<LogStarted>(Assert.Single(await News(late)));
        Assert.Equal((Nr(4), Nr(3)), (started.First, started.Before.At));

        replica.Tell(new Unattend(early));
        replica.Tell(FromOther(new Ordered(new Epoch(1), [Record(4, 1, new NodeJoined(Ann, 1))], Nr(4), default)));
        Assert.IsType<Deliver>(Assert.Single(await News(late)));
        await Next<Ack>(sequencer, ack => ack.Received == Nr(4));
        await early.ExpectNoMsgAsync(TimeSpan.Zero);
    }

    [Fact]
    public async Task A_user_whose_name_was_refused_is_told()
    {
        var replica = Start();
        var user = CreateTestProbe("user");
        replica.Tell(new Attend(user));
        replica.Tell(FromOther(new UserRefused(Zoe, "no such names here")));
        Assert.Equal([new RefuseUser(Zoe, "no such names here")], await News(user));
    }

    [Fact]
    public async Task A_candidate_gets_its_digest()
    {
        var sequencer = await StandInSequencer();
        Start().Tell(FromOther(new DigestRequest(new Epoch(4))));
        Assert.Equal(new Epoch(4), (await Next<Digest>(sequencer)).Candidate);
    }

    private static async Task<IReadOnlyList<Effect>> News(Akka.TestKit.TestProbe user) =>
        (await user.ExpectMsgAsync<NodeNews>(TimeSpan.FromSeconds(10))).Effects;

    private IActorRef Start()
    {
        var holder = new ReplicaHolder(new Replica(Node.Self, Options), new RecentLog(Options.RetainedBytes), 25);
        return Sys.ActorOf(Props.Create(() => new ReplicaActor(Node, holder)), NodeContext.ReplicaName);
    }
}
