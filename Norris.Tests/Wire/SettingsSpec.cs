using Akka.Actor;
using Akka.Cluster.Tools.PublishSubscribe;
using Akka.Cluster.Tools.Singleton;
using Akka.Configuration;
using Norris.Actors.Transport;
using Norris.Actors.Wire;

namespace Norris.Tests.Wire;

/// <summary>What hocon/hardening.hocon and hocon/wire.hocon make of a node, beside everything that Akka brings along.</summary>
public sealed class SettingsSpec
{
    [Fact]
    public async Task A_node_has_these_serializers_and_no_other()
    {
        var system = ActorSystem.Create("settings", Node);
        try
        {
            var serializers = system.Settings.Config.GetConfig("akka.actor.serializers").AsEnumerable()
                .Select(s => Type.GetType(s.Value.GetString(), throwOnError: true)!.FullName!)
                .Order(StringComparer.Ordinal);

            // One more, after an upgrade of Akka: look whether it builds types that the sender names before you add it here.
            Assert.Equal(
                [
                    "Akka.Cluster.Serialization.ClusterMessageSerializer",
                    "Akka.Cluster.Serialization.ReliableDeliverySerializer",
                    "Akka.Cluster.Tools.PublishSubscribe.Serialization.DistributedPubSubMessageSerializer",
                    "Akka.Cluster.Tools.Singleton.Serialization.ClusterSingletonMessageSerializer",
                    "Akka.Remote.Serialization.MessageContainerSerializer",
                    "Akka.Remote.Serialization.MiscMessageSerializer",
                    "Akka.Remote.Serialization.PrimitiveSerializers",
                    "Akka.Remote.Serialization.SystemMessageSerializer",
                    "Akka.Serialization.ByteArraySerializer",
                    "Norris.Actors.Wire.NorrisSerializer",
                    "Norris.Actors.Wire.RefusingSerializer+Json",
                    "Norris.Actors.Wire.RefusingSerializer+Protobuf",
                    "Norris.Actors.Wire.RefusingSerializer+RemoteDeployment",
                ],
                serializers);
            Assert.IsType<RefusingSerializer.Json>(system.Serialization.FindSerializerForType(typeof(object)));
            Assert.IsType<NorrisSerializer>(system.Serialization.FindSerializerForType(typeof(FromNode)));
        }
        finally
        {
            await system.Terminate();
        }
    }

    [Fact]
    public async Task The_gate_knows_Akkas_serializers_by_the_identifiers_that_they_have()
    {
        var system = ActorSystem.Create("settings", Node);
        try
        {
            int IdOf(string type) => system.Serialization.FindSerializerForType(Type.GetType(type, throwOnError: true)).Identifier;

            Assert.Equal(Gate.ClusterId, IdOf("Akka.Cluster.GossipEnvelope, Akka.Cluster"));
            Assert.Equal(Gate.SelectionId, IdOf("Akka.Actor.ActorSelectionMessage, Akka"));
            Assert.Equal(Gate.PubSubId, IdOf("Akka.Cluster.Tools.PublishSubscribe.Internal.Status, Akka.Cluster.Tools"));
            Assert.Equal(Gate.SingletonId, IdOf("Akka.Cluster.Tools.Singleton.HandOverToMe, Akka.Cluster.Tools"));
            Assert.Equal(Gate.MiscellaneousId, IdOf("Akka.Actor.Identify, Akka"));
            Assert.Equal(Gate.PrimitiveId, IdOf("System.String"));
            Assert.Equal(Gate.SystemId, IdOf("Akka.Dispatch.SysMsg.Watch, Akka"));
            Assert.Equal(Gate.NorrisId, IdOf("Norris.Actors.Wire.FromNode, Norris.Actors"));
        }
        finally
        {
            await system.Terminate();
        }
    }

    [Fact]
    public void The_largest_frame_passes_with_room_for_what_Akka_puts_round_it() =>
        Assert.InRange(Node.GetByteSize("akka.remote.norris.tcp.maximum-frame-size")!.Value, WireLimits.SnapshotFrameBytes + 4096, 2 * WireLimits.SnapshotFrameBytes);

    private static Config Node => ConfigurationFactory.ParseString("""
            akka.actor.provider = cluster
            akka.remote.norris.tcp { hostname = 127.0.0.1, port = 0 }
            akka.stdout-loglevel = OFF
            akka.loggers = []
            """)
        .WithFallback(WireHocon.Config)
        .WithFallback(ClusterSingleton.DefaultConfig())
        .WithFallback(DistributedPubSub.DefaultConfig());
}
