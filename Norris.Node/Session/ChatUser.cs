using System.Text;
using Norris.Actors;
using Norris.Core.Protocol;
using Norris.Core.Room;

namespace Norris.Node.Session;

/// <summary>A user of this node: what it says, how it sees the room, and who reads what happens to it. Safe for several threads.</summary>
internal sealed class ChatUser
{
    private static readonly UTF8Encoding Strict = new(false, true);

    private readonly DeliveredLog _log;
    private readonly Func<ChatUser, Task> _leave;
    private readonly Func<Task<string>> _reform;
    private readonly Action<string>? _named;
    private readonly Lock _gate = new();
    private readonly List<ChatEvents> _readers = [];

    /// <param name="wants">What of the node's news its readers get; null: everything.</param>
    /// <param name="named">Told each name that the user is given; null: nobody.</param>
    public ChatUser(
        UserId id, UserProfile profile, ProtocolOptions options, DeliveredLog log, Func<News, bool>? wants, Action<string>? named, Func<ChatUser, Task> leave, Func<Task<string>> reform)
    {
        (_log, _named, _leave, _reform) = (log, named, leave, reform);
        User = new RoomUser(id, profile.Name, profile.Token, options);
        Session = new ChatSession(this, Add(new ChatEvents(log, log.Open(wants), id, profile, tellsPlaces: false)));
        _ = Task.Run(ReadOwnNews);
    }

    public RoomUser User { get; }

    /// <summary>With a reader that begins before the user came.</summary>
    public ChatSession Session { get; }

    public RoomView View
    {
        get
        {
            var heard = User.Heard; // before the status: what it has heard of is not beyond the highest number
            var (pending, outbox, status) = ((int)User.Pending, User.OutboxBytes, _log.Status);
            var room = status.Picture;
            var me = room.Users.FirstOrDefault(u => u.User == User.Id);
            return new RoomView(
                room.Room == RoomId.None ? "" : room.Room.ToString(),
                room.Epoch.Value,
                status.Delivered.Value,
                status.Hash,
                room.Host is { } host ? ChatSession.ShortName(host) : "",
                status.Self is { } self ? ChatSession.ShortName(self) : "",
                me?.Name ?? User.Name,
                !status.IsMember || me?.Node != status.Self ? ConnectionState.Rejoining
                    : status.Contact switch { Contact.HostSilent => ConnectionState.HostSilent, Contact.CutOff => ConnectionState.CutOff, _ => ConnectionState.Connected },
                room.Delivery,
                [.. room.Members.Select(n => (Node: n, Place: status.Places.GetValueOrDefault(n))).Select(n => new NodeView(
                    ChatSession.ShortName(n.Node), n.Node == room.Host, n.Node == status.Self, !status.Unreachable.Contains(n.Node), room.Recording.Contains(n.Node),
                    n.Place.Received.Value, n.Place.Lag))],
                [.. room.Users.Select(u => new UserView(u.User, u.Name, ChatSession.ShortName(u.Node), u.Node == room.Host, u.User == User.Id))],
                pending,
                status.Highest.Value,
                status.Stable.Value,
                [.. status.HostChanges.Select(c => new FailoverView(
                    DateTimeOffset.FromUnixTimeMilliseconds(c.At), c.SilentFor / 1000.0, ChatSession.ShortName(c.From), ChatSession.ShortName(c.To), c.Epoch.Value))])
            {
                Heard = heard,
                OutboxBytes = outbox,
                Received = status.Received.Value,
                Steps = status.Steps,
                IsPrivate = status.Circle is not null,
                Settings = room.Settings,
            };
        }
    }

    /// <summary>An id that nobody else has. It is no secret, and so not worth the 4 MB of a cryptographic library in every node.</summary>
    public static UserId DrawId()
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        Random.Shared.NextBytes(bytes);
        return new UserId(BitConverter.ToUInt64(bytes));
    }

    public SayResult Say(string text, Relation? relation)
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

        if (utf8.Length == 0 && relation is not { Kind: RelationKind.Deletion })
        {
            return new SayResult(null, "the message is empty");
        }

        if (utf8.Length > Limits.TextBytes)
        {
            return new SayResult(null, $"the message has {utf8.Length:N0} bytes, and a message takes {Limits.TextBytes:N0}");
        }

        if (relation is not null && Relation.WhyNot(relation, utf8, User.Id) is { } whyNot)
        {
            return new SayResult(null, whyNot);
        }

        try
        {
            return User.TrySay(utf8, relation) is { } id
                ? new SayResult(id, null)
                : new SayResult(null, "the outbox is full: wait until what you said before is delivered", Retry: true);
        }
        catch (RoomException e)
        {
            return new SayResult(null, e.Message);
        }
        catch (ArgumentException)
        {
            return new SayResult(null, "that message was not said yet");
        }
    }

    public void AskForName(string name)
    {
        if (Names.TryNormalise(name, out var normal, out _) && normal == User.Name)
        {
            ForEachReader(reader => reader.Tell(new NoticeEvent($"you are {normal} already")));
        }

        User.AskFor(name); // it may take back a wish for another one
    }

    public Task Leave() => _leave(this);

    public Task<string> Reform() => _reform();

    /// <summary>The room as the node has it now; null: it is in none.</summary>
    public required Func<NorrisRoom?> Room { get; init; }

    public Task<string?> ChangeRoom(RoomSettingKind setting, string text, CancellationToken cancel) => SettingDesk.Do(Room(), User.Id, setting, text, cancel);

    /// <summary>Does what the user wants of the circle; null: that is the node's own user's business.</summary>
    public Func<CircleWish, CancellationToken, Task<CircleAnswer>>? AskCircle { get; init; }

    /// <summary>Everything said so far is in the order, and a reader has come past it.</summary>
    public async Task WhenDelivered(ChatEvents reader)
    {
        await User.WhenDelivered().ConfigureAwait(false);
        await reader.Passes(_log.End).ConfigureAwait(false);
    }

    public ChatEvents Add(ChatEvents reader)
    {
        lock (_gate)
        {
            _readers.Add(reader);
        }

        return reader;
    }

    /// <summary>Ends the session: what was delivered so far, the reason, and then nothing.</summary>
    public void End(string why)
    {
        var end = _log.End;
        ForEachReader(reader => reader.End(end, why));
    }

    private async Task ReadOwnNews()
    {
        await foreach (var news in User.News.ReadAllAsync().ConfigureAwait(false))
        {
            if (news is NameGiven given)
            {
                _named?.Invoke(given.Name);
            }

            ChatEvent? happened = news switch
            {
                RefuseUser e => new RefusedEvent(User.Name, e.Why),
                InDoubt e => new NoticeEvent(
                    $"{e.Count} of your messages may have been said or not: this node was away for so long that the room has forgotten it. They are not said again"),
                Forged e => new NoticeEvent(
                    $"#{e.Record.First} stands in your name and is not yours: the node that hosted made it up. What you said yourself is said again"),
                _ => null,
            };
            if (happened is not null)
            {
                ForEachReader(reader => reader.Tell(happened));
            }
        }
    }

    private void ForEachReader(Action<ChatEvents> tell)
    {
        lock (_gate)
        {
            _readers.ForEach(tell);
        }
    }
}
