using Norris.Lab.Processes;

namespace Norris.Tests.Processes;

/// <summary>The real program, with a profile of its own. Its output is collected as it comes, and a test waits for what is to come.</summary>
internal sealed class NorrisProcess : IAsyncDisposable
{
    /// <summary>For what is not about time. Generous, for machines that are busy with other things.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private const int ShownOnFailure = 40;

    // A test run that is broken off leaves nothing behind.
    private static readonly LastWill Will = new();

    private readonly ChildProcess _process;
    private readonly string _called;
    private readonly string _folder;
    private readonly Lock _gate = new();
    private readonly List<NodeLine> _lines = [];
    private TaskCompletionSource _news = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private NorrisProcess(IReadOnlyList<string> command, string? profile)
    {
        _called = $"{Path.GetFileName(command[0])} {string.Join(' ', command.Skip(1))}";
        _folder = Directory.CreateTempSubdirectory("norris-process").FullName;
        _process = new ChildProcess(command, profile ?? Path.Combine(_folder, "profile.json"), Will, (raw, _) => Take(NodeLine.Of(raw)), errorsKept: int.MaxValue);
    }

    public IReadOnlyList<NodeLine> Lines
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
    public string Errors => string.Concat(_process.Errors.Select(line => line + Environment.NewLine));

    /// <summary>What came on standard error so far, without empty lines.</summary>
    public IReadOnlyList<string> ErrorLines => [.. _process.Errors.Select(line => line.Trim()).Where(line => line.Length > 0)];

    public bool HasExited => _process.HasExited;

    public int Id => _process.Id;

    public static NorrisProcess Start(params string[] arguments) => StartWithProfile(null, arguments);

    public static NorrisProcess StartWithProfile(string? profile, params string[] arguments) => new([.. ChildProcess.ThisProgram, .. arguments], profile);

    /// <summary>Starts it by another program, which hands it what is typed and gives what it says.</summary>
    public static NorrisProcess StartBy(IReadOnlyList<string> command) => new(command, null);

    /// <summary>Starts it in a place of a network of the test's own.</summary>
    public static NorrisProcess StartAt(NetworkPlace place, params string[] arguments) => StartAt(place, null, arguments);

    /// <summary>Starts it there as the same person as before.</summary>
    public static NorrisProcess StartAt(NetworkPlace place, string? profile, IEnumerable<string> arguments) => new([.. place.Wrapper, .. ChildProcess.ThisProgram, .. arguments], profile);

    /// <summary>Runs a line of shell in which <c>norris</c> is the program.</summary>
    public static NorrisProcess Shell(string line) =>
        new(["/bin/sh", "-c", $"norris() {{ {string.Join(' ', ChildProcess.ThisProgram.Select(word => $"'{word}'"))} \"$@\"; }}; {line}"], null);

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
        var joined = StartWithProfile(profile, ["join", member.Node, "--name", name, "--ui", "json", "--stay", .. more]);
        await joined.WaitFor(line => line.Event == "welcome", "the welcome");
        return joined;
    }

    /// <summary>Where it listens, by its own account.</summary>
    public string Node => Lines.First(line => line.Event == "welcome").Text("node")!;

    /// <summary>The port of <see cref="Node"/>.</summary>
    public string Port => Node[(Node.LastIndexOf(':') + 1)..];

    /// <summary>The first line so far, or yet to come, that is as wanted. Fails with all that is known after <paramref name="limit"/>.</summary>
    public Task<NodeLine> WaitFor(Func<NodeLine, bool> wanted, string what, TimeSpan? limit = null)
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
    public async Task WaitForCount(int count, Func<NodeLine, bool> wanted, string what, TimeSpan? limit = null)
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
    public Task WaitForError(string words) => Eventually.Sees(() => Errors, errors => errors.Contains(words, StringComparison.Ordinal), Patience, what: words);

    /// <inheritdoc cref="ChildProcess.Type"/>
    public Task Type(string text) => _process.Type(text);

    public void EndInput() => _process.EndInput();

    /// <inheritdoc cref="ChildProcess.Signal(string)"/>
    public void Signal(string name) => _process.Signal(name);

    /// <summary>Waits for the end and gives the exit code.</summary>
    public async Task<int> Exit(TimeSpan? limit = null)
    {
        try
        {
            return await _process.WhenExited.WaitAsync(limit ?? Patience);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException(Report($"did not end within {limit ?? Patience}"));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>What this process was and said, for a failure's message.</summary>
    public string Report(string trouble)
    {
        var lines = Lines;
        var shown = string.Join('\n', lines
            .Where((line, i) => i >= lines.Count - ShownOnFailure || line.Event != "said")
            .Select(line => line.Raw.Length > 300 ? line.Raw[..300] + "…" : line.Raw));
        return $"{_called} {trouble}\nexit code: {(_process.ExitCode is { } code ? code : "still running")}\n"
            + $"stdout ({lines.Count} lines, the last {ShownOnFailure}, and what else was told before):\n{shown}\nstderr:\n{Errors}";
    }

    private async Task<NodeLine> WaitFor(Func<List<NodeLine>, NodeLine?> find, string what, TimeSpan? limit)
    {
        using var patience = new CancellationTokenSource(limit ?? Patience);
        while (true)
        {
            Task news;
            var hasEnded = _process.WhenExited.IsCompleted;
            lock (_gate)
            {
                if (find(_lines) is { } found)
                {
                    return found;
                }

                news = _news.Task;
            }

            if (hasEnded)
            {
                throw new InvalidOperationException(Report($"ended before this came: {what}"));
            }

            try
            {
                await Task.WhenAny(news, _process.WhenExited).WaitAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException(Report($"did not say this within {limit ?? Patience}: {what}"));
            }
        }
    }

    private void Take(NodeLine line)
    {
        lock (_gate)
        {
            _lines.Add(line);
            _news.TrySetResult();
            _news = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }
}
