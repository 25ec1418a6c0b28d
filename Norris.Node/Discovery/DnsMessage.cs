using System.Buffers.Binary;
using System.Net;
using System.Text;

namespace Norris.Node.Discovery;

/// <summary>A packet of multicast DNS (RFC 6762, 18), as far as a room is announced or looked for with it; what else is in it is passed over.</summary>
internal sealed record DnsMessage(bool IsAnswer, IReadOnlyList<DnsQuestion> Questions, IReadOnlyList<DnsRecord> Records)
{
    private const int HeaderLength = 12;
    private const ushort Answer = 0x8400;
    private const ushort Internet = 1;

    /// <summary>Of a record: it is all that there is of that name and kind (RFC 6762, 10.2). Of a question: who asks wants the answer alone (5.4).</summary>
    private const ushort TopBit = 0x8000;

    /// <summary>Which the name's length and the data's are not in.</summary>
    private const int RecordHead = 10;

    /// <summary>Null: it is no such packet.</summary>
    public static DnsMessage? Read(ReadOnlySpan<byte> packet)
    {
        if (packet.Length is < HeaderLength or > DiscoveryLimits.PacketBytes)
        {
            return null;
        }

        // Another operation, or an answer with an error, is none of ours (RFC 6762, 18.3 and 18.11).
        var flags = BinaryPrimitives.ReadUInt16BigEndian(packet[2..]);
        int asked = BinaryPrimitives.ReadUInt16BigEndian(packet[4..]);
        var said = BinaryPrimitives.ReadUInt16BigEndian(packet[6..]) + BinaryPrimitives.ReadUInt16BigEndian(packet[8..]) + BinaryPrimitives.ReadUInt16BigEndian(packet[10..]);
        if ((flags & 0x780f) != 0 || asked + said > DiscoveryLimits.RecordsPerPacket)
        {
            return null;
        }

        var at = HeaderLength;
        var questions = new List<DnsQuestion>();
        for (; asked > 0; asked--)
        {
            if (DnsName.Read(packet, ref at) is not { } name || packet.Length - at < 4)
            {
                return null;
            }

            if ((Number(packet, at + 2) & ~TopBit) == Internet)
            {
                questions.Add(new(name, (DnsKind)Number(packet, at)));
            }

            at += 4;
        }

        var records = new List<DnsRecord>();
        for (; said > 0; said--)
        {
            if (DnsName.Read(packet, ref at) is not { } name || packet.Length - at < RecordHead)
            {
                return null;
            }

            var (kind, isInternet, seconds) = ((DnsKind)Number(packet, at), (Number(packet, at + 2) & ~TopBit) == Internet, BinaryPrimitives.ReadUInt32BigEndian(packet[(at + 4)..]));
            var end = at + RecordHead + Number(packet, at + 8);
            at += RecordHead;
            if (end > packet.Length)
            {
                return null;
            }

            if (isInternet && kind is DnsKind.A or DnsKind.Aaaa or DnsKind.Ptr or DnsKind.Srv or DnsKind.Txt)
            {
                // Data may point to what is before it; what is behind it is not its own.
                if (Data(packet[..end], at, name, kind, seconds) is not { } record)
                {
                    return null;
                }

                records.Add(record);
            }

            at = end;
        }

        return new((flags & TopBit) != 0, questions, records);
    }

    public byte[] Write()
    {
        var packet = new List<byte>();
        foreach (var number in (ReadOnlySpan<int>)[0, IsAnswer ? Answer : 0, Questions.Count, Records.Count, 0, 0])
        {
            Add(packet, (ushort)number);
        }

        foreach (var question in Questions)
        {
            question.Name.Write(packet);
            Add(packet, (ushort)question.Kind);
            Add(packet, Internet);
        }

        foreach (var record in Records)
        {
            record.Name.Write(packet);
            Add(packet, (ushort)record.Kind);

            // Whom a service is pointed to is said by each for itself; the rest is one node's alone.
            Add(packet, IsAnswer && record is not DnsRecord.Pointer ? (ushort)(Internet | TopBit) : Internet);
            Add(packet, (ushort)(record.Seconds >> 16));
            Add(packet, (ushort)record.Seconds);
            var data = Data(record);
            Add(packet, (ushort)data.Count);
            packet.AddRange(data);
        }

        return [.. packet];
    }

    private static DnsRecord? Data(ReadOnlySpan<byte> packet, int at, DnsName name, DnsKind kind, uint seconds)
    {
        var data = packet[at..];
        switch (kind)
        {
            case DnsKind.A when data.Length == 4:
            case DnsKind.Aaaa when data.Length == 16:
                return new DnsRecord.Address(name, seconds, new IPAddress(data));
            case DnsKind.Ptr when DnsName.Read(packet, ref at) is { } to && at == packet.Length:
                return new DnsRecord.Pointer(name, seconds, to);
            case DnsKind.Srv when data.Length > 6:
                var port = Number(packet, at + 4);
                at += 6;
                return DnsName.Read(packet, ref at) is { } host && at == packet.Length ? new DnsRecord.Service(name, seconds, port, host) : null;
            case DnsKind.Txt:
                var entries = new List<string>();
                for (; data.Length > 0; data = data[(1 + data[0])..])
                {
                    if (data[0] >= data.Length)
                    {
                        return null;
                    }

                    entries.Add(Encoding.Latin1.GetString(data.Slice(1, data[0])));
                }

                return new DnsRecord.Text(name, seconds, entries);
            default:
                return null;
        }
    }

    private static List<byte> Data(DnsRecord record)
    {
        var data = new List<byte>();
        switch (record)
        {
            case DnsRecord.Address address:
                data.AddRange(address.Value.GetAddressBytes());
                break;
            case DnsRecord.Pointer pointer:
                pointer.To.Write(data);
                break;
            case DnsRecord.Service service:
                // Priority and weight are for those of whom several are one service.
                Add(data, 0);
                Add(data, 0);
                Add(data, service.Port);
                service.Host.Write(data);
                break;
            case DnsRecord.Text text:
                foreach (var entry in text.Entries)
                {
                    data.Add((byte)entry.Length);
                    data.AddRange(Encoding.Latin1.GetBytes(entry));
                }

                break;
        }

        return data;
    }

    private static ushort Number(ReadOnlySpan<byte> packet, int at) => BinaryPrimitives.ReadUInt16BigEndian(packet[at..]);

    private static void Add(List<byte> packet, ushort number)
    {
        packet.Add((byte)(number >> 8));
        packet.Add((byte)number);
    }
}
