using System.Globalization;

namespace Norris.Tests.ModelCheck;

/// <summary><c>check</c>: goes through every order of events in a small room.</summary>
public static class CheckCommand
{
    private const string Usage = """
        usage: check [CONFIGURATION] [options]
        Goes through every order of events in a small room of real machines, and asks of each state that no promise is broken in it, and that a quiet
        world leads from it back to one room. Without CONFIGURATION: through each of them, one after the other.

          --list        names the configurations, and does nothing
          --all         goes on after a violation, to find those of other kinds
          --states N    gives up after so many states (default 5,000,000; each costs about 1 KiB)

        Each violation is printed with a shortest way to it, step by step, and what the quiet world after it does.
        example: check two --states 20000000
        exit codes: 0 no violation, 1 a violation, or not all states were seen, 2 wrong usage
        """;

    public static int Run(string[] args, TextWriter output)
    {
        var states = 5_000_000;
        var goesOn = false;
        var wanted = Configuration.All;
        for (var i = 0; i < args.Length; i++)
        {
            switch (args[i])
            {
                case "--list":
                    Configuration.All.ToList().ForEach(c => output.WriteLine($"{c.Name,-8} {c}"));
                    return 0;
                case "--all":
                    goesOn = true;
                    break;
                case "--states" when int.TryParse(args.ElementAtOrDefault(i + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0:
                    states = number;
                    i++;
                    break;
                case var name when Configuration.All.Any(c => c.Name == name):
                    wanted = [Configuration.All.Single(c => c.Name == name)];
                    break;
                default:
                    output.WriteLine(Usage);
                    return args[i] == "--help" ? 0 : 2;
            }
        }

        var isGood = true;
        foreach (var configuration in wanted)
        {
            output.WriteLine($"{configuration.Name}: {configuration}");
            var explorer = new Explorer(configuration);
            var exploration = explorer.Run(states, goesOn, so => output.WriteLine($"… {so}"));
            foreach (var (broken, way) in exploration.Violations)
            {
                output.WriteLine($"VIOLATION after {way.Count} moves: {broken.Message}");
                explorer.Replay(way, output);
            }

            output.WriteLine(exploration);
            isGood &= exploration is { IsExhausted: true, Violations.Count: 0 };
        }

        return isGood ? 0 : 1;
    }
}
