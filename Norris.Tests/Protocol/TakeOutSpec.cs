using Norris.Core.Protocol;
using static Norris.Tests.Protocol.Cast;

namespace Norris.Tests.Protocol;

/// <summary>Ann hosts, and others fall silent.</summary>
public sealed class TakeOutSpec : AnnsReign
{
    [Fact]
    public void The_lower_of_two_goes_on_alone_once_the_other_is_silent_and_then_takes_it_out()
    {
        Found();
        LetIn(Bob);
        Settle(Bob);
        BringIn(Zoe, "zoë");
        Ack(Ann);
        PassTime(Limits.TieAfter - 200);
        Assert.True(_ann.Stable < _ann.Highest);
        PassTime(400);
        Assert.Equal(_ann.Highest, _ann.Stable);
        Assert.Contains(PassTime(Options.NodeSilentAfter), e => e is TakeOut { Node: var node } && node == Bob);
        Assert.True(_ann.IsReigning);
    }

    [Fact]
    public void A_node_that_is_no_member_and_that_the_cluster_does_not_reach_is_taken_out()
    {
        Found();
        Note(Step(e => _ann.SetView(View(Ann, Cleo) with { Unreachable = [Cleo] }, At(_at), e)));
        Assert.Contains(PassTime(Options.NodeSilentAfter + 200), e => e is TakeOut { Node: var node } && node == Cleo);
    }

    [Fact]
    public void A_host_takes_out_nobody_without_whom_it_hears_no_quorum()
    {
        Found();
        LetIn(Bob);
        Settle(Bob);
        Note(Step(e => _ann.SetView(View(Ann, Bob) with { Unreachable = [Ann, Bob], SomebodyWaits = true }, At(_at), e)));
        for (var until = _at + 2 * Options.NodeSilentAfter; _at < until;)
        {
            Ack(Bob);
            Assert.DoesNotContain(PassTime(200), e => e is TakeOut);
        }
    }

    [Fact]
    public void Of_two_that_do_not_reach_each_other_the_younger_goes_but_only_when_somebody_waits_for_it()
    {
        Found();
        var view = View(Ann, Bob, Cleo) with { Unreachable = [Bob, Cleo] };
        Note(Step(e => _ann.SetView(view, At(_at), e)));
        List<Effect> TalkFor(long milliseconds)
        {
            var effects = new List<Effect>();
            for (var until = _at + milliseconds; _at < until;)
            {
                // They are no members, and are heard.
                Do(Bob, new LeaveRequest());
                Do(Cleo, new LeaveRequest());
                effects.AddRange(PassTime(200));
            }

            return effects;
        }

        Assert.DoesNotContain(TalkFor(2 * Options.NodeSilentAfter), e => e is TakeOut);
        Note(Step(e => _ann.SetView(view with { SomebodyWaits = true }, At(_at), e)));
        TalkFor(Options.NodeSilentAfter - 400);

        // While Ann herself stands still, the two may settle it without her.
        _at += 2 * Options.NodeSilentAfter;
        Assert.DoesNotContain(TalkFor(Options.NodeSilentAfter - 400), e => e is TakeOut);
        Note(Step(e => _ann.SetView(view, At(_at), e)));
        TalkFor(400);
        Note(Step(e => _ann.SetView(view with { SomebodyWaits = true }, At(_at), e)));
        Assert.Equal([Cleo], TalkFor(Options.NodeSilentAfter + 400).OfType<TakeOut>().Select(e => e.Node));

        // One at a time: only when that did not help, the next.
        Assert.Contains(TalkFor(Options.NodeSilentAfter), e => e is TakeOut { Node: var node } && node == Cleo);
    }
}
