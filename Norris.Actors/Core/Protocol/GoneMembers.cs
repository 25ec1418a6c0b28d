namespace Norris.Core.Protocol;

/// <summary>Which nodes cannot disagree with a reign any more; and whether those who died during it may have decided something that it does not know. Pure.</summary>
/// <param name="membership">Who counts.</param>
/// <param name="acks">What each has acknowledged.</param>
/// <param name="watch">Who is dead now.</param>
/// <param name="deadBefore">Who had died when it was decided what to go on with. What these may have decided was the recovery's business.</param>
/// <param name="toldLoss">It was told at the beginning of the reign that something may be lost.</param>
internal sealed class GoneMembers(Membership membership, Acknowledgements acks, MemberWatch watch, IReadOnlySet<NodeId> deadBefore, bool toldLoss)
{
    // Who died since.
    private HashSet<NodeId> _died = [.. watch.View.Dead.Except(deadBefore)];

    /// <summary>The cluster looks different; the watch still has the view before.</summary>
    public void SetView(ClusterView view, Now now)
    {
        foreach (var node in view.Dead.Where(node => !watch.View.Dead.Contains(node)))
        {
            acks.Dies(node, now);
        }

        _died = [.. view.Dead.Except(deadBefore)];
    }

    public bool IsGone(NodeId node) => watch.View.Dead.Contains(node) || membership.HasResigned(node);

    /// <summary>Who cannot disagree any more; nobody, while the dead among them may have decided something alone before.</summary>
    public Func<NodeId, bool> GoneOf(IReadOnlyCollection<NodeId> members) => MayHaveDecided(members) ? _ => false : IsGone;

    /// <summary>
    /// Whether those who died during this reign were enough to go on without it, in a reign that nobody left knows of. Then only a recovery may go
    /// on, which says that something may be lost. Half of them must have waited for it (<see cref="Limits.TieAfter"/>), and cannot have if one
    /// of them still followed shortly before it died.
    /// </summary>
    /// <remarks>
    /// Who dies before it has followed this reign may have promised a later one to those who were dead before, after its promise to this one: then they count as well. (Cleo recovers with Bob's
    /// promise, late. He promises Ann, too; both decide; Ann dies, Cleo begins to reign, and Bob dies before he can refuse her.)
    /// </remarks>
    public bool MayHaveDecided(IReadOnlyCollection<NodeId> members)
    {
        if (_died.Count == 0)
        {
            return false;
        }

        var together = !toldLoss && members.Any(node => _died.Contains(node) && !acks.Has(node));
        var died = 0;
        var waitedFor = true;
        var lowestDied = false;
        NodeId? lowest = null;
        foreach (var node in members)
        {
            var isNews = (_died.Contains(node) || (together && deadBefore.Contains(node))) && !membership.HasResigned(node);
            died += isNews ? 1 : 0;
            waitedFor &= !isNews || !acks.FollowedToTheEnd(node);
            if (lowest is null || node < lowest)
            {
                (lowest, lowestDied) = (node, isNews);
            }
        }

        return 2 * died > members.Count || (2 * died == members.Count && lowestDied && waitedFor);
    }
}
