using Akka.Actor;
using Norris.Actors;
using Xunit.Abstractions;

namespace Norris.Tests.MultiNode;

/// <summary>A node that has lost an actor for good says so, so that it can be started again; one that leaves does not.</summary>
public sealed class VitalsSpec(ITestOutputHelper output) : ClusterSpec(output)
{
    [Theory]
    [InlineData("/user/norris-replica", "replica")]
    [InlineData("/user/norris-sequencer/sequencer", "sequencer")]
    [InlineData("/user/norris-users", "users")]
    public async Task A_node_whose_actor_has_stopped_says_which_one_and_comes_back_when_it_is_started_again(string path, string which)
    {
        var ann = await Join("ann");
        var bob = await Join("bob");
        var cleo = await Join("cleo");
        await Say(ann, 20);
        await EventuallyAgree();
        Assert.False(ann.Room.WhenOver.IsCompleted);

        ((ExtendedActorSystem)ann.System).Provider.ResolveActorRef(ann.Address + path).Tell(PoisonPill.Instance);
        Assert.Contains(which, await ann.Room.WhenOver.WaitAsync(TimeSpan.FromSeconds(30)), StringComparison.Ordinal);

        await StartAgain(ann);
        await Eventually(() => ann.User.Name == "ann", "ann is back");
        await Say(ann, 20);
        await Say(bob, 20);
        await EventuallyAgree();
        Assert.False(bob.Room.WhenOver.IsCompleted || cleo.Room.WhenOver.IsCompleted);
    }

    [Fact]
    public async Task A_host_that_leaves_is_not_told_that_it_is_over()
    {
        var ann = await Join("ann");
        var bob = await Join("bob");
        Assert.Same(ann, await Host());

        await Leave(ann);

        await Eventually(() => bob.IsHost, "bob hosts");
        Assert.False(ann.Room.WhenOver.IsCompleted);
    }
}
