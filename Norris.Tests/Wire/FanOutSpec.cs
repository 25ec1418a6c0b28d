using Akka.Actor;
using Akka.Cluster;
using Akka.Cluster.Tools.PublishSubscribe;
using Akka.Configuration;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using Norris.Actors;
using Norris.Actors.Wire;
using Norris.Core.Protocol;
using Publish = Akka.Cluster.Tools.PublishSubscribe.Publish;

namespace Norris.Tests.Wire;

/// <summary>A batch over pub-sub, in a cluster that has Norris's serializers and none of Akka's permissive ones.</summary>
public sealed class FanOutSpec() : TestKit(Node, "fan-out")
{
    private const string Topic = "batches";

    private readonly Dictionary<ActorSystem, IActorRef> _mediators = [];

    private static readonly Config Node = ConfigurationFactory.ParseString("""
        akka.actor.provider = cluster
        akka.remote.norris.tcp { hostname = 127.0.0.1, port = 0 }
        akka.cluster.gossip-interval = 100ms
        akka.cluster.leader-actions-interval = 100ms
        akka.cluster.periodic-tasks-initial-delay = 100ms
        akka.loglevel = WARNING
        """).WithFallback(WireHocon.Config).WithFallback(DistributedPubSub.DefaultConfig());

    [Fact]
    public async Task A_batch_to_three_other_nodes_is_encoded_once_and_one_to_its_own_node_never()
    {
        var subscribers = new List<TestProbe> { await Join(Sys) };
        var records = Publish(0);
        await subscribers[0].ExpectMsgAsync<FromNode>(TimeSpan.FromSeconds(10));
        Assert.Equal(0, records.Walks);

        var others = Enumerable.Range(0, 3).Select(_ => ActorSystem.Create(Sys.Name, Node)).ToList();
        try
        {
            subscribers.AddRange(await Task.WhenAll(others.Select(Join)));

            // Until the registry has spread, a batch reaches some only: those are lists of their own.
            var round = 0;
            await AwaitAssertAsync(
                async () =>
                {
                    records = Publish(++round);
                    foreach (var subscriber in subscribers)
                    {
                        await subscriber.FishForMessageAsync<FromNode>(
                            m => ((Ordered)m.Message).Stable.Value == round, TimeSpan.FromSeconds(1));
                    }
                },
                TimeSpan.FromSeconds(30));

            Assert.Equal(1, records.Walks);
        }
        finally
        {
            await Task.WhenAll(others.Select(s => s.Terminate()));
        }
    }

    /// <summary>Norris's own, as its room starts it.</summary>
    private IActorRef Mediator(ActorSystem system)
    {
        if (!_mediators.TryGetValue(system, out var mediator))
        {
            mediator = _mediators[system] = system.ActorOf(OwnActors.PubSub(), NodeContext.PubSubName);
        }

        return mediator;
    }

    private CountedList<LogRecord> Publish(int round)
    {
        var records = new CountedList<LogRecord>(Examples.Records);
        Mediator(Sys).Tell(
            new Publish(Topic, new FromNode(NodeContext.IdOf(Cluster.Get(Sys).SelfUniqueAddress), new Ordered(new Epoch(3), records, new(round), default))));
        return records;
    }

    private async Task<TestProbe> Join(ActorSystem system)
    {
        var cluster = Cluster.Get(system);
        cluster.Join(Cluster.Get(Sys).SelfAddress);
        await AwaitConditionAsync(() => Task.FromResult(cluster.SelfMember.Status == MemberStatus.Up), TimeSpan.FromSeconds(20));
        var probe = CreateTestProbe(system);
        var acks = CreateTestProbe(system);
        Mediator(system).Tell(new Subscribe(Topic, probe), acks);
        await acks.ExpectMsgAsync<SubscribeAck>(TimeSpan.FromSeconds(10));
        return probe;
    }
}
