using System.Diagnostics;
using System.Text;
using System.Threading.Channels;
using Norris.Actors;
using Norris.Actors.Protocol;
using Norris.Actors.Room;

namespace Norris.Node.Session;

/// <summary>
/// One user's session: what its node delivers becomes the events that screens show. Delivered blocks wait here undecoded, so a slow screen
/// costs no more memory than the log itself; one that falls behind by more than <see cref="BacklogBytes"/> is told what it missed.
/// </summary>
internal sealed class ChatSession : IChatSession, IRoomListener
{
    /// <summary>How far a screen may fall behind, in bytes of delivered entries.</summary>
    public const long BacklogBytes = 64 * 1024 * 1024;

    private const int EventsAhead = 1024;
    private const int HeldUntilWelcome = 10_000;
    private const int FailoversRemembered = 100;

    private static readonly UTF8Encoding Strict = new(false, true);

    private readonly Channel<object> _news = Channel.CreateUnbounded<object>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Channel<ChatEvent> _events = Channel.CreateBounded<ChatEvent>(
        new BoundedChannelOptions(EventsAhead) { SingleReader = true, SingleWriter = true });

    private readonly Func<IChatSession, Task> _leave;
    private readonly Func<Task<string>> _reform;
    private readonly Func<RoomStatus> _status;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private readonly List<ChatEvent> _held = [];
    private readonly List<FailoverView> _failovers = [];
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private RoomState? _room;
    private string _node = "";
    private bool _welcomed;
    private long _backlog;
    private long _lastSeq;
    private long _firstSeq;
    private long? _deliveredAt;
    private long? _silentFrom;
    private TimeSpan _silence;
    private long? _apartAt;
    private string _roomId = "";
    private ConnectionState _connection = ConnectionState.Rejoining;
    private bool _atNewPlace;

    public ChatSession(
        UserId id, UserProfile profile, ProtocolOptions options, Func<RoomStatus> status, Func<IChatSession, Task> leave, Func<Task<string>> reform,
        TimeProvider time)
    {
        _reform = reform;
        _status = status;
        _leave = leave;
        _time = time;
        User = new RoomUser(id, profile.Name, profile.Token, options, this);
        _ = Task.Run(Pump);
    }

    public RoomUser User { get; }

    /// <summary>Whether the places of the order are told. Set before anything happens.</summary>
    public bool TellsPlaces { get; init; }

    /// <summary>Completes when the node's log has started for the first time.</summary>
    public Task WhenStarted => _started.Task;

    public ChannelReader<ChatEvent> Events => _events.Reader;

    public RoomView View
    {
        get
        {
            var status = _status();
            var pending = (int)User.Pending;
            lock (_gate)
            {
                var host = _room?.Host is { } h ? ShortName(h) : "";
                return new RoomView(
                    _roomId,
                    _room?.Epoch.Value ?? 0,
                    _lastSeq,
                    _room?.Hash ?? 0,
                    host,
                    _node,
                    User.Name,
                    _connection,
                    _room?.Delivery ?? DeliveryLevel.Uniform,
                    [.. (_room?.Members ?? []).Select(n => new NodeView(
                        ShortName(n), n == _room!.Host, ShortName(n) == _node, true, _room.Recording.Contains(n), 0, 0))],
                    [.. (_room?.Users ?? []).Select(u => new UserView(
                        u.User, u.Name, ShortName(u.Node), u.Node == _room!.Host, u.User == User.Id))],
                    pending,
                    status.Highest.Value,
                    status.Stable.Value,
                    [.. _failovers]);
            }
        }
    }

    /// <summary>For how long the user has been out of touch with the room; null while in touch, or before the first time.</summary>
    public TimeSpan? ApartFor
    {
        get
        {
            lock (_gate)
            {
                return _apartAt is { } at ? _time.GetElapsedTime(at) : null;
            }
        }
    }

    /// <summary>How people call a node: where it listens.</summary>
    public static string ShortName(NodeId node) => node.Address[(node.Address.LastIndexOf('@') + 1)..];

    public SayResult Say(string text)
    {
        byte[] utf8;
        try
        {
            utf8 = Strict.GetBytes(text);
        }
        catch (EncoderFallbackException)
        {
            return new SayResult(null, "the message is not valid Unicode");
        }

        if (utf8.Length == 0)
        {
            return new SayResult(null, "the message is empty");
        }

        if (utf8.Length > Limits.TextBytes)
        {
            return new SayResult(null, $"the message has {utf8.Length:N0} bytes, and a message takes {Limits.TextBytes:N0}");
        }

        return User.TrySay(utf8) is { } id
            ? new SayResult(id, null)
            : new SayResult(null, "the outbox is full: wait until what you said before is delivered", Retry: true);
    }

    public void AskForName(string name) => User.AskFor(name);

