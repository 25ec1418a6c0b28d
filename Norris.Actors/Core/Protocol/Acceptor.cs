namespace Norris.Core.Protocol;

/// <summary>
/// Which reign a replica has promised to follow, and to whom; and which it follows (Paxos' acceptor; Raft's term, vote and leader). Answers whoever wants to reign. Pure.
/// <para>Always: accepted ≤ promised, and neither ever gets lower.</para>
/// </summary>
internal sealed class Acceptor(NodeId self, ProtocolOptions options)
{
    private readonly Reminders _refusals = new(options.AskAgainAfter);
    private NodeId? _promisedTo;

    public Epoch Promised { get; private set; }

    public Epoch Accepted { get; private set; }

    /// <summary>The sequencer of the accepted reign.</summary>
    public NodeId? Host { get; private set; }

    /// <summary>The sequencer that is followed; null while there is none, or another reign is promised.</summary>
    public NodeId? Followed => Accepted == Promised ? Host : null;

    /// <summary>Whether a node may not begin a reign any more: a higher one is promised, or the same one to somebody else.</summary>
    public bool MustRefuse(NodeId sequencer, Epoch epoch) => epoch < Promised || (epoch == Promised && _promisedTo != sequencer);

    /// <summary>Whether a candidate has asked before, and got the promise.</summary>
    public bool HasPromised(NodeId candidate, Epoch epoch) => epoch == Promised && _promisedTo == candidate;

    public void Refuse(NodeId sequencer, List<Effect> effects) => effects.Add(new Send(sequencer, new EpochRefused(Promised)));

    /// <summary>A fenced sequencer goes on, since it does not know yet.</summary>
    public void Remind(NodeId fenced, Now now, List<Effect> effects)
    {
        if (_refusals.AreDue(fenced, now))
        {
            Refuse(fenced, effects);
        }
    }

    /// <summary>A reign has begun, and is followed.</summary>
    public void Accept(Epoch epoch, NodeId host)
    {
        Invariant.Holds(epoch >= Promised, "no reign is followed below the one that is promised");
        (Promised, _promisedTo, Accepted, Host) = (epoch, host, epoch, host);
    }

    /// <summary>A candidate wants the promise, which says what is here.</summary>
    /// <param name="from">The candidate's node.</param>
    /// <param name="candidate">The reign that it would begin.</param>
    /// <param name="log">What is here.</param>
    /// <param name="hasAVote">Whether that counts.</param>
    /// <param name="heardMe">The last moment at which the host that is followed is known to have heard this node.</param>
    /// <param name="now">The time.</param>
    /// <param name="effects">What is to be done.</param>
    public void OnPrepare(NodeId from, Epoch candidate, ReplicatedLog? log, bool hasAVote, Now heardMe, Now now, List<Effect> effects)
    {
        // A candidate that asks again is answered again, but never one on this node: that may be a restarted sequencer that does not know of
        // its predecessor's epoch. No candidate reigns without its own node's promise, so this keeps every epoch to one sequencer.
        if (candidate < Promised || (candidate == Promised && (_promisedTo != from || from == self)))
        {
            Refuse(from, effects);
            return;
        }

        Promised = candidate;
        _promisedTo = from;
        var received = log?.Received ?? default;
        var (members, since, before) = log?.Memberships ?? ([], default, null);
        effects.Add(new Send(from, new Promise(
            candidate,
            log?.Room ?? RoomId.None,
            log?.Delivery ?? options.Delivery,
            log?.LastEpoch ?? default,
            received,
            log?.Stable ?? default,
            members,
            hasAVote ? since : received.Next,
            heardMe == default ? null : Host,
            heardMe == default ? 0 : now.Since(heardMe),
            before,
            log?.StableBy ?? default)));
    }

    /// <summary>The candidate with the promise wants the log.</summary>
    public void OnRecoveryFetch(NodeId from, RecoveryFetch fetch, ReplicatedLog? log, List<Effect> effects)
    {
        if (fetch.Candidate < Promised)
        {
            Refuse(from, effects);
            return;
        }

        if (fetch.Candidate != Promised || _promisedTo != from || log is null)
        {
            return;
        }

        var needsSnapshot = fetch.After is not { } after || after < log.SnapshotIndex;
        var page = log.PageAfter(needsSnapshot ? log.SnapshotIndex : fetch.After!.Value);
        effects.Add(new Send(from, new RecoveryPage(fetch.Candidate, needsSnapshot ? log.Snapshot() : null, page, log.Stable)));
    }
}
