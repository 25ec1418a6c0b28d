using System.Buffers.Binary;
using System.Buffers.Text;

namespace Norris.Node.Bench;

/// <summary>
/// What a bench message says: who sent it, its number, when, and a hundred bytes of text; 120 bytes in all, as in the benches of the peers. Its own
/// account of sender and number, not the room's, so that the room is judged by what arrives.
/// </summary>
internal static class Payload
{
    public const int Length = Head + 100;

    // Text, as all that people say here is: 15 bytes (the sender in 2, the counter in 5, the time in 8) as 20 characters of Base64.
    private const int Head = 20;
    private const int HeadBytes = 15;

    private static ReadOnlySpan<byte> Text => "A hundred bytes of plain text, much like what people say to each other all day long, with a full stop."u8[..(Length - Head)];

    /// <param name="text">Room for <see cref="Length"/> bytes.</param>
    /// <param name="sender">The sender's number in the bench, less than 65,536.</param>
    /// <param name="counter">0, 1, 2 … for each sender, less than 2 to the 40th.</param>
    /// <param name="time">When it is handed in: <see cref="System.Diagnostics.Stopwatch.GetTimestamp"/>, one clock for all processes of a machine.</param>
    public static void Write(Span<byte> text, int sender, long counter, long time)
    {
        Span<byte> head = stackalloc byte[HeadBytes];
        BinaryPrimitives.WriteInt64BigEndian(head, ((long)sender << 48) | (counter << 8));
        BinaryPrimitives.WriteInt64BigEndian(head[7..], time);
        Base64Url.EncodeToUtf8(head, text);
        Text.CopyTo(text[Head..]);
    }

    /// <exception cref="FormatException">This is no bench message.</exception>
    public static (int Sender, long Counter, long Time) Read(ReadOnlySpan<char> text)
    {
        if (text.Length != Length)
        {
            throw new FormatException($"a bench message has {Length} characters, this one {text.Length}");
        }

        Span<byte> head = stackalloc byte[HeadBytes];
        if (Base64Url.DecodeFromChars(text[..Head], head) != HeadBytes)
        {
            throw new FormatException("a bench message begins with who sent it, its number, and when");
        }

        var first = BinaryPrimitives.ReadUInt64BigEndian(head);
        return ((int)(first >> 48), (long)(first >> 8) & 0xff_ffff_ffff, BinaryPrimitives.ReadInt64BigEndian(head[7..]));
    }
}
