using Akka.Actor;
using Akka.Cluster;

namespace Norris.Actors.Membership;

/// <summary>
/// Stands where Akka has a resolver that counts processes, and starts none: those who hold the room's log decide who is out (<see cref="Removal"/>). hocon/hardening.hocon
/// names it. Where another one stands, that one decides, and Norris takes nobody out of the cluster.
/// </summary>
internal sealed class NorrisDowning(ActorSystem system, Akka.Cluster.Cluster cluster) : IDowningProvider
{
    /// <summary>As long as the settings say that others wait before they take over what ran on who is out.</summary>
    public TimeSpan DownRemovalMargin { get; } = new NoDowning(system, cluster).DownRemovalMargin;

    public Props? DowningActorProps => null;
}
