using System.Collections.Concurrent;
using System.Diagnostics;
using Norris.Node.Archive;
using Norris.Node.Screens;
using Norris.Node.Session;

namespace Norris.Node.Tui;

/// <summary>
/// Carries inputs to the model and performs its commands on the session. One thread calls <see cref="Turn"/> and <see cref="Input"/>;
/// <see cref="AskToLeave"/>, <see cref="Wake"/> and <see cref="Stop"/> may come from any.
/// </summary>
internal sealed class TuiLoop(IChatSession session, TimeProvider time, TimeSpan leavePatience, IRoomHistory? history = null, NoticeTaste? taste = null)
{
    /// <summary>Events taken in one turn: keys must not wait for a flood to end.</summary>
    private const int EventsPerTurn = 500;

    /// <summary>How often the room is looked at while one sees its inside.</summary>
    private static readonly TimeSpan LookOften = TimeSpan.FromMilliseconds(250);

    /// <summary>And otherwise: whoever comes or goes has it looked at, too.</summary>
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    private readonly ConcurrentQueue<TuiInput> _fromOutside = new();
    private long _lookedAt;
    private bool _hasLooked;
    private volatile bool _isOver;

    // What ends a wait: a pulse, and the flag for one that came before.
    private readonly object _waiting = new();
    private bool _isWoken;
    private Task? _awaited;

    public TuiModel Model { get; private set; } = new(time.LocalTimeZone) { Notices = taste?.Shown ?? JoinNotices.Few };

    public bool IsOver => _isOver;

    /// <summary>Why it ended otherwise than by a proper goodbye; null: it did not.</summary>
    public string? Failure { get; private set; }

    /// <summary>Bells to ring since the last time that was asked.</summary>
    public int Bells { get; set; }

    public void AskToLeave() => Enqueue(new TuiInput.AskedToLeave());

    /// <summary>Ends it here and now, from any thread.</summary>
    public void Stop()
    {
        _isOver = true;
        Wake();
    }

    /// <summary>Ends the wait of this moment, or else the next one.</summary>
    public void Wake()
    {
        lock (_waiting)
        {
            _isWoken = true;
            Monitor.Pulse(_waiting);
        }
    }

    /// <summary>Waits until there is something to take, or the loop is woken. False: neither in this time.</summary>
    public bool WaitForMore(TimeSpan atMost)
    {
        if (_awaited is not { IsCompleted: false })
        {
            _awaited = session.Events.WaitToReadAsync().AsTask().ContinueWith(
                waited =>
                {
                    _ = waited.Exception; // the next turn finds out how the session ended
                    Wake();
                },
                CancellationToken.None,
                TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default);
        }

        lock (_waiting)
        {
            var isWoken = _isWoken || (Monitor.Wait(_waiting, atMost) && _isWoken);
            _isWoken = false;
            return isWoken;
        }
    }

    /// <summary>Takes what happened since the last turn. False: nothing did.</summary>
    public bool Turn()
    {
        var before = Model;
        while (!IsOver && _fromOutside.TryDequeue(out var input))
        {
            Input(input);
        }

        var (taken, changed) = (0, false);
        while (!IsOver && taken < EventsPerTurn && session.Events.TryRead(out var happened))
        {
            Input(new TuiInput.Happened(happened, time.GetUtcNow()));
            changed |= happened is not SaidEvent;
            taken++;
        }

        if (!IsOver && session.Events.Completion.IsCompleted)
        {
            // The port promises a ByeEvent as the last one; a session that broke instead must not leave the screen standing there.
            Input(new TuiInput.Happened(new ByeEvent(session.Events.Completion.Exception?.InnerException?.Message ?? "the session ended"), time.GetUtcNow()));
        }

        if (!_hasLooked || changed || time.GetElapsedTime(_lookedAt) >= (Model.Page == TuiPage.None ? LookEvery : LookOften))
        {
            _hasLooked = true;
            _lookedAt = time.GetTimestamp();
            if (session.View is { } view && !ReferenceEquals(view, Model.View))
            {
                Input(new TuiInput.Looked(view));
            }
        }

        return !ReferenceEquals(before, Model);
    }

