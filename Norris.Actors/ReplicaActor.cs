using Akka.Actor;
using Akka.Cluster.Tools.PublishSubscribe;
using Akka.Event;
using Norris.Actors.History;
using Norris.Actors.Protocol;
using Norris.Actors.Wire;
using Send = Norris.Actors.Protocol.Send;

namespace Norris.Actors;

/// <summary>
/// Drives the node's <see cref="Replica"/>: hands it what comes, and performs what it wants done. The machine and the effects that are not
/// performed yet live outside the actor, so that a restart goes on where it stopped.
/// </summary>
internal sealed class ReplicaActor : UntypedActor, IWithTimers
{
    private readonly NodeContext _node;
    private readonly ReplicaHolder _holder;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly Akka.Cluster.Cluster _cluster = Akka.Cluster.Cluster.Get(Context.System);
    private TickPace? _pace;
    private bool _drainScheduled;

    public ReplicaActor(NodeContext node, ReplicaHolder holder)
    {
        _node = node;
        _holder = holder;
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart()
    {
        DistributedPubSub.Get(Context.System).Mediator.Tell(new Subscribe(NodeContext.Topic, Self));
        _pace = new TickPace(Timers, _holder.TickEvery);
        _pace.Start();
        if (_holder.Effects.Count > 0)
        {
            // After a restart. Not here: what throws while an actor starts stops it for good.
            Self.Tell(Drain.Instance);
        }
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case FromNode { Message: Ordered or Page } when _holder.UsersAreBehind(_node.Options.HeldBackBytes):
                // As if the network had lost it: it is asked for again, and is there for as long as the host keeps it. Who stays behind for
                // longer is expelled, with notice; nobody else waits, and no memory is filled here.
                break;
            case FromNode { Message: ToReplicaMessage m } heard:
                Drive(heard.From, m);
                break;
            case Drain:
                _drainScheduled = false;
                _holder.Machine.Drained(_node.Now, _holder.Effects);
                Perform();
                break;
            case Tick:
                _holder.Machine.Tick(_node.Now, _holder.Effects);
                Perform();
                SayWhetherRecording();
                _holder.Recent.Tick(_node.Now);
                _holder.PublishStatus(_cluster.State.Unreachable);
                _pace?.Ticked(_holder.Machine.IsQuiet);
                break;
            case JoinRoom:
                _holder.Machine.Join(_node.Now, _holder.Effects);
                Perform();
                break;
            case KeepLog m:
                // At once: who comes, says something and is gone again before the next tick must not have recorded unannounced.
                _holder.Recording = m.Recording;
                _holder.RecordingSaidAt = long.MinValue / 2;
                SayWhetherRecording();
                break;
            case LeaveRoom:
                _holder.Machine.Leave(_node.Now, _holder.Effects);
                Perform();
                break;
            case Attend m:
                OnAttend(m);
                break;
            case Unattend m:
                _holder.Users.Remove(m.User);
                break;
            case SubscribeAck:
                break;
            default:
                Unhandled(message);
                break;
        }

        _pace?.Follow(_holder.Machine.IsQuiet);
    }

    private void Drive(NodeId from, ToReplicaMessage message)
    {
        _holder.Machine.Handle(from, message, _node.Now, _holder.Effects);
        Perform();
        if (!_drainScheduled)
        {
            _drainScheduled = true;
            Self.Tell(Drain.Instance);
        }
    }

    /// <summary>Whether this node keeps the log is for all to know: said again until it stands in the order.</summary>
    private void SayWhetherRecording()
    {
        var now = _node.Now.Elapsed;
        if (_holder.Machine.Room is { } room && room.IsMember(_node.Self) && room.Recording.Contains(_node.Self) != _holder.Recording
            && now - _holder.RecordingSaidAt >= _node.Options.AskAgainAfter)
        {
            _holder.RecordingSaidAt = now;
            _node.SendToSequencer(new RecordingRequest(_holder.Recording));
        }
    }

    private void OnAttend(Attend attend)
    {
        // What a restart left over is older than this user's start.
        Perform();
        _holder.Users[attend.User] = attend.Backlog;
        if (_holder.Machine.Room is { } room)
        {
            // It comes in the middle: for this user the log starts here.
            attend.User.Tell(new NodeNews([new LogStarted(room.At.Next, room.Snapshot())]));
        }
    }

