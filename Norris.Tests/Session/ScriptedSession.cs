using System.Threading.Channels;
using Norris.Core.Protocol;
using Norris.Core.Room;
using Norris.Node.Session;

namespace Norris.Tests.Session;

/// <summary>A session without a room: the test says what happens, and sees what the screen asked for.</summary>
internal sealed class ScriptedSession : IChatSession
{
    public static readonly UserId Me = new(0xada);
    private readonly Channel<ChatEvent> _events = Channel.CreateUnbounded<ChatEvent>();
    private readonly Lock _gate = new();
    private readonly List<string> _said = [];
    private TaskCompletionSource _delivered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _pending;
    private long _seq;

    public ScriptedSession() => View = new RoomView(
        "00000000000000ff", 1, 0, 0, "127.0.0.1:4053", "127.0.0.1:4053", "ada", ConnectionState.Connected, DeliveryLevel.Uniform,
        [new NodeView("127.0.0.1:4053", true, true, true, false, 0, 0)], [new UserView(Me, "ada", "127.0.0.1:4053", true, true)], 0, 0, 0, []);

    public UserId User => Me;

    public ChannelReader<ChatEvent> Events => Reads ?? _events.Reader;

    /// <summary>What happens, where that is not what the test says; null: it is.</summary>
    public ChannelReader<ChatEvent>? Reads { get; init; }

    public RoomView View { get; set; }

    /// <summary>How many messages may be on the way before more are refused for now.</summary>
    public int OutboxRoom { get; init; } = int.MaxValue;

    /// <summary>Whether what is said is delivered at once.</summary>
    public bool DeliversAtOnce { get; init; } = true;

    public List<string> NamesAskedFor { get; } = [];

    public TaskCompletionSource Left { get; } = new();

    public int Retries { get; private set; }

    public IReadOnlyList<string> Said
    {
        get
        {
            lock (_gate)
            {
                return [.. _said];
            }
        }
    }

    public void Happens(ChatEvent happened) => _events.Writer.TryWrite(happened);

    /// <summary>The user is in the room, and is told so.</summary>
    public void ComesIn() => Happens(new WelcomeEvent(View.Name, View.Node, View.Host, View.Room, View.Epoch, 1, [View.Name]));

    public void Ends(string why)
    {
        Happens(new ByeEvent(why));
        _events.Writer.TryComplete();
    }

    public SayResult Say(string text, Relation? relation = null)
    {
        lock (_gate)
        {
            if (_pending >= OutboxRoom)
            {
                Retries++;
                return new SayResult(null, "the outbox is full", Retry: true);
            }

            _said.Add(text);
            _pending++;
            if (_delivered.Task.IsCompleted)
            {
                _delivered = new(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            if (DeliversAtOnce)
            {
                DeliverOne();
            }

            return new SayResult(new MessageId(Me, _said.Count), null);
        }
    }

    /// <summary>Delivers the oldest message on the way.</summary>
    public void DeliverOne()
    {
        lock (_gate)
        {
            var counter = _said.Count - _pending + 1;
            _pending--;
            Happens(new SaidEvent(++_seq, 1, 7, new MessageId(Me, counter), "ada", _said[counter - 1], 0, 0));
            if (_pending == 0)
            {
                _delivered.TrySetResult();
            }
        }
    }

    public void AskForName(string name) => NamesAskedFor.Add(name);

    public Task WhenDelivered(CancellationToken cancel)
    {
        lock (_gate)
        {
            return _pending == 0 ? Task.CompletedTask : _delivered.Task.WaitAsync(cancel);
        }
    }

    public Task Leave(CancellationToken cancel)
    {
        Left.TrySetResult();
        Ends("left");
        return Task.CompletedTask;
    }

    public Task<string?> ChangeRoom(RoomSettingKind setting, string text, CancellationToken cancel) => Task.FromResult<string?>($"not changed: {setting} {text}");

    public Task<CircleAnswer> AskCircle(CircleWish wish, CancellationToken cancel) => Task.FromResult<CircleAnswer>(new CircleAnswer.Done($"asked: {wish}"));

    public Task<string> Reform(CancellationToken cancel) => Task.FromResult("a new room has begun");
}

/// <summary>A node that is only its own user's scripted session.</summary>
internal sealed class ScriptedNode(ScriptedSession own) : IChatNode
{
    public IChatSession Own => own;

    public bool IsDisposed { get; private set; }

    public IChatSession OpenUser(UserProfile profile) => throw new NotSupportedException();

    public ValueTask DisposeAsync()
    {
        IsDisposed = true;
        return ValueTask.CompletedTask;
    }
}
