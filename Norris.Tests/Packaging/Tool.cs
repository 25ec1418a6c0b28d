using Norris.Lab.Processes;

namespace Norris.Tests.Packaging;

/// <summary>A program of the system's, for tests that skip where it is not there.</summary>
internal static class Tool
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    /// <summary>Skips the test where one of these is not there.</summary>
    public static void Needs(params string[] names) => Skip.IfNot(names.All(IsThere), $"needs {string.Join(" and ", names)}");

    /// <summary>Gives what it wrote, stdout before stderr.</summary>
    public static async Task<(int Code, string Output)> Run(string name, params string[] arguments)
    {
        var (code, output, errors) = await SystemProgram.Run([name, .. arguments], start => start.Environment["LC_ALL"] = "C.UTF-8").WaitAsync(Patience);
        return (code, output + errors);
    }

    private static bool IsThere(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, name)));
}
