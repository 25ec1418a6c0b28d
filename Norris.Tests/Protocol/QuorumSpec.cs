using Norris.Core.Protocol;
using static Norris.Tests.Protocol.Cast;

namespace Norris.Tests.Protocol;

public sealed class QuorumSpec
{
    private static readonly NodeId[] Everyone = [Ann, Bob, Cleo, Dan, new("e", 1)];

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(3, 2)]
    [InlineData(4, 3)]
    [InlineData(5, 3)]
    public void A_majority_is_more_than_half(int members, int majority) => Assert.Equal(majority, Quorum.Majority(members));

    [Fact]
    public void A_majority_decides_whatever_the_others_are() => Assert.True(Has([Ann, Bob, Cleo], present: [Ann, Bob, Cleo], agree: [Bob, Cleo]));

    [Fact]
    public void Less_than_a_majority_does_not_decide_while_another_may_live() =>
        Assert.False(Has([Ann, Bob, Cleo], present: [Ann], agree: [Ann], dead: [Bob]));

    [Fact]
    public void All_who_are_not_proven_dead_decide() => Assert.True(Has([Ann, Bob, Cleo], present: [Cleo], agree: [Cleo], dead: [Ann, Bob]));

    [Fact]
    public void Of_an_even_split_the_half_with_the_lowest_node_decides_and_never_the_other()
    {
        Assert.True(Has([Ann, Bob], present: [Ann], agree: [Ann]));
        Assert.False(Has([Ann, Bob], present: [Bob], agree: [Bob]));
    }

    [Fact]
    public void An_even_split_decides_nothing_while_the_other_half_is_still_part_of_the_cluster() =>
        Assert.False(Has([Ann, Bob], present: [Ann, Bob], agree: [Ann]));

    [Fact]
    public void An_even_split_of_a_membership_that_is_just_changing_decides_nothing() =>
        Assert.False(Has([Ann, Bob], present: [Ann], agree: [Ann], settled: false));

    [Fact]
    public void Where_all_are_gone_nobody_is_left_to_disagree_with_who_comes_after_them()
    {
        Assert.True(Has([Ann, Bob], present: [], agree: [], dead: [Ann, Bob]));
        Assert.False(Has([Ann, Bob], present: [], agree: [], dead: [Ann]));
    }

    [Fact]
    public void Two_quorums_of_one_membership_always_share_a_node_that_lives()
    {
        NodeId[] members = [Ann, Bob, Cleo, Dan];
        var groups = Enumerable.Range(0, 16).Select(bits => members.Where((_, i) => (bits >> i & 1) == 1).ToArray()).ToList();
        foreach (var one in groups)
        {
            // Each side sees only itself, as in a partition.
            foreach (var other in groups.Where(g => !g.Intersect(one).Any()))
            {
                Assert.False(Has(members, present: one, agree: one) && Has(members, present: other, agree: other));
            }
        }
    }

    [Fact]
    public void An_even_split_decides_nothing_while_the_other_half_may_still_be_heard() =>
        Assert.False(Has([Ann, Bob], present: [Ann], agree: [Ann], heard: [Bob]));

    [Theory]
    [InlineData(3, 2, true, false)]
    [InlineData(4, 2, true, false)]
    [InlineData(3, 1, true, true)]
    [InlineData(5, 2, true, true)]
    [InlineData(4, 2, false, true)]
    [InlineData(3, 2, false, false)]
    public void What_a_majority_held_may_be_gone_only_when_fewer_than_half_are_left(int members, int left, bool settled, bool lost) =>
        Assert.Equal(lost, Quorum.MayHaveLost(Everyone[..members], settled, Everyone[..left].Contains, wereWithUs: false));

    [Fact]
    public void Half_that_is_left_without_the_lowest_node_must_know_that_the_others_had_not_decided_alone()
    {
        Assert.True(Quorum.MayHaveLost([Ann, Bob], true, node => node == Bob, wereWithUs: false));
        Assert.False(Quorum.MayHaveLost([Ann, Bob], true, node => node == Bob, wereWithUs: true));
        Assert.False(Quorum.MayHaveLost([Ann, Bob], true, node => node == Ann, wereWithUs: false));
    }

    private static bool Has(NodeId[] members, NodeId[] present, NodeId[] agree, NodeId[]? dead = null, bool settled = true, NodeId[]? heard = null) =>
        Quorum.Has(members, settled, node => dead?.Contains(node) == true, node => !present.Contains(node) && heard?.Contains(node) != true, agree.Contains);
}
