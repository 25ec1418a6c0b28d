namespace Norris.Core.Protocol;

/// <summary>
/// Which of a membership's nodes suffice to decide: to make a number stable, and to begin a reign. Any two quorums of one membership, or of
/// two that differ by one node, share a node that lives, or all that live.
/// </summary>
internal static class Quorum
{
    public static int Majority(int members) => (members / 2) + 1;

    /// <summary>
    /// Whether <paramref name="has"/> holds for a quorum of <paramref name="members"/>: a majority; or all that are not gone for certain, for those who
    /// are cannot disagree; or exactly half of a settled membership, with its lowest node in it, where each of the others is gone or silent (an even split, decided by the same
    /// rule on both sides).
    /// </summary>
    /// <param name="members">The membership.</param>
    /// <param name="settled">The membership's last change is known to be stable.</param>
    /// <param name="gone">Whether a node is proven dead, or has itself said that it starts again as a newcomer.</param>
    /// <param name="isOut">Whether a node has been silent for <see cref="Limits.TieAfter"/>, in the cluster or not.</param>
    /// <param name="has">Whether a node agrees.</param>
    public static bool Has(
        IReadOnlyCollection<NodeId> members, bool settled, Func<NodeId, bool> gone, Func<NodeId, bool> isOut, Func<NodeId, bool> has)
    {
        var agree = 0;
        var othersGone = true;
        var othersOut = true;
        var lowestAgrees = false;
        NodeId? lowest = null;
        foreach (var node in members)
        {
            var agrees = has(node);
            if (lowest is null || node < lowest)
            {
                lowest = node;
                lowestAgrees = agrees;
            }

            if (agrees)
            {
                agree++;
                continue;
            }

            othersGone &= gone(node);
            othersOut &= gone(node) || isOut(node);
        }

        return agree >= Majority(members.Count)
            || othersGone
            || (settled && 2 * agree == members.Count && lowestAgrees && othersOut);
    }

    /// <summary>
    /// Whether what a quorum held may be gone when only these of the membership are left: true where they need not share a node with every
    /// quorum. Where the membership is not <paramref name="settled"/>, the one before it may have decided, which may have had one more.
    /// </summary>
    /// <param name="members">The membership.</param>
    /// <param name="settled">The membership's last change is known to be stable.</param>
    /// <param name="left">Whether a node is left.</param>
    /// <param name="wereWithUs">Whether it is known that the others, when they went, had not decided alone.</param>
    public static bool MayHaveLost(IReadOnlyCollection<NodeId> members, bool settled, Func<NodeId, bool> left, bool wereWithUs)
    {
        var count = members.Count(left);
        return 2 * count < (settled ? members.Count : members.Count + 1) || (2 * count == members.Count && !wereWithUs && !left(members.Min()));
    }
}
