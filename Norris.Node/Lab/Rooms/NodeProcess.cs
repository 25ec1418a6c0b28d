using System.Diagnostics;
using System.Globalization;
using System.Text;
using Norris.Lab.Processes;

namespace Norris.Lab.Rooms;

/// <summary>One node: this very program, in a process of its own with a profile of its own, typed into and read like any script would.</summary>
internal sealed class NodeProcess : IAsyncDisposable
{
    private const int ErrorsKept = 50;
    private readonly Process _process;
    private readonly LastWill _will;
    private readonly Queue<string> _errors = new();
    private readonly string? _log;
    private readonly Action<NodeProcess, NodeLine, long> _line;
    private readonly CancellationTokenSource _quiet = new();
    private readonly Task _reading;
    private readonly TaskCompletionSource _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task? _talking;

    /// <param name="number">Which one of the fleet it is, from 0 on.</param>
    /// <param name="line">Called for every line of the output, with the moment (<see cref="Stopwatch.GetTimestamp"/>) at which it came.</param>
    /// <param name="log">Where all that it writes to standard error is kept; null: nowhere.</param>
    /// <param name="wrapper">A command to run it by, as in <c>ip netns exec x</c>; empty: none.</param>
    public NodeProcess(
        int number,
        string name,
        IReadOnlyList<string> arguments,
        IReadOnlyList<string> wrapper,
        string folder,
        string? log,
        TranscriptChecker.Transcript transcript,
        LastWill will,
        Action<NodeProcess, NodeLine, long> line)
    {
        (Number, Name, _log, Transcript, _will, _line) = (number, name, log, transcript, will, line);
        var utf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        string[] command = [.. wrapper, .. ThisProgram(), .. arguments];
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = utf8,
            StandardOutputEncoding = utf8,
            StandardErrorEncoding = utf8,
        };
        start.Environment["NORRIS_PROFILE"] = Path.Combine(folder, $"{name}.json");
        _process = Process.Start(start)!;
        Id = _process.Id;
        _will.Watch(Id);
        _reading = Task.WhenAll(Task.Run(ReadOutput), Task.Run(ReadErrors));
        _ = Task.Run(WaitForExit);
    }

    public int Number { get; }

    public string Name { get; }

    public int Id { get; }

    public TranscriptChecker.Transcript Transcript { get; }

    /// <summary>Where it listens; empty until its first welcome.</summary>
    public string Address { get; private set; } = "";

    /// <summary>Who hosts, as it says.</summary>
    public string Host { get; private set; } = "";

    public long Epoch { get; private set; }

    public long Seq { get; private set; }

    /// <summary>As in its last <c>connection</c> line; <c>starting</c> before the first.</summary>
    public string Connection { get; private set; } = "starting";

    /// <summary>How often it was welcomed: once, and once more for every time that it had to come back.</summary>
    public int Welcomes { get; private set; }

    public long SaidCount { get; private set; }

    /// <summary>When it showed messages since <see cref="ForgetTimes"/>, by <see cref="Stopwatch.GetTimestamp"/>. Under the fleet's lock.</summary>
    public List<long> SaidAt { get; } = [];

    /// <summary>Stopped or cut off on purpose.</summary>
    public string? Affliction { get; set; }

    public bool HasExited => _exited.Task.IsCompleted;

    /// <summary>It was killed or told to leave. One that ends otherwise has no business to.</summary>
    public bool ToldToGo { get; private set; }

    /// <summary>There, and not stopped or cut off.</summary>
    public bool IsWell => Connection == "connected" && Affliction is null && !ToldToGo && !HasExited;

    public Task WhenExited => _exited.Task;

    public int? ExitCode { get; private set; }

    /// <summary>The last lines of standard error.</summary>
    public string Errors
    {
        get
        {
            lock (_errors)
            {
                return string.Join(Environment.NewLine, _errors);
            }
        }
    }

    /// <summary>Starts typing, unless it has: so many lines a second, until <see cref="Quiet"/> or the end of the process.</summary>
    public void Talk(double perSecond, Func<int, string> text) => _talking ??= Task.Run(() => TalkUntilQuiet(perSecond, text));

    /// <summary>Types no more; completes when what was begun is written.</summary>
    public async Task Quiet()
    {
        await _quiet.CancelAsync();
        await (_talking ?? Task.CompletedTask);
    }

    /// <summary>SIGKILL.</summary>
    public void Kill()
    {
        ToldToGo = true;
        Transcript.End();
        _quiet.Cancel();
        try
        {
            _process.Kill();
        }
        catch (InvalidOperationException)
        {
            // Gone already.
        }
    }

    /// <summary>SIGTERM: leave properly.</summary>
    public void Leave()
    {
        ToldToGo = true;
        Transcript.End();
        _quiet.Cancel();
        if (OperatingSystem.IsWindows())
        {
            _process.StandardInput.Close();
        }
        else
        {
            Signal("TERM");
        }
    }

    /// <summary>Sends a signal by its name without SIG.</summary>
    public void Signal(string name)
    {
        if (HasExited)
        {
            return;
        }

        using var kill = Process.Start("/bin/sh", ["-c", string.Create(CultureInfo.InvariantCulture, $"kill -{name} {Id} 2>/dev/null")]);
        kill.WaitForExit();
    }

    /// <summary>From now on count the times anew. Keeps the last one, so that a silence that is under way is counted from its beginning.</summary>
    public void ForgetTimes()
    {
        if (SaidAt.Count > 1)
        {
            SaidAt.RemoveRange(0, SaidAt.Count - 1);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Kill();
        await _exited.Task;
        await (_talking ?? Task.CompletedTask);
        _process.Dispose();
        _quiet.Dispose();
    }

    /// <summary>The command that runs this program again.</summary>
    public static string[] ThisProgram()
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

    private async Task TalkUntilQuiet(double perSecond, Func<int, string> text)
    {
        var begin = Stopwatch.GetTimestamp();
        var cancel = _quiet.Token;
        try
        {
            for (var i = 0; ; i++)
            {
                // By the beginning, not by the last one: a load that gets slower when the machine is busy hides gaps.
                var due = TimeSpan.FromSeconds(i / perSecond) - Stopwatch.GetElapsedTime(begin);
                if (due > TimeSpan.Zero)
                {
                    await Task.Delay(due, cancel);
                }

                cancel.ThrowIfCancellationRequested();
                var line = text(i);
                Transcript.Say(line);
                await _process.StandardInput.WriteLineAsync(line.AsMemory(), CancellationToken.None);
                await _process.StandardInput.FlushAsync(CancellationToken.None);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or ObjectDisposedException)
        {
            // Told to be quiet, or there is nobody any more who reads.
        }
    }

    private async Task ReadOutput()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } raw)
        {
            var at = Stopwatch.GetTimestamp();
            if (NodeLine.Parse(raw) is not { } line)
            {
                // A process that is killed may leave half a line.
                continue;
            }

            Transcript.Take(line);
            _line(this, line, at);
        }
    }

    /// <summary>Follows what the line says about this node. Under the fleet's lock.</summary>
    public void Follow(NodeLine line, long at)
    {
        Seq = line.Seq ?? Seq;
        Epoch = line.Number("epoch") ?? Epoch;
        switch (line.Event)
        {
            case "welcome":
                Address = line.Text("node") ?? "";
                Host = line.Text("host") ?? "";
                Welcomes++;
                break;
            case "host":
                Host = line.Text("host") ?? "";
                break;
            case "connection":
                Connection = line.Text("state") ?? "";
                break;
            case "said":
                SaidCount++;
                SaidAt.Add(at);
                break;
        }
    }

    private async Task ReadErrors()
    {
        await using var log = _log is null ? StreamWriter.Null : new StreamWriter(_log) { AutoFlush = true };
        while (await _process.StandardError.ReadLineAsync() is { } line)
        {
            await log.WriteLineAsync(line);
            lock (_errors)
            {
                _errors.Enqueue(line);
                if (_errors.Count > ErrorsKept)
                {
                    _errors.Dequeue();
                }
            }
        }
    }

    private async Task WaitForExit()
    {
        await _process.WaitForExitAsync();
        await _reading;
        ExitCode = _process.ExitCode;
        _will.Forget(Id);
        Transcript.End();
        _exited.TrySetResult();
    }
}
