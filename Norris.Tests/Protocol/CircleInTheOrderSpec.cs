using Norris.Core.Protocol;
using Norris.Core.Room;
using Norris.Tests.Simulation;
using static Norris.Tests.Protocol.Cast;

namespace Norris.Tests.Protocol;

/// <summary>Ann hosts a room for certain devices: hers, which founded the circle, and Bob's.</summary>
public sealed class CircleInTheOrderSpec() : AnnsReign(home: new HomeCircle(s_anns.Id, s_both))
{
    private static readonly SimulatedDevice s_anns = new("ann's");
    private static readonly SimulatedDevice s_bobs = new("bob's");
    private static readonly SimulatedDevice s_cleos = new("cleo's");
    private static readonly Circle s_founded = Circle.Found(Admission.Founding(s_anns.Key.Span, default, "", 1, s_anns.Sign), SimulatedDevice.IsSigned);
    private static readonly Circle s_both = s_founded.With(Admits(s_anns, s_bobs));

    [Fact]
    public void A_node_on_a_device_of_the_circle_comes_in_and_everybody_knows_which_it_is()
    {
        Found();
        Assert.Equal(s_anns.Id, Assert.IsType<NodeJoined>(_annsLog.PageAfter(default)[0].Entry).Device);
        Assert.Equal(s_bobs.Id, Assert.Single(Published(Comes(Bob, s_bobs)).Select(r => r.Entry).OfType<NodeJoined>()).Device);
    }

    [Fact]
    public void Who_is_on_no_device_of_the_circle_is_refused_with_a_reason_and_let_go()
    {
        Found();
        Assert.Contains("ask for an invite", Refusal(Comes(Cleo, s_cleos)), StringComparison.Ordinal);
        See(Ann, Cleo);
        Assert.Contains("has not shown which it is", Refusal(Do(Cleo, new JoinRequest(1))), StringComparison.Ordinal);
        Assert.Contains(PassTime(100), e => e is TakeOut { Node: var node } && node == Cleo);
        Assert.Empty(Published(Drain()));
    }

    [Fact]
    public void Of_two_doors_with_one_invite_the_second_finds_it_used()
    {
        Found();
        BobIsIn();
        Ask(Ann, new InviteMade(Invite));
        Ask(Bob, new DeviceAdmitted(Admits(s_bobs, s_cleos), Invite.Id));
        Assert.Empty(Asked(Ann, new DeviceAdmitted(Admits(s_anns, new SimulatedDevice("dan's")), Invite.Id)));
        Assert.Contains(Published(Comes(Cleo, s_cleos)), r => r.Entry is NodeJoined { Device: { } device } && device == s_cleos.Id);
    }

    [Fact]
    public void The_same_request_again_gets_no_second_place()
    {
        Found();
        Ask(Ann, new InviteMade(Invite));
        Assert.Empty(Asked(Ann, new InviteMade(Invite)));
        Ask(Ann, new DeviceAdmitted(Admits(s_anns, s_cleos), null));
        Assert.Empty(Asked(Ann, new DeviceAdmitted(Admits(s_anns, s_cleos), null)));
    }

