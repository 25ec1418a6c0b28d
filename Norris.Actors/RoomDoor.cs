using System.Net.Sockets;
using Google.Protobuf;
using Norris.Actors.Devices;
using Norris.Actors.Transport;
using Norris.Core.Protocol;
using Norris.Core.Room;

namespace Norris.Actors;

/// <summary>What a device asks at the door of a room with a circle, before it has a node: who belongs together, and to be let in with an invite. Any node of the room has a door, at its own port.</summary>
public static class RoomDoor
{
    /// <summary>What a door has told.</summary>
    /// <param name="Circle">Who belongs together.</param>
    /// <param name="Addresses">Where the members of the room listen, as in <c>192.168.1.7:4053</c>.</param>
    public sealed record Answer(Circle Circle, IReadOnlyList<string> Addresses);

    /// <summary>Shows an invite, and completes when this device is in.</summary>
    /// <param name="own">This device.</param>
    /// <param name="host">Where a node of the room listens.</param>
    /// <param name="port">Its port.</param>
    /// <param name="code">The invite.</param>
    /// <param name="cancel">Ends it.</param>
    /// <exception cref="RoomException">It is not let in, with the reason.</exception>
    public static Task<Answer> RedeemAsync(Device own, string host, int port, InviteCode code, CancellationToken cancel = default) => Ask(
        own,
        host,
        port,
        _ => true,
        async (stream, door, limit) =>
        {
            var newcomer = own.PublicKey;
            var nonce = DoorWords.Nonce();
            await DoorWords.Say(stream, new DoorWord { Invite = code.Id.Value, Nonce = nonce }, limit).ConfigureAwait(false);
            var shown = await HearOrNot(stream, limit).ConfigureAwait(false);
            byte[] Proof(bool isOfDoor) => DoorWords.Proof(code.Key, isOfDoor, door.Span, newcomer.Span, shown.Nonce.Span, nonce.Span);
            if (door.Length != Admission.KeyLength || shown.Nonce.Length != DoorWords.NonceBytes || !DoorWords.IsProof(shown.Proof, Proof(isOfDoor: true)))
            {
                throw new RoomException($"whoever answers at {host}:{port} does not know this invite: not connected");
            }

            await DoorWords.Say(stream, new DoorWord { Proof = ByteString.CopyFrom(Proof(isOfDoor: false)) }, limit).ConfigureAwait(false);
        },
        cancel);

    /// <summary>Asks who belongs together by now, and who is there.</summary>
    /// <param name="security">This device, and its circle as it knows it.</param>
    /// <param name="host">Where a node of the room listens.</param>
    /// <param name="port">Its port.</param>
    /// <param name="cancel">Ends it.</param>
    /// <exception cref="RoomException">It is not told, with the reason: this device was put out, for instance.</exception>
    public static Task<Answer> ListAsync(RoomSecurity security, string host, int port, CancellationToken cancel = default) => Ask(
        security.Device,
        host,
        port,
        security.Known.Contains,
        (stream, _, limit) => DoorWords.Say(stream, new DoorWord { List = true }, limit),
        cancel);

    private static async Task<Answer> Ask(
        Device own, string host, int port, Func<DeviceId, bool> mayBe, Func<Stream, ReadOnlyMemory<byte>, CancellationToken, Task> ask, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(TransportLimits.DoorMs);
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(host, port, limit.Token).ConfigureAwait(false);
            var (stream, door) = await Tls.CallDoor(client.GetStream(), own, mayBe, limit.Token).ConfigureAwait(false);
            await using (stream.ConfigureAwait(false))
            {
                await ask(stream, door, limit.Token).ConfigureAwait(false);
                var answer = await HearOrNot(stream, limit.Token).ConfigureAwait(false);
                return new Answer(CircleOf(answer), [.. answer.Addresses.Take(Limits.Nodes)]);
            }
        }
        catch (RefusedException e)
        {
            throw new RoomException($"{host}:{port}: {e.Message}{(e.Shown is { } shown ? $" (device {shown.Beginning})" : "")}");
        }
        catch (SocketException e)
        {
            throw new RoomException($"nobody answers at {host}:{port}: {e.Message}");
        }
        catch (Exception e) when (e is IOException or InvalidDataException or FormatException)
        {
            throw new RoomException($"what answers at {host}:{port} is no door of a Norris room, or has closed the connection");
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new RoomException($"no answer from a door at {host}:{port} within {TransportLimits.DoorMs / 1000} s");
        }
    }

    private static Circle CircleOf(DoorWord answer) => Circle.Read(
        answer.Records.Select(r => CircleRecord.TryRead(r.ToByteArray()) ?? throw new FormatException("a record is not well formed")), DeviceSignature.IsBy);

    private static async Task<DoorWord> HearOrNot(Stream stream, CancellationToken cancel)
    {
        var answer = await DoorWords.Hear(stream, TransportLimits.DoorAnswerBytes, cancel).ConfigureAwait(false);
        return answer.WhyNot.Length == 0 ? answer : throw new RoomException(Readable(answer.WhyNot));
    }

    /// <summary>It may be anybody who says so.</summary>
    private static string Readable(string why) => new([.. why.Take(Wire.WireLimits.ReasonLength).Select(c => char.IsControl(c) || char.IsSurrogate(c) ? '?' : c)]);
}
