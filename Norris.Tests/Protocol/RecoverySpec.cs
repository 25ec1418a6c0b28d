using Norris.Core.Protocol;
using static Norris.Tests.Protocol.Cast;

namespace Norris.Tests.Protocol;

/// <summary>Cleo is to host, and others do not answer her: they may be in another cluster by now, which hers has never heard of.</summary>
public sealed class RecoverySpec
{
    private readonly Sequencer _cleo = new(Cleo, Options, TheRoom, mayBegin: false);

    [Fact]
    public void A_newcomer_whom_nobody_answers_joins_elsewhere()
    {
        Step(e => _cleo.SetView(View(Ann, Cleo), At(0), e));
        Step(e => _cleo.Handle(Cleo, Nothing, At(0), e));
        Assert.DoesNotContain(TicksUntil(0, 2 * Options.NodeSilentAfter - 200), e => e is NoRoomHere);
        Assert.Single(TicksUntil(2 * Options.NodeSilentAfter - 200, 4 * Options.NodeSilentAfter), e => e is NoRoomHere);
    }

    [Fact]
    public void Proof_is_looked_for_of_members_that_do_not_answer()
    {
        Step(e => _cleo.SetView(View(Ann, Bob, Cleo), At(0), e));
        var has = new Digest(_cleo.Epoch, TheRoom, DeliveryLevel.Uniform, default, Nr(3), Nr(3), [Ann, Bob, Cleo], Nr(2));
        Step(e => _cleo.Handle(Cleo, has, At(0), e));
        Assert.Empty(_cleo.Missing);
        TicksUntil(0, Limits.TieAfter + 200);
        Assert.Equal([Ann, Bob], _cleo.Missing.Order());
    }

    [Fact]
    public void Who_is_left_of_a_membership_goes_on_only_after_a_look_at_the_addresses_of_those_who_are_out()
    {
        var view = new ClusterView(new HashSet<NodeId> { Cleo }, new HashSet<NodeId> { Ann, Bob }) { LookedAround = 900 };
        Step(e => _cleo.SetView(view, At(1000), e));
        var has = new Digest(_cleo.Epoch, TheRoom, DeliveryLevel.Uniform, default, Nr(3), Nr(3), [Ann, Bob, Cleo], Nr(2));
        Step(e => _cleo.Handle(Cleo, has, At(1000), e));
        Assert.True(_cleo.MustLookAround);
        Assert.DoesNotContain(TicksUntil(1000, 60_000), e => e is Send { Message: RecoveryFetch });

        // What was seen before a sleep of ten seconds is no longer so.
        Step(e => _cleo.SetView(view with { LookedAround = 60_000 }, At(70_000), e));
        Assert.True(_cleo.MustLookAround);

        // Something may be lost: it asks for promises under an epoch of a new era, and looks no second time.
        var asked = Assert.Single(Step(e => _cleo.SetView(view with { LookedAround = 70_000 }, At(70_100), e)).SentTo<DigestRequest>(Cleo));
        Assert.Equal(1, asked.Candidate.Era);
        Assert.Single(Step(e => _cleo.Handle(Cleo, has with { Candidate = asked.Candidate }, At(80_000), e)).SentTo<RecoveryFetch>(Cleo));
    }

    /// <summary>What another node says of the room that it is in, to Bob, who has TheRoom's log up to 40 and follows epoch 5.</summary>
    [Theory]
    [InlineData(77UL, 6L, 30L, false, true)]
    [InlineData(77UL, 5L, 41L, false, true)] // Bob was taken out meanwhile
    [InlineData(77UL, 6L, 30L, true, false)] // Bob is a member there
    [InlineData(77UL, 5L, 40L, false, false)] // it knows nothing that Bob does not know
    [InlineData(77UL, 4L, 90L, false, false)] // Bob is further on
    [InlineData(78UL, 6L, 30L, false, false)] // another room
    [InlineData(0UL, 6L, 30L, false, false)] // none
    public void Who_hears_that_its_room_has_gone_on_without_it_is_overtaken(ulong room, long epoch, long at, bool withBob, bool isOvertaken)
    {
        var answer = new ItIsI(new RoomId(room), new Epoch(epoch), Nr(at), withBob);
        Assert.Equal(isOvertaken, answer.Overtakes(TheRoom, new Epoch(5), Nr(40)));
        Assert.False(answer.Overtakes(RoomId.None, default, default));
    }

    private static Digest Nothing => new(new Epoch(1), RoomId.None, DeliveryLevel.Uniform, default, default, default, [], default);

    private List<Effect> TicksUntil(long from, long until)
    {
        var effects = new List<Effect>();
        for (var at = from + 100; at <= until; at += 100)
        {
            effects.AddRange(Step(e => _cleo.Tick(At(at), e)));
        }

        return effects;
    }
}
