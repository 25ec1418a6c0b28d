using System.CommandLine;
using System.Globalization;
using System.Text;

namespace Norris.Node.Commands;

/// <summary>Completion for zsh: a function for each command, which hands the words behind a command below it to that one's.</summary>
internal static class ZshCompletion
{
    public static string Script(IReadOnlyList<DescribedCommand> commands)
    {
        var script = new StringBuilder("#compdef norris\n# zsh completion for norris, made by 'norris completion zsh'.\n");
        foreach (var command in commands)
        {
            script.Append(CultureInfo.InvariantCulture, $"{Function(command.Path)}() {{\n");
            if (command.Subcommands.Any())
            {
                WithSubcommands(script, command);
            }
            else
            {
                script.Append(CultureInfo.InvariantCulture, $"    _arguments -s{Specs(command)}\n");
            }

            script.Append("}\n");
        }

        // Loaded from fpath, the file is the function's body; sourced, it defines the function.
        return script.Append("if [ \"$funcstack[1]\" = _norris ]; then\n    _norris \"$@\"\nelse\n    compdef _norris norris\nfi\n").ToString();
    }

    private static void WithSubcommands(StringBuilder script, DescribedCommand command)
    {
        script.Append(CultureInfo.InvariantCulture, $"    local state line\n    typeset -A opt_args\n    _arguments -C{Specs(command)} \\\n        '1: :->command' '*:: :->rest'\n    case $state in\n");
        script.Append("        command)\n            local -a commands=(\n");
        foreach (var sub in command.Subcommands)
        {
            script.Append(CultureInfo.InvariantCulture, $"                {Quoted($"{sub.Name}:{CommandModel.InShort(sub)}")}\n");
        }

        script.Append("            )\n            _describe command commands ;;\n        rest)\n            case $words[1] in\n");
        foreach (var sub in command.Subcommands)
        {
            script.Append(CultureInfo.InvariantCulture, $"                {sub.Name}) {Function($"{command.Path} {sub.Name}")} ;;\n");
        }

        script.Append("            esac ;;\n    esac\n");
    }

    /// <summary>Each on a line of its own.</summary>
    private static string Specs(DescribedCommand command)
    {
        var specs = new StringBuilder();
        foreach (var option in command.Options)
        {
            var more = option.Arity.MaximumNumberOfValues > 1 ? "*" : "";
            var value = CommandModel.NeedsValue(option) ? $":{Escaped(option.HelpName ?? "VALUE")}:{Action(CommandModel.Values(option), option.HelpName)}" : "";
            foreach (var form in CommandModel.Forms(option))
            {
                specs.Append(CultureInfo.InvariantCulture, $" \\\n        {Quoted($"{more}{form}[{Escaped(CommandModel.InShort(option))}]{value}")}");
            }
        }

        foreach (var argument in command.Arguments)
        {
            var place = argument.Arity.MaximumNumberOfValues > 1 ? "*" : "1";
            specs.Append(CultureInfo.InvariantCulture, $" \\\n        {Quoted($"{place}:{argument.Name}:{Action(CommandModel.Values(argument), argument.Name)}")}");
        }

        return specs.ToString();
    }

    private static string Action(IReadOnlyList<string> values, string? name) =>
        values.Count > 0 ? $"({string.Join(' ', values)})" : CommandModel.IsFile(name) ? "_files" : " ";

    private static string Function(string path) => $"_{path.Replace(' ', '_').Replace('-', '_')}";

    private static string Escaped(string text)
    {
        var escaped = new StringBuilder();
        foreach (var c in text)
        {
            escaped.Append(c is '[' or ']' or ':' or '\\' ? $"\\{c}" : c.ToString());
        }

        return escaped.ToString();
    }

    private static string Quoted(string text) => $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
