using Norris.Core.Protocol;
using static Norris.Tests.Protocol.Cast;

namespace Norris.Tests.Protocol;

/// <summary>Ann hosts; who has a say in the order, and in whose name.</summary>
public sealed class SayInTheOrderSpec : AnnsReign
{
    private const string Secret = "zoë's own";

    [Fact]
    public void Who_is_no_member_of_the_cluster_has_no_say_and_is_told_of()
    {
        Found();
        BringIn(Zoe, "zoë");
        foreach (ToSequencerMessage lie in new ToSequencerMessage[] { new JoinRequest(1), new Submit(Block(Zoe, 1, "boo")), new EpochRefused(new Epoch(2)), new Fetch(new Epoch(1), Nr(0)), new NewEpochRequest(new Epoch(1)) })
        {
            Assert.Equal((Eve, lie), Assert.Single(Do(Eve, lie)) is Disbelieved d ? (d.From, d.Message) : default);
        }

        Assert.Empty(Drain());
        Assert.True(_ann.IsReigning);
    }

    [Fact]
    public void A_refusal_in_the_name_of_an_epoch_that_cannot_be_ends_no_reign()
    {
        Found();
        LetIn(Bob);
        Assert.IsType<Disbelieved>(Assert.Single(Do(Bob, new EpochRefused(new Epoch(Limits.HighestNumber)))));
        Assert.True(_ann.IsReigning);
    }

    [Fact]
    public void Nobody_speaks_for_a_user_of_another_node()
    {
        Found();
        LetIn(Bob);
        BringIn(Zoe, "zoë");
        Do(Bob, new Submit(Block(Zoe, 1, "not me")));
        Assert.Empty(Published(Drain()));
    }

    [Fact]
    public void A_session_without_an_owner_is_taken_to_no_other_node()
    {
        Found();
        LetIn(Bob);
        Settle(Bob);
        Do(Bob, new UserJoinRequest(Zoe, "zoë", default, 1));
        Drain();
        Do(Ann, new UserJoinRequest(Zoe, "zoë", default, 1));
        Assert.Empty(Published(Drain()));
    }

    [Fact]
    public void Who_has_seen_an_owners_proof_cannot_use_it()
    {
        Found();
        LetIn(Bob);
        Settle(Bob);
        var seen = Proof(Secret, Bob, Zoe);
        Do(Bob, new UserJoinRequest(Zoe, "zoë", seen, 1));
        Drain();
        Assert.IsType<Disbelieved>(Assert.Single(Do(Ann, new UserJoinRequest(Zoe, "zoë", seen, 1))));
        Assert.IsType<Disbelieved>(Assert.Single(Do(Bob, new UserJoinRequest(Yan, "zoë", seen, 1))));
        Assert.Empty(Published(Drain()));
    }
}
