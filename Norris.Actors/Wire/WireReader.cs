using System.Buffers.Binary;
using System.Runtime.Serialization;
using Google.Protobuf;
using Google.Protobuf.Collections;
using Norris.Actors.Membership;
using Norris.Core.Protocol;
using Norris.Core.Room;
using Body = Norris.Actors.Wire.Proto.Frame.MessageOneofCase;

namespace Norris.Actors.Wire;

/// <summary>
/// From norris.proto to what nodes hold in memory. Whatever the bytes are, there is a message within all bounds or a
/// <see cref="SerializationException"/>: the machines behind it trust what they are handed.
/// </summary>
internal static class WireReader
{
    private static readonly MessageParser<Proto.Frame> Parser = Proto.Frame.Parser.WithDiscardUnknownFields(true);

    /// <exception cref="SerializationException">The bytes are no such message, or it is out of bounds.</exception>
    public static FromNode Read(byte[] bytes, Kind kind)
    {
        WireCheck.AtMost(bytes.Length, kind.MaxBytes, "bytes in a frame");
        WireCheck.That(bytes.Length >= WireWriter.HeadLengthBytes, "it has no head");
        var head = BinaryPrimitives.ReadInt32LittleEndian(bytes);
        WireCheck.That(head >= 0 && head <= bytes.Length - WireWriter.HeadLengthBytes, "its head is not all there");
        Proto.Frame frame;
        try
        {
            HasNothingTwice(new CodedInputStream(bytes, WireWriter.HeadLengthBytes, head));
            frame = Parser.ParseFrom(bytes, WireWriter.HeadLengthBytes, head);
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new SerializationException("A malformed message was refused: it is not in the format of norris.proto.", e);
        }

        var texts = new Texts(bytes, WireWriter.HeadLengthBytes + head);
        var message = Message(frame, ref texts);
        WireCheck.That(texts.IsEmpty, "bytes follow that belong to no block");
        WireCheck.That(Kind.Of(message) == kind, "its kind is not what its manifest says");
        return new FromNode(Node(frame.From), message);
    }

    /// <summary>Of two messages in a frame Protobuf makes one, by copying the first: of very many, in time and memory that grow with their square.</summary>
    private static void HasNothingTwice(CodedInputStream fields)
    {
        var seen = 0UL;
        for (var tag = fields.ReadTag(); tag != 0; tag = fields.ReadTag())
        {
            if (WireFormat.GetTagFieldNumber(tag) is < 64 and var field)
            {
                WireCheck.That((seen & (1UL << field)) == 0, "it has two messages, or two senders");
                seen |= 1UL << field;
            }

            fields.SkipLastField();
        }
    }

