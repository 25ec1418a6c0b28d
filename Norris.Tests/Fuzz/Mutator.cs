using System.Buffers.Binary;
using System.Text;
using Norris.Tests.Simulation;

namespace Norris.Tests.Fuzz;

/// <summary>Makes inputs of samples: bytes and ranges changed, cut, doubled, moved and mixed, numbers set to their extremes, and what has hurt parsers before put in.</summary>
internal static class Mutator
{
    private static readonly byte[] Bytes = [0, 1, 0x0a, 0x0d, 0x20, 0x22, 0x5c, 0x7f, 0x80, 0xc0, 0xe2, 0xed, 0xf0, 0xff];

    private static readonly ulong[] Extremes =
    [
        0, 1, 2, 3, 31, 32, 33, 127, 128, 255, 256, 4095, 4096, 16383, 16384, 16385, 32768, 65535, 65536,
        int.MaxValue, 1UL << 31, uint.MaxValue, 1UL << 32, Norris.Core.Protocol.Limits.HighestNumber, Norris.Core.Protocol.Limits.HighestNumber + 1UL,
        long.MaxValue - 1, long.MaxValue, 1UL << 63, ulong.MaxValue - 1, ulong.MaxValue,
    ];

    private static readonly byte[][] Tokens = [.. ((string[])
    [
        "{", "}", "[", "]", "\"", "\\", "\\ud800", "\\u0000", "null", "true", "-0", "1e999", "9223372036854775808", "0001-01-01", "9999-12-31T23:59:59.999Z", ":", ",", "*", "-", "“", "Z",
        "\r\n", "\0", "\t", "\u001b[2J", "\u0085", "\u00a0", "\u00ad", "\u0130", "\u0301", "\u034f", "\u061c", "\u1160", "\u200b", "\u200d", "\u202e", "\u2028", "\u2800", "\u3164", "\ufdfa", "\ufe0f", "\ufeff", "\ufffd",
        "\ufffe", "\uffff", "ﬁ", "ẞ", "İ", "가", "漢", "😀", "👨‍👩‍👧", "🏴\U000E0067\U000E0062\U000E0065\U000E006E\U000E0067\U000E007F", "\U000E0001", "\U0010FFFF", "%2e", "%00", "%ud800", "..", "//", "::", "[::1%", "0x7f.1", "xn--", "@", ";", "=",
    ]).Select(Encoding.UTF8.GetBytes)];

    /// <summary>A sample with some changes, or, seldom, with none.</summary>
    public static byte[] Change(byte[] sample, IReadOnlyList<byte[]> samples, int largest, Dice dice)
    {
        var bytes = sample;
        for (var changes = dice.Permille(20) ? 0 : 1 + dice.Below(dice.Permille(200) ? 12 : 3); changes > 0; changes--)
        {
            bytes = Once(bytes, dice.Of(samples), largest, dice);
            bytes = bytes.Length <= largest ? bytes : bytes[..largest];
        }

        return bytes;
    }

    /// <summary>A number near an end of some range, or near the one that was there.</summary>
    public static ulong Number(ulong was, Dice dice) => dice.Below(4) switch
    {
        0 => was + (ulong)dice.Between(-2, 2),
        1 => dice.Next() >> dice.Below(64),
        _ => dice.Of(Extremes),
    };

    private static byte[] Once(byte[] bytes, byte[] other, int largest, Dice dice)
    {
        var (from, to) = Range(bytes.Length, dice);
        var part = bytes.AsSpan(from, to - from);
        switch (dice.Below(12))
        {
            case 0 when bytes.Length > 0:
                return With(bytes, from, [(byte)(bytes[Math.Min(from, bytes.Length - 1)] ^ (1 << dice.Below(8)))]);
            case 1:
                return With(bytes, from, [dice.Of(Bytes)]);
            case 2:
                return With(bytes, from, [(byte)dice.Next()]);
            case 3:
                return dice.Permille(500) ? bytes[..from] : bytes[to..];
            case 4:
                return [.. bytes[..from], .. bytes[to..]];
            case 5:
                return [.. bytes[..to], .. part, .. bytes[to..]];
            case 6:
                var (start, end) = Range(other.Length, dice);
                return dice.Permille(500) ? [.. bytes[..from], .. other[start..]] : [.. bytes[..from], .. other[start..end], .. bytes[to..]];
            case 7:
                // A length or a count, either way round.
                var wide = new byte[sizeof(ulong)];
                BinaryPrimitives.WriteUInt64LittleEndian(wide, Number((ulong)bytes.Length, dice));
                var width = 1 << dice.Below(4);
                if (dice.Permille(200))
                {
                    Array.Reverse(wide, 0, width);
                }

                return With(bytes, from, wide.AsSpan(0, width));
            case 8:
                Span<byte> varint = stackalloc byte[10];
                var written = 0;
                for (var value = Number((ulong)bytes.Length, dice); written == 0 || value > 0; value >>= 7)
                {
                    varint[written++] = (byte)(value >= 0x80 ? value | 0x80 : value);
                }

                return dice.Permille(500) ? With(bytes, from, varint[..written]) : [.. bytes[..from], .. varint[..written], .. bytes[from..]];
            case 9 when to > from && dice.Permille(30):
                // Many times, up to all that there may be.
                var times = (int)Math.Min((ulong)(largest / part.Length), dice.Next() % (1UL << (1 + dice.Below(18))));
                var many = new byte[part.Length * times];
                for (var i = 0; i < times; i++)
                {
                    part.CopyTo(many.AsSpan(i * part.Length));
                }

                return [.. bytes[..from], .. many, .. bytes[to..]];
            default:
                return [.. bytes[..from], .. dice.Of(Tokens), .. bytes[(dice.Permille(500) ? from : to)..]];
        }
    }

    /// <summary>Mostly a short one.</summary>
    private static (int From, int To) Range(int length, Dice dice)
    {
        var from = dice.Below(length + 1);
        return (from, from + dice.Below(Math.Min(length - from, dice.Permille(800) ? 16 : length) + 1));
    }

    private static byte[] With(byte[] bytes, int at, ReadOnlySpan<byte> over)
    {
        var changed = new byte[Math.Max(bytes.Length, at + over.Length)];
        bytes.CopyTo(changed, 0);
        over.CopyTo(changed.AsSpan(at));
        return changed;
    }
}
