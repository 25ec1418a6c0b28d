using System.Diagnostics;
using Akka.Actor;
using Akka.Cluster;
using Akka.Cluster.Tools.PublishSubscribe;
using Akka.Event;
using Norris.Actors.Membership;
using Norris.Actors.Wire;
using Norris.Core.Protocol;
using Send = Norris.Core.Protocol.Send;

namespace Norris.Actors;

/// <summary>
/// Drives the <see cref="Sequencer"/> on the node that hosts. It may be restarted at any time: the new machine knows nothing and recovers
/// from the replicas, under a new epoch.
/// </summary>
internal sealed class SequencerActor : UntypedActor, IWithTimers
{
    private readonly NodeContext _node;
    private readonly Sequencer _machine;
    private readonly List<Effect> _effects = [];
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly Akka.Cluster.Cluster _cluster = Akka.Cluster.Cluster.Get(Context.System);
    private TickPace? _pace;
    private object? _shown;
    private bool _drainScheduled;

    public SequencerActor(NodeContext node, Func<RoomId> drawRoom, long tickEvery)
    {
        _node = node;
        _machine = new Sequencer(node.Self, node.Options, drawRoom(), node.LastCandidate, node.GoOnAfter,
            node.MayBegin ?? !node.HasMetOthers, node.Security?.Home);
        node.LastCandidate = _machine.Epoch;
        TickEvery = tickEvery;
    }

    public ITimerScheduler Timers { get; set; } = null!;

    private long TickEvery { get; }

    protected override void PreStart()
    {
        _cluster.Subscribe(
            Self, ClusterEvent.SubscriptionInitialStateMode.InitialStateAsSnapshot, typeof(ClusterEvent.IMemberEvent), typeof(ClusterEvent.IReachabilityEvent));
        Context.System.EventStream.Subscribe(Self, typeof(NodeDied));
        Context.System.EventStream.Subscribe(Self, typeof(LookedAround));
        _node.Vitals.Tell(new VitalsActor.Watched(Self, "the sequencer"));
        _pace = new TickPace(Timers, TickEvery);
        _pace.Start();
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
            case FromNode { Message: ToSequencerMessage m } heard:
                Drive(heard.From, m);
                break;
            case ReplicaActor.Drain:
                _drainScheduled = false;
                _machine.Drained(_node.Now, _effects);
                Perform();
                break;
            case ReplicaActor.Tick:
                ShowViewIfChanged(isTick: true);
                _machine.Tick(_node.Now, _effects);
                Perform();
                _pace?.Ticked(_machine.IsQuiet);
                break;
            case ClusterEvent.CurrentClusterState or ClusterEvent.IClusterDomainEvent or NodeDied or LookedAround:
                ShowView();
                break;
            default:
                Unhandled(message);
                break;
        }

        _pace?.Follow(_machine.IsQuiet);
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
        _machine.SetView(_node.View(), _node.Now, _effects);
        Perform();
    }

    private void Drive(NodeId from, ToSequencerMessage message)
    {
        ShowViewIfChanged();
        _machine.Handle(from, message, _node.Now, _effects);
        Perform();
        if (!_drainScheduled)
        {
            _drainScheduled = true;
            Self.Tell(ReplicaActor.Drain.Instance);
        }
    }

    private void Perform()
    {
        _node.LastCandidate = _machine.Epoch;
        _node.Missing = _machine.Missing;
        if (_machine.MustLookAround)
        {
            Context.System.EventStream.Publish(LookAround.Instance);
        }

        FromNode? wrapped = null;
        foreach (var effect in _effects)
        {
            switch (effect)
            {
                case Send e:
                    // What goes to every member is wrapped, and so encoded, once.
                    wrapped = ReferenceEquals(wrapped?.Message, e.Message) ? wrapped : _node.Wrap(e.Message);
                    _node.Send(e.To, wrapped!);
                    Note(e);
                    break;
                case Core.Protocol.Publish e:
                    NorrisDiagnostics.Ordered.Add(e.Batch.Records.Sum(r => NorrisDiagnostics.Messages(r.Entry)), _node.RoomTag);
                    _node.PubSub.Tell(new Akka.Cluster.Tools.PublishSubscribe.Publish(NodeContext.Topic, _node.Wrap(e.Batch)));
                    break;
                case TakeOut e:
                    if (Removal.TakeOut(Context.System, e.Node))
                    {
                        _node.Delivered?.Note(RecoveryStepKind.TakenOut, node: e.Node, with: step => step with { Why = e.Why });
                        _log.Info("{0} is taken out: {1}.", e.Node, e.Why);
                    }

                    break;
                case Disbelieved e:
                    _node.Complain(e);
                    break;
                case NoRoomHere e:
                    _log.Info("The room is not here, and none was asked for.");
                    Context.System.EventStream.Publish(e);
                    break;
                case PhaseChanged e:
                    _node.Delivered?.Note(e.Reigning ? RecoveryStepKind.Reigns : RecoveryStepKind.Ended, e.Epoch, with: step => step with { Why = e.Why });
                    _log.Info("{0} epoch {1}: {2}.", e.Reigning ? "Reigning," : "Recovering,", e.Epoch, e.Why);
                    break;
                case Diverged e:
                    NorrisDiagnostics.Divergences.Add(1, _node.RoomTag);
                    _log.Error("{0} disagrees about the transcript at {1}: {2:x16} here, {3:x16} there.", e.Node, e.At, e.Expected, e.Actual);
                    break;
                default:
                    throw new UnreachableException($"a sequencer has no effect {effect.GetType()}");
            }
        }

        _effects.Clear();
    }

    private void Note(Send sent)
    {
        switch (sent.Message)
        {
            case Prepare e:
                _node.Delivered?.Note(RecoveryStepKind.Asks, e.Candidate);
                break;
            case RecoveryFetch e:
                _node.Delivered?.Note(RecoveryStepKind.Chooses, e.Candidate, sent.To);
                break;
        }
    }
}
