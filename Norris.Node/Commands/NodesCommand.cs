using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Norris.Node.Screens;
using Norris.Node.Session;

namespace Norris.Node.Commands;

/// <summary><c>norris nodes</c>: which nodes of this account run on this machine; kills them, too.</summary>
internal static class NodesCommand
{
    private const string Everyone = "all";

    private const string Examples =
        """
        Examples:
          norris nodes                         what runs here, and under which number
          norris nodes --kill 4711             ends that node at once, as a crash would: to see the others go on
          norris nodes --kill all
          norris nodes --json                  one object a line

        'dotnet run' only starts the node: killing what you see of it leaves the node alive.
        """;

    public static Command Create(Surroundings surroundings)
    {
        var kill = new Option<string[]>("--kill")
        {
            Description = "Kill this node (by its process's number), or 'all'; may be given several times. To leave properly, say /leave there.",
            HelpName = "PID",
            AllowMultipleArgumentsPerToken = true,
            CustomParser = result => result.Tokens.FirstOrDefault(t => t.Value != Everyone && !int.TryParse(t.Value, NumberStyles.None, CultureInfo.InvariantCulture, out _)) is { } bad
                ? ChatOptions.Fail<string[]>(result, $"--kill {bad.Value}: write the number of a process, or 'all'; 'norris nodes' lists them")
                : [.. result.Tokens.Select(t => t.Value)],
        };
        var json = new Option<bool>("--json") { Description = "One JSON object a line." };
        var command = new Command("nodes", "List the nodes of this account that run on this machine, and kill them.") { kill, json };
        command.SetAction(parsed => parsed.GetValue(kill) is { Length: > 0 } condemned ? Kill(surroundings, condemned) : List(surroundings, parsed.GetValue(json)));
        CommandLine.ShowExamples(command, Examples);
        return command;
    }

    private static int List(Surroundings surroundings, bool json)
    {
        var nodes = surroundings.Nodes.All();
        var output = new ScreenOutput(surroundings.Streams.Out);
        if (nodes.Count == 0 && !json)
        {
            surroundings.Tell("no node of this account runs on this machine; 'norris host' starts one");
            return ExitCode.LeftProperly;
        }

        string[][] rows = json ? [] : [["PID", "USER", "NODE", "ROOM", "SINCE", "PAGE"], .. nodes.Select(node => Row(node, surroundings.Time.LocalTimeZone))];
        var widths = Enumerable.Range(0, json ? 0 : rows[0].Length).Select(i => rows.Max(row => row[i].Length)).ToArray();
        var lines = json
            ? nodes.Select(node => JsonSerializer.Serialize(node, RunningNodes.NodeJson.Default.RunningNode))
            : rows.Select(row => string.Join("  ", row.Select((cell, i) => cell.PadRight(widths[i]))).TrimEnd());
        foreach (var line in lines)
        {
            output.Write((text, to) => Encoding.UTF8.GetBytes($"{text}\n", to), line);
        }

        output.Flush();
        if (output.Ended is not { IsCompleted: true, Result: { } trouble })
        {
            return ExitCode.LeftProperly;
        }

        surroundings.Tell(trouble);
        return ExitCode.CouldNot;
    }

    private static string[] Row(RunningNode node, TimeZoneInfo zone) =>
    [
        node.Pid.ToString(CultureInfo.InvariantCulture), SafeText.OneLine(node.Name), SafeText.OneLine(node.Node), SafeText.OneLine(node.Room),
        TimeZoneInfo.ConvertTime(node.StartedAt, zone).ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture), SafeText.OneLine(node.Page ?? ""),
    ];

    private static int Kill(Surroundings surroundings, string[] condemned)
    {
        var nodes = surroundings.Nodes.All();
        var code = ExitCode.LeftProperly;
        foreach (var which in condemned.Distinct())
        {
            var victims = which == Everyone ? nodes : [.. nodes.Where(node => node.Pid.ToString(CultureInfo.InvariantCulture) == which)];
            if (victims.Count == 0 && which != Everyone)
            {
                surroundings.Tell($"process {which} is no node of this account on this machine; 'norris nodes' lists them");
                code = ExitCode.CouldNot;
            }

            foreach (var node in victims)
            {
                var whyNot = surroundings.Nodes.Kill(node);
                surroundings.Tell(whyNot is null ? $"killed process {node.Pid}, {node.Name} at {node.Node}" : $"process {node.Pid} cannot be killed: {whyNot}");
                code = whyNot is null ? code : ExitCode.CouldNot;
            }
        }

        return code;
    }
}
