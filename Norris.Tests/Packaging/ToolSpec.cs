using System.IO.Compression;
using System.Text.RegularExpressions;
using Norris.Lab.Processes;
using Norris.Tests.Architecture;
using Norris.Tests.Archive;

namespace Norris.Tests.Packaging;

/// <summary>The tool of dotnet, as it is where no native code is for it: installed from a folder, or run without that.</summary>
public sealed partial class ToolSpec : IDisposable
{
    /// <summary>As a release's is, not one of those before it, which nobody gets who does not ask for them. No package of this version is anywhere else.</summary>
    private const string Version = "0.1.65000";

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task The_tool_is_installed_from_a_folder_or_run_at_once_and_has_nothing_for_phones()
    {
        var packages = await Pack();
        using (var package = ZipFile.OpenRead(Path.Combine(packages, $"Norris.Tool.any.{Version}.nupkg")))
        {
            var systems = package.Entries.Select(entry => Native().Match(entry.FullName)).Where(m => m.Success).Select(m => m.Groups["system"].Value).ToHashSet();
            Assert.Superset(new HashSet<string> { "linux-arm64", "linux-musl-x64", "osx-arm64", "win-x64" }, systems);
            Assert.DoesNotContain(systems, system => Phones().IsMatch(system));
        }

        // Nothing of this machine's own: neither the packages that it has, nor where it finds others.
        await File.WriteAllTextAsync(_folder.File("nuget.config"), $"""
            <configuration>
              <config><add key="globalPackagesFolder" value="{_folder.File("restored")}" /></config>
              <packageSources><clear /></packageSources>
            </configuration>
            """);

        // As the README has it, but for the place and the question.
        await Tool.Dotnet(_folder.Path, "tool", "install", "Norris.Tool", "--source", packages, "--tool-path", _folder.File("tools"));
        Assert.StartsWith(Version, await Norris(_folder.File("tools/norris"), "--version"), StringComparison.Ordinal);
        Assert.Contains("no archive at", (await SystemProgram.Run([_folder.File("tools/norris"), "history", "--archive", $"sqlite:{_folder.File("none.db")}"])).Errors, StringComparison.Ordinal);

        var page = await Tool.Dotnet(_folder.Path, "tool", "exec", "Norris.Tool", "--source", packages, "--yes", "--", "man");
        Assert.Contains($".TH NORRIS 1 \"\" \"norris {Version}\"", page, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Delete();

    /// <summary>The package that names the others, and the managed one; in a release there is a native one, too.</summary>
    private async Task<string> Pack()
    {
        var packages = _folder.File("packages");
        string[] common = ["pack", "Norris.Node", "-c", Tool.Configuration, "-o", packages, $"-p:MinVerVersionOverride={Version}"];
        await Tool.Dotnet(DocsSpec.Root, [.. common, "--no-build", "-p:RuntimeIdentifiers=any"]);
        // What it is made of is built already, and in use by other tests.
        await Tool.Dotnet(DocsSpec.Root, [.. common, "--no-restore", "-r", "any", "-p:PublishAot=false", "-p:BuildProjectReferences=false"]);
        return packages;
    }

    private static async Task<string> Norris(params string[] line)
    {
        var (code, output, errors) = await SystemProgram.Run(line);
        Assert.True(code == 0, $"{string.Join(' ', line)}: {output}{errors}");
        return output;
    }

    [GeneratedRegex("/runtimes/(?<system>[^/]+)/native/")]
    private static partial Regex Native();

    [GeneratedRegex("android|browser|ios|bionic|catalyst|tvos")]
    private static partial Regex Phones();
}
