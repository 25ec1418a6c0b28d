using Norris.Core.Protocol;
using static Norris.Tests.Protocol.Cast;

namespace Norris.Tests.Protocol;

/// <summary>A node's copy of the room, told from Bob's side; Ann hosts.</summary>
public sealed class ReplicaSpec
{
    private static readonly Epoch One = new(1);
    private static readonly Epoch Two = new(2);
    private readonly Replica _bob = new(Bob, Options);

    public ReplicaSpec() => _bob.SetView(View(Ann, Bob, Cleo, Dan), At(0));

    [Fact]
    public void Who_is_no_member_of_the_cluster_has_no_say_and_is_told_of()
    {
        Start();
        foreach (ToReplicaMessage lie in new ToReplicaMessage[] { Batch(4, "boo"), new Expelled(One, 1), new Prepare(Two), new NewEpoch(Two, TheRoom, Nr(0), Nr(3), [], [Bob]), new JoinRefused("go away") })
        {
            Assert.Equal((Eve, lie), Assert.Single(Step(e => _bob.Handle(Eve, lie, At(20), e))) is Disbelieved d ? (d.From, d.Message) : default);
        }

        Assert.Equal((Nr(3), One, Ann), (_bob.Received, PromiseAt(30).LastEpoch, _bob.Host));
    }

    [Fact]
    public void No_member_makes_an_epoch_the_last_one()
    {
        Start();
        var last = new Epoch(Limits.HighestNumber);
        Assert.IsType<Disbelieved>(Assert.Single(Step(e => _bob.Handle(Cleo, new Prepare(last), At(20), e))));
        Assert.IsType<Disbelieved>(Assert.Single(Step(e => _bob.Handle(Cleo, new Progress(last, Nr(9), Nr(9), Nr(9)), At(20), e))));
        Assert.Equal(Two, PromiseAt(30).Candidate);
    }

    [Fact]
    public void Of_a_reign_only_its_own_host_is_believed()
    {
        // Cleo is a member of the cluster: she may host another room under an epoch of the same number.
        Start();
        Step(e => _bob.Handle(Cleo, Batch(4, "boo"), At(20), e));
        Step(e => _bob.Handle(Cleo, new Progress(One, Nr(9), Nr(9), Nr(9)), At(20), e));
        Assert.Equal((Nr(3), Nr(3)), (_bob.Received, _bob.Highest));
    }

    [Fact]
    public void Who_does_not_host_refuses_nobody()
    {
        _bob.SetView(View(Ann, Bob, Cleo) with { Oldest = Ann }, At(0));
        Step(e => _bob.Join(At(0), e));
        Assert.Empty(Step(e => _bob.Handle(Cleo, new JoinRefused("go away"), At(10), e)));
        Assert.Single(Step(e => _bob.Tick(At(200), e)), new SendToSequencer(new JoinRequest(1)));
        Assert.Empty(Step(e => _bob.Handle(Cleo, new UserRefused(Zoe, "go away"), At(210), e)));
        Assert.Single(Step(e => _bob.Handle(Ann, new UserRefused(Zoe, "go away"), At(220), e)), new RefuseUser(Zoe, "go away"));
        Assert.Single(Step(e => _bob.Handle(Ann, new JoinRefused("full"), At(230), e)), new Refused("full"));
    }

    [Fact]
    public void Who_hears_no_host_for_long_looks_around_and_again_until_it_hears_one()
    {
        const long Long = 8000;
        Assert.Equal(Long, 2 * Options.NodeSilentAfter);
        var view = View(Ann, Bob, Cleo, Dan) with { Oldest = Ann, LookedAround = long.MinValue };
        _bob.SetView(view, At(0));

        // A newcomer first, without a log; then a member.
        Step(e => _bob.Join(At(0), e));
        TicksUntil(0, Long - 200);
        Assert.False(_bob.MustLookAround);
        TicksUntil(Long - 200, Long + 200);
        Assert.True(_bob.MustLookAround);

        Step(e => _bob.Handle(Ann, FirstPage(stable: 3), At(10_000), e));
        TicksUntil(10_000, 10_000 + Long - 200);
        Assert.False(_bob.MustLookAround);
        TicksUntil(10_000 + Long - 200, 20_000);
        Assert.True(_bob.MustLookAround);

        _bob.SetView(view with { LookedAround = 20_000 }, At(20_000));
        TicksUntil(20_000, 20_000 + Long);
        Assert.False(_bob.MustLookAround);
        TicksUntil(20_000 + Long, 20_000 + Long + 200);
        Assert.True(_bob.MustLookAround);

        Step(e => _bob.Handle(Ann, new Progress(One, Nr(3), Nr(3), Nr(0)), At(30_000), e));
        TicksUntil(30_000, 30_200);
        Assert.False(_bob.MustLookAround);
    }

