using Akka.Actor;
using Akka.Cluster.Tools.PublishSubscribe;
using Akka.Event;
using Norris.Actors.Protocol;
using Norris.Actors.Wire;
using Send = Norris.Actors.Protocol.Send;

namespace Norris.Actors;

/// <summary>
/// Drives the node's <see cref="Replica"/>: hands it what comes, and performs what it wants done. The machine and the effects that are not
/// performed yet live outside the actor, so that a restart goes on where it stopped.
/// </summary>
internal sealed class ReplicaActor : ReceiveActor, IWithTimers
{
    private readonly NodeContext _node;
    private readonly ReplicaHolder _holder;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly Akka.Cluster.Cluster _cluster = Akka.Cluster.Cluster.Get(Context.System);
    private bool _drainScheduled;

    public ReplicaActor(NodeContext node, ReplicaHolder holder)
    {
        _node = node;
        _holder = holder;
        Receive<FromNode>(m => m.Message is ToReplicaMessage, m => Drive(m.From, (ToReplicaMessage)m.Message));
        Receive<Drain>(_ =>
        {
            _drainScheduled = false;
            Perform(() => _holder.Machine.Drained(_holder.Effects));
        });
        Receive<Tick>(_ =>
        {
            Perform(() => _holder.Machine.Tick(_node.Now, _holder.Effects));
            SayWhetherRecording();
            _holder.PublishStatus(_cluster.State.Unreachable);
        });
        Receive<JoinRoom>(_ => Perform(() => _holder.Machine.Join(_node.Now, _holder.Effects)));
        Receive<KeepLog>(m => _holder.Recording = m.Recording);
        Receive<LeaveRoom>(_ => Perform(() => _holder.Machine.Leave(_node.Now, _holder.Effects)));
        Receive<Attend>(m => OnAttend(m.User));
        Receive<Unattend>(m => _holder.Users.Remove(m.User));
        Receive<SubscribeAck>(_ => { });
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart()
    {
        DistributedPubSub.Get(Context.System).Mediator.Tell(new Subscribe(NodeContext.Topic, Self));
        Timers.StartPeriodicTimer(nameof(Tick), Tick.Instance, TimeSpan.FromMilliseconds(_holder.TickEvery));
        if (_holder.Effects.Count > 0)
        {
            // After a restart. Not here: what throws while an actor starts stops it for good.
            Self.Tell(Drain.Instance);
        }
    }

    private void Drive(NodeId from, ToReplicaMessage message)
    {
        Perform(() => _holder.Machine.Handle(from, message, _node.Now, _holder.Effects));
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

    private void OnAttend(IActorRef user)
    {
        // What a restart left over is older than this user's start.
        Perform(() => { });
        _holder.Users.Add(user);
        if (_holder.Machine.Room is { } room)
        {
            // It comes in the middle: for this user the log starts here.
            user.Tell(new NodeNews([new LogStarted(room.At.Next, room.Snapshot())]));
        }
    }

    private void Perform(Action step)
    {
        step();
        var effects = _holder.Effects;
        List<Effect>? news = null;
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
                foreach (var user in _holder.Users)
                {
                    user.Tell(message);
                }
            }
        }
    }

    private void Note(Effect effect)
    {
        switch (effect)
        {
            case LogStarted e:
                _node.Host = _holder.Machine.Host;
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
internal sealed class ReplicaHolder(Replica machine, long tickEvery)
{
    private RoomStatus _status = RoomStatus.None;

    public Replica Machine { get; } = machine;

    public long TickEvery { get; } = tickEvery;

    public List<Effect> Effects { get; } = [];

    public HashSet<IActorRef> Users { get; } = [];

    /// <summary>Whether this node keeps the log in a store.</summary>
    public bool Recording { get; set; }

    public long RecordingSaidAt { get; set; } = long.MinValue / 2;

    /// <summary>Completes when the node has said goodbye.</summary>
    public TaskCompletionSource Left { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes with the reason when the room will not have this node.</summary>
    public TaskCompletionSource<string> Refusal { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public RoomStatus Status => Volatile.Read(ref _status);

    public void PublishStatus(IReadOnlyCollection<Akka.Cluster.Member> unreachable)
    {
        var room = Machine.Room;
        Volatile.Write(ref _status, new RoomStatus(
            room is not null, Machine.Accepted, Machine.Host, Machine.Received, Machine.Stable, Machine.Highest, Machine.Delivered)
        {
            Room = room?.Room ?? RoomId.None,
            Places = Machine.Places,
            Unreachable = unreachable.Count == 0 ? [] : [.. unreachable.Select(m => NodeContext.IdOf(m.UniqueAddress))],
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

internal sealed record Attend(IActorRef User);

internal sealed record Unattend(IActorRef User);

/// <summary>What a replica has for the node's users, in order.</summary>
internal sealed record NodeNews(IReadOnlyList<Effect> Effects);
