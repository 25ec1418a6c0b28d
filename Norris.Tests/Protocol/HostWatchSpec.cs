using Norris.Core.Protocol;
using static Norris.Tests.Protocol.Cast;

namespace Norris.Tests.Protocol;

/// <summary>Ann hosts and falls silent; Bob, Cleo and Dan talk about it.</summary>
public sealed class HostWatchSpec
{
    private static readonly NodeId[] Three = [Ann, Bob, Cleo];
    private readonly HostWatch _bob = new(Bob, Options);
    private long _at;

    [Fact]
    public void A_host_that_is_silent_for_a_quorum_is_taken_out()
    {
        See(Three);
        Assert.Empty(Pass(Options.HostSilentAfter - 100, Three));
        Assert.Contains(Pass(200, Three), e => e is Send { Message: HostReport { Silent: true } } send && send.To == Cleo);
        var effects = Step(e => _bob.Handle(Cleo, new HostReport(Ann, true), At(_at), e));
        effects.AddRange(Pass(100, Three));
        Assert.Contains(effects, e => e is TakeOut { Node: var node } && node == Ann);
        Assert.True(_bob.IsChoosing);
    }

    [Fact]
    public void A_host_that_others_hear_stays()
    {
        See(Three);
        Pass(Options.HostSilentAfter, Three);
        for (var i = 0; i < 20; i++)
        {
            Step(e => _bob.Handle(Cleo, new HostReport(Ann, false), At(_at), e));
            Assert.DoesNotContain(Pass(200, Three), e => e is TakeOut);
        }

        Assert.False(_bob.IsChoosing);
    }

    [Fact]
    public void A_report_counts_for_a_moment_only()
    {
        NodeId[] five = [Ann, Bob, Cleo, Dan, Eve];
        See(five);
        Pass(Options.HostSilentAfter, five);
        Step(e => _bob.Handle(Cleo, new HostReport(Ann, true), At(_at), e));
        Pass(2000, five);
        Step(e => _bob.Handle(Dan, new HostReport(Ann, true), At(_at), e));
        Assert.DoesNotContain(Pass(100, five), e => e is TakeOut);
        Step(e => _bob.Handle(Cleo, new HostReport(Ann, true), At(_at), e));
        Assert.Contains(Pass(100, five), e => e is TakeOut);
    }

    [Fact]
    public void Who_hears_the_host_says_so_when_asked()
    {
        See(Three);
        _bob.Heard(Ann, At(_at));
        var effects = Step(e => _bob.Handle(Cleo, new HostReport(Ann, true), At(_at), e));
        Assert.Equal([new Send(Cleo, new HostReport(Ann, false))], effects);
    }

    [Fact]
    public void Of_two_only_the_lower_one_takes_out_a_silent_host()
    {
        See([Ann, Bob]);
        Assert.DoesNotContain(Pass(20_000, [Ann, Bob]), e => e is TakeOut);
        var ann = new HostWatch(Ann, Options);
        ann.SetView(View(Ann, Bob) with { Oldest = Bob }, At(0));
        var effects = new List<Effect>();
        for (var at = 0; at <= 3000; at += 100)
        {
            if (ann.IsSilent(At(at)))
            {
                ann.Ask([Ann, Bob], true, At(at), effects);
            }
        }

        Assert.Contains(effects, e => e is TakeOut { Node: var node } && node == Bob);
    }

    /// <summary>Bob has come just now, and has no log: he does not ask. Ann stands still, and Cleo has nobody else to ask.</summary>
    [Fact]
    public void Who_does_not_ask_tells_all_the_same_that_it_does_not_hear_the_host()
    {
        See(Three);
        HostReport Answer() => Assert.IsType<HostReport>(Assert.IsType<Send>(Assert.Single(Step(e => _bob.Handle(Cleo, new HostReport(Ann, true), At(_at), e)))).Message);
        for (var i = 0; i < 2; i++)
        {
            while (_at < Options.HostSilentAfter)
            {
                Assert.False(Answer().Silent);
                _at += 100;
                Assert.Equal(_at >= Options.HostSilentAfter, _bob.IsSilent(At(_at)));
            }
        }

        Assert.True(Answer().Silent);

        // Bob stands still, and what Ann said meanwhile still waits to be read.
        _at += 5000;
        Assert.False(Answer().Silent);
    }

    [Fact]
    public void Who_stands_still_again_and_again_finds_in_the_end_that_it_has_no_host()
    {
        See(Three);
        for (var i = 0; i < 20 && !_bob.IsLost(At(_at)); i++)
        {
            Pass(2 * Options.HostSilentAfter / 3, Three);
            _at += Ticks.StoodStill;
        }

        Assert.True(_bob.IsLost(At(_at)));
        _bob.Heard(Ann, At(_at));
        Assert.False(_bob.IsLost(At(_at)));
    }

