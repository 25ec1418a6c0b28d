using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using Norris.Node.Session;

namespace Norris.Node.Commands;

/// <summary>Reads the command line and runs the command it names.</summary>
internal static class CommandLine
{
    public const string ProgramName = "norris";

    private const string Description =
        """
        Norris: a group chat without a server. Every node can be the host; all users see the same messages in the same order.
        """;

    private const string Examples =
        """
        Examples:
          norris host                          start a room on this machine
          norris join 127.0.0.1                join it from another terminal
          norris join                          go back to the last room, or find your circle in this network
          norris up 10.0.0.1 10.0.0.2 10.0.0.3 on each of three machines: keep a room among them
          echo 'tea is ready' | norris join 127.0.0.1
                                               say one thing and leave
          norris nodes                         which nodes run on this machine
          norris history                       read what an archive keeps

        'norris COMMAND --help' explains a command.
        Exit codes: 0 left properly, 1 could not, 2 wrong usage.
        """;

    /// <summary>Gives the exit code.</summary>
    public static async Task<int> Run(string[] args, Surroundings surroundings, CancellationToken leave)
    {
        // '@ada' is a name or a word to look for, and no file of further arguments.
        var parsed = Build(surroundings).Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Errors.Count > 0 && parsed.Action is not HelpAction and not HelpWithExamples)
        {
            surroundings.Tell(Explain(parsed));
            return ExitCode.WrongUsage;
        }

        try
        {
            // Signals are the chat's business: the library would kill a node that takes its time to leave.
            var invocation = new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
            return await parsed.InvokeAsync(invocation, leave);
        }
        catch (NodeStartException e)
        {
            surroundings.Tell(e.Message);
        }
        catch (IOException e)
        {
            surroundings.Tell($"the output cannot be written: {e.Message}");
        }
        catch (OperationCanceledException) when (leave.IsCancellationRequested)
        {
            surroundings.Tell("interrupted before the room was reached");
        }

        return ExitCode.CouldNot;
    }

    internal static RootCommand Build(Surroundings surroundings)
    {
        var root = new RootCommand(Description)
        {
            // Every command is a file here, and a line in this list.
            HostCommand.Create(surroundings),
            JoinCommand.Create(surroundings),
            UpCommand.Create(surroundings),
            NodesCommand.Create(surroundings),
            DemoCommand.Create(surroundings),
            ChaosCommand.Create(surroundings),
            HistoryCommand.Create(surroundings),
            ProfileCommand.Create(surroundings),
            InviteCommand.Create(surroundings),
            DevicesCommand.Create(surroundings),
            TokenCommand.Create(surroundings),
            HealthCommand.Create(surroundings),
            BenchCommand.Create(surroundings),
            BenchCommand.CreateMember(),
            CompletionCommand.Create(surroundings),
            ManCommand.Create(surroundings),
        };
        ShowExamples(root, Examples);
        return root;
    }

    /// <summary>Adds examples at the end of a command's <c>--help</c>.</summary>
    public static void ShowExamples(Command command, string examples)
    {
        var help = command.Options.OfType<HelpOption>().FirstOrDefault();
        if (help is null)
        {
            help = new HelpOption();
            command.Options.Add(help);
        }

        help.Action = new HelpWithExamples(examples);
    }

    private static string Explain(ParseResult parsed)
    {
        var path = string.Join(' ', CommandPath(parsed.CommandResult));
        if (parsed.CommandResult.Command is RootCommand && parsed.Tokens.Count == 0)
        {
            return "say what to do: 'norris host' starts a room, 'norris join ADDRESS' joins one, 'norris --help' explains";
        }

        var what = parsed.UnmatchedTokens is [var unknown, ..]
            ? Unknown(unknown, parsed.CommandResult.Command)
            : InOurWords(parsed.Errors[0]);
        return $"{what}; see '{path} --help'";
    }

    /// <summary>Errors of the library are about how many values something has, or that a command is missing; the rest are our own.</summary>
    private static string InOurWords(ParseError error) => error.SymbolResult switch
    {
        OptionResult { Option: { Arity.MinimumNumberOfValues: > 0 } option, Tokens.Count: 0 } => $"{option.Name} needs a value: {option.Name} {option.HelpName ?? "VALUE"}",
        OptionResult { Option: { Arity.MaximumNumberOfValues: 1 } option, Tokens.Count: > 1 } => $"{option.Name} is there more than once, or has more than one value",
        ArgumentResult { Argument: var argument, Tokens.Count: 0, Parent: CommandResult command } => $"'{command.Command.Name}' needs {argument.Name}",
        CommandResult { Command: { Subcommands.Count: > 0 } command } when error.Message.StartsWith("Required command", StringComparison.Ordinal) =>
            $"'{command.Name}' needs one of {string.Join(", ", command.Subcommands.Select(sub => sub.Name))} after it",
        _ => error.Message.TrimEnd('.'),
    };

    internal static string Unknown(string token, Command command) =>
        token.StartsWith('-') ? $"there is no option {token}"
        : command is RootCommand ? $"there is no command '{token}'"
        : $"'{token}' is one word too many";

    private static IEnumerable<string> CommandPath(CommandResult command) =>
        command.Parent is CommandResult parent ? CommandPath(parent).Append(command.Command.Name) : [ProgramName];
}

/// <summary>What <c>--help</c> does: the library's text, and examples below it.</summary>
internal sealed class HelpWithExamples(string examples) : SynchronousCommandLineAction
{
    private readonly HelpAction _help = new();

    public string Examples => examples;

    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        var code = _help.Invoke(parseResult);
        parseResult.InvocationConfiguration.Output.WriteLine(examples);
        return code;
    }
}
