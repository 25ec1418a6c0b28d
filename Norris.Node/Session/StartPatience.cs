namespace Norris.Node.Session;

/// <summary>How long a node that starts waits for a room, and why there was none. Any thread may call.</summary>
internal sealed class StartPatience : IDisposable
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(12);

    /// <summary>A room that answers may have a fault to deal with before it lets anybody in: longer than the longest partition takes to be decided.</summary>
    private static readonly TimeSpan LetInTimeout = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan TellAfter = TimeSpan.FromSeconds(3);

    /// <summary>An open room has answered by then.</summary>
    private static readonly TimeSpan LookForDoorAfter = TimeSpan.FromSeconds(2);

    private readonly NodeSettings _settings;
    private readonly Action<string> _tell;
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _limit;
    private readonly CancellationTokenSource _isOver = new();
    private bool _isFound;
    private Endpoint? _door;

    public StartPatience(NodeSettings settings, Action<string> tell, CancellationToken cancel)
    {
        (_settings, _tell) = (settings, tell);
        _limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        if (settings.Up is null)
        {
            _limit.CancelAfter(StartTimeout);
        }

        if (settings is { Security: null, Up: null, Seeds.Count: > 0 })
        {
            _ = LookForDoor();
        }
    }

    /// <summary>Cancelled when it has ended.</summary>
    public CancellationToken Limit => _limit.Token;

    /// <summary>What to tell who waited for nothing.</summary>
    public string WhyNot
    {
        get
        {
            var seeds = string.Join(", ", _settings.Seeds);
            return _settings.Seeds.Count == 0 ? $"no room could be started within {StartTimeout.TotalSeconds:0} s: see the log above"
                : _door is not null ? $"the room at {_door} is for certain devices: join with an invite from somebody inside or, where this device is in, with --private"
                : _isFound ? $"the room at {seeds} answers and let nobody in for {LetInTimeout.TotalSeconds:0} s: a majority of its nodes may be cut off"
                : $"no answer from a Norris room at {seeds} within {StartTimeout.TotalSeconds:0} s: check that a norris of this version runs there, "
                    + "and write its address as its welcome does (what --bind or --advertise say there): it goes by no other name";
        }
    }

    /// <summary>A member of the room has answered.</summary>
    public void OnFound()
    {
        lock (_gate)
        {
            if (_isFound || _isOver.IsCancellationRequested || _limit.IsCancellationRequested)
            {
                return;
            }

            _isFound = true;
            if (_settings.Up is null)
            {
                _limit.CancelAfter(LetInTimeout);
            }

            _ = Task.Delay(TellAfter, _isOver.Token).ContinueWith(
                _ => _tell("the room is there: waiting to be let in, which takes a while when it has a fault to deal with"), CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _isOver.Cancel();
            _limit.Dispose();
        }
    }

    /// <summary>A room for certain devices does not say a word to others. So it looks like one of another version, and its door is asked.</summary>
    private async Task LookForDoor()
    {
        try
        {
            await Task.Delay(LookForDoorAfter, _isOver.Token).ConfigureAwait(false);
            if (_isFound || await Seeds.FindDoor(_settings.Seeds, _isOver.Token).ConfigureAwait(false) is not { } door)
            {
                return;
            }

            lock (_gate)
            {
                if (!_isFound && !_isOver.IsCancellationRequested)
                {
                    _door = door;
                    _ = _limit.CancelAsync();
                }
            }
        }
        catch (OperationCanceledException)
        {
            // It is in, or has given up.
        }
    }
}
