using Norris.Core.Protocol;

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

/// <summary>The cluster as a node sees it.</summary>
internal sealed record Sight(ClusterView View)
{
    public ulong Fingerprint { get; } = Copies.Fingerprint(View);
}

/// <summary>What one node has around it.</summary>
/// <param name="Health">How its process is.</param>
/// <param name="IsCutOff">Its cable is cut.</param>
/// <param name="IsOut">Somebody has taken it out of the cluster, or it has left.</param>
/// <param name="SaidGoodbye">Its room has let it go.</param>
/// <param name="Now">The cluster as it sees it.</param>
/// <param name="Coming">The cluster as it is going to see it, one after the other.</param>
internal sealed record Around(Health Health, bool IsCutOff, bool IsOut, bool SaidGoodbye, Sight Now, IReadOnlyList<Sight> Coming)
{
    public ulong Fingerprint => Coming.Aggregate(
        Copies.Mix((ulong)Health + (IsOut ? 8UL : 0) + (SaidGoodbye ? 16UL : 0) + (IsCutOff ? 32UL : 0), Now.Fingerprint),
        (hash, sight) => Copies.Mix(hash, sight.Fingerprint));

    /// <summary>What it will have seen in the end.</summary>
    public ClusterView Last => (Coming.Count > 0 ? Coming[^1] : Now).View;

    /// <summary>What it sees next is only who is reached, and who is not.</summary>
    public bool SeesReachability => Coming.Count > 0 && Coming[0].View is var next && next with { Unreachable = Now.View.Unreachable } == Now.View;

    public Around WillSee(ClusterView view) => this with { Coming = [.. Coming, new Sight(view)] };
}

/// <summary>
/// The cluster round the machines: which processes run and reach each other, and what each node sees of that, in the same order everywhere and as late as
/// may be. Whatever the machines are told of the cluster, and whatever they may ask of it, is here. Immutable.
/// </summary>
/// <param name="nodes">Oldest first.</param>
/// <param name="each">What each has around it.</param>
internal sealed class Surroundings(IReadOnlyList<NodeId> nodes, IReadOnlyList<Around> each)
{
    public IReadOnlyList<NodeId> Nodes => nodes;

    public IReadOnlyList<Around> Each => each;

    public ulong Fingerprint { get; } = each.Aggregate(1UL, (hash, around) => Copies.Mix(hash, around.Fingerprint));

    public int Living => each.Count(a => a.Health != Health.Gone);

    public static Surroundings Beginning(IReadOnlyList<NodeId> nodes) =>
        new(nodes, [.. nodes.Select(_ => new Around(Health.Gone, false, true, false, new Sight(ClusterView.Empty), []))]);

    /// <summary>Tells a replica what its node sees.</summary>
    public static void Tell(Replica replica, ClusterView view, Now now) => replica.SetView(view, now);

    public bool Runs(int node) => each[node].Health == Health.Runs;

    public bool Lives(int node) => each[node].Health != Health.Gone;

    /// <summary>Whether what one sends comes to the other, now or when it goes on.</summary>
    public bool Connects(int from, int to) => Lives(to) && (from == to || !(each[from].IsCutOff || each[to].IsCutOff));

    /// <summary>Where a node that follows nobody looks for the sequencer, and where the cluster runs it.</summary>
    public int OldestSeenBy(int node)
    {
        for (var i = 0; i < nodes.Count; i++)
        {
            if (each[node].Now.View.Present.Contains(nodes[i]))
            {
                return i;
            }
        }

        return node;
    }

    /// <summary>A node joins the cluster; everybody, itself included, is going to see it.</summary>
    public Surroundings Start(int node)
    {
        var present = Enumerable.Range(0, nodes.Count).Where(i => i == node || !each[i].IsOut).Select(i => nodes[i]).ToHashSet();
        return With(node, a => a with { Health = Health.Runs, IsOut = false }).TellAll(_ => true, _ => Seen(ClusterView.Empty, present));
    }

