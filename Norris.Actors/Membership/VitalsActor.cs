using Akka.Actor;
using Akka.Cluster;

namespace Norris.Actors.Membership;

/// <summary>
/// Watches the actors without which a node is none: one that has lost its replica, or hosts and has lost its sequencer, would sit there connected and
/// deaf, and nothing else would notice. While the node leaves or has been put out they stop in their order.
/// </summary>
internal sealed class VitalsActor : ReceiveActor
{
    private readonly Akka.Cluster.Cluster _cluster = Akka.Cluster.Cluster.Get(Context.System);
    private readonly Dictionary<IActorRef, string> _watched = [];

    /// <param name="broken">Completed with what has stopped.</param>
    public VitalsActor(TaskCompletionSource<string> broken)
    {
        Receive<Watched>(m =>
        {
            _watched[m.Actor] = m.What;
            Context.Watch(m.Actor);
        });
        Receive<Terminated>(m =>
        {
            if (_watched.Remove(m.ActorRef, out var what) && !IsLeaving)
            {
                broken.TrySetResult(what);
            }
        });
    }

    private bool IsLeaving => _cluster.IsTerminated || CoordinatedShutdown.Get(Context.System).ShutdownReason is not null
        || _cluster.SelfMember.Status is MemberStatus.Leaving or MemberStatus.Exiting or MemberStatus.Down or MemberStatus.Removed;

    /// <param name="Actor">The actor.</param>
    /// <param name="What">What it is, in a sentence.</param>
    internal sealed record Watched(IActorRef Actor, string What) : INoSerializationVerificationNeeded;
}
