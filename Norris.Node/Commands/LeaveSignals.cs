using System.Runtime.InteropServices;

namespace Norris.Node.Commands;

/// <summary>
/// SIGINT, SIGTERM and SIGHUP ask to leave properly. Whoever asks twice with SIGINT wants out at once: the process ends with exit code 1.
/// </summary>
internal sealed class LeaveSignals : IDisposable
{
    private readonly CancellationTokenSource _leave = new(); // never disposed: a signal may come while this object goes
    private readonly List<PosixSignalRegistration> _registrations = [];

    public LeaveSignals()
    {
        foreach (var signal in (PosixSignal[])[PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP])
        {
            _registrations.Add(PosixSignalRegistration.Create(signal, OnSignal));
        }
    }

    public CancellationToken Leave => _leave.Token;

    public void Dispose()
    {
        foreach (var registration in _registrations)
        {
            registration.Dispose();
        }
    }

    private void OnSignal(PosixSignalContext context)
    {
        context.Cancel = true;
        if (context.Signal == PosixSignal.SIGINT && _leave.IsCancellationRequested)
        {
            Environment.Exit(ExitCode.CouldNot);
        }

        _leave.Cancel();
    }
}
