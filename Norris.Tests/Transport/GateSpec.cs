using CsCheck;
using Norris.Actors.Transport;
using Norris.Core.Room;
using static Norris.Tests.Transport.Pdu;

namespace Norris.Tests.Transport;

/// <summary>What the gate makes of frames that no node sends, and of some that nodes do send.</summary>
public sealed class GateSpec
{
    private const string Host = "127.0.0.1";
    private const int Port = 4711;
    private const int Uid = -17;
    private const string Peer = "akka.tcp://norris@127.0.0.1:4711";
    private const string Here = "akka.tcp://norris@127.0.0.1:4053";
    private const string Replica = $"{Here}/user/norris-replica";

    private static readonly Gate Gate = GateTo(() => false);

    private static readonly byte[] OwnPrepare = Own(Peer, Uid, 24, Number(1, 5), "DR5");

    public static TheoryData<string, byte[]> Good => new()
    {
        { "a message of Norris's own", Envelope(Replica, OwnPrepare, $"{Peer}/user/norris-replica") },
        { "a heartbeat", Envelope($"{Here}/", Selection(Payload(Bytes(1, Address(Host, Port, "akka.tcp")), 5, "HB"), "system", "cluster", "heartbeatReceiver")) },
        { "a join", Envelope($"{Here}/system/cluster/core/daemon", Payload(Join(Bytes(1, Unique(Host, Port, Uid)), Text(2, "dc-default")), 5, "Akka.Cluster.InternalClusterAction+Join, Akka.Cluster")) },
        { "an application's own serializer", Envelope($"{Here}/user/x", Payload([1, 2], 77)) },
        { "an application's own selection", Envelope($"{Here}/", Selection(Payload([1, 2], 77), "user", "till")) },
        { "an acknowledgement", Bytes(1, Bytes(1, Fixed64(1, 7))) },
        { "a sign of life", Bytes(2, Number(1, 3)) },
        { "a goodbye", Bytes(2, Number(1, 4)) },
    };

    /// <summary>Who joins needs nothing of this before the others know it.</summary>
    public static TheoryData<string, byte[]> OfMembers => new()
    {
        { "gossip", Envelope($"{Here}/system/cluster/core/daemon", Payload(Join(Bytes(1, Unique(Host, Port, Uid)), Text(2, "a"), Text(2, "b")), 5, "Akka.Cluster.GossipStatus, Akka.Cluster")) },
        { "gossip about the whole cluster", Envelope($"{Here}/system/cluster/core/daemon", Payload(Join(Bytes(1, Unique(Host, Port, Uid)), Text(2, "a"), Text(2, "b")), 5, "Akka.Cluster.GossipEnvelope, Akka.Cluster")) },
        { "one over pub-sub", Envelope(Replica, Payload(Bytes(1, OwnPrepare), 9, "F")) },
        { "a question who the singleton is", Envelope($"{Here}/", Selection(Payload(Bytes(1, Payload([65], 17, "S")), 16, "ID"), "user", "norris-sequencer", "sequencer"), $"{Peer}/user/p") },
        { "its answer", Envelope($"{Here}/user/p", Payload(Join(Bytes(1, Payload([65], 17, "S")), Text(2, $"{Peer}/user/norris-sequencer/sequencer")), 16, "AID")) },
        { "a watch", Envelope($"{Here}/user/x", Payload(Join(Bytes(1, Text(1, $"{Here}/user/x")), Bytes(2, Text(1, $"{Peer}/system/remote-watcher"))), 22, "Akka.Dispatch.SysMsg.Watch, Akka"), number: 0) },
        { "a hand-over of the singleton", Envelope($"{Here}/", Selection(Payload([], 14, "A"), "user", "norris-sequencer"), $"{Peer}/user/norris-sequencer") },
        { "its end, said to the manager itself", Envelope($"{Here}/user/norris-sequencer", Payload([], 14, "C"), $"{Peer}/user/norris-sequencer") },
        { "which topics are where", Envelope($"{Here}/user/norris-pubsub", Payload([], 9, "A")) },
        { "a sign of life of who watches", Envelope($"{Here}/", Selection(Payload([], 16, "RWHB"), "system", "remote-watcher")) },
        { "a death, after others", Envelope($"{Here}/user/x", Payload(Bytes(1, Text(1, $"{Peer}/user/x")), 22, "Akka.Dispatch.SysMsg.DeathWatchNotification, Akka"), number: 7) },
    };

