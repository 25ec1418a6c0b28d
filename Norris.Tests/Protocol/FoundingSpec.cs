using Norris.Core.Protocol;

namespace Norris.Tests.Protocol;

public sealed class FoundingSpec
{
    private static readonly RoomId Room = new(7);

    [Fact]
    public void Whatever_starts_crashes_and_is_cut_off_there_is_one_room_at_a_time_and_one_in_the_end()
    {
        var rooms = 0UL;
        for (var seed = 1UL; seed <= 2_000; seed++)
        {
            var world = new FoundingWorld(seed);
            var wrong = world.Run();
            Assert.True(wrong is null, $"seed {seed}: {wrong}");
            rooms += world.Rooms;
        }

        Assert.True(rooms > 2_000, "rooms began, and ended, and began again");
    }

    [Fact]
    public void Where_all_named_look_for_a_room_it_begins_soon_and_at_the_lowest()
    {
        var (low, high) = (new Founding(2, 0, At(0)), new Founding(2, 1, At(0)));
        Hear(low, 1, high, 0, At(3_000));
        Hear(high, 0, low, 1, At(3_000));
        Assert.False(high.Asks(At(3_000)));
        Hear(low, 1, high, 0, At(3_100));

        Assert.Equal(FoundingStep.Begin, low.Decide(At(3_100)).Step);
        Assert.Equal(FoundingStep.Wait, high.Decide(At(3_100)).Step);

        // Who has voted is bound to it for as long as it asks.
        Assert.True(low.Asks(At(3_200)));
    }

    [Fact]
    public void Who_of_a_majority_started_a_moment_ago_may_have_forgotten_a_vote_so_it_takes_longer_while_somebody_is_silent()
    {
        var (one, other) = (new Founding(3, 0, At(0)), new Founding(3, 1, At(0)));
        for (var time = 0L; time < Founding.Vote; time += 500)
        {
            Hear(one, 1, other, 0, At(time));
            Assert.Equal(FoundingStep.Wait, one.Decide(At(time)).Step);
        }

        Hear(one, 1, other, 0, At(Founding.Vote));
        Assert.Equal(FoundingStep.Begin, one.Decide(At(Founding.Vote)).Step);
    }

    /// <summary>Else: who gave its vote long ago may have given it to another since, with whom another majority begins a room.</summary>
    [Theory]
    [InlineData(Founding.Lease - 1, FoundingStep.Begin)]
    [InlineData(Founding.Lease, FoundingStep.Wait)]
    public void A_vote_counts_for_a_lease(long later, FoundingStep step)
    {
        var founder = new Founding(5, 0, At(0));
        var (asks, late) = (At(Founding.Vote), At(Founding.Vote + later));
        Answer(1, Standing.Looks, asks);
        Answer(2, Standing.Looks, asks);
        Assert.True(founder.Asks(asks));
        Answer(1, Standing.Votes, asks);

        Answer(2, Standing.Looks, late);
        Answer(3, Standing.Looks, late);
        Assert.True(founder.Asks(late));
        Answer(2, Standing.Votes, late);
        Assert.Equal(step, founder.Decide(late).Step);

        void Answer(int from, Standing standing, Now asked) => founder.OnAnswer(from, new RoomAnswer(asked, RoomId.None, standing, Founding.Vote), asked);
    }

    /// <summary>Whom one has heard of it may be silent for a moment; a room does not begin beside it.</summary>
    [Fact]
    public void Who_hears_of_a_room_neither_begins_one_nor_votes_for_another_s()
    {
        var (heard, later) = (At(Founding.Vote), At(Founding.Vote + Founding.Settled));
        var (founder, voter) = (new Founding(3, 0, At(0)), new Founding(3, 2, At(0)));
        founder.OnAnswer(1, new RoomAnswer(heard, Room, Standing.Apart, 0), heard);
        voter.OnAnswer(1, new RoomAnswer(heard, Room, Standing.Apart, 0), heard);

        founder.OnAnswer(2, new RoomAnswer(later, RoomId.None, Standing.Looks, Founding.Vote), later);
        Assert.False(founder.Asks(later));
        founder.OnAnswer(2, new RoomAnswer(later, RoomId.None, Standing.Votes, Founding.Vote), later);
        Assert.Equal(FoundingStep.Wait, founder.Decide(later).Step);
        Assert.Equal(Standing.Looks, Vote(voter, 0, later));
    }

    [Fact]
    public void A_vote_is_for_one_at_a_time()
    {
        var voter = new Founding(3, 2, At(0));
        Assert.Equal(Standing.Votes, Vote(voter, 1, At(1)));
        Assert.Equal(Standing.Promised, Vote(voter, 0, At(2)));
        Assert.Equal(Standing.Promised, Vote(voter, 0, At(Founding.Vote)));
        Assert.Equal(Standing.Votes, Vote(voter, 0, At(Founding.Vote + 1)));
    }

