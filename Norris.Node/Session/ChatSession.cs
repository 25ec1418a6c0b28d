using System.Diagnostics;
using System.Text;
using System.Threading.Channels;
using Norris.Actors;
using Norris.Core.Protocol;
using Norris.Core.Room;

namespace Norris.Node.Session;

/// <summary>
/// One user's session: what its node delivers becomes the events that screens show. Delivered blocks wait here undecoded, so a slow screen
/// costs no more memory than the log itself; one that falls behind by more than <see cref="BacklogBytes"/> is told what it missed.
/// </summary>
internal sealed partial class ChatSession : IChatSession, IRoomListener
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
    private readonly UserProfile _profile;
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

    // In an agreed room: up to where nothing can be taken back. And whether the room was lost since the last entry was shown.
    private long _settledSeq;
    private bool _lostRoom;

    public ChatSession(
        UserId id, UserProfile profile, ProtocolOptions options, Func<RoomStatus> status, Func<IChatSession, Task> leave, Func<Task<string>> reform,
        TimeProvider time)
    {
        _reform = reform;
        _status = status;
        _leave = leave;
        _time = time;
        _profile = profile;
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
            var heard = User.Heard; // before the status: what it has heard of is not beyond the highest number
            var status = _status();
            var (pending, outbox) = ((int)User.Pending, User.OutboxBytes);
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
                    [.. (_room?.Members ?? []).Select(n => (Node: n, Place: status.Places.GetValueOrDefault(n))).Select(n => new NodeView(
                        ShortName(n.Node), n.Node == _room!.Host, ShortName(n.Node) == _node, !status.Unreachable.Contains(n.Node), _room.Recording.Contains(n.Node),
                        n.Place.Received.Value, n.Place.Lag))],
                    [.. (_room?.Users ?? []).Select(u => new UserView(
                        u.User, u.Name, ShortName(u.Node), u.Node == _room!.Host, u.User == User.Id))],
                    pending,
                    status.Highest.Value,
                    status.Stable.Value,
                    [.. _failovers])
                {
                    Heard = heard,
                    OutboxBytes = outbox,
                };
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

    public void AskForName(string name)
    {
        if (Names.TryNormalise(name, out var normal, out _) && normal == User.Name)
        {
            Tell(new NoticeEvent($"you are {normal} already"));
        }

        User.AskFor(name); // it may take back a wish for another one
    }

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

    public void EpochAccepted(Epoch epoch, NodeId host, TimeSpan silentFor) =>
        _news.Writer.TryWrite(new Norris.Core.Protocol.EpochAccepted(epoch, host, (long)silentFor.TotalMilliseconds));

    public void HostIsSilent(NodeId host) => Tell(new ConnectionEvent(
        ConnectionState.HostSilent, $"the host at {ShortName(host)} is silent: asking the others, who choose a new one if they do not hear it either"));

    public void InDoubt(long count) => Tell(new NoticeEvent(
        $"{count} of your messages may have been said or not: this node was away for so long that the room has forgotten it. They are not said again"));

    public void Forged(LogRecord record) => Tell(new NoticeEvent(
        $"#{record.First} stands in your name and is not yours: the node that hosted made it up. What you said yourself is said again"));

    public void Settled(SequenceNumber upTo) => _news.Writer.TryWrite(new Settled(upTo));

    public void Excluded(string why) => Tell(new ConnectionEvent(ConnectionState.Rejoining, why));

    public void InTouch(bool inTouch) => Tell(inTouch
        ? new ConnectionEvent(ConnectionState.Connected, "the host is heard again")
        : new ConnectionEvent(ConnectionState.CutOff, "no host is heard, and too few of the others are: what you say is kept and sent when one is"));

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
}
