using System.Security.Cryptography;
using System.Text;
using Norris.Actors.History;
using Norris.Actors.Membership;
using Norris.Actors.Wire;
using Norris.Core.Protocol;
using Norris.Core.Room;

namespace Norris.Tests.Wire;

/// <summary>At least one message of every kind, with every entry and every optional part, there and not there.</summary>
internal static class Examples
{
    public static readonly NodeId Ann = new("akka.tcp://norris@127.0.0.1:4053", 17);
    public static readonly NodeId Bob = new("akka.tcp://norris@[::1]:4054", -1);

    public static readonly RoomSnapshot Room = new(
        new RoomId(ulong.MaxValue),
        DeliveryLevel.Agreed,
        new SequenceNumber(41),
        new Epoch(3),
        Ann,
        0xfeed_beef_dead_cafe,
        new Epoch(3),
        [new(Ann, 1), new(Bob, int.MaxValue)],
        new SequenceNumber(40),
        [new(new UserId(7), "Zoë", Ann, new OwnerId(UInt128.MaxValue - 5), 12), new(new UserId(8), "zoe", Bob, OwnerId.Nobody, 0)],
        [new(new UserId(9), "李雷", new OwnerId(1), Limits.HighestNumber, 1_700_000_000_000)],
        [Bob])
    {
        LastStamp = 1_700_000_000_123,
        ForgottenAt = new SequenceNumber(17),
        EpochRanges = [new(new Epoch(1), new SequenceNumber(30)), new(new Epoch(3), new SequenceNumber(41))],
        Settings = new(new("Küche", new SequenceNumber(30)), new("", new SequenceNumber(31))) { Last = new("200", new SequenceNumber(29)) },
    };

    public static readonly Circle Circle = Founded();

    public static readonly Admission Admitted = Circle.Records.OfType<Admission>().First();

    public static readonly Invite Invite = new(InviteId.Of(77)!.Value, new(1, 2), Admitted.Device, 1_700_000_000_000, 3, "Zoë", new OwnerId(5));

    public static readonly RoomSnapshot PrivateRoom = Room with
    {
        Delivery = DeliveryLevel.Uniform,
        Members = [new MemberNode(Ann, 1) { Device = Admitted.Device }],
        Circle = new RoomCircle(Circle, [new InviteState(Invite, 2, InviteStanding.Open, Invite.By, 0), new InviteState(Invite with { Name = "" }, 0, InviteStanding.Used, Invite.By, 9)]),
    };

    public static readonly IReadOnlyList<LogRecord> Records = Contiguous(
        42,
        new Said(Block(7, 13, "hello", "здравствуй", "👋🏽")),
        new NodeJoined(Bob, 2),
        new NodeLeft(Bob, LeaveReason.Left),
        new NodeLeft(Ann, LeaveReason.Crashed),
        new UserJoined(new UserId(8), "zoe-2", Bob, new OwnerId(UInt128.One << 64), 1),
        new UserJoined(new UserId(10), "x", Ann, OwnerId.Nobody, 77),
        new UserLeft(new UserId(8), LeaveReason.Expelled),
        new NodeLeft(Bob, LeaveReason.Silent),
        new UserRenamed(new UserId(10), "Zoë-3"),
        new RoomChanged(new UserId(10), RoomSettingKind.Name, "Küche", default),
        new RoomChanged(new UserId(10), RoomSettingKind.Last, "50", new SequenceNumber(29)),
        new RoomChanged(new UserId(10), RoomSettingKind.Topic, "lunch: Friday 👋🏽", new SequenceNumber(31)),
        new EpochStarted(Ann, MayHaveLost: false),
        new EpochStarted(Bob, MayHaveLost: true),
        new RecordingChanged(Ann, Recording: true),
        new RecordingChanged(Ann, Recording: false),
        new NodeJoined(Bob, 2) { Device = Admitted.Device },
        new NodeLeft(Bob, LeaveReason.PutOut),
        new DeviceAdmitted(Admitted, null),
        new DeviceAdmitted(Admitted, Invite.Id),
        new DeviceExpelled(Circle.Records.OfType<Expulsion>().First()),
        new InviteMade(Invite),
        new InviteGone(Invite.Id, Invite.By),
        new Said(RelatedBlock(7, 16)),
        new Said(Block(7, 20, new string('x', Limits.TextBytes))));

