using System.Buffers.Binary;
using System.Runtime.Serialization;
using Google.Protobuf;
using Norris.Actors.History;
using Norris.Actors.Membership;
using Norris.Core.Protocol;
using Norris.Core.Room;

namespace Norris.Actors.Wire;

/// <summary>From what nodes hold in memory to the frames of norris.proto. Texts are copied once, into the frame.</summary>
internal static class WireWriter
{
    /// <summary>What a frame begins with: the length of its head.</summary>
    public const int HeadLengthBytes = sizeof(int);

    /// <exception cref="SerializationException">The message has no place on the wire, or is too large for it.</exception>
    public static byte[] Write(FromNode message)
    {
        var kind = Kind.Of(message.Message);
        var texts = new List<ReadOnlyMemory<byte>>();
        var frame = Frame(message.Message, texts);
        frame.From = Node(message.From);

        // The receivers would drop what is too large, and nobody would know why.
        var head = frame.CalculateSize();
        var size = HeadLengthBytes + head + texts.Sum(t => (long)t.Length);
        if (size > kind.MaxBytes)
        {
            throw new SerializationException($"{message.Message.GetType().Name} has no place on the wire with {size} bytes: {kind.MaxBytes} is the most.");
        }

        // Filled to its last byte.
        var bytes = GC.AllocateUninitializedArray<byte>((int)size);
        var rest = bytes.AsSpan();
        BinaryPrimitives.WriteInt32LittleEndian(rest, head);
        rest = rest[HeadLengthBytes..];
        frame.WriteTo(rest[..head]);
        rest = rest[head..];
        foreach (var text in texts)
        {
            text.Span.CopyTo(rest);
            rest = rest[text.Length..];
        }

        return bytes;
    }

    /// <param name="message">What the frame says.</param>
    /// <param name="texts">Gets the texts of its blocks, which follow the frame in this order.</param>
    private static Proto.Frame Frame(Message message, List<ReadOnlyMemory<byte>> texts) => message switch
    {
        Ordered m => new() { Ordered = new() { Epoch = m.Epoch.Value, Records = { m.Records.Select(r => Record(r, texts)) }, Stable = m.Stable.Value, Trim = m.Trim.Value } },
        Submit m => new() { Submit = new() { Block = Block(m.Block, texts) } },
        Ack m => new() { Ack = new() { Epoch = m.Epoch.Value, Life = m.Life, Received = m.Received.Value, Hash = m.Hash, Sent = Moment(m.Sent), Heard = Moment(m.Heard) } },
        Progress m => new() { Progress = new() { Epoch = m.Epoch.Value, Highest = m.Highest.Value, Stable = m.Stable.Value, Trim = m.Trim.Value, Acks = Acks(m.Acks) } },
        Page m => new() { Page = Page(m, texts) },
        Fetch m => new() { Fetch = new() { Epoch = m.Epoch.Value, After = m.After.Value } },
        JoinRequest m => new() { JoinRequest = new() { Life = m.Life, Device = CircleWire.Write(m.Device) } },
        RoomChangeRequest m => new() { RoomChangeRequest = SettingsWire.Write(m.Entry) },
        CircleRequest m => new() { CircleRequest = CircleWire.Request(m.Entry) },
        LeaveRequest => new() { LeaveRequest = new() },
        UserJoinRequest m => new() { UserJoinRequest = new() { User = m.User.Value, Wanted = m.Wanted, Proof = Bytes(m.Proof), FirstCounter = m.FirstCounter } },
        UserLeaveRequest m => new() { UserLeaveRequest = new() { User = m.User.Value } },
        UserRenameRequest m => new() { UserRenameRequest = new() { User = m.User.Value, Wanted = m.Wanted } },
        RecordingRequest m => new() { RecordingRequest = new() { Recording = m.Recording } },
        JoinRefused m => new() { JoinRefused = new() { Reason = m.Reason, ForGood = m.IsForGood } },
        UserRefused m => new() { UserRefused = new() { User = m.User.Value, Reason = m.Reason } },
        Expelled m => new() { Expelled = new() { Epoch = m.Epoch.Value, Life = m.Life } },
        Prepare m => new() { Prepare = new() { Candidate = m.Candidate.Value } },
        Promise m => new() { Promise = Promise(m) },
        EpochRefused m => new() { EpochRefused = new() { Promised = m.Promised.Value } },
        RecoveryFetch m => new() { RecoveryFetch = RecoveryFetch(m) },
        RecoveryPage m => new() { RecoveryPage = RecoveryPage(m, texts) },
        NewEpoch m => new() { NewEpoch = NewEpoch(m) },
        NewEpochRequest m => new() { NewEpochRequest = new() { Epoch = m.Epoch.Value } },
        Farewell => new() { Farewell = new() },
        HostReport m => new() { HostReport = new() { Host = Node(m.Host), Silent = m.Silent, Unheard = { m.Unheard.Select(Node) } } },
        WhoIsThere => new() { WhoIsThere = new() },
        ItIsI m => new() { ItIsI = new() { Room = m.Room.Value, Epoch = m.Epoch.Value, At = m.At.Value, WithYou = m.WithYou, GoesOn = m.GoesOn } },
        RoomQuestion m => new() { RoomQuestion = new() { Asked = Moment(m.Asked), MayI = m.MayI } },
        RoomAnswer m => new() { RoomAnswer = new() { Asked = Moment(m.Asked), Room = m.Room.Value, Standing = Standing(m.Standing), LookedFor = m.LookedFor } },
        HistoryQuery m => new() { HistoryQuery = HistoryWire.Write(m) },
        HistoryAnswer m => new() { HistoryAnswer = HistoryWire.Write(m) },
        _ => throw new SerializationException($"{message.GetType()} has no place on the wire."),
    };

