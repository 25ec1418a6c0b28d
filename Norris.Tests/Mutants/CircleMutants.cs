namespace Norris.Tests.Mutants;

/// <summary>Changes that break what docs/protocol.md says of a room for certain devices.</summary>
internal static class CircleMutants
{
    public static IReadOnlyList<Mutant> All { get; } =
    [
        new NamedMutant(
            "accept an expelled device",
            new Edit("Circle", "Contains", "!_expelled.ContainsKey(device)", "true")) { Scenario = "circles" },
        new NamedMutant(
            "let an invite be used twice",
            new Edit("RoomCircle", "Use", "invite.Left - 1", "invite.Left"),
            new Edit("RoomCircle", "Use", "invite.Left > 1", "true")) { Scenario = "circles" },
        new NamedMutant(
            "trust a record that nobody has signed",
            new Edit("Circle", "WhyNot", "!_isSigned(its.Span, record.What.Span, record.Signature.Span)", "false")) { Scenario = "circles" },
        new NamedMutant(
            "hear a node whose device was put out",
            new Edit("Reign", "Handle", "_room.IsPutOut(from)", "false")) { Scenario = "circles" },
        new NamedMutant(
            "refuse who was put out before the others know that it does not count",
            new Edit("Admissions", "Refuses", "!isKnown", "true")),
        new NamedMutant(
            "leave the users of a put-out device where its expulsion was the last that the host before numbered",
            new Edit("Admissions", "GoOn", "room.IsPutOut(u.Node)", "false")),
        new NamedMutant(
            "put out who signed an expulsion before that has its place",
            new Edit("Petitions", "InOrder", "other.By == e.Device", "false")),
        new NamedMutant(
            "keep a room whose only member was put out",
            new Edit("Admissions", "Part", "room.IsPutOut(self) && room.Members.Count == 1", "false")),
    ];
}
