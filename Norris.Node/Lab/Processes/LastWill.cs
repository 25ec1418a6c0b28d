using System.Diagnostics;
using System.Globalization;

namespace Norris.Lab.Processes;

/// <summary>
/// Sees to it that nothing outlives this process, however it ends: a small shell waits for the end of its input and then kills what is on its
/// list and runs the commands that it was left. Without a shell (Windows) the children end by themselves when their input ends.
/// </summary>
internal sealed class LastWill : IDisposable
{
    // Signals from the terminal go to everybody; this one has to stay to the end.
    private const string Script =
        """
        trap '' INT TERM HUP
        pids=' '
        commands=:
        while read -r what rest; do
          case $what in
            +) pids="$pids$rest " ;;
            -) pids="${pids%% "$rest" *} ${pids#* "$rest" }" ;;
            !) commands="$rest; $commands" ;;
          esac
        done
        [ "$pids" = ' ' ] || kill -KILL $pids
        eval "$commands"
        """;

    private readonly Lock _gate = new();
    private readonly Process? _shell;

    public LastWill()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        _shell = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", Script])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        });
    }

    public void Watch(int process) => Write(string.Create(CultureInfo.InvariantCulture, $"+ {process}"));

    /// <summary>The process is gone, and its number may soon be another's.</summary>
    public void Forget(int process) => Write(string.Create(CultureInfo.InvariantCulture, $"- {process}"));

    /// <summary>To be run in the end, the last one first.</summary>
    public void Finally(string command) => Write($"! {command}");

    public void Dispose()
    {
        if (_shell is null)
        {
            return;
        }

        lock (_gate)
        {
            try
            {
                _shell.StandardInput.Close();
            }
            catch (IOException)
            {
                // It was killed; there is no more that could be done.
            }
        }

        _shell.WaitForExit();
        _shell.Dispose();
    }

    private void Write(string line)
    {
        if (_shell is null)
        {
            return;
        }

        lock (_gate)
        {
            try
            {
                _shell.StandardInput.WriteLine(line);
                _shell.StandardInput.Flush();
            }
            catch (Exception e) when (e is IOException or ObjectDisposedException)
            {
                // As above.
            }
        }
    }
}
