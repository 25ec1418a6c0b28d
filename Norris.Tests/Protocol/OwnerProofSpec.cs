using Norris.Core.Protocol;
using Norris.Core.Room;
using static Norris.Tests.Protocol.Cast;

namespace Norris.Tests.Protocol;

public sealed class OwnerProofSpec
{
    private static readonly OwnerKey Zoes = new("zoë's own"u8);
    private static readonly ReadOnlyMemory<byte> Good = Zoes.Prove(TheRoom, Bob, Zoe);

    [Fact]
    public void Its_owner_is_the_same_one_wherever_the_token_is_and_another_ones_is_not()
    {
        Assert.Equal(Zoes.Id, OwnerProof.OwnerOf(Good.Span, TheRoom, Bob, Zoe));
        Assert.Equal(Zoes.Id, OwnerProof.OwnerOf(new OwnerKey("zoë's own"u8).Prove(TheRoom, Ann, Yan).Span, TheRoom, Ann, Yan));
        Assert.NotEqual(Zoes.Id, new OwnerKey("yan's own"u8).Id);
    }

    [Fact]
    public void Without_a_proof_it_is_nobodys() => Assert.Equal(OwnerId.Nobody, OwnerProof.OwnerOf(default, TheRoom, Bob, Zoe));

    [Fact]
    public void It_serves_for_that_session_on_that_node_of_that_room_only()
    {
        Assert.Null(OwnerProof.OwnerOf(Good.Span, new RoomId(78), Bob, Zoe));
        Assert.Null(OwnerProof.OwnerOf(Good.Span, TheRoom, Ann, Zoe));
        Assert.Null(OwnerProof.OwnerOf(Good.Span, TheRoom, Bob with { Incarnation = 9 }, Zoe));
        Assert.Null(OwnerProof.OwnerOf(Good.Span, TheRoom, Bob, Yan));
    }

    [Fact]
    public void Whatever_else_comes_is_no_proof_and_no_exception()
    {
        for (var i = 0; i < Good.Length; i++)
        {
            var bent = Good.ToArray();
            bent[i] ^= 1;
            Assert.Null(OwnerProof.OwnerOf(bent, TheRoom, Bob, Zoe));
            Assert.Null(OwnerProof.OwnerOf(Good.Span[..Math.Max(1, i)], TheRoom, Bob, Zoe));
        }

        Assert.Null(OwnerProof.OwnerOf(new byte[OwnerProof.Length], TheRoom, Bob, Zoe));
    }

    [Fact]
    public void The_token_is_in_nothing_that_is_sent()
    {
        var token = "0123456789abcdef0123456789abcdef"u8;
        Assert.Equal(-1, new OwnerKey(token).Prove(TheRoom, Bob, Zoe).Span.IndexOf(token[..8]));
    }
}
