using System.Diagnostics;
using System.Globalization;
using Norris.Core.Protocol;
using Norris.Core.Room;
using Norris.Node.Archive;
using Norris.Node.Session;

namespace Norris.Node.Screens;

/// <summary>Why a screen's loop came to its end.</summary>
/// <param name="Trouble">Null when the user wanted it so; else what went wrong, in one line.</param>
internal readonly record struct LoopEnd(string? Trouble);

/// <summary>Runs a session on plain streams until one of the two ends. One use.</summary>
/// <param name="stay">Whether to stay when the input ends.</param>
/// <param name="history">What was said earlier; null: there is nobody to ask.</param>
/// <param name="taste">What the user wants to be told of who comes and goes; null: the screen tells all.</param>
internal sealed class StreamLoop(IChatSession session, IStreamScreen screen, StandardStreams streams, bool stay, IRoomHistory? history = null, NoticeTaste? taste = null)
{
    // The output may hang on a reader that does not read. Having left, there is no more reason to wait for that one for long.
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(3);

    /// <summary>For how long things that happen one after the other are one thing to people.</summary>
    private static readonly TimeSpan Gathers = TimeSpan.FromMilliseconds(500);

    private readonly ScreenOutput _output = new(streams.Out);
    private long _heldSince = Stopwatch.GetTimestamp();
    private long _refused;
    private long _taken;
    private TaskCompletionSource _progress = NewSource();
    private Task? _allDelivered;
    private ulong _me;
    private readonly TaskCompletionSource _welcomed = NewSource();
    private volatile bool _nameRefused;

    /// <summary>Until the user leaves: by <paramref name="leave"/>, by command, by the end of the input, or because nobody reads the output.</summary>
    public async Task<LoopEnd> Run(CancellationToken leave)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(leave);
        var events = Task.Run(ShowEvents, CancellationToken.None);
        var input = Task.Run(() => ReadInput(stop.Token), CancellationToken.None);
        var signalled = Task.Delay(Timeout.Infinite, stop.Token);
        var first = await Task.WhenAny(events, input, _output.Ended, signalled);

        // A read from a console cannot be taken back: the input is left alone, and ends with the process.
        await stop.CancelAsync();
        if (first == events)
        {
            return new LoopEnd(await events);
        }

        if (first == input && input.IsFaulted)
        {
            await input;
        }

