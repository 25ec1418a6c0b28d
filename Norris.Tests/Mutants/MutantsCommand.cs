using System.Globalization;
using Norris.Tests.Architecture;

namespace Norris.Tests.Mutants;

/// <summary><c>mutants</c>: changes the machines a little, one change at a time, and says which changes nothing notices.</summary>
public static class MutantsCommand
{
    private const string Usage = """
        usage: mutants [options]
        Changes the machines (Norris.Actors/Core/Protocol and Room) a little, one change at a time, and says which changes neither a spec nor the model checker nor a seed notices.
        Without --drawn: changes that somebody has thought of, each of which breaks a rule of docs/protocol.md.

          --list            names them, and does nothing
          --only NAME       only those whose name contains NAME
          --seeds N         looks with so many seeds of each scenario when the others find nothing (default 100)
          --seeds-only      looks with neither the specs nor the model checker
          --drawn N         draws N changes by the usual operators of mutation testing instead
          --seed S          draws others (default 1)
          --workers N       so many at a time (default: as many as there are processors)

        example: mutants --drawn 500 --seed 7 --seeds 100
        exit codes: 0 all is as declared, 1 a named change was not noticed, or one declared harmless was, 2 wrong usage
        """;

    public static int Run(string[] args, TextWriter output)
    {
        if (Arguments.Read(args) is not { } wanted)
        {
            output.WriteLine(Usage);
            return args is ["--help"] ? 0 : 2;
        }

        var workshop = new Workshop(DocsSpec.Root);
        var mutants = (wanted.Drawn is { } count ? DrawnMutants.Draw(workshop.Machines, count, wanted.Seed) : NamedMutants.All)
            .Where(m => m.Name.Contains(wanted.Only, StringComparison.OrdinalIgnoreCase)).ToList();
        if (mutants.Count == 0)
        {
            output.WriteLine($"no mutant is called '{wanted.Only}'; --list names them");
            return 2;
        }

        if (wanted.List)
        {
            mutants.ForEach(m => output.WriteLine(m.Harmless is null ? m.Name : $"{m.Name} (harmless: {m.Harmless})"));
            return 0;
        }

        return Fit(workshop, mutants, output) ? Look(workshop, mutants, wanted, output) : 1;
    }

    private static bool Fit(Workshop workshop, List<Mutant> mutants, TextWriter output)
    {
        var fit = true;
        foreach (var mutant in mutants)
        {
            try
            {
                workshop.Require(mutant);
            }
            catch (AnchorException e)
            {
                fit = false;
                output.WriteLine($"'{mutant.Name}' no longer fits the sources: {e.Message}");
            }
        }

        return fit;
    }

    private static int Look(Workshop workshop, List<Mutant> mutants, Arguments wanted, TextWriter output)
    {
        using var hunt = new Hunt(workshop, wanted.SeedsOnly);
        foreach (var broken in hunt.Broken)
        {
            output.WriteLine($"left out, it fails without any change: {broken}");
        }

        var verdicts = new List<Verdict>();
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = wanted.Workers };
        Parallel.ForEach(mutants, parallel, mutant =>
        {
            var verdict = hunt.For(mutant, wanted.Seeds);
            lock (verdicts)
            {
                verdicts.Add(verdict);
                output.WriteLine(Line(verdict, verdicts.Count, mutants.Count));
            }
        });

        return Sum(verdicts, wanted.Drawn is null, output);
    }

    private static string Line(Verdict verdict, int done, int all)
    {
        var harmless = verdict.Mutant.Harmless is { } why && verdict.Fate == Fate.Survived ? $" (harmless: {why})" : "";
        var by = verdict.By.Length > 0 ? $"\n             {verdict.By.Split('\n')[0]}" : "";
        return string.Create(CultureInfo.InvariantCulture, $"{done,4}/{all} {verdict.Fate,-9} {verdict.Mutant.Name}{harmless} ({verdict.Took.TotalSeconds:F1} s){by}");
    }

    private static int Sum(List<Verdict> verdicts, bool areNamed, TextWriter output)
    {
        output.WriteLine();
        var wrong = verdicts.Where(v => areNamed ? !v.IsAsDeclared : v.Fate == Fate.Survived).ToList();
        foreach (var verdict in wrong)
        {
            output.WriteLine($"{verdict.Fate switch { Fate.Found => "declared harmless, and found", Fate.Survived => "survived", _ => "does not compile" }}: {verdict.Mutant.Name}{(verdict.Fate == Fate.Stillborn ? $" ({verdict.By})" : "")}");
        }

        int Count(Fate fate) => verdicts.Count(v => v.Fate == fate);
        output.WriteLine($"{verdicts.Count} mutants: {Count(Fate.Found)} found, {Count(Fate.Survived)} survived ({verdicts.Count(v => v is { Fate: Fate.Survived, Mutant.Harmless: not null })} of them declared harmless), {Count(Fate.Stillborn)} did not compile");
        return areNamed && wrong.Count > 0 ? 1 : 0;
    }

    private sealed record Arguments
    {
        public bool List { get; private init; }

        public string Only { get; private init; } = "";

        public ulong Seeds { get; private init; } = 100;

        public bool SeedsOnly { get; private init; }

        public int? Drawn { get; private init; }

        public ulong Seed { get; private init; } = 1;

        public int Workers { get; private init; } = Environment.ProcessorCount;

        /// <summary>Null: they are wrong, or ask for help.</summary>
        public static Arguments? Read(string[] args)
        {
            var read = new Arguments();
            for (var i = 0; i < args.Length; i++)
            {
                var next = args.ElementAtOrDefault(i + 1);
                var isNumber = int.TryParse(next, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0;
                switch (args[i])
                {
                    case "--list":
                        read = read with { List = true };
                        continue;
                    case "--seeds-only":
                        read = read with { SeedsOnly = true };
                        continue;
                    case "--only" when next is not null:
                        read = read with { Only = next };
                        break;
                    case "--seeds" when isNumber:
                        read = read with { Seeds = (ulong)number };
                        break;
                    case "--drawn" when isNumber:
                        read = read with { Drawn = number };
                        break;
                    case "--seed" when isNumber:
                        read = read with { Seed = (ulong)number };
                        break;
                    case "--workers" when isNumber:
                        read = read with { Workers = number };
                        break;
                    default:
                        return null;
                }

                i++;
            }

            return read;
        }
    }
}
