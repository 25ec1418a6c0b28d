using System.CommandLine;
using Norris.Core.Protocol;
using Norris.Node.Session;

namespace Norris.Node.Commands;

/// <summary><c>norris join</c>: comes into a room through any of its members.</summary>
internal static class JoinCommand
{
    private const string Examples =
        """
        Examples:
          norris join 127.0.0.1                        the room on this machine, port 4053
          norris join 192.168.1.7:4100 192.168.1.8     through either of two members, on a device that is in
          norris join 192.168.1.7 --open               into a room that is open to all
          norris join [::1]:4053 --name ada            an IPv6 address stands in brackets
          norris join 192.168.1.7/4mvt-9c2k-…          into a private room, with the line of an invite
          norris join                                  back to the room you were in last, else to one of your
                                                       circle that answers in this network
          echo hello | norris join 127.0.0.1           say hello and leave
          norris join 127.0.0.1 --ui json < /dev/null  who is there?

        A line you type is a message. /who, /history [n], /search words, /me words, /reform, /leave and /help are commands; //x says /x.
        Ctrl-C leaves properly, twice leaves at once.
        """;

    public static Command Create(Surroundings surroundings)
    {
        var command = new Command("join", "Join a room through any of its members.");
        var addresses = InviteLine.Argument(command, $"HOST or HOST:PORT of any member; port {Endpoint.DefaultPort} when left out. Or an invite, as it was given: ADDRESS/CODE. [default: the members of the room you were in last, then those of your circle that answer in this network]");
        var isPrivate = ChatOptions.Private(command, "The room is for certain devices, and this is one of them.");
        var options = new ChatOptions(command, defaultPort: 0);
        command.SetAction((parsed, leave) =>
        {
            if (parsed.GetValue(options.Delivery) is not null)
            {
                surroundings.Tell("--delivery is the room's, set by who hosts it; here it changes nothing");
            }

            if (parsed.GetValue(addresses)?.Invite is not null && isPrivate(parsed) == false)
            {
                surroundings.Tell("an invite is into a room for certain devices: leave --open out");
                return Task.FromResult(ExitCode.WrongUsage);
            }

            return new ChatRun(surroundings, options, parsed).Run((parsed.GetValue(addresses) ?? InviteLine.None).Entry(isPrivate(parsed)), DeliveryLevel.Uniform, leave);
        });
        CommandLine.ShowExamples(command, Examples);
        return command;
    }
}
