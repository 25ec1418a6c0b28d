namespace Norris.Tests.Mutants;

/// <summary>
/// Changes that somebody has thought of, each of which breaks one rule of docs/protocol.md. One that the sources no longer have a place for
/// fails loudly: it has to be written anew, or it goes.
/// </summary>
public static class NamedMutants
{
    public static IReadOnlyList<Mutant> All { get; } =
    [
        .. CircleMutants.All,
        .. RivalryMutants.All,
        .. TakingOutMutants.All,

        // ---- who may decide ----
        new NamedMutant(
            "let an old reign's tail become stable by itself",
            new Edit("Stability", "Drained", "_candidates[i] >= _start", "true")),
        new NamedMutant(
            "take half for a quorum",
            new Edit("Quorum", "Has", "agree >= Majority(members.Count)", "2 * agree >= members.Count")) { Scenario = "" },
        new NamedMutant(
            "let either half of an even split decide",
            new Edit("Quorum", "Has", "lowestAgrees = agrees;", "lowestAgrees = true;")),
        new NamedMutant(
            "let half of a membership decide without waiting for the rest",
            new Edit("MemberWatch", "IsOut", "SilentFor(node, now) >= Limits.TieAfter", "true"),
            new Edit("Recovery", "Decide", "now.Elapsed - _answeredAt >= Limits.TieAfter", "true")),
        new NamedMutant(
            "take a lease longer than the wait that it guards",
            new Edit("Limits", "TieLease", "1500", "4000")),
        new NamedMutant(
            "count a dead node's promise",
            new Edit("Recovery", "Decide", "!view.Dead.Contains(node)", "true")),
        new NamedMutant(
            "let a node that was taken out vote",
            new Edit("Recovery", "Decide", "!WasTakenOut(node)", "true")),
        new NamedMutant(
            "take a removed node for dead",
            new Edit("GoneMembers", "IsGone", "watch.View.Dead.Contains(node)", "!watch.IsPresent(node)"),
            new Edit("Recovery", "Decide", "view.Dead.Contains(node) || WasTakenOut(node)", "!view.Present.Contains(node) || WasTakenOut(node)")),
        new NamedMutant(
            "trust the dead to have decided nothing",
            new Edit("Recovery", "WereWithUs", "_wasHeard", "true"),
            new Edit("GoneMembers", "MayHaveDecided", "2 * died > members.Count", "false"),
            new Edit("GoneMembers", "MayHaveDecided", "2 * died == members.Count", "false")) { Scenario = "pairs" },
        new NamedMutant(
            "say that the host had heard one that lacks what its reign began with",
            new Edit("Replica", "Handle", "_log?.LastEpoch == _acceptor.Accepted", "true")),
        new NamedMutant(
            "take another's promise for made when it arrived",
            new Edit("Recovery", "LookAtTheHost", "now.Since(node == self ? _ownPromiseAt : _began)", "now.Since(node == self ? _ownPromiseAt : now)")),
        new NamedMutant(
            "ask only this node whether the dead host had heard it",
            new Edit("Recovery", "LookAtTheHost", "agrees(node)", "node == self")),
        new NamedMutant(
            "decide by the new membership alone while a change is in doubt",
            new Edit("Stability", "IsHeld", "before is null", "true")),
        new NamedMutant(
            "let a recovery decide by the new membership alone while a change is in doubt",
            new Edit("Recovery", "Decide", "settled ? null : best.MembersBefore", "true ? null : best.MembersBefore")),
        new NamedMutant(
            "take a change for stable by what another reign said",
            new Edit("Recovery", "Decide", "SequenceNumber.Min(p.Stable, p.Received)", "p.Stable")),
        new NamedMutant(
            "lose what another reign made stable without a word",
            new Edit("Recovery", "Decide", "p.StableBy > best.LastEpoch", "false")),
        new NamedMutant(
            "look for the host in the new membership only",
            new Edit("Recovery", "Decide", "[.. best.Members.Union(before ?? [])]", "best.Members")),
        new NamedMutant(
            "take an old request for one that cannot be answered",
            new Edit("Reign", "OnFetch", "fetch.After < _acks.Received(from)", "false")),
        new NamedMutant(
            "look for the dead in the present membership only",
            new Edit("Stability", "LacksMajority", "InDoubt is { } before && gone.MayHaveDecided(before)", "false")),
        new NamedMutant(
            "count a node that has asked to start again",
            new Edit("Membership", "HasResigned", "asked > LifeOf(node)", "false")),

        new NamedMutant(
            "look for a quorum only when an ack comes",
            new Edit("Reign", "Tick", "_stability.Tick();", "")),

        // ---- acks and trimming ----
        new NamedMutant(
            "count acks of another epoch",
            new Edit("Reign", "OnAck", "ack.Epoch != Epoch", "false")),
        new NamedMutant(
            "count acks of what was never given",
            new Edit("Reign", "OnAck", "ack.Received > Highest", "false")),
        new NamedMutant(
            "count a newcomer's acks of its former life",
            new Edit("Acknowledgements", "Comes", "BeginsAgain(newcomer);", "")),
        new NamedMutant(
            "tell in a reign what only the recovery knew to be stable",
            new Edit("Stability", "Told", "Stable < _start", "false")),
        new NamedMutant(
            "wait for ever for a source that says nothing more",
            new Edit("Recovery", "Tick", "now.Elapsed - _pageAt >= patience", "false")),
        new NamedMutant(
            "let the members who have answered a recovery find its candidate silent",
            new Edit("Recovery", "Tick", "_quorumSince is not null", "false")),
        new NamedMutant(
            "keep a candidate in office that has no quorum",
            new Edit("Recovery", "Tick", "_quorumSince is not null", "true")),
        new NamedMutant(
            "trust the promise of who died before it had followed",
            new Edit("GoneMembers", "MayHaveDecided", "members.Any(node => _died.Contains(node) && !acks.Has(node))", "false")),
        new NamedMutant(
            "give who is in again no vote until it has delivered",
            new Edit("Replica", "HasAVote", "_log.LifeOf(self) == _lifecycle.Life", "false")),
        new NamedMutant(
            "let go who leaves with words left to say",
            new Edit("UserMachine", "Delivered", "_outbox.Pending == 0 || left.Reason == LeaveReason.Left", "true")),
        new NamedMutant(
            "let anybody refuse a newcomer",
            new Edit("Replica", "Handle", "_lifecycle.Comes && from == _watch.Host", "_lifecycle.Comes")),
        new NamedMutant(
            "count a late ack of a former life",
            new Edit("Reign", "OnAck", "ack.Life != _membership.LifeOf(from)", "false")),
        new NamedMutant(
            "forget in the reign what the recovery knew to be stable",
            new Edit("Recovery", "Decide", "MayHaveLost ? default : stable", "default")),
        new NamedMutant(
            "trim what not everyone has",
            new Edit("Stability", "Drained", "SequenceNumber.Min(everyone, Stable)", "Stable")),
        new NamedMutant(
            "fold what was not delivered into the snapshot",
            new Edit("Replica", "Learn", "SequenceNumber.Min(trim, _lifecycle.Fold?.At ?? trim)", "trim")),
        new NamedMutant(
            "expel nobody who holds up the trimming",
            new Edit("Reign", "ExpelLaggards", "_membership.Expel(node);", "")),

        // ---- epochs and promises ----
        new NamedMutant(
            "follow a fenced sequencer",
            new Edit("Replica", "Follows", "epoch < _acceptor.Promised", "false"),
            new Edit("Replica", "Follows", "epoch == _acceptor.Accepted", "true"),
            new Edit("Replica", "Follows", "from != Host", "false")) { Scenario = "" },
        new NamedMutant(
            "forget the promise to a candidate",
            new Edit("Acceptor", "OnPrepare", "Promised = candidate;", ""),
            new Edit("Acceptor", "OnPrepare", "_promisedTo = from;", "")) { Scenario = "" },
        new NamedMutant(
            "promise one epoch to two",
            new Edit("Acceptor", "OnPrepare", "_promisedTo != from", "false")),
        new NamedMutant(
            "follow a reign from whatever host",
            new Edit("Replica", "Follows", "from != Host", "false")),
        new NamedMutant(
            "let a restarted sequencer reuse its epoch",
            new Edit("Acceptor", "OnPrepare", "from == self", "false")) { Scenario = "" },
        new NamedMutant(
            "let who is no member of the cluster tell a replica",
            new Edit("Replica", "Handle", "!_watch.IsPresent(from)", "false")) { Scenario = "lies" },
        new NamedMutant(
            "let who is no member of the cluster tell a sequencer",
            new Edit("Sequencer", "Handle", "!_view.Present.Contains(from)", "false")),
        new NamedMutant(
            "believe in any epoch",
            new Edit("Epoch", "CanFollow", "Value - before.Value <= Limits.EpochsAtOnce", "true")) { Scenario = "lies" },
        new NamedMutant(
            "take whatever stands in one's name for one's own",
            new Edit("Outbox", "Seen", "oldest.IsSameAs(block)", "true")),
        new NamedMutant(
            "reign on when a member has promised a higher epoch",
            new Edit("Sequencer", "Handle", "m.Promised > _reign.Epoch", "false")),
        new NamedMutant(
            "begin no era after a loss",
            new Edit("Recovery", "Decide", "MayHaveLost && !inNewEra", "false")),

        // ---- a new sequencer ----
        new NamedMutant(
            "take the longest log, whatever its epoch",
            new Edit("Recovery", "Best", "(promise.LastEpoch, promise.Received)", "(default(Epoch), promise.Received)"),
            new Edit("Recovery", "Best", "(best.Best.LastEpoch, best.Best.Received)", "(default(Epoch), best.Best.Received)")),
        new NamedMutant(
            "begin a room before everyone has answered",
            new Edit("Recovery", "Decide", "NewRoom = everyone && mayBegin;", "NewRoom = mayBegin;")),
        new NamedMutant(
            "begin a room that no person asked for",
            new Edit("Recovery", "Decide", "NewRoom = everyone && mayBegin;", "NewRoom = everyone;")),
        new NamedMutant(
            "go on with fewer than a majority before everyone has answered",
            new Edit("Recovery", "Decide", "isMinority && !everyone", "false")),
        new NamedMutant(
            "do not compare the known stable number with the best log's",
            new Edit("Recovery", "Decide", "best.Received < knownStable", "false")),
        new NamedMutant(
            "say nothing of a possible loss",
            new Edit("Reign", "GoOn", "new EpochStarted(self, mayHaveLost)", "new EpochStarted(self, false)")) { Scenario = "" },
        new NamedMutant(
            "match logs without the epoch at the other's snapshot index",
            new Edit("Log", "CommonWith", "!agreesAtSnapshot", "false")),
        new NamedMutant(
            "forget the truncation at a new epoch",
            new Edit("ReplicatedLog", "GoOnAfter", "TruncateAfter(common);", "")) { Scenario = "" },
        new NamedMutant(
            "take the new epoch of another room",
            new Edit("Replica", "OnNewEpoch", "newEpoch.Room != _log.Room", "false")),
        new NamedMutant(
            "drop at a new epoch what was delivered",
            new Edit("Replica", "OnNewEpoch", "common < _lifecycle.ReadUpTo", "false")),

        // ---- coming and going ----
        new NamedMutant(
            "order two changes of membership at once",
            new Edit("Stability", "MembershipMayChange", "membership.Since <= Stable && _start <= Stable", "true")) { Scenario = "" },
        new NamedMutant(
            "keep at a new snapshot what was known to be stable",
            new Edit(
                "Replica",
                "Start",
                "_log = new ReplicatedLog(snapshot, options);",
                "{ var (by, stable) = (_log?.StableBy ?? default, Stable); _log = new ReplicatedLog(snapshot, options); _log.Learn(by, stable, default); }")),
        new NamedMutant(
            "heed an expulsion of a former life",
            new Edit("Lifecycle", "IsIn", "life >= Life", "true")),
        new NamedMutant(
            "take a former life's beginning for this one's",
            new Edit("Lifecycle", "FindOwnStart", "joined.Life == Life", "true")),
        new NamedMutant(
            "acknowledge a log that was found to be astray",
            new Edit("ReplicatedLog", "Abandon", "IsGood = false;", "")),

        new NamedMutant(
            "promise something after having left",
            new Edit("Lifecycle", "Stop", "new Done(_phase.Fold)", "_phase")),

        // ---- what people see ----
        new NamedMutant(
            "deliver before it is stable",
            new Edit("ReplicatedLog", "Deliverable", "SequenceNumber.Min(Stable, Received)", "Received")) { Scenario = "" },
        new NamedMutant(
            "never ask for a gap",
            new Edit("Replica", "CloseGap", "effects.Add(new Send(host, new Fetch(_acceptor.Accepted, _log.Received)));", ""),
            new Edit("Replica", "OnPage", "effects.Add(new Send(from, new Fetch(_acceptor.Accepted, _log.Received)));", "")),
        new NamedMutant(
            "number a message twice",
            new Edit("Reign", "OnSubmit", "block.FirstCounter == _room.LastCounter(block.User) + 1", "block.FirstCounter <= _room.LastCounter(block.User) + 1")) { Scenario = "" },
        new NamedMutant(
            "number a user's messages in any order",
            new Edit("Reign", "OnSubmit", "block.FirstCounter == _room.LastCounter(block.User) + 1", "block.FirstCounter >= _room.LastCounter(block.User) + 1")) { Scenario = "" },
        new NamedMutant(
            "number what a user says from a node that it has left",
            new Edit("Reign", "OnSubmit", "user.Node == from", "true")),
        new NamedMutant(
            "let stamps run backwards",
            new Edit("Reign", "Number", "Math.Max(_room.LastStamp, now.Wall)", "now.Wall")),
        new NamedMutant(
            "let a new host's stamps begin anew",
            new Edit("Reign", "Number", "_room.LastStamp", "_room.LastEpoch == Epoch ? _room.LastStamp : 0")),
        new NamedMutant(
            "say again what the room has forgotten",
            new Edit("UserMachine", "LogStarted", "before.ForgottenAt > _seenUpTo", "false")),
        new NamedMutant(
            "give names without looking",
            new Edit("NameClaims", "FirstFree", "room.IsMistakable(candidate, user)", "false")) { Scenario = "" },
        new NamedMutant(
            "leave the counters out of snapshots",
            new Edit("RoomState", "Snapshot", "LastCounter(u.User)", "0"),
            new Edit("RoomState", "Snapshot", "[.. _departed]", "[]")),
        new NamedMutant(
            "never resubmit",
            new Edit("Outbox", "Resubmit", "_inFlight = 0;", "")),
        new NamedMutant(
            "say again what a newcomer sees to have got its place",
            new Edit("UserMachine", "LogStarted", "_outbox.Seen(lastCounter, now);", "")),

        // ---- who begins a room, of those named ----
        new NamedMutant(
            "believe what a host says of another membership",
            new Edit("HostsAccount", "Learn", "acks.MembersSince != room.MembersSince", "false")),
        new NamedMutant(
            "let half of a membership decide that another may have followed",
            new Edit("Quorum", "Has", "settled && 2 * agree == members.Count", "2 * agree == members.Count")),
        new NamedMutant(
            "time a proof by the clock that stands still while a machine sleeps",
            new Edit("Now", "Since", "Math.Max(Elapsed - then.Elapsed, Wall - then.Wall)", "Elapsed - then.Elapsed")),
        new NamedMutant(
            "let a page replace a log that was acknowledged",
            new Edit("Replica", "Start", "_log is { IsGood: true }", "false")),
        new NamedMutant(
            "count who is in another room in a recovery",
            new Edit("Recovery", "Decide", "promise.Room == best.Room || promise.Room == RoomId.None", "true")),
        new NamedMutant(
            "go on with another room's log",
            new Edit("Recovery", "Best", "own.Room != RoomId.None && promise.Room != own.Room", "false")),
        new NamedMutant(
            "go on with an agreed room though somebody has not answered",
            new Edit("Recovery", "Decide", "best.Delivery == DeliveryLevel.Agreed", "false")),
        new NamedMutant(
            "follow a new host against a promise",
            new Edit("Replica", "OnNewEpoch", "_acceptor.MustRefuse(from, newEpoch.Epoch)", "false")),
        new NamedMutant(
            "stay in a room that went on without this node",
            new Edit("Replica", "OnNewEpoch", "newEpoch.Room != _log.Room || !newEpoch.Members.Contains(self)", "newEpoch.Room != _log.Room")),
        new NamedMutant(
            "go on in a room whose log does not join this one's",
            new Edit("Replica", "OnNewEpoch", "_log.Received < newEpoch.SnapshotIndex || common < _log.SnapshotIndex || common < _lifecycle.ReadUpTo || common < newEpoch.SnapshotIndex", "false")),
        new NamedMutant(
            "go on with a stored room in the era that it ended in",
            new Edit("Sequencer", "Sequencer", "place.Epoch.AfterALoss(self)", "place.Epoch")),
        new NamedMutant(
            "go on with a stored room as if nothing could be lost",
            new Edit("Reign", "Found", "place.At > SequenceNumber.None && !place.IsEnd", "false")),

        // ---- what is said of what was said ----
        .. RelationMutants.All,

        // ---- who may begin a room ----
        .. FoundingMutants.All,
    ];
}
