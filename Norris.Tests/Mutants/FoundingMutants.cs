namespace Norris.Tests.Mutants;

/// <summary>Those of <see cref="NamedMutants"/> that change who of those named begins a room.</summary>
internal static class FoundingMutants
{
    public static IReadOnlyList<Mutant> All { get; } =
    [
        new NamedMutant(
            "give a vote to two founders",
            new Edit("Founding", "GivesVoteTo", "PromisedTo(now) is { } to && to != who", "PromisedTo(now) is { } to && to == self && who > self")),
        new NamedMutant(
            "let a founder keep its votes after it has given its own away",
            new Edit("Founding", "GivesVoteTo", "Withdraw();", ""),
            new Edit("Founding", "GivesVoteTo", "(_promisedTo, _promisedUntil) = (who, now.Elapsed + Vote);", "")),
        new NamedMutant(
            "let a vote bind for no longer than it is believed",
            new Edit("Founding", "Vote", "26_000", "8_000")),
        new NamedMutant(
            "count the vote of who has just started and may have given another",
            new Edit("Founding", "MayBegin", "h.Value.LookedFor >= lookedFor", "true"),
            new Edit("Founding", "MayBegin", "age >= lookedFor", "true")),
        new NamedMutant(
            "count a vote that is long ago",
            new Edit("Founding", "MayBegin", "now.Since(h.Value.Asked) < within", "true")),
        new NamedMutant(
            "begin at once though somebody is silent",
            new Edit("Founding", "MayBegin", "soon + refused == named", "true")),
        new NamedMutant(
            "begin with one vote less than a majority",
            new Edit("Founding", "Majority", "(named / 2) + 1", "Math.Max(1, named / 2)")),
        new NamedMutant(
            "begin a room though one hears of one",
            new Edit("Founding", "Asks", "HearsOfARoom(now)", "false"),
            new Edit("Founding", "Decide", "!HearsOfARoom(now)", "true")),
        new NamedMutant(
            "vote for another though one hears of a room",
            new Edit("Founding", "GivesVoteTo", "HearsOfARoom(now)", "false")),
        new NamedMutant(
            "vote for another though one is in a room",
            new Edit("Founding", "OnQuestion", "room != RoomId.None || _decidedAt is not null", "false")),
        new NamedMutant(
            "go to another's room with a vote that a founder still counts",
            new Edit("Founding", "Decide", "PromisedTo(now) is { } to && to != self && !rooms.Any(h => h.Key == to)", "false"),
            new Edit("Founding", "Decide", "PromisedTo(now) is { } mine && mine != self", "PromisedTo(now) is { } mine && mine != self && rooms.Any(h => h.Key == mine)")),
        new NamedMutant(
            "keep a room that too few of those named are left in",
            new Edit("Founding", "MustGiveUp", "!isHeld", "false")),
        new NamedMutant(
            "keep a room beside one that a majority of those named is in",
            new Edit("Founding", "MustGiveUp", "other.Count() >= Majority", "false")),
        new NamedMutant(
            "give up a room whose voters are still on their way",
            new Edit("Founding", "MustGiveUp", "_hasBegun && h.Standing == Standing.Votes", "false")),
        new NamedMutant(
            "ask those who voted no more once the room has begun",
            new Edit("Founding", "Asks", "return _hasBegun;", "return false;")),
        new NamedMutant(
            "ask for votes while somebody else does",
            new Edit("Founding", "Asks", "Looking(now).Any(h => h.Key < self || h.Value.Standing == Standing.Promised)", "false")),
    ];
}
