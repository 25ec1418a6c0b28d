namespace Norris.Tests;

/// <summary>The tests' assembly is a program too: some tests need a process of their own, with things in it that only tests have.</summary>
internal static class Program
{
    private static async Task<int> Main(string[] args)
    {
        switch (args)
        {
            case [Tui.TuiStage.Argument]:
                return await Tui.TuiStage.Run();
            default:
                await Console.Error.WriteLineAsync("this is for the tests themselves: run 'dotnet test'");
                return 2;
        }
    }
}