    public static TheoryData<string, byte[]> Bad => new()
    {
        { "PoisonPill", Envelope(Replica, Payload([], 16, "PP")) },
        { "Kill", Envelope(Replica, Payload([], 16, "K")) },
        { "PoisonPill over a selection", Envelope($"{Here}/", Selection(Payload([], 16, "PP"), "user", "norris-replica")) },
        { "PoisonPill over a selection that nodes use", Envelope($"{Here}/", Selection(Payload([], 16, "PP"), "user", "norris-sequencer", "sequencer")) },
        { "PoisonPill over pub-sub", Envelope(Replica, Payload(Bytes(1, Payload([], 16, "PP")), 9, "F")) },
        { "settings", Envelope(Replica, Payload("a:{"u8.ToArray(), 16, "CF")) },
        { "an exception by name", Envelope(Replica, Payload(Bytes(1, Text(1, "No.Such, X")), 16, "STF")) },
        { "a success round something", Envelope(Replica, Payload(Bytes(1, Payload([], 16, "STS")), 16, "STS")) },
        { "a question within a question", Envelope($"{Here}/", Selection(Payload(Bytes(1, Payload(Bytes(1, Payload([], 17)), 16, "ID")), 16, "ID"), "user", "norris-sequencer", "sequencer")) },
        { "an identity of somebody else's actor", Envelope($"{Here}/user/p", Payload(Text(2, $"{Here}/user/x"), 16, "AID")) },
        { "Terminate", Envelope(Replica, Payload([], 22, "Akka.Dispatch.SysMsg.Terminate, Akka"), number: 1) },
        { "Suspend", Envelope(Replica, Payload([], 22, "Akka.Dispatch.SysMsg.Suspend, Akka")) },
        { "a watch without a number", Envelope(Replica, Payload(Bytes(2, Text(1, $"{Peer}/x")), 22, "Akka.Dispatch.SysMsg.Watch, Akka")) },
        { "a watch in another's name", Envelope(Replica, Payload(Join(Bytes(1, Text(1, Replica)), Bytes(2, Text(1, $"{Here}/user/x"))), 22, "Akka.Dispatch.SysMsg.Watch, Akka"), number: 1) },
        { "the death of another's actor", Envelope(Replica, Payload(Bytes(1, Text(1, $"{Here}/user/x")), 22, "Akka.Dispatch.SysMsg.DeathWatchNotification, Akka"), number: 1) },
        { "a numbered message", Envelope(Replica, OwnPrepare, number: 5) },
        { "a selection of a replica", Envelope($"{Here}/", Selection(OwnPrepare, "user", "norris-replica")) },
        { "a selection with a pattern", Envelope($"{Here}/", Payload(Join(Bytes(1, OwnPrepare), Bytes(2, Join(Number(1, 3), Text(2, "*")))), 6)) },
        { "a selection with a step up", Envelope($"{Here}/", Payload(Join(Bytes(1, OwnPrepare), Bytes(2, Number(1, 1))), 6)) },
        { "a selection from below the root", Envelope($"{Here}/user", Selection(Payload([], 14, "A"), "user", "norris-sequencer")) },
        { "a step that is a path", Envelope($"{Here}/", Selection(Payload([], 14, "A"), "user/norris-sequencer")) },
        { "a selection within a selection", Envelope($"{Here}/", Selection(Selection(Payload([], 14, "A"), "user", "norris-sequencer"), "user", "norris-sequencer")) },
        { "a thousand steps", Envelope($"{Here}/", Selection(Payload([], 14, "A"), [.. Enumerable.Repeat("user", 1000)])) },
        { "JSON", Envelope(Replica, Payload("{}"u8.ToArray(), 1)) },
        { "a bare Protobuf message", Envelope(Replica, Payload([], 2, "X, Y")) },
        { "an order to start an actor", Envelope(Replica, Payload([], 3)) },
        { "a serializer that nobody has", Envelope(Replica, Payload([], 999, "\u001b[31m")) },
        { "a negative serializer", Envelope(Replica, Join(Bytes(1), Number(2, unchecked((ulong)-5)))) },
        { "a frame from another node", Envelope(Replica, Own(Here, Uid, 24, Number(1, 5), "DR5")) },
        { "a frame from another incarnation", Envelope(Replica, Own(Peer, Uid + 1, 24, Number(1, 5), "DR5")) },
        { "a frame from two nodes", Envelope(Replica, Payload(TwoSenders(), 4053, "DR5")) },
        { "a frame from another node over pub-sub", Envelope(Replica, Payload(Bytes(1, Own(Here, Uid, 24, Number(1, 5), "DR5")), 9, "F")) },
        { "a frame from nobody", Envelope(Replica, Payload(Join([5, 0, 0, 0], Bytes(24, [8, 5])), 4053, "DR5")) },
        { "a frame without its head", Envelope(Replica, Payload([255, 255, 255, 127], 4053, "DR5")) },
        { "another's sender", Envelope(Replica, OwnPrepare, $"{Here}/user/x") },
        { "a sender that only begins like its own", Envelope(Replica, OwnPrepare, $"{Peer}0/user/x") },
        { "gossip in another's name", Envelope($"{Here}/system/cluster/core/daemon", Payload(Bytes(1, Unique(Host, Port, Uid + 1)), 5, "Akka.Cluster.GossipStatus, Akka.Cluster")) },
        { "gossip in two names", Envelope($"{Here}/system/cluster/core/daemon", Payload(Join(Bytes(1, Unique(Host, Port, Uid)), Bytes(1, Unique(Host, 1, 1))), 5, "Akka.Cluster.GossipStatus, Akka.Cluster")) },
        { "a join for another", Envelope($"{Here}/system/cluster/core/daemon", Payload(Bytes(1, Unique(Host, 4054, 1)), 5, "Akka.Cluster.InternalClusterAction+Join, Akka.Cluster")) },
        { "a join with roles that would fill the gossip", Envelope($"{Here}/system/cluster/core/daemon", Payload(Join(Bytes(1, Unique(Host, Port, Uid)), Text(2, new string('r', 1024))), 5, "Akka.Cluster.InternalClusterAction+Join, Akka.Cluster")) },
        { "an order to leave", Envelope($"{Here}/system/cluster/core/daemon", Payload(Address(Host, Port, "akka.tcp"), 5, "Akka.Cluster.ClusterUserAction+Leave, Akka.Cluster")) },
        { "an order to go down", Envelope($"{Here}/system/cluster/core/daemon", Payload(Address(Host, 4053, "akka.tcp"), 5, "Akka.Cluster.ClusterUserAction+Down, Akka.Cluster")) },
        { "a pool of routees", Envelope(Replica, Payload([], 5, "Akka.Cluster.Routing.ClusterRouterPool, Akka.Cluster")) },
        { "a second handshake", Associate(Host, 1, 1) },
        { "a manifest without end", Envelope(Replica, Payload([], 5, new string('x', 100_000))) },
        { "a path without end", Envelope(new string('x', 100_000), OwnPrepare) },
        { "a list of numbers without end", Bytes(1, Bytes(1, Bytes(2, new byte[100_000]))) },
        { "two envelopes", Bytes(1, Join(Bytes(2), Bytes(2))) },
        { "a message and an instruction", Join(Bytes(1, 1), Bytes(2, Number(1, 3))) },
        { "an instruction that nobody knows", Bytes(2, Number(1, 99)) },
        { "nothing", [] },
        { "an empty payload", Bytes(1) },
        { "a length beyond the end", [0x0a, 0x7f, 1, 2] },
        { "a varint without end", [0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff] },
    };

