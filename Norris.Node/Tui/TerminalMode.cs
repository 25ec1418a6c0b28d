using System.Runtime.InteropServices;

namespace Norris.Node.Tui;

/// <summary>
/// The terminal's mode across a stop of the process. When a process goes on after SIGSTOP, .NET sets the terminal to the mode that it
/// knows, and that is not the one of a screen: keys would wait for a line to end.
/// </summary>
internal static class TerminalMode
{
    private const int Terminal = 0;
    private const int Now = 0;

    /// <summary>More than a termios has on any system; nothing in it is looked at.</summary>
    private const int TermiosBytes = 256;

    /// <summary>Keeps the mode that the terminal has now, until disposed. Null where there is nothing to be done.</summary>
    public static IDisposable? KeepAcrossStops(Action continued)
    {
        if (OperatingSystem.IsWindows())
        {
            return null;
        }

        var mode = new byte[TermiosBytes];
        return tcgetattr(Terminal, mode) != 0 ? null : PosixSignalRegistration.Create(PosixSignal.SIGCONT, context =>
        {
            context.Cancel = true;
            _ = tcsetattr(Terminal, Now, mode); // A mode that cannot be set leaves a screen without keys, and nothing more to try.
            continued();
        });
    }

    [DllImport("libc"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int tcgetattr(int descriptor, [Out] byte[] mode);

    [DllImport("libc"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int tcsetattr(int descriptor, int when, byte[] mode);
}