    [Fact]
    public void Who_stood_still_itself_blames_nobody_for_it()
    {
        See(Three);
        Pass(100, Three);
        _at += 60_000;
        Assert.Empty(Pass(100, Three));
    }

    [Fact]
    public void Who_is_reached_by_nobody_goes_with_the_host_since_the_cluster_waits_for_it()
    {
        NodeId[] five = [Ann, Bob, Cleo, Dan, Eve];
        _bob.SetView(View(five) with { Oldest = Ann, Unreachable = [Eve] }, At(_at));
        Pass(Options.HostSilentAfter, five);
        var effects = new List<Effect>();
        for (var i = 0; i < 10; i++)
        {
            foreach (var node in (NodeId[])[Cleo, Dan])
            {
                effects.AddRange(Step(e => _bob.Handle(node, new HostReport(Ann, true) { Unheard = [Eve] }, At(_at), e)));
            }

            effects.AddRange(Pass(200, five));
        }

        Assert.Equal([Ann, Eve], effects.OfType<TakeOut>().Select(e => e.Node).Distinct().Order());
    }

    [Fact]
    public void As_a_network_comes_back_that_was_off_for_all_those_who_are_heard_first_do_not_take_out_the_rest()
    {
        NodeId[] five = [Ann, Bob, Cleo, Dan, Eve];
        _bob.SetView(View(five) with { Oldest = Ann, Unreachable = [Eve] }, At(_at));
        for (var i = 0; i < 300; i++)
        {
            Pass(200, five);
        }

        foreach (var node in (NodeId[])[Cleo, Dan])
        {
            Step(e => _bob.Handle(node, new HostReport(Ann, true), At(_at), e));
        }

        Assert.Equal([Ann], Pass(400, five).OfType<TakeOut>().Select(e => e.Node).Distinct());
    }

    /// <summary>Who does not reach whom, of four of five that choose another host, as Bob sees it: if each took out whom it does not hear, two might take out each other.</summary>
    [Theory]
    [InlineData("BD CE", "", false)] // of the four, two would be left
    [InlineData("BD CE", "", true)] // also where the host is proven dead: what Dan and Eve know would go with them
    [InlineData("BE", "E", false)]
    [InlineData("BE CE", "E", false)]
    [InlineData("CD CE", "C", false)] // who lacks most, though it is not the highest
    [InlineData("CD", "D", false)]
    [InlineData("BE CE DE", "E", false)]
    public void Those_go_without_whom_all_who_are_left_hear_each_other_where_these_are_a_quorum(string apart, string goes, bool isHostDead)
    {
        NodeId[] five = [Ann, Bob, Cleo, Dan, Eve];
        NodeId[] UnheardBy(NodeId node) => [.. five.Where(other => apart.Split(' ').Any(pair => pair == $"{Initial(node)}{Initial(other)}" || pair == $"{Initial(other)}{Initial(node)}"))];
        _bob.SetView(View(isHostDead ? five[1..] : five) with { Oldest = Ann, Dead = isHostDead ? new HashSet<NodeId> { Ann } : [], Unreachable = five[1..] }, At(_at));
        var taken = new HashSet<NodeId>();
        for (var i = 0; i < 50; i++)
        {
            foreach (var node in five.Except([Ann, Bob, .. UnheardBy(Bob)]))
            {
                Step(e => _bob.Handle(node, new HostReport(Ann, true) { Unheard = UnheardBy(node) }, At(_at), e));
            }

            taken.UnionWith(Pass(200, five).OfType<TakeOut>().Select(e => e.Node));
        }

        Assert.Equal($"A{goes}", string.Concat(taken.Order().Select(Initial)));
        Assert.True(_bob.IsChoosing);

        static char Initial(NodeId node) => char.ToUpperInvariant(node.Address[node.Address.IndexOf('@', StringComparison.Ordinal) + 1]);
    }

    /// <summary>Bob does not hear Eve, who is the one to go.</summary>
    [Fact]
    public void Who_is_to_go_itself_takes_out_nobody_but_the_host()
    {
        NodeId[] five = [Ann, Bob, Cleo, Dan, Eve];
        var eve = new HostWatch(Eve, Options);
        eve.SetView(View(five) with { Oldest = Ann, Unreachable = five[1..] }, At(_at));
        var effects = new List<Effect>();
        for (var i = 0; i < 100; i++)
        {
            _at += 100;
            foreach (var node in (NodeId[])[Cleo, Dan])
            {
                eve.Handle(node, new HostReport(Ann, true), At(_at), effects);
            }

            if (eve.IsSilent(At(_at)))
            {
                eve.Ask(five, true, At(_at), effects);
            }
        }

        Assert.All(effects.OfType<TakeOut>(), e => Assert.Equal(Ann, e.Node));
        Assert.True(eve.IsChoosing);
    }

