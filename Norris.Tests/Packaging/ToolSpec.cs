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

    [SkippableFact]
    public async Task The_tool_is_installed_from_a_folder_or_run_at_once_as_the_README_says_and_has_nothing_for_phones()
    {
        Tool.Needs("sh");
        var packages = await Pack();
        using (var package = ZipFile.OpenRead(Path.Combine(packages, $"Norris.Tool.any.{Version}.nupkg")))
        {
            var systems = package.Entries.Select(entry => Native().Match(entry.FullName)).Where(m => m.Success).Select(m => m.Groups["system"].Value).ToHashSet();
            Assert.Superset(new HashSet<string> { "linux-arm64", "linux-musl-x64", "osx-arm64", "win-x64" }, systems);
            Assert.DoesNotContain(systems, system => Phones().IsMatch(system));
        }

        // Nothing of this machine's own: neither the packages that it has, nor the tools.
        var account = $"export DOTNET_CLI_HOME='{_folder.Path}' NUGET_PACKAGES='{_folder.File("restored")}' DOTNET_ADD_GLOBAL_TOOLS_TO_PATH=false DOTNET_NOLOGO=1;";
        await Succeeds("sh", "-c", $"{account} {ReadmeSays("dotnet tool install", packages)}");
        var norris = _folder.File(".dotnet/tools/norris");
        Assert.StartsWith(Version, await Succeeds(norris, "--version"), StringComparison.Ordinal);
        Assert.Contains("no archive at", (await SystemProgram.Run([norris, "history", "--archive", $"sqlite:{_folder.File("none.db")}"])).Errors, StringComparison.Ordinal);

        var atOnce = $"{account} {ReadmeSays("dotnet tool exec", packages)}";
        Assert.EndsWith(" -- host", atOnce, StringComparison.Ordinal);
        await Chat.Works(norris, atOnce[..^"host".Length]);
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

    private static string ReadmeSays(string begin, string folder)
    {
        var said = Regex.Match(File.ReadAllText(Path.Combine(DocsSpec.Root, "README.md")), $"`(?<line>{begin} [^`]+)`");
        return said.Groups["line"].Value.Replace("FOLDER", $"'{folder}'", StringComparison.Ordinal);
    }

    private static async Task<string> Succeeds(params string[] line)
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