    /// <summary>A process dies, and its node is proven to be dead.</summary>
    public Surroundings Crash(int node) => Bury(node).TellAll(i => i != node, last => Without(last, node, isDead: true));

    /// <summary>A node that has said goodbye leaves the cluster, and its process ends.</summary>
    public Surroundings Exit(int node) => Bury(node).TellAll(
        i => i != node, last => Without(last, node, isDead: true) is var view ? view with { Left = view.Left.Append(nodes[node]).ToHashSet() } : last);

    /// <summary>A process that was taken out comes back as another incarnation, which is not looked at: that proves that this one is gone.</summary>
    public Surroundings End(int node) => Crash(node);

    public Surroundings StandStill(int node) =>
        With(node, a => a with { Health = Health.StandsStill }).TellAll(i => i != node, last => Reaching(last, nodes[node], false));

    public Surroundings CutOff(int node) => With(node, a => a with { IsCutOff = true })
        .TellAll(i => i != node, last => Reaching(last, nodes[node], false))
        .TellAll(i => i == node, last => last with { Unreachable = [.. nodes.Where(n => n != nodes[node] && last.Present.Contains(n))] });

    /// <summary>It runs, and is reached.</summary>
    public Surroundings GoOn(int node) => With(node, a => a with { Health = Health.Runs, IsCutOff = false })
        .TellAll(i => i != node, last => Reaching(last, nodes[node], true))
        .TellAll(i => i == node, last => last with { Unreachable = [] });

    /// <summary>A node gets to see the next change.</summary>
    public Surroundings Look(int node) => With(node, a => a with { Now = a.Coming[0], Coming = [.. a.Coming.Skip(1)] });

    /// <summary>What a machine's effect means to the cluster.</summary>
    public Surroundings On(int by, Effect effect)
    {
        switch (effect)
        {
            case Gone:
                return With(by, a => a with { SaidGoodbye = true });
            case TakeOut e when Enumerable.Range(0, nodes.Count).FirstOrDefault(i => nodes[i] == e.Node, by) is var node && node != by && each[by].Last.Present.Contains(e.Node):
                // Who is taken out does not hear of it by this.
                return With(node, a => a with { IsOut = true }).TellAll(i => i != node && Connects(by, i), last => Without(last, node, isDead: false));
            default:
                return this;
        }
    }

    private Surroundings With(int node, Func<Around, Around> change) => new(nodes, [.. each.Select((a, i) => i == node ? change(a) : a)]);

    private Surroundings Bury(int node) => With(node, a => a with { Health = Health.Gone, IsOut = true, IsCutOff = false, Coming = [] });

    private Surroundings TellAll(Func<int, bool> who, Func<ClusterView, ClusterView> change) =>
        new(nodes, [.. each.Select((a, i) => a.Health != Health.Gone && who(i) && change(a.Last) is var view && view != a.Last ? a.WillSee(view) : a)]);

    private ClusterView Seen(ClusterView last, HashSet<NodeId> present) => last with
    {
        Present = present,
        Unreachable = [.. last.Unreachable.Where(present.Contains)],
        Oldest = nodes.Where(present.Contains).Select(n => (NodeId?)n).FirstOrDefault(),
    };

    private ClusterView Without(ClusterView last, int node, bool isDead)
    {
        var view = Seen(last, last.Present.Where(n => n != nodes[node]).ToHashSet());
        return isDead && !last.Dead.Contains(nodes[node]) ? view with { Dead = last.Dead.Append(nodes[node]).ToHashSet() } : view;
    }

    private static ClusterView Reaching(ClusterView last, NodeId node, bool reaches) => last.Unreachable.Contains(node) != reaches || !last.Present.Contains(node)
        ? last
        : last with { Unreachable = reaches ? [.. last.Unreachable.Where(n => n != node)] : [.. last.Unreachable, node] };
}
