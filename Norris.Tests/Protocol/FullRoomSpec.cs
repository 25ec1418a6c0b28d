using Norris.Core.Protocol;
using static Norris.Tests.Protocol.Cast;

namespace Norris.Tests.Protocol;

/// <summary>A room takes so many nodes.</summary>
public sealed class FullRoomSpec
{
    [Fact]
    public void Who_asks_again_for_the_last_place_in_a_room_is_not_refused_for_its_own_sake()
    {
        NodeId[] members = [Ann, .. Enumerable.Range(1, Limits.Nodes - 2).Select(i => new NodeId($"akka.tcp://norris@m{i}:4053", i))];
        var log = LogOf(members.Select(node => new NodeJoined(node, 1)));

        var reign = Reign.GoOn(Ann, Options, new Epoch(2), log, default, false, new HashSet<NodeId>(), View([.. members, Bob, Cleo]), At(0));
        var effects = new List<Effect>();
        reign.Handle(Bob, new JoinRequest(1), At(0), effects);
        reign.Handle(Bob, new JoinRequest(1), At(1), effects);
        Assert.Empty(effects.SentTo<JoinRefused>(Bob));
        reign.Handle(Cleo, new JoinRequest(1), At(1), effects);
        Assert.Single(effects.SentTo<JoinRefused>(Cleo));
    }
}
