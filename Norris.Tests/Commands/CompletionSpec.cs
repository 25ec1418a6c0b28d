using System.CommandLine;
using System.Text;
using Norris.Node.Commands;
using Norris.Node.Screens;
using Norris.Tests.Archive;
using Norris.Tests.Packaging;

namespace Norris.Tests.Commands;

/// <summary>What is made of the command model: completion for shells, and the man page.</summary>
public sealed partial class CompletionSpec : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly StringWriter _errors = new();

    [Theory]
    [InlineData("completion", "bash")]
    [InlineData("completion", "zsh")]
    [InlineData("completion", "fish")]
    [InlineData("man")]
    public async Task Every_command_and_option_is_in_it_and_nothing_that_is_hidden(params string[] arguments)
    {
        var (code, text) = await Run(arguments);
        Assert.Equal((0, ""), (code, _errors.ToString()));
        var plain = text.Replace("\\-", "-", StringComparison.Ordinal);
        var commands = CommandModel.All(Node.Commands.CommandLine.Build(Surroundings(Stream.Null))).ToList();
        Assert.Contains(commands, c => c.Path == "norris profile export");
        Assert.All(commands.Skip(1), c => Assert.Contains(c.Name, plain, StringComparison.Ordinal));

        // fish writes an option's name without its dashes.
        var options = commands.SelectMany(c => c.Options).Select(o => arguments is [_, "fish"] ? $"-l {o.Name[2..]} " : o.Name).Distinct().ToList();
        Assert.True(options.Count > 30, "options were found");
        Assert.All(options, option => Assert.Contains(option, plain, StringComparison.Ordinal));
        Assert.DoesNotContain("bench-member", plain, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("bash", "norris ho", "host")]
    [InlineData("bash", "norris host --ui ", "tui line json none")]
    [InlineData("bash", "norris up 10.0.0.1 --arch", "--archive --archive-keep")]
    [InlineData("bash", "norris host --name ", "")]
    [InlineData("bash", "norris profile ex", "export")]
    [InlineData("bash", "norris bench --delivery uniform T", "T1 T3 T5")]
    [InlineData("bash", "norris host --hocon FOLDER/o", "FOLDER/own.hocon")]
    [InlineData("bash", "norris profile import FOLDER/", "FOLDER/own.hocon FOLDER/two words FOLDER/script")]
    [InlineData("fish", "norris ho", "host")]
    [InlineData("fish", "norris host --ui ", "tui line json none")]
    [InlineData("fish", "norris up 10.0.0.1 --arch", "--archive --archive-keep")]
    [InlineData("fish", "norris profile ex", "export")]
    [InlineData("fish", "norris bench --delivery uniform T", "T1 T3 T5")]
    [InlineData("fish", "norris host --hocon FOLDER/o", "FOLDER/own.hocon")]
    public async Task A_shell_completes_what_can_stand_there(string shell, string line, string completions)
    {
        Tool.Needs(shell);
        await File.WriteAllTextAsync(_folder.File("own.hocon"), "");
        await File.WriteAllTextAsync(_folder.File("two words"), "");
        await File.WriteAllTextAsync(_folder.File("script"), (await Run("completion", shell)).Text);
        line = line.Replace("FOLDER", _folder.Path, StringComparison.Ordinal);
        var (code, output) = shell == "bash"
            ? await Tool.Run("bash", "--norc", "-c", $"set -u; . '{_folder.File("script")}'; COMP_WORDS=({line} {(line.EndsWith(' ') ? "''" : "")}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); _norris; printf '%s\\n' \"${{COMPREPLY[@]}}\"")
            : await Tool.Run("fish", "--no-config", "-c", $"source {_folder.File("script")}; complete -C '{line}'");
        Assert.Equal(0, code);
        var expected = completions.Replace("FOLDER", _folder.Path, StringComparison.Ordinal).Replace("two words", "two\u00a0words", StringComparison.Ordinal)
            .Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(c => c.Replace('\u00a0', ' '));
        Assert.Equal(expected.Order(), output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(c => c.Split('\t')[0]).Order());
    }

    [SkippableFact]
    public async Task Zsh_loads_a_function_for_each_command()
    {
        Tool.Needs("zsh");
        await File.WriteAllTextAsync(_folder.File("_norris"), (await Run("completion", "zsh")).Text);
        var (code, output) = await Tool.Run("zsh", "-f", "-e", "-c", $"autoload -Uz compinit; compinit -D -u; . '{_folder.File("_norris")}'; print $_comps[norris]; whence -w _norris_host _norris_profile_export");
        Assert.Equal((0, "_norris\n_norris_host: function\n_norris_profile_export: function\n"), (code, output));
    }

    [Fact]
    public async Task For_another_shell_there_is_none()
    {
        Assert.Equal(2, (await Run("completion", "tcsh")).Code);
        Assert.Contains("write bash, zsh or fish", Assert.Single(_errors.ToString().TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task The_man_page_can_be_read_as_it_was_written()
    {
        Tool.Needs("groff");
        await File.WriteAllTextAsync(_folder.File("norris.1"), (await Run("man")).Text);
        var (code, output) = await Tool.Run("groff", "-man", "-Tutf8", "-k", "-ww", "-P-c", "-P-b", "-P-u", "-rLL=200n", _folder.File("norris.1"));
        Assert.Equal(0, code);
        Assert.DoesNotContain("warning", output, StringComparison.Ordinal);
        Assert.Contains("norris history --search '\"tea is ready\" -milk from:ada since:2026-01-31'", output, StringComparison.Ordinal);
        Assert.Contains("--port PORT", output, StringComparison.Ordinal);
        Assert.Contains("[default: 4053]", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_environment_variable_that_the_program_reads_is_on_the_man_page()
    {
        var read = Directory.EnumerateFiles(Path.Combine(Architecture.DocsSpec.Root, "Norris.Node"), "*.cs", SearchOption.AllDirectories)
            .Where(file => Path.GetFileName(file) != "ManPage.cs")
            .SelectMany(file => Variables().Matches(File.ReadAllText(file)).Select(m => m.Groups["name"].Value)).Distinct();

        // That one is for tests.
        Assert.Equal(read.Except(["NORRIS_PROGRAM"]).Order(), ManPage.Environment.Select(v => v.Name).Order());
    }

    public void Dispose()
    {
        _errors.Dispose();
        _folder.Delete();
    }

    private async Task<(int Code, string Text)> Run(params string[] arguments)
    {
        using var output = new MemoryStream();
        var code = await Node.Commands.CommandLine.Run(arguments, Surroundings(output), CancellationToken.None);
        return (code, Encoding.UTF8.GetString(output.ToArray()));
    }

    private Surroundings Surroundings(Stream output) => new(
        new StandardStreams(Stream.Null, output, _errors, InIsTerminal: false, OutIsTerminal: false),
        _folder.File("profile.json"),
        TimeProvider.System,
        (_, _) => throw new InvalidOperationException("this starts no node"));

    [System.Text.RegularExpressions.GeneratedRegex(@"""(?<name>NORRIS_[A-Z_]+)""")]
    private static partial System.Text.RegularExpressions.Regex Variables();
}
