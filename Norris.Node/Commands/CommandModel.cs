using System.CommandLine;
using System.CommandLine.Completions;
using System.CommandLine.Help;

namespace Norris.Node.Commands;

/// <summary>A command as people may see it.</summary>
/// <param name="Path">All that is typed to have it, as in <c>norris profile export</c>.</param>
internal sealed record DescribedCommand(string Path, Command Command)
{
    public string Name => Path[(Path.LastIndexOf(' ') + 1)..];

    public IEnumerable<Command> Subcommands => Command.Subcommands.Where(c => !c.Hidden);

    public IEnumerable<Option> Options => Command.Options.Where(o => !o.Hidden);

    public IEnumerable<Argument> Arguments => Command.Arguments.Where(a => !a.Hidden);

    public string? Examples => Command.Options.OfType<HelpOption>().Select(o => o.Action).OfType<HelpWithExamples>().FirstOrDefault()?.Examples;
}

/// <summary>The commands with their options, for what is made of them: completion and the man page cannot say anything else than the program does.</summary>
internal static class CommandModel
{
    /// <summary>The command and all below it, each before those below it.</summary>
    public static IEnumerable<DescribedCommand> All(Command root, string path = CommandLine.ProgramName) =>
        root.Subcommands.Where(c => !c.Hidden).SelectMany(c => All(c, $"{path} {c.Name}")).Prepend(new DescribedCommand(path, root));

    /// <summary>What can be given; empty: that is for the user to know.</summary>
    public static IReadOnlyList<string> Values(Symbol symbol) => symbol switch
    {
        Option { HelpName: { } choice } when choice.Contains('|') => choice.Split('|'),
        Argument { HelpName: { } choice } when choice.Contains('|') => choice.Split('|'),
        Option option when IsSwitch(option) => [],
        _ => [.. symbol.GetCompletions(CompletionContext.Empty).Select(c => c.Label)],
    };

    /// <summary>Takes no value.</summary>
    public static bool IsSwitch(Option option) => option.ValueType == typeof(bool) || option.Arity.MaximumNumberOfValues == 0;

    public static bool NeedsValue(Option option) => !IsSwitch(option) && option.Arity.MinimumNumberOfValues > 0;

    public static bool IsFile(string? name) => name is "FILE" or "FOLDER";

    /// <summary>How it is written: <c>--name</c>, and <c>-h</c> where there is a short form.</summary>
    public static IEnumerable<string> Forms(Option option) => option.Aliases.Prepend(option.Name).Where(form => form.StartsWith('-') && !form.Contains('?', StringComparison.Ordinal));

    /// <summary>The first sentence, up to a colon, of what is said about it: it has to fit beside a word.</summary>
    public static string InShort(Symbol symbol)
    {
        var text = symbol.Description ?? "";
        return text.Split(". ")[0].Split(": ")[0].TrimEnd('.');
    }
}
