namespace Norris.Core.Protocol;

/// <summary>What a quorum holds, and whether there is one.</summary>
internal sealed partial class Reign
{
    /// <summary>The membership before a change that is not stable yet: those who do not know of that may still decide by it. Null: there is no such change.</summary>
    public IReadOnlyCollection<NodeId>? MembersInDoubt => _room.MembersSince > Stable && _membersBefore is not null ? [.. _membersBefore.Keys] : null;

    /// <summary>Members, also of the membership before a change in doubt, that are out of the cluster and not proven to be gone.</summary>
    public IReadOnlyCollection<NodeId> Missing =>
        [.. _room.Members.Concat(MembersInDoubt ?? []).Where(node => !_view.Present.Contains(node) && !IsGone(node)).Distinct()];

    /// <summary>
    /// Whether something has waited too long for a quorum's acks, or a quorum has not been heard for as long: the host of a room where nobody
    /// speaks has to notice, too, that it is cut off.
    /// </summary>
    public bool LacksMajority(Now now)
    {
        if (Stable == Highest)
        {
            _advancedAt = now.Elapsed;
        }

        bool IsHeard(NodeId node) => SilentFor(node, now) < _options.NoMajorityAfter;

        return now.Elapsed - _advancedAt >= _options.NoMajorityAfter
            || TheDeadMayHaveDecided(_room.Members)
            || (MembersInDoubt is { } before && TheDeadMayHaveDecided(before))
            || !HearsQuorum(IsHeard, now);
    }

    private void WorkOutStable(Now now)
    {
        var members = _room.Members;
        var everyone = Highest;
        foreach (var node in members)
        {
            everyone = SequenceNumber.Min(everyone, _acked.GetValueOrDefault(node));
        }

        // The highest number that a quorum holds. Usually the majority's; fewer suffice only as Quorum says.
        // An older reign's entries become stable only together with one of this reign (Raft's rule).
        // (Where all of the membership are gone, nobody is left to acknowledge, and what this node adopted is what there is.)
        _candidates.Clear();
        _candidates.AddRange(_acked.Values);
        _candidates.Add(Highest);
        _candidates.Sort();
        for (var i = _candidates.Count - 1; i >= 0 && _candidates[i] > Stable && _candidates[i] >= _start; i--)
        {
            if (IsHeld(_candidates[i], now))
            {
                Stable = _candidates[i];
                _advancedAt = now.Elapsed;
                break;
            }
        }

        if (_room.MembersSince <= Stable)
        {
            _membersBefore = null;
        }

        _trim = SequenceNumber.Max(_trim, SequenceNumber.Min(everyone, Stable));
        _log.TrimTo(_trim);
    }

    /// <summary>
    /// Whether a number is held by a quorum of the membership; and, while the last change of membership is not stable, by one of the membership
    /// before it: then whoever is left of that one knows of the change, or of nothing that came after it.
    /// </summary>
    private bool IsHeld(SequenceNumber number, Now now)
    {
        var since = _room.MembersSince;
        if (since <= Stable)
        {
            return Quorum.Has(_room.Members, true, IsGoneFor(_room.Members), node => IsOut(node, now), node => Has(node, number));
        }

        var before = MembersInDoubt;
        return (before is null || Quorum.Has(before, true, IsGoneFor(before), node => IsOut(node, now), node => Has(node, SequenceNumber.Min(number, since))))
            && (number < since || Quorum.Has(_room.Members, false, IsGoneFor(_room.Members), node => IsOut(node, now), node => Has(node, number)));
    }

    /// <summary>Whether these suffice to decide, if all of them hear this host.</summary>
    private bool HearsQuorum(Func<NodeId, bool> isHeard, Now now) =>
        Quorum.Has(_room.Members, _room.MembersSince <= Stable, IsGoneFor(_room.Members), node => IsOut(node, now), isHeard);

    /// <summary>Whether a node has shown no life in this reign for so long that the half with the lowest node may decide alone.</summary>
    private bool IsOut(NodeId node, Now now) => SilentFor(node, now) >= Limits.TieAfter;

    /// <summary>For how long a node has shown no life, in milliseconds. This node hears itself.</summary>
    private long SilentFor(NodeId node, Now now) =>
        node == _self ? 0 : now.Elapsed - Math.Max(_judgeFrom, _heardAt.GetValueOrDefault(node, _begunAt));

    /// <summary>Who cannot disagree any more; nobody, while the dead among them may have decided something alone before.</summary>
    private Func<NodeId, bool> IsGoneFor(IReadOnlyCollection<NodeId> members) => TheDeadMayHaveDecided(members) ? _ => false : IsGone;

    /// <summary>
    /// Whether those who died during this reign were enough to go on without it, in a reign that nobody left knows of. Then only a recovery may go
    /// on, which says that something may be lost. Half of them must have waited for it (<see cref="Limits.TieAfter"/>), and cannot have if one
    /// of them still followed shortly before it died.
    /// </summary>
    /// <remarks>
    /// Who dies before it has followed this reign may have promised a later one to those who were dead before, after its promise to this one: then they count as well. (Cleo recovers with Bob's
    /// promise, late. He promises Ann, too; both decide; Ann dies, Cleo begins to reign, and Bob dies before he can refuse her.)
    /// </remarks>
    private bool TheDeadMayHaveDecided(IReadOnlyCollection<NodeId> members)
    {
        if (_died.Count == 0)
        {
            return false;
        }

        var together = !_toldLoss && members.Any(node => _died.Contains(node) && !_acked.ContainsKey(node));
        var died = 0;
        var waitedFor = true;
        var lowestDied = false;
        NodeId? lowest = null;
        foreach (var node in members)
        {
            var isNews = (_died.Contains(node) || (together && _deadBefore.Contains(node))) && !HasResigned(node);
            died += isNews ? 1 : 0;
            waitedFor &= !isNews || !_followedToTheEnd.Contains(node);
            if (lowest is null || node < lowest)
            {
                (lowest, lowestDied) = (node, isNews);
            }
        }

        return 2 * died > members.Count || (2 * died == members.Count && lowestDied && waitedFor);
    }

    private bool IsGone(NodeId node) => _view.Dead.Contains(node) || HasResigned(node);

    /// <summary>Whether a node has asked to start again as a newcomer: in the life in which it is, or was, a member, it has nothing to say.</summary>
    private bool HasResigned(NodeId node) => _livesAskedFor.TryGetValue(node, out var asked) && asked > LifeOf(node);

    /// <summary>The life in which a node is a member, or was one before the last change; 0: it was none.</summary>
    private int LifeOf(NodeId node) => Math.Max(_room.LifeOf(node), _membersBefore?.GetValueOrDefault(node) ?? 0);

    private bool Has(NodeId node, SequenceNumber number) => _acked.GetValueOrDefault(node) >= number;
}