    public static readonly IReadOnlyList<Message> All =
    [
        new JoinRequest(3),
        new JoinRequest(3) { Device = Admitted.Device },
        new CircleRequest(new DeviceAdmitted(Admitted, Invite.Id)),
        new CircleRequest(new DeviceExpelled(Circle.Records.OfType<Expulsion>().First())),
        new CircleRequest(new InviteMade(Invite with { Name = "", Owner = OwnerId.Nobody })),
        new CircleRequest(new InviteGone(Invite.Id, Invite.By)),
        new LeaveRequest(),
        new UserJoinRequest(new UserId(7), " Zoë\u0007", Enumerable.Range(0, 32).Select(i => (byte)i).ToArray(), 3),
        new UserJoinRequest(new UserId(7), "", default, 1),
        new UserLeaveRequest(new UserId(ulong.MaxValue)),
        new UserRenameRequest(new UserId(7), "Zoë\u0007 "),
        new RoomChangeRequest(new RoomChanged(new UserId(7), RoomSettingKind.Topic, "", new SequenceNumber(Limits.HighestNumber))),
        new RecordingRequest(true),
        new RecordingRequest(false),
        new JoinRefused("the room is full: it takes 256 nodes"),
        new JoinRefused("the device was put out", IsForGood: true),
        new UserRefused(new UserId(7), "a name has 1 to 32 characters – this one has 0"),
        new Expelled(new Epoch(4), 2),
        new Submit(Block(7, 1, "a", "b")),
        new Ordered(new Epoch(3), Records, new SequenceNumber(40), new SequenceNumber(39)),
        new Ordered(new Epoch(3), [], default, default),
        new Progress(new Epoch(3), new SequenceNumber(Limits.HighestNumber), new SequenceNumber(2), new SequenceNumber(1)),
        new Progress(new Epoch(3), new SequenceNumber(9), new SequenceNumber(2), new SequenceNumber(1), new(new SequenceNumber(2), [new(new SequenceNumber(9), new Now(7, 8)), default], new Now(5, 6))),
        new Ack(new Epoch(3), 1, new SequenceNumber(42), ulong.MaxValue, new Now(1, 2), new Now(3, long.MaxValue)),
        new Fetch(new Epoch(3), default),
        new Page(new Epoch(3), Room, Records, new SequenceNumber(60), new SequenceNumber(50)),
        new Page(new Epoch(3), null, Records, new SequenceNumber(60), new SequenceNumber(50)),
        new Page(new Epoch(3), PrivateRoom, [], new SequenceNumber(60), new SequenceNumber(50)),
        new Page(new Epoch(3), RoomState.New(new RoomId(5), DeliveryLevel.Uniform, Ann), [], default, default),
        new Prepare(new Epoch(5)),
        new Promise(new Epoch(5), new RoomId(6), DeliveryLevel.Agreed, new Epoch(4), new SequenceNumber(9), new SequenceNumber(8), [Ann, Bob], new SequenceNumber(7), Bob, 12),
        new Promise(new Epoch(5), new RoomId(6), DeliveryLevel.Agreed, new Epoch(4), new SequenceNumber(9), new SequenceNumber(8), [Bob], new SequenceNumber(9), MembersBefore: [Ann, Bob], StableBy: new Epoch(4)),
        new Promise(new Epoch(5), RoomId.None, DeliveryLevel.Uniform, default, default, default, [], default),
        new EpochRefused(new Epoch(6)),
        new RecoveryFetch(new Epoch(5), null),
        new RecoveryFetch(new Epoch(5), SequenceNumber.None),
        new RecoveryPage(new Epoch(5), Room, Records, new SequenceNumber(41)),
        new RecoveryPage(new Epoch(5), null, [], new SequenceNumber(41)),
        new NewEpoch(new Epoch(5), new RoomId(6), new SequenceNumber(1), new SequenceNumber(9), [new(new Epoch(1), new SequenceNumber(4)), new(new Epoch(4), new SequenceNumber(9))], [Ann]),
        new NewEpochRequest(new Epoch(5)),
        new Farewell(),
        new HostReport(Ann, true),
        new HostReport(Ann, true) { Unheard = [Bob] },
        new HostReport(Bob, false),
        new WhoIsThere(),
        new ItIsI(new RoomId(6), new Epoch(5), new SequenceNumber(9), true, true),
        new ItIsI(RoomId.None, default, default, false, false),
        new RoomQuestion(new Now(7, 8), true),
        new RoomQuestion(new Now(7, long.MaxValue), false),
        new RoomAnswer(new Now(7, 8), new RoomId(6), Standing.Apart, 0),
        new RoomAnswer(new Now(7, 8), RoomId.None, Standing.Looks, Limits.HighestNumber),
        new RoomAnswer(new Now(7, 8), RoomId.None, Standing.Promised, 3),
        new RoomAnswer(default, RoomId.None, Standing.Votes, 3),
        new HistoryQuery(new RoomId(6), HistoryOf.Messages, long.MaxValue, HistoryLimits.Entries, ""),
        new HistoryQuery(new RoomId(6), HistoryOf.Search, 9, 1, "tea 茶"),
        new HistoryQuery(new RoomId(6), HistoryOf.Stretch, 9, 2, ""),
        new HistoryAnswer("", ulong.MaxValue, new byte[HistoryLimits.PageBytes], [new HistoryHole(1, 2, "deleted"), new HistoryHole(4, 4, "")], 9, 0, true),
        new HistoryAnswer("", 0, default, [], 9, 12, false),
        HistoryAnswer.Refused("this archive is busy"),
    ];

