namespace Norris.Tests.Processes;

[Collection(ProcessCollection.Name)]
public class UsageSpec
{
    [Theory]
    [InlineData("host --what", "--what")]
    [InlineData("up", "up")]
    [InlineData("join 127.0.0.1:99999", "port")]
    [InlineData("host --ui paper", "--ui paper")]
    [InlineData("sing", "sing")]
    [InlineData("", "norris host")]
    public async Task Wrong_usage_is_one_line_on_stderr_and_exit_code_2(string arguments, string says)
    {
        await using var norris = NorrisProcess.Start(arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(2, await norris.Exit(ProcessCollection.AnswerLimit));
        Assert.Empty(norris.Lines);
        Assert.Contains(says, Assert.Single(norris.ErrorLines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_invalid_name_is_refused_at_once()
    {
        await using var norris = NorrisProcess.Start("host", "--name", "\u001b[31mred");
        Assert.Equal(2, await norris.Exit(ProcessCollection.AnswerLimit));
        var line = Assert.Single(norris.ErrorLines);
        Assert.Contains("control characters", line, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', line);
    }

    [Theory]
    [InlineData("--help", "norris join 127.0.0.1")]
    [InlineData("host --help", "norris host --bind")]
    [InlineData("join --help", "echo hello | norris join")]
    [InlineData("up --help", "ExecStart=")]
    public async Task Help_teaches_with_examples(string arguments, string example)
    {
        await using var norris = NorrisProcess.Start(arguments.Split(' '));
        Assert.Equal(0, await norris.Exit(ProcessCollection.AnswerLimit));
        Assert.Empty(norris.ErrorLines);
        Assert.Contains(norris.Lines, line => line.Raw.Contains(example, StringComparison.Ordinal));
    }

    [SkippableTheory]
    [InlineData("norris host --port 0 --ui json --name ann <&-", 0)]
    [InlineData("norris host --port 0 --ui json --name ann <&- 2>&-", 0)]
    [InlineData("norris host --port 0 --ui json --name ann <&- >&-", 1)]
    public async Task What_comes_from_a_closed_input_is_nothing(string line, int code)
    {
        Skip.If(OperatingSystem.IsWindows(), "needs a shell");
        await using var norris = NorrisProcess.Shell(line);
        Assert.Equal(code, await norris.Exit(ProcessCollection.AnswerLimit));
        Assert.DoesNotContain(norris.Lines, line => line.Event is "said" or "refused");
    }

    [SkippableFact]
    public async Task What_was_asked_for_and_cannot_be_written_is_no_success()
    {
        Skip.IfNot(File.Exists("/dev/full"), "needs /dev/full");
        await using var norris = NorrisProcess.Shell("norris token >/dev/full");
        Assert.Equal(1, await norris.Exit(ProcessCollection.AnswerLimit));
        Assert.Contains("cannot be written", Assert.Single(norris.ErrorLines), StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task An_error_that_cannot_be_written_is_still_an_exit_code()
    {
        Skip.IfNot(File.Exists("/dev/full"), "needs /dev/full");
        await using var norris = NorrisProcess.Shell("norris sing 2>/dev/full");
        Assert.Equal(2, await norris.Exit(ProcessCollection.AnswerLimit));
    }
}