        await session.Leave(CancellationToken.None);
        await Task.WhenAny(events, Task.Delay(LastWords, CancellationToken.None));
        return new LoopEnd(_output.Ended.IsCompleted && await _output.Ended is { } why ? why : Unsaid());
    }

    /// <summary>What a script has to hear of; null: everything was done.</summary>
    private string? Unsaid()
    {
        var refused = Interlocked.Read(ref _refused);
        var others = Interlocked.Read(ref _taken) switch
        {
            0 => "nothing was said",
            1 => "the other one was said",
            _ => "the others were said",
        };
        return refused switch
        {
            0 => null,
            1 => $"a line of stdin was refused, see above; {others}",
            _ => string.Create(CultureInfo.InvariantCulture, $"{refused} lines of stdin were refused, see above; {others}"),
        };
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Shows events until the session ends. Gives the reason.</summary>
    private async Task<string> ShowEvents()
    {
        var why = "the session ended";
        while (await MoreEvents())
        {
            while (session.Events.TryRead(out var happened))
            {
                _output.Write(screen.Event, happened);
                switch (happened)
                {
                    case SaidEvent said when said.Id.User.Value == Volatile.Read(ref _me):
                    case MissedEvent:
                        Interlocked.Exchange(ref _progress, NewSource()).TrySetResult();
                        break;
                    case WelcomeEvent welcome:
                        if (_welcomed.TrySetResult())
                        {
                            _ = ShowEarlier(welcome);
                        }

                        break;
                    case RefusedEvent refused when !_welcomed.Task.IsCompleted:
                        if (!streams.InIsTerminal)
                        {
                            _output.Flush();
                            return $"{refused.Why}; choose another one with --name";
                        }

                        _nameRefused = true;
                        _output.Write(screen.Event, new NoticeEvent("type another name"));
                        break;
                    case ByeEvent bye:
                        why = bye.Why;
                        break;
                }
            }

            if (Stopwatch.GetElapsedTime(_heldSince) >= Gathers)
            {
                Release();
            }

            _output.Flush();
        }

        Release();
        return why;
    }

    /// <summary>Waits for events. What the screen holds is written when nothing has come for a while that belongs to it.</summary>
    private async Task<bool> MoreEvents()
    {
        var more = session.Events.WaitToReadAsync().AsTask();
        if (screen.IsHolding && await Task.WhenAny(more, Task.Delay(Gathers, CancellationToken.None)) != more)
        {
            Release();
        }
        else if (!screen.IsHolding)
        {
            _heldSince = Stopwatch.GetTimestamp();
        }

        return await more;
    }

    private void Release()
    {
        _output.Write((held, to) => held.Release(to), screen);
        _output.Flush();
        _heldSince = Stopwatch.GetTimestamp();
    }

    /// <summary>Does what the lines say, until one says to leave, or they end and all is delivered.</summary>
    private async Task ReadInput(CancellationToken stop)
    {
        while (await Next(stop) is { } line)
        {
            if (_nameRefused)
            {
                ChooseName(line);
            }
            else if (!await Do(screen.Read(line), line.Number, stop))
            {
                await Delivered(stop);
                return;
            }

            _output.Flush();
        }

        if (stay)
        {
            await Task.Delay(Timeout.Infinite, stop);
        }

        await Delivered(stop);
    }

    /// <summary>What was said before leaving is meant to be heard.</summary>
    private async Task Delivered(CancellationToken stop)
    {
        if (!streams.InIsTerminal)
        {
            // An input that ends at once is quicker than the room.
            await _welcomed.Task.WaitAsync(stop);
        }

        var delivered = session.WhenDelivered(stop);
        if (_welcomed.Task.IsCompleted && !delivered.IsCompleted && session.View is { Connection: not ConnectionState.Connected, Pending: > 0 } view)
        {
            _output.Write<ChatEvent>(screen.Event, new NoticeEvent($"not connected: waiting to deliver what you said ({view.Pending}); Ctrl-C leaves at once"));
            _output.Flush();
        }

        await delivered;
    }

    private async ValueTask<RawLine?> Next(CancellationToken stop)
    {
        try
        {
            return await streams.Lines.Next(stop);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            return null; // a terminal that hung up, a closed stdin: there is no more
        }
    }

    private void ChooseName(RawLine line)
    {
        if (line.Action is InputAction.Say said)
        {
            AskForName(said.Text);
        }
        else
        {
            Refuse("", "this is no name");
        }
    }

    private void AskForName(string wanted, long? number = null)
    {
        if (Names.TryNormalise(wanted, out var name, out var whyNot))
        {
            _nameRefused = false;
            session.AskForName(name);
        }
        else
        {
            Refuse(wanted, whyNot, number);
        }
    }

    private async ValueTask<bool> Do(InputAction action, long number, CancellationToken stop)
    {
        switch (action)
        {
            case InputAction.Say said:
                await Say(() => session.Say(said.Text, said.Relation), said.Text, number, stop);
                return true;
            case InputAction.Relate asked:
                await Say(() => session.Say(asked.Wish), asked.Wish.Text, number, stop);
                return true;
            case InputAction.Who:
                _output.Write(screen.Who, session.View);
                return true;
            case InputAction.History asked:
                await ShowHistory("", asked.Count, number, stop);
                return true;
            case InputAction.Search asked:
                await ShowHistory(asked.Words, null, number, stop);
                return true;
            case InputAction.Reform:
                _output.Write<ChatEvent>(screen.Event, new NoticeEvent(await session.Reform(stop)));
                return true;
            case InputAction.Circle asked:
                foreach (var line in (await session.AskCircle(asked.Wish, stop)).Lines)
                {
                    _output.Write<ChatEvent>(screen.Event, new NoticeEvent(line));
                }

                return true;
            case InputAction.ChangeRoom asked:
                // What comes of it, the order tells.
                if (await session.ChangeRoom(asked.Setting, asked.Text, stop) is { } whyNot)
                {
                    Refuse(asked.Text, whyNot, number);
                }

                return true;
            case InputAction.AskForName asked:
                AskForName(asked.Name, number);
                return true;
            case InputAction.Inside when screen.TellsInside:
                _output.Write(screen.Inside, session.View);
                return true;
            case InputAction.Inside:
                Refuse("/inside", "that is for the full screen (--ui tui), for programs (--ui json) and for the page (--web)", number);
                return true;
            case InputAction.Bell:
                Refuse("/bell", "that is for the full screen (--ui tui) and the page (--web)", number);
                return true;
            case InputAction.Notices asked when taste is not null:
                taste.Change(asked.Wanted);
                _output.Write<ChatEvent>(screen.Event, new NoticeEvent(NoticeTaste.Words(asked.Wanted)));
                return true;
            case InputAction.Notices:
                Refuse("/notices", "that is for people at a terminal: what is piped tells everything", number);
                return true;
            case InputAction.Help:
                _output.Write<ChatEvent>(screen.Event, new NoticeEvent($"a line is a message; commands: {ChatCommands.InALine}"));
                return true;
            case InputAction.Refuse refused:
                Refuse(refused.Text, refused.Why, number);
                return true;
            case InputAction.Leave:
                return false;
            default:
                throw new UnreachableException($"Nothing to do for {action}.");
        }
    }

    private async Task ShowHistory(string words, int? count, long number, CancellationToken stop)
    {
        var shown = await HistoryReading.Read(history, words, count, stop);
        if (shown is RefusedEvent refused)
        {
            Refuse(refused.Text, refused.Why, number);
        }
        else
        {
            _output.Write(screen.Event, shown);
        }
    }

    /// <summary>Beside what happens meanwhile: nothing waits for an archive.</summary>
    private async Task ShowEarlier(WelcomeEvent welcome)
    {
        if (await HistoryReading.BeforeMe(history, welcome, CancellationToken.None) is { } earlier)
        {
            _output.Write<ChatEvent>(screen.Event, earlier);
            _output.Flush();
        }
    }

    private async ValueTask Say(Func<SayResult> say, string text, long number, CancellationToken stop)
    {
        while (true)
        {
            // Taken before the outbox is asked: what is delivered between the two must not be waited for.
            var progress = Volatile.Read(ref _progress).Task;
            var result = say();
            if (result.Id is { } id)
            {
                Volatile.Write(ref _me, id.User.Value);
                Interlocked.Increment(ref _taken);
                return;
            }

            if (!result.Retry || streams.InIsTerminal)
            {
                Refuse(text, result.Refusal ?? "the room does not take it", number);
                return;
            }

            // The outbox is full: the source of the lines has to wait, as a pipe's writer does.
            if (_allDelivered is null or { IsCompleted: true })
            {
                _allDelivered = session.WhenDelivered(stop);
            }

            await (await Task.WhenAny(progress, _allDelivered));
        }
    }

    /// <summary>Who types sees it on the screen. Of what comes out of a pipe it is an error: on standard error, and in the exit code.</summary>
    private void Refuse(string text, string why, long? number = null)
    {
        var where = streams.InIsTerminal || number is null ? "" : $"line {number} of stdin: ";
        if (streams.InIsTerminal || screen.TellsRefusals)
        {
            _output.Write<ChatEvent>(screen.Event, new RefusedEvent(text, where + why));
        }

        if (!streams.InIsTerminal && text.Length > 0)
        {
            // An empty line says nothing, so nothing of it is missing.
            Interlocked.Increment(ref _refused);
            TellError($"norris: not said: {SafeText.OneLine($"{where}{why} ({text})")}");
        }
    }

    private void TellError(string line)
    {
        try
        {
            streams.Error.WriteLine(line);
        }
        catch (IOException)
        {
            // A full disk: the exit code still tells.
        }
    }
}
