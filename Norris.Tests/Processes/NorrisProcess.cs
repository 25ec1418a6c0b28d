using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Norris.Lab.Rooms;

namespace Norris.Tests.Processes;

/// <summary>A line of a process's standard output, and what it means where it is JSON.</summary>
internal sealed record OutputLine(string Raw, JsonElement Json)
{
    public string? Event => Text("event");

    /// <summary>Null for what is about the node alone.</summary>
    public long? Seq => Json.ValueKind == JsonValueKind.Object && Json.TryGetProperty("seq", out var seq) ? seq.GetInt64() : null;

    public string? Text(string property) =>
        Json.ValueKind == JsonValueKind.Object && Json.TryGetProperty(property, out var value) ? value.GetString() : null;
}

/// <summary>
/// The real program, as it was built with the tests or that of <c>NORRIS_PROGRAM</c>, in a process of its own with a profile of its own. Its output is collected as it comes.
/// Disposed, it is killed, whatever state it is in.
/// </summary>
internal sealed class NorrisProcess : IAsyncDisposable
{
    /// <summary>For what is not about time. Generous, for machines that are busy with other things.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private const int ShownOnFailure = 40;
    private static readonly ConcurrentDictionary<NorrisProcess, byte> Running = new();

    private readonly Process _process;
    private readonly string _called;
    private readonly string _folder;
    private readonly Lock _gate = new();
    private readonly List<OutputLine> _lines = [];
    private readonly StringBuilder _errors = new();
    private readonly Task _reading;
    private TaskCompletionSource _news = new(TaskCreationOptions.RunContinuationsAsynchronously);

    static NorrisProcess() => AppDomain.CurrentDomain.ProcessExit += (_, _) =>
    {
        // A test run that is broken off leaves nothing behind.
        foreach (var process in Running.Keys)
        {
            process.Kill();
        }
    };

    private NorrisProcess(string file, IReadOnlyList<string> arguments, string? profile)
    {
        _called = $"{Path.GetFileName(file)} {string.Join(' ', arguments)}";
        _folder = Directory.CreateTempSubdirectory("norris-process").FullName;
        var utf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        var start = new ProcessStartInfo(file, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = utf8,
            StandardOutputEncoding = utf8,
            StandardErrorEncoding = utf8,
        };
        start.Environment["NORRIS_PROFILE"] = profile ?? Path.Combine(_folder, "profile.json");
        _process = Process.Start(start)!;
        Running.TryAdd(this, 0);
        _reading = Task.WhenAll(Task.Run(ReadOutput), Task.Run(ReadErrors));
    }

    public static string Binary { get; } = NodeProcess.ThisProgram()[0];

    public IReadOnlyList<OutputLine> Lines
    {
        get
        {
            lock (_gate)
            {
                return [.. _lines];
            }
        }
    }

    /// <summary>What came on standard error so far.</summary>
    public string Errors
    {
        get
        {
            lock (_gate)
            {
                return _errors.ToString();
            }
        }
    }

    /// <summary>What came on standard error so far, without empty lines.</summary>
    public IReadOnlyList<string> ErrorLines => Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    public bool HasExited => _process.HasExited;

    public int Id => _process.Id;

    public static NorrisProcess Start(params string[] arguments) => new(Binary, arguments, null);

    public static NorrisProcess StartWithProfile(string profile, params string[] arguments) => new(Binary, arguments, profile);

    /// <summary>Runs a line of shell in which <c>norris</c> is the program.</summary>
    public static NorrisProcess Shell(string line) => new("/bin/sh", ["-c", $"norris() {{ '{Binary}' \"$@\"; }}; {line}"], null);

    /// <summary>Starts a room on any free port and waits until its user is in.</summary>
    public static async Task<NorrisProcess> Host(string name, params string[] more)
    {
        var host = Start(["host", "--name", name, "--port", "0", "--ui", "json", "--stay", .. more]);
        await host.WaitFor(line => line.Event == "welcome", "the host's welcome");
        return host;
    }

    /// <summary>Joins a room and waits until its user is in.</summary>
    public static Task<NorrisProcess> Join(NorrisProcess member, string name, params string[] more) => JoinWithProfile(null, member, name, more);

    /// <summary>Joins a room as the same person as before, and waits until its user is in.</summary>
    public static async Task<NorrisProcess> JoinWithProfile(string? profile, NorrisProcess member, string name, params string[] more)
    {
        var joined = new NorrisProcess(Binary, ["join", member.Node, "--name", name, "--ui", "json", "--stay", .. more], profile);
        await joined.WaitFor(line => line.Event == "welcome", "the welcome");
        return joined;
    }

