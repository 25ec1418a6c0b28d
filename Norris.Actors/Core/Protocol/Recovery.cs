namespace Norris.Core.Protocol;

/// <summary>
/// How a sequencer finds out where the order stands: it collects promises under a candidate epoch, takes the log of whoever has
/// the most, and hands that over. Pure, and used up once it has <see cref="Adopted"/> a log, found a <see cref="NewRoom"/>, or was refused.
/// </summary>
/// <param name="self">The candidate's node.</param>
/// <param name="options">The bounds.</param>
/// <param name="candidate">The epoch that is asked for.</param>
/// <param name="mayBegin">Where nobody has anything, the room begins here: only where a person asked for a room.</param>
/// <param name="inNewEra">It is in an era of its own already, because something may be lost.</param>
/// <param name="patience">How long it waits for a page of the log that it goes on with, in milliseconds.</param>
internal sealed class Recovery(NodeId self, ProtocolOptions options, Epoch candidate, bool mayBegin, bool inNewEra = false, long patience = Limits.TieAfter)
{
    private readonly Dictionary<NodeId, Promise> _promises = [];
    private readonly HashSet<NodeId> _present = [];
    private readonly HashSet<NodeId> _lookedAt = [];
    private long? _quorumSince;
    private long _answeredAt;
    private long _tookOutAt;
    private bool _saidSo;
    private long? _waitsSince;
    private Now _ownPromiseAt;
    private bool _wasHeard;
    private Now _began;
    private long? _askedAt;
    private long _calledAt;
    private long _fetchedAt;
    private long _pageAt;
    private bool _gaveUpItsSource;
    private NodeId? _source;
    private Promise? _best;
    private Log? _log;

    public Epoch Candidate => candidate;

    /// <summary>The log to go on with.</summary>
    public Log? Adopted { get; private set; }

    /// <summary>Up to here the log to go on with was known to be stable. Where something may be lost, nothing is.</summary>
    public SequenceNumber Stable { get; private set; }

    /// <summary>Messages that somebody had delivered may be gone with the dead.</summary>
    public bool MayHaveLost { get; private set; }

    /// <summary>Begin again in an era of its own, because <see cref="MayHaveLost"/>.</summary>
    public bool NeedsNewEra { get; private set; }

    /// <summary>Who was known to be dead when it was decided what to go on with.</summary>
    public IReadOnlySet<NodeId> Dead { get; private set; } = new HashSet<NodeId>();

    /// <summary>The patience of the recovery after this one.</summary>
    public long NextPatience => _gaveUpItsSource ? Math.Min(2 * patience, 8 * Limits.TieAfter) : patience;

    /// <summary>Nobody has anything: the room begins.</summary>
    public bool NewRoom { get; private set; }

    /// <summary>
    /// Members of the best log that are needed, are out of the cluster or do not answer, and are not proven to be gone: it is worth looking for proof. Where fewer than a majority
    /// would go on, also everyone else here who does not answer.
    /// </summary>
    public IReadOnlyCollection<NodeId> Missing { get; private set; } = [];

    /// <summary>All that it waits for: whoever listens at the addresses of those who are out has been asked whether the room has gone on (<see cref="ItIsI"/>).</summary>
    public bool MustLookAround { get; private set; }

    /// <summary>A higher epoch was promised to somebody else, or the source is gone: begin again above this one.</summary>
    public Epoch? BeginAgainAbove { get; private set; }

    /// <summary>What it waits for, for people.</summary>
    public string WaitsFor(ClusterView view) =>
        _source is { } source ? $"the log of {source}" : $"the promises of {string.Join(", ", view.Present.Where(n => !_promises.ContainsKey(n)))}";

    public void Handle(NodeId from, ToSequencerMessage message, ClusterView view, Now now, List<Effect> effects)
    {
        switch (message)
        {
            case Promise m when m.Candidate == candidate:
                if (_promises.TryAdd(from, m))
                {
                    _answeredAt = now.Elapsed;
                    _ownPromiseAt = from == self ? now : _ownPromiseAt;
                    Decide(view, now, effects);
                }

                break;
            case EpochRefused m when m.Promised == candidate && from == self && _promises.ContainsKey(self):
                // This node's replica answers once; the request had been repeated.
                break;
            case EpochRefused m when m.Promised >= candidate:
                BeginAgainAbove = m.Promised;
                break;
            case RecoveryPage m when m.Candidate == candidate && from == _source:
                OnPage(m, now, effects);
                break;
        }
    }

