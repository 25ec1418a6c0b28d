using Norris.Tests.Architecture;
using Xunit.Abstractions;

namespace Norris.Tests.Mutants;

/// <summary>What was compiled once, for all specs here.</summary>
public sealed class HuntingGround : IDisposable
{
    public HuntingGround()
    {
        Workshop = new Workshop(DocsSpec.Root);
        Hunt = new Hunt(Workshop);
    }

    public Workshop Workshop { get; }

    public Hunt Hunt { get; }

    public void Dispose() => Hunt.Dispose();
}

/// <summary>A part of what the command 'mutants' does: that it works, and that the simulator alone finds those changes that it has to.</summary>
public sealed class MutantSpec(HuntingGround ground, ITestOutputHelper output) : IClassFixture<HuntingGround>
{
    private const ulong Seeds = 1000;

    public static TheoryData<string> ForTheSimulator => new(NamedMutants.All.Where(m => m.Scenario is not null).Select(m => m.Name));

    [Fact]
    public void The_unchanged_machines_keep_what_looks_for_changes_quiet() => Assert.Empty(ground.Hunt.Broken);

    [Fact]
    public void Every_change_still_has_its_place_in_the_sources()
    {
        Assert.True(NamedMutants.All.Count >= 30);
        Assert.Equal(NamedMutants.All.Count, NamedMutants.All.DistinctBy(m => m.Name).Count());
        Assert.All(NamedMutants.All, ground.Workshop.Require);
    }

    [Theory]
    [MemberData(nameof(ForTheSimulator))]
    public void The_simulator_finds_broken_machines(string name)
    {
        var mutant = NamedMutants.All.Single(m => m.Name == name);
        using var specimen = ground.Workshop.Make(mutant, out _);
        for (ulong seed = 1; seed <= Seeds; seed++)
        {
            if (specimen!.Seed(mutant.Scenario!, seed) is { } violation)
            {
                output.WriteLine($"found at seed {seed}: {violation}");
                Assert.Null(ground.Hunt.Unchanged.Seed(mutant.Scenario!, seed));
                return;
            }
        }

        Assert.Fail($"{Seeds} seeds did not show it.");
    }

    /// <summary>The first is how the machines once were: the half that may go on alone, once it has waited, did so only when an ack came, which never did.</summary>
    [Theory]
    [InlineData("look for a quorum only when an ack comes", "check silent: liveness")]
    [InlineData("take half for a quorum", "check small: no silent loss")]
    public void The_model_checker_finds_broken_machines(string name, string how)
    {
        using var specimen = ground.Workshop.Make(NamedMutants.All.Single(m => m.Name == name), out _);
        Assert.StartsWith(how, specimen!.Check(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_place_that_is_gone_is_told()
    {
        Mutant[] lost =
        [
            new NamedMutant("no such type", new Edit("Rein", "Tick", "_tickedAt = now.Elapsed;", "")),
            new NamedMutant("no such method", new Edit("Reign", "Tock", "_tickedAt = now.Elapsed;", "")),
            new NamedMutant("no such statement", new Edit("Reign", "Tick", "_tockedAt = now.Elapsed;", "")),
            new NamedMutant("more than one place", new Edit("Reign", "Tick", "now.Elapsed", "0")),
        ];
        Assert.All(lost, mutant => Assert.Throws<AnchorException>(() => ground.Workshop.Require(mutant)));
    }

    [Fact]
    public void A_machine_that_runs_for_ever_is_noticed()
    {
        var verdict = ground.Hunt.For(new NamedMutant("never drop a block", new Edit("Outbox", "DropOldest", "_sealed.Dequeue()", "_sealed.Peek()")), 1);
        Assert.Equal(Fate.Found, verdict.Fate);
        Assert.Contains("runs away", verdict.By, StringComparison.Ordinal);
    }

    [Fact]
    public void The_unchanged_machines_are_on_a_long_leash()
    {
        for (ulong seed = 1; seed <= 10; seed++)
        {
            ground.Hunt.Unchanged.Seed("", seed);
            Assert.InRange(ground.Hunt.Unchanged.Pulls(), 1, Leash.Length / 10);
        }
    }

    [Fact]
    public void A_change_that_changes_nothing_survives()
    {
        var verdict = ground.Hunt.For(new NamedMutant("nothing", new Edit("Quorum", "Majority", "members / 2", "members / 2")), 1);
        Assert.Equal((Fate.Survived, ""), (verdict.Fate, verdict.By));
    }

    [Fact]
    public void Drawn_changes_are_the_same_from_the_same_seed_and_others_from_another()
    {
        string[] Names(ulong seed) => [.. DrawnMutants.Draw(ground.Workshop.Machines, 20, seed).Select(m => m.Name)];
        Assert.Equal(Names(1), Names(1));
        Assert.NotEqual(Names(1), Names(2));
        Assert.True(DrawnMutants.All(ground.Workshop.Machines).Count() > 500);
    }
}
