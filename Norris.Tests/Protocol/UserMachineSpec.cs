using Norris.Core.Protocol;
using Norris.Core.Room;
using static Norris.Tests.Protocol.Cast;

namespace Norris.Tests.Protocol;

/// <summary>Zoë's session on Bob's node, which loses the room and comes back.</summary>
public sealed class UserMachineSpec
{
    private readonly UserMachine _zoe = new(Zoe, "zoë", default, Options);

    [Fact]
    public void Who_was_forgotten_while_away_does_not_say_again_what_may_have_been_said()
    {
        Enter(NewRoom, Nr(5));
        Say("perhaps said");
        _zoe.Excluded();
        _zoe.TrySubmit("never handed over"u8, 0);
        var effects = Step(e => _zoe.LogStarted(Bob, NewRoom with { At = Nr(9000), ForgottenAt = Nr(8000) }, At(100), e));

        Assert.Equal(new InDoubt(Zoe, 1), effects.OfType<InDoubt>().Single());
        Assert.Equal(2, effects.OfType<SendToSequencer>().Select(s => s.Message).OfType<UserJoinRequest>().Single().FirstCounter);
        Assert.Equal(1, _zoe.Pending);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    public void Where_nobody_was_forgotten_since_everything_is_said_again(long forgottenAt)
    {
        Enter(NewRoom, Nr(5));
        Say("not in the order");
        _zoe.Excluded();
        var effects = Step(e => _zoe.LogStarted(Bob, NewRoom with { At = Nr(9000), ForgottenAt = Nr(forgottenAt) }, At(100), e));

        Assert.Empty(effects.OfType<InDoubt>());
        Assert.Equal(1, _zoe.Pending);
    }

    [Fact]
    public void In_an_agreed_room_a_message_is_held_until_it_cannot_be_taken_back()
    {
        Enter(NewRoom with { Delivery = DeliveryLevel.Agreed }, Nr(5));
        Say("shown at once");
        Step(e => _zoe.Delivered(Record(6, 1, new Said(Block(Zoe, 1, "shown at once"))), At(20), e));
        Assert.Equal(1, _zoe.Pending);
        Step(e => _zoe.Settled(Nr(5), At(30), e));
        Assert.Equal(1, _zoe.Pending);
        Step(e => _zoe.Settled(Nr(6), At(40), e));
        Assert.Equal(0, _zoe.Pending);
    }

    [Fact]
    public void In_an_agreed_room_what_was_taken_back_is_said_again()
    {
        var room = NewRoom with { Delivery = DeliveryLevel.Agreed };
        Enter(room, Nr(5));
        Say("only here");
        Step(e => _zoe.Delivered(Record(6, 1, new Said(Block(Zoe, 1, "only here"))), At(20), e));
        _zoe.Excluded();
        Enter(room with { At = Nr(40) }, Nr(41));

        Assert.Equal(1, _zoe.Pending);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Words_under_her_id_that_are_not_hers_are_told_and_her_own_are_said_again_after_them(int lies)
    {
        Enter(NewRoom, Nr(5));
        Say("her own");
        var forged = Record(6, 1, new Said(Block(Zoe, 1, [.. Enumerable.Repeat("not hers", lies)])));
        var effects = Step(e => _zoe.Delivered(forged, At(20), e));

        Assert.Equal(new Forged(Zoe, forged), effects.OfType<Forged>().Single());
        var again = effects.OfType<SendToSequencer>().Select(s => s.Message).OfType<Submit>().Single().Block;
        Assert.Equal(1 + lies, again.FirstCounter);
        Assert.Empty(Step(e => _zoe.Delivered(Record(6 + lies, 1, new Said(again)), At(30), e)).OfType<Forged>());
        Assert.Equal(0, _zoe.Pending);
    }

    [Fact]
    public void What_she_says_after_a_forgery_is_not_taken_for_said_already()
    {
        Enter(NewRoom, Nr(5));
        Step(e => _zoe.Delivered(Record(6, 1, new Said(Block(Zoe, 1, "not hers"))), At(20), e));
        Assert.Equal(2, _zoe.TrySubmit("hers"u8, 0)!.Value.Counter);
    }

    [Fact]
    public void Who_leaves_with_her_node_is_gone_whatever_was_left_to_say()
    {
        Enter(NewRoom, Nr(5));
        Say("bye");
        Step(e => _zoe.Leave(At(20), e));
        Step(e => _zoe.Delivered(Record(6, 1, new UserLeft(Zoe, LeaveReason.Left)), At(30), e));
        Assert.True(_zoe.IsGone);
    }

    /// <summary>Her last words are on a link that stalls, and meanwhile she is taken for a ghost.</summary>
    [Fact]
    public void Who_is_let_go_by_others_while_she_leaves_comes_back_to_say_what_is_left()
    {
        Enter(NewRoom, Nr(5));
        Say("bye");
        Step(e => _zoe.Leave(At(20), e));
        var effects = Step(e => _zoe.Delivered(Record(6, 1, new UserLeft(Zoe, LeaveReason.Crashed)), At(30), e));
        Assert.False(_zoe.IsGone);
        Assert.Single(effects.OfType<SendToSequencer>(), e => e.Message is UserJoinRequest);

        effects = Step(e => _zoe.Delivered(Record(7, 1, new UserJoined(Zoe, "zoë", Bob, OwnerId.Nobody, 1)), At(40), e));
        var again = Assert.Single(effects.OfType<SendToSequencer>().Select(e => e.Message).OfType<Submit>()).Block;
        Step(e => _zoe.Delivered(Record(8, 1, new Said(again)), At(50), e));
        Assert.Single(Step(e => _zoe.Tick(At(1000), e)).OfType<SendToSequencer>(), e => e.Message is UserLeaveRequest);
        Step(e => _zoe.Delivered(Record(9, 1, new UserLeft(Zoe, LeaveReason.Left)), At(1010), e));
        Assert.True(_zoe.IsGone);
    }

    private void Enter(RoomSnapshot before, SequenceNumber at)
    {
        Step(e => _zoe.LogStarted(Bob, before, At(0), e));
        Step(e => _zoe.Delivered(Record(at.Value, 1, new UserJoined(Zoe, "zoë", Bob, OwnerId.Nobody, 1)), At(1), e));
    }

    private void Say(string text)
    {
        _zoe.TrySubmit(System.Text.Encoding.UTF8.GetBytes(text), At(0).Wall);
        Assert.Single(Step(e => _zoe.Drained(At(10), e)).OfType<SendToSequencer>());
    }
}
