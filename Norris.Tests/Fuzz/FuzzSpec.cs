using Xunit.Abstractions;

namespace Norris.Tests.Fuzz;

public sealed class FuzzSpec(ITestOutputHelper output)
{
    private static readonly TimeSpan Enough = TimeSpan.FromSeconds(40);

    [Fact]
    public void Fresh_inputs_break_nothing()
    {
        var seed = (ulong)Random.Shared.NextInt64();
        using var fuzzer = new Fuzzer(seed);
        var run = new FuzzRun(fuzzer, seed, null);

        var broken = run.Run(long.MaxValue, Enough, output.WriteLine);

        Assert.True(broken is null, broken);
        // Changes that all break the input, or none of them, would prove little. What shows a text shows any.
        Assert.All(run.Tallies.Where(t => t.Value.Inputs > 500), t => Assert.True(t.Value.Taken > 0 && (t.Value.Taken < t.Value.Inputs || t.Key == "text"), $"{t.Key}: {t.Value.Taken} of {t.Value.Inputs} were taken"));
    }

    [Fact]
    public void What_broke_something_once_breaks_nothing_any_more()
    {
        using var fuzzer = new Fuzzer(0);
        var corpus = fuzzer.Corpus().ToList();

        Assert.NotEmpty(corpus);
        Assert.All(corpus, one => Assert.Null(Fuzzer.Try(one.Target, one.Input, new Tally())?.Why));
    }

    [Fact]
    public void An_input_is_the_same_for_the_same_seed_and_number()
    {
        using var first = new Fuzzer(7);
        using var second = new Fuzzer(7);

        Assert.All(Enumerable.Range(0, 2000), number => Assert.Equal(first.Draw(number).Input, second.Draw(number).Input));
    }
}
