using System.Buffers.Binary;
using System.Text;

namespace Norris.Tests.Transport;

/// <summary>Akka.Remote's frames by hand, as a stranger writes them who has neither Akka nor Norris.</summary>
internal static class Pdu
{
    public const ulong NotNumbered = ulong.MaxValue;

    public static byte[] Number(int field, ulong value) => [.. Varint((ulong)field << 3), .. Varint(value)];

    public static byte[] Fixed64(int field, ulong value)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        return [.. Varint(((ulong)field << 3) | 1), .. bytes];
    }

    public static byte[] Fixed32(int field, int value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        return [.. Varint(((ulong)field << 3) | 5), .. bytes];
    }

    public static byte[] Bytes(int field, params byte[] value) => [.. Varint(((ulong)field << 3) | 2), .. Varint((ulong)value.Length), .. value];

    public static byte[] Text(int field, string value) => Bytes(field, Encoding.UTF8.GetBytes(value));

    public static byte[] Join(params byte[][] parts) => [.. parts.SelectMany(p => p)];

    public static byte[] Address(string host, int port, string protocol = "tcp", string system = "norris") =>
        Join(Text(1, system), Text(2, host), Number(3, (ulong)port), Text(4, protocol));

    public static byte[] Unique(string host, int port, int uid, string protocol = "akka.tcp") =>
        Join(Bytes(1, Address(host, port, protocol)), Number(2, unchecked((uint)uid)));

    public static byte[] Associate(string host, int port, int uid, string system = "norris") =>
        Bytes(2, Join(Number(1, 1), Bytes(2, Join(Bytes(1, Address(host, port, system: system)), Fixed64(2, unchecked((ulong)uid))))));

    public static byte[] Payload(byte[] message, int serializer, string manifest = "") =>
        Join(Bytes(1, message), Number(2, (ulong)serializer), manifest.Length == 0 ? [] : Text(3, manifest));

    public static byte[] Envelope(string recipient, byte[] payload, string? sender = null, ulong number = NotNumbered) => Bytes(1, Bytes(2, Join(
        Bytes(1, Text(1, recipient)), Bytes(2, payload), sender is null ? [] : Bytes(4, Text(1, sender)), Fixed64(5, number))));

    public static byte[] Selection(byte[] payload, params string[] steps) =>
        Payload(Join(Bytes(1, payload), Join([.. steps.Select(s => Bytes(2, Join(Number(1, 2), Text(2, s))))])), 6);

    /// <summary>A message of Norris's in the name of a node.</summary>
    public static byte[] Own(string address, int incarnation, int field, byte[] body, string manifest)
    {
        var head = Join(Bytes(1, Join(Text(1, address), Fixed32(2, incarnation))), Bytes(field, body));
        var length = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, head.Length);
        return Payload(Join(length, head), 4053, manifest);
    }

    /// <summary>With its length before it, as it goes over the wire.</summary>
    public static byte[] Framed(byte[] frame)
    {
        var length = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, frame.Length);
        return [.. length, .. frame];
    }

    private static byte[] Varint(ulong value)
    {
        var bytes = new List<byte>();
        for (; value >= 0x80; value >>= 7)
        {
            bytes.Add((byte)(value | 0x80));
        }

        bytes.Add((byte)value);
        return [.. bytes];
    }
}
