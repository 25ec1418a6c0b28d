using System.Buffers.Binary;
using System.Runtime.Serialization;
using Google.Protobuf;
using Google.Protobuf.Collections;
using Norris.Actors.History;
using Norris.Actors.Wire;
using Norris.Core.Protocol;
using Norris.Core.Room;
using Proto = Norris.Actors.Wire.Proto;

namespace Norris.Tests.Wire;

/// <summary>Frames in the right format that say what must not be: each is a good one with one thing made wrong.</summary>
public sealed class MalformedSpec
{
    private static readonly Dictionary<string, (string Code, Action<Parts> Harm)> Cases = new()
    {
        ["no sender"] = ("J", p => p.Head.From = null),
        ["a sender without an address"] = ("J", p => p.Head.From.Address = ""),
        ["an address with a line break"] = ("J", p => p.Head.From.Address = "akka.tcp://norris@a\n:1"),
        ["an address too long"] = ("J", p => p.Head.From.Address = new string('a', WireLimits.AddressLength + 1)),
        ["no message"] = ("J", p => p.Head.ClearMessage()),
        ["a negative epoch"] = ("O", p => p.Head.Ordered.Epoch = -1),
        ["an epoch after which there is none"] = ("O", p => p.Head.Ordered.Epoch = Limits.HighestNumber + 1),
        ["a member's ack below nothing"] = ("P", p => p.Head.Progress.Acks = new() { Members = { new Norris.Actors.Wire.Proto.MemberAck { Received = -1 } } }),
        ["more acks than members"] = ("P", p => p.Head.Progress.Acks = new() { Members = { Enumerable.Repeat(new Norris.Actors.Wire.Proto.MemberAck { Received = 1 }, 257) } }),
        ["a negative number"] = ("A", p => p.Head.Ack.Received = -1),
        ["a record before the first"] = ("O", p => p.Head.Ordered.Records[0].First = 0),
        ["a record after the last number there is"] = ("O", p => Only(p.Head.Ordered.Records, 0).First = long.MaxValue),
        ["a gap between records"] = ("O", p => p.Head.Ordered.Records[5].First++),
        ["a record twice"] = ("O", p => p.Head.Ordered.Records.Insert(1, p.Head.Ordered.Records[1])),
        ["a gap between snapshot and records"] = ("PG", p => p.Head.Page.Snapshot.At--),
        ["a gap in a page of recovery"] = ("RP", p => p.Head.RecoveryPage.Records.RemoveAt(3)),
        ["a record without an epoch"] = ("O", p => Only(p.Head.Ordered.Records, 0).Epoch = 0),
        ["epochs that go back"] = ("O", p => p.Head.Ordered.Records[3].Epoch--),
        ["a record without an entry"] = ("O", p => p.Head.Ordered.Records[1].ClearEntry()),
        ["a time without a date"] = ("O", p => p.Head.Ordered.Records[0].OrderedAt = long.MaxValue),
        ["a page too large"] = ("O", p => Fill(p.Head.Ordered, p)),
        ["an entry without its node"] = ("O", p => p.Head.Ordered.Records[1].NodeJoined.Node = null),
        ["a reason nobody knows"] = ("O", p => p.Head.Ordered.Records[2].NodeLeft.Reason = (Proto.LeaveReason)6),
        ["no reason"] = ("O", p => p.Head.Ordered.Records[2].NodeLeft.Reason = Proto.LeaveReason.Unspecified),
        ["an empty name"] = ("O", p => p.Head.Ordered.Records[4].UserJoined.Name = ""),
        ["a name too long"] = ("O", p => p.Head.Ordered.Records[4].UserJoined.Name = new string('a', Limits.NameLength + 1)),
        ["a name with two spaces"] = ("O", p => p.Head.Ordered.Records[4].UserJoined.Name = "a  b"),
        ["a name that is not in its normal form"] = ("O", p => p.Head.Ordered.Records[4].UserJoined.Name = "ﬁn"),
        ["a user without a counter"] = ("O", p => p.Head.Ordered.Records[4].UserJoined.FirstCounter = 0),
        ["no block"] = ("S", p => p.Head.Submit.Block = null),
        ["a block with fewer messages than it says"] = ("S", p => p.Head.Submit.Block.Count++),
        ["a block that ends in the middle"] = ("S", p => (p.Head.Submit.Block.TextsLength, p.Texts) = (p.Texts.Length - 1, p.Texts[..^1])),
        ["a block with no UTF-8"] = ("S", p => (p.Head.Submit.Block.TextsLength, p.Texts) = (6, [0, 1, 0xff, 0, 1, (byte)'b'])),
        ["texts shorter than the head says"] = ("S", p => p.Texts = p.Texts[..^1]),
        ["texts of less than nothing"] = ("S", p => p.Head.Submit.Block.TextsLength = -1),
        ["texts that no block has"] = ("S", p => p.Texts = [.. p.Texts, 0, 1, (byte)'b']),
        ["texts behind a message without blocks"] = ("J", p => p.Texts = [0]),
        ["texts of one block counted to the one before"] = ("O", p => p.Head.Ordered.Records[0].Said.TextsLength++),
        ["a block too large"] = ("S", p => Fill(p.Head.Submit.Block, p)),
        ["a counter below 1"] = ("S", p => p.Head.Submit.Block.FirstCounter = 0),
        ["a message sent at no time"] = ("S", p => p.Head.Submit.Block.SentAt = -1),
        ["a proof too long"] = ("UJ", p => p.Head.UserJoinRequest.Proof = ByteString.CopyFrom(new byte[OwnerProof.Length + 1])),
        ["a wanted name too long"] = ("UJ", p => p.Head.UserJoinRequest.Wanted = new string('a', WireLimits.WantedLength + 1)),
        ["a request without a counter"] = ("UJ", p => p.Head.UserJoinRequest.FirstCounter = 0),
        ["a topic from no entry in a snapshot"] = ("PG", p => p.Head.Page.Snapshot.Topic.Since = 0),
        ["a reason too long"] = ("JX", p => p.Head.JoinRefused.Reason = new string('a', WireLimits.ReasonLength + 1)),
        ["a reason with an escape sequence"] = ("UX", p => p.Head.UserRefused.Reason = "\u001b[2J"),
        ["too many members"] = ("D", p => p.Head.Promise.Members.Add(Enumerable.Range(0, Limits.Nodes).Select(i => Node("b", i)))),
        ["members that are not in their order"] = ("C", p => p.Head.NewEpoch.Members.Add(Node("0", 1))),
        ["a member twice"] = ("D", p => p.Head.Promise.Members.Add(p.Head.Promise.Members[^1])),
        ["no delivery level"] = ("D", p => p.Head.Promise.Delivery = Proto.Delivery.Unspecified),
        ["a node that asks to join without a life"] = ("J", p => p.Head.JoinRequest.Life = 0),
        ["a node that joined without a life"] = ("O", p => p.Head.Ordered.Records[1].NodeJoined.Life = -1),
        ["a room with too many members"] = ("PG", p => p.Head.Page.Snapshot.Members.Add(Enumerable.Range(0, Limits.Nodes).Select(i => Member("b", i)))),
        ["a room with a member twice"] = ("PG", p => p.Head.Page.Snapshot.Members.Add(p.Head.Page.Snapshot.Members[^1])),
        ["too many epoch ranges"] = ("C", p => p.Head.NewEpoch.EpochRanges.Add(Enumerable.Range(10, Limits.EpochRanges).Select(i => new Proto.EpochRange { Epoch = i, Last = i }))),
        ["epoch ranges that are not in their order"] = ("C", p => p.Head.NewEpoch.EpochRanges.Add(new Proto.EpochRange { Epoch = 5, Last = 9 })),
        ["a negative place to fetch from"] = ("RF", p => p.Head.RecoveryFetch.After = -1),
        ["more epochs than are remembered"] = ("PG", p => p.Head.Page.Snapshot.EpochRanges.Add(Enumerable.Range(10, Limits.EpochsRemembered).Select(i => new Proto.EpochRange { Epoch = i, Last = i + 100 }))),
        ["epochs that end elsewhere than the room"] = ("PG", p => p.Head.Page.Snapshot.EpochRanges[^1].Last--),
        ["a circle in an agreed room"] = ("PG", p => (p.Head.Page.Snapshot.Delivery, p.Head.Page.Snapshot.Circle) = (Proto.Delivery.Agreed, CircleWire.Write(Examples.PrivateRoom.Circle))),
        ["an open invite that cannot be used"] = ("PG", p => (p.Head.Page.Snapshot.Delivery, p.Head.Page.Snapshot.Circle) = (Proto.Delivery.Uniform, WithInviteLeft(0))),
        ["too many users"] = ("PG", p => p.Head.Page.Snapshot.Users.Add(Enumerable.Range(0, Limits.Users).Select(i => User((ulong)i + 100, $"u{i}")))),
        ["too many departed users"] = ("PG", p => p.Head.Page.Snapshot.Departed.Add(Enumerable.Range(0, Limits.DepartedUsers).Select(i => new Proto.DepartedUser { User = (ulong)i + 100, Name = "u" }))),
        ["a user twice"] = ("PG", p => p.Head.Page.Snapshot.Users.Add(User(p.Head.Page.Snapshot.Users[0].User, "other"))),
        ["a user both here and gone"] = ("PG", p => p.Head.Page.Snapshot.Users.Add(User(p.Head.Page.Snapshot.Departed[0].User, "other"))),
        ["two users with one name"] = ("PG", p => p.Head.Page.Snapshot.Users.Add(User(100, "ZOE"))),
        ["a question for more entries than a page has"] = ("HQ", p => p.Head.HistoryQuery.Limit = HistoryLimits.Entries + 1),
        ["a page of history too large"] = ("HA", p => p.Head.HistoryAnswer.Page = ByteString.CopyFrom(new byte[HistoryLimits.PageBytes + 1])),
        ["too many holes"] = ("HA", p => p.Head.HistoryAnswer.Holes.Add(Enumerable.Repeat(p.Head.HistoryAnswer.Holes[0], HistoryLimits.Holes))),
        ["a hole after the last number there is"] = ("HA", p => p.Head.HistoryAnswer.Holes[0].Last = long.MaxValue),
        ["a hole that ends before it begins"] = ("HA", p => p.Head.HistoryAnswer.Holes[0].Last = 0),
        ["a hole with an escape sequence"] = ("HA", p => p.Head.HistoryAnswer.Holes[0].Why = "\u001b[2J"),
        ["a refusal with hidden text"] = ("HA", p => p.Head.HistoryAnswer.Refusal = "busy\U000E0061"),
        ["a user with a negative counter"] = ("RP", p => p.Head.RecoveryPage.Snapshot.Users[0].LastCounter = -1),
        ["a setting that nobody knows"] = ("O", p => p.Head.Ordered.Records.First(r => r.RoomChanged is not null).RoomChanged.Setting = (Proto.RoomSetting)9),
        ["a setting on two lines"] = ("O", p => p.Head.Ordered.Records.Last(r => r.RoomChanged is not null).RoomChanged.Text = "a\nb"),
        ["a room's name that none can be"] = ("RC", p => (p.Head.RoomChangeRequest.Setting, p.Head.RoomChangeRequest.Text) = (Proto.RoomSetting.Name, "a:b")),
        ["a change after less than nothing"] = ("RC", p => p.Head.RoomChangeRequest.After = -1),
        ["a topic too long in a snapshot"] = ("PG", p => p.Head.Page.Snapshot.Topic.Text = new string('a', Limits.TopicLength + 1)),
    };

