using System.CommandLine;
using System.Net.Http.Headers;
using System.Text.Json;
using Norris.Node.Web;

namespace Norris.Node.Commands;

/// <summary><c>norris token</c>: by what this account's scripts and browsers are the node's own user.</summary>
internal static class TokenCommand
{
    private const string Examples =
        """
        Examples:
          curl -H "Authorization: Bearer $(norris token)" -d 'tea is ready' http://127.0.0.1:8080/api/messages
                                               say something as the node's own user
          norris token --page 8080             another link to the page, for one more browser

        The token lies beside your profile, in a file that only you can read. Whoever has it can speak as you through a node of yours on this
        machine; who deletes the file has a new one made at the next start with --web.
        """;

    public static Command Create(Surroundings surroundings)
    {
        var page = new Option<int?>("--page")
        {
            Description = "Print a new link to the page that a node of yours serves on this port here: the browser that opens it is the node's own user. It works once.",
            HelpName = "PORT",
            CustomParser = result => int.TryParse(ChatOptions.Single(result), out var port) && port is > 0 and <= 65535
                ? port
                : ChatOptions.Fail<int?>(result, $"--page {ChatOptions.Single(result)}: a port is a number from 1 to 65535"),
        };
        var command = new Command("token", "Print the token by which your scripts speak as the node's own user.") { page };
        command.SetAction(async (parsed, cancel) =>
        {
            var token = WebToken.Open(WebToken.PathBeside(surroundings.ProfilePath), out var warning);
            if (warning is not null)
            {
                surroundings.Tell(warning);
                return ExitCode.CouldNot;
            }

            var keys = new WebKeys(token);
            if (parsed.GetValue(page) is not { } port)
            {
                surroundings.Print(keys.Token);
                return ExitCode.LeftProperly;
            }

            var (link, whyNot) = await NewLink(port, keys.Token, cancel);
            if (link is null)
            {
                surroundings.Tell(whyNot);
                return ExitCode.CouldNot;
            }

            surroundings.Print(link);
            return ExitCode.LeftProperly;
        });
        CommandLine.ShowExamples(command, Examples);
        return command;
    }

    private static async Task<(string? Link, string WhyNot)> NewLink(int port, string token, CancellationToken cancel)
    {
        using var node = new LocalPage();
        try
        {
            using var answer = await node.Send(
                to => new HttpRequestMessage(HttpMethod.Post, to) { Headers = { Authorization = new AuthenticationHeaderValue("Bearer", token) } }, new Uri($"http://localhost:{port}/api/link"), cancel);
            return answer.IsSuccessStatusCode
                ? (JsonSerializer.Deserialize(await answer.Content.ReadAsStreamAsync(cancel), WebJson.Default.LinkJson)?.Link, "the node's answer has no link in it")
                : (null, $"what serves port {port} is no node of this account's, or serves its page at another address ({(int)answer.StatusCode})");
        }
        catch (Exception e) when (e is HttpRequestException or JsonException || (e is TaskCanceledException && !cancel.IsCancellationRequested))
        {
            return (null, $"no node of yours answers on port {port} of this machine: {(e is TaskCanceledException ? "it takes too long" : e.Message)}");
        }
    }
}
