using System.Collections.Immutable;
using Norris.Core.Protocol;

namespace Norris.Tests.Simulation;

/// <summary>How a node stands in the cluster. Of two accounts the later one in this list is the newer, as in Akka.Cluster.</summary>
public enum Standing
{
    Joining,
    Up,
    Leaving,
    Exiting,
    Down,
    Removed,
}

/// <summary>Whom one node does not reach; told by that node alone, so the higher version is the newer.</summary>
public sealed record Observation(long Version, ImmutableHashSet<NodeId> Unreachable);

/// <summary>
/// What a node of the cluster believes of it, and tells others: a model of the gossip of Akka.Cluster, with its rules of when two accounts are one
/// (merge), and when all know the same (convergence). Immutable.
/// </summary>
public sealed record Gossip(
    ImmutableSortedDictionary<NodeId, (Standing Standing, int UpNumber)> Nodes,
    ImmutableDictionary<NodeId, Observation> Observations,
    ImmutableHashSet<NodeId> Seen)
{
    // A copy takes it along, and works out its own where it is of something else.
    private Digest? _digest;

    public static Gossip Empty { get; } = new(
        ImmutableSortedDictionary<NodeId, (Standing, int)>.Empty, ImmutableDictionary<NodeId, Observation>.Empty, []);

    /// <summary>Who is part of the cluster, dead or alive, ascending.</summary>
    public IReadOnlyList<NodeId> Members => Digested.Members;

    private Digest Digested => _digest is { } its && ReferenceEquals(its.Nodes, Nodes) && ReferenceEquals(its.Observations, Observations) ? its : _digest = new Digest(Nodes, Observations);

    /// <summary>The oldest that was ever let in and is not yet removed: where the singleton is.</summary>
    public NodeId? Oldest
    {
        get
        {
            NodeId? oldest = null;
            foreach (var (node, (standing, up)) in Nodes)
            {
                if (up > 0 && standing != Standing.Removed && (oldest is not { } o || up < Nodes[o].UpNumber))
                {
                    oldest = node;
                }
            }

            return oldest;
        }
    }

    public Standing? Of(NodeId node) => Nodes.TryGetValue(node, out var n) ? n.Standing : null;

    /// <summary>Whether anybody at all says that a node is unreachable: that is what a node is told of the cluster, by those too who are down.</summary>
    public bool IsSeenAsUnreachable(NodeId node) => Observations.Any(o => o.Key != node && o.Value.Unreachable.Contains(node) && Of(o.Key) is < Standing.Removed);

    /// <summary>Whether anybody who counts says that a node is unreachable.</summary>
    public bool IsUnreachable(NodeId node) => Digested.Unreachable.Contains(node);

    public bool Reaches(NodeId observer, NodeId node) => !Observations.TryGetValue(observer, out var o) || !o.Unreachable.Contains(node);

    /// <summary>One node's standing changes; who tells this is the only one yet who has seen it.</summary>
    public Gossip With(NodeId node, Standing standing, NodeId by)
    {
        var up = Nodes.TryGetValue(node, out var before) ? before.UpNumber : 0;
        if (standing == Standing.Up && up == 0)
        {
            up = Nodes.Values.Max(n => n.UpNumber) + 1;
        }

        return this with { Nodes = Nodes.SetItem(node, (standing, up)), Seen = [by] };
    }

    public Gossip Observe(NodeId by, ImmutableHashSet<NodeId> unreachable) => this with
    {
        Observations = Observations.SetItem(by, new Observation((Observations.GetValueOrDefault(by)?.Version ?? 0) + 1, unreachable)),
        Seen = [by],
    };

    /// <summary>Both accounts as one, as the node sees it that merges them.</summary>
    public Gossip Merge(Gossip other, NodeId by)
    {
        var (here, there) = (IsContainedIn(other), other.IsContainedIn(this));
        if (here || there)
        {
            var newer = here ? other : this;
            return newer with { Seen = here && there ? Seen.Union(other.Seen).Add(by) : newer.Seen.Add(by) };
        }

        var nodes = Nodes.ToBuilder();
        foreach (var (node, theirs) in other.Nodes)
        {
            nodes[node] = nodes.TryGetValue(node, out var ours) ? Newer(ours, theirs) : theirs;
        }

        var observations = Observations.ToBuilder();
        foreach (var (node, theirs) in other.Observations)
        {
            if (!observations.TryGetValue(node, out var ours) || ours.Version < theirs.Version)
            {
                observations[node] = theirs;
            }
        }

        return new Gossip(nodes.ToImmutable(), observations.ToImmutable(), [by]);
    }

    /// <summary>Whether all who count know this account, and nobody is in doubt.</summary>
    public bool IsConverged(NodeId self)
    {
        foreach (var (node, (standing, _)) in Nodes)
        {
            if (node != self && standing is < Standing.Exiting && IsUnreachable(node))
            {
                return false;
            }

            if (standing is Standing.Up or Standing.Leaving && !Seen.Contains(node))
            {
                return false;
            }
        }

        return true;
    }

    public override string ToString() =>
        string.Join(", ", Nodes.Where(n => n.Value.Standing != Standing.Removed).Select(n => $"{Trace.Of(n.Key)} {n.Value.Standing}{(IsUnreachable(n.Key) ? " unreachable" : "")}{(Seen.Contains(n.Key) ? "" : " has not seen this")}"));

    private static (Standing, int) Newer((Standing Standing, int UpNumber) a, (Standing Standing, int UpNumber) b) =>
        (a.Standing > b.Standing ? a.Standing : b.Standing, a.UpNumber == 0 ? b.UpNumber : b.UpNumber == 0 ? a.UpNumber : Math.Min(a.UpNumber, b.UpNumber));

    private bool IsContainedIn(Gossip other) =>
        (ReferenceEquals(Nodes, other.Nodes) || Nodes.All(n => other.Nodes.TryGetValue(n.Key, out var theirs) && Newer(n.Value, theirs) == theirs))
        && (ReferenceEquals(Observations, other.Observations) || Observations.All(o => other.Observations.TryGetValue(o.Key, out var theirs) && o.Value.Version <= theirs.Version));

    /// <summary>What is asked for again and again, worked out once.</summary>
    private sealed class Digest(
        ImmutableSortedDictionary<NodeId, (Standing Standing, int UpNumber)> nodes,
        ImmutableDictionary<NodeId, Observation> observations)
    {
        public ImmutableSortedDictionary<NodeId, (Standing Standing, int UpNumber)> Nodes => nodes;

        public ImmutableDictionary<NodeId, Observation> Observations => observations;

        public IReadOnlyList<NodeId> Members { get; } = [.. nodes.Where(n => n.Value.Standing != Standing.Removed).Select(n => n.Key)];

        public HashSet<NodeId> Unreachable { get; } =
            [.. observations.Where(o => nodes.TryGetValue(o.Key, out var observer) && observer.Standing < Standing.Down).SelectMany(o => o.Value.Unreachable.Where(node => node != o.Key))];
    }
}
