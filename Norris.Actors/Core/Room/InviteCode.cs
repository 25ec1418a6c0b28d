using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;

namespace Norris.Core.Room;

/// <summary>Names an invite among those of a room, by the first letters of its code: <c>4mvt</c>.</summary>
public readonly record struct InviteId
{
    /// <summary>How many letters it has.</summary>
    public const int Letters = 4;

    internal const int Most = 1 << (Letters * Base32.BitsOfOne);

    internal InviteId(int value) => Value = value;

    /// <summary>The letters as a number.</summary>
    public int Value { get; }

    /// <summary>The id of a number; null: none is so high.</summary>
    public static InviteId? Of(int value) => value is >= 0 and < Most ? new(value) : null;

    /// <summary>Reads an id, as <see cref="ToString"/> writes it.</summary>
    public static bool TryParse(string? text, out InviteId invite)
    {
        var value = 0;
        foreach (var symbol in text ?? "")
        {
            value = Base32.ValueOf(symbol) is >= 0 and var its && value < Most ? (value << Base32.BitsOfOne) | its : Most;
        }

        invite = value < Most ? new(value) : default;
        return text?.Length == Letters && value < Most;
    }

    /// <summary>Its letters.</summary>
    public override string ToString() => InviteCode.Written(Value, Letters);
}

/// <summary>What an invite's code and the room have in common, without the room's knowing the code: <c>HKDF-SHA256(secret, "norris invite")</c>.</summary>
public readonly record struct InviteKey(UInt128 First, UInt128 Second)
{
    internal const int Length = 32;

    private static readonly byte[] s_context = Encoding.ASCII.GetBytes("norris invite");

    /// <summary>Of a secret.</summary>
    internal static InviteKey Of(byte[] secret) =>
        Read(HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, Length, info: s_context))!.Value;

    /// <summary>Reads its bytes; null: there are not as many as it has.</summary>
    public static InviteKey? Read(ReadOnlySpan<byte> bytes) => bytes.Length == Length
        ? new(BinaryPrimitives.ReadUInt128BigEndian(bytes), BinaryPrimitives.ReadUInt128BigEndian(bytes[(Length / 2)..]))
        : null;

    /// <summary>Its bytes.</summary>
    public byte[] ToBytes()
    {
        var bytes = new byte[Length];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, First);
        BinaryPrimitives.WriteUInt128BigEndian(bytes.AsSpan(Length / 2), Second);
        return bytes;
    }

    /// <summary>A digest of it: whoever sees that can do nothing with it.</summary>
    public override string ToString() => Convert.ToHexStringLower(SHA256.HashData(ToBytes()))[..16];
}

/// <summary>
/// An invite as it is handed on: a secret of 128 bits, written as 28 letters and digits. The number that they write is the secret times a prime: so one wrong letter, or two next to each other that changed
/// places, is always told as a typing error, and anything else but once in four thousand times.
/// </summary>
public sealed class InviteCode
{
    /// <summary>How long a secret is, in bytes.</summary>
    public const int SecretLength = 16;

    /// <summary>The largest prime of 12 bits.</summary>
    private const int Check = 4093;

    private const int Letters = 28;

    private static readonly BigInteger s_secrets = BigInteger.One << (8 * SecretLength);

    private readonly BigInteger _number;

    private InviteCode(BigInteger secret)
    {
        _number = secret * Check;
        Key = InviteKey.Of(secret.ToByteArray(isUnsigned: true, isBigEndian: true) is var bytes && bytes.Length < SecretLength ? [.. new byte[SecretLength - bytes.Length], .. bytes] : bytes);
    }

    /// <summary>What the room knows of it.</summary>
    public InviteKey Key { get; }

    /// <summary>Its name.</summary>
    public InviteId Id => new((int)(_number >> ((Letters - InviteId.Letters) * Base32.BitsOfOne)));

    /// <summary>Of a secret, which was drawn at random.</summary>
    public static InviteCode Of(ReadOnlySpan<byte> secret) => secret.Length == SecretLength
        ? new(new BigInteger(secret, isUnsigned: true, isBigEndian: true))
        : throw new ArgumentException($"a secret has {SecretLength} bytes", nameof(secret));

    /// <summary>Reads a code as <see cref="ToString"/> writes it; capitals, O for 0, I and L for 1 and missing dashes are fine.</summary>
    /// <exception cref="FormatException">It is none; the message is a line.</exception>
    public static InviteCode Parse(string text)
    {
        var number = BigInteger.Zero;
        var count = 0;
        foreach (var symbol in text.Where(c => c != '-'))
        {
            var value = Base32.ValueOf(symbol);
            if (value < 0)
            {
                throw new FormatException($"the invite has a typing error: U+{(int)symbol:X4} is in no code");
            }

            if (++count <= Letters)
            {
                number = (number << Base32.BitsOfOne) + value;
            }
        }

        var secret = BigInteger.DivRem(number, Check, out var rest);
        return count != Letters ? throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"the invite has a typing error: a code has {Letters} letters and digits, this one has {count}"))
            : !rest.IsZero || secret >= s_secrets ? throw new FormatException("the invite has a typing error: its letters do not fit each other")
            : new(secret);
    }

    /// <summary>As people hand it on, in groups of four.</summary>
    public override string ToString() => string.Join('-', Written(_number, Letters).Chunk(InviteId.Letters).Select(group => new string(group)));

    internal static string Written(BigInteger number, int letters) => string.Create(letters, number, static (text, rest) =>
    {
        for (var i = text.Length - 1; i >= 0; i--)
        {
            text[i] = char.ToLowerInvariant(Base32.Symbols[(int)(rest & (Base32.Symbols.Length - 1))]);
            rest >>= Base32.BitsOfOne;
        }
    });
}