    private static Proto.MemberAcks? Acks(MemberAcks? m) =>
        m is null ? null : new()
        {
            MembersSince = m.MembersSince.Value,
            Members = { m.Members.Select(a => new Proto.MemberAck { Received = a.Received.Value, Sent = Moment(a.Sent) }) },
            Sent = Moment(m.Sent),
        };

    private static Proto.Moment? Moment(Now m) => m == default ? null : new() { Elapsed = m.Elapsed, Wall = m.Wall };

    private static Proto.Page Page(Page m, List<ReadOnlyMemory<byte>> texts) => new()
    {
        Epoch = m.Epoch.Value,
        Snapshot = Snapshot(m.Snapshot),
        Records = { m.Records.Select(r => Record(r, texts)) },
        Highest = m.Highest.Value,
        Stable = m.Stable.Value,
    };

    private static Proto.RecoveryPage RecoveryPage(RecoveryPage m, List<ReadOnlyMemory<byte>> texts) => new()
    {
        Candidate = m.Candidate.Value,
        Snapshot = Snapshot(m.Snapshot),
        Records = { m.Records.Select(r => Record(r, texts)) },
        Stable = m.Stable.Value,
    };

    private static Proto.RecoveryFetch RecoveryFetch(RecoveryFetch m)
    {
        var fetch = new Proto.RecoveryFetch { Candidate = m.Candidate.Value };
        if (m.After is { } after)
        {
            fetch.After = after.Value;
        }

        return fetch;
    }

    private static Proto.Promise Promise(Promise m) => new()
    {
        Candidate = m.Candidate.Value,
        Room = m.Room.Value,
        Delivery = Delivery(m.Delivery),
        LastEpoch = m.LastEpoch.Value,
        Received = m.Received.Value,
        Stable = m.Stable.Value,
        Members = { m.Members.Select(Node) },
        MembersSince = m.MembersSince.Value,
        HeardBy = m.HeardBy is { } host ? Node(host) : null,
        HeardAgo = m.HeardAgo,
        MembersBefore = { (m.MembersBefore ?? []).Select(Node) },
        StableBy = m.StableBy.Value,
    };

    private static Proto.NewEpoch NewEpoch(NewEpoch m) => new()
    {
        Epoch = m.Epoch.Value,
        Room = m.Room.Value,
        SnapshotIndex = m.SnapshotIndex.Value,
        Highest = m.Highest.Value,
        EpochRanges = { Ranges(m.EpochRanges) },
        Members = { m.Members.Select(Node) },
    };

    private static Proto.LogRecord Record(LogRecord r, List<ReadOnlyMemory<byte>> texts)
    {
        var record = new Proto.LogRecord { First = r.First.Value, Epoch = r.Epoch.Value, OrderedAt = r.OrderedAt };
        switch (r.Entry)
        {
            case Said e:
                record.Said = Block(e.Block, texts);
                break;
            case NodeJoined e:
                record.NodeJoined = new() { Node = Node(e.Node), Life = e.Life, Device = CircleWire.Write(e.Device) };
                break;
            case NodeLeft e:
                record.NodeLeft = new() { Node = Node(e.Node), Reason = Reason(e.Reason) };
                break;
            case UserJoined e:
                record.UserJoined = new() { User = e.User.Value, Name = e.Name, Node = Node(e.Node), Owner = Owner(e.Owner), FirstCounter = e.FirstCounter };
                break;
            case UserLeft e:
                record.UserLeft = new() { User = e.User.Value, Reason = Reason(e.Reason) };
                break;
            case UserRenamed e:
                record.UserRenamed = new() { User = e.User.Value, Name = e.Name };
                break;
            case RoomChanged e:
                record.RoomChanged = SettingsWire.Write(e);
                break;
            case EpochStarted e:
                record.EpochStarted = new() { Host = Node(e.Host), MayHaveLost = e.MayHaveLost };
                break;
            case RecordingChanged e:
                record.RecordingChanged = new() { Node = Node(e.Node), Recording = e.Recording };
                break;
            case DeviceAdmitted e:
                record.DeviceAdmitted = CircleWire.Write(e);
                break;
            case DeviceExpelled e:
                record.DeviceExpelled = CircleWire.Write(e);
                break;
            case InviteMade e:
                record.InviteMade = CircleWire.Write(e.Invite);
                break;
            case InviteGone e:
                record.InviteGone = CircleWire.Write(e);
                break;
            default:
                throw new SerializationException($"{r.Entry.GetType()} has no place on the wire.");
        }

        return record;
    }

