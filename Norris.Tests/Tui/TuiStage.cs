using System.Runtime.InteropServices;
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

        // For what has to happen without a key being pressed.
        using var later = OperatingSystem.IsWindows() ? null : PosixSignalRegistration.Create(PosixSignal.SIGCONT, _ =>
        {
            for (var i = 1; i <= 30; i++)
            {
                session.Hear("bob", $"later {i}");
            }
        });
        var code = await TuiScreen.Run(session, CancellationToken.None);
        Console.WriteLine($"stage: code {code}, left {session.HasLeft}");
        return code;
    }

    private static bool IsDriverLoaded() =>
        AppDomain.CurrentDomain.GetAssemblies().Any(assembly => assembly.GetName().Name == "Terminal.Gui");
}
