using Norris.Lab.Chaos;

namespace Norris.Tests.Demo;

public sealed class ChaosPlanSpec
{
    [Fact]
    public void The_same_seed_draws_the_same_faults() => Assert.Equal(Draws(7, hasNetwork: true, nodes: 5), Draws(7, hasNetwork: true, nodes: 5));

    [Fact]
    public void Another_seed_draws_others() => Assert.NotEqual(Draws(7, hasNetwork: true, nodes: 5), Draws(8, hasNetwork: true, nodes: 5));

    [Fact]
    public void Every_fault_comes_when_there_is_a_network_of_five() =>
        Assert.Equal(Enum.GetValues<Fault>().Order(), Draws(1, hasNetwork: true, nodes: 5).Distinct().Order());

    [Fact]
    public void Without_a_network_no_cable_is_cut() => Assert.DoesNotContain(Draws(1, hasNetwork: false, nodes: 5), Faults.NeedsNetwork);

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void Small_rooms_are_spared_what_only_large_ones_can_take(int nodes) =>
        Assert.All(Draws(1, hasNetwork: true, nodes), f => Assert.True(Faults.FewestNodes(f) <= nodes, $"{f}"));

    private static List<Fault> Draws(int seed, bool hasNetwork, int nodes)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, 1000).Select(_ => ChaosRun.Draw(random, hasNetwork, nodes))];
    }
}
