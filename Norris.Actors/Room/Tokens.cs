using System.Buffers.Binary;
using System.Security.Cryptography;
using Norris.Actors.Protocol;

namespace Norris.Actors.Room;

/// <summary>Secrets that prove a name is one's own.</summary>
public static class Tokens
{
    /// <summary>How long a token is, in bytes.</summary>
    public const int Length = 32;

    /// <summary>Who owns what was claimed with a token: the first 128 bits of its SHA-256. An empty token owns nothing.</summary>
    public static OwnerId OwnerOf(ReadOnlySpan<byte> token)
    {
        if (token.IsEmpty)
        {
            return OwnerId.Nobody;
        }

        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(token, digest);
        return new OwnerId(BinaryPrimitives.ReadUInt128BigEndian(digest));
    }
}
