using Akka.Actor;
using Akka.Cluster;
using Xunit.Abstractions;

namespace Norris.Tests.MultiNode;

/// <summary>Bob and Cleo do not reach each other, for good. The cluster lets nobody in and nobody go meanwhile; the room has to do without one of them.</summary>
public sealed class TornSpec(ITestOutputHelper output) : ClusterSpec(output)
{
    [Fact]
    public async Task A_node_that_dies_does_not_stay_in_the_cluster_and_in_the_way_of_its_successor()
    {
        var (ann, _, _, dan) = await Tear();
        var address = dan.Address;

        await Kill(dan);

        await Eventually(() => Cluster.Get(ann.System).State.Members.All(m => m.Address != address), "the cluster has let the dead one go");
    }

    [Fact]
    public async Task Another_host_follows_one_that_dies()
    {
        var (ann, bob, cleo, dan) = await Tear();

        // Each of the two may have to begin anew.
        var addresses = new Dictionary<Guest, Address> { [bob] = bob.Address, [cleo] = cleo.Address };
        bob.IsLive = cleo.IsLive = false;
        Guest? Out() => addresses.Keys.FirstOrDefault(g => Cluster.Get(dan.System).State.Members.All(m => m.Address != addresses[g] || m.Status == MemberStatus.Down));

        await Kill(ann);
        await Say(dan, 5);
        while (dan.User.Pending > 0)
        {
            await Eventually(() => dan.User.Pending == 0 || Out() is not null, "another host follows");
            if (Out() is { } one)
            {
                addresses.Remove(one);
                await StartAgain(one);
            }
        }

        addresses.Keys.ToList().ForEach(g => g.IsLive = true);
        await EventuallyAgree(deliveryIsUniform: false);
    }

    private async Task<(Guest Ann, Guest Bob, Guest Cleo, Guest Dan)> Tear()
    {
        var (ann, bob, cleo, dan) = (await Join("ann"), await Join("bob"), await Join("cleo"), await Join("dan"));
        await Cut(bob, cleo);
        await Eventually(() => Cluster.Get(ann.System).State.Unreachable.Count == 2, "the cluster knows that two do not reach each other");
        return (ann, bob, cleo, dan);
    }
}
