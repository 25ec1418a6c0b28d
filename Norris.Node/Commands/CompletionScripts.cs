using System.CommandLine;
using System.Globalization;
using System.Text;

namespace Norris.Node.Commands;

/// <summary>Completion for bash and fish: both go through the words before the cursor to see which command it is about.</summary>
internal static class CompletionScripts
{
    public static string Bash(IReadOnlyList<DescribedCommand> commands)
    {
        var script = new StringBuilder(
            $$"""
            # bash completion for norris, made by 'norris completion bash'.
            _norris() {
                local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} command=norris words= files= i
                for ((i = 1; i < COMP_CWORD; i++)); do
                    case "$command ${COMP_WORDS[i]}" in
                        {{string.Join('|', commands.Skip(1).Select(c => $"'{c.Path}'"))}}) command="$command ${COMP_WORDS[i]}" ;;
                    esac
                done
                case "$command" in

            """);
        foreach (var command in commands)
        {
            script.Append(CultureInfo.InvariantCulture, $"        '{command.Path}') words='{string.Join(' ', Words(command))}'{(TakesFile(command) ? " files=yes" : "")} ;;\n");
        }

        script.Append(
            """
                esac
                case "$command $before" in

            """);
        var values = commands.SelectMany(command => command.Options.Where(CommandModel.NeedsValue), (Command, Option) => (Command, Option))
            .GroupBy(o => $"words='{string.Join(' ', CommandModel.Values(o.Option))}' files={(CommandModel.IsFile(o.Option.HelpName) ? "yes" : "")}");
        foreach (var group in values)
        {
            var patterns = group.SelectMany(o => CommandModel.Forms(o.Option), (o, form) => $"'{o.Command.Path} {form}'");
            script.Append(CultureInfo.InvariantCulture, $"        {string.Join('|', patterns)}) {group.Key} ;;\n");
        }

        return script.Append(
            """
                esac
                mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
                if [ -n "$files" ] && [ "${word:0:1}" != - ]; then
                    compopt -o filenames 2>/dev/null
                    mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "$word")
                fi
            }
            complete -F _norris norris

            """).ToString();
    }

    public static string Fish(IReadOnlyList<DescribedCommand> commands)
    {
        var script = new StringBuilder(
            $$"""
            # fish completion for norris, made by 'norris completion fish'.
            function __norris_at
                set -l command norris
                for word in (commandline -opc)[2..]
                    contains -- "$command $word" {{string.Join(' ', commands.Skip(1).Select(c => FishQuoted(c.Path)))}}; and set command "$command $word"
                end
                test "$command" = "$argv"
            end
            complete -c norris -f

            """);
        foreach (var command in commands)
        {
            foreach (var sub in command.Subcommands)
            {
                script.Append(CultureInfo.InvariantCulture, $"{At(command)} -a {sub.Name} -d {FishQuoted(CommandModel.InShort(sub))}\n");
            }

            foreach (var argument in command.Arguments)
            {
                var values = CommandModel.Values(argument);
                if (values.Count > 0)
                {
                    script.Append(CultureInfo.InvariantCulture, $"{At(command)} -a {FishQuoted(string.Join(' ', values))}\n");
                }
                else if (TakesFile(command))
                {
                    script.Append(CultureInfo.InvariantCulture, $"{At(command)} -F\n");
                }
            }

            foreach (var option in command.Options)
            {
                var forms = CommandModel.Forms(option).Select(form => form.StartsWith("--", StringComparison.Ordinal) ? $"-l {form[2..]}" : $"-s {form[1..]}");
                script.Append(CultureInfo.InvariantCulture, $"{At(command)} {string.Join(' ', forms)}{FishValue(option)} -d {FishQuoted(CommandModel.InShort(option))}\n");
            }
        }

        return script.ToString();
    }

    /// <summary>What can stand where no option waits for its value.</summary>
    private static IEnumerable<string> Words(DescribedCommand command) =>
        [.. command.Subcommands.Select(c => c.Name), .. command.Arguments.SelectMany(CommandModel.Values), .. command.Options.SelectMany(CommandModel.Forms)];

    private static bool TakesFile(DescribedCommand command) => command.Arguments.Any(a => CommandModel.IsFile(a.Name));

    private static string At(DescribedCommand command) => $"complete -c norris -n '__norris_at {command.Path}'";

    private static string FishValue(Option option) =>
        !CommandModel.NeedsValue(option) ? ""
        : CommandModel.Values(option) is { Count: > 0 } values ? $" -x -a {FishQuoted(string.Join(' ', values))}"
        : CommandModel.IsFile(option.HelpName) ? " -r -F"
        : " -x";

    private static string FishQuoted(string text) => $"'{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal)}'";
}
