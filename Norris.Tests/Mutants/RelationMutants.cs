namespace Norris.Tests.Mutants;

/// <summary>Changes to messages that are about others.</summary>
public static class RelationMutants
{
    public static IReadOnlyList<Mutant> All { get; } =
    [
        new NamedMutant(
            "lose what a message is about",
            new Edit("Outbox", "TrySubmit", "_open.Add(utf8Text, wall, relation)", "_open.Add(utf8Text, wall)")) { Scenario = "" },
        new NamedMutant(
            "take an edit of what was not said yet",
            new Edit("SaidBlock", "CanBeAbout", "counter - 1", "Limits.HighestNumber")),
        new NamedMutant(
            "let a user say an edit of somebody else's message",
            new Edit("Relation", "WhyNot", "to.User != by", "false")),
        new NamedMutant(
            "show an edit of somebody else's message",
            new Edit("Conversation", "Stand", "later.Id.User != said.Id.User", "false")),
        new NamedMutant(
            "let what is about a message stand where it was when the message is numbered anew",
            new Edit("Outbox", "NumberAfter", "r.To.Counter + shift", "r.To.Counter")),
        new NamedMutant(
            "leave relations out of the transcript hash",
            new Edit("TranscriptHash", "AfterMessage", "message.Relation is { } about ? Mix(Encoding.UTF8.GetBytes(about.ToString()), before, record, number, 0, 0) : before", "before")),
    ];
}
