using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Event;
using Akka.Remote;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using Norris.Actors.Wire;
using Norris.Core.Protocol;
using Norris.Tests.Wire;

namespace Norris.Tests.Transport;

/// <summary>A node with Norris's transport, its log, and who can be heard by it.</summary>
public abstract class NodeKit(ActorSystemSetup setup) : TestKit(setup, "norris")
{
    protected const string Host = "127.0.0.1";
    protected static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    protected static readonly Config Node = ConfigurationFactory.ParseString("""
        akka.actor.provider = remote
        akka.remote.norris.tcp.port = 0
        akka.remote.retry-gate-closed-for = 200ms
        akka.loglevel = WARNING
        akka.stdout-loglevel = OFF
        akka.loggers = []
        """).WithFallback(WireHocon.Config);

    protected NodeKit(Config config)
        : this(ActorSystemSetup.Empty.And(BootstrapSetup.Create().WithConfig(config)))
    {
    }

    protected int Port => AddressOf(Sys).Port!.Value;

    protected TestProbe Lines()
    {
        var log = CreateTestProbe();
        Sys.EventStream.Subscribe(log, typeof(Warning));
        return log;
    }

    protected static Task<Warning> ExpectLine(TestProbe log, string part) => log.FishForMessageAsync<Warning>(w => $"{w.Message}".Contains(part, StringComparison.Ordinal), Patience).AsTask();

    protected static Address AddressOf(ActorSystem system) => ((ExtendedActorSystem)system).Provider.DefaultAddress;

    protected IActorRef Seen(ActorSystem from, TestProbe probe) => ((ExtendedActorSystem)from).Provider.ResolveActorRef(probe.Ref.Path.ToStringWithAddress(AddressOf(Sys)));

    protected static async Task Hears(TestProbe inbox, IActorRef target, ActorSystem from, int life, TimeSpan? limit = null)
    {
        target.Tell(new FromNode(new NodeId(AddressOf(from).ToString(), AddressUidExtension.Uid(from)), new JoinRequest(life)));
        Assert.Equal(new JoinRequest(life), (await inbox.ExpectMsgAsync<FromNode>(limit ?? Patience)).Message);
    }
}