    [Fact]
    public void A_newcomer_asks_until_its_log_starts_and_delivers_from_its_own_coming_on()
    {
        Assert.Single(Step(e => _bob.Join(At(0), e)), new SendToSequencer(new JoinRequest(1)));
        Assert.Empty(Step(e => _bob.Tick(At(100), e)));
        Assert.Single(Step(e => _bob.Tick(At(200), e)), new SendToSequencer(new JoinRequest(1)));

        var effects = Step(e => _bob.Handle(Ann, FirstPage(stable: 3), At(210), e));
        Assert.Equal(Nr(3), Assert.Single(effects.OfType<LogStarted>()).First);
        Assert.Equal([Nr(3)], Delivered(effects));
        Assert.Equal(Ann, _bob.Host);
    }

    [Fact]
    public void Nothing_is_delivered_before_a_quorum_holds_it()
    {
        Start();
        Assert.Empty(Delivered(Step(e => _bob.Handle(Ann, Batch(4, "hello"), At(20), e))));
        Assert.Equal([Nr(4)], Delivered(Tell(highest: 4, stable: 4)));
    }

    [Fact]
    public void What_was_not_delivered_is_kept_whatever_the_host_says_that_all_have()
    {
        Start();
        Step(e => _bob.Handle(Ann, Batch(4, "hello"), At(20), e));
        Step(e => _bob.Handle(Ann, new Progress(One, Nr(4), Nr(3), Nr(4)), At(30), e));
        Assert.Equal([Nr(4)], Delivered(Tell(highest: 4, stable: 4)));
    }

    [Fact]
    public void One_acknowledgement_answers_all_that_came_together()
    {
        Start();
        Step(e => _bob.Handle(Ann, Batch(4, "a", "b"), At(20), e));
        Step(e => _bob.Handle(Ann, Batch(6, "c"), At(20), e));
        var ack = Assert.Single(Drain().SentTo<Ack>(Ann));
        Assert.Equal((One, Nr(6)), (ack.Epoch, ack.Received));
        Assert.Empty(Drain());
    }

    [Fact]
    public void A_gap_is_asked_for_once_it_stays_open_and_then_everything_is_delivered_in_order_and_once()
    {
        Start();
        Assert.Empty(Step(e => _bob.Handle(Ann, Batch(6, "later"), At(20), e)));
        Assert.Empty(Step(e => _bob.Tick(At(60), e)).SentTo<Fetch>(Ann));
        Assert.Single(Step(e => _bob.Tick(At(71), e)).SentTo<Fetch>(Ann), new Fetch(One, Nr(3)));
        Assert.Empty(Step(e => _bob.Tick(At(100), e)).SentTo<Fetch>(Ann));
        Assert.Single(Step(e => _bob.Tick(At(271), e)).SentTo<Fetch>(Ann));

        var page = new Page(One, null, [.. Batch(4, "a", "b").Records, .. Batch(6, "later").Records], Nr(6), Nr(6));
        Assert.Equal([Nr(4), Nr(6)], Delivered(Step(e => _bob.Handle(Ann, page, At(280), e))));
        Assert.Empty(Delivered(Step(e => _bob.Handle(Ann, page, At(281), e))));
    }

    [Fact]
    public void The_loss_of_the_last_batch_is_noticed_by_what_the_host_says_when_idle()
    {
        Start();
        Tell(highest: 9, stable: 3, at: 20);
        Assert.Single(Step(e => _bob.Tick(At(70), e)).SentTo<Fetch>(Ann), new Fetch(One, Nr(3)));
    }

    [Fact]
    public void Who_has_promised_a_higher_epoch_takes_nothing_from_a_lower_one_and_says_so()
    {
        Start();
        var promise = Assert.Single(Step(e => _bob.Handle(Cleo, new Prepare(Two), At(20), e)).SentTo<Promise>(Cleo));
        Assert.Equal((Two, TheRoom, Nr(3)), (promise.Candidate, promise.Room, promise.Received));

        var effects = Step(e => _bob.Handle(Ann, Batch(4, "too late"), At(30), e));
        Assert.Single(effects.SentTo<EpochRefused>(Ann), new EpochRefused(Two));
        Assert.Equal(Nr(3), _bob.Received);
        Assert.Empty(Drain().SentTo<Ack>(Ann));
    }

