namespace Norris.Lab.Bench;

/// <summary>
/// What a bench message says: who sent it, its number, when, and a hundred bytes of text; 120 bytes in all, as in the benches of the peers. Its own
/// account of sender and number, not the room's, so that the room is judged by what arrives.
/// </summary>
internal static class Payload
{
    public const int Length = Head + 100;

    // Text, as all that people say here is: numbers in digits of 6 bits, from '0' on.
    private const int SenderDigits = 3;
    private const int CounterDigits = 6;
    private const int TimeDigits = 11;
    private const int Head = SenderDigits + CounterDigits + TimeDigits;

    private static ReadOnlySpan<byte> Text => "A hundred bytes of plain text, much like what people say to each other all day long, with a full stop."u8[..(Length - Head)];

    /// <param name="text">Room for <see cref="Length"/> bytes.</param>
    /// <param name="sender">The sender's number in the bench, less than 2 to the 18th.</param>
    /// <param name="counter">0, 1, 2 … for each sender, less than 2 to the 36th.</param>
    /// <param name="time">When it is handed in: <see cref="System.Diagnostics.Stopwatch.GetTimestamp"/>, one clock for all processes of a machine.</param>
    public static void Write(Span<byte> text, int sender, long counter, long time)
    {
        Write(text[..SenderDigits], sender);
        Write(text.Slice(SenderDigits, CounterDigits), counter);
        Write(text.Slice(SenderDigits + CounterDigits, TimeDigits), time);
        Text.CopyTo(text[Head..]);
    }

    /// <exception cref="FormatException">This is no bench message.</exception>
    public static (int Sender, long Counter, long Time) Read(ReadOnlySpan<char> text) => text.Length == Length
        ? (
            (int)Read(text, 0, SenderDigits),
            Read(text, SenderDigits, CounterDigits),
            Read(text, SenderDigits + CounterDigits, TimeDigits))
        : throw new FormatException($"a bench message has {Length} characters, this one {text.Length}");

    private static void Write(Span<byte> digits, long value)
    {
        for (var i = digits.Length - 1; i >= 0; i--)
        {
            digits[i] = (byte)('0' + (value & 63));
            value >>= 6;
        }
    }

    private static long Read(ReadOnlySpan<char> text, int at, int count)
    {
        var value = 0L;
        foreach (var digit in text.Slice(at, count))
        {
            value = (value << 6) | (digit is >= '0' and < (char)('0' + 64) ? digit - (long)'0' : throw new FormatException("a bench message begins with numbers"));
        }

        return value;
    }
}
