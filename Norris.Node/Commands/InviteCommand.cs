using System.CommandLine;
using Norris.Core.Room;
using Norris.Node.Session;

namespace Norris.Node.Commands;

/// <summary><c>norris invite</c>: an invite into the private room that a node of this device is in.</summary>
internal static class InviteCommand
{
    private const string Examples =
        """
        Examples:
          norris invite --for bob                      prints the line that bob runs: norris join ADDRESS/CODE
          norris invite --undo 4mvt                    that one lets nobody in any more
          norris invite --node 192.168.1.7:4053        of several nodes of yours, that one is to make it

        A node of yours has to be in the room. In the chat it is /invite bob, and /uninvite 4mvt.
        """;

    public static Command Create(Surroundings surroundings)
    {
        var name = new Option<string>("--for")
        {
            Description = "Whom it is for: the device gets this name.",
            HelpName = "NAME",
            CustomParser = result => Names.TryNormalise(ChatOptions.Single(result), out var normal, out var whyNot) ? normal : ChatOptions.Fail<string>(result, $"--for {ChatOptions.Single(result)}: {whyNot}"),
        };
        var undo = new Option<InviteId?>("--undo")
        {
            Description = "Take an invite back, by its code, the beginning of it or the whole line.",
            HelpName = "CODE",
            CustomParser = result => InviteWord.TryRead(ChatOptions.Single(result), out var invite, out var whyNot) ? invite : ChatOptions.Fail<InviteId?>(result, whyNot),
        };
        var node = ChatOptions.OwnNode();
        var command = new Command("invite", "Make an invite into the private room that a node of yours is in.") { name, undo, node };
        command.SetAction(async (parsed, cancel) =>
        {
            using var room = PrivateRoom.OpenToAsk(surroundings.ProfilePath, surroundings.Tell);
            var nodes = new OwnNodes(room.ToAsk(), OwnNodes.Of(surroundings.Nodes, parsed.GetValue(node)));
            if (parsed.GetValue(undo) is { } invite)
            {
                await nodes.TakeBack(invite, cancel);
                surroundings.Tell($"the invite {invite} lets nobody in any more");
                return ExitCode.LeftProperly;
            }

            var invited = await nodes.Invite(parsed.GetValue(name) ?? "", surroundings.Time, cancel);
            surroundings.Print(invited.Line);
            surroundings.Tell(invited.About("norris invite --undo"));
            return ExitCode.LeftProperly;
        });
        CommandLine.ShowExamples(command, Examples);
        return command;
    }
}
