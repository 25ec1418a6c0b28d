using System.CommandLine;
using System.Globalization;

namespace Norris.Node.Commands;

/// <summary>Options that are whole numbers within bounds.</summary>
internal static class Numbers
{
    public static Option<int> Option(string name, string description, int otherwise, int least, int most) => new(name)
    {
        Description = $"{description} {least} to {most}.",
        HelpName = "N",
        DefaultValueFactory = _ => otherwise,
        CustomParser = result =>
            int.TryParse(ChatOptions.Single(result), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
                ? number
                : ChatOptions.Fail<int>(result, $"{name} {ChatOptions.Single(result)}: write a number from {least} to {most}"),
    };
}
