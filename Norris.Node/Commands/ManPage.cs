using System.CommandLine;
using System.CommandLine.Help;
using System.Globalization;
using System.Text;

namespace Norris.Node.Commands;

/// <summary>Writes the commands down as a page for <c>man</c>.</summary>
internal static class ManPage
{
    /// <summary>The command line does not know of these.</summary>
    internal static readonly IReadOnlyList<(string Name, string Meaning)> Environment =
    [
        ("NORRIS_PROFILE", "The file of who you are. [default: norris/profile.json in your data folder, $XDG_DATA_HOME or ~/.local/share]"),
        ("NORRIS_ARCHIVE_PASSWORD", "The password for an archive in PostgreSQL; PGPASSWORD is taken, too."),
        ("NORRIS_ARCHIVE_PASSWORD_FILE", "A file that holds it."),
        ("NORRIS_TRACE", "Anything but nothing: a defect of the program prints its stack."),
    ];

    public static string Of(IReadOnlyList<DescribedCommand> commands, string version)
    {
        var page = new StringBuilder($".TH NORRIS 1 \"\" \"norris {version}\" \"Norris\"\n");
        var root = commands[0];
        page.Append(".SH NAME\nnorris \\- group chat without a server\n.SH SYNOPSIS\n.B norris\n.I COMMAND\n[\\fIOPTION\\fR ...]\n");
        page.Append(".SH DESCRIPTION\n").Append(Text(root.Command.Description)).Append(".SH OPTIONS\n");
        Append(page, root.Options);
        page.Append(".SH COMMANDS\n");
        foreach (var command in commands.Skip(1))
        {
            var synopsis = string.Concat(command.Arguments.Select(a => $" {Escaped(Named(a))}"));
            page.Append(CultureInfo.InvariantCulture, $".SS \"{Escaped(command.Path)}{synopsis}\"\n").Append(Text(command.Command.Description));
            foreach (var argument in command.Arguments.Where(a => a.Description is { Length: > 0 }))
            {
                page.Append(CultureInfo.InvariantCulture, $".TP\n\\fI{Escaped(argument.Name)}\\fR\n{Text(argument.Description)}");
            }

            // That every command has help is said once.
            Append(page, command.Options.Where(o => o is not HelpOption));
            if (command.Subcommands.Any())
            {
                continue; // Those below have the same examples.
            }

            AppendVerbatim(page, ".PP", command.Examples);
        }

        page.Append(".SH ENVIRONMENT\n");
        foreach (var (name, meaning) in Environment)
        {
            page.Append(CultureInfo.InvariantCulture, $".TP\n.B {name}\n{Text(meaning)}");
        }

        AppendVerbatim(page, ".SH EXAMPLES", root.Examples);
        return page.ToString();
    }

    private static void Append(StringBuilder page, IEnumerable<Option> options)
    {
        foreach (var option in options)
        {
            var forms = string.Join(", ", CommandModel.Forms(option).Select(form => $"\\fB{Escaped(form)}\\fR"));
            var value = CommandModel.IsSwitch(option) ? "" : $" \\fI{Escaped(option.HelpName ?? "VALUE")}\\fR";
            page.Append(CultureInfo.InvariantCulture, $".TP\n{forms}{value}\n{Text($"{option.Description}{Default(option)}")}");
        }
    }

    private static string Default(Option option) =>
        !CommandModel.IsSwitch(option) && option.HasDefaultValue && option.GetDefaultValue() is { } value
            ? string.Create(CultureInfo.InvariantCulture, $" [default: {value}]")
            : "";

    private static string Named(Argument argument) =>
        $"{(argument.Arity.MinimumNumberOfValues == 0 ? "[" : "")}{argument.Name}{(argument.Arity.MaximumNumberOfValues > 1 ? " ..." : "")}{(argument.Arity.MinimumNumberOfValues == 0 ? "]" : "")}";

    private static void AppendVerbatim(StringBuilder page, string under, string? text)
    {
        if (text is not null)
        {
            page.Append(CultureInfo.InvariantCulture, $"{under}\n.nf\n{Text(text)}.fi\n");
        }
    }

    /// <summary>Lines of text. A line that begins with a dot or an apostrophe would be a command to the formatter.</summary>
    private static string Text(string? text) => string.Concat((text ?? "").TrimEnd('\n').Split('\n').Select(line => line.StartsWith('.') ? $"\\&{Escaped(line)}\n" : $"{Escaped(line)}\n"));

    /// <summary>Characters that the formatter would take for something else, or set as typographers do: what is typed has to be seen as typed.</summary>
    private static string Escaped(string text)
    {
        var escaped = new StringBuilder();
        foreach (var c in text)
        {
            escaped.Append(c switch
            {
                '\\' => "\\e",
                '-' => "\\-",
                '\'' => "\\(aq",
                '`' => "\\(ga",
                '"' => "\\(dq",
                '^' => "\\(ha",
                '~' => "\\(ti",
                _ => c.ToString(),
            });
        }

        return escaped.ToString();
    }
}
