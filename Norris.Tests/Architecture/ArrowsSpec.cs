using ArchUnitNET.Domain;
using ArchUnitNET.Loader;
using Norris.Actors;
using Norris.Core.Protocol;
using Norris.Lab;

namespace Norris.Tests.Architecture;

/// <summary>
/// Who may know whom, read from the compiled assemblies. A floor is a namespace; Norris.Core is one, since its two know each other. What the compiler
/// puts in place of a name (a constant's value) is no arrow.
/// </summary>
public sealed class ArrowsSpec
{
    private const int LongestFile = 400;
    private const string Akka = "Akka";
    private const string Console = "the console";

    /// <summary>All arrows that are to stay. They run one way.</summary>
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Core"] = [],
        ["Actors.Scheduling"] = [Akka],
        ["Actors.Devices"] = ["Core"],
        ["Actors.Transport"] = ["Actors.Devices", "Core", Akka],
        ["Actors.History"] = ["Core", Akka],
        ["Actors.Membership"] = ["Actors.Devices", "Actors.Transport", "Core", Akka],
        ["Actors.Wire"] = ["Actors.History", "Actors.Membership", "Core", Akka],
        ["Actors"] = ["Actors.Devices", "Actors.History", "Actors.Membership", "Actors.Transport", "Actors.Wire", "Core", Akka],
        ["Node.Session"] = ["Actors", "Actors.Devices", "Actors.History", "Actors.Transport", "Core", Akka, Console],
        ["Node.Discovery"] = ["Node.Session", "Core"],
        ["Node.Archive"] = ["Node.Session", "Actors", "Actors.History", "Core"],
        ["Node.Screens"] = ["Node.Archive", "Node.Session", "Actors", "Core", Console],
        ["Node.Tui"] = ["Node.Archive", "Node.Session", "Core", Console],
        ["Node.Web"] = ["Node.Archive", "Node.Session", "Actors", "Core"],
        ["Lab"] = [],
        ["Lab.Processes"] = ["Lab"],
        ["Lab.Rooms"] = ["Lab", "Lab.Processes"],
        ["Lab.Chaos"] = ["Lab", "Lab.Processes", "Lab.Rooms"],
        ["Lab.Demo"] = ["Lab.Processes", "Lab.Rooms", Console],
        ["Lab.Teach"] = ["Lab.Processes", "Lab.Rooms"],
        ["Lab.Bench"] = ["Lab", "Lab.Processes", "Actors", "Core"],
        ["Node.Teach"] = ["Lab.Teach", "Node.Session", "Node.Web"],
        ["Node.Commands"] = ["Lab", "Lab.Bench", "Lab.Chaos", "Lab.Demo", "Lab.Processes", "Lab.Rooms", "Lab.Teach", "Node.Archive", "Node.Discovery", "Node.Screens", "Node.Session", "Node.Teach", "Node.Tui", "Node.Web", "Actors.Devices", "Core", Console],
    };

    /// <summary>Arrows that are still to be broken up: those that close a circle with one above, and those from screen to screen.</summary>
    private static readonly Dictionary<string, string[]> ToBeBrokenUp = new()
    {
        ["Actors.History"] = ["Actors", "Actors.Wire"],
        ["Actors.Membership"] = ["Actors", "Actors.Wire"],
        ["Node.Session"] = ["Node.Archive"],
        ["Node.Tui"] = ["Node.Screens"],
        ["Node.Web"] = ["Node.Screens"],
    };

    /// <summary>Where only some of a floor may touch the console.</summary>
    private static readonly Dictionary<string, string> AtTheConsole = new() { ["Node.Session"] = "StderrLogger", ["Lab.Demo"] = "DemoScreen" };

    private static readonly Lazy<IReadOnlyList<Arrow>> Compiled = new(Load);

    [Fact]
    public void Nobody_knows_whom_the_table_does_not_name()
    {
        var allowed = Drawn(Allowed).Concat(Drawn(ToBeBrokenUp)).ToHashSet();

        Assert.Empty(Compiled.Value.Where(arrow => !allowed.Contains((arrow.From, arrow.To))).Select(arrow => $"{arrow.Who} must not know {arrow.Whom}"));
    }

    [Fact]
    public void The_table_names_nobody_whom_nobody_knows()
    {
        var there = Compiled.Value.Select(arrow => (arrow.From, arrow.To)).ToHashSet();

        Assert.DoesNotContain(Drawn(Allowed).Concat(Drawn(ToBeBrokenUp)), arrow => !there.Contains(arrow));
    }

    [Fact]
    public void All_arrows_but_those_to_be_broken_up_run_one_way()
    {
        var above = Drawn(Allowed).ToList();
        while (above.RemoveAll(arrow => above.TrueForAll(other => other.From != arrow.To)) > 0)
        {
            // What is left has somebody below who knows somebody.
        }

        Assert.Empty(above);
        Assert.Empty(Drawn(Allowed).Intersect(Drawn(ToBeBrokenUp)));
    }

    [Fact]
    public void Of_the_session_and_the_demo_only_one_each_touches_the_console() =>
        Assert.All(AtTheConsole, pair => Assert.Equal([pair.Value], Compiled.Value.Where(arrow => arrow.From == pair.Key && arrow.To == Console).Select(arrow => arrow.Who.Split('.')[^1])));

    [Fact]
    public void A_file_has_at_most_four_hundred_lines()
    {
        var all = new[] { "Norris.Actors", "Norris.Node", "Norris.Tests" }
            .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(DocsSpec.Root, folder), "*.cs", SearchOption.AllDirectories))
            .Where(file => !file.Split(Path.DirectorySeparatorChar).Any(part => part is "obj" or "bin"))
            .ToList();
        Assert.True(all.Count > 50, "the sources were found");
        Assert.DoesNotContain(all, file => File.ReadLines(file).Count() > LongestFile);
    }

    private static IReadOnlyList<Arrow> Load() =>
    [
        .. from type in new ArchLoader().LoadAssemblies(typeof(Limits).Assembly, typeof(NorrisRoom).Assembly, typeof(LabException).Assembly, typeof(Norris.Node.Commands.CommandLine).Assembly).Build().Types
           where FloorOf(type) is not (null or Akka or Console)
           from known in type.Dependencies.Select(d => d.Target).Where(t => t is not GenericParameter).DistinctBy(t => t.FullName)
           where FloorOf(known) is { } to && to != FloorOf(type)
           select new Arrow(FloorOf(type)!, FloorOf(known)!, type.FullName, known.FullName),
    ];

    /// <summary>Null for the base library and for packages that anybody may know.</summary>
    private static string? FloorOf(IType type) => type.Namespace?.FullName is not { } name ? null
        : type.FullName == "System.Console" ? Console
        : name == Akka || name.StartsWith("Akka.", StringComparison.Ordinal) ? Akka
        : name.StartsWith("Norris.Core.", StringComparison.Ordinal) ? "Core"
        : name.StartsWith("Norris.", StringComparison.Ordinal) ? name["Norris.".Length..].Replace(".Proto", "", StringComparison.Ordinal)
        : null;

    private static IEnumerable<(string From, string To)> Drawn(Dictionary<string, string[]> arrows) => arrows.SelectMany(floor => floor.Value.Select(to => (floor.Key, to)));

    private sealed record Arrow(string From, string To, string Who, string Whom);
}
