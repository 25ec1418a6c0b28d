using System.Globalization;

namespace Norris.Node.Bench;

/// <summary>
/// What a bench message says: who sent it, its number, when, and a hundred bytes of text. Its own account of sender and number, not the room's,
/// so that the room is judged by what arrives.
/// </summary>
internal static class Payload
{
    public const int Length = Head + 100;

    private const int SenderDigits = 4;
    private const int CounterDigits = 8;
    private const int TimeDigits = 16;
    private const int Head = SenderDigits + CounterDigits + TimeDigits;
    private const string Text = "A hundred bytes of plain text, much like what people say to each other all day long, with a full stop.";

    /// <param name="text">Room for <see cref="Length"/> bytes.</param>
    /// <param name="sender">The sender's number in the bench.</param>
    /// <param name="counter">0, 1, 2 … for each sender.</param>
    /// <param name="time">When it is handed in: <see cref="System.Diagnostics.Stopwatch.GetTimestamp"/>, one clock for all processes of a machine.</param>
    public static void Write(Span<byte> text, int sender, long counter, long time)
    {
        sender.TryFormat(text, out _, "x4", CultureInfo.InvariantCulture);
        counter.TryFormat(text[SenderDigits..], out _, "x8", CultureInfo.InvariantCulture);
        time.TryFormat(text[(SenderDigits + CounterDigits)..], out _, "x16", CultureInfo.InvariantCulture);
        for (var i = Head; i < Length; i++)
        {
            text[i] = (byte)Text[i - Head];
        }
    }

    /// <exception cref="FormatException">This is no bench message.</exception>
    public static (int Sender, long Counter, long Time) Read(ReadOnlySpan<char> text) => text.Length == Length
        ? (
            int.Parse(text[..SenderDigits], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture),
            long.Parse(text.Slice(SenderDigits, CounterDigits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture),
            long.Parse(text.Slice(SenderDigits + CounterDigits, TimeDigits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture))
        : throw new FormatException($"a bench message has {Length} characters, this one {text.Length}");
}
