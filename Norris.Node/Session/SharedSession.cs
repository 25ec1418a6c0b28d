using System.Threading.Channels;

namespace Norris.Node.Session;

/// <summary>
/// Keeps the order, all of it: gets every event of a session, <see cref="PlaceEvent"/>s too, one call at a time and on the session's own thread, so
/// nothing is between the two that could overflow. It must be quick, and must not throw.
/// </summary>
public interface IOrderKeeper
{
    void Take(ChatEvent happened);

    /// <summary>Nothing more comes.</summary>
    void Ended();
}

/// <summary>
/// Several readers of one session: the terminal and the browser are both the node's own user, and a slow one must not hold up the others. Each
/// gets every event through a channel of its own, bounded like the session's.
/// </summary>
public static class SharedSession
{
    /// <summary>What one reader may be behind before it is told what it missed.</summary>
    public const int EventsBehind = 128 * 1024;

    /// <summary>Takes over the session's only reader. All sharers are made at once, so that none of them misses the beginning.</summary>
    public static IReadOnlyList<IChatSession> Split(IChatSession session, int ways, IOrderKeeper? keeper = null, int eventsBehind = EventsBehind)
    {
        var sharers = Enumerable.Range(0, ways).Select(_ => new Sharer(session, eventsBehind)).ToArray();
        _ = Pump(session, sharers, keeper);
        return sharers;
    }

    private static async Task Pump(IChatSession session, Sharer[] sharers, IOrderKeeper? keeper)
    {
        Exception? failure = null;
        try
        {
            Task<bool> more;
            do
            {
                while (session.Events.TryRead(out var happened))
                {
                    keeper?.Take(happened);
                    foreach (var sharer in happened is PlaceEvent ? [] : sharers)
                    {
                        sharer.Tell(happened);
                    }
                }

                // In a room that has fallen silent, too, a reader that was behind hears what it missed, as soon as it has read enough.
                more = session.Events.WaitToReadAsync().AsTask();
                while (!more.IsCompleted && sharers.Where(sharer => !sharer.TellsWhatItOwes()).Select(sharer => sharer.HasSpace()).ToList() is { Count: > 0 } behind)
                {
                    await Task.WhenAny([more, .. behind]).ConfigureAwait(false);
                }
            }
            while (await more.ConfigureAwait(false));
        }
        catch (Exception e)
        {
            failure = e;
        }

        keeper?.Ended();
        foreach (var sharer in sharers)
        {
            sharer.Finish(failure);
        }
    }

    private sealed class Sharer(IChatSession session, int eventsBehind) : IChatSession
    {
        private readonly Channel<ChatEvent> _events =
            Channel.CreateBounded<ChatEvent>(new BoundedChannelOptions(eventsBehind) { SingleReader = true, SingleWriter = true });

        private long _missed;
        private Task? _space;

        public ChannelReader<ChatEvent> Events => _events.Reader;

        public RoomView View => session.View;

        public SayResult Say(string text) => session.Say(text);

        public void AskForName(string name) => session.AskForName(name);

        public Task WhenDelivered(CancellationToken cancel) => session.WhenDelivered(cancel);

        public Task Leave(CancellationToken cancel) => session.Leave(cancel);

        public Task<string> Reform(CancellationToken cancel) => session.Reform(cancel);

        public void Tell(ChatEvent happened)
        {
            if ((!TellsWhatItOwes() || !_events.Writer.TryWrite(happened)) && happened is OrderedEvent)
            {
                _missed++;
            }
        }

        /// <summary>How much was missed. False: there is no space for it.</summary>
        public bool TellsWhatItOwes()
        {
            if (_missed > 0 && _events.Writer.TryWrite(new MissedEvent(_missed)))
            {
                _missed = 0;
            }

            return _missed == 0;
        }

        /// <summary>Completes when there may be. One wait, however often it is asked for: a reader may stand still for hours.</summary>
        public Task HasSpace() => _space is { IsCompleted: false } ? _space : _space = _events.Writer.WaitToWriteAsync().AsTask();

        public void Finish(Exception? failure) => _events.Writer.TryComplete(failure);
    }
}
