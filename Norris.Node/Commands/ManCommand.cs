using System.CommandLine;
using Norris.Node.Session;

namespace Norris.Node.Commands;

/// <summary><c>norris man</c>: all that <c>--help</c> says, as a man page.</summary>
internal static class ManCommand
{
    private const string Examples =
        """
        Examples:
          norris man | man -l -                read it
          norris man > ~/.local/share/man/man1/norris.1
        """;

    public static Command Create(Surroundings surroundings)
    {
        var command = new Command("man", "Print the man page: all commands and options.");
        command.SetAction(parsed => surroundings.PrintText(ManPage.Of([.. CommandModel.All(parsed.RootCommandResult.Command)], ProgramVersion.Text)));
        CommandLine.ShowExamples(command, Examples);
        return command;
    }
}
