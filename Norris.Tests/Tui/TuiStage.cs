using Norris.Node.Tui;

namespace Norris.Tests.Tui;

/// <summary>A program of its own: the real screen over a <see cref="FakeChatSession"/>, for tests that drive it from outside.</summary>
internal static class TuiStage
{
    public const string Argument = "tui-stage";

    public static async Task<int> Run()
    {
        if (!TuiTerminal.CanRun(out var why))
        {
            Console.WriteLine($"no full screen: {why}; Terminal.Gui loaded: {IsDriverLoaded()}");
            return 3;
        }

        var session = new FakeChatSession();
        var code = await TuiScreen.Run(session, CancellationToken.None);
        Console.WriteLine($"stage: code {code}, left {session.HasLeft}");
        return code;
    }

    private static bool IsDriverLoaded() =>
        AppDomain.CurrentDomain.GetAssemblies().Any(assembly => assembly.GetName().Name == "Terminal.Gui");
}