    private static Proto.Snapshot? Snapshot(RoomSnapshot? s) => s is null ? null : new()
    {
        Room = s.Room.Value,
        Delivery = Delivery(s.Delivery),
        At = s.At.Value,
        Epoch = s.Epoch.Value,
        Host = s.Host is { } host ? Node(host) : null,
        Hash = s.Hash,
        LastEpoch = s.LastEpoch.Value,
        Members = { s.Members.Select(m => new Proto.NodeJoined { Node = Node(m.Node), Life = m.Life, Device = CircleWire.Write(m.Device) }) },
        MembersSince = s.MembersSince.Value,
        Users =
        {
            s.Users.Select(u => new Proto.PresentUser
            {
                User = u.User.Value, Name = u.Name, Node = Node(u.Node), Owner = Owner(u.Owner), LastCounter = u.LastCounter,
            })
        },
        Departed =
        {
            s.Departed.Select(u => new Proto.DepartedUser
            {
                User = u.User.Value, Name = u.Name, Owner = Owner(u.Owner), LastCounter = u.LastCounter, LeftAt = u.LeftAt,
            })
        },
        Recording = { s.Recording.Select(Node) },
        LastStamp = s.LastStamp,
        ForgottenAt = s.ForgottenAt.Value,
        Circle = CircleWire.Write(s.Circle),
        EpochRanges = { Ranges(s.EpochRanges) },
        Name = SettingsWire.Write(s.Settings.Name),
        Topic = SettingsWire.Write(s.Settings.Topic),
        LastMessages = SettingsWire.Write(s.Settings.Last),
    };

    private static IEnumerable<Proto.EpochRange> Ranges(IEnumerable<EpochRange> ranges) => ranges.Select(r => new Proto.EpochRange { Epoch = r.Epoch.Value, Last = r.Last.Value });

    private static Proto.Said Block(SaidBlock b, List<ReadOnlyMemory<byte>> texts)
    {
        texts.Add(b.Texts);
        return new() { User = b.User.Value, FirstCounter = b.FirstCounter, Count = b.Count, SentAt = b.SentAt, TextsLength = b.Texts.Length };
    }

    private static Proto.Node Node(NodeId node) => new() { Address = node.Address, Incarnation = node.Incarnation };

    internal static Proto.Owner? Owner(OwnerId owner) =>
        owner == OwnerId.Nobody ? null : new() { Upper = (ulong)(owner.Value >> 64), Lower = (ulong)owner.Value };

    // Safe without a copy: a token never changes once it is made.
    private static ByteString Bytes(ReadOnlyMemory<byte> bytes) => UnsafeByteOperations.UnsafeWrap(bytes);

    private static Proto.LeaveReason Reason(LeaveReason reason) => reason switch
    {
        LeaveReason.Left => Proto.LeaveReason.Left,
        LeaveReason.Crashed => Proto.LeaveReason.Crashed,
        LeaveReason.Expelled => Proto.LeaveReason.Expelled,
        LeaveReason.Silent => Proto.LeaveReason.Silent,
        LeaveReason.PutOut => Proto.LeaveReason.PutOut,
        _ => throw new SerializationException($"{reason} is no reason on the wire."),
    };

    private static Proto.Standing Standing(Standing standing) => standing switch
    {
        Core.Protocol.Standing.Apart => Proto.Standing.Apart,
        Core.Protocol.Standing.Looks => Proto.Standing.Looks,
        Core.Protocol.Standing.Promised => Proto.Standing.Promised,
        Core.Protocol.Standing.Votes => Proto.Standing.Votes,
        _ => throw new SerializationException($"{standing} is no standing on the wire."),
    };

    private static Proto.Delivery Delivery(DeliveryLevel delivery) => delivery switch
    {
        DeliveryLevel.Uniform => Proto.Delivery.Uniform,
        DeliveryLevel.Agreed => Proto.Delivery.Agreed,
        _ => throw new SerializationException($"{delivery} is no delivery level on the wire."),
    };
}
