using System.Runtime.Serialization;
using Google.Protobuf;
using Google.Protobuf.Collections;
using Norris.Actors.Protocol;
using Norris.Actors.Wire;
using Proto = Norris.Actors.Wire.Proto;

namespace Norris.Tests.Wire;

/// <summary>Frames in the right format that say what must not be: each is a good one with one thing made wrong.</summary>
public sealed class MalformedSpec
{
    private static readonly Dictionary<string, (string Manifest, Action<Proto.Frame> Harm)> Cases = new()
    {
        ["no sender"] = ("J1", f => f.From = null),
        ["a sender without an address"] = ("J1", f => f.From.Address = ""),
        ["an address with a line break"] = ("J1", f => f.From.Address = "akka.tcp://norris@a\n:1"),
        ["an address too long"] = ("J1", f => f.From.Address = new string('a', WireLimits.AddressLength + 1)),
        ["no message"] = ("J1", f => f.ClearMessage()),
        ["a negative epoch"] = ("O1", f => f.Ordered.Epoch = -1),
        ["a member's ack below nothing"] = ("P1", f => f.Progress.Acks = new() { Members = { new Norris.Actors.Wire.Proto.MemberAck { Received = -1 } } }),
        ["more acks than members"] = ("P1", f => f.Progress.Acks = new() { Members = { Enumerable.Repeat(new Norris.Actors.Wire.Proto.MemberAck { Received = 1 }, 257) } }),
        ["a negative number"] = ("A1", f => f.Ack.Received = -1),
        ["a record before the first"] = ("O1", f => f.Ordered.Records[0].First = 0),
        ["a record after the last number there is"] = ("O1", f => Only(f.Ordered.Records, 0).First = long.MaxValue),
        ["a gap between records"] = ("O1", f => f.Ordered.Records[5].First++),
        ["a record twice"] = ("O1", f => f.Ordered.Records.Insert(1, f.Ordered.Records[1])),
        ["a gap between base and records"] = ("PG1", f => f.Page.Base.At--),
        ["a gap in a page of recovery"] = ("RP1", f => f.RecoveryPage.Records.RemoveAt(3)),
        ["a record without an epoch"] = ("O1", f => Only(f.Ordered.Records, 0).Epoch = 0),
        ["epochs that go back"] = ("O1", f => f.Ordered.Records[3].Epoch--),
        ["a record without an entry"] = ("O1", f => f.Ordered.Records[1].ClearEntry()),
        ["a time without a date"] = ("O1", f => f.Ordered.Records[0].OrderedAt = long.MaxValue),
        ["a page too large"] = ("O1", f => Fill(f.Ordered)),
        ["an entry without its node"] = ("O1", f => f.Ordered.Records[1].NodeJoined.Node = null),
        ["a reason nobody knows"] = ("O1", f => f.Ordered.Records[2].NodeLeft.Reason = (Proto.LeaveReason)4),
        ["no reason"] = ("O1", f => f.Ordered.Records[2].NodeLeft.Reason = Proto.LeaveReason.Unspecified),
        ["an empty name"] = ("O1", f => f.Ordered.Records[4].UserJoined.Name = ""),
        ["a name too long"] = ("O1", f => f.Ordered.Records[4].UserJoined.Name = new string('a', Limits.NameLength + 1)),
        ["a name with a space"] = ("O1", f => f.Ordered.Records[4].UserJoined.Name = "a b"),
        ["a name that is not in its normal form"] = ("O1", f => f.Ordered.Records[4].UserJoined.Name = "ﬁn"),
        ["a user without a counter"] = ("O1", f => f.Ordered.Records[4].UserJoined.FirstCounter = 0),
        ["no block"] = ("S1", f => f.Submit.Block = null),
        ["a block with fewer messages than it says"] = ("S1", f => f.Submit.Block.Count++),
        ["a block that ends in the middle"] = ("S1", f => f.Submit.Block.Texts = ByteString.CopyFrom(f.Submit.Block.Texts.Span[..^1])),
        ["a block with no UTF-8"] = ("S1", f => f.Submit.Block.Texts = ByteString.CopyFrom(0, 1, 0xff, 0, 1, (byte)'b')),
        ["a block too large"] = ("S1", f => (f.Submit.Block.Texts, f.Submit.Block.Count) = Texts(3)),
        ["a counter below 1"] = ("S1", f => f.Submit.Block.FirstCounter = 0),
        ["a message sent at no time"] = ("S1", f => f.Submit.Block.SentAt = -1),
        ["a token too long"] = ("UJ1", f => f.UserJoinRequest.Token = ByteString.CopyFrom(new byte[WireLimits.TokenBytes + 1])),
        ["a wanted name too long"] = ("UJ1", f => f.UserJoinRequest.Wanted = new string('a', WireLimits.WantedLength + 1)),
        ["a request without a counter"] = ("UJ1", f => f.UserJoinRequest.FirstCounter = 0),
        ["a reason too long"] = ("JX1", f => f.JoinRefused.Reason = new string('a', WireLimits.ReasonLength + 1)),
        ["a reason with an escape sequence"] = ("UX1", f => f.UserRefused.Reason = "\u001b[2J"),
        ["too many members"] = ("D1", f => f.Digest.Members.Add(Enumerable.Range(0, Limits.Nodes).Select(i => Node("b", i)))),
        ["members that are not in their order"] = ("C1", f => f.Cut.Members.Add(Node("0", 1))),
        ["a member twice"] = ("D1", f => f.Digest.Members.Add(f.Digest.Members[^1])),
        ["no delivery level"] = ("D1", f => f.Digest.Delivery = Proto.Delivery.Unspecified),
        ["a node that asks to join without a life"] = ("J1", f => f.JoinRequest.Life = 0),
        ["a node that joined without a life"] = ("O1", f => f.Ordered.Records[1].NodeJoined.Life = -1),
        ["a room with too many members"] = ("PG1", f => f.Page.Base.Members.Add(Enumerable.Range(0, Limits.Nodes).Select(i => Member("b", i)))),
        ["a room with a member twice"] = ("PG1", f => f.Page.Base.Members.Add(f.Page.Base.Members[^1])),
        ["too many stretches"] = ("C1", f => f.Cut.Stretches.Add(Enumerable.Range(10, WireLimits.Stretches).Select(i => new Proto.Stretch { Epoch = i, Last = i }))),
        ["stretches that are not in their order"] = ("C1", f => f.Cut.Stretches.Add(new Proto.Stretch { Epoch = 5, Last = 9 })),
        ["a negative place to fetch from"] = ("RF1", f => f.RecoveryFetch.After = -1),
        ["too many users"] = ("PG1", f => f.Page.Base.Users.Add(Enumerable.Range(0, Limits.Users).Select(i => User((ulong)i + 100, $"u{i}")))),
        ["too many departed users"] = ("PG1", f => f.Page.Base.Departed.Add(Enumerable.Range(0, Limits.DepartedUsers).Select(i => new Proto.DepartedUser { User = (ulong)i + 100, Name = "u" }))),
        ["a user twice"] = ("PG1", f => f.Page.Base.Users.Add(User(f.Page.Base.Users[0].User, "other"))),
        ["a user both here and gone"] = ("PG1", f => f.Page.Base.Users.Add(User(f.Page.Base.Departed[0].User, "other"))),
        ["two users with one name"] = ("PG1", f => f.Page.Base.Users.Add(User(100, "ZOE"))),
        ["a user with a negative counter"] = ("RP1", f => f.RecoveryPage.Base.Users[0].LastCounter = -1),
    };

