using System.Runtime.Serialization;
using Google.Protobuf;
using Norris.Core.Protocol;
using Norris.Core.Room;
using Case = Norris.Actors.Wire.Proto.CircleRequest.EntryOneofCase;

namespace Norris.Actors.Wire;

/// <summary>What is said about a circle, to and from norris.proto. Whether a record is signed by who may is for those to judge who fold it; a whole circle is checked here, as it is read.</summary>
internal static class CircleWire
{
    public static Proto.CircleRequest Request(CircleEntry entry) => entry switch
    {
        DeviceAdmitted e => new() { DeviceAdmitted = Write(e) },
        DeviceExpelled e => new() { DeviceExpelled = Write(e) },
        InviteMade e => new() { InviteMade = Write(e.Invite) },
        InviteGone e => new() { InviteGone = Write(e) },
        _ => throw new SerializationException($"{entry.GetType()} has no place on the wire."),
    };

    public static CircleEntry Entry(Proto.CircleRequest m) => m.EntryCase switch
    {
        Case.DeviceAdmitted => Read(m.DeviceAdmitted),
        Case.DeviceExpelled => Read(m.DeviceExpelled),
        Case.InviteMade => new InviteMade(Read(m.InviteMade)),
        Case.InviteGone => Read(m.InviteGone),
        _ => throw WireCheck.Bad("a request about a circle holds nothing that this version knows"),
    };

    public static ByteString Write(DeviceId? device) => device is { } its ? Bytes(its.ToBytes()) : ByteString.Empty;

    public static DeviceId? Device(ByteString bytes) => bytes.IsEmpty ? null : Whole(bytes);

    public static Proto.DeviceAdmitted Write(DeviceAdmitted e)
    {
        var admitted = new Proto.DeviceAdmitted { Record = Bytes(e.Record.Bytes) };
        if (e.Invite is { } invite)
        {
            admitted.Invite = invite.Value;
        }

        return admitted;
    }

    public static DeviceAdmitted Read(Proto.DeviceAdmitted m) => new(Record<Admission>(m.Record), m.HasInvite ? Invite(m.Invite) : null);

    public static Proto.DeviceExpelled Write(DeviceExpelled e) => new() { Record = Bytes(e.Record.Bytes) };

    public static DeviceExpelled Read(Proto.DeviceExpelled m) => new(Record<Expulsion>(m.Record));

    public static Proto.InviteMade Write(Invite i) => new()
    {
        Id = i.Id.Value,
        Key = Bytes(i.Key.ToBytes()),
        By = Write(i.By),
        Until = i.Until,
        Uses = i.Uses,
        Name = i.Name,
        Owner = WireWriter.Owner(i.Owner),
    };

    public static Invite Read(Proto.InviteMade? m)
    {
        WireCheck.That(m is { Uses: >= 1 and <= Limits.InviteUses }, "an invite is for nobody, or for too many");
        var key = InviteKey.Read(m!.Key.Span) ?? throw WireCheck.Bad("the key of an invite has another length");
        return new(Invite(m.Id), key, Whole(m.By), WireCheck.Time(m.Until), m.Uses, m.Name.Length == 0 ? "" : WireCheck.Name(m.Name), WireReader.Owner(m.Owner));
    }

    public static Proto.InviteGone Write(InviteGone e) => new() { Id = e.Invite.Value, By = Write(e.By) };

    public static InviteGone Read(Proto.InviteGone m) => new(Invite(m.Id), Whole(m.By));

    public static Proto.Circle? Write(RoomCircle? circle) => circle is null ? null : new()
    {
        Records = { circle.Circle.Records.Select(r => Bytes(r.Bytes)) },
        Invites =
        {
            circle.Invites.Select(i => new Proto.InviteState { Invite = Write(i.Invite), Left = i.Left, Standing = (int)i.Standing, Whose = Write(i.Whose), Since = i.Since })
        },
    };

    public static RoomCircle? Read(Proto.Circle? m)
    {
        if (m is null)
        {
            return null;
        }

        WireCheck.AtMost(m.Records.Count, Limits.CircleRecords, "records of a circle");
        WireCheck.AtMost(m.Invites.Count, Limits.Invites, "invites");
        try
        {
            return new(Circle.Read(m.Records.Select(Record<CircleRecord>), DeviceSignature.IsBy), [.. m.Invites.Select(Read)]);
        }
        catch (FormatException)
        {
            throw WireCheck.Bad("a circle has records that nobody of it has signed");
        }
    }

    private static InviteState Read(Proto.InviteState m)
    {
        var invite = Read(m.Invite);
        WireCheck.That(m.Left >= 0 && m.Left <= invite.Uses && m.Standing is >= 0 and <= (int)InviteStanding.Void && (m.Left > 0 || m.Standing == (int)InviteStanding.Used), "an invite stands as none can");
        return new(invite, m.Left, (InviteStanding)m.Standing, Whole(m.Whose), WireCheck.Time(m.Since));
    }

    /// <summary>A copy: the frame that it came in does not stay for it.</summary>
    private static T Record<T>(ByteString bytes)
        where T : CircleRecord
    {
        WireCheck.AtMost(bytes.Length, CircleRecord.MaxLength, "bytes in a record of a circle");
        return CircleRecord.TryRead(bytes.ToByteArray()) as T ?? throw WireCheck.Bad("a record of a circle is not well formed");
    }

    private static InviteId Invite(int id) => InviteId.Of(id) ?? throw WireCheck.Bad("an invite has no such name");

    private static DeviceId Whole(ByteString bytes) => bytes.Length == DeviceId.Length ? DeviceId.Read(bytes.Span) : throw WireCheck.Bad("the id of a device has another length");

    private static ByteString Bytes(ReadOnlyMemory<byte> bytes) => UnsafeByteOperations.UnsafeWrap(bytes);
}
