using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Norris.Core.Protocol;

namespace Norris.Core.Room;

/// <summary>
/// Proves that a name is one's own, by a key pair on P-256 that is worked out from a secret token. The token never leaves its node: others see the public
/// key, and signatures which serve for one session on one node of one room, and nobody but that node can use. Not safe for several threads.
/// </summary>
internal sealed class OwnerKey
{
    /// <summary>How long a token is, in bytes.</summary>
    public const int TokenLength = 32;

    private static readonly byte[] Context = Encoding.UTF8.GetBytes("norris owner of a name");

    private readonly ECDsa _key;
    private readonly byte[] _public;
    private (RoomId, NodeId, UserId) _provedFor;
    private ReadOnlyMemory<byte> _proof;

    /// <param name="token">Random bytes, <see cref="TokenLength"/> of them.</param>
    public OwnerKey(ReadOnlySpan<byte> token)
    {
        _key = KeyOf(token);
        _public = PublicOf(_key.ExportParameters(includePrivateParameters: false));
        Id = OwnerProof.OwnerOf(_public);
    }

    public OwnerId Id { get; }

    /// <summary>Proves that a session on a node is the owner's.</summary>
    public ReadOnlyMemory<byte> Prove(RoomId room, NodeId node, UserId user)
    {
        if (_provedFor != (room, node, user))
        {
            _provedFor = (room, node, user);
            _proof = (byte[])[.. _public, .. _key.SignData(OwnerProof.What(room, node, user), HashAlgorithmName.SHA256)];
        }

        return _proof;
    }

    private static ECDsa KeyOf(ReadOnlySpan<byte> token)
    {
        // All but one in four billion digests are private keys.
        for (byte again = 0; ; again++)
        {
            var secret = HKDF.DeriveKey(HashAlgorithmName.SHA256, token.ToArray(), OwnerProof.CoordinateLength, info: [.. Context, again]);
            try
            {
                return ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, D = secret });
            }
            catch (CryptographicException) when (again < byte.MaxValue)
            {
            }
            finally
            {
                CryptographicOperations.ZeroMemory(secret);
            }
        }
    }

    private static byte[] PublicOf(ECParameters key) => [.. key.Q.X!, .. key.Q.Y!];
}

/// <summary>What an owner sends to show that a name is its own: the public key, and its signature of which session on which node of which room it is.</summary>
internal static class OwnerProof
{
    internal const int CoordinateLength = 32;

    /// <summary>How long a proof is, in bytes.</summary>
    public const int Length = 4 * CoordinateLength;

    /// <summary>Whose proof it is, for this session on this node of this room. Nobody: there is none. Null: it is somebody else's, or none at all.</summary>
    public static OwnerId? OwnerOf(ReadOnlySpan<byte> proof, RoomId room, NodeId node, UserId user)
    {
        if (proof.IsEmpty)
        {
            return OwnerId.Nobody;
        }

        if (proof.Length != Length)
        {
            return null;
        }

        var point = new ECPoint { X = proof[..CoordinateLength].ToArray(), Y = proof[CoordinateLength..(2 * CoordinateLength)].ToArray() };
        try
        {
            using var key = ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, Q = point });
            return key.VerifyData(What(room, node, user), proof[(2 * CoordinateLength)..], HashAlgorithmName.SHA256) ? OwnerOf(proof[..(2 * CoordinateLength)]) : null;
        }
        catch (CryptographicException)
        {
            // No point of the curve.
            return null;
        }
    }

    /// <summary>The first 128 bits of the public key's SHA-256.</summary>
    public static OwnerId OwnerOf(ReadOnlySpan<byte> publicKey)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(publicKey, digest);
        return new OwnerId(BinaryPrimitives.ReadUInt128BigEndian(digest));
    }

    /// <summary>What is signed. The numbers have one length, and the address comes last: no two say the same.</summary>
    internal static byte[] What(RoomId room, NodeId node, UserId user)
    {
        var address = Encoding.UTF8.GetBytes(node.Address);
        var what = new byte[8 + 8 + 4 + address.Length];
        BinaryPrimitives.WriteUInt64BigEndian(what, room.Value);
        BinaryPrimitives.WriteUInt64BigEndian(what.AsSpan(8), user.Value);
        BinaryPrimitives.WriteInt32BigEndian(what.AsSpan(16), node.Incarnation);
        address.CopyTo(what, 20);
        return what;
    }
}
