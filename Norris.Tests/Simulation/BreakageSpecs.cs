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
        ["follow a reign from whatever host"] = () => new Sabotaged(Sabotage.FollowAnyHost),
        ["let a restarted sequencer reuse its epoch"] = () => new Sabotaged(Sabotage.ReuseAnEpoch),
        ["deliver before it is stable"] = () => new Sabotaged(Sabotage.DeliverBeforeStable),
        ["forget the truncation at a cut"] = () => new Sabotaged(Sabotage.ForgetTheTruncation),
        ["take half for a quorum"] = () => new Sabotaged(Sabotage.TakeHalfForAQuorum),
        ["order two changes of membership at once"] = () => new Sabotaged(Sabotage.ChangeMembersTwiceAtOnce),
        ["number a message twice"] = () => new Sabotaged(Sabotage.SkipTheDedupe),
        ["number a user's messages in any order"] = () => new Sabotaged(Sabotage.ForgetTheOrderOfAUser),
        ["give names without looking"] = () => new Sabotaged(Sabotage.GiveNamesBlindly),
        ["say nothing of a possible loss"] = () => new Sabotaged(Sabotage.HushUpLosses),
        ["trust the dead to have decided nothing"] = () => new Sabotaged(Sabotage.TrustTheDead) { Where = Scenario.Named["massacres"] },
        ["take the longest log, whatever its epoch"] = () => new LongestLogWins(),
        ["take a removed node for dead"] = () => new RemovedCountsAsDead { Where = HalvesThatSleep },
        ["take out by counting processes"] = () => new CountProcesses { Where = Scenario.Named["links"] },
        ["let anybody begin a room"] = () => new AnybodyBegins { Where = Scenario.Named["visits"] },
        ["wait for ever to be let in"] = () => new WaitForEver { Where = Scenario.Named["visits"] },
        ["count nobody who has left properly as gone"] = () => new ForgetWhoLeft { Where = VisitorsOfThree },
        ["overlook that somebody else is at an address"] = () => new OverlookReturns { Where = Scenario.Named["returns"] },
        ["never ask for a gap"] = () => new NeverNack(),
        ["leave the counters out of snapshots"] = () => new ForgetTheCounters(),
        ["resubmit under new ids"] = () => new ResubmitUnderNewIds(),
        ["never resubmit"] = () => new NeverResubmit(),
    };

    // The host dies as a visitor leaves: two are left of the four before.
    private static Scenario VisitorsOfThree(Scenario drawn) => Scenario.Named["visits"](drawn) with { Nodes = 3, MostNodes = 4, Faults = [Fault.Visit] };

    // Each half of four may believe the other dead, and one of them wakes up to a room that went on without it.
    private static Scenario HalvesThatSleep(Scenario drawn) => Scenario.Named["splits"](drawn) with
    {
        Nodes = 4,
        MostNodes = 4,
        Trouble = 14 * Scenario.Second,
        Faults = [Fault.Partition, Fault.Isolation, Fault.Pause, Fault.Pause, Fault.Heal],
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
