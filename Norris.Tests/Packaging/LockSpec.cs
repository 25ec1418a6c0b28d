using Norris.Tests.Architecture;

namespace Norris.Tests.Packaging;

/// <summary>What is restored is written down beside each project, and not where it comes from.</summary>
public sealed class LockSpec
{
    [Fact]
    public void Each_project_has_a_lock_file_that_names_no_source()
    {
        var projects = Directory.EnumerateFiles(DocsSpec.Root, "*.csproj", SearchOption.AllDirectories)
            .Where(file => !Path.GetRelativePath(DocsSpec.Root, file).Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj"))
            .ToList();
        Assert.True(projects.Count >= 6, "projects were found");

        Assert.All(projects, project => Assert.DoesNotContain("://", File.ReadAllText(Path.Combine(Path.GetDirectoryName(project)!, "packages.lock.json")), StringComparison.Ordinal));
    }
}