    [Theory]
    [MemberData(nameof(Good))]
    public void What_nodes_say_to_each_other_comes_in(string what, byte[] frame) => Assert.True(Gate.WhyNot(frame) is null, $"{what}: {Gate.WhyNot(frame)}");

    [Theory]
    [MemberData(nameof(Bad))]
    public void What_no_node_says_stays_out(string what, byte[] frame) => Assert.All([Gate, GateTo(() => true)], gate => Assert.True(gate.WhyNot(frame) is not null, what));

    [Theory]
    [MemberData(nameof(OfMembers))]
    public void What_only_members_say_stays_out_from_anybody_else(string what, byte[] frame)
    {
        var isMember = true;
        var gate = GateTo(() => isMember);
        Assert.True(gate.WhyNot(frame) is null, $"{what}: {gate.WhyNot(frame)}");
        isMember = false;
        Assert.Equal("a message that only members send", gate.WhyNot(frame));
    }

    [Theory]
    [InlineData("sel")]
    [InlineData("id")]
    [InlineData("sts")]
    public void Depth_costs_no_stack_and_no_time(string kind)
    {
        const int Depth = 20_000;
        byte[] tail = kind switch
        {
            "sel" => Number(2, 6),
            "id" => Join(Number(2, 16), Text(3, "ID")),
            _ => Join(Number(2, 16), Text(3, "STS")),
        };

        // From the inside out, so that it takes no time here.
        var heads = new List<byte[]>();
        var length = 0;
        for (var i = 0; i < Depth; i++)
        {
            var message = Bytes(1)[..1];
            byte[] head = [.. message, .. Number(1, (ulong)length)[1..]];
            var inner = head.Length + length + tail.Length;
            byte[] outer = [.. message, .. Number(1, (ulong)inner)[1..]];
            heads.Add([.. outer, .. head]);
            length = outer.Length + inner;
        }

        heads.Reverse();
        var nested = Join([.. heads, .. Enumerable.Repeat(tail, Depth)]);

        Assert.NotNull(Gate.WhyNot(Envelope(Replica, Payload(nested, kind == "sel" ? 6 : 16, kind == "sel" ? "" : kind.ToUpperInvariant()))));
    }

