using System.CommandLine;

namespace Norris.Node.Commands;

/// <summary><c>norris completion</c>: what a shell needs to complete commands and options.</summary>
internal static class CompletionCommand
{
    private const string Examples =
        """
        Examples:
          source <(norris completion bash)     in this shell
          norris completion bash > ~/.local/share/bash-completion/completions/norris
          norris completion zsh > ~/.zfunc/_norris
                                               where fpath has ~/.zfunc
          norris completion fish > ~/.config/fish/completions/norris.fish
        """;

    public static Command Create(Surroundings surroundings)
    {
        var shell = new Argument<string>("SHELL") { Description = "bash, zsh or fish.", HelpName = "bash|zsh|fish" };
        shell.Validators.Add(result =>
        {
            if (Script(ChatOptions.Single(result), []) is null)
            {
                result.AddError($"there is no completion for {ChatOptions.Single(result)}: write bash, zsh or fish");
            }
        });
        var command = new Command("completion", "Print a script by which a shell completes commands, options and their values.") { shell };
        command.SetAction(parsed => surroundings.PrintText(Script(parsed.GetRequiredValue(shell), [.. CommandModel.All(parsed.RootCommandResult.Command)])!));
        CommandLine.ShowExamples(command, Examples);
        return command;
    }

    private static string? Script(string shell, IReadOnlyList<DescribedCommand> commands) => shell switch
    {
        "bash" => CompletionScripts.Bash(commands),
        "zsh" => ZshCompletion.Script(commands),
        "fish" => CompletionScripts.Fish(commands),
        _ => null,
    };
}
