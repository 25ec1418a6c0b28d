using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Norris.Actors.Devices;
using Norris.Core.Protocol;
using Norris.Lab;
using Norris.Lab.Bench;
using Norris.Lab.Processes;
using Norris.Node.Session;

namespace Norris.Node.Commands;

/// <summary><c>norris bench</c>: measures rooms of real node processes on this machine, and judges what they delivered.</summary>
internal static class BenchCommand
{
    private const int MostNodes = 32;
    private const int MostRounds = 100;
    private const int MostMessages = 10_000_000;

    private static readonly string Examples =
        $"""
        Rows:
        {string.Join('\n', Rows.All.Select(row => $"  {row.Key,-4} {row.Value}"))}

        Examples:
          norris bench                         all rows; takes a quarter of an hour
          norris bench T1 L                    two of them
          norris bench L --delivery agreed     … with the other delivery level
          norris bench T1 --encrypted          … with nodes that know each other's keys
          norris bench T3 --nodes 7 --json     … with more nodes, for programs

        Nothing else should run meanwhile. Exit code 0 only if nothing was lost, doubled or out of order.
        """;

    public static Command Create(Surroundings surroundings)
    {
        var rows = new Argument<string[]>("ROW")
        {
            Description = "What to measure; all when left out.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        rows.CompletionSources.Add([.. Rows.All.Keys]);
        rows.Validators.Add(result =>
        {
            if (result.Tokens.Select(t => t.Value).FirstOrDefault(row => !Rows.All.ContainsKey(row.ToUpperInvariant())) is { } unknown)
            {
                result.AddError($"there is no row {unknown}: write some of {string.Join(' ', Rows.All.Keys)}");
            }
        });
        var nodes = Number("--nodes", "How many nodes, instead of the row's own number.", 2, MostNodes);
        var rounds = Number("--rounds", "How often each figure is taken, after the warm-up. [default: 3]", 1, MostRounds);
        var messages = Number("--messages", "How many messages each sender sends in T1, T3, T5 and S, instead of the row's own number.", 1, MostMessages);
        var json = new Option<bool>("--json") { Description = "One JSON object a row instead of a table." };
        var delivery = new Option<DeliveryLevel>("--delivery") { Description = "The rooms' delivery level. [default: uniform]", HelpName = "uniform|agreed" };
        var hocon = new Option<string?>("--hocon") { Description = "A file of settings that win over the shipped ones.", HelpName = "FILE" };
        var encrypted = new Option<bool>("--encrypted") { Description = "Nodes that know each other's keys, and encrypt what they say." };
        var command = new Command("bench", "Measure rooms of real node processes on this machine, and judge what they deliver.") { rows, nodes, rounds, messages, json, delivery, hocon, encrypted };
        command.SetAction(async (parsed, leave) =>
        {
            using var device = parsed.GetValue(encrypted) ? new OneDevice() : null;
            string[] options = [
                "--delivery", parsed.GetValue(delivery).ToString(),
                .. parsed.GetValue(hocon) is { } file ? ["--hocon", Path.GetFullPath(file)] : (string[])[],
                .. device is null ? (string[])[] : ["--device", device.File]];
            var wanted = parsed.GetValue(rows) is { Length: > 0 } some ? some.Select(row => row.ToUpperInvariant()) : Rows.All.Keys;
            using var will = new LastWill();
            var bench = new Rows(parsed.GetValue(rounds) ?? 3, parsed.GetValue(nodes), parsed.GetValue(messages), options, will, surroundings.Tell);
            return await Run(surroundings, bench, [.. wanted], parsed.GetValue(json), leave);
        });
        CommandLine.ShowExamples(command, Examples);
        return command;
    }

    /// <summary><c>norris bench-member</c>: one node of a bench. Not for people.</summary>
    public static Command CreateMember()
    {
        var number = new Argument<int>("NUMBER");
        var seed = new Option<string?>("--seed");
        var delivery = new Option<DeliveryLevel>("--delivery");
        var hocon = new Option<string?>("--hocon");
        var device = new Option<string?>("--device");
        var command = new Command("bench-member") { number, seed, delivery, hocon, device };
        command.Hidden = true;
        command.SetAction(async (parsed, leave) =>
        {
            Endpoint[] seeds = parsed.GetValue(seed) is { } text && Endpoints.TryParse(text, out var endpoint, out _) ? [endpoint] : [];
            using var own = parsed.GetValue(device) is { } path ? Device.Open(path) : null;
            var settings = new NodeSettings(
                seeds, new Endpoint("127.0.0.1", 0), null, new UserProfile("", default), parsed.GetValue(delivery), parsed.GetValue(hocon))
            {
                Security = own is null ? null : new RoomSecurity(own, new KnownDevices(own.Id)),
            };
            var options = Incarnation.Options(settings);
            await using var incarnation = await Incarnation.Start(settings, null, settings.Seeds, null, _ => { }, leave);
            await BenchMember.Run(parsed.GetValue(number), incarnation.Room, incarnation.Port, options, ChatUser.DrawId(), Console.In, Console.Out, leave);
            await incarnation.Leave();
            return ExitCode.LeftProperly;
        });
        return command;
    }

    /// <summary>A device that all members share, as if they were one installation: to prove the key costs the same.</summary>
    private sealed class OneDevice : IDisposable
    {
        private readonly string _folder = Directory.CreateTempSubdirectory("norris-bench-").FullName;

        public OneDevice() => Device.Open(File).Dispose();

        public string File => Path.Combine(_folder, "device.pem");

        public void Dispose() => Directory.Delete(_folder, recursive: true);
    }

    private static async Task<int> Run(Surroundings surroundings, Rows bench, IReadOnlyList<string> rows, bool json, CancellationToken leave)
    {
        var clean = true;
        try
        {
            if (!json)
            {
                Console.WriteLine($"{"row",-4} {"nodes",5} {"figure",12} {"min",11} {"max",11} {"warm-up",11}  {"unit",-12} order, lost, doubled");
            }

            foreach (var row in rows)
            {
                await foreach (var result in bench.Run(row, leave))
                {
                    clean &= result.Verdict.IsClean;
                    Console.WriteLine(json ? JsonSerializer.Serialize(result, BenchJson.Default.RowResult) : Line(result));
                }
            }
        }
        catch (LabException e)
        {
            surroundings.Tell(e.Message);
            return ExitCode.CouldNot;
        }
        catch (OperationCanceledException) when (leave.IsCancellationRequested)
        {
            surroundings.Tell("interrupted; all nodes are ended");
            return ExitCode.CouldNot;
        }

        if (!clean)
        {
            surroundings.Tell("messages were lost, doubled or out of order: see the last columns");
        }

        return clean ? ExitCode.LeftProperly : ExitCode.CouldNot;
    }

    private static string Line(RowResult r)
    {
        var figures = r.P50 is not null
            ? $"{$"p50 {Figure(r.P50)}",12} {$"p99 {Figure(r.P99)}",11} {$"max {Figure(r.Max)}",11}"
            : $"{Figure(r.Value),12} {Figure(r.Min),11} {Figure(r.Max),11}";
        return $"{r.Row,-4} {r.Nodes,5} {figures} {Figure(r.WarmUp),11}  {r.Unit,-12} {r.Order}, {r.Lost}, {r.Doubled}";
    }

    private static string Figure(double? figure) => figure switch
    {
        null => "",
        >= 1000 => figure.Value.ToString("N0", CultureInfo.InvariantCulture),
        _ => figure.Value.ToString("0.00", CultureInfo.InvariantCulture),
    };

    private static Option<int?> Number(string name, string description, int least, int most) => new(name)
    {
        Description = description,
        HelpName = "N",
        CustomParser = result => int.TryParse(ChatOptions.Single(result), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : ChatOptions.Fail<int?>(result, $"{name} {ChatOptions.Single(result)}: write a number from {least} to {most}"),
    };
}
