using System.CommandLine;
using Norris.Node.Session;

namespace Norris.Node.Commands;

/// <summary><c>norris profile</c>: takes who one is to another device.</summary>
internal static class ProfileCommand
{
    private const string Examples =
        """
        Examples:
          norris profile export me.json                here
          norris profile import me.json                on the other device, after the file was brought there

        The file holds your name, the secret token that proves it yours, and how far you have read. Whoever has it can be you: only you can
        read it; carry it where nobody else can, and delete it afterwards. On both devices you are one user; while both are in a room, the
        second one's name gets a suffix.
        """;

    public static Command Create(Surroundings surroundings)
    {
        var to = new Argument<string>("FILE") { Description = "A new file." };
        var export = new Command("export", "Write your name, its proof and how far you have read to a file.") { to };
        export.SetAction(parsed =>
        {
            var file = Path.GetFullPath(parsed.GetRequiredValue(to));
            var trouble = ProfileStore.Export(surroundings.ProfilePath, file);
            surroundings.Tell(trouble ?? $"{file} is you: whoever has it can take your name");
            return trouble is null ? ExitCode.LeftProperly : ExitCode.CouldNot;
        });

        var from = new Argument<string>("FILE") { Description = "A file that export wrote." };
        var import = new Command("import", "Be the user of an exported profile on this device, too.") { from };
        import.SetAction(parsed =>
        {
            var (done, outcome) = ProfileStore.Import(surroundings.ProfilePath, Path.GetFullPath(parsed.GetRequiredValue(from)));
            surroundings.Tell(outcome);
            return done ? ExitCode.LeftProperly : ExitCode.CouldNot;
        });

        var command = new Command("profile", "Take your name to another device.") { export, import };
        foreach (var each in (Command[])[command, export, import])
        {
            CommandLine.ShowExamples(each, Examples);
        }

        return command;
    }
}
