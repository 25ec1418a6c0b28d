using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Norris.Lab.Processes;

/// <summary>
/// A process that is typed into and read line by line, as a script would do it: most often this program once more. Disposed, it is gone,
/// whatever state it is in; so it is when this process dies.
/// </summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Queue<string> _errors = new();
    private readonly int _errorsKept;
    private readonly Task<int> _ended;

    /// <param name="command">A program and its arguments.</param>
    /// <param name="profile">The file of its user; null: that of this process.</param>
    /// <param name="line">Called for every line of the output, with the moment (<see cref="Stopwatch.GetTimestamp"/>) at which it came.</param>
    /// <param name="errorsKept">How many of the last lines of standard error are kept.</param>
    /// <param name="log">Where all that it writes to standard error is kept; null: nowhere.</param>
    public ChildProcess(IReadOnlyList<string> command, string? profile, LastWill will, Action<string, long> line, int errorsKept, string? log = null)
    {
        _errorsKept = errorsKept;
        var utf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        var start = new ProcessStartInfo(command[0], command.Skip(1))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = utf8,
            StandardOutputEncoding = utf8,
            StandardErrorEncoding = utf8,
        };
        if (profile is not null)
        {
            start.Environment["NORRIS_PROFILE"] = profile;
        }

        StartedAt = Stopwatch.GetTimestamp();
        _process = Process.Start(start)!;
        Id = _process.Id;
        will.Watch(Id);
        var reading = Task.WhenAll(Task.Run(() => ReadOutput(line)), Task.Run(() => ReadErrors(log)));
        _ended = Task.Run(() => End(will));
        WhenExited = ReadToTheEnd(reading);
    }

    /// <summary>The command that runs this program again; in the tests, the one built with them or that of <c>NORRIS_PROGRAM</c>.</summary>
    public static IReadOnlyList<string> ThisProgram { get; } = FindProgram();

    public int Id { get; }

    /// <summary>Just before it was started, by <see cref="Stopwatch.GetTimestamp"/>.</summary>
    public long StartedAt { get; }

    public bool HasExited => _ended.IsCompleted;

    /// <summary>Null while it runs.</summary>
    public int? ExitCode => HasExited ? _ended.Result : null;

    /// <summary>The exit code, once the process has ended and all that it wrote has been read.</summary>
    public Task<int> WhenExited { get; }

    /// <summary>The last lines of standard error.</summary>
    public IReadOnlyList<string> Errors
    {
        get
        {
            lock (_errors)
            {
                return [.. _errors];
            }
        }
    }

    /// <summary>User and system time of all its threads so far.</summary>
    public TimeSpan Cpu => Now().TotalProcessorTime;

    /// <summary>Its resident memory, in bytes.</summary>
    public long Memory => Now().WorkingSet64;

    /// <summary>The most resident memory that it has had so far, in bytes.</summary>
    public long PeakMemory => Now().PeakWorkingSet64;

    /// <summary>Writes to standard input. False: it reads no more, which is no error here; what it says about that, or its end, is what counts.</summary>
    public async Task<bool> Type(string text)
    {
        try
        {
            await _process.StandardInput.WriteAsync(text);
            await _process.StandardInput.FlushAsync();
            return true;
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            return false;
        }
    }

    public void EndInput() => _process.StandardInput.Close();

    /// <summary>SIGKILL.</summary>
    public void Kill()
    {
        try
        {
            _process.Kill();
        }
        catch (InvalidOperationException)
        {
            // Gone already.
        }
    }

    /// <summary>Sends a signal by its name without SIG, as in <c>TERM</c>, <c>STOP</c>, <c>CONT</c>, <c>INT</c>. Nothing happens where it has ended.</summary>
    public void Signal(string name)
    {
        if (!HasExited)
        {
            Signal(Id, name);
        }
    }

    public static void Signal(int process, string name)
    {
        using var kill = Process.Start("/bin/sh", ["-c", string.Create(CultureInfo.InvariantCulture, $"kill -{name} {process} 2>/dev/null")]);
        kill.WaitForExit();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        await _ended;
        _process.Dispose();
    }

    private static IReadOnlyList<string> FindProgram()
    {
        if (Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "norris")
        {
            return [path];
        }

        // Run by 'dotnet norris.dll', or by the tests, which may be for a program built elsewhere.
        if (Environment.GetEnvironmentVariable("NORRIS_PROGRAM") is { Length: > 0 } other)
        {
            return [other];
        }

        var beside = Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "norris.exe" : "norris");
        return File.Exists(beside) ? [beside] : ["dotnet", Path.Combine(AppContext.BaseDirectory, "norris.dll")];
    }

    private Process Now()
    {
        _process.Refresh();
        return _process;
    }

    private async Task ReadOutput(Action<string, long> line)
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } raw)
        {
            line(raw, Stopwatch.GetTimestamp());
        }
    }

    private async Task ReadErrors(string? file)
    {
        await using var log = file is null ? StreamWriter.Null : new StreamWriter(file) { AutoFlush = true };
        while (await _process.StandardError.ReadLineAsync() is { } line)
        {
            await log.WriteLineAsync(line);
            lock (_errors)
            {
                _errors.Enqueue(line);
                if (_errors.Count > _errorsKept)
                {
                    _errors.Dequeue();
                }
            }
        }
    }

    private async Task<int> End(LastWill will)
    {
        await _process.WaitForExitAsync();
        will.Forget(Id);
        return _process.ExitCode;
    }

    private async Task<int> ReadToTheEnd(Task reading)
    {
        var code = await _ended;
        await reading;
        return code;
    }
}
