using System.Threading.Channels;
using Norris.Actors.Protocol;

namespace Norris.Node.Session;

/// <summary>
/// Several readers of one session: the terminal and the browser are both the node's own user, the archive reads along, and a slow one must not
/// hold up the others. Each gets every event through a channel of its own, bounded like the session's.
/// </summary>
public static class SharedSession
{
    /// <summary>What one reader may be behind before it is told what it missed.</summary>
    public const int EventsBehind = 128 * 1024;

    /// <summary>Takes over the session's only reader. All sharers are made at once, so that none of them misses the beginning.</summary>
    /// <param name="recorders">How many of the sharers, the last ones, keep the order: they alone get its <see cref="PlaceEvent"/>s.</param>
    public static IReadOnlyList<IChatSession> Split(IChatSession session, int ways, int eventsBehind = EventsBehind, int recorders = 0)
    {
        var sharers = Enumerable.Range(0, ways).Select(way => new Sharer(session, eventsBehind, way >= ways - recorders)).ToArray();
        _ = Pump(session, sharers);
        return sharers;
    }

    private static async Task Pump(IChatSession session, Sharer[] sharers)
    {
        Exception? failure = null;
        try
        {
            Task<bool> more;
            do
            {
                while (session.Events.TryRead(out var happened))
                {
                    foreach (var sharer in sharers)
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

        foreach (var sharer in sharers)
        {
            sharer.Finish(failure);
        }
    }

    private sealed class Sharer(IChatSession session, int eventsBehind, bool records) : IChatSession
    {
        private readonly Channel<ChatEvent> _events =
            Channel.CreateBounded<ChatEvent>(new BoundedChannelOptions(eventsBehind) { SingleReader = true, SingleWriter = true });

        private long _missed;
        private RoomId _room;
        private PlaceEvent? _place;
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
            if (happened is PlaceEvent place)
            {
                if (!records)
                {
                    return;
                }

                _room = place.Room;
                _place = _missed > 0 || !_events.Writer.TryWrite(place) ? place : null;
                return;
            }

            if ((!TellsWhatItOwes() || !_events.Writer.TryWrite(happened)) && happened is OrderedEvent ordered)
            {
                _missed++;
                _place = records ? new PlaceEvent(_room, ordered.Seq + 1, ordered.Hash) : null;
            }
        }

        /// <summary>How much was missed; and a recorder must hear where the order goes on before it goes on. False: there is no space for it.</summary>
        public bool TellsWhatItOwes()
        {
            if (_missed > 0 && _events.Writer.TryWrite(new MissedEvent(_missed)))
            {
                _missed = 0;
            }

            if (_missed == 0 && _place is not null && _events.Writer.TryWrite(_place))
            {
                _place = null;
            }

            return _missed == 0 && _place is null;
        }

        /// <summary>Completes when there may be. One wait, however often it is asked for: a reader may stand still for hours.</summary>
        public Task HasSpace() => _space is { IsCompleted: false } ? _space : _space = _events.Writer.WaitToWriteAsync().AsTask();

        public void Finish(Exception? failure) => _events.Writer.TryComplete(failure);
    }
}