    [Fact]
    public void Who_is_to_go_goes_only_once_that_has_been_the_same_for_a_while()
    {
        NodeId[] five = [Ann, Bob, Cleo, Dan, Eve];
        _bob.SetView(View(five) with { Oldest = Ann, Unreachable = five[1..] }, At(_at));
        for (var i = 0; i < 50; i++)
        {
            foreach (var node in (NodeId[])[Cleo, Dan, Eve])
            {
                Step(e => _bob.Handle(node, new HostReport(Ann, true) { Unheard = node == Cleo ? [i % 4 < 2 ? Dan : Eve] : [] }, At(_at), e));
            }

            Assert.DoesNotContain(Pass(200, five), e => e is TakeOut { Node: var node } && node != Ann);
        }
    }

    [Fact]
    public void Who_asks_says_whom_it_does_not_hear_either()
    {
        NodeId[] five = [Ann, Bob, Cleo, Dan, Eve];
        _bob.SetView(View(five) with { Oldest = Ann }, At(_at));
        Pass(Options.HostSilentAfter, five);
        Step(e => _bob.Handle(Cleo, new HostReport(Ann, true), At(_at), e));
        var reports = Pass(200, five).OfType<Send>().Select(send => Assert.IsType<HostReport>(send.Message)).ToList();
        Assert.Equal(3, reports.Count);
        Assert.All(reports, report => Assert.Equal([Dan, Eve], report.Unheard));
    }

    [Fact]
    public void Where_the_host_is_dead_and_two_who_do_not_reach_each_other_hold_up_the_next_one_the_younger_goes()
    {
        NodeId[] five = [Ann, Bob, Cleo, Dan, Eve];
        _bob.SetView(View(Bob, Cleo, Dan, Eve) with { Oldest = Ann, Dead = new HashSet<NodeId> { Ann }, Unreachable = [Dan, Eve] }, At(_at));
        List<Effect> TalkFor(long milliseconds)
        {
            var effects = new List<Effect>();
            for (var until = _at + milliseconds; _at < until;)
            {
                foreach (var node in (NodeId[])[Cleo, Dan, Eve])
                {
                    effects.AddRange(Step(e => _bob.Handle(node, new HostReport(Ann, true) { Unheard = node == Dan ? [Eve] : node == Eve ? [Dan] : [] }, At(_at), e)));
                }

                effects.AddRange(Pass(200, five));
            }

            return effects;
        }

        Assert.DoesNotContain(TalkFor(Options.HostSilentAfter), e => e is TakeOut { Node: var node } && node != Ann);
        var taken = new List<NodeId>();
        for (var i = 0; i < 20 && !taken.Contains(Eve); i++)
        {
            taken.AddRange(TalkFor(200).OfType<TakeOut>().Select(e => e.Node));
        }

        Assert.Equal([Ann, Eve], taken.Distinct().Order());

        // One at a time: what Eve said of Dan stands in the cluster for a moment longer than she does.
        _bob.SetView(View(Bob, Cleo, Dan) with { Oldest = Ann, Dead = new HashSet<NodeId> { Ann }, Unreachable = [Dan] }, At(_at));
        Assert.DoesNotContain(TalkFor(1000), e => e is TakeOut { Node: var node } && node == Dan);
    }

    /// <summary>Else each might be taken out by the other: where the two do not reach each other, and where a third, who is gone by now, has said that of both.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Of_two_that_do_not_reach_each_other_the_younger_one_takes_out_nobody_nor_does_either_of_the_last_two(bool areTheLast)
    {
        NodeId[] members = areTheLast ? [Ann, Bob, Dan] : [Ann, Bob, Cleo, Dan, Eve];
        _bob.SetView(View(Bob, Cleo, Dan, Eve) with { Oldest = Ann, Dead = new HashSet<NodeId> { Ann }, Unreachable = areTheLast ? [Dan] : [Dan, Bob] }, At(_at));
        for (var i = 0; i < 50; i++)
        {
            foreach (var node in members.Where(node => node != Ann && node != Bob))
            {
                Step(e => _bob.Handle(node, new HostReport(Ann, true), At(_at), e));
            }

            Assert.DoesNotContain(Pass(200, members), e => e is TakeOut { Node: var node } && node != Ann);
        }

        Assert.True(_bob.IsChoosing);
    }

    private void See(NodeId[] present) => _bob.SetView(View(present) with { Oldest = Ann }, At(_at));

    private List<Effect> Pass(long milliseconds, NodeId[] members)
    {
        var effects = new List<Effect>();
        for (var until = _at + milliseconds; _at < until;)
        {
            _at += 100;
            if (_bob.IsSilent(At(_at)))
            {
                _bob.Ask(members, true, At(_at), effects);
            }
        }

        return effects;
    }
}
