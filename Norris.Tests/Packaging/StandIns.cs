using System.Text.RegularExpressions;
using Norris.Lab.Processes;
using Norris.Tests.Archive;

namespace Norris.Tests.Packaging;

/// <summary>
/// What stands behind the names of the images that ours is made of, from this machine's own files. In the one, a shell for the Dockerfile's
/// lines, and a <c>dotnet publish</c> that gives the program which was published before; in the other, the libraries that this needs.
/// </summary>
internal static partial class StandIns
{
    private static readonly string[] Commands = ["sh", "cp", "ln", "mkdir", "rm"];

    /// <summary>The folder with the native program that these tests are for; null where they are for a managed one.</summary>
    public static string? Published =>
        ChildProcess.ThisProgram is [var program] && Path.IsPathRooted(program) && !File.Exists(Path.ChangeExtension(program, ".dll")) ? Path.GetDirectoryName(program) : null;

    public static async Task<TemporaryFolder> Sdk()
    {
        var folder = Files();
        var programs = Commands.Select(command => $"/bin/{command}").ToList();
        Copy([.. programs, .. await LibrariesOf(programs)], folder);
        foreach (var file in Program())
        {
            Copy(file, folder.File($"program/{Path.GetFileName(file)}"));
        }

        Script(folder.File("bin/apt-get"), "");
        Script(folder.File("bin/dotnet"), """
            set -e
            [ "$1" = publish ] && [ -f "$2/Norris.Node.csproj" ]
            while [ "$1" != -o ]; do shift; done
            cp -r /program "$2"
            """);
        return folder;
    }

    public static async Task<TemporaryFolder> RuntimeDeps()
    {
        var folder = Files();
        var (_, known) = await Tool.Run("ldconfig", "-p");
        List<string> opened = [.. Opened().Matches(known).Select(m => m.Groups["path"].Value)];
        Copy([.. opened, .. await LibrariesOf([.. Program(), .. opened])], folder);
        return folder;
    }

    private static IEnumerable<string> Program() => Directory.GetFiles(Published!, "*.so").Append(Path.Combine(Published!, "norris"));

    private static async Task<IEnumerable<string>> LibrariesOf(IEnumerable<string> files)
    {
        var (_, named) = await Tool.Run("ldd", [.. files]);
        return Linked().Matches(named).Select(m => m.Groups["path"].Value).Distinct();
    }

    private static void Copy(IEnumerable<string> files, TemporaryFolder to)
    {
        foreach (var file in files)
        {
            Copy(file, to.File(file[1..]));
        }
    }

    private static void Copy(string file, string to)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(to)!);
        File.Copy(file, to, overwrite: true);
    }

    private static void Script(string file, string lines)
    {
        File.WriteAllText(file, $"#!/bin/sh\n{lines}\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(file, (UnixFileMode)0b111_101_101);
        }
    }

    private static TemporaryFolder Files()
    {
        var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.File("tmp"));
        return folder;
    }

    /// <summary>What the program opens when it needs it, so that it is not linked with it.</summary>
    [GeneratedRegex(@"=> (?<path>/\S+/lib(ssl|crypto|icudata|icui18n|icuuc)\.so\.\d+)$", RegexOptions.Multiline)]
    private static partial Regex Opened();

    [GeneratedRegex(@"^\s+(\S+ => )?(?<path>/\S+) \(0x", RegexOptions.Multiline)]
    private static partial Regex Linked();
}