    /// <summary>Where it listens, by its own account.</summary>
    public string Node => Lines.First(line => line.Event == "welcome").Text("node")!;

    /// <summary>The port of <see cref="Node"/>.</summary>
    public string Port => Node[(Node.LastIndexOf(':') + 1)..];

    /// <summary>The first line so far, or yet to come, that is as wanted. Fails with all that is known after <paramref name="limit"/>.</summary>
    public Task<OutputLine> WaitFor(Func<OutputLine, bool> wanted, string what, TimeSpan? limit = null)
    {
        var from = 0;
        return WaitFor(
            lines =>
            {
                for (; from < lines.Count; from++)
                {
                    if (wanted(lines[from]))
                    {
                        return lines[from];
                    }
                }

                return null;
            },
            what,
            limit);
    }

    /// <summary>Waits until so many lines are as wanted.</summary>
    public async Task WaitForCount(int count, Func<OutputLine, bool> wanted, string what, TimeSpan? limit = null)
    {
        var (seen, from) = (0, 0);
        await WaitFor(
            lines =>
            {
                for (; from < lines.Count; from++)
                {
                    seen += wanted(lines[from]) ? 1 : 0;
                }

                return seen >= count ? lines[^1] : null;
            },
            $"{count} times {what}",
            limit);
    }

    /// <summary>Waits until standard error says this.</summary>
    public async Task WaitForError(string words)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!Errors.Contains(words, StringComparison.Ordinal))
        {
            await Task.Delay(50, patience.Token);
        }
    }

    /// <summary>Writes to standard input. A process that reads no more is no error here: what it says about that is what counts.</summary>
    public async Task Type(string text)
    {
        try
        {
            await _process.StandardInput.WriteAsync(text);
            await _process.StandardInput.FlushAsync();
        }
        catch (IOException)
        {
        }
    }

    public void EndInput() => _process.StandardInput.Close();

    /// <summary>Sends a signal by name, as in <c>TERM</c>, <c>KILL</c>, <c>STOP</c>, <c>CONT</c>, <c>INT</c>.</summary>
    public void Signal(string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    /// <summary>Waits for the end and gives the exit code.</summary>
    public async Task<int> Exit(TimeSpan? limit = null)
    {
        using var patience = new CancellationTokenSource(limit ?? Patience);
        try
        {
            await _process.WaitForExitAsync(patience.Token);
            await _reading.WaitAsync(patience.Token);
            return _process.ExitCode;
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException(Report($"did not end within {limit ?? Patience}"));
        }
    }

    public async ValueTask DisposeAsync()
    {
        Kill();
        Running.TryRemove(this, out _);
        await _process.WaitForExitAsync();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>What this process was and said, for a failure's message.</summary>
    public string Report(string trouble)
    {
        var lines = Lines;
        var shown = string.Join('\n', lines.TakeLast(ShownOnFailure).Select(line => line.Raw.Length > 300 ? line.Raw[..300] + "…" : line.Raw));
        return $"{_called} {trouble}\nexit code: {(_process.HasExited ? _process.ExitCode : "still running")}\n"
            + $"stdout ({lines.Count} lines, the last {ShownOnFailure}):\n{shown}\nstderr:\n{Errors}";
    }

    private void Kill()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }
    }

    private async Task<OutputLine> WaitFor(Func<List<OutputLine>, OutputLine?> find, string what, TimeSpan? limit)
    {
        using var patience = new CancellationTokenSource(limit ?? Patience);
        while (true)
        {
            Task news;
            lock (_gate)
            {
                if (find(_lines) is { } found)
                {
                    return found;
                }

                news = _news.Task;
            }

            if (_reading.IsCompleted)
            {
                throw new InvalidOperationException(Report($"ended before this came: {what}"));
            }

            try
            {
                await Task.WhenAny(news, _reading).WaitAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException(Report($"did not say this within {limit ?? Patience}: {what}"));
            }
        }
    }

    private async Task ReadOutput()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } raw)
        {
            var line = new OutputLine(raw, Parse(raw));
            lock (_gate)
            {
                _lines.Add(line);
                _news.TrySetResult();
                _news = new(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }
    }

    private async Task ReadErrors()
    {
        while (await _process.StandardError.ReadLineAsync() is { } line)
        {
            lock (_gate)
            {
                _errors.AppendLine(line);
            }
        }
    }

    private static JsonElement Parse(string raw)
    {
        try
        {
            using var json = JsonDocument.Parse(raw);
            return json.RootElement.Clone();
        }
        catch (JsonException)
        {
            return default;
        }
    }
}