    private static Message Message(Proto.Frame frame, ref Texts texts) => frame.MessageCase switch
    {
        Body.Ordered => Ordered(frame.Ordered, ref texts),
        Body.Submit => new Submit(Block(frame.Submit.Block, ref texts)),
        Body.Ack => new Ack(Epoch(frame.Ack.Epoch), WireCheck.Life(frame.Ack.Life), Number(frame.Ack.Received), frame.Ack.Hash, Moment(frame.Ack.Sent), Moment(frame.Ack.Heard)),
        Body.Progress => Progress(frame.Progress),
        Body.Page => Page(frame.Page, ref texts),
        Body.Fetch => new Fetch(Epoch(frame.Fetch.Epoch), Number(frame.Fetch.After)),
        Body.JoinRequest => new JoinRequest(WireCheck.Life(frame.JoinRequest.Life)) { Device = CircleWire.Device(frame.JoinRequest.Device) },
        Body.CircleRequest => new CircleRequest(CircleWire.Entry(frame.CircleRequest)),
        Body.RoomChangeRequest => new RoomChangeRequest(SettingsWire.Read(frame.RoomChangeRequest)),
        Body.LeaveRequest => new LeaveRequest(),
        Body.UserJoinRequest => UserJoinRequest(frame.UserJoinRequest),
        Body.UserLeaveRequest => new UserLeaveRequest(new(frame.UserLeaveRequest.User)),
        Body.UserRenameRequest => new UserRenameRequest(new(frame.UserRenameRequest.User), Wanted(frame.UserRenameRequest.Wanted)),
        Body.RecordingRequest => new RecordingRequest(frame.RecordingRequest.Recording),
        Body.JoinRefused => new JoinRefused(WireCheck.Reason(frame.JoinRefused.Reason), frame.JoinRefused.ForGood),
        Body.UserRefused => new UserRefused(new(frame.UserRefused.User), WireCheck.Reason(frame.UserRefused.Reason)),
        Body.Expelled => new Expelled(Epoch(frame.Expelled.Epoch), frame.Expelled.Life),
        Body.Prepare => new Prepare(Epoch(frame.Prepare.Candidate)),
        Body.Promise => Promise(frame.Promise),
        Body.EpochRefused => new EpochRefused(Epoch(frame.EpochRefused.Promised)),
        Body.RecoveryFetch => RecoveryFetch(frame.RecoveryFetch),
        Body.RecoveryPage => RecoveryPage(frame.RecoveryPage, ref texts),
        Body.NewEpoch => NewEpoch(frame.NewEpoch),
        Body.NewEpochRequest => new NewEpochRequest(Epoch(frame.NewEpochRequest.Epoch)),
        Body.Farewell => new Farewell(),
        Body.HostReport => new HostReport(Node(frame.HostReport.Host), frame.HostReport.Silent) { Unheard = Nodes(frame.HostReport.Unheard) },
        Body.WhoIsThere => new WhoIsThere(),
        Body.ItIsI => new ItIsI(new(frame.ItIsI.Room), Epoch(frame.ItIsI.Epoch), Number(frame.ItIsI.At), frame.ItIsI.WithYou, frame.ItIsI.GoesOn),
        Body.RoomQuestion => new RoomQuestion(Moment(frame.RoomQuestion.Asked), frame.RoomQuestion.MayI),
        Body.RoomAnswer => new RoomAnswer(Moment(frame.RoomAnswer.Asked), new(frame.RoomAnswer.Room), Standing(frame.RoomAnswer.Standing), WireCheck.Counter(frame.RoomAnswer.LookedFor)),
        Body.HistoryQuery => HistoryWire.Read(frame.HistoryQuery),
        Body.HistoryAnswer => HistoryWire.Read(frame.HistoryAnswer),
        _ => throw WireCheck.Bad("it holds no message that this version knows"),
    };

    private static Ordered Ordered(Proto.Ordered m, ref Texts texts) =>
        new(Epoch(m.Epoch), Records(m.Records, null, ref texts), Number(m.Stable), Number(m.Trim));

    private static Progress Progress(Proto.Progress m) => new(Epoch(m.Epoch), Number(m.Highest), Number(m.Stable), Number(m.Trim), Acks(m.Acks));

    private static MemberAcks? Acks(Proto.MemberAcks? m)
    {
        if (m is null)
        {
            return null;
        }

        WireCheck.AtMost(m.Members.Count, Limits.Nodes, "members' acks");
        return new(Number(m.MembersSince), [.. m.Members.Select(a => new MemberAck(Number(a.Received), Moment(a.Sent)))], Moment(m.Sent));
    }

    private static Now Moment(Proto.Moment? m) => m is null ? default : new(m.Elapsed, m.Wall);

    private static UserJoinRequest UserJoinRequest(Proto.UserJoinRequest m)
    {
        WireCheck.AtMost(m.Proof.Length, OwnerProof.Length, "bytes in a proof");
        WireCheck.That(m.FirstCounter >= 1, "counters begin at 1");
        return new(new(m.User), Wanted(m.Wanted), m.Proof.Memory, m.FirstCounter);
    }

    private static string Wanted(string name)
    {
        WireCheck.AtMost(name.Length, WireLimits.WantedLength, "UTF-16 units in a wanted name");
        return name;
    }

