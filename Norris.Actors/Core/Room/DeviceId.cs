using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Norris.Core.Room;

/// <summary>
/// A device, by the SHA-256 of its public key. People see the first 40 bits, <see cref="Beginning"/>. To let a device in takes the whole: somebody may try keys until one begins
/// like another's.
/// </summary>
public readonly record struct DeviceId
{
    /// <summary>How long it is, in bytes.</summary>
    public const int Length = SHA256.HashSizeInBytes;

    private const int BitsOfOne = Base32.BitsOfOne;
    private const int InGroup = 4;
    private const int InBeginning = 2 * InGroup;

    /// <summary>256 bits, and four that are 0.</summary>
    private const int InWhole = 52;

    private readonly UInt128 _first;
    private readonly UInt128 _second;

    private DeviceId(ReadOnlySpan<byte> digest) =>
        (_first, _second) = (BinaryPrimitives.ReadUInt128BigEndian(digest), BinaryPrimitives.ReadUInt128BigEndian(digest[(SHA256.HashSizeInBytes / 2)..]));

    /// <summary>As people see it, <c>7QK4-M2ZX</c>.</summary>
    public string Beginning => Written(InBeginning);

    /// <param name="publicKey">A device's SubjectPublicKeyInfo.</param>
    public static DeviceId Of(ReadOnlySpan<byte> publicKey)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(publicKey, digest);
        return new DeviceId(digest);
    }

    /// <summary>The digest in bytes, as <see cref="ToBytes"/> writes it.</summary>
    public static DeviceId Read(ReadOnlySpan<byte> digest) => digest.Length == Length ? new(digest) : throw new ArgumentException($"a device's id has {Length} bytes", nameof(digest));

    /// <summary>Reads the whole, as <see cref="ToString"/> writes it; small letters, O for 0, I and L for 1 and missing dashes are fine.</summary>
    public static bool TryParse(string? text, out DeviceId device)
    {
        device = default;
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes + 1];
        digest.Clear();
        var count = 0;
        foreach (var symbol in text ?? "")
        {
            if (symbol == '-')
            {
                continue;
            }

            var value = Base32.ValueOf(symbol);
            if (value < 0 || count == InWhole)
            {
                return false;
            }

            var (at, left) = PlaceOf(count++);
            digest[at] |= (byte)(value << left >> 8);
            digest[at + 1] |= (byte)(value << left);
        }

        if (count != InWhole || digest[^1] != 0)
        {
            return false;
        }

        device = new DeviceId(digest);
        return true;
    }

    /// <inheritdoc cref="TryParse"/>
    /// <exception cref="FormatException">It is none; the message is a line.</exception>
    public static DeviceId Parse(string text) =>
        TryParse(text, out var device) ? device : throw new FormatException($"this is no whole id of a device: it has {InWhole} letters and digits in groups of {InGroup}, as in {default(DeviceId)}");

    /// <summary>The whole digest.</summary>
    public byte[] ToBytes()
    {
        var digest = new byte[Length];
        BinaryPrimitives.WriteUInt128BigEndian(digest, _first);
        BinaryPrimitives.WriteUInt128BigEndian(digest.AsSpan(Length / 2), _second);
        return digest;
    }

    /// <summary>The whole, in groups as those of <see cref="Beginning"/>.</summary>
    public override string ToString() => Written(InWhole);

    private static (int At, int Left) PlaceOf(int symbol) => (BitsOfOne * symbol / 8, 16 - BitsOfOne - (BitsOfOne * symbol % 8));

    private string Written(int symbols)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes + 1];
        BinaryPrimitives.WriteUInt128BigEndian(digest, _first);
        BinaryPrimitives.WriteUInt128BigEndian(digest[(SHA256.HashSizeInBytes / 2)..], _second);
        digest[^1] = 0;
        Span<char> text = stackalloc char[symbols + ((symbols - 1) / InGroup)];
        for (var i = 0; i < symbols; i++)
        {
            var (at, left) = PlaceOf(i);
            text[i + (i / InGroup)] = Base32.Symbols[(BinaryPrimitives.ReadUInt16BigEndian(digest[at..]) >> left) & 31];
            if (i > 0 && i % InGroup == 0)
            {
                text[i + (i / InGroup) - 1] = '-';
            }
        }

        return new string(text);
    }
}
