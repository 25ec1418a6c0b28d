using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Configuration;
using Akka.Event;
using Akka.Remote;
using Akka.Serialization;
using Akka.TestKit.Xunit2;
using Norris.Actors.Wire;
using Norris.Core.Protocol;

namespace Norris.Tests.Wire;

/// <summary>
/// Frames that ask the receiver to build a type of the sender's choice. Each is sent for real, over a socket, to a node as Akka configures it
/// (it must build the object, or the attack proves nothing) and to one as Norris does, where the transport's gate refuses it; and again with that gate
/// left open for it, where the serializer refuses it.
/// </summary>
public sealed class HostileSpec() : TestKit(Remote, "receiver")
{
    private const string Remote = """
        akka.actor.provider = remote
        akka.remote.dot-netty.tcp { hostname = 127.0.0.1, port = 0 }
        akka.loglevel = WARNING
        akka.stdout-loglevel = OFF
        akka.loggers = []
        """;

    // The attacker in the same system, or nobody would listen to it, over the same transport.
    private const string OverNorris = """
        akka.remote {
          enabled-transports = ["akka.remote.norris.tcp"]
          norris.tcp {
            transport-class = "Norris.Actors.Transport.TcpTransport, Norris.Actors"
            hostname = 127.0.0.1
            port = 0
            public-hostname = ""
            public-port = 0
            maximum-frame-size = 4259840b
            also-serializers = []
            also-selections = []
            applied-adapters = []
          }
        }
        """;

    // What an attacker who is not there to be polite has: Akka's own serializers, Norris's for a show of good will, and one that forges.
    private const string Attacker = Remote + """

        akka.actor.serializers.norris = "Norris.Actors.Wire.NorrisSerializer, Norris.Actors"
        akka.actor.serialization-bindings."Norris.Actors.Wire.FromNode, Norris.Actors" = norris
        """;

    private const string Forger = Attacker + """

        akka.actor.serializers.proto = "Norris.Tests.Wire.HostileSpec+ForgedProtobuf, Norris.Tests"
        akka.actor.serialization-bindings."Norris.Tests.Wire.HostileSpec+Gadget, Norris.Tests" = proto
        """;

    private static readonly ConcurrentDictionary<string, int> Fired = new();

    [Theory]
    [InlineData(Receiver.OfAkka)]
    [InlineData(Receiver.WithOpenGate)]
    [InlineData(Receiver.OfNorris)]
    public Task A_type_named_in_JSON_is_never_built(Receiver receiver) => Attack(Attacker, receiver, "JSON", nameof(JsonGadget), (target, _) =>
    {
        var gadget = new JsonGadget { Trap = "set" };
        Fired.TryRemove(nameof(JsonGadget), out var _);
        target.Tell(gadget);
    });

    [Theory]
    [InlineData(Receiver.OfAkka)]
    [InlineData(Receiver.WithOpenGate)]
    [InlineData(Receiver.OfNorris)]
    public Task A_type_named_as_a_Protobuf_message_is_never_built(Receiver receiver) => Attack(Forger, receiver, "a bare Protobuf", nameof(Gadget), (target, _) =>
    {
        var gadget = new Gadget();
        Fired.TryRemove(nameof(Gadget), out var _);
        target.Tell(gadget);
    });

    [Theory]
    [InlineData(Receiver.OfAkka)]
    [InlineData(Receiver.WithOpenGate)]
    [InlineData(Receiver.OfNorris)]
    public Task An_actor_ordered_from_afar_is_never_started(Receiver receiver) => Attack(Attacker, receiver, "an order to start", nameof(GadgetActor), (target, attacker) =>
        attacker.ActorOf(Props.Create<GadgetActor>().WithDeploy(new Deploy(new RemoteScope(target.Path.Address)))));

    private async Task Attack(string attackerConfig, Receiver kind, string named, string gadget, Action<IActorRef, ActorSystem> strike)
    {
        Fired.TryRemove(gadget, out _);
        var receiver = ActorSystem.Create("receiver", ConfigOf(kind));
        var attacker = ActorSystem.Create("receiver", kind == Receiver.OfAkka ? attackerConfig : OverNorris + attackerConfig);
        try
        {
            var inbox = CreateTestProbe(receiver);
            var log = CreateTestProbe(receiver);
            receiver.EventStream.Subscribe(log, typeof(LogEvent));
            var path = inbox.Ref.Path.ToStringWithAddress(((ExtendedActorSystem)receiver).Provider.DefaultAddress);
            var target = ((ExtendedActorSystem)attacker).Provider.ResolveActorRef(path);

            strike(target, attacker);

            if (kind == Receiver.OfAkka)
            {
                await AwaitConditionAsync(() => Task.FromResult(Fired.ContainsKey(gadget)), TimeSpan.FromSeconds(10));
                return;
            }

            await log.FishForMessageAsync<LogEvent>(e => $"{e} {e.Cause}".Contains($"Refused {named}", StringComparison.Ordinal), TimeSpan.FromSeconds(10));
            var itself = new NodeId(((ExtendedActorSystem)attacker).Provider.DefaultAddress.ToString(), AddressUidExtension.Uid(attacker));
            target.Tell(new FromNode(itself, new JoinRequest(1)));
            var next = await inbox.ExpectMsgAsync<FromNode>(TimeSpan.FromSeconds(10));
            Assert.Equal(new JoinRequest(1), next.Message);
            Assert.False(Fired.ContainsKey(gadget));
        }
        finally
        {
            await Task.WhenAll(attacker.Terminate(), receiver.Terminate());
        }
    }

    private static Config ConfigOf(Receiver kind)
    {
        var norris = ConfigurationFactory.ParseString("akka { actor.provider = remote, remote.norris.tcp.port = 0 }").WithFallback(WireHocon.Config).WithFallback(Remote);
        return kind switch
        {
            Receiver.OfAkka => Remote,
            Receiver.WithOpenGate => ConfigurationFactory.ParseString("akka.remote.norris.tcp.also-serializers = [1, 2, 3]").WithFallback(norris),
            _ => norris,
        };
    }

    public enum Receiver
    {
        OfAkka,
        WithOpenGate,
        OfNorris,
    }

    public sealed class JsonGadget
    {
        private string _trap = "";

        public string Trap
        {
            get => _trap;
            set
            {
                _trap = value;
                Fired[nameof(JsonGadget)] = 1;
            }
        }
    }

    public sealed class Gadget
    {
        public Gadget() => Fired[nameof(Gadget)] = 1;
    }

    public sealed class GadgetActor : UntypedActor
    {
        public GadgetActor() => Fired[nameof(GadgetActor)] = 1;

        protected override void OnReceive(object message)
        {
        }
    }

    /// <summary>Says of its bytes that they are a Protobuf message of the type sent.</summary>
    public sealed class ForgedProtobuf(ExtendedActorSystem system) : Serializer(system)
    {
        public override int Identifier => 2;

        public override bool IncludeManifest => true;

        public override byte[] ToBinary(object obj) => [];

        public override object FromBinary(byte[] bytes, Type type) => throw new NotSupportedException();
    }
}