    public static TheoryData<string> Names() => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_malformed_message_is_refused(string what)
    {
        var (code, harm) = Cases[what];
        var manifest = $"{code}{Limits.WireVersion}";
        var example = Examples.All.First(m => Kind.Of(m).Manifest == manifest);
        var parts = Parts.Of(new FromNode(Examples.Ann, example).Encoded);
        WireReader.Read(parts.Frame(), Kind.Of(manifest));

        harm(parts);

        var refusal = Assert.Throws<SerializationException>(() => WireReader.Read(parts.Frame(), Kind.Of(manifest)));
        Assert.DoesNotContain(refusal.Message, char.IsControl);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(int.MinValue)]
    [InlineData(int.MaxValue)]
    [InlineData(null)]
    public void A_head_that_is_not_all_there_is_refused(int? length)
    {
        var frame = new FromNode(Examples.Ann, new JoinRequest(1)).Encoded.ToArray();
        BinaryPrimitives.WriteInt32LittleEndian(frame, length ?? frame.Length - WireWriter.HeadLengthBytes + 1);

        Assert.Throws<SerializationException>(() => WireReader.Read(frame, Kind.Of("J7")));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(WireWriter.HeadLengthBytes - 1)]
    public void A_frame_without_a_head_is_refused(int length) =>
        Assert.Throws<SerializationException>(() => WireReader.Read(new byte[length], Kind.Of("J7")));

