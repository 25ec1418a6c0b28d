using System.CommandLine;
using System.Net;
using Norris.Lab;
using Norris.Lab.Demo;
using Norris.Lab.Processes;
using Norris.Lab.Rooms;
using Norris.Lab.Teach;
using Norris.Node.Session;
using Norris.Node.Teach;
using Norris.Node.Web;

namespace Norris.Node.Commands;

/// <summary><c>norris demo</c>: some nodes on this machine chat, and their hosts are killed.</summary>
internal static class DemoCommand
{
    private const int FewestNodes = 2;
    private const int MostNodes = 20;
    private const int MostKills = 100;
    private const int NodesOnTheScreen = 5;
    private const int NodesInAClass = 3;

    private const string Examples =
        """
        Examples:
          norris demo                          five nodes, three hosts killed
          norris demo --nodes 3 --kills 10     … as you like
          norris demo | cat                    plain lines instead of a picture
          norris demo --web                    a page for a class: kill, stop and cut off nodes, see what happens, five lessons
          sudo norris demo --web 8080          … with cables to cut (Linux), on a port of your choice

        Exit code 0: nothing was lost, doubled or out of order. Ctrl-C ends it all.
        """;

    public static Command Create(Surroundings surroundings)
    {
        var nodes = Numbers.Option("--nodes", $"How many nodes chat; on the page {NodesInAClass} where you do not say.", NodesOnTheScreen, FewestNodes, MostNodes);
        var kills = Numbers.Option("--kills", "How often the host is killed; a new node comes each time.", 3, 0, MostKills);
        var web = new Option<WebOptions?>("--web")
        {
            Description = "Instead, a page in a browser on this machine, for a class: you kill, stop and cut off the nodes, and see in slow motion what they do. [default: off; any free port]",
            HelpName = "PORT",
            Arity = ArgumentArity.ZeroOrOne,
            CustomParser = ReadWeb,
        };
        var command = new Command("demo", "Start some nodes here, let them chat, kill the host again and again, and check what all of them show.") { nodes, kills, web };
        command.Validators.Add(result =>
        {
            if (result.GetResult(web) is not null && result.GetResult(kills) is { Implicit: false })
            {
                result.AddError("--kills with --web: on the page it is you who kills; leave one of the two out");
            }
        });
        command.SetAction((parsed, leave) => parsed.GetValue(web) is { } page
            ? Teach(surroundings, page, parsed.GetResult(nodes) is { Implicit: false } ? parsed.GetValue(nodes) : NodesInAClass, leave)
            : Run(surroundings, parsed.GetValue(nodes), parsed.GetValue(kills), leave));
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

    private static WebOptions? ReadWeb(System.CommandLine.Parsing.ArgumentResult result) =>
        result.Tokens.Count == 0 ? new WebOptions(IPAddress.Loopback, 0)
        : !WebOptions.TryParse(ChatOptions.Single(result), out var page, out var whyNot) ? ChatOptions.Fail<WebOptions?>(result, $"--web {ChatOptions.Single(result)}: {whyNot}")
        : IPAddress.IsLoopback(page.Address) ? page
        : ChatOptions.Fail<WebOptions?>(result, $"--web {ChatOptions.Single(result)}: this page kills processes, so it is for this machine only; give a port, as in --web 8080");

    private static async Task<int> Teach(Surroundings surroundings, WebOptions page, int nodes, CancellationToken leave)
    {
        using var will = new LastWill();
        using var network = Network.TryBuild(will, out var whyNot);
        await using var fleet = new Fleet(will, network);
        await using var room = new Classroom(fleet, network, $"no cable can be cut here: {whyNot}. Start it with 'sudo norris demo --web' on Linux");
        try
        {
            await using var server = await TeachServer.Start(room, page, leave);
            Console.WriteLine($"the page, for one browser on this machine: {server.Link}");
            Console.WriteLine(room.WhyNoCables.Length == 0 ? "Ctrl-C ends it all" : $"{room.WhyNoCables}; Ctrl-C ends it all");
            await room.Start(nodes, leave);
            await Task.Delay(Timeout.Infinite, leave);
        }
        catch (OperationCanceledException) when (leave.IsCancellationRequested)
        {
            return ExitCode.LeftProperly;
        }
        catch (Exception e) when (e is LabException or NodeStartException)
        {
            surroundings.Tell(e.Message);
        }

        return ExitCode.CouldNot;
    }
}
