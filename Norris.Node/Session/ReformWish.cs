namespace Norris.Node.Session;

/// <summary>A person's wish for a new room, and the attempt to join the others that it ends. Any thread may call.</summary>
internal sealed class ReformWish
{
    private readonly Lock _gate = new();
    private TaskCompletionSource<string>? _wish;
    private CancellationTokenSource? _attempt;
    private string? _ended;

    /// <summary>Completes with what came of it. Asked from two screens, it is one wish. An attempt to join the others may wait for ever: it ends here.</summary>
    public Task<string> Make()
    {
        lock (_gate)
        {
            if (_ended is not null)
            {
                return Task.FromResult(_ended);
            }

            if (_wish is null)
            {
                _wish = new(TaskCreationOptions.RunContinuationsAsynchronously);
                _ = _attempt?.CancelAsync();
            }

            return _wish.Task;
        }
    }

    /// <summary>What is under way from now on, or nothing. Gives whether there is a wish.</summary>
    public bool IsThere(CancellationTokenSource? attempt)
    {
        lock (_gate)
        {
            _attempt = attempt;
            return _wish is not null;
        }
    }

    /// <summary>An attempt has succeeded, and with it the wish, also one that came meanwhile.</summary>
    public void Fulfil(string outcome)
    {
        lock (_gate)
        {
            _wish?.TrySetResult(outcome);
            (_attempt, _wish) = (null, null);
        }
    }

    /// <summary>There is no room to be had any more.</summary>
    public void End(string why)
    {
        lock (_gate)
        {
            _ended = why;
            _wish?.TrySetResult(why);
        }
    }
}
