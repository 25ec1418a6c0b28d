using Norris.Core.Protocol;
using Xunit.Abstractions;

namespace Norris.Tests.Simulation;

/// <summary>
/// The simulator finds what is broken: each of these breaks one rule of the protocol from outside, by what a machine gets to see or what becomes of its effects, and
/// must be caught within 1,000 seeds. Those that break a machine itself are mutants (MutantSpec).
/// </summary>
public sealed class BreakageSpec(ITestOutputHelper output)
{
    private const ulong Seeds = 1000;

    private static readonly Dictionary<string, Func<Breakage>> Breakages = new()
    {
        ["take the longest log, whatever its epoch"] = () => new LongestLogWins { Where = Usurped },
        ["take out by counting processes"] = () => new CountProcesses { Where = Scenario.Named["links"] },
        ["let anybody begin a room"] = () => new AnybodyBegins { Where = Scenario.Named["visits"] },
        ["overlook that somebody else is at an address"] = () => new OverlookReturns { Where = Scenario.Named["returns"] },
        ["never ask for a gap"] = () => new NeverNack(),
        ["leave the counters out of snapshots"] = () => new ForgetTheCounters(),
        ["forget an admission in a recovery"] = () => new ForgetAnAdmission { Where = Scenario.Named["circles"] },
        ["resubmit under new ids"] = () => new ResubmitUnderNewIds(),
        ["never resubmit"] = () => new NeverResubmit(),
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

    /// <summary>A second sequencer beside the rightful one, in whom some believe: then the longer one of two logs is often the older.</summary>
    private static Scenario Usurped(Scenario scenario) => scenario with
    {
        Nodes = 3,
        MostNodes = 3,
        Faults = [Fault.Usurper, Fault.SequencerRestart, Fault.OneWayCut, Fault.Stall, Fault.Burst],
        FaultEvery = 200 * Scenario.Millisecond,
        SayEvery = 20 * Scenario.Millisecond,
        Options = scenario.Options with { Delivery = DeliveryLevel.Uniform },
    };
}
