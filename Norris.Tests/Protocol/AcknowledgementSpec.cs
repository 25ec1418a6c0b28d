using Norris.Core.Protocol;
using static Norris.Tests.Protocol.Cast;

namespace Norris.Tests.Protocol;

/// <summary>Ann hosts: which acknowledgements count, and for what.</summary>
public sealed class AcknowledgementSpec() : AnnsReign(Options with { RetainedBytes = 1000 })
{
    [Fact]
    public void What_an_earlier_reign_left_is_stable_only_together_with_something_of_this_one()
    {
        // All three hold number 4, of epoch 1. A longer log of a later epoch that none of them has seen could still win a recovery: it could not, against one that ends in epoch 2.
        var log = LogOf(new NodeJoined(Ann, 1), new NodeJoined(Bob, 1), new NodeJoined(Cleo, 1), new RecordingChanged(Ann, true));

        var tail = log.Hash;
        var reign = Reign.GoOn(Bob, Options, new Epoch(2), log, default, false, new HashSet<NodeId>(), View(Ann, Bob, Cleo), At(0));
        AllAcknowledge(Nr(4), tail);
        Assert.Equal(Nr(0), reign.Stable);
        AllAcknowledge(Nr(5), log.Hash);
        Assert.Equal(Nr(5), reign.Stable);

        void AllAcknowledge(SequenceNumber number, ulong hash)
        {
            foreach (var node in (NodeId[])[Ann, Bob, Cleo])
            {
                Step(e => reign.Handle(node, new Ack(new Epoch(2), 1, number, hash, At(1), default), At(1), e));
            }

            Step(e => reign.Drained(At(1), e));
        }
    }

    [Fact]
    public void An_acknowledgement_of_another_epoch_counts_for_nothing()
    {
        Found();
        LetIn(Bob);
        Ack(Ann);
        var stable = _ann.Stable;
        Do(Bob, new Ack(new Epoch(2), 1, _annsLog.Received, _annsLog.Hash, At(_at), default));
        Drain();
        Assert.Equal(stable, _ann.Stable);
        Ack(Bob);
        Drain();
        Assert.Equal(_ann.Highest, _ann.Stable);
    }

    [Fact]
    public void An_acknowledgement_of_what_was_never_given_counts_for_nothing()
    {
        Found();
        LetIn(Bob);
        Settle(Bob);
        Do(Bob, new Ack(_ann.Epoch, 1, _ann.Highest + 5, 0, At(_at), default));
        var stable = _ann.Stable;
        BringIn(Zoe, "zoë");
        Ack(Ann);
        Drain();
        Assert.Equal(stable, _ann.Stable);
    }

    [Fact]
    public void What_a_newcomer_acknowledged_in_a_former_life_counts_for_nothing()
    {
        // Bob has begun anew, and has nothing any more of what he acknowledged until then.
        Found();
        BringIn(Zoe, "zoë");
        Ack(Ann);
        LetIn(Bob);
        Settle(Bob);
        Do(Bob, new JoinRequest(2));
        Assert.Contains(Published(Drain()), r => r.Entry is NodeLeft);
        var (left, hash) = (_annsLog.Received, _annsLog.Hash);
        Do(Ann, new Submit(Block(Zoe, 1, "what Bob has only in his former life")));
        Drain();
        Ack(Bob);
        Do(Ann, new Ack(_ann.Epoch, 1, left, hash, At(_at), default));
        Drain();
        Assert.Equal(left, _ann.Stable);
        Do(Bob, new JoinRequest(2));
        Assert.Contains(Published(Drain()), r => r.Entry is NodeJoined { Life: 2 });
        Ack(Ann);
        Drain();
        Assert.Equal(left, _ann.Stable);

        // What he said in that life comes only now, from a connection that is gone.
        Ack(Bob);
        Drain();
        Assert.Equal(left, _ann.Stable);
        Ack(Bob, 2);
        Drain();
        Assert.Equal(_annsLog.Received, _ann.Stable);
    }

    [Fact]
    public void What_one_member_lacks_is_kept_for_it()
    {
        InThree();
        Ack(Ann);
        Ack(Bob);
        var told = Drain().SentTo<Progress>(Cleo)[^1];
        Assert.Equal((_ann.Highest, _ann.Highest + -1), (told.Stable, told.Trim));
    }

    [Fact]
    public void Who_holds_up_the_trimming_for_too_long_is_taken_out_of_the_room()
    {
        InThree();
        Ack(Ann);
        Ack(Bob);
        Drain();
        Assert.DoesNotContain(Published(PassTime(100)), r => r.Entry is NodeLeft);
        Do(Ann, new Submit(Block(Zoe, 2, new string('a', 1100))));
        Drain();
        Ack(Ann);
        Ack(Bob);
        Drain();
        Assert.Contains(Published(PassTime(100)), r => r.Entry == new NodeLeft(Cleo, LeaveReason.Expelled));
    }

