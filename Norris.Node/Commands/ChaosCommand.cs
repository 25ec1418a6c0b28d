using System.CommandLine;
using Norris.Lab;
using Norris.Lab.Chaos;
using Norris.Lab.Processes;
using Norris.Lab.Rooms;

namespace Norris.Node.Commands;

/// <summary><c>norris chaos</c>: some nodes on this machine chat while all that can go wrong does.</summary>
internal static class ChaosCommand
{
    private const int FewestNodes = 2;
    private const int MostNodes = 20;
    private const int MostMinutes = 7 * 24 * 60;

    private const string Examples =
        """
        Examples:
          norris chaos                         one minute, five nodes, a new seed
          norris chaos --minutes 30 --seed 7   the schedule of seed 7, for half an hour
          sudo norris chaos --minutes 30       … with cut cables, in network namespaces of its own (Linux)
          norris chaos --logs /tmp/chaos       … and what each node logged, to find out why
          norris chaos --table                 what each fault costs, ten times each, as a table in Markdown
          norris chaos --table --fault KillHost --runs 3
          norris chaos --table --bind ::1      … over IPv6

        Exit code 0: no violation. The same seed is the same schedule; what it hits is up to the machine.
        """;

    public static Command Create(Surroundings surroundings)
    {
        var minutes = Numbers.Option("--minutes", "How long.", 1, 1, MostMinutes);
        var nodes = Numbers.Option("--nodes", "How many nodes chat.", 5, FewestNodes, MostNodes);
        var rate = Numbers.Option("--rate", "Messages a second from each node.", 50, 1, 1000);
        var seed = new Option<int?>("--seed")
        {
            Description = "What the schedule of faults is drawn from. [default: a new one, which is printed]",
            HelpName = "S",
            CustomParser = result => int.TryParse(ChatOptions.Single(result), out var number)
                ? number
                : ChatOptions.Fail<int?>(result, $"--seed {ChatOptions.Single(result)}: write a whole number"),
        };
        var table = new Option<bool>("--table") { Description = "Measure each fault in new rooms of several sizes instead, and print a table." };
        var fault = new Option<Fault?>("--fault")
        {
            Description = $"Of the table only this: {string.Join(", ", FaultTable.Rows.Select(r => r.Fault).Distinct())}.",
            HelpName = "FAULT",
            CustomParser = result => Enum.TryParse<Fault>(ChatOptions.Single(result), ignoreCase: true, out var one) && FaultTable.Rows.Any(r => r.Fault == one)
                ? one
                : ChatOptions.Fail<Fault?>(result, $"--fault {ChatOptions.Single(result)}: there is no such row in the table"),
        };
        fault.CompletionSources.Clear();
        fault.CompletionSources.Add([.. FaultTable.Rows.Select(r => r.Fault.ToString()).Distinct()]);
        var runs = Numbers.Option("--runs", "How often each fault of the table is measured.", 10, 1, 1000);
        var hold = Numbers.Option("--hold", "How many seconds a stop, a cut or a split of the table lasts.", 30, 1, 600);
        var logs = new Option<string?>("--logs") { Description = "Keep what each node logs, Akka's INFO included, in this folder.", HelpName = "FOLDER" };
        var bind = ChatOptions.Loopback();
        var command = new Command("chaos", "Start some nodes here, let them chat, and kill, stop, cut and reset them after a seeded schedule; check what all of them show.")
        {
            minutes, seed, nodes, rate, logs, table, fault, runs, hold, bind,
        };
        command.SetAction((parsed, leave) => Guarded(surroundings, parsed.GetValue(table)
            ? Table(parsed.GetValue(fault), parsed.GetValue(runs), TimeSpan.FromSeconds(parsed.GetValue(hold)), parsed.GetValue(rate), parsed.GetRequiredValue(bind), leave)
            : Run(
                TimeSpan.FromMinutes(parsed.GetValue(minutes)),
                parsed.GetValue(nodes),
                parsed.GetValue(seed) ?? Random.Shared.Next(1, 1_000_000),
                parsed.GetValue(rate),
                parsed.GetValue(logs),
                parsed.GetRequiredValue(bind),
                leave), leave));
        CommandLine.ShowExamples(command, Examples);
        return command;
    }

    private static async Task<int> Guarded(Surroundings surroundings, Task<bool> work, CancellationToken leave)
    {
        try
        {
            return await work ? ExitCode.LeftProperly : ExitCode.CouldNot;
        }
        catch (OperationCanceledException) when (leave.IsCancellationRequested)
        {
            surroundings.Tell("interrupted; all nodes are ended");
        }
        catch (Exception e) when (e is LabException or IOException or UnauthorizedAccessException)
        {
            surroundings.Tell(e.Message);
        }

        return ExitCode.CouldNot;
    }

    private static async Task<bool> Table(Fault? only, int runs, TimeSpan hold, int rate, string bind, CancellationToken leave)
    {
        using var will = new LastWill();
        var rows = FaultTable.Rows.Where(r => only is null || r.Fault == only).ToList();
        return await new FaultTable(will, rate, Console.WriteLine, bind).Run(rows, runs, hold, leave) == 0;
    }

    private static async Task<bool> Run(TimeSpan duration, int nodes, int seed, int rate, string? logs, string bind, CancellationToken leave)
    {
        using var will = new LastWill();
        var whyNot = "its cables are for IPv4";
        using var network = bind == Fleet.Loopback ? Network.TryBuild(will, out whyNot) : null;
        Console.WriteLine($"seed {seed}; {(network is null ? $"no cables are cut: {whyNot}" : "every node in a network namespace of its own")}");
        await using var fleet = new Fleet(will, network, logs, bind);
        var chaos = new ChaosRun(fleet, network, nodes, seed, rate, Console.WriteLine);
        await chaos.Run(duration, leave);
        foreach (var line in chaos.Summary())
        {
            Console.WriteLine(line);
        }

        return chaos.Violations == 0;
    }
}
