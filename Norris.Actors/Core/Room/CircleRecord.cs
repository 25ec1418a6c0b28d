using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Norris.Core.Protocol;

namespace Norris.Core.Room;

/// <summary>
/// Names a circle of devices: a digest of the device that founded it and of when it did. So nobody can pass for the founder of another's circle.
/// </summary>
public readonly record struct CircleId(UInt128 Value)
{
    internal const int Length = 16;

    /// <summary>The circle that a device founds at a time, in milliseconds since 1970, UTC.</summary>
    public static CircleId Of(DeviceId founder, long at)
    {
        Span<byte> what = stackalloc byte[DeviceId.Length + sizeof(long)];
        founder.ToBytes().CopyTo(what);
        BinaryPrimitives.WriteInt64BigEndian(what[DeviceId.Length..], at);
        return new(BinaryPrimitives.ReadUInt128BigEndian(SHA256.HashData(what)));
    }

    /// <summary>Its bytes.</summary>
    public byte[] ToBytes()
    {
        var bytes = new byte[Length];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, Value);
        return bytes;
    }

    /// <summary>In 32 hexadecimal digits.</summary>
    public override string ToString() => Value.ToString("x32", CultureInfo.InvariantCulture);
}

/// <summary>Whether a signature of some bytes was made with the private key to a public one.</summary>
/// <param name="key">A device's SubjectPublicKeyInfo.</param>
/// <param name="what">What was signed.</param>
/// <param name="signature">The signature.</param>
public delegate bool SignatureCheck(ReadOnlySpan<byte> key, ReadOnlySpan<byte> what, ReadOnlySpan<byte> signature);

/// <summary>
/// What a device of a circle has said about who belongs to it, and signed. A closed set of two. It is one row of bytes wherever it is: on the wire, in a file, under the signature.
/// Two of the same bytes are equal.
/// </summary>
public abstract class CircleRecord : IEquatable<CircleRecord>
{
    /// <summary>How long a signature is, in bytes.</summary>
    public const int SignatureLength = 64;

    /// <summary>How long a record is at most, in bytes.</summary>
    public const int MaxLength = 512;

    private const int HeadLength = CircleId.Length + DeviceId.Length + sizeof(long);
    private const int AtOwner = Admission.KeyLength;
    private const int AtInvite = AtOwner + CircleId.Length;
    private const int AtName = AtInvite + sizeof(int);
    private protected const int NoInvite = -1;

    /// <summary>Before all that is signed: a signature of something else is none of a record.</summary>
    private static readonly byte[] s_admits = Encoding.ASCII.GetBytes("norris circle 1 admits");
    private static readonly byte[] s_expels = Encoding.ASCII.GetBytes("norris circle 1 expels");

    private protected CircleRecord(ReadOnlyMemory<byte> bytes)
    {
        var head = bytes.Span[s_admits.Length..];
        Bytes = bytes;
        Circle = new(BinaryPrimitives.ReadUInt128BigEndian(head));
        By = DeviceId.Read(head.Slice(CircleId.Length, DeviceId.Length));
        At = BinaryPrimitives.ReadInt64BigEndian(head[(CircleId.Length + DeviceId.Length)..]);
    }

    /// <summary>All of it: what is signed, and behind it the signature.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>Which circle.</summary>
    public CircleId Circle { get; }

    /// <summary>Who says so.</summary>
    public DeviceId By { get; }

    /// <summary>When, by the clock of who says so: milliseconds since 1970, UTC. For people; nothing is decided by it.</summary>
    public long At { get; }

    /// <summary>Which device it is about.</summary>
    public abstract DeviceId Device { get; }

    /// <summary>What is signed.</summary>
    public ReadOnlyMemory<byte> What => Bytes[..^SignatureLength];

    /// <summary>The signature of it.</summary>
    public ReadOnlyMemory<byte> Signature => Bytes[^SignatureLength..];

    /// <summary>Reads a record; null: these are none. Whether it is signed is another question.</summary>
    public static CircleRecord? TryRead(ReadOnlyMemory<byte> bytes)
    {
        var body = s_admits.Length + HeadLength;
        if (bytes.Length > MaxLength || bytes.Length < body + SignatureLength || BinaryPrimitives.ReadInt64BigEndian(bytes.Span[(body - sizeof(long))..]) is < 0 or > Limits.LatestTime)
        {
            return null;
        }

        var rest = bytes[body..^SignatureLength].Span;
        if (bytes.Span.StartsWith(s_expels))
        {
            return rest.Length == DeviceId.Length ? new Expulsion(bytes, DeviceId.Read(rest)) : null;
        }

        if (!bytes.Span.StartsWith(s_admits) || rest.Length < AtName || NameOf(rest[AtName..]) is not { } name)
        {
            return null;
        }

        var number = BinaryPrimitives.ReadInt32BigEndian(rest[AtInvite..]);
        var invite = InviteId.Of(number);
        return invite is null && number != NoInvite ? null
            : new Admission(bytes, rest[..AtOwner].ToArray(), new OwnerId(BinaryPrimitives.ReadUInt128BigEndian(rest[AtOwner..])), invite, name);
    }

