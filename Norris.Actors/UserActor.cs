using Akka.Actor;

namespace Norris.Actors;

/// <summary>
/// A user's actor: takes what the node's replica has for its user, in order, and hands it to the <see cref="RoomUser"/>, which keeps everything that
/// must not be lost; so a restart of this actor, like a restart of the whole system, loses nothing.
/// </summary>
internal sealed class UserActor : UntypedActor, IWithTimers
{
    private readonly RoomUser _user;
    private readonly IActorRef _replica;
    private readonly long _tickEvery;
    private TickPace? _pace;

    public UserActor(RoomUser user, IActorRef replica, long tickEvery)
    {
        _user = user;
        _replica = replica;
        _tickEvery = tickEvery;
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart() => StartTimer();

    protected override void PreRestart(Exception reason, object message)
    {
        // Neither the user nor the replica's registration goes away with a restart.
    }

    protected override void PostRestart(Exception reason) => StartTimer();

    protected override void PostStop()
    {
        _replica.Tell(new UnsubscribeUser(_user.Id, Self));
        _user.Detach(Self);
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Heard m:
                _user.Hear(Self, m.Effects);
                break;
            case Flush:
                _user.Flush();
                break;
            case ReplicaActor.Tick:
                _user.Tick();
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

/// <summary>The parent of the users' actors. It subscribes them to what the replica tells, so that a node that joins after it was given its users has them from the first entry on.</summary>
internal sealed class UsersActor : ReceiveActor
{
    public UsersActor(NodeContext node, IActorRef replica, long tickEvery)
    {
        Receive<RoomUser>(user =>
        {
            var actor = Context.ActorOf(Props.Create(() => new UserActor(user, replica, tickEvery)));
            user.Attach(node, actor);
            replica.Tell(new SubscribeUser(user.Id, actor));
        });
        Receive<JoinRoom>(replica.Forward);
    }

    protected override void PreRestart(Exception reason, object message)
    {
        // The users stay.
    }
}
