using Norris.Node.Session;

namespace Norris.Tests.Session;

public sealed class CircleAnswerSpec
{
    private static readonly DateTimeOffset Noon = new(new DateTime(2026, 11, 25, 12, 0, 0, DateTimeKind.Local));

    [Fact]
    public void An_invite_is_its_line_and_what_to_know_of_it() => Assert.Equal(
        [
            "norris join 192.168.1.7:4053/4mvt-9c2k",
            "for one device, until 25 Nov 12:00. Whoever has this line can come in: send it where only bob reads. Taken back: /uninvite 4mvt",
        ],
        new CircleAnswer.Invited("norris join 192.168.1.7:4053/4mvt-9c2k", "4mvt", "bob", Noon).Lines);

    [Fact]
    public void An_invite_for_anybody_names_nobody() =>
        Assert.Contains("where only the one it is for reads", new CircleAnswer.Invited("norris join x/4mvt", "4mvt", "", Noon).Lines[1], StringComparison.Ordinal);

    [Fact]
    public void A_device_is_a_line_with_who_is_on_it_where_it_is_and_who_let_it_in() => Assert.Equal(
        [
            "7QK4-M2ZX  ada, eve  this device  founded 25 Nov",
            "9F3K-T0PA  bob  here  let in by ada, 25 Nov, invite 4mvt",
            "AB3K-T0PA  cat  away  let in by bob, 25 Nov",
            "CD3K-T0PA  -  away  let in by bob, 25 Nov",
        ],
        new CircleAnswer.Devices([
            new("7QK4-M2ZX", "ada", ["ada", "eve"], DevicePlace.Own, "", Noon, ""),
            new("9F3K-T0PA", "", ["bob"], DevicePlace.Here, "ada", Noon, "4mvt"),
            new("AB3K-T0PA", "cat", [], DevicePlace.Away, "bob", Noon, ""),
            new("CD3K-T0PA", "", [], DevicePlace.Away, "bob", Noon, ""),
        ]).Lines);
}