    private void Perform()
    {
        var effects = _holder.Effects;
        List<Effect>? news = null;
        var bytes = 0L;
        var performed = 0;
        try
        {
            while (performed < effects.Count)
            {
                // Counted before it is tried: an effect that throws is not tried again for ever.
                switch (effects[performed++])
                {
                    case Send e:
                        _node.Send(e.To, e.Message);
                        break;
                    case SendToSequencer e:
                        _node.SendToSequencer(e.Message);
                        break;
                    case var effect:
                        Note(effect);
                        (news ??= []).Add(effect);
                        bytes += Backlog.SizeOf(effect);
                        break;
                }
            }
        }
        finally
        {
            effects.RemoveRange(0, performed);
            if (news is not null)
            {
                var message = new NodeNews(news);
                foreach (var (user, backlog) in _holder.Users)
                {
                    backlog?.Add(bytes);
                    user.Tell(message);
                }
            }
        }
    }

    private void Note(Effect effect)
    {
        _holder.Recent.Note(effect, _node.Now);
        switch (effect)
        {
            case LogStarted e:
                _node.Host = _holder.Machine.Host;

                // Before any user hears of it: who asks for the history then has to know the room.
                _holder.PublishStatus(_cluster.State.Unreachable);
                _log.Info("The log starts at {0}, epoch {1}.", e.First, _holder.Machine.Accepted);
                break;
            case Deliver e:
                NorrisMetrics.Delivered.Add(NorrisMetrics.Messages(e.Record.Entry));
                break;
            case EpochAccepted e:
                _node.Host = e.Host;
                _log.Info("Epoch {0}: {1} hosts.", e.Epoch, e.Host);
                break;
            case Excluded e:
                _node.Host = null;
                _log.Info("No member for now: {0}.", e.Why);
                break;
            case Gone:
                _holder.Left.TrySetResult();
                break;
            case Refused e:
                _holder.Refusal.TrySetResult(e.Why);
                break;
        }
    }

    internal sealed class Drain
    {
        public static readonly Drain Instance = new();
    }

    internal sealed class Tick
    {
        public static readonly Tick Instance = new();
    }
}

/// <summary>What outlives a restart of the replica's actor, and what others may look at.</summary>
internal sealed class ReplicaHolder(Replica machine, RecentLog recent, long tickEvery)
{
    private RoomStatus _status = RoomStatus.None;
    private bool _usersAreBehind;

    public Replica Machine { get; } = machine;

    public RecentLog Recent { get; } = recent;

    public long TickEvery { get; } = tickEvery;

    public List<Effect> Effects { get; } = [];

    public Dictionary<IActorRef, Backlog?> Users { get; } = [];

    /// <summary>Whether this node keeps the log in a store.</summary>
    public bool Recording { get; set; }

    public long RecordingSaidAt { get; set; } = long.MinValue / 2;

    /// <summary>Completes when the node has said goodbye.</summary>
    public TaskCompletionSource Left { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes with the reason when the room will not have this node.</summary>
    public TaskCompletionSource<string> Refusal { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public RoomStatus Status => Volatile.Read(ref _status);

    /// <summary>Whether some user has so much still to read that it should not get more: from a limit on, until half of that is read.</summary>
    public bool UsersAreBehind(long limit)
    {
        var most = 0L;
        foreach (var backlog in Users.Values)
        {
            most = Math.Max(most, backlog?.Bytes ?? 0);
        }

        return _usersAreBehind = most > (_usersAreBehind ? limit / 2 : limit);
    }

    public void PublishStatus(IReadOnlyCollection<Akka.Cluster.Member> unreachable)
    {
        var room = Machine.Room;
        Volatile.Write(ref _status, new RoomStatus(
            room is not null, Machine.Accepted, Machine.Host, Machine.Received, Machine.Stable, Machine.Highest, Machine.Delivered)
        {
            Room = room?.Room ?? RoomId.None,
            Places = Machine.Places,
            Unreachable = unreachable.Count == 0 ? [] : [.. unreachable.Select(m => NodeContext.IdOf(m.UniqueAddress))],
            Members = room is null ? [] : [.. room.Members],
            Recording = room is { Recording.Count: > 0 } ? [.. room.Recording] : [],
        });
    }
}

/// <summary>The user wants this node in the room.</summary>
internal sealed record JoinRoom;

/// <summary>The user wants this node out of the room, properly.</summary>
internal sealed record LeaveRoom;

/// <summary>The node's archive works, or does so no longer.</summary>
internal sealed record KeepLog(bool Recording);

/// <param name="User">The user's actor.</param>
/// <param name="Backlog">Where the user takes away what it has taken; null: it takes everything at once.</param>
internal sealed record Attend(IActorRef User, Backlog? Backlog = null);

internal sealed record Unattend(IActorRef User);

/// <summary>What a replica has for the node's users, in order.</summary>
internal sealed record NodeNews(IReadOnlyList<Effect> Effects);
