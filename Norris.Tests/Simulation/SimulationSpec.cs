using Xunit.Abstractions;

namespace Norris.Tests.Simulation;

public sealed class SimulationSpec(ITestOutputHelper output)
{
    private const int Fixed = 2000;
    private const int Fresh = 200;
    private const int Parts = 8;

    public static TheoryData<int> Part => new(Enumerable.Range(0, Parts));

    [Theory]
    [MemberData(nameof(Part))]
    public void Fixed_seeds_keep_every_promise(int part) => Run((ulong)(1 + part * (Fixed / Parts)), Fixed / Parts);

    public static TheoryData<string> Named => new(Scenario.Named.Keys);

    [Theory]
    [MemberData(nameof(Named))]
    public void Seeds_with_more_of_one_thing_in_them_do_so_too(string with) => Run(1, Fixed / Parts, with);

    [Fact]
    public void Fresh_seeds_keep_every_promise()
    {
        var from = (ulong)Random.Shared.NextInt64(1, 1L << 40);
        output.WriteLine($"seeds {from} to {from + Fresh - 1}");
        Run(from, Fresh);
    }

    [Fact]
    public void A_seed_replays_step_by_step()
    {
        foreach (var seed in (ulong[])[3, 17, 36])
        {
            using var first = new StringWriter();
            using var second = new StringWriter();
            Outcome.Of(seed, "", first);
            Outcome.Of(seed, "", second);

            Assert.True(first.GetStringBuilder().Length > 10_000);
            Assert.Equal(first.ToString(), second.ToString());
        }
    }

    [Fact]
    public void A_room_keeps_no_more_of_those_who_are_gone_than_its_tables_hold()
    {
        using var told = new StringWriter();
        new SoakCommand.Soak().Run(visits: 12_000, hosts: 1200, told);
        output.WriteLine(told.ToString());
    }

    private void Run(ulong from, int count, string with = "")
    {
        var total = new Statistics();
        var broken = new List<Outcome>();
        for (var seed = from; seed < from + (ulong)count; seed++)
        {
            var outcome = Outcome.Of(seed, with, null);
            total.Add(outcome.Statistics);
            if (outcome.Violation is not null)
            {
                broken.Add(outcome);
            }
        }

        output.WriteLine(SimulateCommand.Summary(total, broken.Count, TimeSpan.Zero));
        Assert.True(broken.Count == 0, $"seeds from {from} on:\n{string.Join('\n', broken)}");
    }
}