    [Fact]
    public void Who_has_a_room_or_is_not_named_is_no_voter_and_gets_no_vote()
    {
        var node = new Founding(2, 0, At(0));
        Assert.Equal(new RoomAnswer(At(1), Room, Standing.Apart, 0), node.OnQuestion(1, new RoomQuestion(At(1), true), Room, At(1)));
        Assert.Equal(Standing.Looks, node.OnQuestion(null, new RoomQuestion(At(1), true), RoomId.None, At(1)).Standing);
        Assert.Equal(Standing.Looks, node.OnQuestion(2, new RoomQuestion(At(1), true), RoomId.None, At(1)).Standing);
    }

    [Fact]
    public void Who_has_promised_its_vote_goes_to_that_ones_room_only()
    {
        var voter = new Founding(3, 2, At(0));
        Vote(voter, 0, At(1));
        voter.OnAnswer(1, new RoomAnswer(At(2), Room, Standing.Apart, 0), At(2));
        Assert.Equal(FoundingStep.Wait, voter.Decide(At(3)).Step);
        voter.OnAnswer(0, new RoomAnswer(At(3), Room, Standing.Apart, 0), At(3));
        Assert.Equal([0, 1], voter.Decide(At(3)).Members);
    }

    [Fact]
    public void An_answer_to_a_question_of_the_future_or_of_long_ago_is_none()
    {
        var node = new Founding(2, 0, At(0));
        node.OnAnswer(1, new RoomAnswer(At(100), Room, Standing.Apart, 0), At(99));
        node.OnAnswer(1, new RoomAnswer(At(100), Room, Standing.Apart, 0), At(100 + Founding.Lease));
        Assert.Equal([1], node.Silent(At(100 + Founding.Lease)));
    }

    [Fact]
    public void A_room_that_few_of_those_named_are_left_in_is_kept_by_what_is_known_of_the_others()
    {
        var node = new Founding(3, 0, At(0));
        node.OnAnswer(1, new RoomAnswer(At(1), Room, Standing.Apart, 0), At(1));
        Assert.Equal(FoundingStep.Join, node.Decide(At(1)).Step);
        var late = At(2 * Founding.Lease);
        Assert.False(node.MustGiveUp(Room, [0, 1], late));
        Assert.True(node.MustGiveUp(Room, [0], late));
        node.OnRefused(1, late, late);
        Assert.False(node.MustGiveUp(Room, [0], late));
        Assert.True(node.MustGiveUp(Room, [0], At(3 * Founding.Lease)));
    }

    /// <summary>To come in may take a voter longer than a lease. Who gave the room up meanwhile would leave it bound to nobody.</summary>
    [Fact]
    public void A_founder_keeps_its_room_for_as_long_as_its_voters_say_that_they_are_bound_to_it()
    {
        var founder = new Founding(3, 0, At(0));
        var (begins, later) = (At(Founding.Vote), At(Founding.Vote + Founding.Lease));
        founder.OnAnswer(1, new RoomAnswer(begins, RoomId.None, Standing.Looks, Founding.Vote), begins);
        Assert.True(founder.Asks(begins));
        founder.OnAnswer(1, new RoomAnswer(begins, RoomId.None, Standing.Votes, Founding.Vote), begins);
        Assert.Equal(FoundingStep.Begin, founder.Decide(begins).Step);

        founder.OnAnswer(1, new RoomAnswer(later, RoomId.None, Standing.Votes, Founding.Vote), later);
        Assert.False(founder.MustGiveUp(Room, [0], later));
        Assert.True(founder.MustGiveUp(Room, [0], At(Founding.Vote + (2 * Founding.Lease))));
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, true)]
    public void A_room_is_given_up_where_a_majority_of_those_named_is_in_another(int elsewhere, bool mustGiveUp)
    {
        var node = new Founding(3, 0, At(0));
        node.OnAnswer(1, new RoomAnswer(At(1), Room, Standing.Apart, 0), At(1));
        node.Decide(At(1));
        for (var other = 1; other <= elsewhere; other++)
        {
            node.OnAnswer(other, new RoomAnswer(At(2), new RoomId(8), Standing.Apart, 0), At(2));
        }

        Assert.Equal(mustGiveUp, node.MustGiveUp(Room, [0, 1, 2], At(3)));
    }

    private static Now At(long time) => new(1 + time, 1_000_000 + time);

    private static Standing Vote(Founding voter, int who, Now now) => voter.OnQuestion(who, new RoomQuestion(now, true), RoomId.None, now).Standing;

    private static void Hear(Founding asker, int whom, Founding asked, int by, Now now) =>
        asker.OnAnswer(whom, asked.OnQuestion(by, new RoomQuestion(now, asker.Asks(now)), RoomId.None, now), now);
}
