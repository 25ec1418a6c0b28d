using Akka.Actor;
using Akka.Cluster.Tools.PublishSubscribe;
using Akka.Cluster.Tools.Singleton;

namespace Norris.Actors;

/// <summary>
/// How Akka's actors are set that Norris has for itself: the sequencer's singleton manager, the proxy and the mediator. From Akka's own defaults, and not from the settings of
/// the actor system, which are its application's.
/// </summary>
internal static class OwnActors
{
    /// <summary>A new sequencer fences the old one by its epoch, so nothing is gained by waiting before it starts. (0 means what the downing provider says.)</summary>
    private static readonly TimeSpan RemovalMargin = TimeSpan.FromMilliseconds(1);

    /// <summary>Hand-over to the next host and back is over in a moment or lost: asked again soon.</summary>
    private static readonly TimeSpan HandOverAgain = TimeSpan.FromMilliseconds(200);

    /// <summary>How soon a newcomer, or anyone after a change of host, finds the sequencer.</summary>
    private static readonly TimeSpan LookForTheSequencer = TimeSpan.FromMilliseconds(100);

    /// <summary>How soon a newcomer is on the list of those who get the batches. Until then it fetches them.</summary>
    private static readonly TimeSpan PubSubGossip = TimeSpan.FromMilliseconds(200);

    /// <summary>
    /// Whoever has no host yet asks over the proxy: a newcomer's first request waits here until the proxy has found the sequencer, which is sooner than asking
    /// again. A few are enough, since everything that matters is asked again or handed over again anyway.
    /// </summary>
    private const int ProxyHolds = 8;

    /// <summary>What Akka's actors and serializers take from the settings themselves: its defaults, where the application says nothing, as its extensions add them.</summary>
    public static void AddDefaults(ActorSystem system)
    {
        system.Settings.InjectTopLevelFallback(ClusterSingleton.DefaultConfig());
        system.Settings.InjectTopLevelFallback(DistributedPubSub.DefaultConfig());
    }

    public static ClusterSingletonManagerSettings Manager() => ClusterSingletonManagerSettings
        .Create(ClusterSingleton.DefaultConfig().GetConfig("akka.cluster.singleton"))
        .WithSingletonName(NodeContext.SequencerName)
        .WithRemovalMargin(RemovalMargin)
        .WithHandOverRetryInterval(HandOverAgain);

    /// <summary>It counts the messages that it drops while it knows no sequencer as failures, from the first one on; here they are asked again, so nothing is logged.</summary>
    public static ClusterSingletonProxySettings Proxy() => ClusterSingletonProxySettings
        .Create(ClusterSingleton.DefaultConfig().GetConfig("akka.cluster.singleton-proxy"), considerAppVersion: false)
        .WithSingletonName(NodeContext.SequencerName)
        .WithBufferSize(ProxyHolds)
        .WithSingletonIdentificationInterval(LookForTheSequencer)
        .WithLogSingletonIdentificationFailure(false);

    /// <summary>A batch that reaches a node without a subscriber is fetched again by that node; it is no dead letter.</summary>
    public static Props PubSub() => DistributedPubSubMediator.Props(DistributedPubSubSettings
        .Create(DistributedPubSub.DefaultConfig().GetConfig("akka.cluster.pub-sub"))
        .WithGossipInterval(PubSubGossip)
        .WithSendToDeadLettersWhenNoSubscribers(false));
}