    public static TheoryData<string> Names() => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_malformed_message_is_refused(string what)
    {
        var (manifest, harm) = Cases[what];
        var example = Examples.All.First(m => Kind.Of(m).Manifest == manifest);
        var frame = Proto.Frame.Parser.ParseFrom(new FromNode(Examples.Ann, example).Encoded);
        WireReader.Read(frame.ToByteArray(), Kind.Of(manifest));

        harm(frame);

        var refusal = Assert.Throws<SerializationException>(() => WireReader.Read(frame.ToByteArray(), Kind.Of(manifest)));
        Assert.DoesNotContain(refusal.Message, char.IsControl);
    }

    private static Proto.LogRecord Only(RepeatedField<Proto.LogRecord> records, int index)
    {
        var record = records[index];
        records.Clear();
        records.Add(record);
        return record;
    }

    private static void Fill(Proto.Ordered batch)
    {
        batch.Records.Clear();
        for (var i = 0; i < 4; i++)
        {
            var said = new Proto.Said { User = 1, FirstCounter = 1, SentAt = 1 };
            (said.Texts, said.Count) = Texts(2);
            batch.Records.Add(new Proto.LogRecord { First = 1 + (i * said.Count), Epoch = 3, Said = said });
        }
    }

    private static (ByteString Texts, int Count) Texts(int count)
    {
        var text = new string('x', Limits.BlockBytes / 2 - 10);
        var one = Examples.Block(1, 1, text).Texts.ToArray();
        return (ByteString.CopyFrom([.. Enumerable.Repeat(one, count).SelectMany(b => b)]), count);
    }

    private static Proto.Node Node(string address, int incarnation) => new() { Address = address, Incarnation = incarnation };

    private static Proto.NodeJoined Member(string address, int incarnation) => new() { Node = Node(address, incarnation), Life = 1 };

    private static Proto.PresentUser User(ulong user, string name) => new() { User = user, Name = name, Node = Node("a", 1) };
}
