using System.Diagnostics;
using Norris.Lab.Processes;

namespace Norris.Lab.Rooms;

/// <summary>One node: this very program, in a process of its own with a profile of its own, which talks and is followed by what it prints.</summary>
internal sealed class NodeProcess : IAsyncDisposable
{
    private const int ErrorsKept = 50;
    private readonly ChildProcess _process;
    private readonly CancellationTokenSource _quiet = new();
    private readonly Task _gone;
    private Task? _talking;

    /// <param name="number">Which one of the fleet it is, from 0 on.</param>
    /// <param name="arguments">Those of the program.</param>
    /// <param name="wrapper">A command to run it by, as in <c>ip netns exec x</c>; empty: none.</param>
    /// <param name="line">Called for every line of the output, with the moment (<see cref="Stopwatch.GetTimestamp"/>) at which it came.</param>
    /// <param name="log">Where all that it writes to standard error is kept; null: nowhere.</param>
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
        (Number, Name, Transcript) = (number, name, transcript);
        _process = new ChildProcess([.. wrapper, .. ChildProcess.ThisProgram, .. arguments], Path.Combine(folder, $"{name}.json"), will, Take, ErrorsKept, log);
        _gone = Task.Run(Go);

        void Take(string raw, long at)
        {
            // A process that is killed may leave half a line.
            if (NodeLine.Of(raw) is { IsJson: true } json)
            {
                Transcript.Take(json);
                line(this, json, at);
            }
        }
    }

    public int Number { get; }

    public string Name { get; }

    public int Id => _process.Id;

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

    public bool HasExited => _gone.IsCompleted;

    /// <summary>It was killed or told to leave. One that ends otherwise has no business to.</summary>
    public bool ToldToGo { get; private set; }

    /// <summary>There, and not stopped or cut off.</summary>
    public bool IsWell => Connection == "connected" && Affliction is null && !ToldToGo && !HasExited;

    public Task WhenExited => _gone;

    public int? ExitCode => _process.ExitCode;

    /// <summary>The last lines of standard error, as one.</summary>
    public string Errors => string.Join(' ', _process.Errors);

    /// <summary>The last line of standard error; empty: there is none.</summary>
    public string LastError => _process.Errors is [.., var last] ? last : "";

    /// <summary>Starts typing, unless it has: so many lines a second, until <see cref="Quiet"/> or the end of the process.</summary>
    public void Talk(double perSecond, Func<int, string> text) => _talking ??= Task.Run(() => TalkUntilQuiet(perSecond, text));

    /// <summary>Types a line that nobody judges: where people speak through it, they may say the same twice. False: it reads no more.</summary>
    public Task<bool> Type(string line) => _process.Type(line);

    /// <summary>Types no more; completes when what was begun is written.</summary>
    public async Task Quiet()
    {
        await _quiet.CancelAsync();
        await (_talking ?? Task.CompletedTask);
    }

    /// <summary>SIGKILL.</summary>
    public void Kill()
    {
        Dismiss();
        _process.Kill();
    }

    /// <summary>SIGTERM: leave properly.</summary>
    public void Leave()
    {
        Dismiss();
        if (OperatingSystem.IsWindows())
        {
            _process.EndInput();
        }
        else
        {
            Signal("TERM");
        }
    }

    /// <summary>Sends a signal by its name without SIG.</summary>
    public void Signal(string name) => _process.Signal(name);

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
        await _gone;
        await (_talking ?? Task.CompletedTask);
        await _process.DisposeAsync();
        _quiet.Dispose();
    }

    private void Dismiss()
    {
        ToldToGo = true;
        Transcript.End();
        _quiet.Cancel();
    }

    private async Task Go()
    {
        await _process.WhenExited;
        Transcript.End();
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
                if (!await _process.Type($"{line}\n"))
                {
                    return;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Told to be quiet.
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
}
