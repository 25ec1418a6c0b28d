using System.Security.Cryptography;
using Norris.Core.Protocol;
using Norris.Core.Room;
using Question = Norris.Actors.Devices.Proto.DoorQuestion.QuestionOneofCase;

namespace Norris.Actors.Devices;

/// <summary>
/// The only thing of a room for certain devices that talks to strangers. It answers two questions: a device that is in gets all records and where nodes are; a newcomer that proves
/// to know an invite is let in by the order. The door proves it first, so a false one learns nothing. Of the node's own device it also takes what that says of invites in another process. Any thread may
/// call.
/// </summary>
/// <param name="device">This node's own, which signs admissions.</param>
/// <param name="room">The room behind it.</param>
/// <param name="time">The time.</param>
internal sealed class Door(Device device, IDoorRoom room, TimeProvider time)
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly Queue<long> _wrong = [];
    private int _callers;

    /// <summary>Answers one caller, who may be anybody.</summary>
    /// <param name="stream">What it says, and hears.</param>
    /// <param name="caller">The key that it has proven to have.</param>
    /// <param name="ending">Cancelled when the node ends.</param>
    public async Task Serve(Stream stream, ReadOnlyMemory<byte> caller, CancellationToken ending)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMilliseconds(DoorLimits.CallMs), time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(ending, limit.Token);
        try
        {
            // Who says nothing takes nobody's place.
            var question = await DoorMessages.Read(stream, Proto.DoorQuestion.Parser, DoorLimits.QuestionBytes, both.Token).ConfigureAwait(false);
            try
            {
                var answer = Interlocked.Increment(ref _callers) > DoorLimits.CallersAtOnce ? No("too many others are at this door: try again in a moment")
                    : await Answer(stream, question, caller, both.Token).ConfigureAwait(false);
                await DoorMessages.Write(stream, answer, both.Token).ConfigureAwait(false);
            }
            finally
            {
                Interlocked.Decrement(ref _callers);
            }
        }
        catch (Exception e) when (e is IOException or InvalidDataException or OperationCanceledException or ObjectDisposedException)
        {
            // It has gone, or does not speak as callers do, or takes too long: there is nobody to tell.
        }
    }

    private static Proto.DoorAnswer No(string why) => new() { WhyNot = why };

    private async Task<Proto.DoorAnswer> Answer(Stream stream, Proto.DoorQuestion question, ReadOnlyMemory<byte> caller, CancellationToken cancel)
    {
        if (room.Circle is not { } circle)
        {
            return No("this node is in no room just now: try again in a moment, or another node");
        }

        return question.QuestionCase switch
        {
            Question.List => List(circle, DeviceId.Of(caller.Span)),
            Question.Invite or Question.TakeBack => DeviceId.Of(caller.Span) == device.Id ? await Obey(circle, question, cancel).ConfigureAwait(false)
                : No("only the device that this node is on may have it make an invite, or take one back"),
            Question.Redeem => await Redeem(stream, circle, question.Redeem, caller, cancel).ConfigureAwait(false),
            _ => throw new InvalidDataException(),
        };
    }

    private Proto.DoorAnswer List(RoomCircle circle, DeviceId caller) => circle.Circle.Contains(caller) ? DoorMessages.Granted(circle.Circle, room.Addresses)
        : circle.Circle.ExpulsionOf(caller) is { } expulsion ? DoorMessages.PutOut(circle.Circle, expulsion)
        : No("this device is none of the room's: ask for an invite");

    private async Task<Proto.DoorAnswer> Redeem(Stream stream, RoomCircle circle, Proto.DoorRedeem question, ReadOnlyMemory<byte> caller, CancellationToken cancel)
    {
        if (IsTried())
        {
            return No("too many wrong codes were tried here: try again in a minute");
        }

        if (InviteId.Of(question.Invite) is not { } id || question.Nonce.Length != DoorMessages.NonceLength)
        {
            throw new InvalidDataException();
        }

        if (circle.Find(id) is not { Invite: var invite })
        {
            IsWrong();
            return No($"there is no invite {id} here, or it is long over: ask for another one");
        }

        var own = device.PublicKey;
        var nonce = RandomNumberGenerator.GetBytes(DoorMessages.NonceLength);
        byte[] Proof(byte[] role) => DoorMessages.Proof(invite.Key, role, own.Span, caller.Span, question.Nonce.Span, nonce);
        var challenge = new Proto.DoorChallenge { Nonce = Google.Protobuf.ByteString.CopyFrom(nonce), Proof = Google.Protobuf.ByteString.CopyFrom(Proof(DoorMessages.TheDoor)) };
        await DoorMessages.Write(stream, new Proto.DoorAnswer { Challenge = challenge }, cancel).ConfigureAwait(false);

        // Counted until the proof is there: else who has heard the first letters of an invite holds all places here, for as long as it likes.
        IsWrong();
        var answer = await DoorMessages.Read(stream, Proto.DoorProof.Parser, DoorLimits.QuestionBytes, cancel).ConfigureAwait(false);
        if (!DoorMessages.IsProof(answer.Proof.Span, Proof(DoorMessages.TheNewcomer)))
        {
            return No("the code is another one than that of the invite");
        }

        IsRight();

        // The answer to who comes in may be lost: asked again, it is the same.
        return circle.Circle.Contains(DeviceId.Of(caller.Span)) ? DoorMessages.Granted(circle.Circle, room.Addresses)
            : await LetIn(circle, invite, caller, answer.Name, cancel).ConfigureAwait(false);
    }

    private async Task<Proto.DoorAnswer> LetIn(RoomCircle circle, Invite invite, ReadOnlyMemory<byte> caller, string wanted, CancellationToken cancel)
    {
        var name = invite.Name.Length > 0 ? invite.Name : Names.TryNormalise(wanted, out var normal, out _) ? normal : "";
        var record = Admission.Of(circle.Circle.Id, caller.Span, invite.Owner, name, device.Id, time.GetUtcNow().ToUnixTimeMilliseconds(), device.Sign, invite.Id);
        return await Submit(new DeviceAdmitted(record, invite.Id), "the room cannot let anybody in now, since it has no majority: try again in a moment", cancel).ConfigureAwait(false) is { } whyNot ? No(whyNot)
            : room.Circle is { } now ? DoorMessages.Granted(now.Circle, room.Addresses)
            : No("this node has just left the room: try another node; the invite may be used by now");
    }

    /// <summary>What the device itself says, to its node.</summary>
    private async Task<Proto.DoorAnswer> Obey(RoomCircle circle, Proto.DoorQuestion question, CancellationToken cancel)
    {
        CircleEntry entry;
        if (question.QuestionCase == Question.TakeBack)
        {
            entry = new InviteGone(InviteId.Of(question.TakeBack) ?? throw new InvalidDataException(), device.Id);
        }
        else if (InviteId.Of(question.Invite.Invite) is { } id && InviteKey.Read(question.Invite.Key.Span) is { } key && question.Invite is { Uses: > 0, LastsMs: > 0 } made
            && (made.Name.Length == 0 || (Names.TryNormalise(made.Name, out var name, out _) && name == made.Name)))
        {
            var now = Math.Max(time.GetUtcNow().ToUnixTimeMilliseconds(), room.LastStamp);
            entry = new InviteMade(new Invite(id, key, device.Id, now + Math.Min(made.LastsMs, Limits.LatestTime - now), made.Uses, made.Name, OwnerId.Nobody));
        }
        else
        {
            throw new InvalidDataException();
        }

        return await Submit(entry, "the room cannot do that now, since it has no majority: try again in a moment", cancel).ConfigureAwait(false) is { } whyNot ? No(whyNot)
            : DoorMessages.Granted((room.Circle ?? circle).Circle, room.Addresses);
    }

    /// <summary>Null: it is in the order.</summary>
    private async Task<string?> Submit(CircleEntry entry, string whyNotInTime, CancellationToken cancel)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMilliseconds(DoorLimits.AdmitMs), time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancel, limit.Token);
        try
        {
            return await room.Submit(entry, both.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return whyNotInTime;
        }
    }

    private void IsWrong()
    {
        lock (_wrong)
        {
            _wrong.Enqueue(time.GetTimestamp());
        }
    }

    private void IsRight()
    {
        lock (_wrong)
        {
            _wrong.TryDequeue(out _);
        }
    }

    private bool IsTried()
    {
        lock (_wrong)
        {
            while (_wrong.TryPeek(out var at) && time.GetElapsedTime(at) >= Minute)
            {
                _wrong.Dequeue();
            }

            return _wrong.Count >= DoorLimits.WrongProofsPerMinute;
        }
    }
}
