using System.Globalization;
using System.Net;
using Norris.Core.Protocol;
using Norris.Core.Room;
using Norris.Node.Discovery;
using Norris.Node.Session;

namespace Norris.Tests.Discovery;

/// <summary>What a network is told of a room, and what is made of what it tells.</summary>
public sealed class AnnouncementSpec
{
    private static readonly CircleId Circle = new(0xc1c1e);
    private static readonly Endpoint Ada = new("192.168.1.7", 4100);
    private static readonly DateTimeOffset Noon = new(2026, 11, 25, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("192.168.1.7")]
    [InlineData("fd00::7")]
    [InlineData("chat.example")]
    public void A_room_is_found_by_the_address_that_its_node_goes_by(string host)
    {
        var at = new Endpoint(host, 4100);

        Assert.Equal([new FoundRoom(at, Limits.WireVersion, "0123456789abcdef")], Heard(Announcement.Of("norris-1", at, "0123456789abcdef")!));
        Assert.Equal([new FoundRoom(at, Limits.WireVersion, null)], Heard(Announcement.Of("norris-1", at, null)!));
    }

    [Fact]
    public void A_goodbye_tells_of_no_room() =>
        Assert.Empty(FoundRoom.In(DnsMessage.Read(Announcement.Of("norris-1", Ada, null)!.Message(isGoodbye: true).Write())!));

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    [InlineData("localhost")]
    [InlineData("0.0.0.0")]
    [InlineData("::")]
    [InlineData("fe80::1")]
    [InlineData("224.0.0.251")]
    [InlineData("ff02::fb")]
    [InlineData("255.255.255.255")]
    public void What_nobody_elsewhere_reaches_is_neither_announced_nor_believed(string host)
    {
        Assert.Null(Announcement.Of("norris-1", new Endpoint(host, 4053), null));

        // Somebody announces it all the same.
        var own = DnsName.Of(["x", "_norris", "_tcp", "local"])!;
        var name = DnsName.Of(["h", "local"])!;
        DnsRecord[] where = IPAddress.TryParse(host, out var address)
            ? [new DnsRecord.Service(own, 9, 4053, name), new DnsRecord.Address(name, 9, address)]
            : [new DnsRecord.Service(own, 9, 4053, DnsName.Of(host.Split('.'))!)];
        Assert.Empty(FoundRoom.In(new(true, [], [new DnsRecord.Pointer(Announcement.Rooms, 9, own), new DnsRecord.Text(own, 9, []), .. where])));
    }

    [Fact]
    public void A_node_on_loopback_announces_nothing_and_says_nothing_of_it() =>
        Assert.Null(Announcer.Start("127.0.0.1", () => Ada, () => Circle, TimeProvider.System, line => Assert.Fail(line)));

    [Fact]
    public void The_mark_of_a_circle_is_another_one_each_day_and_for_each_circle()
    {
        var marks = Enumerable.Range(0, 400).Select(day => CircleMark.Of(Circle, Noon.AddDays(day))).Append(CircleMark.Of(new(0xc1c1f), Noon)).ToList();

        Assert.Equal(marks.Count, marks.Distinct().Count());
        Assert.All(marks, mark => Assert.Matches("^[0-9a-f]{16}$", mark));
    }

    [Theory]
    [InlineData("2026-11-25T23:59:59Z", "2026-11-26T00:00:01Z", true)]
    [InlineData("2026-11-26T00:00:01Z", "2026-11-25T23:59:59Z", true)]
    [InlineData("2026-11-25T23:00:00+02:00", "2026-11-25T21:00:00Z", true)]
    [InlineData("2026-12-31T12:00:00Z", "2027-01-01T12:00:00Z", true)]
    [InlineData("2026-11-25T12:00:00Z", "2026-11-27T12:00:00Z", false)]
    [InlineData("2026-11-27T12:00:00Z", "2026-11-25T12:00:00Z", false)]
    public void A_circle_is_known_again_by_who_is_a_day_behind_or_ahead_and_no_more(string announced, string looked, bool isKnown)
    {
        var found = new FoundRooms(CircleMark.About(Circle, At(looked)));
        found.Add(new(Ada, Limits.WireVersion, CircleMark.Of(Circle, At(announced))));

        Assert.Equal(isKnown ? 1 : 0, found.Own.Count);
        Assert.Equal(isKnown ? 0 : 1, found.Others.Count);
    }

    [Fact]
    public void A_room_of_another_version_is_not_ones_own_even_with_the_mark()
    {
        var found = new FoundRooms(CircleMark.About(Circle, Noon));
        found.Add(new(Ada, Limits.WireVersion + 1, CircleMark.Of(Circle, Noon)));
        found.Add(new(Ada, null, CircleMark.Of(Circle, Noon)));

        Assert.Empty(found.Own);
        Assert.Equal(2, found.Others.Count);
    }

    [Fact]
    public void Who_announces_any_number_of_rooms_takes_a_bounded_number_of_places_and_none_of_those_who_know_the_circle()
    {
        var found = new FoundRooms(CircleMark.About(Circle, Noon));
        foreach (var port in Enumerable.Range(1, 10_000))
        {
            found.Add(new(new Endpoint("192.168.1.66", port), Limits.WireVersion, "0000000000000000"));
        }

        found.Add(new(Ada, Limits.WireVersion, CircleMark.Of(Circle, Noon)));
        found.Add(new(Ada, Limits.WireVersion, CircleMark.Of(Circle, Noon)));

        Assert.Equal(DiscoveryLimits.OtherPlaces, found.Others.Count);
        Assert.Equal([Ada], found.Own.Select(room => room.At));
    }

    [Fact]
    public void One_packet_tells_of_a_bounded_number_of_rooms()
    {
        var all = Enumerable.Range(1, 100).SelectMany(n => Announcement.Of($"norris-{n}", Ada with { Port = n }, null)!.Message().Records);

        Assert.Equal(DiscoveryLimits.OtherPlaces, FoundRoom.In(new(true, [], [.. all])).Count());
    }

    private static IEnumerable<FoundRoom> Heard(Announcement said) => FoundRoom.In(DnsMessage.Read(said.Message().Write())!);

    private static DateTimeOffset At(string time) => DateTimeOffset.Parse(time, CultureInfo.InvariantCulture);
}