    public void Tick(ClusterView view, Now now, List<Effect> effects)
    {
        if (_source is { } source && !view.Present.Contains(source))
        {
            BeginAgainAbove = candidate;
            return;
        }

        var known = _present.Count;
        _present.UnionWith(view.Present);
        if (_present.Count > known)
        {
            // Whoever has just come has not had the time yet to answer.
            _answeredAt = now.Elapsed;
        }

        if (_source is { } silent && silent != self && now.Elapsed - _pageAt >= patience)
        {
            // It answered, and has stopped since. Asked again, it is one of those who do not answer; or it was only slow, and gets more time.
            BeginAgainAbove = candidate;
            _gaveUpItsSource = true;
            return;
        }

        Decide(view, now, effects);
        if (Adopted is not null || NewRoom)
        {
            return;
        }

        if (_askedAt is not { } at || now.Elapsed - at >= options.AskAgainAfter)
        {
            _began = _askedAt is null ? now : _began;
            _askedAt = now.Elapsed;
            foreach (var node in view.Present.Where(node => !_promises.ContainsKey(node)))
            {
                effects.Add(new Send(node, new Prepare(candidate)));
            }
        }

        // Who has answered would find a candidate silent that waits for another. Where that has no quorum, it is right.
        if (_quorumSince is not null && now.Elapsed - _calledAt >= options.HostSilentAfter / 3)
        {
            _calledAt = now.Elapsed;
            foreach (var node in _promises.Keys.Where(node => node != self && view.Present.Contains(node)))
            {
                effects.Add(new Send(node, new HostReport(self, false)));
            }
        }

        if (_source is not null && now.Elapsed - _fetchedAt >= patience / 3)
        {
            FetchMore(now, effects);
        }
    }

