namespace Norris.Tests.Mutants;

/// <summary>Changes to who is taken out of the cluster, and by whom.</summary>
internal static class TakingOutMutants
{
    public static IReadOnlyList<Mutant> All { get; } =
    [
        new NamedMutant(
            "take out the others though one is to go oneself",
            new Edit("HostWatch", "TakeOutTheRest", "left.Contains(self)", "true")),
        new NamedMutant(
            "take out most of those who live, and what they know",
            new Edit("HostWatch", "TakeOutTheRest", "areMost && node != host", "node != host")),
        new NamedMutant(
            "wait for those who are to go themselves",
            new Edit("HostWatch", "TakeOutTheRest", "areMost && node != host", "false")),
        new NamedMutant(
            "take out those without whom no quorum is left",
            new Edit("HostWatch", "TakeOutTheRest", "areEnough && !left.Contains(node)", "!left.Contains(node)")),
        new NamedMutant(
            "take out whom this node does not hear, whoever else does",
            new Edit("HostWatch", "TakeOutTheRest", "members.Contains(node) ? areEnough && !left.Contains(node) : !IsFresh(node, now)", "!IsFresh(node, now)")),
        new NamedMutant(
            "take out those who are to go at the first word of it",
            new Edit("HostWatch", "TakeOutTheRest", "Math.Max(_going[node], _verdictSince!.Value)", "_verdictSince!.Value")),
        new NamedMutant(
            "let the lowest go of several that hear as few",
            new Edit("Mesh", "Of", "left.Reverse().MaxBy", "left.MaxBy")),
        new NamedMutant(
            "take out the others as a host that lacks most of them",
            new Edit("MemberWatch", "TakeOutTheSilent", "!areQuorum(node => SilentFor(node, now) < Limits.TieAfter / 2)", "false")),
        new NamedMutant(
            "take out a node without which no quorum is left",
            new Edit("MemberWatch", "TakeOutTheSilent", "areQuorum(node => node != younger && SilentFor(node, now) < Limits.TieAfter / 2)", "true")),
        new NamedMutant(
            "take out one of two at once after a standstill of one's own",
            new Edit("MemberWatch", "TakeOutTheSilent", "now.Elapsed - _judgeFrom >= options.NodeSilentAfter", "true")),
        new NamedMutant(
            "go on alone though the room has gone on without one",
            new Edit("ItIsI", "Overtakes", "!WithYou && Room != RoomId.None && (room == RoomId.None ? isElsewhere : Room == room && (Epoch, At).CompareTo((accepted, received)) > 0)", "false")),
        new NamedMutant(
            "go on without a majority and ask nobody at the addresses of those who are out",
            new Edit("Recovery", "Decide", "isMinority && !inNewEra && view.LookedAround < Math.Max(_quorumSince.Value, now.Elapsed - 2 * options.NodeSilentAfter)", "false")),
        new NamedMutant(
            "wait for a majority without a look around",
            new Edit("Recovery", "Decide", "now.Elapsed - _waitsSince >= 2 * options.NodeSilentAfter && view.LookedAround < now.Elapsed - (2 * options.NodeSilentAfter)", "false")),
        new NamedMutant(
            "wait for ever for a host that stands still, without a look around",
            new Edit("Replica", "Tick", "(_lifecycle.Comes || _lifecycle.IsMember) && _watch.IsLost(now) && !_watch.HasLookedAround(now)", "false")),
        new NamedMutant(
            "come to a host that stands still, and wait for it for ever",
            new Edit("ItIsI", "Overtakes", "room == RoomId.None ? isElsewhere : Room == room && (Epoch, At).CompareTo((accepted, received)) > 0", "Room == room && (Epoch, At).CompareTo((accepted, received)) > 0")),
        new NamedMutant(
            "say of nobody that one does not hear it",
            new Edit("HostWatch", "Ask", "!IsFresh(node, now)", "false")),
        new NamedMutant(
            "as a network comes back, take out at once whoever is not heard yet",
            new Edit("HostWatch", "TakeOutTheRest", "now.Elapsed - Math.Max(_going[node], _verdictSince!.Value) >= ReportsToLose * options.AskAgainAfter", "true")),
        new NamedMutant(
            "a node that stood still forgets for how long it has heard no host",
            new Edit("HostWatch", "IsSilent", "_lostSince = lostSince;", "")),
        new NamedMutant(
            "take a question that was answered and comes again for a sign of life",
            new Edit("Replica", "Handle", "message is Prepare asked && _acceptor.HasPromised(from, asked.Candidate)", "false")),
        new NamedMutant(
            "wait for somebody as a candidate without a word to those who have answered",
            new Edit("Recovery", "Tick", "_quorumSince is not null && now.Elapsed - _calledAt >= options.HostSilentAfter / 3", "false")),
        new NamedMutant(
            "go on as a few without asking who is here and silent who it is",
            new Edit("Recovery", "Decide", "Missing.Union(view.Present.Where(IsSilent))", "Missing")),
        new NamedMutant(
            "say that the host is silent because one stood still oneself",
            new Edit("HostWatch", "Handle", "now.Elapsed - _tickedAt < Ticks.StoodStill", "true")),
        new NamedMutant(
            "say that one hears the host because one has not asked",
            new Edit("HostWatch", "Handle", "now.Elapsed - _heardAt >= options.HostSilentAfter && now.Elapsed - _tickedAt < Ticks.StoodStill", "false")),
        new NamedMutant(
            "wait for ever with those who were let go for who goes on without them",
            new Edit("Recovery", "PartWithTheUncounted", "own.Room == RoomId.None || WasLetGo(self)", "own.Room == RoomId.None")),
        new NamedMutant(
            "host those who were let go for as long as who goes on without them does not answer",
            new Edit("Recovery", "PartWithTheUncounted", "effects.AddRange(view.Present.Where(WasLetGo).Order().Select(node => new TakeOut(node, \"it was let go, and the room is not here\")));", "")),
        new NamedMutant(
            "begin anew with a log that somebody who counts is behind",
            new Edit("Recovery", "PartWithTheUncounted", "counted.TrueForAll(member => Has(member, its))", "true")),
        new NamedMutant(
            "wait for ever for those who do not answer",
            new Edit("Recovery", "Decide", "everyone ? !mayBegin : now.Elapsed - _waitsSince >= 2 * options.NodeSilentAfter", "everyone && !mayBegin")),
        new NamedMutant(
            "look for no proof of who is in the cluster and does not answer",
            new Edit("Recovery", "Decide", "!view.Present.Contains(node) || IsSilent(node)", "!view.Present.Contains(node)")),
        new NamedMutant(
            "ask nobody about a dead host that the cluster does not let go",
            new Edit("HostWatch", "IsSilent", "host != self", "host != self && !_view.Dead.Contains(host)")) { Scenario = "torn" },
        new NamedMutant(
            "take the host out without asking the others",
            new Edit("HostWatch", "Finds", "IsFresh(node, now) && _reports[node].Report.Silent", "true")),
        new NamedMutant(
            "ask nobody whether the host is silent",
            new Edit("HostWatch", "Ask", "effects.Add(new Send(node, report));", "")),
        new NamedMutant(
            "believe a report for ever",
            new Edit("HostWatch", "IsFresh", "now.Elapsed - report.At <= ReportsToLose * options.AskAgainAfter", "true")),
        new NamedMutant(
            "take the others for silent after a standstill of one's own",
            new Edit("HostWatch", "IsSilent", "pause >= Ticks.StoodStill", "false"),
            new Edit("MemberWatch", "StoodStill", "now.Elapsed - _tickedAt >= Ticks.StoodStill", "false")),
        new NamedMutant(
            "take out nobody who is silent for the host",
            new Edit("MemberWatch", "TakeOutTheSilent", "SilentFor(node, now) >= options.NodeSilentAfter", "false")),
        new NamedMutant(
            "take out nobody who does not answer a recovery",
            new Edit("Recovery", "TakeOutTheSilent", "now.Elapsed - _answeredAt < after", "true")),
        new NamedMutant(
            "forget members who are out of the cluster",
            new Edit("Reign", "Forget", "!_membership.Knows(node)", "(_membership.LifeBefore(node) ?? 0) == 0")),
    ];
}
