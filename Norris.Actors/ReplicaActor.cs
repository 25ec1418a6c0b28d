using Akka.Actor;
using Akka.Cluster;
using Akka.Cluster.Tools.PublishSubscribe;
using Akka.Event;
using Norris.Actors.Membership;
using Norris.Actors.Wire;
using Norris.Core.Protocol;
using Norris.Core.Room;
using Send = Norris.Core.Protocol.Send;

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
    private object? _shown;

    public ReplicaActor(NodeContext node, ReplicaHolder holder)
    {
        _node = node;
        _holder = holder;
    }

    public ITimerScheduler Timers { get; set; } = null!;

    private DeliveredLog Log => _holder.Log;

    protected override void PreStart()
    {
        _node.PubSub.Tell(new Subscribe(NodeContext.Topic, Self));
        _cluster.Subscribe(
            Self, ClusterEvent.SubscriptionInitialStateMode.InitialStateAsSnapshot, typeof(ClusterEvent.IMemberEvent), typeof(ClusterEvent.IReachabilityEvent));
        Context.System.EventStream.Subscribe(Self, typeof(NodeDied));
        Context.System.EventStream.Subscribe(Self, typeof(LookedAround));

        // Before the first message: who is not in the view is not believed.
        ShowView();
        _pace = new TickPace(Timers, _holder.TickEvery);
        _pace.Start();
        if (_holder.Effects.Count > 0)
        {
            // After a restart. Not here: what throws while an actor starts stops it for good.
            Self.Tell(Drain.Instance);
        }
    }

    protected override void PostStop()
    {
        _cluster.Unsubscribe(Self);
        Context.System.EventStream.Unsubscribe(Self);
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case FromNode { Message: ToReplicaMessage m } heard:
                Drive(heard.From, m);
                break;
            case Drain:
                _drainScheduled = false;
                _holder.Machine.Drained(_node.Now, _holder.Effects);
                Perform();
                break;
            case Tick:
                ShowViewIfChanged(isTick: true);
                _holder.Machine.Tick(_node.Now, _holder.Effects);
                KeepTheCircle();
                _holder.Settings.Tick(_holder.Machine.Room, _node.Now, _holder.Effects);
                Perform();
                if (_holder.Machine.MustLookAround)
                {
                    Context.System.EventStream.Publish(LookAround.Instance);
                }

                SayWhetherRecording();
                _holder.PublishStatus(_cluster.State.Unreachable);
                _pace?.Ticked(_holder.Machine.IsQuiet);
                break;
            case AskEntry { Entry: RoomChanged wish } m:
                _holder.Settings.Ask(m, wish, _holder.Machine.Room, _node.Now, _holder.Effects);
                Perform();
                break;
            case AskEntry { Entry: CircleEntry entry } m when _holder.Circle is { } circle:
                circle.Ask(m, entry, _holder.Machine.Room, _node.Now, _holder.Effects);
                Perform();
                break;
            case AskEntry m:
                m.Answer.TrySetResult(CircleKeeper.IsOpen);
                break;
            case DropEntry { Ask.Entry: RoomChanged wish } m:
                _holder.Settings.Drop(m.Ask, wish);
                break;
            case DropEntry { Ask.Entry: CircleEntry entry } m:
                _holder.Circle?.Drop(m.Ask, entry);
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
            case StopRoom m:
                _holder.Machine.Stop();
                Sender.Tell(m);
                break;
            case ClusterEvent.MemberUp m when m.Member.UniqueAddress == _cluster.SelfUniqueAddress:
                _node.MayBegin ??= !_node.HasMetOthers;
                ShowView();
                break;
            case ClusterEvent.IMemberEvent m:
                _node.HasMetOthers |= m.Member.UniqueAddress != _cluster.SelfUniqueAddress;
                ShowView();
                break;
            case ClusterEvent.CurrentClusterState m:
                // An application may add Norris to a node that has been in its cluster for long: then no event tells that it came up.
                var own = m.Members.FirstOrDefault(member => member.UniqueAddress == _cluster.SelfUniqueAddress && member.Status == MemberStatus.Up);
                _node.MayBegin ??= own is null ? null : m.Members.All(member => !member.IsOlderThan(own));
                _node.HasMetOthers |= m.Members.Any(member => member.UniqueAddress != _cluster.SelfUniqueAddress);
                ShowView();
                break;
            case NodeDied m:
                Log.Note(RecoveryStepKind.Dead, node: m.Node);
                ShowView();
                break;
            case ClusterEvent.IClusterDomainEvent or LookedAround:
                ShowView();
                break;
            case SubscribeUser m:
                OnSubscribe(m);
                break;
            case UnsubscribeUser m:
                _holder.Users.Remove(m.User, m.Actor);
                break;
            case SubscribeAck:
                break;
            default:
                Unhandled(message);
                break;
        }

        _pace?.Follow(_holder.Machine.IsQuiet);
    }

    /// <summary>What the events told may have been written down only after they had come; and who sends something may have come just now.</summary>
    private void ShowViewIfChanged(bool isTick = false)
    {
        // Whether this node is one of those who do not reach each other, no event tells.
        if (!ReferenceEquals(_shown, _cluster.State) || (isTick && _cluster.State.Unreachable.Count > 0))
        {
            ShowView();
        }
    }

    private void ShowView()
    {
        _shown = _cluster.State;
        _holder.Machine.SetView(_node.View(), _node.Now);
    }

    private void Drive(NodeId from, ToReplicaMessage message)
    {
        ShowViewIfChanged();
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

    private void KeepTheCircle()
    {
        if (_holder.Circle?.Tick(_holder.Machine.Room, _node.Now, _holder.Effects) is not var (gone, isOut))
        {
            return;
        }

        foreach (var node in gone)
        {
            Context.System.EventStream.Publish(new CutOff(node));
        }

        if (isOut)
        {
            Context.System.EventStream.Publish(new PutOut("this device was put out"));
        }
    }

    private void OnSubscribe(SubscribeUser subscribe)
    {
        // What a restart left over is older than this user's start.
        Perform();
        _holder.Users.Add(subscribe.User, subscribe.Actor);
        if (_holder.Machine.Room is { } room)
        {
            // It comes in the middle: for this user the log starts here.
            subscribe.Actor.Tell(new Heard([new LogStarted(room.At.Next, room.Snapshot())]));
        }
    }

    private void Perform()
    {
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
                        if (e.Message is Promise p)
                        {
                            Log.Note(RecoveryStepKind.Promises, p.Candidate, e.To, step => step with { Received = p.Received, LastEpoch = p.LastEpoch });
                        }

                        break;
                    case SendToSequencer e:
                        _node.SendToSequencer(e.Message);
                        break;
                    case TakeOut e:
                        if (Removal.TakeOut(Context.System, e.Node))
                        {
                            Log.Note(RecoveryStepKind.TakenOut, node: e.Node, with: step => step with { Why = e.Why });
                            _log.Info("{0} is taken out: {1}.", e.Node, e.Why);
                        }

                        break;
                    case Disbelieved e:
                        _node.Complain(e);
                        break;
                    case CircleAnswered e:
                        _holder.Circle?.Follow(e, null, _node.Now, effects);
                        break;
                    case RoomChangeAnswered e:
                        _holder.Settings.Answered(e);
                        break;
                    case var effect:
                        Note(effect);
                        _holder.Settings.Follow(effect, effects);
                        _holder.Circle?.Follow(effect, _holder.Machine.Room?.Circle, _node.Now, effects);
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
                _holder.Hand(news, _cluster.State.Unreachable);
            }

            _holder.Circle?.Answer();
            _holder.Settings.Answer();
        }
    }

    private void Note(Effect effect)
    {
        switch (effect)
        {
            case LogStarted e:
                _node.Host = _holder.Machine.Host;
                _node.MayBegin = false;
                _node.RoomTag = NorrisDiagnostics.TagOf(e.Before.Room);
                _log.Info("The log starts at {0}, epoch {1}.", e.First, _holder.Machine.Accepted);
                break;
            case Deliver e:
                NorrisDiagnostics.Delivered.Add(NorrisDiagnostics.Messages(e.Record.Entry), _node.RoomTag);
                break;
            case HostSilent e:
                Log.Note(RecoveryStepKind.Silent, _holder.Machine.Accepted, e.Host);
                break;
            case EpochAccepted e:
                _node.Host = e.Host;
                Log.Note(RecoveryStepKind.Follows, e.Epoch, e.Host);
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
                _holder.Refusal.TrySetResult(e);
                if (e.IsForGood)
                {
                    Context.System.EventStream.Publish(new PutOut(e.Why));
                }

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

/// <summary>This node leaves the cluster: its replica says nothing more. Answered when that is so.</summary>
internal sealed record StopRoom;

/// <summary>The user wants this node in the room.</summary>
internal sealed record JoinRoom;

/// <summary>The user wants this node out of the room, properly.</summary>
internal sealed record LeaveRoom;

/// <summary>The node's archive works, or does so no longer.</summary>
internal sealed record KeepLog(bool Recording);

/// <summary>The user's actor is told of what concerns the user, from here on.</summary>
internal sealed record SubscribeUser(UserId User, IActorRef Actor);

internal sealed record UnsubscribeUser(UserId User, IActorRef Actor);