    /// <inheritdoc/>
    public bool Equals(CircleRecord? other) => other is not null && Bytes.Span.SequenceEqual(other.Bytes.Span);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as CircleRecord);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.AddBytes(Signature.Span);
        return hash.ToHashCode();
    }

    private protected static ReadOnlyMemory<byte> Signed(
        bool admits, CircleId circle, DeviceId by, long at, ReadOnlySpan<byte> rest, Func<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>> sign)
    {
        Span<byte> head = stackalloc byte[HeadLength];
        BinaryPrimitives.WriteUInt128BigEndian(head, circle.Value);
        by.ToBytes().CopyTo(head[CircleId.Length..]);
        BinaryPrimitives.WriteInt64BigEndian(head[(CircleId.Length + DeviceId.Length)..], at);
        byte[] what = [.. admits ? s_admits : s_expels, .. head, .. rest];
        return (byte[])[.. what, .. sign(what).Span];
    }

    /// <summary>Null: nobody could be called so.</summary>
    private static string? NameOf(ReadOnlySpan<byte> utf8)
    {
        if (utf8.IsEmpty)
        {
            return "";
        }

        try
        {
            var name = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetString(utf8);
            return Names.TryNormalise(name, out var normal, out _) && normal == name ? name : null;
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }
}

/// <summary>A device is in from now on.</summary>
public sealed class Admission : CircleRecord
{
    /// <summary>How long a SubjectPublicKeyInfo on P-256 is, in bytes.</summary>
    public const int KeyLength = 91;

    internal Admission(ReadOnlyMemory<byte> bytes, ReadOnlyMemory<byte> key, OwnerId owner, InviteId? invite, string name)
        : base(bytes) => (Key, Device, Owner, Invite, Name) = (key, DeviceId.Of(key.Span), owner, invite, name);

    /// <summary>The device's SubjectPublicKeyInfo: by it what the device signs later is checked.</summary>
    public ReadOnlyMemory<byte> Key { get; }

    /// <inheritdoc/>
    public override DeviceId Device { get; }

    /// <summary>Whose device it is, where that is known.</summary>
    public OwnerId Owner { get; }

    /// <summary>The invite that it came with; null: none.</summary>
    public InviteId? Invite { get; }

    /// <summary>Whose device it was said to be; empty: nobody's.</summary>
    public string Name { get; }

    /// <summary>A device that is in lets another one in; a device that lets in itself founds the circle of that time (<see cref="CircleId.Of"/>).</summary>
    /// <param name="circle">Which circle.</param>
    /// <param name="key">The SubjectPublicKeyInfo of the device that is to be in.</param>
    /// <param name="owner">Whose it is.</param>
    /// <param name="name">The name that is shown for it, in its normal form; empty: none.</param>
    /// <param name="by">Who lets it in.</param>
    /// <param name="at">When.</param>
    /// <param name="sign">Signs with the key of <paramref name="by"/>.</param>
    /// <param name="invite">The invite that it comes with; null: none.</param>
    public static Admission Of(
        CircleId circle, ReadOnlySpan<byte> key, OwnerId owner, string name, DeviceId by, long at, Func<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>> sign, InviteId? invite = null)
    {
        Span<byte> its = stackalloc byte[CircleId.Length + sizeof(int)];
        BinaryPrimitives.WriteUInt128BigEndian(its, owner.Value);
        BinaryPrimitives.WriteInt32BigEndian(its[CircleId.Length..], invite?.Value ?? NoInvite);
        byte[] rest = [.. key, .. its, .. Encoding.UTF8.GetBytes(name)];
        return TryRead(Signed(admits: true, circle, by, at, rest, sign)) as Admission ?? throw new ArgumentException($"'{name}' with a key of {key.Length} bytes is no device of anybody", nameof(key));
    }

    /// <summary>The first record of a circle: a device founds it.</summary>
    public static Admission Founding(ReadOnlySpan<byte> key, OwnerId owner, string name, long at, Func<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>> sign)
    {
        var founder = DeviceId.Of(key);
        return Of(CircleId.Of(founder, at), key, owner, name, founder, at, sign);
    }
}

/// <summary>A device is out from now on, for good: who comes back comes with another key.</summary>
public sealed class Expulsion : CircleRecord
{
    internal Expulsion(ReadOnlyMemory<byte> bytes, DeviceId device)
        : base(bytes) => Device = device;

    /// <inheritdoc/>
    public override DeviceId Device { get; }

    /// <summary>A device that is in puts another one out.</summary>
    public static Expulsion Of(CircleId circle, DeviceId device, DeviceId by, long at, Func<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>> sign) =>
        TryRead(Signed(admits: false, circle, by, at, device.ToBytes(), sign)) as Expulsion ?? throw new ArgumentException($"{at} is no time", nameof(at));
}
