using System.Text;
using Norris.Node.Commands;
using Norris.Node.Screens;
using Norris.Node.Web;
using Norris.Tests.Archive;

namespace Norris.Tests.Commands;

public sealed class TokenSpec : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly StringWriter _errors = new();

    [Fact]
    public async Task The_token_is_printed_and_stays_the_same_and_is_the_one_that_a_node_takes()
    {
        var (code, first) = await Run("token");
        Assert.Equal(0, code);
        Assert.Equal(first, (await Run("token")).Output);
        Assert.Single(first.TrimEnd('\n').Split('\n'));
        var ofNode = WebToken.Open(WebToken.PathBeside(_folder.File("profile.json")), out var warning);
        Assert.Null(warning);
        Assert.True(new WebKeys(ofNode).IsToken(first.Trim()));
        Assert.Equal("", _errors.ToString());
    }

    [Theory]
    [InlineData("no node of yours answers", 1, "--page", "1")]
    [InlineData("a port is a number", 2, "--page", "x")]
    [InlineData("a port is a number", 2, "--page", "70000")]
    public async Task Where_there_is_no_page_one_line_says_so(string reason, int expected, params string[] arguments)
    {
        var (code, output) = await Run(["token", .. arguments]);
        Assert.Equal((expected, ""), (code, output));
        Assert.Contains(reason, Assert.Single(_errors.ToString().TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _errors.Dispose();
        _folder.Delete();
    }

    private async Task<(int Code, string Output)> Run(params string[] arguments)
    {
        using var output = new MemoryStream();
        var streams = new StandardStreams(Stream.Null, output, _errors, InIsTerminal: false, OutIsTerminal: false);
        var surroundings = new Surroundings(streams, _folder.File("profile.json"), TimeProvider.System, (_, _) => throw new InvalidOperationException("a token starts no node"));
        var code = await Node.Commands.CommandLine.Run(arguments, surroundings, CancellationToken.None);
        return (code, Encoding.UTF8.GetString(output.ToArray()));
    }
}
