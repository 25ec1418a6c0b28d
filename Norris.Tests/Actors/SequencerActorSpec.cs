using Akka.Actor;
using Akka.Cluster.Tools.PublishSubscribe;
using Akka.TestKit;
using Norris.Actors;
using Norris.Actors.Wire;
using Norris.Core.Protocol;
using Xunit.Abstractions;
using static Norris.Tests.Protocol.Cast;

namespace Norris.Tests.Actors;

public sealed class SequencerActorSpec(ITestOutputHelper output) : Backstage(output)
{
    [Fact]
    public async Task It_asks_the_replicas_straight_and_publishes_each_batch_once_for_everybody()
    {
        var (sequencer, replica, first) = await Reign();
        var second = await Subscribe("second");
        sequencer.Tell(new FromNode(Node.Self, new UserJoinRequest(Zoe, "zoë", default, 1)));
        await Next<Ordered>(first, batch => batch.Records.Any(r => r.Entry is UserJoined));
        await Next<Ordered>(second, batch => batch.Records.Any(r => r.Entry is UserJoined));

        sequencer.Tell(new FromNode(Node.Self, new Submit(Block(Zoe, 1, "a", "b"))));
        var atFirst = await first.ExpectMsgAsync<FromNode>(TimeSpan.FromSeconds(30));
        var atSecond = await second.ExpectMsgAsync<FromNode>(TimeSpan.FromSeconds(30));

        // One object for all, which keeps its bytes: however many nodes it goes to, it is encoded once.
        Assert.Same(atFirst, atSecond);
        Assert.Same(atFirst.Encoded, atSecond.Encoded);
        Assert.IsType<Said>(Assert.Single(((Ordered)atFirst.Message).Records).Entry);

        // What has no entries goes straight to the replica, and never over pub-sub.
        await Next<Progress>(replica, progress => progress.Highest == Nr(5));
        await Next<Progress>(replica, progress => progress.Highest == Nr(5));
        await first.ExpectNoMsgAsync(TimeSpan.Zero);
    }

    [Fact]
    public async Task What_comes_together_goes_out_together()
    {
        var (sequencer, _, topic) = await Reign();
        sequencer.Tell(new FromNode(Node.Self, new UserJoinRequest(Zoe, "zoë", default, 1)));
        await Next<Ordered>(topic, batch => batch.Records.Any(r => r.Entry is UserJoined));

        for (var i = 1; i <= 100; i++)
        {
            sequencer.Tell(new FromNode(Node.Self, new Submit(Block(Zoe, i, $"message {i}"))));
        }

        var batches = new List<Ordered>();
        while (batches.Sum(b => b.Records.Count) < 100)
        {
            batches.Add(await Next<Ordered>(topic));
        }

        Assert.InRange(batches.Count, 1, 50);
        Assert.Equal(Enumerable.Range(1, 100).Select(i => (long)i), batches.SelectMany(b => b.Records).Select(r => ((Said)r.Entry).Block.FirstCounter));
    }

    [Fact]
    public async Task Restarted_it_recovers_under_an_epoch_that_it_never_used()
    {
        var (sequencer, replica, _) = await Reign();
        ((IInternalActorRef)sequencer).Restart(new InvalidOperationException("a spec's own fault"));
        Assert.Equal(new Epoch(2), (await Next<Prepare>(replica)).Candidate);
    }

    [Fact]
    public async Task A_repair_goes_straight_to_who_asked()
    {
        var (sequencer, replica, _) = await Reign();
        sequencer.Tell(new FromNode(Node.Self, new UserJoinRequest(Zoe, "zoë", default, 1)));
        sequencer.Tell(new FromNode(Node.Self, new Fetch(new Epoch(1), Nr(2))));
        Assert.Equal([Nr(3)], (await Next<Page>(replica)).Records.Select(r => r.First));
    }

    /// <summary>Starts a sequencer, whose only replica has nothing: a room begins.</summary>
    private async Task<(IActorRef Sequencer, TestProbe Replica, TestProbe Topic)> Reign()
    {
        await JoinOwnCluster();
        var topic = await Subscribe("topic");
        var replica = StandInReplica();
        var sequencer = Sys.ActorOf(Props.Create(() => new SequencerActor(Node, () => TheRoom, 25)), "sequencer-on-trial");
        var asked = await Next<Prepare>(replica);
        sequencer.Tell(new FromNode(Node.Self, new Promise(asked.Candidate, RoomId.None, DeliveryLevel.Uniform, default, default, default, [], default)));
        var first = await Next<Ordered>(topic);
        Assert.Equal([new NodeJoined(Node.Self, 1), new EpochStarted(Node.Self, false)], first.Records.Select(r => r.Entry));

        var log = new Log(Norris.Core.Room.RoomState.New(TheRoom, DeliveryLevel.Uniform, Node.Self));
        foreach (var record in first.Records)
        {
            log.Append(record);
        }

        sequencer.Tell(new FromNode(Node.Self, new Ack(new Epoch(1), 1, log.Received, log.Hash, default, default)));
        await Next<Progress>(replica, progress => progress.Stable == Nr(2));
        return (sequencer, replica, topic);
    }

    private async Task<TestProbe> Subscribe(string name)
    {
        var probe = CreateTestProbe(name);
        Node.PubSub.Tell(new Subscribe(NodeContext.Topic, probe), probe);
        await probe.ExpectMsgAsync<SubscribeAck>(TimeSpan.FromSeconds(30));
        return probe;
    }
}
