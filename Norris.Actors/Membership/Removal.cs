using Akka.Actor;
using Akka.Cluster;
using Akka.Remote;
using Norris.Core.Protocol;

namespace Norris.Actors.Membership;

/// <summary>Takes a node out of the cluster, because it is proven dead or because those who hold the log say so (<see cref="TakeOut"/>).</summary>
internal static class Removal
{
    /// <summary>
    /// Marks a node as down, and this incarnation of it as terminated: without that the cluster would wait until every failure detector agrees. Whether the node
    /// is in the cluster at all, or has been taken out already, does not matter. Gives whether this node did not know of it before. Where another downing provider is set than
    /// <see cref="NorrisDowning"/>, that one decides who is out, and this does nothing.
    /// </summary>
    public static bool TakeOut(ActorSystem system, NodeId node)
    {
        var cluster = Akka.Cluster.Cluster.Get(system);
        if (cluster.DowningProvider is not NorrisDowning || cluster.IsTerminated || cluster.State.Members.FirstOrDefault(m => NodeContext.IdOf(m.UniqueAddress) == node) is not { } member)
        {
            return false;
        }

        ((IRemoteActorRefProvider)((ExtendedActorSystem)system).Provider).Quarantine(member.Address, member.UniqueAddress.Uid);
        if (member.Status is MemberStatus.Down)
        {
            return false;
        }

        cluster.Down(member.Address);
        return true;
    }
}
