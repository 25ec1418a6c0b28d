using System.Text;

namespace Norris.Node.Discovery;

/// <summary>A name of the DNS. Two are equal without regard to the case of ASCII letters, and of no others (RFC 6762, 16).</summary>
internal sealed record DnsName
{
    /// <summary>As it is on the wire, with the zero at its end.</summary>
    public const int MaxLength = 255;

    public const int MaxLabel = 63;

    /// <summary>The labels, each behind its length, a character for every byte; without the zero at the end.</summary>
    private readonly string _wire;

    private DnsName(string wire) => _wire = wire;

    public int Length => _wire.Length + 1;

    /// <summary>Null: no name has such labels.</summary>
    public static DnsName? Of(IEnumerable<string> labels)
    {
        var wire = new StringBuilder();
        foreach (var label in labels)
        {
            var bytes = Encoding.UTF8.GetBytes(label);
            if (bytes.Length is 0 or > MaxLabel)
            {
                return null;
            }

            Add(wire, bytes);
        }

        return wire.Length < MaxLength ? new(wire.ToString()) : null;
    }

    /// <summary>Reads a name, which may end in that of an earlier place in the packet (RFC 1035, 4.1.4). Null: there is none at that place.</summary>
    public static DnsName? Read(ReadOnlySpan<byte> packet, ref int at)
    {
        var wire = new StringBuilder();
        int? after = null;
        var place = at;

        // Each pointer leads to before where the last one led to: so none is followed twice.
        var before = place;
        while (place < packet.Length)
        {
            var length = packet[place++];
            switch (length)
            {
                case 0:
                    at = after ?? place;
                    return new(wire.ToString());
                case <= MaxLabel when place + length <= packet.Length && wire.Length + 1 + length < MaxLength:
                    Add(wire, packet.Slice(place, length));
                    place += length;
                    break;
                case >= 0xc0 when place < packet.Length && ((length & 0x3f) << 8 | packet[place]) is var to && to < before:
                    after ??= place + 1;
                    place = before = to;
                    break;
                default:
                    return null;
            }
        }

        return null;
    }

    public void Write(List<byte> packet) => packet.AddRange([.. Encoding.Latin1.GetBytes(_wire), 0]);

    /// <summary>The labels, with a dot between two.</summary>
    public override string ToString()
    {
        var labels = new List<string>();
        for (var at = 0; at < _wire.Length; at += 1 + _wire[at])
        {
            labels.Add(Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(_wire.Substring(at + 1, _wire[at]))));
        }

        return string.Join('.', labels);
    }

    private static void Add(StringBuilder wire, ReadOnlySpan<byte> label)
    {
        wire.Append((char)label.Length);
        foreach (var one in label)
        {
            wire.Append(one is >= (byte)'A' and <= (byte)'Z' ? (char)(one | 0x20) : (char)one);
        }
    }
}
