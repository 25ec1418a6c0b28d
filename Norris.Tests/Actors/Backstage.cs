using Akka.Actor;
using Akka.Cluster;
using Akka.Configuration;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using Norris.Actors;
using Norris.Actors.Wire;
using Norris.Core.Protocol;
using Norris.Tests.MultiNode;
using Norris.Tests.Protocol;
using Xunit.Abstractions;

namespace Norris.Tests.Actors;

/// <summary>
/// One actor of a node at work, with probes in the place of those that it talks to. The other node of these stories is another incarnation on
/// the same address, so that what is sent to its actors arrives at the probes.
/// </summary>
[Collection(Clusters.Name)]
public abstract class Backstage : TestKit
{
    private static readonly Config Settings = ConfigurationFactory
        .ParseString("akka { loglevel = WARNING, stdout-loglevel = OFF, remote.norris.tcp { hostname = 127.0.0.1, port = 0 } }")
        .WithFallback(Wire.WireHocon.Config);

    protected ProtocolOptions Options { get; } = new() { ResubmitAfter = 300 };

    /// <param name="output">Where the log goes.</param>
    /// <param name="isAlone">Whether the node's cluster has no other.</param>
    private protected Backstage(ITestOutputHelper output, bool isAlone = true)
        : base(Settings, "backstage", output)
    {
        var system = (ExtendedActorSystem)Sys;
        Node = isAlone ? new NodeContext(system, Options, TimeProvider.System) : new TwoNodes(system, Options);
        Other = OtherThan(Node.Self);
        Proxy = CreateTestProbe("proxy");
        Node.Proxy = Proxy;
        OwnActors.AddDefaults(Sys);
        Node.PubSub = Sys.ActorOf(OwnActors.PubSub(), NodeContext.PubSubName);
    }

    private protected NodeContext Node { get; }

    private protected NodeId Other { get; }

    private protected TestProbe Proxy { get; }

    /// <summary>Stands where the sequencers of all nodes of this address are.</summary>
    private protected async Task<TestProbe> StandInSequencer()
    {
        var probe = CreateTestProbe("sequencer");
        Sys.ActorOf(Props.Create(() => new Parent(NodeContext.SequencerName, probe)), NodeContext.SequencerManagerName);
        await probe.ExpectMsgAsync("in place", TimeSpan.FromSeconds(30));
        return probe;
    }

    /// <summary>Stands where the replicas of all nodes of this address are.</summary>
    private protected TestProbe StandInReplica()
    {
        var probe = CreateTestProbe("replica");
        Sys.ActorOf(Props.Create(() => new Forwarder(probe)), NodeContext.ReplicaName);
        return probe;
    }

    private protected Task JoinOwnCluster() => Cluster.Get(Sys).JoinAsync(Cluster.Get(Sys).SelfAddress, new CancellationTokenSource(TimeSpan.FromSeconds(60)).Token);

    /// <summary>The next message of a kind that a probe gets; what comes before it is not looked at.</summary>
    private protected static async Task<T> Next<T>(TestProbe probe, Func<T, bool>? which = null)
        where T : Message
    {
        var arrived = await probe.FishForMessageAsync(
            o => o is FromNode { Message: T m } && (which is null || which(m)), TimeSpan.FromSeconds(30), $"a {typeof(T).Name}");
        return (T)((FromNode)arrived).Message;
    }

    private protected FromNode FromOther(Message message) => new(Other, message);

    /// <summary>The log's beginning, hosted by the other node: 1 it joins, 2 its reign begins, 3 this node joins; all stable.</summary>
    private protected Page FirstPage() => new(
        new Epoch(1),
        Norris.Core.Room.RoomState.New(Cast.TheRoom, DeliveryLevel.Uniform, Other),
        [Cast.Record(1, 1, new NodeJoined(Other, 1)), Cast.Record(2, 1, new EpochStarted(Other, false)), Cast.Record(3, 1, new NodeJoined(Node.Self, 1))],
        new SequenceNumber(3),
        new SequenceNumber(3));

    private static NodeId OtherThan(NodeId node) => node with { Incarnation = unchecked(node.Incarnation + 1) };

    /// <summary>Its cluster has one more node, of the same address.</summary>
    private sealed class TwoNodes(ExtendedActorSystem system, ProtocolOptions options) : NodeContext(system, options, TimeProvider.System)
    {
        public override ClusterView View()
        {
            var view = base.View();
            return view with { Present = view.Present.Append(OtherThan(Self)).ToHashSet(), Oldest = OtherThan(Self) };
        }
    }

    private sealed class Parent : ReceiveActor
    {
        public Parent(string child, IActorRef to)
        {
            Context.ActorOf(Props.Create(() => new Forwarder(to)), child);
            to.Tell("in place");
        }
    }

    private sealed class Forwarder : ReceiveActor
    {
        public Forwarder(IActorRef to) => ReceiveAny(to.Forward);
    }
}