    public void Input(TuiInput input)
    {
        (Model, var commands) = Model.Update(input);
        foreach (var command in commands)
        {
            Perform(command);
        }
    }

    private void Perform(TuiCommand command)
    {
        switch (command)
        {
            case TuiCommand.Say say:
                // The answer goes in before the next event is read, so the model knows the id when the message comes back.
                Input(new TuiInput.Answered(say.Text, say.Wish is { } wish ? session.Say(wish) : session.Say(say.Text), time.GetUtcNow()));
                break;
            case TuiCommand.AskForName ask:
                session.AskForName(ask.Name);
                break;
            case TuiCommand.Reform:
                _ = TellOutcome(session.Reform(CancellationToken.None));
                break;
            case TuiCommand.ChangeRoom change:
                _ = TellTrouble(session.ChangeRoom(change.Setting, change.Text, CancellationToken.None));
                break;
            case TuiCommand.AskCircle ask:
                _ = TellLines(session.AskCircle(ask.Wish, CancellationToken.None));
                break;
            case TuiCommand.ReadHistory read:
                _ = Show(HistoryReading.Read(history, read.Words, read.Count, CancellationToken.None));
                break;
            case TuiCommand.ReadOlder read:
                _ = ShowOlder(read.Before);
                break;
            case TuiCommand.ReadEarlier read:
                _ = Show(HistoryReading.BeforeMe(history, read.Welcome, CancellationToken.None));
                break;
            case TuiCommand.KeepNotices keep:
                taste?.Change(keep.Wanted);
                break;
            case TuiCommand.Bell:
                Bells++;
                break;
            case TuiCommand.Leave:
                _ = Leave();
                break;
            case TuiCommand.Quit:
                Failure = (Model.Bye, Model.IsLeaving) switch
                {
                    (null, _) => "gone without waiting for the goodbye",
                    (var why, false) => $"the session is over: {why}",
                    _ => Failure,
                };
                _isOver = true;
                break;
            default:
                throw new UnreachableException($"no such command: {command.GetType()}");
        }
    }

    private void Enqueue(TuiInput input)
    {
        _fromOutside.Enqueue(input);
        Wake();
    }

    private async Task Show<T>(Task<T> reading)
        where T : ChatEvent?
    {
        if (await reading is { } read)
        {
            Enqueue(new TuiInput.Happened(read, time.GetUtcNow()));
        }
    }

    private async Task ShowOlder(long before) =>
        Enqueue(new TuiInput.Older(await HistoryReading.Before(history, before, CancellationToken.None)));

    private async Task TellLines(Task<CircleAnswer> outcome)
    {
        foreach (var line in (await outcome).Lines)
        {
            await TellOutcome(Task.FromResult(line));
        }
    }

    /// <summary>What went well, the order tells.</summary>
    private async Task TellTrouble(Task<string?> outcome)
    {
        if (await outcome is { } whyNot)
        {
            Enqueue(new TuiInput.Told(whyNot, IsWarning: true, time.GetUtcNow()));
        }
    }

    private async Task TellOutcome(Task<string> outcome)
    {
        try
        {
            Enqueue(new TuiInput.Told(await outcome, IsWarning: false, time.GetUtcNow()));
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            Enqueue(new TuiInput.Told(e.Message, IsWarning: true, time.GetUtcNow()));
        }
    }

    private async Task Leave()
    {
        try
        {
            using var patience = new CancellationTokenSource(leavePatience, time);
            await session.Leave(patience.Token).WaitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            Failure = "gone without a goodbye: nobody answered it";
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            Failure = $"gone without a goodbye: {e.Message}";
        }

        Enqueue(new TuiInput.Happened(new ByeEvent("left"), time.GetUtcNow()));
    }
}
