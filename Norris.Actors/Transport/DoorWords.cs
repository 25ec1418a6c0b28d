using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using Norris.Core.Room;

namespace Norris.Actors.Transport;

/// <summary>What is said at a circle's door: words with their length before them, over an encrypted connection.</summary>
internal static class DoorWords
{
    /// <summary>How long a nonce is, in bytes.</summary>
    public const int NonceBytes = 16;

    private const int LengthBytes = sizeof(int);

    private static readonly byte[] s_door = Encoding.ASCII.GetBytes("norris door");
    private static readonly byte[] s_newcomer = Encoding.ASCII.GetBytes("norris newcomer");

    public static async Task Say(Stream stream, DoorWord word, CancellationToken cancel)
    {
        var bytes = new byte[LengthBytes + word.CalculateSize()];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, bytes.Length - LengthBytes);
        word.WriteTo(bytes.AsSpan(LengthBytes));
        await stream.WriteAsync(bytes, cancel).ConfigureAwait(false);
    }

    /// <exception cref="InvalidDataException">It is none, or longer than this.</exception>
    /// <exception cref="IOException">The other has gone.</exception>
    public static async Task<DoorWord> Hear(Stream stream, int atMost, CancellationToken cancel)
    {
        var header = new byte[LengthBytes];
        await stream.ReadExactlyAsync(header, cancel).ConfigureAwait(false);
        var length = BinaryPrimitives.ReadInt32LittleEndian(header);
        if (length < 0 || length > atMost)
        {
            throw new InvalidDataException();
        }

        var bytes = new byte[length];
        await stream.ReadExactlyAsync(bytes, cancel).ConfigureAwait(false);
        try
        {
            return DoorWord.Parser.ParseFrom(bytes);
        }
        catch (InvalidProtocolBufferException)
        {
            throw new InvalidDataException();
        }
    }

    /// <summary>
    /// That one knows an invite's key. Both keys of the connection are under it: who stands between the two has others, and can pass nothing on.
    /// </summary>
    public static byte[] Proof(InviteKey invite, bool isOfDoor, ReadOnlySpan<byte> door, ReadOnlySpan<byte> newcomer, ReadOnlySpan<byte> doors, ReadOnlySpan<byte> newcomers) =>
        HMACSHA256.HashData(invite.ToBytes(), (byte[])[.. isOfDoor ? s_door : s_newcomer, .. door, .. newcomer, .. doors, .. newcomers]);

    public static bool IsProof(ByteString said, byte[] proof) => CryptographicOperations.FixedTimeEquals(said.Span, proof);

    public static ByteString Nonce() => ByteString.CopyFrom(RandomNumberGenerator.GetBytes(NonceBytes));
}
