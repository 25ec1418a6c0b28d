namespace Norris.Tests;

/// <summary>The tests' assembly is a program too: it replays the simulator's seeds (`simulate --seed N --trace`), wears a room out (`soak`), looks for what nothing notices (`mutants`), goes through every order of events (`check`), hands changed inputs to the parsers (`fuzz`) and measures the hot parts (`microbench`), and some tests need a process of their own, with things in it that only tests have.</summary>
internal static class Program
{
    private static async Task<int> Main(string[] args)
    {
        switch (args)
        {
            case [Tui.TuiStage.Argument]:
                return await Tui.TuiStage.Run();
            case ["simulate", .. var rest]:
                return Simulation.SimulateCommand.Run(rest, Console.Out);
            case ["soak", .. var rest]:
                return Simulation.SoakCommand.Run(rest, Console.Out);
            case ["mutants", .. var rest]:
                return Mutants.MutantsCommand.Run(rest, Console.Out);
            case ["check", .. var rest]:
                return ModelCheck.CheckCommand.Run(rest, Console.Out);
            case ["fuzz", .. var rest]:
                return Fuzz.FuzzCommand.Run(rest, Console.Out);
            case ["microbench"]:
                return Micro.MicrobenchCommand.Run();
            default:
                await Console.Error.WriteLineAsync("this is for the tests themselves: run 'dotnet test', 'simulate --help', 'soak --help', 'mutants --help', 'check --help', 'fuzz --help' or 'microbench'");
                return 2;
        }
    }
}