    [Fact]
    public void Who_is_put_out_leaves_at_that_number_and_nothing_that_it_says_after_it_gets_a_place()
    {
        Found();
        BobIsIn();
        Do(Bob, new UserJoinRequest(Zoe, "zoe", default, 1));
        Do(Bob, new Submit(Block(Zoe, 1, "before")));
        Drain();
        Settle(Bob);
        var kick = Asked(Ann, new DeviceExpelled(Expulsion.Of(s_both.Id, s_bobs.Id, s_anns.Id, 5, s_anns.Sign)));
        Assert.Equal([typeof(DeviceExpelled), typeof(UserLeft), typeof(NodeLeft)], kick.Select(r => r.Entry.GetType()));
        Assert.Equal(LeaveReason.PutOut, Assert.IsType<NodeLeft>(kick[^1].Entry).Reason);
        Do(Bob, new Submit(Block(Zoe, 2, "after")));
        Do(Bob, new UserJoinRequest(Zoe, "zoe", default, 2));
        Do(Bob, new CircleRequest(new DeviceAdmitted(Admits(s_bobs, s_cleos), null)));
        Assert.Empty(Published(Drain()));
        var refused = Do(Bob, new JoinRequest(2) { Device = s_bobs.Id });
        Assert.Contains("was put out", Assert.Single(refused.SentTo<JoinRefused>(Bob)).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_host_that_was_put_out_and_is_left_alone_gives_up_the_room()
    {
        Found();
        BobIsIn();
        Assert.Contains(Asked(Bob, new DeviceExpelled(Expulsion.Of(s_both.Id, s_anns.Id, s_bobs.Id, 5, s_bobs.Sign))), r => r.Entry is DeviceExpelled);
        Assert.DoesNotContain(PassTime(1000), e => e is NoRoomHere);

        var alone = new OpenRoom(new HomeCircle(s_anns.Id, s_both.With(Expulsion.Of(s_both.Id, s_anns.Id, s_bobs.Id, 5, s_bobs.Sign))));
        Assert.Contains(alone.Passes(), e => e is NoRoomHere);
    }

    [Fact]
    public void Nobody_invites_or_takes_back_in_anothers_name()
    {
        Found();
        BobIsIn();
        Assert.Contains(Do(Bob, new CircleRequest(new InviteMade(Invite))), e => e is Disbelieved);
        Ask(Ann, new InviteMade(Invite));
        Assert.Contains(Do(Bob, new CircleRequest(new InviteGone(Invite.Id, s_anns.Id))), e => e is Disbelieved);
        Assert.Empty(Published(Drain()));
    }

    [Fact]
    public void A_room_without_a_circle_hears_nothing_of_one()
    {
        var open = new OpenRoom();
        Assert.Empty(open.Ask(new DeviceAdmitted(Admits(s_anns, s_cleos), null)));
        Assert.Empty(open.Ask(new InviteMade(Invite)));
    }

    [Fact]
    public void What_is_asked_for_is_asked_again_until_the_order_has_it_or_cannot_have_it()
    {
        var petitions = new Petitions(Options);
        var circle = RoomCircle.Of(s_both);
        var comes = new DeviceAdmitted(Admits(s_anns, s_cleos), null);
        Assert.Single(Step(e => petitions.Ask(comes, At(0), e)).OfType<SendToSequencer>());
        Assert.Empty(Step(e => petitions.Tick(circle, At(100), e)));
        Assert.Single(Step(e => petitions.Tick(circle, At(200), e)).OfType<SendToSequencer>());
        Assert.Null(Assert.Single(Step(e => petitions.Delivered(comes, e)).OfType<CircleAnswered>()).WhyNot);

        Step(e => petitions.Ask(new DeviceAdmitted(Admits(s_bobs, s_cleos), null), At(300), e));
        var answer = Assert.Single(Step(e => petitions.Tick(circle.With(comes, 1), At(500), e)).OfType<CircleAnswered>());
        Assert.Contains("is in already", answer.WhyNot, StringComparison.Ordinal);
        Assert.Equal(0, petitions.Count);
    }

    [Fact]
    public void What_the_room_does_not_know_of_the_own_circle_is_brought()
    {
        var petitions = new Petitions(Options);
        var brought = Step(e => petitions.Bring(RoomCircle.Of(s_founded), s_both, At(0), e));
        Assert.Equal(s_bobs.Id, Assert.IsType<DeviceAdmitted>(Assert.IsType<CircleRequest>(Assert.Single(brought.OfType<SendToSequencer>()).Message).Entry).Record.Device);
        Assert.Empty(Step(e => petitions.Bring(RoomCircle.Of(s_founded), s_both, At(0), e)));
        Assert.Empty(Step(e => new Petitions(Options).Bring(RoomCircle.Of(s_both), s_founded, At(0), e)));
    }

    private static Invite Invite => new(InviteId.Of(7)!.Value, default, s_anns.Id, long.MaxValue, 1, "", default);

    private static Admission Admits(SimulatedDevice by, SimulatedDevice device) => Admission.Of(s_founded.Id, device.Key.Span, default, "", by.Id, 2, by.Sign);

    private static string Refusal(IEnumerable<Effect> effects) => Assert.Single(effects.SentTo<JoinRefused>(Cleo)).Reason;

    private List<Effect> Comes(NodeId node, SimulatedDevice device)
    {
        See(Ann, Bob, node);
        return [.. Do(node, new JoinRequest(1) { Device = device.Id }), .. Drain()];
    }

    private void BobIsIn()
    {
        Comes(Bob, s_bobs);
        Settle(Bob);
    }

    private void Ask(NodeId by, CircleEntry entry) => Assert.Contains(Asked(by, entry), r => r.Entry == entry);

    private List<LogRecord> Asked(NodeId by, CircleEntry entry)
    {
        Do(by, new CircleRequest(entry));
        var given = Published(Drain());
        Settle(Bob);
        return given;
    }

    /// <summary>Ann hosts a room, for everybody if not said otherwise, and is alone in it.</summary>
    private sealed class OpenRoom(HomeCircle? home = null) : AnnsReign(home: home)
    {
        public List<Effect> Passes()
        {
            Found();
            return PassTime(200);
        }

        public List<LogRecord> Ask(CircleEntry entry)
        {
            Found();
            Do(Ann, new CircleRequest(entry));
            return Published(Drain());
        }
    }
}
