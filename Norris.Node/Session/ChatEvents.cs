using System.Threading.Channels;
using Norris.Actors;
using Norris.Core.Protocol;
using Norris.Core.Room;

namespace Norris.Node.Session;

/// <summary>
/// What one reader of a session is shown: the node's news, read at the reader's own pace, turned into events when it asks for them, and between them what happens to the user
/// alone. What is not read costs no more than the log's bound.
/// </summary>
/// <param name="log">Where the node's news are.</param>
/// <param name="cursor">Where it begins. It is this reader's from now on.</param>
/// <param name="user">Whose session it is.</param>
/// <param name="profile">How far that user has read before.</param>
/// <param name="tellsPlaces">Whether the places of the order are told (<see cref="PlaceEvent"/>, <see cref="SettledEvent"/>), for who keeps it and waits for no welcome.</param>
internal sealed class ChatEvents(DeliveredLog log, Cursor cursor, UserId user, UserProfile profile, bool tellsPlaces) : ChannelReader<ChatEvent>
{
    private const int HeldUntilWelcome = 10_000;
    private const int OwnKept = 64;

    /// <summary>So much is known of what was said, to quote it and to change it.</summary>
    private const int KnownMessages = 2_000;

    private const long KnownChars = 1024 * 1024;

    private readonly Lock _gate = new();
    private readonly Queue<ChatEvent> _ready = new();
    private readonly Queue<ChatEvent> _own = new();
    private readonly List<(long Place, TaskCompletionSource Passed)> _waiting = [];
    private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private List<ChatEvent>? _held = tellsPlaces ? null : [];
    private ConnectionState _connection = ConnectionState.Rejoining;
    private RoomPicture _room = RoomPicture.None;
    private long _firstSeq;
    private long _seq;
    private (long Place, string Why)? _end;
    private Conversation _conversation = new(KnownMessages, KnownChars);

    public override Task Completion => _over.Task;

    /// <summary>The room, and its last number, that was read here.</summary>
    public (string Room, long Seq) ReadTo
    {
        get
        {
            lock (_gate)
            {
                return (_room.Room == RoomId.None ? "" : _room.Room.ToString(), _seq);
            }
        }
    }

    public override bool TryRead([System.Diagnostics.CodeAnalysis.MaybeNullWhen(false)] out ChatEvent item)
    {
        lock (_gate)
        {
            Fill();
            var isThere = _ready.TryDequeue(out item);
            if (item is ByeEvent)
            {
                cursor.Dispose();
                _over.TrySetResult();
                LetPass();
            }

            return isThere;
        }
    }