    [Fact]
    public void A_promise_is_given_to_one_candidate_of_an_epoch()
    {
        Start();
        Step(e => _bob.Handle(Cleo, new Prepare(Two), At(20), e));
        Assert.Single(Step(e => _bob.Handle(Dan, new Prepare(Two), At(20), e)).SentTo<EpochRefused>(Dan), new EpochRefused(Two));
        Assert.Single(Step(e => _bob.Handle(Cleo, new Prepare(Two), At(20), e)).SentTo<Promise>(Cleo));
    }

    [Fact]
    public void What_the_new_reign_does_not_have_is_dropped_before_anybody_has_seen_it()
    {
        Start();
        Step(e => _bob.Handle(Ann, Batch(4, "only Bob got this"), At(20), e));
        Step(e => _bob.Handle(Cleo, new Prepare(Two), At(30), e));
        var newEpoch = new NewEpoch(Two, TheRoom, Nr(0), Nr(3), [new(default, Nr(0)), new(One, Nr(3))], [Ann, Bob, Cleo]);
        var effects = Step(e => _bob.Handle(Cleo, newEpoch, At(40), e));

        Assert.Equal([new EpochAccepted(Two, Cleo, 20)], effects);
        Assert.Equal(Nr(3), _bob.Received);
        var next = new Ordered(Two, [Record(4, 2, new EpochStarted(Cleo, false))], Nr(4), default);
        Assert.Equal([Nr(4)], Delivered(Step(e => _bob.Handle(Cleo, next, At(50), e))));
    }

    [Theory]
    [InlineData(false, 0, 3)]
    [InlineData(true, 10, 20)] // what Bob lacks is no longer held
    public void A_room_that_went_on_without_this_node_makes_it_a_newcomer_with_another_life(bool isMember, long floor, long highest)
    {
        Start();
        var newEpoch = new NewEpoch(Two, TheRoom, Nr(floor), Nr(highest), [new(default, Nr(0)), new(One, Nr(highest))], isMember ? [Ann, Bob, Cleo] : [Ann, Cleo]);
        var effects = Step(e => _bob.Handle(Cleo, newEpoch, At(40), e));
        Assert.Single(effects.OfType<Excluded>());
        Assert.Equal(new SendToSequencer(new JoinRequest(2)), effects[^1]);
        Assert.Null(_bob.Room);
    }

    [Fact]
    public void Of_a_reign_that_it_never_heard_of_it_asks_where_it_begins_instead_of_guessing()
    {
        Start();
        var effects = Step(e => _bob.Handle(Cleo, new Progress(Two, Nr(9), Nr(9), default), At(20), e));
        Assert.Equal([new NewEpochRequest(Two)], effects.SentTo<NewEpochRequest>(Cleo));
        Assert.Empty(Delivered(effects));
    }

    [Fact]
    public void What_the_host_tells_of_the_members_is_kept_until_it_knows_better()
    {
        Start();
        Report(since: 3, 5, 4);
        Assert.Equal([(Ann, new(Nr(5), 4)), (Bob, new(Nr(4), 5))], Known());
        Report(since: 3, 6, 0);
        Assert.Equal([(Ann, new(Nr(6), 3)), (Bob, new(Nr(4), 5))], Known());

        IEnumerable<(NodeId, MemberPlace)> Known() => _bob.Places.Select(m => (m.Key, m.Value)).OrderBy(m => m.Key);
    }

    [Theory]
    [InlineData(4, new long[] { 5, 4 })]
    [InlineData(3, new long[] { 5, 4, 3 })]
    public void What_is_told_of_another_membership_is_nobodys(long since, long[] received)
    {
        Start();
        Report(since, received);
        Assert.Empty(_bob.Places);
    }

    [Fact]
    public void A_node_that_leaves_asks_until_everyone_knows()
    {
        Start();
        Assert.Single(Step(e => _bob.Leave(At(20), e)), new SendToSequencer(new LeaveRequest()));
        Step(e => _bob.Handle(Ann, new Ordered(One, [Record(4, 1, new NodeLeft(Bob, LeaveReason.Left))], Nr(3), default), At(30), e));
        Assert.Single(Tell(highest: 4, stable: 4).OfType<Gone>());
    }