    private static Page Page(Proto.Page m, ref Texts texts)
    {
        var before = Snapshot(m.Snapshot);
        return new(Epoch(m.Epoch), before, Records(m.Records, before, ref texts), Number(m.Highest), Number(m.Stable));
    }

    private static RecoveryPage RecoveryPage(Proto.RecoveryPage m, ref Texts texts)
    {
        var before = Snapshot(m.Snapshot);
        return new(Epoch(m.Candidate), before, Records(m.Records, before, ref texts), Number(m.Stable));
    }

    private static RecoveryFetch RecoveryFetch(Proto.RecoveryFetch m) => new(Epoch(m.Candidate), m.HasAfter ? Number(m.After) : null);

    private static Promise Promise(Proto.Promise m) => new(
        Epoch(m.Candidate),
        new(m.Room),
        Delivery(m.Delivery),
        Epoch(m.LastEpoch),
        Number(m.Received),
        Number(m.Stable),
        Nodes(m.Members),
        Number(m.MembersSince),
        m.HeardBy is null ? null : Node(m.HeardBy),
        m.HeardAgo,
        m.MembersBefore.Count == 0 ? null : Nodes(m.MembersBefore),
        Epoch(m.StableBy));

    private static NewEpoch NewEpoch(Proto.NewEpoch m)
    {
        return new(Epoch(m.Epoch), new(m.Room), Number(m.SnapshotIndex), Number(m.Highest), Ranges(m.EpochRanges, Limits.EpochRanges), Nodes(m.Members));
    }

    private static EpochRange[] Ranges(RepeatedField<Proto.EpochRange> from, int most)
    {
        WireCheck.AtMost(from.Count, most, "epoch ranges");
        var ranges = from.Select(s => new EpochRange(Epoch(s.Epoch), Number(s.Last))).ToArray();
        WireCheck.That(
            ranges.Zip(ranges.Skip(1)).All(pair => pair.First.Epoch <= pair.Second.Epoch && pair.First.Last < pair.Second.Last),
            "epoch ranges are not in their order");
        return ranges;
    }

    private static LogRecord[] Records(RepeatedField<Proto.LogRecord> from, RoomSnapshot? before, ref Texts texts)
    {
        var records = new LogRecord[from.Count];
        var last = before?.At;
        var epoch = before?.LastEpoch ?? Core.Protocol.Epoch.None;
        var bytes = 0;
        for (var i = 0; i < records.Length; i++)
        {
            var record = Record(from[i], ref texts);
            WireCheck.That(last is null || record.First == last.Value.Next, "a record is out of its place");
            WireCheck.That(record.Epoch >= epoch, "epochs go back");
            bytes += record.Entry.Size;
            WireCheck.AtMost(bytes, Limits.PageBytes, "bytes of records");
            (last, epoch) = (record.Last, record.Epoch);
            records[i] = record;
        }

        return records;
    }

    private static LogRecord Record(Proto.LogRecord r, ref Texts texts)
    {
        var entry = Entry(r, ref texts);
        WireCheck.That(r.First >= 1 && r.First <= long.MaxValue - entry.Count, "a record has no place in the order");
        WireCheck.That(r.Epoch >= 1, "a record has no epoch");
        return new(Number(r.First), Epoch(r.Epoch), WireCheck.Time(r.OrderedAt), entry);
    }

