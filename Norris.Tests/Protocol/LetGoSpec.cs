using Norris.Core.Protocol;
using static Norris.Tests.Protocol.Cast;

namespace Norris.Tests.Protocol;

/// <summary>Cleo is to host; Ann, who goes on elsewhere, has let one after the other go, and they wait for her.</summary>
public sealed class LetGoSpec
{
    private readonly Sequencer _cleo = new(Cleo, Options, TheRoom, mayBegin: false);

    /// <summary>Dan's log shows that nobody waits for Cleo.</summary>
    [Theory]
    [InlineData(false, false, true)]
    [InlineData(true, false, false)] // who does not know yet of Cleo's going may need her
    [InlineData(false, true, false)] // Bob is behind her, and may need her log
    public void Who_hosts_and_was_let_go_begins_anew_where_the_others_lack_a_quorum(bool isInDoubt, bool isBobBehind, bool beginsAnew)
    {
        Step(e => _cleo.SetView(View(Bob, Cleo, Dan), At(0), e));
        Step(e => _cleo.Handle(Cleo, Has, At(0), e));
        Step(e => _cleo.Handle(Bob, isBobBehind ? Has with { Received = Nr(2), Stable = Nr(2) } : LetCleoGo(isInDoubt), At(0), e));
        Step(e => _cleo.Handle(Dan, LetCleoGo(isInDoubt), At(0), e));
        Assert.DoesNotContain(TicksUntil(0, 2 * Options.NodeSilentAfter - 200), e => e is NoRoomHere);
        Assert.Equal(beginsAnew ? 1 : 0, TicksUntil(2 * Options.NodeSilentAfter - 200, 4 * Options.NodeSilentAfter).Count(e => e is NoRoomHere));
    }

    /// <summary>The same, where it is Cleo whom Ann has let go last, and Dan before her.</summary>
    [Theory]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public void Who_was_let_go_is_taken_out_by_who_waits_for_a_quorum(bool isInDoubt, bool isTakenOut)
    {
        var own = LetCleoGo(isInDoubt) with { Members = [Ann, Bob, Cleo, Eve], MembersBefore = isInDoubt ? [Ann, Bob, Cleo, Dan, Eve] : null };
        Step(e => _cleo.SetView(View(Cleo, Dan), At(0), e));
        Step(e => _cleo.Handle(Cleo, own, At(0), e));
        Step(e => _cleo.Handle(Dan, Has, At(0), e));
        Assert.DoesNotContain(TicksUntil(0, 2 * Options.NodeSilentAfter - 200), e => e is TakeOut);
        Assert.Equal(isTakenOut ? [Dan] : [], TicksUntil(2 * Options.NodeSilentAfter - 200, 4 * Options.NodeSilentAfter).OfType<TakeOut>().Select(e => e.Node).Distinct());
    }

    private Promise Has => new(_cleo.Epoch, TheRoom, DeliveryLevel.Uniform, default, Nr(3), Nr(3), [Ann, Bob, Cleo], Nr(2));

    private Promise LetCleoGo(bool isInDoubt) => Has with
    {
        LastEpoch = new(1),
        Received = Nr(50),
        Stable = Nr(isInDoubt ? 30 : 50),
        Members = [Ann, Bob, Dan, Eve],
        MembersSince = Nr(40),
        MembersBefore = isInDoubt ? [Ann, Bob, Cleo, Dan, Eve] : null,
    };

    private List<Effect> TicksUntil(long from, long until) => TimePasses(_cleo.Tick, from, until);
}
