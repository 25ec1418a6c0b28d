using Akka.Actor;

namespace Norris.Actors;

/// <summary>
/// A user's actor: takes what the node's replica delivers, in order, and hands it to the <see cref="RoomUser"/>, which keeps everything that
/// must not be lost; so a restart of this actor, like a restart of the whole system, loses nothing.
/// </summary>
internal sealed class UserActor : UntypedActor, IWithTimers
{
    private readonly NodeContext _node;
    private readonly RoomUser _user;
    private readonly IActorRef _replica;
    private readonly long _tickEvery;
    private TickPace? _pace;

    public UserActor(NodeContext node, RoomUser user, IActorRef replica, long tickEvery)
    {
        _node = node;
        _user = user;
        _replica = replica;
        _tickEvery = tickEvery;
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart()
    {
        _replica.Tell(new Attend(Self, _user.Attach(_node, Self)));
        StartTimer();
    }

    protected override void PreRestart(Exception reason, object message)
    {
        // Neither the user nor the replica's registration goes away with a restart.
    }

    protected override void PostRestart(Exception reason) => StartTimer();

    protected override void PostStop()
    {
        _replica.Tell(new Unattend(Self));
        _user.Detach(Self);
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case NodeNews m:
                _user.Hear(Self, m.Effects);
                break;
            case Flush:
                _user.Flush();
                break;
            case ReplicaActor.Tick:
                _user.Tick(Self);
                _pace?.Ticked(_user.IsQuiet);
                break;
            default:
                Unhandled(message);
                return;
        }

        _pace?.Follow(_user.IsQuiet);
        StopWhenGone();
    }

    private void StartTimer()
    {
        _pace = new TickPace(Timers, _tickEvery);
        _pace.Start();
    }

    private void StopWhenGone()
    {
        if (_user.WhenGone.IsCompleted)
        {
            Context.Stop(Self);
        }
    }

    internal sealed class Flush
    {
        public static readonly Flush Instance = new();
    }
}

/// <summary>The parent of the users' actors.</summary>
internal sealed class UsersActor : ReceiveActor
{
    public UsersActor(NodeContext node, IActorRef replica, long tickEvery) =>
        Receive<RoomUser>(user => Context.ActorOf(Props.Create(() => new UserActor(node, user, replica, tickEvery))));

    protected override void PreRestart(Exception reason, object message)
    {
        // The users stay.
    }
}