    [Fact]
    public void What_passes_between_it_and_the_host_tells_each_when_the_other_had_heard_it()
    {
        Start();
        var seen = new Now(5, 6);
        Step(e => _bob.Handle(Ann, Batch(4, "a"), At(20), e));
        var first = Assert.Single(Drain(30).SentTo<Ack>(Ann));
        Assert.Equal((At(30), default), (first.Sent, first.Heard));

        Step(e => _bob.Handle(Ann, new Progress(One, Nr(4), Nr(3), default, new(Nr(3), [default, new(Nr(4), first.Sent)], seen)), At(40), e));
        Assert.Equal(seen, Assert.Single(Drain(50).SentTo<Ack>(Ann)).Heard);
        var promise = PromiseAt(100);
        Assert.Equal((Ann, 70), (promise.HeardBy, promise.HeardAgo));

        // This machine has slept: one of its clocks stood still meanwhile.
        var woken = At(100) with { Wall = At(5100).Wall };
        var later = Assert.Single(Step(e => _bob.Handle(Cleo, new Prepare(Two.Next), woken, e)).SentTo<Promise>(Cleo));
        Assert.Equal((Ann, 5070), (later.HeardBy, later.HeardAgo));
    }

    /// <summary>Cleo's reign began with more than Bob has: what she decided before is not with him.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void That_a_host_had_heard_it_is_said_only_by_who_has_what_the_reign_began_with(bool hasIt)
    {
        Start();
        Step(e => _bob.Handle(Cleo, new Prepare(Two), At(10), e));
        Step(e => _bob.Handle(Cleo, new NewEpoch(Two, TheRoom, Nr(0), Nr(4), [new(default, Nr(0)), new(One, Nr(4))], [Ann, Bob, Cleo]), At(20), e));
        if (hasIt)
        {
            Step(e => _bob.Handle(Cleo, new Ordered(Two, [Record(4, 1, new Said(Block(Zoe, 1, "a"))), Record(5, 2, new EpochStarted(Cleo, false))], Nr(3), default), At(25), e));
        }

        Step(e => _bob.Handle(Cleo, new Progress(Two, Nr(5), Nr(3), default, new(Nr(3), [default, new(Nr(3), At(22))], default)), At(30), e));
        var promise = Assert.Single(Step(e => _bob.Handle(Ann, new Prepare(Two.Next), At(40), e)).SentTo<Promise>(Ann));
        Assert.Equal(hasIt ? Cleo : null, promise.HeardBy);
    }

    [Fact]
    public void What_it_acknowledged_as_a_member_of_the_reign_it_does_not_give_up_for_a_shorter_log()
    {
        // Ann took Bob out and in again (his second life), and died before her page reached him; Cleo goes on with that.
        Start();
        Step(e => _bob.Handle(Ann, new Expelled(One, 1), At(20), e));
        List<LogRecord> log =
        [
            .. FirstPage(3).Records, Record(4, 1, new NodeLeft(Bob, LeaveReason.Expelled)), Record(5, 1, new NodeJoined(Bob, 2)),
            .. Batch(6, "a", "b", "c").Records,
        ];
        Step(e => _bob.Handle(Cleo, new NewEpoch(Two, TheRoom, Nr(0), Nr(8), [new(default, Nr(0)), new(One, Nr(8))], [Ann, Bob, Cleo]), At(30), e));
        Step(e => _bob.Handle(Cleo, new Page(Two, null, log[3..], Nr(8), Nr(0)), At(40), e));
        Assert.Equal(Nr(8), Assert.Single(Drain(50).SentTo<Ack>(Cleo)).Received);

        // Cleo counts him for all of it. Then she sends him the beginning of the log, as far as it goes into one page.
        Step(e => _bob.Handle(Cleo, new Page(Two, NewRoom, log[..5], Nr(8), Nr(8)), At(60), e));
        var promise = Assert.Single(Step(e => _bob.Handle(Dan, new Prepare(new Epoch(3)), At(70), e)).SentTo<Promise>(Dan));
        var isVoter = promise.MembersSince <= promise.Received;
        Assert.True(promise.Received == Nr(8) || !isVoter, $"he has {promise.Received} of 8, and votes");
    }

    [Fact]
    public void In_another_life_nothing_is_taken_for_stable_that_was_so_in_the_one_before()
    {
        // Nine was stable once; the room has lost that with its dead, and goes on after two. Cleo has numbered more, and nobody else has that yet.
        Start();
        Tell(highest: 9, stable: 9);
        Step(e => _bob.Handle(Ann, new Expelled(One, 1), At(110), e));
        Assert.Empty(Delivered(Step(e => _bob.Handle(Cleo, SecondLife(stable: 2), At(120), e))));
        Assert.Equal([Nr(3), Nr(4)], Delivered(Step(e => _bob.Handle(Cleo, new Progress(Two, Nr(4), Nr(4), default), At(130), e))));
    }

