using System.Threading.Channels;

namespace Norris.Node.Session;

/// <summary>
/// Several readers of one session: the terminal and the browser are both the node's own user, and a slow one must not hold up the other.
/// Each gets every event through a channel of its own, bounded like the session's.
/// </summary>
public static class SharedSession
{
    /// <summary>What one reader may be behind before it is told what it missed.</summary>
    public const int EventsBehind = 16 * 1024;

    /// <summary>Takes over the session's only reader. All sharers are made at once, so that none of them misses the beginning.</summary>
    public static IReadOnlyList<IChatSession> Split(IChatSession session, int ways, int eventsBehind = EventsBehind)
    {
        var sharers = Enumerable.Range(0, ways).Select(_ => new Sharer(session, eventsBehind)).ToArray();
        _ = Pump(session, sharers);
        return sharers;
    }

    private static async Task Pump(IChatSession session, Sharer[] sharers)
    {
        Exception? failure = null;
        try
        {
            await foreach (var happened in session.Events.ReadAllAsync().ConfigureAwait(false))
            {
                foreach (var sharer in sharers)
                {
                    sharer.Tell(happened);
                }
            }
        }
        catch (Exception e)
        {
            failure = e;
        }

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

        public ChannelReader<ChatEvent> Events => _events.Reader;

        public RoomView View => session.View;

        public SayResult Say(string text) => session.Say(text);

        public void AskForName(string name) => session.AskForName(name);

        public Task WhenDelivered(CancellationToken cancel) => session.WhenDelivered(cancel);

        public Task Leave(CancellationToken cancel) => session.Leave(cancel);

        public Task<string> Reform(CancellationToken cancel) => session.Reform(cancel);

        public void Tell(ChatEvent happened)
        {
            if (_missed > 0 && _events.Writer.TryWrite(new MissedEvent(_missed)))
            {
                _missed = 0;
            }

            if ((_missed > 0 || !_events.Writer.TryWrite(happened)) && happened is OrderedEvent)
            {
                _missed++;
            }
        }

        public void Finish(Exception? failure) => _events.Writer.TryComplete(failure);
    }
}
