using Akka.Actor;
using Akka.Cluster;
using Norris.Core.Protocol;

namespace Norris.Tests.Protocol;

public sealed class NodeIdSpec
{
    [Theory]
    [InlineData("127.0.0.1", 4053, "127.0.0.1", 38211)]
    [InlineData("10.0.0.1", 4053, "10.0.0.10", 4053)]
    [InlineData("10.0.0.2", 4053, "10.0.0.10", 4053)]
    [InlineData("alpha", 9, "beta", 1)]
    [InlineData("::1", 4053, "::1", 4054)]
    public void Nodes_are_ordered_as_the_cluster_orders_its_members(string host, int port, string otherHost, int otherPort)
    {
        var (one, other) = (new Address("akka.tcp", "norris", host, port), new Address("akka.tcp", "norris", otherHost, otherPort));
        var expected = Math.Sign(Member.AddressOrdering.Compare(one, other));
        Assert.NotEqual(0, expected);
        Assert.Equal(expected, Math.Sign(new NodeId(one.ToString(), 7).CompareTo(new NodeId(other.ToString(), 3))));
        Assert.Equal(-expected, Math.Sign(new NodeId(other.ToString(), 3).CompareTo(new NodeId(one.ToString(), 7))));
    }

    [Fact]
    public void Two_lives_of_one_address_are_two_nodes() =>
        Assert.NotEqual(0, new NodeId("akka.tcp://norris@127.0.0.1:4053", 1).CompareTo(new NodeId("akka.tcp://norris@127.0.0.1:4053", 2)));
}
