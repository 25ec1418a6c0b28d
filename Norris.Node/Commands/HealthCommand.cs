using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using Norris.Node.Web;

namespace Norris.Node.Commands;

/// <summary><c>norris health</c>: how a node here is, by its page. For containers and probes: in an image without a shell nothing else could ask.</summary>
internal static class HealthCommand
{
    private const string DefaultPage = "8080";

    private const string Examples =
        """
        Examples:
          norris health                        of the node here that has --web 8080: exit code 0 when it is with the majority of its room
          norris health 10.0.0.1:9090          … --web 10.0.0.1:9090
          norris health --live                 exit code 1 only when it hangs

        A node that waits for others ('norris up') has no page yet: it is not ready, and it does not hang.
        """;

    public static Command Create(Surroundings surroundings)
    {
        var page = new Argument<WebOptions>("PAGE")
        {
            Description = $"[ADDR:]PORT, as --web has it on that node. [default: {DefaultPage}]",
            Arity = ArgumentArity.ZeroOrOne,
            CustomParser = result => WebOptions.TryParse(ChatOptions.Single(result), out var where, out var whyNot) && where.Port > 0
                ? where
                : ChatOptions.Fail<WebOptions>(result, $"{ChatOptions.Single(result)}: {(whyNot.Length > 0 ? whyNot : "a port is a number from 1 to 65535")}"),
        };
        var live = new Option<bool>("--live") { Description = "Whether it runs at all, in a room or not." };
        var command = new Command("health", "Ask a node on this machine whether it is ready: in a room, and with the majority.") { page, live };
        command.SetAction((parsed, cancel) =>
        {
            if (parsed.GetValue(page) is not { } where)
            {
                _ = WebOptions.TryParse(DefaultPage, out where, out _);
            }

            return Ask(surroundings, where, parsed.GetValue(live), cancel);
        });
        CommandLine.ShowExamples(command, Examples);
        return command;
    }

    private static async Task<int> Ask(Surroundings surroundings, WebOptions page, bool live, CancellationToken cancel)
    {
        // What listens everywhere is reached at home.
        var address = page.Address.Equals(IPAddress.Any) ? IPAddress.Loopback : page.Address.Equals(IPAddress.IPv6Any) ? IPAddress.IPv6Loopback : page.Address;
        var url = new UriBuilder("http", address.ToString(), page.Port, live ? "health/live" : "health/ready").Uri;
        using var node = new LocalPage();
        try
        {
            using var answer = await node.Send(to => new HttpRequestMessage(HttpMethod.Get, to), url, cancel);
            surroundings.Print(await answer.Content.ReadAsStringAsync(cancel));
            return answer.IsSuccessStatusCode ? ExitCode.LeftProperly : ExitCode.CouldNot;
        }
        catch (HttpRequestException e) when (live && e.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionRefused })
        {
            surroundings.Print($"no page at {page.Address}:{page.Port} yet");
            return ExitCode.LeftProperly;
        }
        catch (Exception e) when (e is HttpRequestException || (e is TaskCanceledException && !cancel.IsCancellationRequested))
        {
            surroundings.Tell($"no answer from {url}: {(e is TaskCanceledException ? "it takes too long" : e.Message)}");
            return ExitCode.CouldNot;
        }
    }
}