    [Fact]
    public void Who_asks_for_other_names_without_end_does_not_make_the_log_grow_without_end()
    {
        InThree();
        for (var i = 0; i < 1000; i++)
        {
            Do(Ann, new UserRenameRequest(Zoe, $"zoe {i}"));
            Drain();
        }

        Assert.InRange(_ann.Bytes, 2000, 2500);
        Settle(Bob);
        Ack(Cleo);
        Drain();
        Assert.Single(Published([.. Do(Ann, new UserRenameRequest(Zoe, "zoe again")), .. Drain()]));
    }

    [Fact]
    public void Where_most_of_the_membership_before_a_change_in_doubt_died_the_host_recovers()
    {
        // Dan's coming is known to nobody else. So Bob and Cleo, two of three, may have gone on without Ann before they died.
        InThree();
        Ack(Ann);
        Ack(Bob);
        Ack(Cleo);
        Drain();
        See(Ann, Bob, Cleo, Dan);
        Do(Dan, new JoinRequest(1));
        Assert.Contains(Published(Drain()), r => r.Entry is NodeJoined { Node: var node } && node == Dan);
        Note(Step(e => _ann.SetView(View(Ann, Dan) with { Dead = new HashSet<NodeId> { Bob, Cleo } }, At(_at), e)));
        PassTime(100);
        Assert.False(_ann.IsReigning);
    }

    /// <summary>
    /// Dan's coming was known to be stable, and he himself never acknowledged it, so nobody's log has that in its snapshot. Then Cleo and he are out. Ann's recovery goes on by
    /// the lower half, and so does her reign: or she would recover again and again until one of the two is back.
    /// </summary>
    [Fact]
    public void What_a_recovery_knows_to_be_stable_is_so_in_the_reign_after_it()
    {
        var log = LogOf(new NodeJoined(Ann, 1), new NodeJoined(Bob, 1), new NodeJoined(Cleo, 1), new NodeJoined(Dan, 1));

        var ann = new Sequencer(Ann, Options, TheRoom, new Epoch(1), mayBegin: false);
        Step(e => ann.SetView(View(Ann, Bob), At(0), e));
        var promise = new Promise(ann.Epoch, log.Room, DeliveryLevel.Uniform, new Epoch(1), Nr(4), Nr(4), [Ann, Bob, Cleo, Dan], Nr(4));
        Step(e => ann.Handle(Ann, promise, At(0), e));
        Step(e => ann.Handle(Bob, promise with { Stable = Nr(3), MembersBefore = [Ann, Bob, Cleo] }, At(0), e));
        Step(e => ann.Tick(At(Limits.TieAfter), e));
        Step(e => ann.Tick(At(Limits.TieAfter + Options.RecoveryGrace), e));
        var first = Step(e => ann.Handle(Ann, new RecoveryPage(ann.Epoch, log.Snapshot(), log.PageAfter(log.SnapshotIndex), Nr(3)), At(3000), e));
        AppendPublished(first);

        // Whoever does not have it yet would say later that this reign made it stable.
        Assert.Equal(Nr(0), Assert.Single(first.OfType<Publish>()).Batch.Stable);
        for (var at = 3000L; at < 3000 + (2 * Options.NoMajorityAfter); at += 100)
        {
            foreach (var node in (NodeId[])[Ann, Bob])
            {
                Step(e => ann.Handle(node, new Ack(ann.Epoch, 1, log.Received, log.Hash, At(at), default), At(at), e));
            }

            AppendPublished(Step(e => ann.Tick(At(at), e)));
            Assert.True(ann.IsReigning);
        }

        Assert.Contains(log.PageAfter(Nr(4)), r => r.Entry is NodeLeft { Node: var node } && node == Dan);

        void AppendPublished(List<Effect> effects)
        {
            foreach (var record in Published(effects))
            {
                log.Append(record);
            }
        }
    }

    /// <summary>Ann, Bob and Cleo have everything but the last, which Zoe said.</summary>
    private void InThree()
    {
        Found();
        BringIn(Zoe, "zoë");
        Ack(Ann);
        LetIn(Bob);
        Settle(Bob);
        See(Ann, Bob, Cleo);
        Do(Cleo, new JoinRequest(1));
        Drain();
        Ack(Cleo);
        Settle(Bob);
        Do(Ann, new Submit(Block(Zoe, 1, "a")));
        Drain();
    }
}
