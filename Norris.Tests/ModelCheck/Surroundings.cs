using Norris.Actors.Protocol;

namespace Norris.Tests.ModelCheck;

/// <summary>How a node's process is.</summary>
internal enum Health
{
    Runs,

    /// <summary>Stopped, and may go on later.</summary>
    StandsStill,

    /// <summary>Ended.</summary>
    Gone,
}

/// <summary>What one node has around it.</summary>
/// <param name="Health">How its process is.</param>
/// <param name="IsOut">The cluster has taken it out, or it has left.</param>
/// <param name="SaidGoodbye">Its room has let it go.</param>
/// <param name="View">The cluster as it sees it.</param>
/// <param name="Coming">The cluster as it is going to see it, one after the other.</param>
internal sealed record Around(Health Health, bool IsOut, bool SaidGoodbye, ClusterView View, IReadOnlyList<ClusterView> Coming)
{
    public ulong Fingerprint => Coming.Aggregate(
        Copies.Mix((ulong)Health + (IsOut ? 8UL : 0) + (SaidGoodbye ? 16UL : 0), Copies.Fingerprint(View)),
        (hash, view) => Copies.Mix(hash, Copies.Fingerprint(view)));
}

/// <summary>
/// The cluster round the machines: which processes run, and what each node sees of it, in the same order everywhere and as late as may be. Whatever the
/// machines are told of the cluster, and whatever they may ask of it, is here. Immutable.
/// </summary>
/// <param name="nodes">Oldest first.</param>
/// <param name="each">What each has around it.</param>
internal sealed class Surroundings(IReadOnlyList<NodeId> nodes, IReadOnlyList<Around> each)
{
    public IReadOnlyList<NodeId> Nodes => nodes;

    public IReadOnlyList<Around> Each => each;

    public ulong Fingerprint { get; } = each.Aggregate(1UL, (hash, around) => Copies.Mix(hash, around.Fingerprint));

    public bool Runs(int node) => Each[node].Health == Health.Runs;

    public bool Lives(int node) => Each[node].Health != Health.Gone;

    public int Living => Each.Count(a => a.Health != Health.Gone);

    /// <summary>Where a node that follows nobody looks for the sequencer, and where the cluster runs it: on the oldest that is seen.</summary>
    public int OldestSeenBy(int node)
    {
        for (var i = 0; i < nodes.Count; i++)
        {
            if (each[node].View.Present.Contains(nodes[i]))
            {
                return i;
            }
        }

        return node;
    }

    public static Surroundings Beginning(IReadOnlyList<NodeId> nodes)
    {
        var nobody = new ClusterView(new HashSet<NodeId>(), new HashSet<NodeId>());
        return new Surroundings(nodes, [.. nodes.Select(_ => new Around(Health.Gone, true, false, nobody, []))]);
    }

    /// <summary>A node joins the cluster; everybody, itself included, is going to see it.</summary>
    public Surroundings Start(int node)
    {
        var present = Enumerable.Range(0, Nodes.Count).Where(i => i == node || !Each[i].IsOut).Select(i => Nodes[i]).ToHashSet();
        return With(node, a => a with { Health = Health.Runs, IsOut = false }).ForAll(_ => true, _ => new ClusterView(present, new HashSet<NodeId>()));
    }

    /// <summary>A process dies, and its node is proven to be dead.</summary>
    public Surroundings Crash(int node) =>
        With(node, a => a with { Health = Health.Gone, IsOut = true, Coming = [] }).ForAll(i => i != node, last => Without(last, node, isDead: true));

    /// <summary>The others take a node out without proof of anything; it does not hear of it.</summary>
    public Surroundings Remove(int node) => With(node, a => a with { IsOut = true }).ForAll(i => i != node, last => Without(last, node, isDead: false));

    /// <summary>A node that has said goodbye leaves the cluster, and its process ends.</summary>
    public Surroundings Exit(int node) =>
        With(node, a => a with { Health = Health.Gone, IsOut = true, Coming = [] }).ForAll(i => i != node, last => Without(last, node, isDead: false));

    /// <summary>A process that was taken out ends. Where it comes back, as another incarnation, that is the proof that this one is gone.</summary>
    public Surroundings End(int node, bool isProven)
    {
        var ended = With(node, a => a with { Health = Health.Gone, Coming = [] });
        return isProven ? ended.ForAll(i => i != node, last => Without(last, node, isDead: true)) : ended;
    }

    public Surroundings With(int node, Func<Around, Around> change) => new(nodes, [.. each.Select((a, i) => i == node ? change(a) : a)]);

    /// <summary>A node gets to see the next change.</summary>
    public Surroundings Look(int node) => With(node, a => a with { View = a.Coming[0], Coming = [.. a.Coming.Skip(1)] });

    private ClusterView Without(ClusterView last, int node, bool isDead) =>
        new(last.Present.Where(n => n != nodes[node]).ToHashSet(), (isDead ? last.Dead.Append(nodes[node]) : last.Dead).ToHashSet());

    private Surroundings ForAll(Func<int, bool> who, Func<ClusterView, ClusterView> change) => new(
        nodes,
        [.. each.Select((a, i) => a.Health == Health.Gone || !who(i) ? a : a with { Coming = [.. a.Coming, change(a.Coming.Count > 0 ? a.Coming[^1] : a.View)] })]);
}
