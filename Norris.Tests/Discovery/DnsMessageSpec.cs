using System.Net;
using Norris.Node.Discovery;
using Norris.Node.Session;

namespace Norris.Tests.Discovery;

public sealed class DnsMessageSpec
{
    private static readonly DnsName Host = Named("box", "local");

    [Fact]
    public void What_is_written_is_read_again()
    {
        var own = Named("norris-1", "_norris", "_tcp", "local");
        var message = new DnsMessage(
            true,
            [new(Announcement.Rooms, DnsKind.Ptr)],
            [
                new DnsRecord.Pointer(Announcement.Rooms, 4500, own),
                new DnsRecord.Service(own, 120, 4053, Host),
                new DnsRecord.Address(Host, 120, IPAddress.Parse("192.168.1.7")),
                new DnsRecord.Address(Host, 120, IPAddress.Parse("fd00::7")),
            ]);

        var read = DnsMessage.Read(message.Write())!;

        Assert.True(read.IsAnswer);
        Assert.Equal(message.Questions, read.Questions);
        Assert.Equal(message.Records, read.Records);
    }

    [Fact]
    public void A_packet_of_another_program_is_read_with_its_pointers_and_what_is_not_known_is_passed_over()
    {
        byte[] packet =
        [
            0, 0, 0x84, 0, 0, 0, 0, 2, 0, 0, 0, 1,
            4, .. "_IPP"u8, 4, .. "_tcp"u8, 5, .. "local"u8, 0, 0, 12, 0, 1, 0, 0, 0x11, 0x94, 0, 6, 3, .. "inK"u8, 0xc0, 12,
            0xc0, 39, 0, 47, 0x80, 1, 0, 0, 0, 120, 0, 3, 1, 2, 3, // a kind that nobody here needs
            0xc0, 39, 0, 16, 0x80, 1, 0, 0, 0, 120, 0, 8, 3, .. "a=1"u8, 1, (byte)'b', 0, 0xff,
        ];
        packet[^4] = 1;
        packet[^1] = 0;

        // The last entry is empty and the one before it has no value.
        var records = DnsMessage.Read(packet)!.Records;

        Assert.Equal(Named("ink", "_ipp", "_tcp", "local"), ((DnsRecord.Pointer)records[0]).To);
        Assert.Equal("1", ((DnsRecord.Text)records[1]).Value("A"));
        Assert.Null(((DnsRecord.Text)records[1]).Value("b"));
        Assert.Equal(2, records.Count);
    }

    [Fact]
    public void Names_are_the_same_in_capitals() => Assert.Equal(Named("BOX", "Local"), Host);

    [Theory]
    [InlineData("a name that points to itself", new byte[] { 0xc0, 12 })]
    [InlineData("one that points ahead", new byte[] { 0xc0, 14, 0 })]
    [InlineData("one that comes back to itself", new byte[] { 1, 97, 0xc0, 12 })]
    [InlineData("one that has no end", new byte[] { 1, 97 })]
    [InlineData("a label that is longer than the packet", new byte[] { 9, 97 })]
    [InlineData("a length of no kind", new byte[] { 0x80, 0 })]
    public void A_name_that_leads_nowhere_is_no_name(string what, byte[] name)
    {
        byte[] packet = [0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, .. name, 0, 12, 0, 1];

        Assert.True(DnsMessage.Read(packet) is null, what);
    }

    [Fact]
    public void A_name_has_at_most_255_bytes_also_where_pointers_make_it_longer()
    {
        byte[] label = [63, .. Enumerable.Repeat((byte)'a', 63)];
        byte[] three = [.. label, .. label, .. label];
        byte[] Asks(byte[] last) => [0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, .. three, 0, 0, 12, 0, 1, .. last, 0xc0, 12, 0, 12, 0, 1];

        Assert.Equal(255, DnsMessage.Read(Asks([61, .. Enumerable.Repeat((byte)'b', 61)]))!.Questions[1].Name.Length);
        Assert.Null(DnsMessage.Read(Asks([62, .. Enumerable.Repeat((byte)'b', 62)])));
        Assert.Null(DnsName.Of([new string('a', 64)]));
        Assert.Null(DnsName.Of(Enumerable.Repeat(new string('a', 63), 4)));
    }

    [Fact]
    public void Every_beginning_of_a_packet_is_refused()
    {
        var packet = Announcement.Of("norris-1", new Endpoint("192.168.1.7", 4053), "0123456789abcdef")!.Message().Write();

        Assert.NotNull(DnsMessage.Read(packet));
        Assert.All(Enumerable.Range(0, packet.Length), length => Assert.Null(DnsMessage.Read(packet.AsSpan(0, length))));
    }

    [Fact]
    public void A_packet_that_is_too_large_or_says_too_much_is_refused()
    {
        byte[] Saying(int records) => [0, 0, 0x84, 0, 0, 0, (byte)(records >> 8), (byte)records, 0, 0, 0, 0, .. Enumerable.Repeat((byte[])[0, 0, 1, 0, 1, 0, 0, 0, 9, 0, 4, 1, 2, 3, 4], records).SelectMany(r => r)];

        Assert.Equal(DiscoveryLimits.RecordsPerPacket, DnsMessage.Read(Saying(DiscoveryLimits.RecordsPerPacket))!.Records.Count);
        Assert.Null(DnsMessage.Read(Saying(DiscoveryLimits.RecordsPerPacket + 1)));
        byte[] full = [.. Saying(1), .. new byte[DiscoveryLimits.PacketBytes - Saying(1).Length]];
        Assert.NotNull(DnsMessage.Read(full));
        Assert.Null(DnsMessage.Read([.. full, 0]));
    }

    private static DnsName Named(params string[] labels) => DnsName.Of(labels)!;
}
