using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Configuration;
using Akka.Event;
using Akka.Serialization;
using Akka.TestKit.Xunit2;
using Norris.Actors.Protocol;
using Norris.Actors.Wire;

namespace Norris.Tests.Wire;

/// <summary>
/// Frames that ask the receiver to build a type of the sender's choice. Each is sent for real, over a socket, to a node as Akka configures it
/// (it must build the object, or the attack proves nothing) and to one as Norris does.
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
    [InlineData(false)]
    [InlineData(true)]
    public Task A_type_named_in_JSON_is_never_built(bool asNorris) => Attack(Attacker, asNorris, "JSON", nameof(JsonGadget), (target, _) =>
    {
        var gadget = new JsonGadget { Trap = "set" };
        Fired.TryRemove(nameof(JsonGadget), out var _);
        target.Tell(gadget);
    });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public Task A_type_named_as_a_Protobuf_message_is_never_built(bool asNorris) => Attack(Forger, asNorris, "a bare Protobuf", nameof(Gadget), (target, _) =>
    {
        var gadget = new Gadget();
        Fired.TryRemove(nameof(Gadget), out var _);
        target.Tell(gadget);
    });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public Task An_actor_ordered_from_afar_is_never_started(bool asNorris) => Attack(Attacker, asNorris, "an order to start", nameof(GadgetActor), (target, attacker) =>
        attacker.ActorOf(Props.Create<GadgetActor>().WithDeploy(new Deploy(new RemoteScope(target.Path.Address)))));

    private async Task Attack(string attackerConfig, bool asNorris, string named, string gadget, Action<IActorRef, ActorSystem> strike)
    {
        Fired.TryRemove(gadget, out _);
        var config = ConfigurationFactory.ParseString(Remote);
        var receiver = ActorSystem.Create("receiver", asNorris ? WireHocon.Config.WithFallback(config) : config);
        var attacker = ActorSystem.Create("attacker", attackerConfig);
        try
        {
            var inbox = CreateTestProbe(receiver);
            var log = CreateTestProbe(receiver);
            receiver.EventStream.Subscribe(log, typeof(LogEvent));
            var path = inbox.Ref.Path.ToStringWithAddress(((ExtendedActorSystem)receiver).Provider.DefaultAddress);
            var target = await attacker.ActorSelection(path).ResolveOne(TimeSpan.FromSeconds(10));

            strike(target, attacker);

            if (asNorris)
            {
                await log.FishForMessageAsync<LogEvent>(e => $"{e} {e.Cause}".Contains($"Refused {named}", StringComparison.Ordinal), TimeSpan.FromSeconds(10));
                target.Tell(new FromNode(Examples.Bob, new JoinRequest(1)));
                var next = await inbox.ExpectMsgAsync<FromNode>(TimeSpan.FromSeconds(10));
                Assert.Equal(new JoinRequest(1), next.Message);
                Assert.False(Fired.ContainsKey(gadget));
            }
            else
            {
                await AwaitConditionAsync(() => Task.FromResult(Fired.ContainsKey(gadget)), TimeSpan.FromSeconds(10));
            }
        }
        finally
        {
            await Task.WhenAll(attacker.Terminate(), receiver.Terminate());
        }
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
