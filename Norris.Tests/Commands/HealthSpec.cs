using System.Net;
using System.Net.Sockets;
using System.Text;
using Norris.Node.Commands;
using Norris.Node.Screens;

namespace Norris.Tests.Commands;

public sealed class HealthSpec : IDisposable
{
    private readonly TcpListener _page = new(IPAddress.Loopback, 0);
    private readonly StringWriter _errors = new();

    [Theory]
    [InlineData("200 OK", "/health/ready", 0)]
    [InlineData("503 Service Unavailable", "/health/ready", 1)]
    [InlineData("200 OK", "/health/live", 0, "--live")]
    public async Task The_answer_is_printed_and_is_the_exit_code(string status, string path, int expected, params string[] more)
    {
        _page.Start();
        var asked = Answer(status);
        var (code, output) = await Run(["health", Port, .. more]);
        Assert.Equal((expected, "{\"status\":\"it\"}\n", ""), (code, output, _errors.ToString()));
        Assert.Equal($"GET {path} HTTP/1.1", await asked);
    }

    [Fact]
    public async Task What_listens_everywhere_is_asked_at_home()
    {
        _page.Start();
        var asked = Answer("200 OK");
        Assert.Equal(0, (await Run("health", $"0.0.0.0:{Port}")).Code);
        await asked;
    }

    [Fact]
    public async Task Where_there_is_no_page_the_node_is_not_ready_and_does_not_hang()
    {
        _page.Start();
        var port = Port;
        _page.Stop();
        Assert.Equal((1, ""), await Run("health", port));
        Assert.Contains($"no answer from http://127.0.0.1:{port}/health/ready", Assert.Single(_errors.ToString().TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
        Assert.Equal(0, (await Run("health", port, "--live")).Code);
    }

    [Theory]
    [InlineData("--live")]
    [InlineData]
    public async Task A_page_that_does_not_answer_hangs(params string[] more)
    {
        _page.Start();
        Assert.Equal((1, ""), await Run(["health", Port, .. more]));
        Assert.Contains("it takes too long", _errors.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("x")]
    [InlineData("0")]
    [InlineData("chat.example:8080")]
    public async Task What_is_no_address_of_a_page_is_wrong_usage(string page)
    {
        Assert.Equal((2, ""), await Run("health", page));
        Assert.Single(_errors.ToString().TrimEnd('\n').Split('\n'));
    }

    public void Dispose()
    {
        _page.Dispose();
        _errors.Dispose();
    }

    private string Port => ((IPEndPoint)_page.LocalEndpoint).Port.ToString(System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Answers one request, and gives its first line.</summary>
    private async Task<string> Answer(string status)
    {
        using var connection = await _page.AcceptTcpClientAsync();
        await using var stream = connection.GetStream();
        using var reader = new StreamReader(stream);
        var first = await reader.ReadLineAsync() ?? "";
        while (await reader.ReadLineAsync() is { Length: > 0 })
        {
        }

        await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {status}\r\nContent-Length: 15\r\nConnection: close\r\n\r\n{{\"status\":\"it\"}}"));
        return first;
    }

    private async Task<(int Code, string Output)> Run(params string[] arguments)
    {
        using var output = new MemoryStream();
        var streams = new StandardStreams(Stream.Null, output, _errors, InIsTerminal: false, OutIsTerminal: false);
        var surroundings = new Surroundings(streams, null, TimeProvider.System, (_, _) => throw new InvalidOperationException("asking starts no node"));
        var code = await Node.Commands.CommandLine.Run(arguments, surroundings, CancellationToken.None);
        return (code, Encoding.UTF8.GetString(output.ToArray()));
    }
}
