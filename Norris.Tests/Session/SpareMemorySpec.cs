using Norris.Node.Session;

namespace Norris.Tests.Session;

public sealed class SpareMemorySpec
{
    private const long MiB = 1 << 20;

    [Fact]
    public void A_quiet_node_gives_back_the_garbage_of_its_start() => Assert.True(SpareMemory.IsWorthIt(14 * MiB, before: 13 * MiB, collected: 0));

    [Fact]
    public void A_busy_node_is_left_to_the_collector() => Assert.False(SpareMemory.IsWorthIt(200 * MiB, before: 100 * MiB, collected: 0));

    [Fact]
    public void A_node_that_has_given_back_does_so_again_only_when_there_is_something_to_give() =>
        Assert.False(SpareMemory.IsWorthIt(19 * MiB, before: 18 * MiB, collected: 14 * MiB));
}
