using Norris.Actors.Protocol;
using Xunit.Abstractions;

namespace Norris.Tests.Simulation;

/// <summary>The simulator finds broken machines: each of these breaks one rule of the protocol, and must be caught within 1,000 seeds.</summary>
public sealed class BreakageSpecs(ITestOutputHelper output)
{
    private const ulong Seeds = 1000;

    private static readonly Dictionary<string, Func<Breakage>> Breakages = new()
    {
        ["follow a fenced sequencer"] = () => new Sabotaged(Sabotage.SkipTheFence),
        ["forget the promise to a candidate"] = () => new Sabotaged(Sabotage.ForgetThePromise),
        ["let a restarted sequencer reuse its epoch"] = () => new Sabotaged(Sabotage.ReuseAnEpoch),
        ["deliver before it is stable"] = () => new Sabotaged(Sabotage.DeliverBeforeStable),
        ["forget the truncation at a cut"] = () => new Sabotaged(Sabotage.ForgetTheTruncation),
        ["take half for a quorum"] = () => new Sabotaged(Sabotage.TakeHalfForAQuorum),
        ["order two changes of membership at once"] = () => new Sabotaged(Sabotage.ChangeMembersTwiceAtOnce),
        ["number a message twice"] = () => new Sabotaged(Sabotage.SkipTheDedupe),
        ["number a user's messages in any order"] = () => new Sabotaged(Sabotage.ForgetTheOrderOfAUser),
        ["give names without looking"] = () => new Sabotaged(Sabotage.GiveNamesBlindly),
        ["say nothing of a possible loss"] = () => new Sabotaged(Sabotage.HushUpLosses),
        ["trust the dead to have decided nothing"] = () => new Sabotaged(Sabotage.TrustTheDead) { Where = OneOfTwoDies },
        ["take the longest log, whatever its epoch"] = () => new LongestLogWins(),
        ["take out by counting processes"] = () => new CountProcesses { Where = Scenario.Named["links"] },
        ["let anybody begin a room"] = () => new AnybodyBegins { Where = Scenario.Named["visits"] },
        ["overlook that somebody else is at an address"] = () => new OverlookReturns { Where = Scenario.Named["returns"] },
        ["never ask for a gap"] = () => new NeverNack(),
        ["leave the counters out of snapshots"] = () => new ForgetTheCounters(),
        ["resubmit under new ids"] = () => new ResubmitUnderNewIds(),
        ["never resubmit"] = () => new NeverResubmit(),
    };

    // The lower one of two goes on alone while the other is cut off, and then dies.
    private static Scenario OneOfTwoDies(Scenario drawn) => Scenario.Named["massacres"](drawn) with
    {
        Nodes = 2,
        MostNodes = 2,
        Trouble = 20 * Scenario.Second,
        FaultEvery = 1500 * Scenario.Millisecond,
        SayEvery = 60 * Scenario.Millisecond,
        Weather = Weather.Calm,
        Faults = [Fault.Isolation, Fault.Isolation, Fault.Pause, Fault.Crash],
    };

    public static TheoryData<string> Names => new(Breakages.Keys);

    [Theory]
    [MemberData(nameof(Names))]
    public void Is_found(string breakage)
    {
        for (ulong seed = 1; seed <= Seeds; seed++)
        {
            var broken = Breakages[breakage]();
            var outcome = Outcome.Of(seed, broken);
            if (outcome.Violation is { } violation)
            {
                output.WriteLine($"found at seed {seed}: {violation.Message}");
                Assert.Null(Outcome.Of(seed, new Breakage { Where = broken.Where }).Violation);
                return;
            }
        }

        Assert.Fail($"{Seeds} seeds did not show it.");
    }
}