    private static Entry Entry(Proto.LogRecord r, ref Texts texts)
    {
        switch (r.EntryCase)
        {
            case Proto.LogRecord.EntryOneofCase.Said:
                return new Said(Block(r.Said, ref texts));
            case Proto.LogRecord.EntryOneofCase.NodeJoined:
                return new NodeJoined(Node(r.NodeJoined.Node), WireCheck.Life(r.NodeJoined.Life)) { Device = CircleWire.Device(r.NodeJoined.Device) };
            case Proto.LogRecord.EntryOneofCase.NodeLeft:
                return new NodeLeft(Node(r.NodeLeft.Node), Reason(r.NodeLeft.Reason));
            case Proto.LogRecord.EntryOneofCase.UserJoined:
                var joined = r.UserJoined;
                WireCheck.That(joined.FirstCounter >= 1, "counters begin at 1");
                return new UserJoined(new(joined.User), WireCheck.Name(joined.Name), Node(joined.Node), Owner(joined.Owner), joined.FirstCounter);
            case Proto.LogRecord.EntryOneofCase.UserLeft:
                return new UserLeft(new(r.UserLeft.User), Reason(r.UserLeft.Reason));
            case Proto.LogRecord.EntryOneofCase.UserRenamed:
                return new UserRenamed(new(r.UserRenamed.User), WireCheck.Name(r.UserRenamed.Name));
            case Proto.LogRecord.EntryOneofCase.RoomChanged:
                return SettingsWire.Read(r.RoomChanged);
            case Proto.LogRecord.EntryOneofCase.EpochStarted:
                return new EpochStarted(Node(r.EpochStarted.Host), r.EpochStarted.MayHaveLost);
            case Proto.LogRecord.EntryOneofCase.RecordingChanged:
                return new RecordingChanged(Node(r.RecordingChanged.Node), r.RecordingChanged.Recording);
            case Proto.LogRecord.EntryOneofCase.DeviceAdmitted:
                return CircleWire.Read(r.DeviceAdmitted);
            case Proto.LogRecord.EntryOneofCase.DeviceExpelled:
                return CircleWire.Read(r.DeviceExpelled);
            case Proto.LogRecord.EntryOneofCase.InviteMade:
                return new InviteMade(CircleWire.Read(r.InviteMade));
            case Proto.LogRecord.EntryOneofCase.InviteGone:
                return CircleWire.Read(r.InviteGone);
            default:
                throw WireCheck.Bad("a record holds no entry that this version knows");
        }
    }

    private static RoomSnapshot? Snapshot(Proto.Snapshot? s)
    {
        if (s is null)
        {
            return null;
        }

        WireCheck.AtMost(s.Users.Count, Limits.Users, "users");
        WireCheck.AtMost(s.Departed.Count, Limits.DepartedUsers, "departed users");
        var snapshot = new RoomSnapshot(
            new(s.Room),
            Delivery(s.Delivery),
            Number(s.At),
            Epoch(s.Epoch),
            s.Host is null ? null : Node(s.Host),
            s.Hash,
            Epoch(s.LastEpoch),
            Members(s.Members),
            Number(s.MembersSince),
            [.. s.Users.Select(u => new PresentUser(new(u.User), WireCheck.Name(u.Name), Node(u.Node), Owner(u.Owner), WireCheck.Counter(u.LastCounter)))],
            [.. s.Departed.Select(u => new DepartedUser(
                new(u.User), WireCheck.Name(u.Name), Owner(u.Owner), WireCheck.Counter(u.LastCounter), WireCheck.Time(u.LeftAt)))],
            Nodes(s.Recording))
        {
            LastStamp = WireCheck.Time(s.LastStamp),
            ForgottenAt = Number(s.ForgottenAt),
            Circle = CircleWire.Read(s.Circle),
            EpochRanges = Ranges(s.EpochRanges, Limits.EpochsRemembered),
            Settings = new(SettingsWire.Read(RoomSettingKind.Name, s.Name), SettingsWire.Read(RoomSettingKind.Topic, s.Topic)) { Last = SettingsWire.Read(RoomSettingKind.Last, s.LastMessages) },
        };
        WireCheck.That(snapshot.EpochRanges is [] || snapshot.EpochRanges[^1] == new EpochRange(snapshot.LastEpoch, snapshot.At), "epoch ranges do not end where the room is");
        WireCheck.That(snapshot is { Circle: null } or { Delivery: DeliveryLevel.Uniform }, "a room with a circle is not uniform");
        WireCheck.Unique(snapshot.Users.Select(u => u.User).Concat(snapshot.Departed.Select(u => u.User)), "a user is there twice");
        WireCheck.Unique(snapshot.Users.Select(u => Names.Key(u.Name)), "a name is there twice");
        return snapshot;
    }