    private static Proto.LogRecord Only(RepeatedField<Proto.LogRecord> records, int index)
    {
        var record = records[index];
        records.Clear();
        records.Add(record);
        return record;
    }

    private static void Fill(Proto.Ordered batch, Parts parts)
    {
        batch.Records.Clear();
        parts.Texts = [];
        for (var i = 0; i < 4; i++)
        {
            var said = new Proto.Said { User = 1, FirstCounter = 1, SentAt = 1 };
            Add(2, said, parts);
            batch.Records.Add(new Proto.LogRecord { First = 1 + (i * said.Count), Epoch = 3, Said = said });
        }
    }

    private static void Fill(Proto.Said block, Parts parts)
    {
        parts.Texts = [];
        Add(3, block, parts);
    }

    private static void Add(int messages, Proto.Said to, Parts parts)
    {
        var text = Examples.Block(1, 1, new string('x', (Limits.BlockBytes / 2) - 10)).Texts;
        (to.Count, to.TextsLength) = (messages, messages * text.Length);
        parts.Texts = [.. parts.Texts, .. Enumerable.Repeat(text.ToArray(), messages).SelectMany(b => b)];
    }

    private static Proto.Node Node(string address, int incarnation) => new() { Address = address, Incarnation = incarnation };

    private static Proto.Circle WithInviteLeft(int left)
    {
        var circle = CircleWire.Write(Examples.PrivateRoom.Circle)!;
        circle.Invites[0].Left = left;
        return circle;
    }

    private static Proto.NodeJoined Member(string address, int incarnation) => new() { Node = Node(address, incarnation), Life = 1 };

    private static Proto.PresentUser User(ulong user, string name) => new() { User = user, Name = name, Node = Node("a", 1) };

    /// <summary>A frame taken apart as norris.proto says.</summary>
    private sealed class Parts
    {
        public required Proto.Frame Head { get; init; }

        public required byte[] Texts { get; set; }

        public static Parts Of(byte[] frame)
        {
            var head = BinaryPrimitives.ReadInt32LittleEndian(frame);
            return new() { Head = Proto.Frame.Parser.ParseFrom(frame, sizeof(int), head), Texts = frame[(sizeof(int) + head)..] };
        }

        public byte[] Frame() => [.. BitConverter.GetBytes(Head.CalculateSize()), .. Head.ToByteArray(), .. Texts];
    }
}
