using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using System.Threading.Channels;
using Norris.Lab.Processes;

namespace Norris.Lab.Bench;

/// <summary>A bench member's process, as the bench sees it.</summary>
internal sealed class MemberProcess : IAsyncDisposable
{
    private const int ErrorsKept = 20;
    private static readonly TimeSpan LeaveTimeout = TimeSpan.FromSeconds(10);
    private readonly ConcurrentDictionary<string, Channel<string>> _answers = new();
    private readonly ChildProcess _process;
    private readonly Task _gone;

    public MemberProcess(int number, string? seed, IReadOnlyList<string> options, LastWill will)
    {
        Number = number;
        string[] command = [
            .. ChildProcess.ThisProgram, "bench-member", number.ToString(CultureInfo.InvariantCulture), .. options,
            .. seed is null ? (string[])[] : ["--seed", seed]];
        _process = new ChildProcess(command, null, will, (line, _) => Take(line), ErrorsKept);
        _gone = Task.Run(Go);
    }

    public int Number { get; }

    /// <inheritdoc cref="ChildProcess.StartedAt"/>
    public long StartedAt => _process.StartedAt;

    /// <inheritdoc cref="ChildProcess.Cpu"/>
    public TimeSpan Cpu => _process.Cpu;

    /// <inheritdoc cref="ChildProcess.Memory"/>
    public long Memory => _process.Memory;

    /// <inheritdoc cref="ChildProcess.PeakMemory"/>
    public long PeakMemory => _process.PeakMemory;

    /// <summary>Where it has ended, whoever waits for an answer is told.</summary>
    public void Tell(string line) => _process.Type($"{line}\n").GetAwaiter().GetResult();

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
            throw new LabException(string.Join('\n', [$"member {Number} {trouble}", .. _process.Errors]));
        }
    }

    public void Kill() => _process.Kill();

    /// <summary>Lets it leave properly, or kills it where it does not.</summary>
    public async ValueTask DisposeAsync()
    {
        Tell("quit");
        await Task.WhenAny(_gone, Task.Delay(LeaveTimeout));
        await _process.DisposeAsync();
        await _gone;
    }

    private Channel<string> Answers(string what) => _answers.GetOrAdd(what, _ => Channel.CreateUnbounded<string>());

    private void Take(string line)
    {
        var space = line.IndexOf(' ', StringComparison.Ordinal);
        Answers(space < 0 ? line : line[..space]).Writer.TryWrite(line[(space + 1)..]);
    }

    private async Task Go()
    {
        await _process.WhenExited;
        foreach (var what in (string[])["ready", "first", "reset", "done", "sent", "tally", "latency", "log", "host", "notices"])
        {
            Answers(what).Writer.TryComplete();
        }
    }
}
