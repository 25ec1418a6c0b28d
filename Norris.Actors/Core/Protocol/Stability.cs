namespace Norris.Core.Protocol;

/// <summary>
/// How far the order of a reign is stable (Raft's commit index): what a quorum holds, and whether there is a quorum at all. What every member has is trimmed. Pure.
/// <para>Always: trimmed ≤ stable ≤ highest, and none of them ever gets less.</para>
/// </summary>
/// <param name="options">The bounds.</param>
/// <param name="log">The log of the reign, as far as it was numbered: its end is the highest number.</param>
/// <param name="stable">What the recovery knew to be stable.</param>
/// <param name="membership">Who counts.</param>
/// <param name="acks">Who has what.</param>
/// <param name="gone">Who cannot disagree any more.</param>
/// <param name="watch">Who is silent.</param>
/// <param name="now">When the reign begins.</param>
internal sealed class Stability(ProtocolOptions options, Log log, SequenceNumber stable, Membership membership, Acknowledgements acks, GoneMembers gone, MemberWatch watch, Now now)
{
    // This reign's first entry.
    private readonly SequenceNumber _start = log.Received.Next;

    // Kept from one working out to the next: it is done after every drain.
    private readonly List<SequenceNumber> _candidates = [];
    private bool _mayAdvance;
    private long _advancedAt = now.Elapsed;

    public SequenceNumber Stable { get; private set; } = SequenceNumber.Max(log.SnapshotIndex, stable);

    public SequenceNumber Trimmed { get; private set; } = log.SnapshotIndex;

    /// <summary>
    /// What others are told to be stable. Until something of this reign is, that is no more than what each of them has: a replica remembers in which reign it was told,
    /// and a later recovery takes that for knowledge of an entry of this reign.
    /// </summary>
    public SequenceNumber Told => Stable < _start ? log.SnapshotIndex : Stable;

    /// <summary>Whether all that was numbered is stable.</summary>
    public bool IsComplete => Stable == log.Received;

    /// <summary>One change of membership at a time, and none before this reign's first entry is stable: two memberships that decide at once always overlap.</summary>
    public bool MembershipMayChange => membership.Since <= Stable && _start <= Stable;

    /// <summary>Members, also of the membership before a change in doubt, that are out of the cluster and not proven to be gone.</summary>
    public IReadOnlyCollection<NodeId> Missing =>
        [.. membership.Members.Concat(InDoubt ?? []).Where(node => !watch.IsPresent(node) && !gone.IsGone(node)).Distinct()];

    private IReadOnlyCollection<NodeId>? InDoubt => membership.InDoubt(Stable);

    /// <summary>Something has changed that may let more become stable.</summary>
    public void MayAdvance() => _mayAdvance = true;

    /// <summary>Something is about to be numbered, or this process stood still: acks are waited for from now on.</summary>
    public void WaitFrom(Now now) => _advancedAt = now.Elapsed;

    /// <summary>Time alone may make a quorum: half of the members, once the others have been silent for long enough.</summary>
    public void Tick() => _mayAdvance |= !IsComplete;

    /// <summary>
    /// Whether something has waited too long for a quorum's acks, or a quorum has not been heard for as long: the host of a room where nobody
    /// speaks has to notice, too, that it is cut off.
    /// </summary>
    public bool LacksMajority(Now now)
    {
        if (IsComplete)
        {
            WaitFrom(now);
        }

        return now.Elapsed - _advancedAt >= options.NoMajorityAfter
            || gone.MayHaveDecided(membership.Members)
            || (InDoubt is { } before && gone.MayHaveDecided(before))
            || !IsQuorum(node => watch.SilentFor(node, now) < options.NoMajorityAfter, now);
    }

    /// <summary>Whether these suffice to decide, if all of them hear this host.</summary>
    public bool IsQuorum(Func<NodeId, bool> has, Now now) => Has(membership.Members, membership.Since <= Stable, has, now);

    /// <summary>The mailbox is empty: works out what is stable.</summary>
    public void Drained(Now now)
    {
        if (!_mayAdvance)
        {
            return;
        }

        _mayAdvance = false;
        var everyone = log.Received;
        foreach (var node in membership.Members)
        {
            everyone = SequenceNumber.Min(everyone, acks.Received(node));
        }

        // The highest number that a quorum holds. Usually the majority's; fewer suffice only as Quorum says.
        // An older reign's entries become stable only together with one of this reign (Raft's rule).
        // (Where all of the membership are gone, nobody is left to acknowledge, and what this node adopted is what there is.)
        _candidates.Clear();
        acks.AddTo(_candidates);
        _candidates.Add(log.Received);
        _candidates.Sort();
        for (var i = _candidates.Count - 1; i >= 0 && _candidates[i] > Stable && _candidates[i] >= _start; i--)
        {
            if (IsHeld(_candidates[i], now))
            {
                Stable = _candidates[i];
                WaitFrom(now);
                break;
            }
        }

        membership.Settle(Stable);
        Trimmed = SequenceNumber.Max(Trimmed, SequenceNumber.Min(everyone, Stable));
        Invariant.Holds(Trimmed <= Stable && Stable <= log.Received, "trimmed ≤ stable ≤ highest");
        log.TrimTo(Trimmed);
    }

    /// <summary>
    /// Whether a number is held by a quorum of the membership; and, while the last change of membership is not stable, by one of the membership
    /// before it: then whoever is left of that one knows of the change, or of nothing that came after it.
    /// </summary>
    private bool IsHeld(SequenceNumber number, Now now)
    {
        var since = membership.Since;
        var before = InDoubt;
        return (before is null || Has(before, true, node => acks.Received(node) >= SequenceNumber.Min(number, since), now))
            && ((since > Stable && number < since) || IsQuorum(node => acks.Received(node) >= number, now));
    }

    private bool Has(IReadOnlyCollection<NodeId> members, bool settled, Func<NodeId, bool> has, Now now) =>
        Quorum.Has(members, settled, gone.GoneOf(members), node => watch.IsOut(node, now), has);
}
