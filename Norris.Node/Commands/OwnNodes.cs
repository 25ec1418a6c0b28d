using System.CommandLine;
using Norris.Actors;
using Norris.Node.Session;

namespace Norris.Node.Commands;

/// <summary>Asks a node of this device, in another process, at its door.</summary>
internal static class OwnNodes
{
    public static Option<Endpoint?> Option() => new("--node")
    {
        Description = "The node of yours to ask. [default: one that runs on this machine]",
        HelpName = "ADDRESS",
        CustomParser = result => Endpoints.TryParse(ChatOptions.Single(result), out var node, out var whyNot) ? node : ChatOptions.Fail<Endpoint?>(result, $"--node {ChatOptions.Single(result)}: {whyNot}"),
    };

    /// <summary>The first of them that does it, and what it answers.</summary>
    /// <exception cref="NodeStartException">None does; the message is the last one's reason.</exception>
    public static async Task<(Endpoint Node, RoomDoor.Answer Answer)> Ask(Surroundings surroundings, Endpoint? wanted, Func<Endpoint, CancellationToken, Task<RoomDoor.Answer>> ask, CancellationToken cancel)
    {
        IReadOnlyList<Endpoint> nodes = wanted is not null ? [wanted]
            : [.. surroundings.Nodes.All().Select(n => Endpoints.TryParse(n.Node, out var node, out _) ? node : null).OfType<Endpoint>()];
        var why = "no node of this account runs on this machine: start one, or name one of this device with --node";
        foreach (var node in nodes)
        {
            try
            {
                return (node, await ask(node, cancel));
            }
            catch (RoomException e)
            {
                why = e.Message;
            }
        }

        throw new NodeStartException(why);
    }
}
