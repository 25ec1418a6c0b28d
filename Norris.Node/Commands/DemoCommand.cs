using System.CommandLine;
using Norris.Lab;
using Norris.Lab.Demo;
using Norris.Lab.Processes;
using Norris.Lab.Rooms;
using Norris.Node.Session;

namespace Norris.Node.Commands;

/// <summary><c>norris demo</c>: some nodes on this machine chat, and their hosts are killed.</summary>
internal static class DemoCommand
{
    private const int FewestNodes = 2;
    private const int MostNodes = 20;
    private const int MostKills = 100;

    private const string Examples =
        """
        Examples:
          norris demo                          five nodes, three hosts killed
          norris demo --nodes 3 --kills 10     … as you like
          norris demo | cat                    plain lines instead of a picture

        Exit code 0: nothing was lost, doubled or out of order. Ctrl-C ends it all.
        """;

    public static Command Create(Surroundings surroundings)
    {
        var nodes = Numbers.Option("--nodes", "How many nodes chat.", 5, FewestNodes, MostNodes);
        var kills = Numbers.Option("--kills", "How often the host is killed; a new node comes each time.", 3, 0, MostKills);
        var command = new Command("demo", "Start some nodes here, let them chat, kill the host again and again, and check what all of them show.") { nodes, kills };
        command.SetAction((parsed, leave) => Run(surroundings, parsed.GetValue(nodes), parsed.GetValue(kills), leave));
        CommandLine.ShowExamples(command, Examples);
        return command;
    }

    private static async Task<int> Run(Surroundings surroundings, int nodes, int kills, CancellationToken leave)
    {
        using var will = new LastWill();
        await using var fleet = new Fleet(will);
        var picture = surroundings.Streams.OutIsTerminal && DemoScreen.Fits();
        var demo = new DemoRun(fleet, nodes, kills, picture ? _ => { } : Console.WriteLine);
        var work = demo.Run(leave);
        try
        {
            await (picture ? DemoScreen.Show(demo.State, SafeText.OneLine, work) : work);
        }
        catch (OperationCanceledException) when (leave.IsCancellationRequested)
        {
            surroundings.Tell("interrupted; all nodes are ended");
            return ExitCode.CouldNot;
        }
        catch (LabException e)
        {
            surroundings.Tell(e.Message);
            return ExitCode.CouldNot;
        }

        foreach (var line in demo.Summary())
        {
            Console.WriteLine(line);
        }

        await demo.Leave(leave);
        return demo.AllWell ? ExitCode.LeftProperly : ExitCode.CouldNot;
    }
}