    private void Decide(ClusterView view, Now now, List<Effect> effects)
    {
        if (_source is not null || !_promises.TryGetValue(self, out var own))
        {
            return;
        }

        // Who does not answer is silent after as long as half of a membership has to wait to decide alone. That is counted from the last answer: until then who gave
        // that one may have followed another host, and shown it that it did.
        bool IsSilent(NodeId node) => !_promises.ContainsKey(node) && now.Elapsed - _answeredAt >= Limits.TieAfter;
        var everyone = view.Present.All(_promises.ContainsKey);
        var (source, best) = Best();
        if (best is null)
        {
            NewRoom = everyone && mayBegin;
            _waitsSince ??= now.Elapsed;

            // Who does not answer may be in another cluster by now, which this one has never heard of; or have the log of a room, so that none may begin here.
            if ((everyone ? !mayBegin : now.Elapsed - _waitsSince >= 2 * options.NodeSilentAfter) && !_saidSo)
            {
                _saidSo = true;
                effects.Add(new NoRoomHere());
            }

            return;
        }

        // A node that never had a log has nothing to contradict with, and counts as any voter with an empty one.
        // One that was taken out gives what it has, but it cannot tell what the others decided without it.
        bool WasTakenOut(NodeId node) => _promises.TryGetValue(node, out var promise) && promise.MembersSince > promise.Received;
        bool Agrees(NodeId node) =>
            _promises.TryGetValue(node, out var promise) && (promise.Room == best.Room || promise.Room == RoomId.None) && !WasTakenOut(node)

            // Who has died since it answered may have promised somebody else before.
            && !view.Dead.Contains(node);

        // What a node was told to be stable and does not have yet may be of another reign than what the best log has at that number.
        var ofTheRoom = _promises.Values.Where(p => p.Room == best.Room).ToList();
        var stable = ofTheRoom.Max(p => SequenceNumber.Min(p.Stable, p.Received));
        var settled = best.MembersSince <= stable;

        // Who does not know of a change that is not stable may still decide by the membership before it.
        var before = settled ? null : best.MembersBefore;
        LookAtTheHost([.. best.Members.Union(before ?? [])], Agrees, view, now);
        bool IsGone(NodeId node) => view.Dead.Contains(node) || WasTakenOut(node);

        Missing = [.. best.Members.Union(before ?? []).Where(node => (!view.Present.Contains(node) || IsSilent(node)) && !IsGone(node))];
        if (!Quorum.Has(best.Members, settled, IsGone, IsSilent, Agrees) || (before is not null && !Quorum.Has(before, true, IsGone, IsSilent, Agrees)))
        {
            _quorumSince = null;
            _waitsSince ??= now.Elapsed;

            // Who waits for members that it cannot reach hears of nothing: somebody who reaches them may have gone on, at an address that this node once knew.
            MustLookAround = now.Elapsed - _waitsSince >= 2 * options.NodeSilentAfter && view.LookedAround < now.Elapsed - (2 * options.NodeSilentAfter);

            if (now.Elapsed - _waitsSince >= 2 * options.NodeSilentAfter)
            {
                PartWithTheUncounted(own, best, before, view, now, effects);
            }

            return;
        }

        _quorumSince ??= now.Elapsed;
        _waitsSince = null;

        // Fewer than a majority, because the others are dead or out: the membership may have changed since without them, so that anyone here
        // may know more; and so may those who are out, or came after them. Who is here and silent may have taken this node out, and believe none of its
        // questions: that one is asked who it is before it goes, since afterwards nothing reaches it.
        bool IsMinorityOf(IReadOnlyList<NodeId> members) => members.Count(Agrees) < Quorum.Majority(members.Count);
        var isMinority = IsMinorityOf(best.Members) || (before is not null && IsMinorityOf(before));
        if (isMinority && !everyone)
        {
            Missing = [.. Missing.Union(view.Present.Where(IsSilent))];
            TakeOutTheSilent(view, now, 2 * options.NodeSilentAfter, effects);
            return;
        }

        MustLookAround = isMinority && !inNewEra && view.LookedAround < Math.Max(_quorumSince.Value, now.Elapsed - 2 * options.NodeSilentAfter);
        if (MustLookAround)
        {
            return;
        }

        // What was delivered on receipt may be anywhere, also with members that only the best log knows of: everyone has to answer.
        var everyMember = best.Delivery == DeliveryLevel.Agreed ? everyone : best.Members.All(node => !view.Present.Contains(node) || _promises.ContainsKey(node));
        var waitedLongEnough = best.Delivery == DeliveryLevel.Uniform && now.Elapsed - _quorumSince >= options.RecoveryGrace;
        if (!everyMember && !waitedLongEnough)
        {
            TakeOutTheSilent(view, now, options.NodeSilentAfter, effects);
            return;
        }

        var knownStable = ofTheRoom.Max(p => p.Stable);
        bool MayBeGone(IReadOnlyCollection<NodeId> members, bool isSettled) => Quorum.MayHaveLost(members, isSettled, Agrees, WereWithUs(members, Agrees, view));
        MayHaveLost = MayBeGone(best.Members, settled)
            || (before is not null && MayBeGone(before, true))
            || best.Received < knownStable
            || ofTheRoom.Exists(p => p.Stable > p.Received && p.StableBy > best.LastEpoch);
        if (MayHaveLost && !inNewEra)
        {
            NeedsNewEra = true;
            BeginAgainAbove = candidate.AfterALoss(self);
            return;
        }

        Dead = view.Dead;
        Stable = MayHaveLost ? default : stable;
        _source = source;
        _best = best;
        _pageAt = now.Elapsed;
        FetchMore(now, effects);
    }

    /// <summary>
    /// A newcomer, welcomed by somebody who died before telling anyone, may host a cluster that the others have never heard of: it begins anew, and joins elsewhere. So does who was let go. Ann
    /// hosts, hears nobody any more, lets Cleo and then Bob go, and goes on; those two have taken her out and wait for her, and who have taken out each other do not talk. Nobody waits
    /// for Cleo: begun anew, she reaches Ann, and Bob hears of it. A log that somebody who counts is still behind is kept here.
    /// </summary>
    private void PartWithTheUncounted(Promise own, Promise best, IReadOnlyList<NodeId>? before, ClusterView view, Now now, List<Effect> effects)
    {
        var counted = best.Members.Where(view.Present.Contains).ToList();
        bool Has(NodeId node, Promise other) =>
            _promises.TryGetValue(node, out var its) && its.Room == other.Room && (its.LastEpoch, its.Received).CompareTo((other.LastEpoch, other.Received)) >= 0;
        bool WasLetGo(NodeId node) => _promises.TryGetValue(node, out var its) && its.Room == best.Room && !best.Members.Contains(node) && before?.Contains(node) != true
            && counted.Count > 0 && counted.TrueForAll(member => Has(member, its));

        if (own.Room == RoomId.None || WasLetGo(self))
        {
            if (!_saidSo)
            {
                _saidSo = true;
                effects.Add(new NoRoomHere());
            }
        }
        else if (now.Elapsed - _tookOutAt >= options.AskAgainAfter)
        {
            _tookOutAt = now.Elapsed;
            effects.AddRange(view.Present.Where(WasLetGo).Order().Select(node => new TakeOut(node, "it was let go, and the room is not here")));
        }
    }

