using System.Diagnostics;

namespace Norris.Lab.Processes;

/// <summary>A program of the system's, run to its end.</summary>
internal static class SystemProgram
{
    /// <param name="with">What else there is to say of how it is started.</param>
    public static async Task<(int Code, string Output, string Errors)> Run(IReadOnlyList<string> command, Action<ProcessStartInfo>? with = null)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1)) { RedirectStandardOutput = true, RedirectStandardError = true };
        with?.Invoke(start);
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync().ConfigureAwait(false);
        return (process.ExitCode, await output.ConfigureAwait(false), await errors.ConfigureAwait(false));
    }
}