    /// <summary>Of two devices, of which the first puts out the second.</summary>
    private static Circle Founded()
    {
        using var ann = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var bob = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        ReadOnlyMemory<byte> Sign(ReadOnlyMemory<byte> what) => DeviceSignature.By(ann, what.Span);
        var founding = Admission.Founding(ann.ExportSubjectPublicKeyInfo(), new OwnerId(3), "Zoë", 1, Sign);
        var bobs = Admission.Of(founding.Circle, bob.ExportSubjectPublicKeyInfo(), default, "", founding.Device, 2, Sign);
        return Circle.Read([founding, bobs, Expulsion.Of(founding.Circle, bobs.Device, founding.Device, 3, Sign)], DeviceSignature.IsBy);
    }

    public static LogRecord[] Contiguous(long first, params Entry[] entries)
    {
        var records = new List<LogRecord>();
        foreach (var entry in entries)
        {
            records.Add(new LogRecord(records.Count == 0 ? new(first) : records[^1].Last.Next, new Epoch(3), 1_700_000_000_000 + records.Count, entry));
        }

        return [.. records];
    }

    public static SaidBlock Block(ulong user, long firstCounter, params string[] texts)
    {
        var builder = new SaidBlock.Builder(new UserId(user), firstCounter);
        for (var i = 0; i < texts.Length; i++)
        {
            builder.Add(Encoding.UTF8.GetBytes(texts[i]), 1_700_000_000_000 + (100 * i));
        }

        return builder.Seal()!;
    }

    /// <summary>A message of each relation.</summary>
    public static SaidBlock RelatedBlock(ulong user, long firstCounter)
    {
        var builder = new SaidBlock.Builder(new UserId(user), firstCounter);
        builder.Add("indeed"u8, 1_700_000_000_000, new Relation(RelationKind.Reply, new MessageId(new UserId(8), 3)));
        builder.Add("hello, all"u8, 1_700_000_000_100, new Relation(RelationKind.Edit, new MessageId(new UserId(user), firstCounter - 1)));
        builder.Add([], 1_700_000_000_200, new Relation(RelationKind.Deletion, new MessageId(new UserId(user), firstCounter)));
        builder.Add("👍🏽"u8, 1_700_000_000_300, new Relation(RelationKind.Reaction, new MessageId(new UserId(ulong.MaxValue), Limits.HighestNumber)));
        return builder.Seal()!;
    }

    /// <summary>A batch as full as batches get, of 100-byte messages in blocks of so many.</summary>
    public static Ordered FullBatch(int messagesInBlock)
    {
        var entries = new List<Entry>();
        for (var bytes = 0; ; bytes += entries[^1].Size)
        {
            var said = new Said(Block((ulong)entries.Count, 1, [.. Enumerable.Repeat(new string('m', 100), messagesInBlock)]));
            if (bytes + said.Size > Limits.PageBytes)
            {
                return new Ordered(new Epoch(3), Contiguous(1, [.. entries]), default, default);
            }

            entries.Add(said);
        }
    }
}
