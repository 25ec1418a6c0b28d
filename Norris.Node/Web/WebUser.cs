using System.Threading.Channels;
using Norris.Core.Protocol;
using Norris.Node.Session;

namespace Norris.Node.Web;

/// <summary>
/// A user as the web sees it: a session, the streams that are open on it, and the keys it has said things under. The entries of the order are
/// the same for all users of a node and go over the node's <see cref="EventLog"/>; this passes on the news about the one user.
/// </summary>
internal sealed class WebUser
{
    private readonly Lock _lock = new();
    private readonly List<EventStream> _streams = [];
    private readonly RecentKeys _keys;
    private readonly TimeProvider _time;
    private byte[]? _welcome;
    private bool _ended;

    /// <param name="log">Where the entries of the order go; null where another user's session brings them.</param>
    /// <param name="source">Where a guest came from; null: the node's own user.</param>
    public WebUser(IChatSession session, WebOptions options, EventLog? log, TimeProvider time, Source? source = null)
    {
        Session = session;
        Source = source;
        _time = time;
        _keys = new RecentKeys(options.KeysPerUser);
        LastSeen = time.GetUtcNow();
        Done = Pump(log);
    }

    public IChatSession Session { get; }

    /// <summary>Where a guest came from; null: the node's own user, for whom there is always a place.</summary>
    public Source? Source { get; }

    /// <summary>Completes when the session has ended.</summary>
    public Task Done { get; }

    /// <summary>When a request of this user last came in or a stream of it last closed.</summary>
    public DateTimeOffset LastSeen { get; private set; }

    public int Streams
    {
        get
        {
            lock (_lock)
            {
                return _streams.Count;
            }
        }
    }

    public void Touch() => LastSeen = _time.GetUtcNow();

    /// <summary>Says something once: under a key that was used before, it gives the answer of then.</summary>
    /// <param name="conflict">The key was used for another message.</param>
    public SayResult Say(string text, Relation? relation, string? key, out bool conflict)
    {
        var whole = relation is { } about ? $"{about}\n{text}" : text;

        // Also without a key: two requests of one user keep their order.
        lock (_lock)
        {
            conflict = false;
            if (key is not null && _keys.TryFind(key, whole, out var earlier, out conflict))
            {
                return new SayResult(earlier, null);
            }

            var result = Session.Say(text, relation);
            if (key is not null && result.Id is { } id)
            {
                _keys.Remember(key, id, whole);
            }

            return result;
        }
    }

    /// <summary>Adds a stream and tells it how things are. False: this user has enough of them.</summary>
    public bool TryAttach(EventStream stream, int max)
    {
        lock (_lock)
        {
            if (_streams.Count >= max)
            {
                return false;
            }

            _streams.Add(stream);
            if (_welcome is not null)
            {
                stream.Tell(_welcome);
            }

            stream.Tell(EventJson.Line(new ConnectionEvent(Session.View.Connection, "")));
            if (_ended)
            {
                stream.Finish();
            }

            return true;
        }
    }

    public void Detach(EventStream stream)
    {
        lock (_lock)
        {
            _streams.Remove(stream);
            Touch();
        }
    }

    private async Task Pump(EventLog? log)
    {
        try
        {
            await foreach (var happened in Session.Events.ReadAllAsync().ConfigureAwait(false))
            {
                switch (happened)
                {
                    case OrderedEvent ordered:
                        log?.Append(ordered.Seq, EventJson.Line(ordered));
                        break;
                    case MissedEvent:
                        break; // a stream sees by the numbers what is missing, wherever it resumes
                    case RetractedEvent retracted:
                        log?.Retract(retracted); // a stream tells it in its place
                        break;
                    default:
                        TellStreams(happened);
                        break;
                }
            }
        }
        catch (ChannelClosedException)
        {
            // The session ended with a failure, which the node reports; here it has just ended.
        }
        finally
        {
            lock (_lock)
            {
                _ended = true;
                _streams.ForEach(s => s.Finish());
            }
        }
    }

    private void TellStreams(ChatEvent news)
    {
        var line = EventJson.Line(news);
        lock (_lock)
        {
            _welcome = news is WelcomeEvent ? line : _welcome;
            _streams.ForEach(s => s.Tell(line));
        }
    }
}
