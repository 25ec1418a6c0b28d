using System.Globalization;
using System.Numerics;

namespace Norris.Tests.Fuzz;

/// <summary><c>fuzz</c>: hands changed inputs to every parser that bytes of others reach.</summary>
internal static class FuzzCommand
{
    private const string Usage = """
        usage: fuzz [options]
        Hands inputs to every parser that bytes of others reach: good ones with some changes. Each has to be read or refused as the parser documents, within
        a second and the memory that it may take, and what was read must be the same after it was written and read again.

          --inputs N     so many (default 10,000,000)
          --minutes M    no longer than that (default: until they are done)
          --target NAME  for one parser only; --list names them
          --seed N       the same inputs again (default: drawn)
          --input N      that one alone, which is printed
          --list         names the parsers, and does nothing

        example: fuzz --minutes 5 --target gate
        exit codes: 0 all is well, 1 an input broke something, 2 wrong usage
        """;

    public static int Run(string[] args, TextWriter output)
    {
        var inputs = 10_000_000L;
        var time = TimeSpan.MaxValue;
        var seed = (ulong)Random.Shared.NextInt64();
        string? only = null;
        long? one = null;
        for (var i = 0; i < args.Length; i++)
        {
            var next = args.ElementAtOrDefault(i + 1);
            switch (args[i])
            {
                case "--list":
                    using (var all = new Fuzzer(0))
                    {
                        output.WriteLine(string.Join('\n', all.Targets.Select(t => t.Name)));
                    }

                    return 0;
                case "--inputs" when Is(next, out inputs):
                case "--seed" when Is(next, out seed):
                    break;
                case "--minutes" when Is(next, out int minutes):
                    time = TimeSpan.FromMinutes(minutes);
                    break;
                case "--input" when Is(next, out long number):
                    one = number;
                    break;
                case "--target" when next is not null:
                    only = next;
                    break;
                default:
                    output.WriteLine(Usage);
                    return args[i] == "--help" ? 0 : 2;
            }

            i++;
        }

        using var fuzzer = new Fuzzer(seed, only);
        if (only is not null && fuzzer.Targets.All(t => t.Name != only))
        {
            output.WriteLine(Usage);
            return 2;
        }

        var run = new FuzzRun(fuzzer, seed, only);
        if (one is { } alone)
        {
            var (target, input) = fuzzer.Draw(alone);
            output.WriteLine($"{target.Name}, {input.Length} bytes: {Convert.ToBase64String(input)}");
            var fault = run.Try(alone);
            output.WriteLine(fault?.Why ?? "all is well");
            return fault is null ? 0 : 1;
        }

        output.WriteLine($"seed {seed}");
        var broken = run.Run(inputs, time, output.WriteLine);
        output.WriteLine(broken ?? "nothing broke");
        return broken is null ? 0 : 1;
    }

    private static bool Is<T>(string? text, out T number)
        where T : struct, INumber<T>
    {
        number = default;
        return text is not null && T.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }
}
