using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using Norris.Actors.Wire;
using Norris.Core.Protocol;
using Norris.Core.Room;

namespace Norris.Actors.Devices;

/// <summary>What is said at a door (door.proto): read, checked, written, proven.</summary>
internal static class DoorMessages
{
    public const int NonceLength = 32;

    /// <summary>Who proves that it knows an invite.</summary>
    public static readonly byte[] TheDoor = Encoding.ASCII.GetBytes("norris door");
    public static readonly byte[] TheNewcomer = Encoding.ASCII.GetBytes("norris newcomer");

    /// <summary>
    /// Both keys are in it: a man in the middle, who has keys of his own, can pass nothing on.
    /// </summary>
    public static byte[] Proof(InviteKey invite, byte[] role, ReadOnlySpan<byte> door, ReadOnlySpan<byte> newcomer, ReadOnlySpan<byte> newcomersNonce, ReadOnlySpan<byte> doorsNonce) =>
        HMACSHA256.HashData(invite.ToBytes(), (byte[])[.. role, .. door, .. newcomer, .. newcomersNonce, .. doorsNonce]);

    public static bool IsProof(ReadOnlySpan<byte> said, ReadOnlySpan<byte> right) => CryptographicOperations.FixedTimeEquals(said, right);

    /// <summary>Says something.</summary>
    /// <exception cref="IOException">The other has gone.</exception>
    public static async Task Write(Stream stream, IMessage message, CancellationToken cancel)
    {
        var frame = new byte[sizeof(uint) + message.CalculateSize()];
        BinaryPrimitives.WriteUInt32LittleEndian(frame, (uint)(frame.Length - sizeof(uint)));
        message.WriteTo(frame.AsSpan(sizeof(uint)));
        await stream.WriteAsync(frame, cancel).ConfigureAwait(false);
        await stream.FlushAsync(cancel).ConfigureAwait(false);
    }

    /// <summary>Hears something.</summary>
    /// <exception cref="IOException">The other has gone.</exception>
    /// <exception cref="InvalidDataException">It is too long, or nothing of the kind.</exception>
    public static async Task<T> Read<T>(Stream stream, MessageParser<T> parser, int most, CancellationToken cancel)
        where T : IMessage<T>
    {
        var length = new byte[sizeof(uint)];
        await stream.ReadExactlyAsync(length, cancel).ConfigureAwait(false);
        var bytes = BinaryPrimitives.ReadUInt32LittleEndian(length);
        if (bytes > most)
        {
            throw new InvalidDataException();
        }

        var frame = new byte[bytes];
        await stream.ReadExactlyAsync(frame, cancel).ConfigureAwait(false);
        try
        {
            return parser.ParseFrom(frame);
        }
        catch (InvalidProtocolBufferException)
        {
            throw new InvalidDataException();
        }
    }

    /// <summary>A circle, and where its nodes are, as a door answers.</summary>
    public static Proto.DoorAnswer Granted(Circle circle, IEnumerable<string> addresses) =>
        new() { Records = { circle.Records.Select(r => ByteString.CopyFrom(r.Bytes.Span)) }, Addresses = { addresses.Take(Limits.Nodes) } };

    /// <summary>That a device was put out, so that it can check it: behind those that let the signer in, from the founder on, since it may be new to who was away.</summary>
    public static Proto.DoorAnswer PutOut(Circle circle, Expulsion expulsion)
    {
        var records = new List<CircleRecord>();
        for (CircleRecord? next = expulsion; next is not null && !records.Contains(next); next = circle.AdmissionOf(next.By))
        {
            records.Insert(0, next);
        }

        return new() { WhyNot = "this device was put out", Records = { records.Select(r => ByteString.CopyFrom(r.Bytes.Span)) } };
    }

    /// <summary>The records in an answer. Whether they are a circle, and whose, is another question.</summary>
    /// <exception cref="InvalidDataException">Not all of them are records.</exception>
    public static List<CircleRecord> Records(Proto.DoorAnswer answer) => answer.Records.Count <= Limits.CircleRecords
        ? [.. answer.Records.Select(r => CircleRecord.TryRead(r.ToByteArray()) ?? throw new InvalidDataException())]
        : throw new InvalidDataException();

    /// <summary>The addresses in it that can be some.</summary>
    public static IReadOnlyList<string> Addresses(Proto.DoorAnswer answer) =>
        [.. answer.Addresses.Take(Limits.Nodes).Where(a => a.Length is > 0 and <= WireLimits.AddressLength && PlainText.IsLine(a) && !a.Any(c => PlainText.IsWhiteSpace(c)))];

    /// <summary>What stands in a line for people, whoever has said it.</summary>
    public static string Line(string text) => text.Length <= WireLimits.ReasonLength && PlainText.IsLine(text) ? text : "it does not say why as doors do";
}
