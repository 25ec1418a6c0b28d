using System.CommandLine;
using Norris.Node.Session;

namespace Norris.Node.Commands;

/// <summary><c>norris devices</c>: which devices belong together.</summary>
internal static class DevicesCommand
{
    private const string Examples =
        """
        Examples:
          norris devices                               7QK4-M2ZX  ada  this device  founded 25 Nov

        It asks a node of yours; where none runs, it is what this device heard last. In the chat it is /devices, and /kick puts one out.
        """;

    public static Command Create(Surroundings surroundings)
    {
        var node = ChatOptions.OwnNode();
        var command = new Command("devices", "List the devices that are in this device's circle.") { node };
        command.SetAction(async (parsed, cancel) =>
        {
            using var room = PrivateRoom.OpenToAsk(surroundings.ProfilePath, surroundings.Tell);
            var nodes = new OwnNodes(room.ToAsk(), OwnNodes.Of(surroundings.Nodes, parsed.GetValue(node)));
            foreach (var line in (await nodes.List(surroundings.Tell, cancel)).Lines)
            {
                surroundings.Print(line);
            }

            return ExitCode.LeftProperly;
        });
        CommandLine.ShowExamples(command, Examples);
        return command;
    }
}
