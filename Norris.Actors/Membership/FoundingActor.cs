using Akka.Actor;
using Akka.Event;
using Norris.Actors.Wire;
using Norris.Core.Protocol;

namespace Norris.Actors.Membership;

/// <summary>
/// Says who asks whether this node has a room; and drives the <see cref="Founding"/> of a node that was started with a list of names. The nodes have no cluster with each other
/// yet: what they say goes straight from one to the other, like everything of Norris's, and who says it is what the connection proves.
/// </summary>
internal sealed class FoundingActor : ReceiveActor, IWithTimers
{
    public const string Name = "norris-founding";

    private static readonly TimeSpan TickEvery = TimeSpan.FromMilliseconds(500);

    /// <summary>Who has a room asks in one tick of so many.</summary>
    private const int OneInWhenIn = 4;

    private readonly NodeContext _node;
    private readonly Func<RoomStatus> _status;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly Dictionary<string, int> _places = [];
    private readonly List<Address> _addresses = [];
    private Founding? _founding;
    private LookForRoom? _look;
    private long _ticks;
    private bool _gaveUp;

    public FoundingActor(NodeContext node, Func<RoomStatus> status)
    {
        _node = node;
        _status = status;
        Receive<LookForRoom>(OnLookForRoom);
        Receive<Tick>(_ => OnTick());
        Receive<Tried>(OnTried);
        Receive<FromNode>(m => m.Message is RoomQuestion, m => OnQuestion(m.From, (RoomQuestion)m.Message));
        Receive<FromNode>(m => m.Message is RoomAnswer, m => OnAnswer(m.From, (RoomAnswer)m.Message));
    }

    public ITimerScheduler Timers { get; set; } = null!;

    private void OnLookForRoom(LookForRoom look)
    {
        _look = look;
        foreach (var address in look.Search.Named.Concat(look.Search.Others).Take(Limits.Nodes))
        {
            if (_places.TryAdd(address.ToString(), _addresses.Count))
            {
                _addresses.Add(address);
            }
        }

        _founding = new Founding(look.Search.Named.Count, look.Search.Self, _node.Now);
        Timers.StartPeriodicTimer(nameof(Tick), Tick.Instance, TimeSpan.Zero, TickEvery);
    }

    private void OnQuestion(NodeId from, RoomQuestion question)
    {
        var room = Room;
        Send(from.Address, _founding?.OnQuestion(_places.TryGetValue(from.Address, out var place) ? place : null, question, room, _node.Now)
            ?? new RoomAnswer(question.Asked, room, Standing.Apart, 0));
    }

    private void OnAnswer(NodeId from, RoomAnswer answer)
    {
        if (_founding is not null && _places.TryGetValue(from.Address, out var place))
        {
            _founding.OnAnswer(place, answer, _node.Now);
            Decide();
        }
    }

    private RoomId Room => _status() is { IsMember: true } status ? status.Room : RoomId.None;

    private void OnTick()
    {
        var (founding, search, now) = (_founding!, _look!.Search, _node.Now);
        var room = Room;
        if (room != RoomId.None && _ticks++ % OneInWhenIn != 0)
        {
            GiveUpWhereDue(now);
            return;
        }

        var question = new RoomQuestion(now, founding.Asks(now));
        for (var place = 0; place < _addresses.Count; place++)
        {
            if (place == search.Self)
            {
                continue;
            }

            if (founding.IsFresh(place, now))
            {
                Send(_addresses[place].ToString(), question);
                continue;
            }

            // Who may not be there is not sent anything before a connection says so: remoting would wait a while before it tries again.
            var whom = place;
            Port.Try(_addresses[place]).PipeTo(
                Self, success: answer => new Tried(whom, question, answer), failure: _ => new Tried(whom, question, Port.Answer.Silence));
        }

        Decide();
        GiveUpWhereDue(now);
        if (!_look.Found.Task.IsCompleted)
        {
            var silent = founding.Silent(now);
            search.Waits(silent, search.Named.Count - silent.Count >= founding.Majority);
        }
    }

    private void OnTried(Tried tried)
    {
        switch (tried.Answer)
        {
            case Port.Answer.Accepted:
                Send(_addresses[tried.Place].ToString(), tried.Question);
                break;
            case Port.Answer.Refused:
                _founding!.OnRefused(tried.Place, tried.Question.Asked, _node.Now);
                Decide();
                break;
        }
    }

    private void Decide()
    {
        var verdict = _founding!.Decide(_node.Now);
        if (verdict.Step != FoundingStep.Wait)
        {
            _log.Info(verdict.Step == FoundingStep.Begin ? "A majority of those named has no room and wants it to begin here." : "There is a room: joining it.");
            _look!.Found.TrySetResult([.. verdict.Members.Select(place => _addresses[place])]);
        }
    }

    private void GiveUpWhereDue(Now now)
    {
        var status = _status();
        if (!_gaveUp && status.IsMember
            && _founding!.MustGiveUp(status.Room, [.. status.Members.Where(m => _places.ContainsKey(m.Address)).Select(m => _places[m.Address])], now))
        {
            _gaveUp = true;
            _log.Info("Too few of those named are in this room, or known to be gone: another one may begin, so this one ends here.");
            Context.System.EventStream.Publish(new NoRoomHere());
        }
    }

    private void Send(string address, Message message) => _node.Resolve(address, Name).Tell(_node.Wrap(message), ActorRefs.NoSender);

    internal sealed record LookForRoom(RoomSearch Search, TaskCompletionSource<IReadOnlyList<Address>> Found) : INoSerializationVerificationNeeded;

    private sealed record Tried(int Place, RoomQuestion Question, Port.Answer Answer) : INoSerializationVerificationNeeded;

    private sealed record Tick : INoSerializationVerificationNeeded
    {
        public static readonly Tick Instance = new();
    }
}
