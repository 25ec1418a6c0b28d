using System.CommandLine;
using Norris.Core.Protocol;
using Norris.Node.Session;

namespace Norris.Node.Commands;

/// <summary><c>norris host</c>: starts a room.</summary>
internal static class HostCommand
{
    private const string Examples =
        """
        Examples:
          norris host                                  a room on this machine, port 4053
          norris host --name ada                       … under a name
          norris host --bind 192.168.1.7               … for others in the network, whom you invite: see /invite
          norris host --bind 192.168.1.7 --open        … for anybody there, and not encrypted
          norris host --bind 192.168.1.7 --hidden      … and that this network is not told of
          norris host --archive --continue             … that was stopped, and goes on where its archive ends
          norris host --ui json --stay < lines.txt     … said and watched by a program

        A line you type is a message. /who, /history [n], /search words, /me words, /reform, /leave and /help are commands; //x says /x.
        Ctrl-C leaves properly, twice leaves at once.
        """;

    public static Command Create(Surroundings surroundings)
    {
        var command = new Command("host", "Start a room; this node is its first host.");
        var options = new ChatOptions(command, Endpoint.DefaultPort);
        var goOn = new Option<RoomId?>("--continue")
        {
            Description = "Go on with the room that the archive holds, or with one of several by its id. Only where nobody is in it any more.",
            HelpName = "ROOM",
            Arity = ArgumentArity.ZeroOrOne,
            CustomParser = result => result.Tokens.Count == 0 ? null : HistoryCommand.ReadRoom(result, "--continue"),
        };
        command.Options.Add(goOn);
        var isPrivate = ChatOptions.Private(command, "The room is for certain devices: everything between nodes is encrypted, and who wants in needs an invite (/invite).");
        command.SetAction((parsed, leave) =>
        {
            var wanted = parsed.GetResult(goOn) is null ? null : new RoomToGoOnWith(parsed.GetValue(goOn));
            return new ChatRun(surroundings, options, parsed).Run(new Entry.Host(wanted) { IsPrivate = isPrivate(parsed) }, parsed.GetValue(options.Delivery) ?? DeliveryLevel.Uniform, leave);
        });
        CommandLine.ShowExamples(command, Examples);
        return command;
    }
}
