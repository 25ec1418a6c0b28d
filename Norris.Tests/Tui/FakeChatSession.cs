using System.Diagnostics;
using System.Threading.Channels;
using Norris.Core.Protocol;
using Norris.Core.Room;
using Norris.Node.Session;

namespace Norris.Tests.Tui;

/// <summary>
/// A session without a cluster: says go straight into the order, or wait while it holds. A text that begins with ! is a stage direction
/// for it instead, so that a test which drives the screen from outside can have things happen.
/// </summary>
internal sealed class FakeChatSession : IChatSession
{
    public const string Me = "alice";
    public const string Node = "127.0.0.1:4053";

    private static readonly DateTimeOffset Start = new(2026, 3, 14, 9, 26, 0, TimeSpan.Zero);
    private readonly Channel<ChatEvent> _events = Channel.CreateUnbounded<ChatEvent>();
    private readonly List<(MessageId Id, string Text)> _held = [];
    private readonly UserId _me = new(1);
    private long _seq;
    private long _epoch = 1;
    private long _counter;
    private bool _holds;

    public FakeChatSession()
    {
        View = new RoomView(
            "5eed0123456789ab", 1, 0, 0, Node, Node, Me, ConnectionState.Connected, DeliveryLevel.Uniform,
            [
                new NodeView(Node, true, true, true, false, 0, 0),
                new NodeView("127.0.0.1:4054", false, false, true, true, 0, 0),
                new NodeView("127.0.0.1:4055", false, false, false, false, 0, 7),
            ],
            [
                new UserView(_me, Me, Node, true, true),
                new UserView(new UserId(2), "bob", "127.0.0.1:4054", false, false),
                new UserView(new UserId(3), "çağla", "127.0.0.1:4055", false, false),
            ],
            0, 0, 0, []);
        Put(new WelcomeEvent(Me, Node, Node, View.Room, 1, 1, [Me, "bob", "çağla"]));
        Put(new JoinedEvent(Next(), _epoch, Hash, "bob", "127.0.0.1:4054", new UserId(2)));
        Put(new JoinedEvent(Next(), _epoch, Hash, "çağla", "127.0.0.1:4055", new UserId(3)));
    }

    public UserId User => _me;

    public ChannelReader<ChatEvent> Events => _events.Reader;

    public RoomView View { get; private set; }

    public bool HasLeft { get; private set; }

    /// <summary>Null: everything is taken.</summary>
    public string? Refusal { get; set; }

    private ulong Hash => unchecked((ulong)_seq * 0x9e3779b97f4a7c15);

    public SayResult Say(string text, Relation? relation = null)
    {
        if (Refusal is not null)
        {
            return new SayResult(null, Refusal, Retry: true);
        }

        if (text.StartsWith('!'))
        {
            Direct(text[1..]);
        }

        var id = new MessageId(_me, ++_counter);
        if (_holds)
        {
            _held.Add((id, text));
        }
        else
        {
            Order(id, Me, text);
        }

        return new SayResult(id, null);
    }

    public void AskForName(string name) => Put(new RefusedEvent(name, "this name is taken"));

    public Task WhenDelivered(CancellationToken cancel) => Task.CompletedTask;

    public Task Leave(CancellationToken cancel)
    {
        HasLeft = true;
        return Task.CompletedTask;
    }

    public Task<string?> ChangeRoom(RoomSettingKind setting, string text, CancellationToken cancel) => Task.FromResult<string?>($"not changed: {setting} {text}");

    public Task<CircleAnswer> AskCircle(CircleWish wish, CancellationToken cancel) => Task.FromResult<CircleAnswer>(new CircleAnswer.Done($"asked: {wish}"));

    public Task<string> Reform(CancellationToken cancel) => Task.FromResult("went on with 2 nodes");

    /// <summary>Somebody else says something.</summary>
    public void Hear(string user, string text) => Order(new MessageId(new UserId(2), _seq), user, text);

    public void Put(ChatEvent happened) => _events.Writer.TryWrite(happened);

    private void Direct(string direction)
    {
        var words = direction.Split(' ', 2);
        switch (words[0])
        {
            case "flood":
                for (var i = 1; i <= int.Parse(words[1], System.Globalization.CultureInfo.InvariantCulture); i++)
                {
                    Hear("bob", $"flood {i}");
                }

                break;
            case "signal":
                _ = Process.Start("kill", ["-s", words[1][3..], Environment.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
                break;
            case "hold":
                _holds = true;
                break;
            case "release":
                _holds = false;
                _held.ForEach(message => Order(message.Id, Me, message.Text));
                _held.Clear();
                break;
            case "bob":
                Hear("bob", words[1]);
                break;
            case "hostile":
                Hear("bob", "\u001b[2J\u001b[31mred\u001b]0;owned\u0007 \u009b1m \u202eevil\u2066 zero\u200bwidth\ufeff end");
                break;
            case "wide":
                Hear("bob", "日本語と한국어 👋 👩‍👩‍👧 👍🏽 🇩🇪 é ❤️ end");
                break;
            case "failover":
                _epoch++;
                Put(new LeftEvent(Next(), _epoch, Hash, "çağla", "127.0.0.1:4055", LeaveReason.Crashed, new UserId(3)));
                Put(new HostEvent(Next(), _epoch, Hash, "127.0.0.1:4054", MayHaveLost: false));
                Put(new FailoverEvent(1.84, Node, "127.0.0.1:4054"));
                View = View with { Host = "127.0.0.1:4054", Epoch = _epoch, Failovers = [new FailoverView(Start, 1.84, Node, "127.0.0.1:4054", _epoch)] };
                break;
            case "cutoff":
                Put(new ConnectionEvent(ConnectionState.CutOff, "2 of 3 nodes cannot be reached"));
                break;
            case "crash":
                new Thread(() => throw new InvalidOperationException("the stage fell down")).Start();
                break;
            case "exit":
                new Thread(() => Environment.Exit(7)).Start();
                break;
            case "throw":
                throw new InvalidOperationException("the stage fell down under the screen");
            case "print":
                Console.WriteLine("printed behind the screen's back");
                break;
            case "bye":
                Put(new ByeEvent("expelled: too slow"));
                break;
            default:
                throw new ArgumentException($"no such stage direction: {direction}");
        }
    }

    private void Order(MessageId id, string user, string text)
    {
        var at = Start.AddSeconds(_seq).ToUnixTimeMilliseconds();
        var seq = Next();
        Put(new SaidEvent(seq, _epoch, Hash, id, user, text, at, at));
    }

    private long Next()
    {
        _seq++;
        View = View with { Seq = _seq, Hash = Hash, Highest = _seq, Stable = _seq, Nodes = [.. View.Nodes.Select(node => node with { Received = _seq - node.Lag })] };
        return _seq;
    }
}