    /// <summary>A quorum is here, and waits only for those who do not answer: they have had their time.</summary>
    private void TakeOutTheSilent(ClusterView view, Now now, long after, List<Effect> effects)
    {
        if (now.Elapsed - _answeredAt < after || now.Elapsed - _tookOutAt < options.AskAgainAfter)
        {
            return;
        }

        _tookOutAt = now.Elapsed;
        foreach (var node in view.Present.Where(node => !_promises.ContainsKey(node)))
        {
            effects.Add(new TakeOut(node, "it does not answer a recovery that has its quorum"));
        }
    }

    /// <summary>
    /// The most advanced promise: the last entry's epoch counts before the length. Of several rooms, the one that this node is in; of equals,
    /// this node's own, whose log need not travel.
    /// </summary>
    private (NodeId Source, Promise? Best) Best()
    {
        var own = _promises[self];
        (NodeId Source, Promise? Best) best = (self, own.Room == RoomId.None ? null : own);
        foreach (var (node, promise) in _promises.OrderBy(p => p.Key))
        {
            if (promise.Room == RoomId.None || (own.Room != RoomId.None && promise.Room != own.Room))
            {
                continue;
            }

            if (best.Best is null || (promise.LastEpoch, promise.Received).CompareTo((best.Best.LastEpoch, best.Best.Received)) > 0)
            {
                best = (node, promise);
            }
        }

        return best;
    }

    /// <summary>Whether the host that died had heard a member that agrees shortly before: as it was when it was first seen to be dead.</summary>
    private void LookAtTheHost(IReadOnlyCollection<NodeId> members, Func<NodeId, bool> agrees, ClusterView view, Now now)
    {
        foreach (var (node, promise) in _promises)
        {
            if (promise.HeardBy is { } host && view.Dead.Contains(host) && _lookedAt.Add(node))
            {
                // When another made its promise is not known; but it was asked for that before.
                var since = now.Since(node == self ? _ownPromiseAt : _began);
                _wasHeard |= members.Contains(host) && members.Contains(node) && agrees(node) && promise.HeardAgo < Limits.TieLease && since < Limits.TieLease - promise.HeardAgo;
            }
        }
    }

    /// <summary>
    /// Whether the half that does not agree is known not to have decided alone. That takes all of it. So it has not where one of it answers here, or where one of it was the
    /// host, is dead, and had heard one of those who agree shortly before.
    /// </summary>
    private bool WereWithUs(IReadOnlyCollection<NodeId> members, Func<NodeId, bool> agrees, ClusterView view) =>
        _wasHeard
        || members.Any(node => !agrees(node) && _promises.ContainsKey(node) && !view.Dead.Contains(node));

    private void FetchMore(Now now, List<Effect> effects)
    {
        _fetchedAt = now.Elapsed;
        effects.Add(new Send(_source!.Value, new RecoveryFetch(candidate, _log?.Received)));
    }

    private void OnPage(RecoveryPage page, Now now, List<Effect> effects)
    {
        var before = _log?.Received;
        if (page.Snapshot is not null && _log is null)
        {
            _log = new Log(page.Snapshot);
        }

        if (_log is null)
        {
            return;
        }

        foreach (var record in page.Records)
        {
            if (record.First == _log.Received.Next)
            {
                _log.Append(record);
            }
        }

        if (_log.Received >= _best!.Received)
        {
            Adopted = _log;
            return;
        }

        if (_log.Received == before)
        {
            // It came twice. Were more asked for at each, a slow link would carry ever more of the same.
            return;
        }

        _pageAt = now.Elapsed;
        FetchMore(now, effects);
    }
}
