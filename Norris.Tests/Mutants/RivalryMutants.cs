namespace Norris.Tests.Mutants;

/// <summary>Changes to how one room that goes on at two places becomes one again.</summary>
public static class RivalryMutants
{
    public static IReadOnlyList<Mutant> All { get; } =
    [
        new NamedMutant(
            "never look for others who go on",
            new Edit("Rivalry", "MustLook", "!own.GoesOn || own.Epoch.Era == 0 || !now.IsDue(_lookedAt, _every)", "true")) { Scenario = "forks" },
        new NamedMutant(
            "look for others where nothing was ever lost",
            new Edit("Rivalry", "MustLook", "own.Epoch.Era == 0", "false")),
        new NamedMutant(
            "let the one stay that may have lost more",
            new Edit("Rivalry", "StaysBeside", "other.Era == own.Era ? other > own : other.Era < own.Era", "other > own")),
        new NamedMutant(
            "let both give in where both have lost as much",
            new Edit("Rivalry", "StaysBeside", "other > own", "other != own")),
        new NamedMutant(
            "give in to one that does not go on",
            new Edit("Rivalry", "GivesIn", "!other.GoesOn", "false")),
        new NamedMutant(
            "give in where one is a member there",
            new Edit("Rivalry", "GivesIn", "other.WithYou", "false")),
        new NamedMutant(
            "give in at the first word",
            new Edit("Rivalry", "GivesIn", "now.Elapsed - _toldSince >= _every", "true")),
        new NamedMutant(
            "tell others of a room that one is about to leave",
            new Edit("Rivalry", "Answer", "GivesInSoon(now) ? RoomId.None : own.Room", "own.Room")),
        new NamedMutant(
            "go on though a higher reign is promised",
            new Edit("Replica", "Whereabouts", "_acceptor.Followed is not null", "true")),
        new NamedMutant(
            "go on though the host is silent",
            new Edit("Replica", "Whereabouts", "_touch.IsHeard", "true")),
        new NamedMutant(
            "tell nobody of what is not in the order that goes on",
            new Edit("NewsDesk", "Start", "_epochs.CommonWith(before.EpochRanges) ?? Last", "Last")) { Scenario = "forks" },
        new NamedMutant(
            "take two parts of a room to be alike up to the end of the longer one's epoch",
            new Edit("EpochHistory", "CommonWith", "SequenceNumber.Min(range.Last, _ranges[i].Last)", "_ranges[i].Last")) { Scenario = "forks" },
        new NamedMutant(
            "forget which epochs numbered what was delivered here",
            new Edit("NewsDesk", "Deliver", "_epochs.Add(entry.Record.Epoch, Last);", "")) { Scenario = "forks" },
    ];
}
