using Google.Protobuf;
using Norris.Actors.Devices;
using Norris.Core.Room;

namespace Norris.Actors.Transport;

/// <summary>
/// The only thing that talks to devices that are not in: tells who belongs together to who does, and lets in who shows an invite. The door proves first that it knows the invite, so that a false one
/// learns nothing.
/// </summary>
internal sealed class CircleDoor(RoomSecurity security, TimeProvider time)
{
    public const string IsNone = "this device is none of the circle's: ask for an invite";
    public const string IsWrong = "there is no such invite in this room: it may be another room's, or be over for long";

    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly Queue<long> _wrong = new();
    private int _callers;

    /// <summary>Answers one caller.</summary>
    /// <param name="stream">Encrypted.</param>
    /// <param name="caller">The key that it has proven to have.</param>
    /// <param name="cancel">Cancelled when the node ends.</param>
    public async Task Serve(Stream stream, ReadOnlyMemory<byte> caller, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(TransportLimits.DoorMs);
        var answer = Interlocked.Increment(ref _callers) > TransportLimits.DoorCallersAtOnce
            ? Not("too many others are at the door: try again in a moment")
            : await Hear(stream, caller, limit.Token).ConfigureAwait(false);
        Interlocked.Decrement(ref _callers);
        await DoorWords.Say(stream, answer, cancel).ConfigureAwait(false);
    }

    private static DoorWord Not(string why) => new() { WhyNot = why };

    private async Task<DoorWord> Hear(Stream stream, ReadOnlyMemory<byte> caller, CancellationToken cancel)
    {
        try
        {
            var question = await DoorWords.Hear(stream, TransportLimits.DoorBytes, cancel).ConfigureAwait(false);
            var device = DeviceId.Of(caller.Span);
            return security.Room is not { Circle: { } circle } room ? Not("the node at this door is in no room now: try another one")
                : question.List ? circle.WhyNotIn(device) is null ? All(room) : Not(circle.Circle.ExpulsionOf(device) is null ? IsNone : circle.WhyNotIn(device)!)
                : await Redeem(stream, question, caller, circle, room, cancel).ConfigureAwait(false);
        }
        catch (InvalidDataException)
        {
            return Not("that is no question for a door");
        }
        catch (OperationCanceledException)
        {
            return Not("the question took too long");
        }
    }

    private async Task<DoorWord> Redeem(Stream stream, DoorWord question, ReadOnlyMemory<byte> caller, RoomCircle circle, IRoomAtDoor room, CancellationToken cancel)
    {
        if (!question.HasInvite || InviteId.Of(question.Invite) is not { } id || question.Nonce.Length != DoorWords.NonceBytes || caller.Length != Admission.KeyLength)
        {
            return Not("that is no question for a door");
        }

        if (AreTooManyWrong())
        {
            return Not("too many have shown a wrong invite here: try again in a minute");
        }

        if (circle.Find(id) is not { Invite: var invite })
        {
            IsOneMore();
            return Not(IsWrong);
        }

        var (own, nonce) = (security.Device.PublicKey, DoorWords.Nonce());
        await DoorWords.Say(
            stream, new DoorWord { Nonce = nonce, Proof = ByteString.CopyFrom(Proof(isOfDoor: true)) }, cancel).ConfigureAwait(false);
        if (!DoorWords.IsProof((await DoorWords.Hear(stream, TransportLimits.DoorBytes, cancel).ConfigureAwait(false)).Proof, Proof(isOfDoor: false)))
        {
            IsOneMore();
            return Not(IsWrong);
        }

        try
        {
            return await room.Admit(caller, invite, cancel).ConfigureAwait(false) is { } why ? Not(why) : All(room);
        }
        catch (OperationCanceledException)
        {
            return Not("the room cannot let anybody in now: it may have no majority");
        }

        byte[] Proof(bool isOfDoor) => DoorWords.Proof(invite.Key, isOfDoor, own.Span, caller.Span, nonce.Span, question.Nonce.Span);
    }

    private DoorWord All(IRoomAtDoor room) => new()
    {
        Records = { security.Circle!.Records.Select(r => ByteString.CopyFrom(r.Bytes.Span)) },
        Addresses = { room.Addresses },
    };

    private bool AreTooManyWrong()
    {
        lock (_gate)
        {
            while (_wrong.TryPeek(out var at) && time.GetElapsedTime(at) >= Minute)
            {
                _wrong.Dequeue();
            }

            return _wrong.Count >= TransportLimits.DoorWrongProofs;
        }
    }

    private void IsOneMore()
    {
        lock (_gate)
        {
            _wrong.Enqueue(time.GetTimestamp());
        }
    }
}
