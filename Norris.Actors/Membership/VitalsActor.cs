using Akka.Actor;
using Akka.Cluster;
using Akka.Event;
using Norris.Core.Protocol;

namespace Norris.Actors.Membership;

/// <summary>
/// Notices that this actor system can be in the room no more. The others have taken it out, or tell it so after it slept. Or an actor has stopped without which
/// a node is none: one that has lost its replica, or hosts and has lost its sequencer, would sit there connected and deaf, and nothing else would notice.
/// While the node leaves of itself all this happens, too, and in order.
/// </summary>
internal sealed class VitalsActor : ReceiveActor
{
    private const string TheyWentOn = "the others went on without this node";

    private readonly Akka.Cluster.Cluster _cluster = Akka.Cluster.Cluster.Get(Context.System);
    private readonly Dictionary<IActorRef, string> _watched = [];

    private readonly TaskCompletionSource<string> _over;

    /// <param name="over">Completed with why it is over.</param>
    /// <param name="putOut">Completed where it is over for good, with why.</param>
    public VitalsActor(TaskCompletionSource<string> over, TaskCompletionSource<string> putOut)
    {
        _over = over;
        Receive<Watched>(m =>
        {
            _watched[m.Actor] = m.What;
            Context.Watch(m.Actor);
        });
        Receive<Terminated>(m =>
        {
            if (_watched.Remove(m.ActorRef, out var what) && !IsLeaving)
            {
                over.TrySetResult($"{what} of this node has stopped");
            }
        });
        Receive<NoRoomHere>(_ => over.TrySetResult(TheyWentOn));
        Receive<PutOut>(e =>
        {
            putOut.TrySetResult(e.Why);
            over.TrySetResult(e.Why);
        });
    }

    protected override void PreStart()
    {
        Context.System.EventStream.Subscribe(Self, typeof(NoRoomHere));
        Context.System.EventStream.Subscribe(Self, typeof(PutOut));
        var (shutdown, over) = (CoordinatedShutdown.Get(Context.System), _over);
        _cluster.RegisterOnMemberRemoved(() =>
        {
            if (shutdown.ShutdownReason is null or CoordinatedShutdown.ClusterDowningReason)
            {
                over.TrySetResult(TheyWentOn);
            }
        });
    }

    private bool IsLeaving => _cluster.IsTerminated || CoordinatedShutdown.Get(Context.System).ShutdownReason is not null
        || _cluster.SelfMember.Status is MemberStatus.Leaving or MemberStatus.Exiting or MemberStatus.Down or MemberStatus.Removed;

    /// <param name="Actor">The actor.</param>
    /// <param name="What">What it is, in a sentence.</param>
    internal sealed record Watched(IActorRef Actor, string What) : INoSerializationVerificationNeeded;
}
