using System.Runtime.InteropServices;
using Norris.Node.Archive;
using Norris.Node.Screens;
using Norris.Node.Session;

namespace Norris.Node.Tui;

/// <summary>
/// The full screen of a session: drives <see cref="TuiModel"/>, performs what it wants, and gives the terminal back on every way out.
/// </summary>
public static class TuiScreen
{
    /// <summary>How long a goodbye may take before the terminal is given back without it.</summary>
    private static readonly TimeSpan LeavePatience = TimeSpan.FromSeconds(15);

    /// <summary>
    /// Runs until the user has left or the session is over. Cancelling asks to leave properly; so do SIGINT, SIGTERM, SIGHUP and SIGQUIT.
    /// Gives the exit code: 0 left properly, 1 otherwise (stderr then says why).
    /// </summary>
    public static async Task<int> Run(IChatSession session, CancellationToken cancel, IRoomHistory? history = null, NoticeTaste? taste = null)
    {
        ArgumentNullException.ThrowIfNull(session);

        // A thread of its own: the loop blocks, and whoever called must not.
        var failure = await Task.Factory.StartNew(
            () => RunLoop(session, history, taste, cancel), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        if (failure is null)
        {
            return 0;
        }

        await Console.Error.WriteLineAsync(failure);
        return 1;
    }

    private static string? RunLoop(IChatSession session, IRoomHistory? history, NoticeTaste? taste, CancellationToken cancel)
    {
        using var console = new HeldConsole();
        var loop = new TuiLoop(session, TimeProvider.System, LeavePatience, history, taste);
        using var asked = cancel.Register(loop.AskToLeave);
        using var interrupt = OnSignal(PosixSignal.SIGINT, loop);
        using var terminate = OnSignal(PosixSignal.SIGTERM, loop);
        using var hangUp = OnSignal(PosixSignal.SIGHUP, loop);
        using var quit = OnSignal(PosixSignal.SIGQUIT, loop);
        TuiDriver.Run(loop);
        return loop.Failure;
    }

    private static PosixSignalRegistration OnSignal(PosixSignal signal, TuiLoop loop) => PosixSignalRegistration.Create(signal, context =>
    {
        context.Cancel = true;
        loop.AskToLeave();
    });
}
