using Xunit.Abstractions;

namespace Norris.Tests.ModelCheck;

/// <summary>Every order of events in rooms so small that it takes seconds; the command 'check' goes through larger ones.</summary>
public sealed class ModelCheckSpec(ITestOutputHelper output)
{
    public static TheoryData<string> Quick => new(Configuration.All.Where(c => c.IsQuick).Select(c => c.Name));

    [Theory]
    [MemberData(nameof(Quick))]
    public void No_order_of_events_breaks_a_promise_and_each_leads_back_to_one_room(string name)
    {
        var exploration = new Explorer(Configuration.All.Single(c => c.Name == name)).Run(1_000_000);
        output.WriteLine(exploration.ToString());
        Assert.Equal([], exploration.Violations.Select(v => v.Broken.Message));
        Assert.True(exploration.IsExhausted);
        Assert.True(exploration.States > 500, "there was something to go through");
    }

    [Fact]
    public void Going_through_it_twice_gives_the_same()
    {
        var first = new Explorer(Configuration.All[0]).Run(1_000_000);
        var second = new Explorer(Configuration.All[0]).Run(1_000_000);
        Assert.Equal((first.States, first.Transitions, first.Depth, first.Ends), (second.States, second.Transitions, second.Depth, second.Ends));
    }

    [Fact]
    public void A_way_can_be_gone_once_more_and_says_what_happens_on_it()
    {
        using var words = new StringWriter();
        new Explorer(Configuration.All[0]).Replay([new Move(MoveKind.Says, 1), new Move(MoveKind.Crashes, 1)], words);
        Assert.Contains("*** Says", words.ToString(), StringComparison.Ordinal);
        Assert.Contains("Crashed", words.ToString(), StringComparison.Ordinal);
    }
}
