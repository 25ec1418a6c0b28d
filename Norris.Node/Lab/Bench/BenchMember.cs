using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Norris.Actors;
using Norris.Core.Protocol;

namespace Norris.Lab.Bench;

/// <summary>
/// One member of a bench, in its own process: told what to do by lines on stdin, answers by lines on stdout, each with the word of what it
/// answers first. It ends when its input does.
/// </summary>
internal sealed class BenchMember
{
    private readonly Lock _output = new();
    private readonly TextWriter _out;
    private readonly int _number;
    private readonly NorrisRoom _room;
    private readonly Recorder _recorder;
    private readonly RoomUser _user;
    private long _counter;

    private BenchMember(int number, NorrisRoom room, ProtocolOptions options, UserId user, TextWriter output)
    {
        (_number, _room, _out) = (number, room, output);
        _recorder = new Recorder(number, user);
        _user = new RoomUser(user, $"member-{number}", default, options);
    }

    /// <summary>Joins the room of a node that this process has started, and leaves it in the end. The node is the caller's.</summary>
    /// <param name="port">Where the node listens, for the members that come after it.</param>
    /// <param name="user">Unlike that of every other member.</param>
    public static async Task Run(
        int number, NorrisRoom room, int port, ProtocolOptions options, UserId user, TextReader input, TextWriter output, CancellationToken cancel)
    {
        var member = new BenchMember(number, room, options, user, output);
        using var cursor = room.Delivered.Open();
        _ = Task.Run(() => member._recorder.Read(cursor), CancellationToken.None);
        room.Attend(member._user);
        await room.JoinAsync(cancel);
        _ = member._recorder.WhenFirst.ContinueWith(first => member.Answer("first", first.Result), TaskScheduler.Default);
        await member._recorder.WhenHere.WaitAsync(cancel);
        member.Answer("ready", port);
        await member.Obey(input, cancel);
        await room.LeaveAsync(cancel);
    }

    private async Task Obey(TextReader input, CancellationToken cancel)
    {
        while (await input.ReadLineAsync(cancel) is { } line && line != "quit")
        {
            var words = line.Split(' ');
            switch (words[0])
            {
                case "reset":
                    _counter = 0;
                    _ = _recorder.Reset(Number(words[1]), words.Length > 2).ContinueWith(_ => Answer("done", 0), TaskScheduler.Default);
                    Answer("reset", 0);
                    break;
                case "send":
                    Begin(() => Send(Number(words[1]), perSecond: null));
                    break;
                case "talk":
                    Begin(() => Send(Number(words[1]) * Number(words[2]), perSecond: Number(words[1])));
                    break;
                case "tally":
                    Answer("tally", _recorder.Tally());
                    break;
                case "latency":
                    Answer("latency", _recorder.Latencies());
                    break;
                case "log":
                    Answer("log", _recorder.Log());
                    break;
                case "slow":
                    _recorder.MicrosecondsPerMessage = Number(words[1]);
                    break;
                case "notices":
                    Answer("notices", _recorder.Notices);
                    break;
                case "host":
                    Answer("host", _room.Status.Host == _room.Self);
                    break;
                default:
                    throw new UnreachableException($"a bench member does not know '{line}'");
            }
        }
    }

    private static long Number(string word) => long.Parse(word, CultureInfo.InvariantCulture);

    private void Begin(Func<Sent> send) => new Thread(() => Answer("sent", send())) { IsBackground = true }.Start();

    /// <summary>So many messages; as fast as they are taken, or, with a rate, at their times by the clock, whatever became of those before.</summary>
    private Sent Send(long count, long? perSecond)
    {
        Span<byte> text = stackalloc byte[Payload.Length];
        var begin = Stopwatch.GetTimestamp();
        for (var i = 0L; i < count; i++)
        {
            if (perSecond is { } rate)
            {
                var due = TimeSpan.FromSeconds((double)i / rate) - Stopwatch.GetElapsedTime(begin);
                if (due > TimeSpan.Zero)
                {
                    // The pace of the load, not a wait for anything.
                    Thread.Sleep(Math.Max(1, (int)due.TotalMilliseconds));
                }
            }

            Payload.Write(text, _number, _counter++, Stopwatch.GetTimestamp());
            while (_user.TrySay(text, null) is null)
            {
                _recorder.Progress.WaitOne();
            }
        }

        return new Sent(begin, count);
    }

    private void Answer<T>(string what, T value)
    {
        var line = $"{what} {JsonSerializer.Serialize(value, BenchJson.Of<T>())}";
        lock (_output)
        {
            _out.WriteLine(line);
            _out.Flush();
        }
    }
}

/// <param name="BeginAt">Just before the first message was handed in.</param>
/// <param name="Count">How many were accepted.</param>
internal sealed record Sent(long BeginAt, long Count);