    public Task WhenDelivered(CancellationToken cancel) => User.WhenDelivered().WaitAsync(cancel);

    public Task Leave(CancellationToken cancel) => _leave(this).WaitAsync(cancel);

    public Task<string> Reform(CancellationToken cancel) => _reform().WaitAsync(cancel);

    // ---- what the user's actor tells; never blocks ----

    public void Started(SequenceNumber first, RoomSnapshot before) => _news.Writer.TryWrite(new LogStarted(first, before));

    public void Delivered(Deliver entry)
    {
        var size = entry.Record.Entry.Size;
        if (entry.Record.Entry is Said && Interlocked.Read(ref _backlog) + size > BacklogBytes)
        {
            // The screen is too slow. What is let go here shows up as a jump in the numbers, and is told as missed.
            return;
        }

        Interlocked.Add(ref _backlog, size);
        _news.Writer.TryWrite(entry);
    }

    public void EpochAccepted(Epoch epoch, NodeId host) => _news.Writer.TryWrite(new Norris.Actors.Protocol.EpochAccepted(epoch, host));

    public void Excluded(string why) => Tell(new ConnectionEvent(ConnectionState.Rejoining, why));

    public void InTouch(bool inTouch) => Tell(inTouch
        ? new ConnectionEvent(ConnectionState.Connected, "the host is heard again")
        : new ConnectionEvent(ConnectionState.CutOff, "no host is heard: what you say is kept and sent when one is"));

    public void NameRefused(string why) => Tell(new RefusedEvent(User.Name, why));

    public void Gone()
    {
    }

    /// <summary>The session has a node (again, after a rejoin).</summary>
    public void OnNode(string node)
    {
        lock (_gate)
        {
            _node = node;
        }
    }

    public void Tell(ChatEvent news) => _news.Writer.TryWrite(news);

    /// <summary>Ends the session: the last event, and then nothing.</summary>
    public void End(string why)
    {
        _news.Writer.TryWrite(new ByeEvent(why));
        _news.Writer.TryComplete();
    }

    // ---- the pump: from what was delivered to what is shown ----

    private async Task Pump()
    {
        try
        {
            await foreach (var news in _news.Reader.ReadAllAsync().ConfigureAwait(false))
            {
                switch (news)
                {
                    case LogStarted e:
                        OnStarted(e);
                        break;
                    case Deliver e:
                        Interlocked.Add(ref _backlog, -e.Record.Entry.Size);
                        await OnDelivered(e).ConfigureAwait(false);
                        break;
                    case Norris.Actors.Protocol.EpochAccepted:
                        // The silence that a change of host costs: from the last entry before it to the first one after.
                        _silentFrom = _deliveredAt;
                        break;
                    case ConnectionEvent { State: ConnectionState.CutOff } when _connection == ConnectionState.Rejoining:
                        break;
                    case ConnectionEvent e:
                        lock (_gate)
                        {
                            _connection = e.State;
                            _apartAt = e.State == ConnectionState.Connected ? null : _apartAt ?? _time.GetTimestamp();
                        }

                        await Show(e).ConfigureAwait(false);
                        break;
                    case ByeEvent e:
                        await Release().ConfigureAwait(false);
                        await _events.Writer.WriteAsync(e).ConfigureAwait(false);
                        break;
                    case ChatEvent e:
                        // About this user alone: shown even before the welcome.
                        await _events.Writer.WriteAsync(e).ConfigureAwait(false);
                        break;
                    default:
                        throw new UnreachableException($"no event for {news.GetType()}");
                }
            }

            _events.Writer.TryComplete();
        }
        catch (Exception e)
        {
            _events.Writer.TryComplete(e);
            throw;
        }
    }

    private void OnStarted(LogStarted started)
    {
        lock (_gate)
        {
            var newRoom = started.Before.Room.ToString();
            if (_roomId != newRoom)
            {
                // Another room counts from the beginning again.
                _lastSeq = _roomId.Length == 0 ? started.First.Value - 1 : 0;
            }

            _roomId = newRoom;
            _room = new RoomState(started.Before);
            _firstSeq = started.First.Value;
            _atNewPlace = true;
        }

        _started.TrySetResult();
    }