    [Fact]
    public void Whatever_the_bytes_are_there_is_an_answer_and_no_exception()
    {
        var member = GateTo(() => true);
        byte[][] frames = [.. Good.Concat(OfMembers).Concat(Bad).Select(row => (byte[])row[1]).Where(b => b.Length is > 0 and < 4096), Associate(Host, Port, Uid)];
        Gen.Select(Gen.Int[0, frames.Length - 1].Select(i => frames[i]), Gen.Int[0, 4095], Gen.Byte, Gen.Int[0, 64]).Sample(
            (frame, at, value, cut) =>
            {
                var changed = frame.ToArray();
                changed[at % changed.Length] = value;
                _ = member.WhyNot(changed);
                _ = member.WhyNot(changed.AsSpan(0, changed.Length - Math.Min(cut, changed.Length)));
                _ = Handshake.Associate(changed);
            },
            iter: 200_000);
    }

    [Theory]
    [InlineData(null, null, true)]
    [InlineData("own", "own", true)]
    [InlineData("own", null, true)]
    [InlineData("own", "another", false)]
    [InlineData(null, "another", false)]
    [InlineData("own", "half", false)]
    public void Who_asks_to_be_let_in_shows_the_device_that_its_connection_has_proven(string? proven, string? shown, bool isLetIn)
    {
        var own = DeviceId.Of([1]);
        var gate = new Gate(new GateRules([], []), new Origin("tcp", "norris", Host, Port, Uid, proven is null ? null : own), () => true);
        byte[] device = shown switch { null => [], "own" => own.ToBytes(), "half" => own.ToBytes()[..16], _ => DeviceId.Of([2]).ToBytes() };
        var request = Join(Number(1, 1), shown is null ? [] : Bytes(2, device));

        Assert.Equal(isLetIn, gate.WhyNot(Envelope($"{Here}/user/norris-sequencer/sequencer", Own(Peer, Uid, 16, request, "J7"))) is null);
    }

    private static Gate GateTo(Func<bool> isMember) => new(new GateRules([77], ["/user/till"]), new Origin("tcp", "norris", Host, Port, Uid), isMember);

    private static byte[] TwoSenders()
    {
        var head = Join(Bytes(1, Join(Text(1, Peer), Fixed32(2, Uid))), Bytes(24, Number(1, 5)), Bytes(1, Join(Text(1, Here), Fixed32(2, 1))));
        return Join([(byte)head.Length, 0, 0, 0], head);
    }
}