    public override async ValueTask<bool> WaitToReadAsync(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            ValueTask<bool> more;
            lock (_gate)
            {
                Fill();
                if (_ready.Count > 0 || _over.Task.IsCompleted)
                {
                    return _ready.Count > 0;
                }

                more = cursor.WaitToReadAsync(cancellationToken);
            }

            if (!await more.ConfigureAwait(false))
            {
                return false;
            }
        }
    }

    /// <summary>The messages that were read here, as they stand: the newest first.</summary>
    public IReadOnlyList<StandingMessage> NewestFirst()
    {
        lock (_gate)
        {
            return [.. _conversation.NewestFirst];
        }
    }

    /// <summary>The same once more, for another reader. Before anything is read here.</summary>
    public ChatEvents Fork(bool tellsPlaces)
    {
        lock (_gate)
        {
            return new ChatEvents(log, cursor.Fork(), user, profile, tellsPlaces);
        }
    }

    /// <summary>Completes when whoever reads here has come past a place of the log and asks for more, or the session is over.</summary>
    public Task Passes(long place)
    {
        var passed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            _waiting.Add((place, passed));
            if (_over.Task.IsCompleted)
            {
                LetPass();
            }
        }

        // Who waits for more has asked already.
        cursor.Wake();
        return passed.Task;
    }

    /// <summary>Something about this user alone: shown next, even before the welcome.</summary>
    public void Tell(ChatEvent happened)
    {
        lock (_gate)
        {
            _own.Enqueue(happened);
            if (_own.Count > OwnKept)
            {
                _own.Dequeue();
            }
        }

        cursor.Wake();
    }

    /// <summary>The session is over, at a place of the log: what lies before that is read, and then the reason.</summary>
    public void End(long place, string why)
    {
        lock (_gate)
        {
            _end ??= (place, why);
        }

        cursor.Wake();
    }

    /// <summary>Who asks for more has dealt with what it got. Called with the lock held.</summary>
    private void Fill()
    {
        while (_ready.Count == 0 && !_over.Task.IsCompleted)
        {
            LetPass();
            if (_own.TryDequeue(out var own))
            {
                _ready.Enqueue(own);
            }
            else if (_end is { } end && cursor.HasRead(end.Place))
            {
                Release();
                _ready.Enqueue(new ByeEvent(end.Why));
            }
            else if (cursor.TryRead(out var news))
            {
                Take(news);
            }
            else
            {
                break;
            }
        }
    }

    private void LetPass()
    {
        var all = _over.Task.IsCompleted;
        foreach (var (place, passed) in _waiting)
        {
            if (all || cursor.HasRead(place))
            {
                passed.TrySetResult();
            }
        }

        _waiting.RemoveAll(w => w.Passed.Task.IsCompleted);
    }

    private void Take(News news)
    {
        switch (news)
        {
            case Started e:
                _seq = e.Before.Room == _room.Room ? _seq : e.First.Value - 1;
                _conversation = e.Before.Room == _room.Room ? _conversation : new(KnownMessages, KnownChars);
                (_room, _firstSeq) = (e.Before, e.First.Value);
                if (tellsPlaces)
                {
                    Show(new PlaceEvent(_room.Room, _firstSeq, e.HashBefore, _room.Delivery));
                }

                if (_connection == ConnectionState.Rejoining && e.Before.Users.FirstOrDefault(u => u.User == user && u.Node == log.Status.Self) is { } me)
                {
                    // The user came in while this reader was too slow to see it.
                    Welcome(me.Name, _room);
                }

                break;
            case Deliver e:
                Take(e);
                break;
            case Settled e when tellsPlaces:
                Show(new SettledEvent(e.UpTo.Value));
                break;
            case Missed e:
                _conversation = new(KnownMessages, KnownChars); // what was said of it meanwhile is not known
                Show(new MissedEvent(e.Count));
                break;
            case Retracted e:
                _seq = e.First.Value - 1;
                _conversation.Retract(e.First, e.Last);
                Show(new RetractedEvent(e.First.Value, e.Last.Value));
                break;
            case HostChanged e:
                Show(new FailoverEvent(e.SilentFor / 1000.0, ChatSession.ShortName(e.From), ChatSession.ShortName(e.To)));
                break;
            case HostSilent e when _connection != ConnectionState.Rejoining:
                Become(ConnectionState.HostSilent, $"the host at {ChatSession.ShortName(e.Host)} is silent: asking the others, who choose a new one if they do not hear it either");
                break;
            case TouchLost when _connection != ConnectionState.Rejoining:
                Become(ConnectionState.CutOff, "no host is heard, and too few of the others are: what you say is kept and sent when one is");
                break;
            case TouchRegained when _connection != ConnectionState.Connected:
                Become(ConnectionState.Connected, "the host is heard again");
                break;
            case Excluded e:
                Become(ConnectionState.Rejoining, e.Why);
                break;
            case Notice e:
                _ready.Enqueue(new NoticeEvent(e.Text));
                break;
        }
    }

    private void Take(Deliver entry)
    {
        _seq = entry.Record.Last.Value;
        foreach (var shown in EntryEvents.Of(entry))
        {
            Show(shown is SaidEvent said && !tellsPlaces ? Known(said) : shown);
        }

        if (entry is { Record.Entry: UserJoined joined, Room: { } room } && joined.User == user)
        {
            Welcome(joined.Name, room);
        }
    }

    /// <summary>A message with what it is about. Who keeps the order gets none of it: that is not part of the entry.</summary>
    private SaidEvent Known(SaidEvent said)
    {
        _conversation.Take(said.ToMessage());
        return said.Relation is { } about ? said with { About = _conversation.Find(about.To) } : said;
    }

    private void Welcome(string name, RoomPicture room)
    {
        _ready.Enqueue(new WelcomeEvent(
            name,
            log.Status.Self is { } self ? ChatSession.ShortName(self) : "",
            room.Host is { } host ? ChatSession.ShortName(host) : "",
            room.Room.ToString(),
            room.Epoch.Value,
            _firstSeq,
            [.. room.Users.Select(u => u.Name)])
        {
            RoomName = room.Settings.Name.Text,
            Topic = room.Settings.Topic.Text,
            Last = room.Settings.LastCount,
            Pid = Environment.ProcessId,
            Recording = [.. room.Recording.Select(ChatSession.ShortName)],
            ReadTo = profile.ReadToOf(room.Room.ToString()),
        });
        _connection = ConnectionState.Connected;
        _ready.Enqueue(new ConnectionEvent(ConnectionState.Connected, "in the room"));
        Release();
    }

    private void Become(ConnectionState state, string why)
    {
        _connection = state;
        Show(new ConnectionEvent(state, why));
    }

    /// <summary>Shows an event; until the first welcome it waits, so that a transcript begins with who and where one is.</summary>
    private void Show(ChatEvent e)
    {
        if (_held is null)
        {
            _ready.Enqueue(e);
            return;
        }

        _held.Add(e);
        if (_held.Count >= HeldUntilWelcome)
        {
            Release();
        }
    }

    private void Release()
    {
        _held?.ForEach(_ready.Enqueue);
        _held = null;
    }
}