    private async ValueTask OnDelivered(Deliver entry)
    {
        var record = entry.Record;
        if (_silentFrom is { } from)
        {
            _silence = _time.GetElapsedTime(from);
            _silentFrom = null;
        }

        if (record.First.Value > _lastSeq + 1 && _lastSeq > 0)
        {
            await Show(new MissedEvent(record.First.Value - _lastSeq - 1)).ConfigureAwait(false);
            _atNewPlace = true;
        }

        if (_atNewPlace && TellsPlaces)
        {
            await Show(new PlaceEvent(_room!.Room, record.First.Value, entry.HashBefore)).ConfigureAwait(false);
        }

        _atNewPlace = false;

        if (record.Entry is Said)
        {
            await ShowSaid(entry).ConfigureAwait(false);
            return;
        }

        var hash = TranscriptHash.After(record, entry.HashBefore);
        var leaver = record.Entry is UserLeft left ? _room!.Find(left.User) : null;
        NodeId? hostBefore;
        lock (_gate)
        {
            hostBefore = _room!.Host;
            _room.Apply(record, hash);
            _lastSeq = record.Last.Value;
        }

        var (seq, epoch) = (record.First.Value, record.Epoch.Value);
        OrderedEvent shown = record.Entry switch
        {
            UserJoined e => new JoinedEvent(seq, epoch, hash, e.Name, ShortName(e.Node), e.User),
            UserLeft e => new LeftEvent(seq, epoch, hash, entry.Name ?? "", leaver is null ? "" : ShortName(leaver.Node), e.Reason, e.User),
            NodeJoined e => new NodeEvent(seq, epoch, hash, ShortName(e.Node), true, null),
            NodeLeft e => new NodeEvent(seq, epoch, hash, ShortName(e.Node), false, e.Reason),
            EpochStarted e => new HostEvent(seq, epoch, hash, ShortName(e.Host), e.MayHaveLost),
            RecordingChanged e => new RecordingEvent(seq, epoch, hash, ShortName(e.Node), e.Recording),
            _ => throw new UnreachableException($"no event for {record.Entry.GetType()}"),
        };

        if (record.Entry is EpochStarted && hostBefore is { } old && _deliveredAt is not null && shown is HostEvent host)
        {
            var failover = new FailoverView(
                _time.GetUtcNow(), _silence.TotalSeconds, ShortName(old), host.Host, record.Epoch.Value);
            lock (_gate)
            {
                _failovers.Add(failover);
                if (_failovers.Count > FailoversRemembered)
                {
                    _failovers.RemoveAt(0);
                }
            }

            await Show(shown).ConfigureAwait(false);
            await Show(new FailoverEvent(failover.Seconds, failover.From, failover.To)).ConfigureAwait(false);
        }
        else
        {
            await Show(shown).ConfigureAwait(false);
        }

        _deliveredAt = _time.GetTimestamp();
        if (record.Entry is UserJoined joined && joined.User == User.Id)
        {
            await Welcome(joined).ConfigureAwait(false);
        }
    }

    private async ValueTask ShowSaid(Deliver entry)
    {
        var record = entry.Record;
        var block = ((Said)record.Entry).Block;
        var hash = entry.HashBefore;
        var shown = new List<ChatEvent>(block.Count);
        var number = record.First;
        foreach (var message in block)
        {
            hash = TranscriptHash.AfterMessage(record, block, message, number, hash);
            shown.Add(new SaidEvent(
                number.Value, record.Epoch.Value, hash, message.Id, entry.Name ?? "", message.Text, message.SentAt, record.OrderedAt));
            number = number.Next;
        }

        lock (_gate)
        {
            _room!.Apply(record, hash);
            _lastSeq = record.Last.Value;
        }

        _deliveredAt = _time.GetTimestamp();
        foreach (var e in shown)
        {
            await Show(e).ConfigureAwait(false);
        }
    }

    private async ValueTask Welcome(UserJoined joined)
    {
        WelcomeEvent welcome;
        lock (_gate)
        {
            _connection = ConnectionState.Connected;
            _apartAt = null;
            welcome = new WelcomeEvent(
                joined.Name,
                _node,
                _room!.Host is { } host ? ShortName(host) : "",
                _roomId,
                _room.Epoch.Value,
                _firstSeq,
                [.. _room.Users.Select(u => u.Name)])
            {
                Recording = [.. _room.Recording.Select(ShortName)],
            };
        }

        await _events.Writer.WriteAsync(welcome).ConfigureAwait(false);
        await _events.Writer.WriteAsync(new ConnectionEvent(ConnectionState.Connected, "in the room")).ConfigureAwait(false);
        await Release().ConfigureAwait(false);
    }

    /// <summary>Shows an event; until the first welcome it waits, so that a transcript begins with who and where one is.</summary>
    private async ValueTask Show(ChatEvent e)
    {
        if (_welcomed)
        {
            await _events.Writer.WriteAsync(e).ConfigureAwait(false);
            return;
        }

        _held.Add(e);
        if (_held.Count >= HeldUntilWelcome)
        {
            await Release().ConfigureAwait(false);
        }
    }

    private async ValueTask Release()
    {
        _welcomed = true;
        foreach (var e in _held)
        {
            await _events.Writer.WriteAsync(e).ConfigureAwait(false);
        }

        _held.Clear();
    }
}
