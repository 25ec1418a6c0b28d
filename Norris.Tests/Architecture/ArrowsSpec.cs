using System.Text.RegularExpressions;

namespace Norris.Tests.Architecture;

/// <summary>Who may know whom inside a project. The compiler cannot forbid it, so this reads the sources; the core is pure by its project and its BannedSymbols.txt.</summary>
public sealed partial class ArrowsSpec
{
    private const int LongestFile = 400;
    private static readonly string Root = FindRoot();

    [Fact]
    public void Only_screens_commands_and_the_program_itself_touch_the_console()
    {
        string[] allowed = ["Norris.Node/Screens/", "Norris.Node/Tui/", "Norris.Node/Commands/", "Norris.Node/Lab/Demo/DemoScreen.cs", "Norris.Node/Program.cs", "Norris.Node/Session/StderrLogger.cs"];
        foreach (var file in SourcesIn("Norris.Actors").Concat(SourcesIn("Norris.Node")).Where(f => !allowed.Any(f.Path.StartsWith)))
        {
            Forbid(file, TheConsole());
        }
    }

    [Theory]
    [InlineData("Tui", "Web")]
    [InlineData("Web", "Tui")]
    [InlineData("Screens", "Web")]
    public void Screens_know_neither_each_other_nor_an_actor(string screen, string other)
    {
        foreach (var file in SourcesIn($"Norris.Node/{screen}"))
        {
            Forbid(file, new Regex($@"\bNorris\.Node\.{other}\b"));
            Forbid(file, AnActor());
        }
    }

    [Fact]
    public void The_library_does_not_know_the_program()
    {
        foreach (var file in SourcesIn("Norris.Actors"))
        {
            Forbid(file, TheProgram());
        }
    }

    [Fact]
    public void A_file_has_at_most_four_hundred_lines()
    {
        var all = new[] { "Norris.Actors", "Norris.Node", "Norris.Tests" }.SelectMany(SourcesIn).ToList();
        Assert.True(all.Count > 50, "the sources were found");
        Assert.Empty(all.Where(f => f.Text.AsSpan().Count('\n') > LongestFile).Select(f => f.Path));
    }

    [Fact]
    public void The_rule_about_the_console_finds_the_console_and_not_a_namesake()
    {
        Assert.Matches(TheConsole(), "Console.WriteLine(1)");
        Assert.Matches(TheConsole(), "System.Console.Error");
        Assert.DoesNotMatch(TheConsole(), "using Spectre.Console;");
    }

    private static void Forbid(Source file, Regex what) =>
        Assert.True(!what.IsMatch(file.Text), $"{file.Path} must not know '{what.Match(file.Text).Value}'.");

    private static IEnumerable<Source> SourcesIn(string folder)
    {
        var path = Path.Combine(Root, folder);
        return !Directory.Exists(path)
            ? []
            : Directory.EnumerateFiles(path, "*.cs", SearchOption.AllDirectories)
                .Select(f => Path.GetRelativePath(Root, f).Replace('\\', '/'))
                .Where(f => !f.Contains("/obj/", StringComparison.Ordinal) && !f.Contains("/bin/", StringComparison.Ordinal))
                .Select(f => new Source(f, Comments().Replace(File.ReadAllText(Path.Combine(Root, f)), "")));
    }

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Norris.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException("The sources are not above the tests: no Norris.sln.");
    }

    [GeneratedRegex(@"(?<=^\s*)//[^\n]*", RegexOptions.Multiline)]
    private static partial Regex Comments();

    [GeneratedRegex(@"(?<![\w.])(System\.)?Console\.")]
    private static partial Regex TheConsole();

    [GeneratedRegex(@"\b(I?ActorRef\w*|ActorSystem|Akka)\b")]
    private static partial Regex AnActor();

    [GeneratedRegex(@"\bNorris\.(Node|Tests)\b")]
    private static partial Regex TheProgram();

    private sealed record Source(string Path, string Text);
}