    private static SaidBlock Block(Proto.Said? b, ref Texts texts) =>
        b is not null && WireCheck.Time(b.SentAt) == b.SentAt
            && SaidBlock.TryRead(new(b.User), b.FirstCounter, b.Count, b.SentAt, texts.Next(b.TextsLength)) is { } block
            ? block
            : throw WireCheck.Bad("a block of messages is not well formed");

    private static MemberNode[] Members(RepeatedField<Proto.NodeJoined> from)
    {
        WireCheck.AtMost(from.Count, Limits.Nodes, "nodes");
        var members = from.Select(m => new MemberNode(Node(m.Node), WireCheck.Life(m.Life)) { Device = CircleWire.Device(m.Device) }).ToArray();
        WireCheck.That(members.Zip(members.Skip(1)).All(pair => pair.First.Node < pair.Second.Node), "members are not in their order");
        return members;
    }

    private static NodeId[] Nodes(RepeatedField<Proto.Node> from)
    {
        WireCheck.AtMost(from.Count, Limits.Nodes, "nodes");
        var nodes = from.Select(Node).ToArray();
        WireCheck.That(nodes.Zip(nodes.Skip(1)).All(pair => pair.First < pair.Second), "nodes are not in their order");
        return nodes;
    }

    private static NodeId Node(Proto.Node? node) =>
        node is null ? throw WireCheck.Bad("a node is missing") : new(WireCheck.Address(node.Address), node.Incarnation);

    internal static OwnerId Owner(Proto.Owner? owner) => owner is null ? OwnerId.Nobody : new(new UInt128(owner.Upper, owner.Lower));

    private static Epoch Epoch(long value) => new(WireCheck.Counter(value));

    private static SequenceNumber Number(long value) => new(WireCheck.Counter(value));

    private static LeaveReason Reason(Proto.LeaveReason reason) => reason switch
    {
        Proto.LeaveReason.Left => LeaveReason.Left,
        Proto.LeaveReason.Crashed => LeaveReason.Crashed,
        Proto.LeaveReason.Expelled => LeaveReason.Expelled,
        Proto.LeaveReason.Silent => LeaveReason.Silent,
        Proto.LeaveReason.PutOut => LeaveReason.PutOut,
        _ => throw WireCheck.Bad("a reason for leaving is none that this version knows"),
    };

    private static Standing Standing(Proto.Standing standing) => standing switch
    {
        Proto.Standing.Apart => Core.Protocol.Standing.Apart,
        Proto.Standing.Looks => Core.Protocol.Standing.Looks,
        Proto.Standing.Promised => Core.Protocol.Standing.Promised,
        Proto.Standing.Votes => Core.Protocol.Standing.Votes,
        _ => throw WireCheck.Bad("how a node stands to a room is nothing that this version knows"),
    };

    private static DeliveryLevel Delivery(Proto.Delivery delivery) => delivery switch
    {
        Proto.Delivery.Uniform => DeliveryLevel.Uniform,
        Proto.Delivery.Agreed => DeliveryLevel.Agreed,
        _ => throw WireCheck.Bad("a delivery level is none that this version knows"),
    };

    /// <summary>
    /// The texts behind the head, block by block. They are not copied: a block's memory is the frame's, which Akka makes for each message and leaves to
    /// us, so a block keeps its whole frame in memory. Blocks of one frame are of one part of the log and leave it together; and where a frame is for
    /// the most part something else, its texts are taken out: what the log counts is never less than half of what it holds.
    /// </summary>
    private struct Texts
    {
        private ReadOnlyMemory<byte> _rest;

        public Texts(byte[] frame, int begin)
        {
            _rest = frame.AsMemory(begin);
            if (_rest.Length < begin)
            {
                _rest = _rest.ToArray();
            }
        }

        public readonly bool IsEmpty => _rest.IsEmpty;

        public ReadOnlyMemory<byte> Next(int length)
        {
            WireCheck.That(length >= 0 && length <= _rest.Length, "the texts of a block are not all there");
            var next = _rest[..length];
            _rest = _rest[length..];
            return next;
        }
    }
}
