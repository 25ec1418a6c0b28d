using Akka.Actor;
using Akka.Hosting;
using Norris.Core.Protocol;
using Norris.Tests.MultiNode;
using Xunit.Abstractions;

namespace Norris.Tests.Embedding;

/// <summary>An application with actors of its own puts a room on its own actor system.</summary>
public sealed class SideBySideSpec(ITestOutputHelper output) : ClusterSpec(output)
{
    [Fact]
    public async Task The_room_and_the_applications_own_actors_live_side_by_side()
    {
        var ann = await Join("ann");
        var bob = await Join("bob");
        await Task.WhenAll(Say(ann, 100), Say(bob, 100));

        var shop = ActorRegistry.For(ann.System).Get<Till>();
        Assert.Equal(7, await shop.Ask<int>(new Sale(3, 4), TimeSpan.FromSeconds(30)));

        await EventuallyAgree();
        Assert.Equal("/user/till", shop.Path.ToStringWithoutAddress());
    }

    [Fact]
    public async Task An_application_that_simply_stops_is_seen_to_leave_and_the_last_one_goes_on()
    {
        var ann = await Join("ann");
        var bob = await Join("bob");
        Assert.Same(ann, await Host());
        await Say(ann, 10);
        await EventuallyAgree();

        ann.IsLive = false;
        await CoordinatedShutdown.Get(ann.System).Run(CoordinatedShutdown.ClrExitReason.Instance);
        await Eventually(() => bob.IsHost, "bob hosts");
        await Say(bob, 10);

        await EventuallyAgree();
        var left = Assert.Single(bob.Transcript.Lines.Select(l => l.Entry.Record.Entry).OfType<NodeLeft>());
        Assert.Equal(LeaveReason.Left, left.Reason);
    }

    private protected override void Build(AkkaConfigurationBuilder akka) => akka.WithActors((system, registry) =>
        registry.Register<Till>(system.ActorOf(Props.Create<Till>(), "till")));

    private sealed record Sale(int Price, int Tax);

    private sealed class Till : ReceiveActor
    {
        public Till() => Receive<Sale>(sale => Sender.Tell(sale.Price + sale.Tax));
    }
}
