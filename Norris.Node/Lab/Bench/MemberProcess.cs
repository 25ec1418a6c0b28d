using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using Norris.Lab.Rooms;

namespace Norris.Lab.Bench;

/// <summary>A bench member's process, as the bench sees it.</summary>
internal sealed class MemberProcess : IAsyncDisposable
{
    private const int ErrorsKept = 20;
    private static readonly TimeSpan LeaveTimeout = TimeSpan.FromSeconds(10);
    private readonly Process _process;
    private readonly ConcurrentDictionary<string, Channel<string>> _answers = new();
    private readonly Queue<string> _errors = new();
    private readonly Task _reading;

    public MemberProcess(int number, string? seed, IReadOnlyList<string> options)
    {
        Number = number;
        string[] arguments = [
            .. NodeProcess.ThisProgram(), "bench-member", number.ToString(CultureInfo.InvariantCulture), .. options,
            .. seed is null ? (string[])[] : ["--seed", seed]];
        StartedAt = Stopwatch.GetTimestamp();
        _process = Process.Start(new ProcessStartInfo(arguments[0], arguments[1..])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
        })!;
        _reading = Task.WhenAll(Task.Run(ReadAnswers), Task.Run(ReadErrors));
    }

    public int Number { get; }

    /// <summary>Just before the process was started, by <see cref="Stopwatch.GetTimestamp"/>.</summary>
    public long StartedAt { get; }

    /// <summary>User and system time of all its threads so far.</summary>
    public TimeSpan Cpu
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>Its resident memory, in bytes.</summary>
    public long Memory
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64;
        }
    }

    /// <summary>The most resident memory that it has had so far, in bytes.</summary>
    public long PeakMemory
    {
        get
        {
            _process.Refresh();
            return _process.PeakWorkingSet64;
        }
    }

    public void Tell(string line)
    {
        try
        {
            _process.StandardInput.WriteLine(line);
            _process.StandardInput.Flush();
        }
        catch (IOException)
        {
            // It has ended. Whoever waits for an answer is told.
        }
    }

    public Task<T> Ask<T>(string line, TimeSpan limit)
    {
        Tell(line);
        return Hear<T>(line.Split(' ')[0], limit);
    }

    /// <summary>The next answer of a kind.</summary>
    /// <exception cref="LabException">It did not come in time.</exception>
    public async Task<T> Hear<T>(string what, TimeSpan limit)
    {
        using var patience = new CancellationTokenSource(limit);
        try
        {
            return JsonSerializer.Deserialize<T>(await Answers(what).Reader.ReadAsync(patience.Token), BenchJson.Of<T>())!;
        }
        catch (Exception e) when (e is OperationCanceledException or ChannelClosedException)
        {
            var trouble = e is OperationCanceledException ? $"did not answer '{what}' within {limit.TotalSeconds:0} s" : $"ended before it answered '{what}'";
            lock (_errors)
            {
                throw new LabException(string.Join('\n', [$"member {Number} {trouble}", .. _errors]));
            }
        }
    }

    public void Kill() => _process.Kill();

    /// <summary>Lets it leave properly, or kills it where it does not.</summary>
    public async ValueTask DisposeAsync()
    {
        Tell("quit");
        using (var patience = new CancellationTokenSource(LeaveTimeout))
        {
            await _process.WaitForExitAsync(patience.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        await _reading;
        _process.Dispose();
    }

    private Channel<string> Answers(string what) => _answers.GetOrAdd(what, _ => Channel.CreateUnbounded<string>());

    private async Task ReadAnswers()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            var space = line.IndexOf(' ', StringComparison.Ordinal);
            Answers(space < 0 ? line : line[..space]).Writer.TryWrite(line[(space + 1)..]);
        }

        foreach (var what in (string[])["ready", "first", "reset", "done", "sent", "tally", "latency", "log", "host", "notices"])
        {
            Answers(what).Writer.TryComplete();
        }
    }

    private async Task ReadErrors()
    {
        while (await _process.StandardError.ReadLineAsync() is { } line)
        {
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
}
