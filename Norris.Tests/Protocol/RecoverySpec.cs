using Norris.Core.Protocol;
using Norris.Core.Room;
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
        Step(e => _cleo.Handle(Cleo, Has, At(0), e));
        Assert.Empty(_cleo.Missing);
        TicksUntil(0, Limits.TieAfter + 200);
        Assert.Equal([Ann, Bob], _cleo.Missing.Order());
    }

    [Fact]
    public void Who_is_left_of_a_membership_goes_on_only_after_a_look_at_the_addresses_of_those_who_are_out()
    {
        var view = new ClusterView(new HashSet<NodeId> { Cleo }, new HashSet<NodeId> { Ann, Bob }) { LookedAround = 900 };
        Step(e => _cleo.SetView(view, At(1000), e));
        Step(e => _cleo.Handle(Cleo, Has, At(1000), e));
        Assert.True(_cleo.MustLookAround);
        Assert.DoesNotContain(TicksUntil(1000, 60_000), e => e is Send { Message: RecoveryFetch });

        // What was seen before a sleep of ten seconds is no longer so.
        Step(e => _cleo.SetView(view with { LookedAround = 60_000 }, At(70_000), e));
        Assert.True(_cleo.MustLookAround);

        // Something may be lost: it asks for promises under an epoch of a new era, and looks no second time.
        var asked = Assert.Single(Step(e => _cleo.SetView(view with { LookedAround = 70_000 }, At(70_100), e)).SentTo<Prepare>(Cleo));
        Assert.Equal(1, asked.Candidate.Era);
        Assert.Single(Step(e => _cleo.Handle(Cleo, Has with { Candidate = asked.Candidate }, At(80_000), e)).SentTo<RecoveryFetch>(Cleo));
    }

    [Fact]
    public void Who_waits_for_members_that_it_cannot_reach_looks_at_the_addresses_of_those_who_are_out_now_and_then()
    {
        // Bob, whom Cleo does not reach, may have gone on with somebody whom she does.
        var view = new ClusterView(new HashSet<NodeId> { Cleo }, new HashSet<NodeId> { Ann }) { LookedAround = long.MinValue };
        Step(e => _cleo.SetView(view, At(0), e));
        Step(e => _cleo.Handle(Cleo, Has, At(0), e));
        TicksUntil(0, 2 * Options.NodeSilentAfter - 100);
        Assert.False(_cleo.MustLookAround);
        TicksUntil(2 * Options.NodeSilentAfter - 100, 60_000);
        Assert.True(_cleo.MustLookAround);
        Step(e => _cleo.SetView(view with { LookedAround = 60_000 }, At(61_000), e));
        Assert.False(_cleo.MustLookAround);
        TicksUntil(61_000, 70_000);
        Assert.True(_cleo.MustLookAround);
    }

    [Fact]
    public void The_promise_of_who_has_died_since_counts_for_nothing()
    {
        // Before he died, Bob may have promised a later epoch to Ann, who is silent: she and he may have decided without Cleo.
        Step(e => _cleo.SetView(View(Ann, Bob, Cleo), At(0), e));
        Step(e => _cleo.Handle(Cleo, Has, At(0), e));
        Step(e => _cleo.Handle(Bob, Has, At(0), e));
        Step(e => _cleo.SetView(View(Ann, Cleo) with { Dead = new HashSet<NodeId> { Bob } }, At(50), e));
        Assert.DoesNotContain(TicksUntil(50, 60_000), e => e is Send { Message: RecoveryFetch });
    }

    [Fact]
    public void Who_was_taken_out_has_no_vote()
    {
        // Ann and another, of whom Cleo and Bob do not know, may have gone on after they had taken Bob out.
        Step(e => _cleo.SetView(View(Bob, Cleo), At(0), e));
        Step(e => _cleo.Handle(Cleo, Has, At(0), e));
        Step(e => _cleo.Handle(Bob, Has with { MembersSince = Has.Received.Next }, At(0), e));
        Assert.DoesNotContain(TicksUntil(0, 60_000), e => e is Send { Message: RecoveryFetch });
    }

    /// <summary>
    /// Cleo's log ends with a change of membership that nobody is known to have acknowledged; nobody is proven to be dead. Who does not know of the change may go on
    /// by the membership before it: exactly half of that with its lowest node.
    /// </summary>
    [Theory]
    [InlineData("Ann Cleo", "Cleo", "Cleo", false)] // Ann was taken out, has not heard of it, and goes on alone
    [InlineData("Bob Cleo", "Ann Bob Cleo", "Ann Cleo", false)] // Ann came in, Bob has not heard of it, and goes on alone
    [InlineData("Ann Bob Cleo Dan", "Ann Bob Cleo", "Bob Cleo", false)] // Ann and Dan go on
    [InlineData("Cleo Dan", "Cleo", "Cleo", true)] // Cleo is the half that goes on
    [InlineData("Ann Bob Cleo", "Bob Cleo", "Bob Cleo", true)] // Ann alone cannot
    public void A_change_that_is_not_stable_is_decided_by_the_membership_before_it_too(string before, string members, string answer, bool goesOn)
    {
        NodeId[] Nodes(string names) => [.. names.Split(' ').Select(name => name switch { "Ann" => Ann, "Bob" => Bob, "Cleo" => Cleo, _ => Dan })];
        var view = View(Nodes(answer)) with { LookedAround = long.MaxValue };
        Step(e => _cleo.SetView(view, At(0), e));
        var effects = new List<Effect>();
        var has = Has with { Members = Nodes(members), MembersSince = Nr(3), Stable = Nr(2), MembersBefore = Nodes(before) };
        foreach (var node in view.Present)
        {
            effects.AddRange(Step(e => _cleo.Handle(node, has, At(0), e)));
        }

        effects.AddRange(TicksUntil(0, 60_000));
        Assert.Equal(goesOn, effects.Any(e => e is Send { Message: RecoveryFetch }));
        Assert.Empty(Nodes(before).Except(Nodes(answer)).Except(_cleo.Missing));
    }

    /// <summary>
    /// Ann and Cleo are the room. Cleo hosted in epoch 4 and let Dan in, which nobody else has acknowledged; Ann went on alone in epoch 5, while Cleo was silent. Cleo followed Ann for a moment: it
    /// has heard that 100 is stable, and has no more than 50. That says nothing of number 60 of epoch 4.
    /// </summary>
    [Theory]
    [InlineData(100)]
    [InlineData(50)]
    public void What_another_reign_said_to_be_stable_settles_nothing(long heard)
    {
        Step(e => _cleo.SetView(View(Cleo, Dan) with { LookedAround = long.MaxValue }, At(0), e));
        var effects = Step(e => _cleo.Handle(Cleo, FollowedAnn with { Stable = Nr(heard) }, At(0), e));
        effects.AddRange(Step(e => _cleo.Handle(Dan, CameIn, At(0), e)));
        effects.AddRange(TicksUntil(0, 60_000));
        Assert.DoesNotContain(effects, e => e is Send { Message: RecoveryFetch or Prepare { Candidate.Era: > 0 } });
    }

    /// <summary>The same, and Ann is dead. She had heard Cleo shortly before, so she has decided nothing since; but what she had decided before is lost.</summary>
    [Fact]
    public void What_another_reign_made_stable_is_not_lost_without_a_word()
    {
        Step(e => _cleo.SetView(new ClusterView(new HashSet<NodeId> { Cleo, Dan }, new HashSet<NodeId> { Ann }) { LookedAround = long.MaxValue }, At(0), e));
        var effects = Step(e => _cleo.Handle(Cleo, FollowedAnn with { HeardBy = Ann, HeardAgo = 100 }, At(0), e));
        effects.AddRange(Step(e => _cleo.Handle(Dan, CameIn, At(0), e)));
        effects.AddRange(TicksUntil(0, 2 * Options.RecoveryGrace));
        Assert.DoesNotContain(effects, e => e is Send { Message: RecoveryFetch });
        Assert.Contains(effects.SentTo<Prepare>(Cleo), request => request.Candidate.Era == 1);
    }

    /// <summary>Ann, who hosted, leaves; her NodeLeft is with Cleo, and she is killed before it is known to be stable. She had heard Cleo shortly before.</summary>
    [Fact]
    public void A_host_that_dies_while_it_leaves_takes_nothing_along()
    {
        Step(e => _cleo.SetView(new ClusterView(new HashSet<NodeId> { Cleo }, new HashSet<NodeId> { Ann }) { LookedAround = long.MaxValue }, At(0), e));
        var effects = Step(e => _cleo.Handle(
            Cleo, Has with { Received = Nr(9), Stable = Nr(8), Members = [Cleo], MembersSince = Nr(9), MembersBefore = [Ann, Cleo], HeardBy = Ann, HeardAgo = 100 }, At(0), e));
        Assert.Single(effects.SentTo<RecoveryFetch>(Cleo));
    }

    /// <summary>In an agreed room everyone has to answer, also who has come since: Ann may have shown somebody what nobody else has.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Who_holds_up_a_recovery_that_has_its_quorum_is_taken_out(bool isMember)
    {
        var has = Has with { Delivery = DeliveryLevel.Agreed, Members = isMember ? [Ann, Bob, Cleo] : [Bob, Cleo] };
        Step(e => _cleo.SetView(View(Ann, Bob, Cleo), At(0), e));
        Step(e => _cleo.Handle(Cleo, has, At(0), e));
        Assert.Empty(Step(e => _cleo.Handle(Bob, has, At(0), e)));
        Assert.DoesNotContain(TicksUntil(0, Options.NodeSilentAfter - 100), e => e is TakeOut or Send { Message: RecoveryFetch });
        Assert.Contains(TicksUntil(Options.NodeSilentAfter - 100, Options.NodeSilentAfter + 200), e => e is TakeOut { Node: var node } && node == Ann);
    }

    /// <summary>
    /// Ann and Cleo were the room, and Ann is dead. Dan is here and does not answer. He may have come after Ann had let Cleo go, and believe nothing that Cleo asks of him, who is
    /// none of his cluster; who she is to him he would say.
    /// </summary>
    [Fact]
    public void Who_is_here_and_silent_is_asked_who_it_is_before_fewer_than_a_majority_go_on_without_it()
    {
        Step(e => _cleo.SetView(new ClusterView(new HashSet<NodeId> { Cleo, Dan }, new HashSet<NodeId> { Ann }) { LookedAround = long.MaxValue }, At(0), e));
        Step(e => _cleo.Handle(Cleo, Has with { Members = [Ann, Cleo] }, At(0), e));
        Assert.DoesNotContain(TicksUntil(0, 2 * Options.NodeSilentAfter - 100), e => e is TakeOut or Send { Message: RecoveryFetch });
        Assert.Equal([Dan], _cleo.Missing);
        Assert.Contains(TicksUntil(2 * Options.NodeSilentAfter - 100, 2 * Options.NodeSilentAfter + 200), e => e is TakeOut { Node: var node } && node == Dan);
    }

    /// <summary>Bob was in Cleo's room, and is in another one now.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Who_is_in_another_room_neither_counts_in_a_recovery_nor_gives_its_log(bool isAnnHere)
    {
        Step(e => _cleo.SetView(isAnnHere ? View(Ann, Bob, Cleo) : View(Bob, Cleo), At(0), e));
        Step(e => _cleo.Handle(Cleo, Has, At(0), e));
        var effects = Step(e => _cleo.Handle(Bob, Has with { Room = new RoomId(78), LastEpoch = new(9), Received = Nr(90) }, At(0), e));
        effects.AddRange(isAnnHere ? Step(e => _cleo.Handle(Ann, Has, At(0), e)) : TicksUntil(0, 2 * Options.RecoveryGrace));
        Assert.Empty(effects.SentTo<RecoveryFetch>(Bob));
        Assert.Equal(isAnnHere ? 1 : 0, effects.SentTo<RecoveryFetch>(Cleo).Count);
    }

    /// <summary>Bob has the best log, answers, and stops before he has sent it.</summary>
    [Fact]
    public void A_source_that_says_nothing_more_is_done_without()
    {
        Step(e => _cleo.SetView(View(Ann, Bob, Cleo), At(0), e));
        Step(e => _cleo.Handle(Cleo, Has, At(0), e));
        Step(e => _cleo.Handle(Ann, Has, At(0), e));
        Assert.Single(Step(e => _cleo.Handle(Bob, Has with { Received = Nr(5) }, At(0), e)).SentTo<RecoveryFetch>(Bob));
        var first = Has.Candidate;
        var again = TicksUntil(0, Limits.TieAfter + 200).SentTo<Prepare>(Ann).Last(request => request.Candidate > first);
        Step(e => _cleo.Handle(Cleo, Has with { Candidate = again.Candidate }, At(3000), e));
        Step(e => _cleo.Handle(Ann, Has with { Candidate = again.Candidate }, At(3000), e));
        Assert.NotEmpty(TicksUntil(3000, 3000 + (2 * Options.RecoveryGrace)).SentTo<RecoveryFetch>(Cleo));
    }

    /// <summary>A source that sends page after page is not done without, however long that takes; and those who have answered hear of this node meanwhile.</summary>
    [Fact]
    public void A_source_that_sends_slowly_is_waited_for_and_the_others_are_told_that_this_node_lives()
    {
        var log = LogOf(new NodeJoined(Ann, 1), new NodeJoined(Bob, 1), new NodeJoined(Cleo, 1), new RecordingChanged(Ann, true));

        Step(e => _cleo.SetView(View(Ann, Bob, Cleo), At(0), e));
        Step(e => _cleo.Handle(Cleo, Has, At(0), e));
        Step(e => _cleo.Handle(Ann, Has, At(0), e));
        Step(e => _cleo.Handle(Bob, Has with { Received = Nr(4) }, At(0), e));
        var at = 0L;
        for (var sent = 0; sent < 3; sent++)
        {
            Assert.NotEmpty(TicksUntil(at, at += Limits.TieAfter - 100).SentTo<HostReport>(Ann));
            Step(e => _cleo.Handle(Bob, new RecoveryPage(Has.Candidate, sent == 0 ? log.Snapshot() : null, [log.PageAfter(Nr(sent))[0]], Nr(3)), At(at), e));
        }

        Assert.False(_cleo.IsReigning);
        Step(e => _cleo.Handle(Bob, new RecoveryPage(Has.Candidate, null, log.PageAfter(Nr(3)), Nr(3)), At(at), e));
        Assert.True(_cleo.IsReigning);
    }

    /// <summary>Who hears a candidate again and again never finds it silent; but one without a quorum has to be taken out by those who have one.</summary>
    [Theory]
    [InlineData(false, 0)]
    [InlineData(true, 8)]
    public void Who_has_answered_hears_of_a_candidate_again_only_where_that_has_a_quorum(bool hasQuorum, int atLeast)
    {
        var has = Has with { Members = [Ann, Bob, Cleo, Dan], Delivery = DeliveryLevel.Agreed };
        Step(e => _cleo.SetView(View(Ann, Bob, Cleo, Dan), At(0), e));
        foreach (var node in (NodeId[])[Cleo, Dan, .. hasQuorum ? [Bob] : Array.Empty<NodeId>()])
        {
            Step(e => _cleo.Handle(node, has, At(0), e));
        }

        var again = TicksUntil(0, Options.NodeSilentAfter - 100).SentTo<HostReport>(Dan).Count;
        Assert.InRange(again, hasQuorum ? 4 : 0, atLeast);
    }

    /// <summary>Bob's link carries a page in three seconds, one after the other, so each that is asked for twice delays all behind it.</summary>
    [Fact]
    public void A_source_that_was_only_slow_is_waited_for_longer_the_next_time()
    {
        var log = LogOf(new NodeJoined(Ann, 1), new NodeJoined(Bob, 1), new NodeJoined(Cleo, 1), new RecordingChanged(Ann, true));

        Step(e => _cleo.SetView(View(Ann, Bob, Cleo), At(0), e));
        var under = new Queue<(long Arrives, RecoveryFetch Fetch)>();
        var effects = TicksUntil(0, 200);
        for (var at = 200L; at < 120_000 && !_cleo.IsReigning; at += 100)
        {
            foreach (var node in (NodeId[])[Ann, Bob, Cleo])
            {
                effects.AddRange(effects.SentTo<Prepare>(node).Take(1).SelectMany(ask => Step(e => _cleo.Handle(node, Has with { Candidate = ask.Candidate, Received = Nr(node == Bob ? 4 : 3) }, At(at), e))).ToList());
            }

            foreach (var fetch in effects.SentTo<RecoveryFetch>(Bob))
            {
                under.Enqueue((Math.Max(at, under.LastOrDefault().Arrives) + 3000, fetch));
            }

            effects = TicksUntil(at, at + 100);
            while (under.TryPeek(out var next) && next.Arrives <= at)
            {
                under.Dequeue();
                var after = next.Fetch.After ?? Nr(0);
                effects.AddRange(Step(e => _cleo.Handle(Bob, new RecoveryPage(next.Fetch.Candidate, next.Fetch.After is null ? log.Snapshot() : null, [log.PageAfter(after)[0]], Nr(3)), At(at), e)));
            }

            Assert.InRange(under.Count, 0, 10);
        }

        Assert.True(_cleo.IsReigning);
    }

    /// <summary>A person wants a room here, and somebody who is in the cluster by then says nothing. It may have the log of one.</summary>
    [Fact]
    public void Where_somebody_says_nothing_no_room_begins_and_the_node_looks_elsewhere()
    {
        var ann = new Sequencer(Ann, Options, TheRoom);
        Step(e => ann.SetView(View(Ann, Bob), At(0), e));
        var effects = Step(e => ann.Handle(Ann, Nothing, At(0), e));
        for (var at = 100L; at <= (2 * Options.NodeSilentAfter) + 200; at += 100)
        {
            effects.AddRange(Step(e => ann.Tick(At(at), e)));
        }

        Assert.Single(effects, e => e is NoRoomHere);
        Assert.DoesNotContain(effects, e => e is TakeOut);
        Assert.False(ann.IsReigning);
    }

    /// <summary>
    /// An agreed room of Ann, Bob and Cleo. Cleo, nearly cut off, has Bob's promise. He and Ann decide without her, under a later one; Ann dies; Cleo, who thinks that she has everyone, begins to reign; and Bob
    /// dies before he can refuse her. What he and Ann had shown their users is lost.
    /// </summary>
    [Theory]
    [InlineData(false, true)]
    [InlineData(true, false)] // Bob has followed her: he had promised nobody else
    public void Whose_promise_dies_with_it_may_have_broken_it(bool hasFollowed, bool recovers)
    {
        var has = Has with { Delivery = DeliveryLevel.Agreed };
        var log = LogOf(RoomState.New(TheRoom, DeliveryLevel.Agreed, Ann), new NodeJoined(Ann, 1), new NodeJoined(Bob, 1), new NodeJoined(Cleo, 1));

        Step(e => _cleo.SetView(View(Ann, Bob, Cleo), At(0), e));
        Step(e => _cleo.Handle(Cleo, has, At(0), e));
        Step(e => _cleo.Handle(Bob, has, At(0), e));
        Step(e => _cleo.SetView(View(Bob, Cleo) with { Dead = new HashSet<NodeId> { Ann } }, At(50), e));
        foreach (var record in Step(e => _cleo.Handle(Cleo, new RecoveryPage(has.Candidate, log.Snapshot(), log.PageAfter(log.SnapshotIndex), Nr(3)), At(60), e)).OfType<Publish>().SelectMany(p => p.Batch.Records))
        {
            log.Append(record);
        }

        Assert.True(_cleo.IsReigning);
        if (hasFollowed)
        {
            Step(e => _cleo.Handle(Bob, new Ack(has.Candidate, 1, log.Received, log.Hash, At(70), default), At(70), e));
        }

        var effects = Step(e => _cleo.SetView(View(Cleo) with { Dead = new HashSet<NodeId> { Ann, Bob } }, At(80), e));
        effects.AddRange(TicksUntil(80, 300));
        Assert.Equal(!recovers, _cleo.IsReigning);
        if (recovers)
        {
            effects = Step(e => _cleo.Handle(Cleo, has with { Candidate = _cleo.Epoch }, At(300), e));
            effects.AddRange(TicksUntil(300, 600));
            Assert.Contains(effects.SentTo<Prepare>(Cleo), request => request.Candidate.Era == 1);
        }
    }

    [Fact]
    public void Where_somebody_knows_that_more_was_stable_than_anybody_has_left_something_is_lost_and_that_is_said()
    {
        // Bob was told that 9 was stable, and has 3; those who had the rest are gone.
        Step(e => _cleo.SetView(View(Bob, Cleo), At(0), e));
        Step(e => _cleo.Handle(Bob, Has with { Stable = Nr(9) }, At(0), e));
        var effects = Step(e => _cleo.Handle(Cleo, Has with { Received = Nr(5) }, At(0), e));
        effects.AddRange(TicksUntil(0, 2 * Options.RecoveryGrace));
        Assert.Empty(effects.SentTo<RecoveryFetch>(Cleo));
        Assert.Contains(effects.SentTo<Prepare>(Cleo), request => request.Candidate.Era == 1);
    }

    /// <summary>Ann hosted, and is dead. She may have gone on without Cleo once she had not heard her for <see cref="Limits.TieAfter"/>, by her own clock.</summary>
    [Theory]
    [InlineData(500, false)]
    [InlineData(Limits.TieAfter - 100, true)]
    public void Of_two_the_one_that_is_left_knows_that_nothing_is_lost_where_the_other_had_heard_it_shortly_before(long heardAgo, bool mayHaveLost)
    {
        Step(e => _cleo.SetView(new ClusterView(new HashSet<NodeId> { Cleo }, new HashSet<NodeId> { Ann }), At(0), e));
        var effects = Step(e => _cleo.Handle(Cleo, Has with { Members = [Ann, Cleo], HeardBy = Ann, HeardAgo = heardAgo }, At(0), e));
        Assert.Equal(mayHaveLost, effects.SentTo<Prepare>(Cleo).Any(request => request.Candidate.Era == 1));
        Assert.Equal(!mayHaveLost, effects.SentTo<RecoveryFetch>(Cleo).Count == 1);
    }

    /// <summary>Ann hosted Bob, and is dead. Cleo, who is no member, is to host: only Bob can say that Ann had heard him. He did so after he was asked.</summary>
    [Theory]
    [InlineData(500, 300, false)]
    [InlineData(500, 1200, true)]
    [InlineData(Limits.TieLease, 300, true)]
    public void A_candidate_believes_another_that_the_dead_host_had_heard_it_shortly_before_it_was_asked(long heardAgo, long answersAt, bool mayHaveLost)
    {
        Step(e => _cleo.SetView(new ClusterView(new HashSet<NodeId> { Bob, Cleo }, new HashSet<NodeId> { Ann }), At(0), e));
        Step(e => _cleo.Handle(Cleo, Nothing with { Candidate = _cleo.Epoch }, At(0), e));
        TicksUntil(0, answersAt);
        var effects = Step(e => _cleo.Handle(Bob, Has with { Members = [Ann, Bob], HeardBy = Ann, HeardAgo = heardAgo }, At(answersAt), e));
        Assert.Equal(mayHaveLost, effects.SentTo<Prepare>(Cleo).Any(request => request.Candidate.Era == 1));
        Assert.Equal(!mayHaveLost, effects.SentTo<RecoveryFetch>(Bob).Count == 1);
    }

    private static Promise Nothing => new(new Epoch(1), RoomId.None, DeliveryLevel.Uniform, default, default, default, [], default);

    private Promise FollowedAnn => Has with { LastEpoch = new(3), Received = Nr(50), Stable = Nr(100), StableBy = new(5), Members = [Ann, Cleo], MembersSince = Nr(4) };

    private Promise CameIn => Has with { LastEpoch = new(4), Received = Nr(130), Stable = Nr(50), Members = [Ann, Cleo, Dan], MembersSince = Nr(60), MembersBefore = [Ann, Cleo] };

    private Promise Has => new(_cleo.Epoch, TheRoom, DeliveryLevel.Uniform, default, Nr(3), Nr(3), [Ann, Bob, Cleo], Nr(2));

    private List<Effect> TicksUntil(long from, long until) => TimePasses(_cleo.Tick, from, until);
}
