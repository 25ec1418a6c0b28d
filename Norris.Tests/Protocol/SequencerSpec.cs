using Norris.Core.Protocol;
using Norris.Core.Room;
using static Norris.Tests.Protocol.Cast;

namespace Norris.Tests.Protocol;

/// <summary>Ann hosts; what the others send her is written down here.</summary>
public sealed class SequencerSpec : AnnsReign
{
    private const string Secret = "zoë's own";

    [Fact]
    public void Where_nobody_has_a_log_a_room_begins()
    {
        Found();
        Assert.True(_ann.IsReigning);
        Assert.Equal((new Epoch(1), Nr(2), Nr(2)), (_ann.Epoch, _ann.Highest, _ann.Stable));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_room_that_nobody_is_left_of_goes_on_where_its_stored_history_ends(bool isEnd)
    {
        var place = new RoomPlace(new RoomId(99), Nr(40), new Epoch(6), 0xabc) { IsEnd = isEnd, LastStamp = At(5000).Wall };
        var ann = new Sequencer(Ann, Options, TheRoom, new Epoch(3), place);
        Step(e => ann.SetView(View(Ann), At(0), e));
        var nothing = new Promise(ann.Epoch, RoomId.None, DeliveryLevel.Uniform, default, default, default, [], default);
        var batch = Assert.Single(Step(e => ann.Handle(Ann, nothing, At(0), e)).OfType<Publish>()).Batch;
        Assert.Equal((1, Nr(41)), (batch.Epoch.Era, batch.Records[0].First));
        Assert.Equal(!isEnd, ((EpochStarted)batch.Records[1].Entry).MayHaveLost);
        Assert.All(batch.Records, r => Assert.Equal(At(5000).Wall, r.OrderedAt));

        var page = Assert.Single(Step(e => ann.Handle(Ann, new JoinRequest(1), At(0), e)).SentTo<Page>(Ann));
        Assert.Equal((new RoomId(99), Nr(40), 0xabcUL), (page.Snapshot!.Room, page.Snapshot.At, page.Snapshot.Hash));
        var ack = new Ack(ann.Epoch, 1, Nr(42), TranscriptHash.After(batch.Records[1], TranscriptHash.After(batch.Records[0], 0xabc)), At(0), default);
        Step(e => ann.Handle(Ann, ack, At(0), e));
        Step(e => ann.Drained(At(0), e));
        Assert.Equal(Nr(42), ann.Stable);
    }

    [Fact]
    public void A_node_that_asks_is_let_in_and_gets_the_log_from_its_beginning()
    {
        Found();
        var effects = LetIn(Bob);
        Assert.Single(Published(effects), e => e.Entry is NodeJoined { Node: var node, Life: 1 } && node == Bob);
        var page = Assert.Single(effects.SentTo<Page>(Bob));
        Assert.NotNull(page.Snapshot);
    }

    [Fact]
    public void One_change_of_the_membership_is_made_at_a_time()
    {
        Found();
        See(Ann, Bob, Cleo);
        Do(Bob, new JoinRequest(1));
        Do(Cleo, new JoinRequest(1));
        Assert.Single(Published(Drain()), e => e.Entry is NodeJoined);
        Assert.Empty(Published(Drain()));

        Ack(Ann);
        Assert.Empty(Published(Drain()));
        Ack(Bob);
        Assert.Single(Published(Drain()), e => e.Entry is NodeJoined joined && joined.Node == Cleo);
    }

    [Fact]
    public void What_is_submitted_twice_or_out_of_turn_gets_one_place()
    {
        Found();
        BringIn(Zoe, "zoë");
        var first = Block(Zoe, 1, "a", "b");
        Do(Ann, new Submit(Block(Zoe, 3, "c")));
        Do(Ann, new Submit(first));
        Do(Ann, new Submit(first));
        Do(Ann, new Submit(Block(Zoe, 3, "c")));
        var said = Published(Drain()).Select(r => (r.First.Value, ((Said)r.Entry).Block.FirstCounter));
        Assert.Equal([(4, 1L), (6, 3L)], said);
    }

    [Fact]
    public void What_a_majority_holds_is_stable_and_what_one_of_two_holds_is_not()
    {
        Found();
        LetIn(Bob);
        Ack(Ann);
        Drain();
        Assert.Equal(Nr(2), _ann.Stable);
        Ack(Bob);
        Assert.Equal(Nr(3), Assert.Single(Drain().SentTo<Progress>(Bob)).Stable);
    }

    [Fact]
    public void How_far_each_member_is_goes_out_a_few_times_a_second_also_while_people_speak()
    {
        Found();
        LetIn(Bob);
        Settle(Bob);
        BringIn(Zoe, "zoë");
        Settle(Bob);
        var acked = _ann.Highest;
        Do(Ann, new Submit(Block(Zoe, 1, "not acked yet")));
        Assert.Equal(acked.Next, _ann.Highest);
        Assert.Empty(Reports(Drain()));
        _at += Options.ProgressEvery;
        var report = Assert.Single(Reports(Step(e => _ann.Tick(At(_at), e))));
        Assert.Equal([acked, acked], report.Members.Select(m => m.Received));
        Assert.Empty(Reports(Step(e => _ann.Tick(At(_at + 25), e))));
    }

    [Fact]
    public void A_newcomer_is_told_at_once_that_it_was_heard()
    {
        Found();
        LetIn(Bob);
        _at += 7;
        Ack(Bob);
        Assert.Equal([At(0), At(7)], Assert.Single(Reports(Drain())).Members.Select(m => m.Sent));
        _at += 7;
        Ack(Bob);
        Assert.Empty(Reports(Drain()));

        // It is another life that comes in again.
        Settle(Bob);
        Do(Bob, new JoinRequest(2));
        Drain();
        Settle(Bob);
        Do(Bob, new JoinRequest(2));
        Drain();
        _at += 7;
        Ack(Bob, 2);
        Assert.Equal(At(21), Assert.Single(Reports(Drain())).Members[1].Sent);
    }

    [Fact]
    public void A_gap_is_answered_with_what_is_missing()
    {
        Found();
        LetIn(Bob);
        var page = Assert.Single(Do(Bob, new Fetch(new Epoch(1), Nr(2))).SentTo<Page>(Bob));
        Assert.Null(page.Snapshot);
        Assert.Equal([Nr(3)], page.Records.Select(r => r.First));
    }

    [Fact]
    public void A_member_that_lacks_what_is_no_longer_kept_has_to_start_again()
    {
        // Bob, who is no further than number 1, was not there when the reign before took 2 for what everybody has.
        var log = LogOf(new NodeJoined(Ann, 1), new NodeJoined(Bob, 1), new NodeJoined(Cleo, 1));

        log.TrimTo(Nr(2));
        var reign = Reign.GoOn(Ann, Options, new Epoch(2), log, default, false, new HashSet<NodeId>(), View(Ann, Bob, Cleo), At(0));
        var effects = new List<Effect>();
        reign.Drained(At(0), effects);
        reign.Handle(Bob, new Fetch(new Epoch(2), Nr(1)), At(1), effects);
        Assert.Single(effects.SentTo<Expelled>(Bob));

        var later = At(Limits.TieAfter + 1);
        foreach (var node in (NodeId[])[Ann, Cleo])
        {
            reign.Handle(node, new Ack(new Epoch(2), 1, log.Received, log.Hash, later, default), later, effects);
        }

        reign.Drained(later, effects);
        Assert.Contains(Published(effects), e => e.Entry == new NodeLeft(Bob, LeaveReason.Expelled));
    }

    [Fact]
    public void A_request_for_what_a_member_has_by_now_is_old_and_does_it_no_harm()
    {
        Found();
        LetIn(Bob);
        Settle(Bob);
        Assert.Empty(Do(Bob, new Fetch(new Epoch(1), Nr(1))));
        Assert.Empty(Published(Drain()));
    }

    [Fact]
    public void A_member_with_another_transcript_is_reported_and_taken_out()
    {
        Found();
        LetIn(Bob);
        Settle(Bob);
        var effects = Do(Bob, new Ack(new Epoch(1), 1, Nr(3), 666, At(_at), default));
        Assert.Single(effects.OfType<Diverged>());
        Assert.Single(Published(Drain()), e => e.Entry == new NodeLeft(Bob, LeaveReason.Expelled));
    }

    [Fact]
    public void Fenced_by_a_higher_epoch_it_recovers_above_it_and_numbers_nothing_meanwhile()
    {
        Found();
        BringIn(Zoe, "zoë");
        See(Ann, Bob);
        var effects = Do(Bob, new EpochRefused(new Epoch(7)));
        Assert.False(_ann.IsReigning);
        Assert.Equal(new Epoch(8), _ann.Epoch);
        Assert.Equal([new Prepare(new Epoch(8))], effects.SentTo<Prepare>(Ann));

        Do(Ann, new Submit(Block(Zoe, 1, "wait")));
        Assert.Empty(Published(Drain()));
    }

    [Fact]
    public void A_new_sequencer_goes_on_where_a_majoritys_log_ends()
    {
        var annsRoom = Room();
        var log = new Log(annsRoom);
        See(Ann, Bob);
        Do(Ann, Promise(received: 3));
        var effects = Do(Bob, Promise(received: 5));
        Assert.Equal([new RecoveryFetch(new Epoch(1), null)], effects.SentTo<RecoveryFetch>(Bob));

        effects = Do(Bob, new RecoveryPage(new Epoch(1), annsRoom, [Record(4, 1, new Said(Block(Zoe, 1, "a", "b")))], Nr(3)));
        Assert.True(_ann.IsReigning);
        var newEpoch = Assert.Single(effects.SentTo<NewEpoch>(Bob));
        Assert.Equal((Nr(3), Nr(5)), (newEpoch.SnapshotIndex, newEpoch.Highest));
        Assert.Equal(new EpochStarted(Ann, false), Assert.Single(Published(effects)).Entry);
        Assert.Equal(log.Received.Next + 2, _ann.Highest);

        RoomSnapshot Room() => NewRoom with
        {
            At = Nr(3),
            Members = [new(Ann, 1), new(Bob, 1)],
            MembersSince = Nr(2),
            LastEpoch = default,
            Users = [new PresentUser(Zoe, "zoë", Bob, OwnerId.Nobody, 0)],
        };

        Promise Promise(long received) => new(new Epoch(1), TheRoom, DeliveryLevel.Uniform, default, Nr(received), Nr(3), [Ann, Bob], Nr(2));
    }

    [Fact]
    public void Half_of_a_room_decides_where_of_the_others_one_is_silent_and_one_starts_again_as_a_newcomer()
    {
        // Cleo, who hosted, has lost her power: that proves nothing. Dan says himself that he has nothing to say any more.
        See(Ann, Bob, Dan);
        Do(Ann, Has(since: 2));
        Do(Bob, Has(since: 2));
        Do(Dan, Has(since: 4));
        Assert.NotEmpty(PassTime(5 * Limits.TieAfter).SentTo<RecoveryFetch>(Ann));

        static Promise Has(long since) =>
            new(new Epoch(1), TheRoom, DeliveryLevel.Uniform, default, Nr(3), Nr(3), [Ann, Bob, Cleo, Dan], Nr(since));
    }

    [Fact]
    public void A_taken_name_gets_a_suffix_and_an_impossible_one_a_reason()
    {
        Found();
        BringIn(Zoe, "Zoë");
        Do(Ann, new UserJoinRequest(Yan, "zoë", default, 1));
        Assert.Equal("zoë-2", Assert.Single(Published(Drain()).Select(r => r.Entry).OfType<UserJoined>()).Name);

        var refused = Assert.Single(Do(Ann, new UserJoinRequest(new(9), "two  spaces", default, 1)).SentTo<UserRefused>(Ann));
        Assert.Equal(new UserId(9), refused.User);
        Assert.Empty(Published(Drain()));
    }

    [Fact]
    public void A_ghosts_name_goes_to_its_owner_once_the_ghost_has_shown_no_life_for_long_enough()
    {
        Found();
        LetIn(Bob);
        Settle(Bob);
        Do(Bob, new UserJoinRequest(Zoe, "zoë", Proof(Secret, Bob, Zoe), 1));
        Drain();

        Do(Ann, new UserJoinRequest(Yan, "zoë", Proof(Secret, Ann, Yan), 1));
        Assert.Empty(Published(Drain()));
        _at += Options.GhostTimeout;
        var entries = Published(Step(e => _ann.Tick(At(_at), e))).Select(r => r.Entry).ToList();
        Assert.Contains(new UserLeft(Zoe, LeaveReason.Crashed), entries);
        Assert.Equal("zoë", Assert.Single(entries.OfType<UserJoined>()).Name);
    }

    [Fact]
    public void An_owner_who_is_alive_elsewhere_keeps_the_name_and_the_second_window_gets_a_suffix()
    {
        Found();
        LetIn(Bob);
        Settle(Bob);
        Do(Bob, new UserJoinRequest(Zoe, "zoë", Proof(Secret, Bob, Zoe), 1));
        Drain();
        Do(Ann, new UserJoinRequest(Yan, "zoë", Proof(Secret, Ann, Yan), 1));
        Ack(Bob);
        var entries = Published(Step(e => _ann.Tick(At(_at), e))).Select(r => r.Entry).ToList();
        Assert.Equal("zoë-2", Assert.Single(entries.OfType<UserJoined>()).Name);
        Assert.Empty(entries.OfType<UserLeft>());
    }

    [Fact]
    public void Without_a_majoritys_acknowledgements_it_stops_numbering_and_recovers()
    {
        Found();
        LetIn(Bob);
        var effects = PassTime(Options.NoMajorityAfter);
        Assert.False(_ann.IsReigning);
        Assert.Single(effects.OfType<PhaseChanged>(), p => !p.Reigning);
    }

    [Fact]
    public void The_host_of_a_silent_room_notices_that_nobody_is_there_any_more()
    {
        Found();
        LetIn(Bob);
        Settle(Bob);
        See(Ann, Bob, Cleo);
        Do(Cleo, new JoinRequest(1));
        Drain();
        Ack(Cleo);
        Settle(Bob);
        PassTime(Options.NoMajorityAfter / 2);
        Assert.True(_ann.IsReigning);
        PassTime(Options.NoMajorityAfter);
        Assert.False(_ann.IsReigning);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Where_the_host_dies_as_a_visitor_leaves_the_two_that_are_left_go_on_since_the_visitor_counts_as_gone(bool isKnownToHaveLeft)
    {
        var log = LogOf(new NodeJoined(Ann, 1), new NodeJoined(Bob, 1), new NodeJoined(Cleo, 1), new NodeJoined(Dan, 1), new NodeLeft(Dan, LeaveReason.Left));

        HashSet<NodeId> dead = isKnownToHaveLeft ? [Ann, Dan] : [Ann];
        var reign = Reign.GoOn(Bob, Options, new Epoch(2), log, default, false, dead, View(Bob, Cleo) with { Dead = dead }, At(0));
        var effects = new List<Effect>();
        reign.Drained(At(0), effects);
        foreach (var node in (NodeId[])[Bob, Cleo])
        {
            reign.Handle(node, new Ack(new Epoch(2), 1, log.Received, log.Hash, At(1), default), At(1), effects);
        }

        reign.Drained(At(1), effects);
        Assert.Equal(isKnownToHaveLeft, reign.Stable >= Nr(6));
    }

    [Fact]
    public void A_new_host_whose_clock_is_behind_does_not_turn_back_the_stamps()
    {
        var old = new Log(NewRoom);
        old.Append(new LogRecord(Nr(1), new Epoch(1), At(3_600_000).Wall, new NodeJoined(Ann, 1)));
        var state = old.Fold();
        Assert.Equal(At(3_600_000).Wall, state.LastStamp);
        var reign = Reign.GoOn(Ann, Options, new Epoch(2), old, default, false, new HashSet<NodeId>(), View(Ann), At(0));
        var effects = new List<Effect>();
        reign.Drained(At(10), effects);
        Assert.All(Published(effects), r => Assert.True(r.OrderedAt >= At(3_600_000).Wall));
    }

    [Fact]
    public void Who_has_left_for_good_is_forgotten()
    {
        Found();
        for (var i = 0; i < 50; i++)
        {
            var visitor = new NodeId("visitor:" + i, i + 1);
            LetIn(visitor);
            Settle(visitor);
            Do(visitor, new LeaveRequest());
            Drain();
            Ack(Ann);
            Ack(visitor);
            Drain();
            Note(Step(e => _ann.SetView(View(Ann) with { Dead = new HashSet<NodeId> { visitor } }, At(_at), e)));
            Drain();
            Ack(Ann);
            Drain();
        }

        Assert.InRange(_ann.Acked.Count, 1, 2);
    }

    [Fact]
    public void A_host_that_stood_still_itself_gives_the_others_another_chance()
    {
        Found();
        LetIn(Bob);
        Settle(Bob);
        _at += 10 * Options.NoMajorityAfter;
        Step(e => _ann.Tick(At(_at), e));
        Assert.True(_ann.IsReigning);
    }
}