    [Fact]
    public void What_takes_out_a_former_life_comes_too_late_for_this_one()
    {
        Start();
        Step(e => _bob.Handle(Ann, new Expelled(One, 1), At(20), e));
        Step(e => _bob.Handle(Cleo, SecondLife(stable: 4), At(30), e));
        Assert.Empty(Step(e => _bob.Handle(Cleo, new Expelled(Two, 1), At(40), e)));
        Assert.NotNull(_bob.Room);
    }

    /// <summary>The host counts its acks as those of a member by then.</summary>
    [Theory]
    [InlineData(2, true)]
    [InlineData(1, false)]
    public void Who_is_in_again_has_a_vote_as_soon_as_its_log_says_so(int records, bool hasVote)
    {
        Start();
        Step(e => _bob.Handle(Ann, new Expelled(One, 1), At(20), e));
        var page = SecondLife(stable: 2);
        Step(e => _bob.Handle(Cleo, page with { Records = [.. page.Records.Take(1 + records)] }, At(30), e));
        Assert.Null(_bob.Room);
        var promise = Assert.Single(Step(e => _bob.Handle(Cleo, new Prepare(new Epoch(3)), At(40), e)).SentTo<Promise>(Cleo));
        Assert.Equal(hasVote, promise.MembersSince <= promise.Received);
        Assert.Equal(hasVote, promise.MembersBefore is not null);
    }

    /// <summary>Ann is about to host again. Bob has answered her, and she asks him again, for ever: she hears nobody. Or she waits for Cleo, and says that she is there.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_candidate_that_does_not_hear_the_answers_is_silent(bool hearsNobody)
    {
        Start();
        Step(e => _bob.Handle(Ann, new Ordered(One, [Record(4, 1, new NodeJoined(Cleo, 1))], Nr(4), default), At(20), e));
        _bob.SetView(View(Ann, Bob, Cleo) with { Oldest = Ann }, At(20));
        var effects = new List<Effect>();
        for (var at = 30L; at <= 3 * Options.HostSilentAfter; at += 100)
        {
            _bob.Handle(Ann, hearsNobody ? new Prepare(Two) : new HostReport(Ann, false), At(at), effects);
            _bob.Handle(Cleo, new HostReport(Ann, true), At(at), effects);
            _bob.Tick(At(at), effects);
        }

        Assert.Equal(hearsNobody, effects.Any(e => e is TakeOut { Node: var node } && node == Ann));
    }

    private static Page SecondLife(long stable) => new(
        Two,
        NewRoom,
        [Record(1, 1, new NodeJoined(Cleo, 1)), Record(2, 2, new EpochStarted(Cleo, true)), Record(3, 2, new NodeJoined(Bob, 2)), Record(4, 2, new Said(Block(Zoe, 1, "a")))],
        Nr(4),
        Nr(stable));

    private static Page FirstPage(long stable) => new(
        One,
        NewRoom,
        [Record(1, 1, new NodeJoined(Ann, 1)), Record(2, 1, new EpochStarted(Ann, false)), Record(3, 1, new NodeJoined(Bob, 1))],
        Nr(3),
        Nr(stable));

    private static Ordered Batch(long first, params string[] texts) => new(One, [Record(first, 1, new Said(Block(Zoe, first, texts)))], Nr(3), default);

    private static IEnumerable<SequenceNumber> Delivered(IEnumerable<Effect> effects) => effects.OfType<Deliver>().Select(d => d.Record.First);

    private List<Effect> Tell(long highest, long stable, long at = 100) =>
        Step(e => _bob.Handle(Ann, new Progress(One, Nr(highest), Nr(stable), default), At(at), e));

    private List<Effect> Drain(long at = 20) => Step(e => _bob.Drained(At(at), e));

    private Promise PromiseAt(long at) => Assert.Single(Step(e => _bob.Handle(Cleo, new Prepare(Two), At(at), e)).SentTo<Promise>(Cleo));

    private void Report(long since, params long[] received) =>
        Step(e => _bob.Handle(Ann, new Progress(One, Nr(9), Nr(3), default, new(Nr(since), [.. received.Select(r => new MemberAck(Nr(r), default))], default)), At(20), e));

    private void Start()
    {
        Step(e => _bob.Join(At(0), e));
        Step(e => _bob.Handle(Ann, FirstPage(stable: 3), At(10), e));
        Drain();
    }

    private void TicksUntil(long from, long until) => TimePasses(_bob.Tick, from, until);
}
