using System.CommandLine;
using System.CommandLine.Parsing;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Norris.Core.Protocol;
using Norris.Node.Session;

namespace Norris.Node.Commands;

/// <summary><c>norris up</c>: the one command for every node of a room that is to be there always.</summary>
internal static class UpCommand
{
    private const string Examples =
        """
        Examples:
          norris up 10.0.0.1 10.0.0.2 10.0.0.3         the same on each of three machines, whose devices are in
          norris up 10.0.0.1 10.0.0.2 10.0.0.3 --open --ui none --archive --web 8080
                                                       … as a service, for whoever reaches it
          norris up a.example b.example c.example --open --bind 0.0.0.0 --advertise a.example
                                                       on a.example, in a container
          norris up 127.0.0.1:4101 127.0.0.1:4102 127.0.0.1:4103 --port 4101
                                                       one of three on this machine

        With systemd, the same unit on every machine:
          [Service]
          ExecStart=/usr/bin/norris up 10.0.0.1 10.0.0.2 10.0.0.3 --open --ui none
          Restart=always

        It joins whoever of these has the room, and waits for as long as it takes. The room begins when a majority of them is there and has none; so two
        of three have to run, and no restart makes a second room. List them all, and the same on every node. Others join with 'norris join'.
        Ctrl-C leaves properly, twice leaves at once.
        """;

    public static Command Create(Surroundings surroundings)
    {
        var command = new Command("up", "Keep a room among several nodes: each is started by this same command, and it joins the room or begins it.");
        var addresses = ChatOptions.Addresses(
            command, $"HOST or HOST:PORT of every node, this one among them; port {Endpoint.DefaultPort} when left out.", ArgumentArity.OneOrMore);
        var options = new ChatOptions(command, Endpoint.DefaultPort);
        var isPrivate = ChatOptions.Private(command, "The room is for certain devices, and each of these is on one that has been let in before: by 'norris host --private' on one, and 'norris invite'.");
        command.SetAction(async (parsed, leave) =>
        {
            var (entry, whyNot) = await Find(parsed.GetRequiredValue(addresses), options, parsed, leave);
            if (entry is null)
            {
                surroundings.Tell(whyNot);
                return ExitCode.WrongUsage;
            }

            return await new ChatRun(surroundings, options, parsed).Run(entry with { IsPrivate = isPrivate(parsed) }, parsed.GetValue(options.Delivery) ?? DeliveryLevel.Uniform, leave);
        });
        CommandLine.ShowExamples(command, Examples);
        return command;
    }

    /// <summary>Which of those named this node is: the one that the options say, else the one that is an address of this machine.</summary>
    private static async Task<(Entry.Up? Entry, string WhyNot)> Find(IEnumerable<Endpoint> addresses, ChatOptions options, ParseResult parsed, CancellationToken cancel)
    {
        // In one order on every node, as it is one list: who has the lowest address begins.
        var named = addresses.Select(a => Endpoints.IsLocalhost(a.Host) ? a with { Host = IPAddress.Loopback.ToString() } : a).Distinct()
            .OrderBy(a => new NodeId($"@{a}", 0)).ToList();
        if (named.Count > Limits.Nodes)
        {
            return (null, $"a room takes {Limits.Nodes} nodes, and these are {named.Count}");
        }

        var bind = IsSaid(options.Bind) ? parsed.GetRequiredValue(options.Bind) : null;
        var advertise = parsed.GetValue(options.Advertise);
        var own = new List<(Endpoint Named, string? Local)>();
        foreach (var one in named.Where(a => !IsSaid(options.Port) || a.Port == parsed.GetValue(options.Port)))
        {
            var isOwn = advertise is not null ? one.Host == advertise
                : bind is not null && !IsAny(bind) && one.Host == bind;
            var local = await Local(one.Host, cancel);
            if (isOwn || (advertise is null && local is not null && (bind is null || IsAny(bind) || local == bind)))
            {
                own.Add((one, local));
            }
        }

        var all = string.Join(", ", named);
        return own switch
        {
            [var (self, local)] => (
                new Entry.Up(new UpPlan(named, named.IndexOf(self)), self with { Host = bind ?? local ?? self.Host }, advertise ?? self.Host), ""),
            [] => (null, $"none of {all} is this node: name its own address too, or say which it is with --bind, --advertise and --port"),
            _ => (null, $"several of {all} are this machine's: say which with --port, or with --bind"),
        };

        bool IsSaid(Option option) => parsed.GetResult(option) is { Implicit: false };
    }

    /// <summary>The address of this machine that a host name or address is; null: it is another machine's.</summary>
    private static async Task<string?> Local(string host, CancellationToken cancel)
    {
        try
        {
            var addresses = IPAddress.TryParse(host, out var one) ? [one] : await Dns.GetHostAddressesAsync(host, cancel);
            var own = NetworkInterface.GetAllNetworkInterfaces().SelectMany(i => i.GetIPProperties().UnicastAddresses).Select(a => a.Address).ToHashSet();
            return addresses.FirstOrDefault(a => IPAddress.IsLoopback(a) || own.Contains(a)) is { } local ? Endpoints.Canonical(local.ToString()) : null;
        }
        catch (SocketException)
        {
            return null; // Not known yet, or not any more: it is not this machine, then.
        }
    }

    private static bool IsAny(string host) => IPAddress.TryParse(host, out var ip) && (ip.Equals(IPAddress.Any) || ip.Equals(IPAddress.IPv6Any));
}
