using Norris.Lab.Processes;

namespace Norris.Tests.Packaging;

/// <summary>A program of the system's, for tests that skip where it is not there.</summary>
internal static class Tool
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    /// <summary>Skips the test where one of these is not there.</summary>
    public static void Needs(params string[] names) => Skip.IfNot(names.All(IsThere), $"needs {string.Join(" and ", names)}");

    /// <summary>How these tests were built, so that what they need of the same is there.</summary>
    public static string Configuration { get; } = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;

    /// <summary>Runs the SDK in a folder, which has to succeed; gives what it wrote on stdout.</summary>
    public static async Task<string> Dotnet(string folder, params string[] arguments)
    {
        var (code, output, errors) = await SystemProgram.Run(["dotnet", .. arguments], start =>
        {
            start.WorkingDirectory = folder;
            start.Environment["DOTNET_CLI_UI_LANGUAGE"] = "en";
            start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        }).WaitAsync(Patience);
        Assert.True(code == 0, $"dotnet {arguments[0]}: {output}{errors}");
        return output;
    }

    /// <summary>Gives what it wrote, stdout before stderr.</summary>
    public static async Task<(int Code, string Output)> Run(string name, params string[] arguments)
    {
        var (code, output, errors) = await SystemProgram.Run([name, .. arguments], start => start.Environment["LC_ALL"] = "C.UTF-8").WaitAsync(Patience);
        return (code, output + errors);
    }

    private static bool IsThere(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, name)));
}
