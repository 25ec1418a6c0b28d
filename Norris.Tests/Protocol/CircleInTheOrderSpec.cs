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
        Ask(Bob, new DeviceAdmitted(Admits(s_bobs, s_cleos, Invite.Id), Invite.Id));
        Assert.Empty(Asked(Ann, new DeviceAdmitted(Admits(s_anns, new SimulatedDevice("dan's"), Invite.Id), Invite.Id)));
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
    public void Who_is_put_out_is_refused_once_the_others_know_that_it_does_not_count_and_not_before()
    {
        Found();
        BobIsIn();
        Do(Ann, new CircleRequest(new DeviceExpelled(Expulsion.Of(s_both.Id, s_bobs.Id, s_anns.Id, 5, s_anns.Sign))));
        Assert.Contains(Published(Drain()), r => r.Entry is NodeLeft);
        Assert.Empty(Do(Bob, new JoinRequest(2) { Device = s_bobs.Id }).SentTo<JoinRefused>(Bob));
        Assert.DoesNotContain(PassTime(200), e => e is TakeOut);
        Settle(Bob);
        Assert.Contains("was put out", Assert.Single(Do(Bob, new JoinRequest(2) { Device = s_bobs.Id }).SentTo<JoinRefused>(Bob)).Reason, StringComparison.Ordinal);
        Assert.Contains(PassTime(200), e => e is TakeOut { Node: var node } && node == Bob);
    }

    [Fact]
    public void The_next_host_lets_the_users_of_a_put_out_device_go_before_it_hears_anything()
    {
        var log = new Log(RoomState.New(RoomPlace.Beginning(TheRoom), DeliveryLevel.Uniform, Ann, new HomeCircle(s_anns.Id, s_both)));
        Entry[] entries =
        [
            new NodeJoined(Bob, 1) { Device = s_bobs.Id }, new UserJoined(Zoe, "zoe", Bob, OwnerId.Nobody, 1), new DeviceExpelled(Expulsion.Of(s_both.Id, s_bobs.Id, s_anns.Id, 5, s_anns.Sign)),
        ];
        foreach (var entry in entries)
        {
            log.Append(new LogRecord(log.Received.Next, new Epoch(1), 1, entry));
        }

        var reign = Reign.GoOn(Ann, Options, new Epoch(2), log, log.Received, mayHaveLost: false, new HashSet<NodeId>(), View(Ann, Bob), At(0));
        var effects = Step(e => reign.Handle(Bob, new Submit(Block(Zoe, 1, "after")), At(1), e));
        effects.AddRange(Step(e => reign.Drained(At(1), e)));
        Assert.Equal(new UserLeft(Zoe, LeaveReason.PutOut), Assert.Single(Published(effects).Select(r => r.Entry).OfType<UserLeft>()));
        Assert.DoesNotContain(Published(effects), r => r.Entry is Said);
    }

    [Fact]
    public void To_put_out_again_who_is_out_has_no_place_whatever_time_the_first_record_says()
    {
        Found();
        BobIsIn();
        Ask(Ann, new DeviceExpelled(Expulsion.Of(s_both.Id, s_bobs.Id, s_anns.Id, Limits.LatestTime, s_anns.Sign)));
        Assert.Empty(Asked(Ann, new DeviceExpelled(Expulsion.Of(s_both.Id, s_bobs.Id, s_anns.Id, 6, s_anns.Sign))));
    }

    [Fact]
    public void A_record_that_nobody_has_signed_is_said_to_be_none()
    {
        Found();
        BobIsIn();
        var forged = Admission.Of(s_both.Id, s_cleos.Key.Span, default, "", s_anns.Id, 2, s_bobs.Sign);
        Assert.Contains("is not signed by", Assert.Single(Do(Bob, new CircleRequest(new DeviceAdmitted(forged, null))).OfType<Disbelieved>()).Why, StringComparison.Ordinal);
    }

    [Fact]
    public void A_room_with_a_circle_is_uniform()
    {
        var room = new OpenRoom(new HomeCircle(s_anns.Id, s_both), Options with { Delivery = DeliveryLevel.Agreed });
        Assert.Equal(DeliveryLevel.Uniform, room.DeliveryToldTo(Bob, s_bobs));
    }

    [Fact]
    public void A_host_that_was_put_out_and_is_left_alone_gives_up_the_room()
    {
        Found();
        BobIsIn();
        Assert.Contains(Asked(Bob, new DeviceExpelled(Expulsion.Of(s_both.Id, s_anns.Id, s_bobs.Id, 5, s_bobs.Sign))), r => r.Entry is DeviceExpelled);
        Assert.DoesNotContain(PassTime(1000), e => e is NoRoomHere);

        var alone = new OpenRoom(new HomeCircle(s_anns.Id, s_both.With(Expulsion.Of(s_both.Id, s_anns.Id, s_bobs.Id, 5, s_bobs.Sign))));
        var effects = alone.Passes();
        Assert.Contains(effects, e => e is NoRoomHere);
        Assert.DoesNotContain(Published(effects), r => r.Entry is NodeJoined);
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
        Assert.Empty(Step(e => petitions.Tick(circle, 0, At(100), e)));
        Assert.Single(Step(e => petitions.Tick(circle, 0, At(200), e)).OfType<SendToSequencer>());
        Assert.Null(Assert.Single(Step(e => petitions.Delivered(comes, At(250), e)).OfType<CircleAnswered>()).WhyNot);

        Step(e => petitions.Ask(new DeviceAdmitted(Admits(s_bobs, s_cleos), null), At(300), e));
        var answer = Assert.Single(Step(e => petitions.Tick(circle.With(comes, 1), 0, At(500), e)).OfType<CircleAnswered>());
        Assert.Contains("is in already", answer.WhyNot, StringComparison.Ordinal);
        Assert.Equal(0, petitions.Count);
    }

    [Fact]
    public void What_is_brought_is_asked_for_one_by_one_and_each_before_what_takes_its_signers_right()
    {
        // Ann let Bob in, who let Cleo in; Ann put Cleo out; Bob put Ann out.
        var own = s_both.With(Admits(s_bobs, s_cleos)).With(Expulsion.Of(s_both.Id, s_cleos.Id, s_anns.Id, 5, s_anns.Sign)).With(Expulsion.Of(s_both.Id, s_anns.Id, s_bobs.Id, 6, s_bobs.Sign));
        var petitions = new Petitions(Options);
        var room = RoomCircle.Of(s_founded);
        var effects = Step(e => petitions.Bring(room, own, At(0), e));
        var said = new List<string>();
        while (effects.OfType<SendToSequencer>().SingleOrDefault()?.Message is CircleRequest { Entry: var entry })
        {
            Assert.Null(room.WhyNot(entry, 1));
            room = room.With(entry, 1);
            said.Add($"{entry.GetType().Name} {entry switch { DeviceAdmitted e => e.Record.Device.Beginning, DeviceExpelled e => e.Record.Device.Beginning, _ => "" }}");
            effects = Step(e => petitions.Delivered(entry, At(1), e));
        }

        Assert.Equal([$"DeviceAdmitted {s_bobs.Id.Beginning}", $"DeviceAdmitted {s_cleos.Id.Beginning}", $"DeviceExpelled {s_cleos.Id.Beginning}", $"DeviceExpelled {s_anns.Id.Beginning}"], said);
        Assert.Equal((own, 0), (room.Circle, petitions.Count));
    }

    [Fact]
    public void Whoever_is_brought_uses_up_the_invite_that_it_came_with_and_has_no_place_where_another_used_it()
    {
        var room = RoomCircle.Of(s_both).With(new InviteMade(Invite), 1);
        var brought = new DeviceAdmitted(Admits(s_bobs, s_cleos, Invite.Id), null);
        Assert.Equal(InviteStanding.Used, room.With(brought, 2).Find(Invite.Id)!.Standing);
        Assert.Null(RoomCircle.Of(s_both).WhyNot(brought, 2));
        var used = room.With(new DeviceAdmitted(Admits(s_anns, new SimulatedDevice("dan's"), Invite.Id), Invite.Id), 2);
        Assert.Contains("was used by", used.WhyNot(brought, 3), StringComparison.Ordinal);
        Assert.Contains("was not signed for", room.WhyNot(new DeviceAdmitted(Admits(s_bobs, s_cleos), Invite.Id), 2), StringComparison.Ordinal);
    }

    [Fact]
    public void Who_was_put_out_is_heard_until_its_nodes_have_left_and_a_moment_longer_but_not_for_ever()
    {
        var partings = new Partings();
        partings.Started(RoomState.New(RoomPlace.Beginning(TheRoom), DeliveryLevel.Uniform, Ann, new HomeCircle(s_anns.Id, s_both)), At(0));
        partings.Delivered(new NodeJoined(Bob, 1) { Device = s_bobs.Id }, At(0));
        partings.Delivered(new DeviceExpelled(Expulsion.Of(s_both.Id, s_bobs.Id, s_anns.Id, 5, s_anns.Sign)), At(1000));
        Assert.Empty(partings.Due(At(1900)));
        partings.Delivered(new NodeLeft(Bob, LeaveReason.PutOut), At(2000));
        Assert.Empty(partings.Due(At(2000 + Partings.Lasts - 1)));
        var (device, nodes) = Assert.Single(partings.Due(At(2000 + Partings.Lasts)));
        Assert.Equal((s_bobs.Id, Bob), (device, Assert.Single(nodes)));
        Assert.True(partings.IsQuiet);

        partings.Delivered(new NodeJoined(Cleo, 1) { Device = s_cleos.Id }, At(0));
        partings.Delivered(new DeviceExpelled(Expulsion.Of(s_both.Id, s_cleos.Id, s_anns.Id, 5, s_anns.Sign)), At(0));
        Assert.Empty(partings.Due(At(Partings.AtMost - 1)));
        Assert.Equal(s_cleos.Id, Assert.Single(partings.Due(At(Partings.AtMost))).Device);
    }

    [Fact]
    public void What_the_room_does_not_know_of_the_own_circle_is_brought()
    {
        var petitions = new Petitions(Options);
        var brought = Step(e => petitions.Bring(RoomCircle.Of(s_founded), s_both, At(0), e));
        Assert.Equal(s_bobs.Id, Assert.IsType<DeviceAdmitted>(Assert.IsType<CircleRequest>(Assert.Single(brought.OfType<SendToSequencer>()).Message).Entry).Record.Device);
        Assert.Single(Step(e => petitions.Bring(RoomCircle.Of(s_founded), s_both, At(0), e)));
        Assert.Equal(1, petitions.Count);
        Assert.Empty(Step(e => new Petitions(Options).Bring(RoomCircle.Of(s_both), s_founded, At(0), e)));
    }

    private static Invite Invite => new(InviteId.Of(7)!.Value, default, s_anns.Id, long.MaxValue, 1, "", default);

    private static Admission Admits(SimulatedDevice by, SimulatedDevice device, InviteId? invite = null) => Admission.Of(s_founded.Id, device.Key.Span, default, "", by.Id, 2, by.Sign, invite);

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
    private sealed class OpenRoom(HomeCircle? home = null, ProtocolOptions? options = null) : AnnsReign(options, home)
    {
        public DeliveryLevel DeliveryToldTo(NodeId node, SimulatedDevice device)
        {
            Found();
            See(Ann, node);
            return Assert.Single(((IEnumerable<Effect>)[.. Do(node, new JoinRequest(1) { Device = device.Id }), .. Drain()]).SentTo<Page>(node)).Snapshot!.Delivery;
        }

        public List<Effect> Passes()
        {
            Found();
            return [.. Do(Ann, new JoinRequest(2) { Device = s_anns.Id }), .. PassTime(200)];
        }

        public List<LogRecord> Ask(CircleEntry entry)
        {
            Found();
            Do(Ann, new CircleRequest(entry));
            return Published(Drain());
        }
    }
}
