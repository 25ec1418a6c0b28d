using System.Text;

namespace Norris.Actors.Transport;

/// <summary>
/// What may come in: what Akka's cluster, singleton, proxy, pub-sub and remote watch say to each other, Norris's own, and what an application that has
/// more than the room on its actor system adds in its settings.
/// </summary>
internal sealed class GateRules
{
    private const string JoinManifest = "Akka.Cluster.InternalClusterAction+Join, Akka.Cluster";

    /// <summary>A request to join the cluster.</summary>
    internal static readonly byte[] Join = Encoding.UTF8.GetBytes(JoinManifest);

    /// <summary>The cluster's messages that begin with their sender: what a node and the cluster that it joins say to each other.</summary>
    internal static readonly byte[][] ClusterFrom = Utf8(JoinManifest, "Akka.Cluster.InternalClusterAction+Welcome, Akka.Cluster");

    /// <summary>What members say of the cluster, their sender first. Akka reads all of it before it ignores it of anybody else.</summary>
    internal static readonly byte[][] ClusterGossip = Utf8("Akka.Cluster.GossipStatus, Akka.Cluster", "Akka.Cluster.GossipEnvelope, Akka.Cluster");

    /// <summary>Those that are their sender's address.</summary>
    internal static readonly byte[][] ClusterAddress = Utf8(
        "Akka.Cluster.InternalClusterAction+InitJoinAck, Akka.Cluster",
        "Akka.Cluster.InternalClusterAction+InitJoinNack, Akka.Cluster");

    /// <summary>Those that are their sender.</summary>
    internal static readonly byte[][] ClusterUnique = Utf8("Akka.Cluster.InternalClusterAction+ExitingConfirmed, Akka.Cluster");

    /// <summary>Those that say nothing but what they are.</summary>
    internal static readonly byte[][] ClusterEmpty = Utf8("Akka.Cluster.InternalClusterAction+InitJoin, Akka.Cluster");

    private static readonly string[] Selected =
    [
        "/system/cluster/core/daemon",
        "/system/cluster/heartbeatReceiver",
        "/system/remote-watcher",
        $"/user/{NodeContext.PubSubName}",
        $"/user/{NodeContext.SequencerManagerName}",
        $"/user/{NodeContext.SequencerManagerName}/{NodeContext.SequencerName}",
    ];

    /// <param name="serializers">Identifiers of an application's own serializers.</param>
    /// <param name="selections">Paths of an application's own actors that its nodes select, as in <c>/user/till</c>.</param>
    public GateRules(IEnumerable<int> serializers, IEnumerable<string> selections) =>
        (Serializers, Selections) = ([.. serializers], Utf8([.. Selected, .. selections]));

    public HashSet<int> Serializers { get; }

    public byte[][] Selections { get; }

    internal static bool IsOneOf(ReadOnlySpan<byte> text, byte[][] list)
    {
        foreach (var one in list)
        {
            if (text.SequenceEqual(one))
            {
                return true;
            }
        }

        return false;
    }

    private static byte[][] Utf8(params string[] texts) => [.. texts.Select(Encoding.UTF8.GetBytes)];
}
