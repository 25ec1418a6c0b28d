using Norris.Core.Protocol;
using static Norris.Tests.Protocol.Cast;

namespace Norris.Tests.Protocol;

/// <summary>One room goes on at two places: who looks for the other, and who gives in.</summary>
public sealed class RivalrySpec
{
    private const long Era = 1_000_000;

    // Longer than a look may take.
    private static readonly long s_every = 2 * new ProtocolOptions().NodeSilentAfter;
    private readonly Rivalry _rivalry = new(new ProtocolOptions());

    [Fact]
    public void Only_a_node_that_goes_on_where_something_may_be_lost_looks_for_others_and_now_and_then()
    {
        Assert.False(_rivalry.MustLook(In(7), At(0)));
        Assert.False(_rivalry.MustLook(In(Era + 7) with { GoesOn = false }, At(0)));
        Assert.True(_rivalry.MustLook(In(Era + 7), At(0)));
        Assert.False(_rivalry.MustLook(In(Era + 7), At(s_every - 1)));
        Assert.True(_rivalry.MustLook(In(Era + 7), At(s_every)));
    }

    [Theory]
    [InlineData(4, Era + 7, true)] // it has lost nothing since the two parted
    [InlineData(Era + 900, (2 * Era) + 7, true)]
    [InlineData(Era + 8, Era + 7, true)] // both have lost something: one of them stays
    [InlineData(Era + 6, Era + 7, false)]
    [InlineData((2 * Era) + 1, Era + 7, false)]
    [InlineData(Era + 7, Era + 7, false)]
    [InlineData(Era + 7, 4, false)] // nothing was lost here
    [InlineData(5, 4, false)]
    public void Of_two_that_go_on_the_lower_era_stays_and_in_one_era_the_later_reign(long other, long own, bool givesIn)
    {
        Assert.Equal(givesIn, IsToldTwice(Says(other), In(own)));

        // Never both.
        var they = new Rivalry(new ProtocolOptions());
        Assert.False(givesIn && (they.GivesIn(Says(own), In(other), At(0)) || they.GivesIn(Says(own), In(other), At(s_every))));
    }

    public static TheoryData<string> Reasons => new("another room", "in no room", "this node is a member there", "it hears no host", "this node hears no host", "this node is in no room");

    [Theory]
    [MemberData(nameof(Reasons))]
    public void Nobody_gives_in_where(string reason)
    {
        var (says, own) = (Says(4), In(Era + 7));
        (says, own) = reason switch
        {
            "another room" => (says with { Room = new RoomId(5) }, own),
            "in no room" => (says with { Room = RoomId.None }, own),
            "this node is a member there" => (says with { WithYou = true }, own),
            "it hears no host" => (says with { GoesOn = false }, own),
            "this node hears no host" => (says, own with { GoesOn = false }),
            _ => (says with { Room = RoomId.None }, own with { Room = RoomId.None }),
        };
        Assert.False(IsToldTwice(says, own));
    }

    [Fact]
    public void A_node_gives_in_only_when_it_hears_of_the_others_again_long_after()
    {
        Assert.False(_rivalry.GivesIn(Says(4), In(Era + 7), At(0)));
        Assert.False(_rivalry.GivesIn(Says(4), In(Era + 7), At(s_every - 1)));
        Assert.False(_rivalry.GivesIn(Says(4) with { GoesOn = false }, In(Era + 7), At(s_every)));
        Assert.True(_rivalry.GivesIn(Says(4), In(Era + 7), At(s_every)));
    }

    [Fact]
    public void What_it_heard_too_long_ago_counts_no_more()
    {
        Assert.False(_rivalry.GivesIn(Says(4), In(Era + 7), At(0)));
        Assert.False(_rivalry.GivesIn(Says(4), In(Era + 7), At(2 * s_every)));
        Assert.True(_rivalry.GivesIn(Says(4), In(Era + 7), At(3 * s_every)));
    }

    /// <summary>Else those others, who may be left behind a moment later, would come here, while this one goes there.</summary>
    [Fact]
    public void Who_is_about_to_give_in_tells_nobody_of_its_room()
    {
        var own = In(Era + 7);
        Assert.Equal(new ItIsI(TheRoom, own.Epoch, Nr(40), true, true), _rivalry.Answer(own, withYou: true, At(0)));
        _rivalry.GivesIn(Says(4), own, At(0));
        Assert.Equal(new ItIsI(RoomId.None, own.Epoch, Nr(40), false, true), _rivalry.Answer(own, withYou: false, At((2 * s_every) - 1)));
        Assert.Equal(new ItIsI(TheRoom, own.Epoch, Nr(40), false, true), _rivalry.Answer(own, withYou: false, At(2 * s_every)));
    }

    [Fact]
    public void A_member_goes_on_while_it_hears_the_host_that_it_follows()
    {
        var replica = new Replica(Bob, new ProtocolOptions());
        var effects = new List<Effect>();
        replica.SetView(View(Ann, Bob) with { Oldest = Ann }, At(0));
        Assert.Equal(default, replica.Whereabouts);
        replica.Join(At(0), effects);
        var log = LogOf(new NodeJoined(Ann, 1), new EpochStarted(Ann, false), new NodeJoined(Bob, 1));
        replica.Handle(Ann, new Page(new Epoch(1), NewRoom, log.PageAfter(default), Nr(3), Nr(3)), At(10), effects);
        Assert.Equal(new Whereabouts(TheRoom, new Epoch(1), Nr(3), true), replica.Whereabouts);

        TimePasses(replica.Tick, 10, 1_600);
        Assert.False(replica.Whereabouts.GoesOn);
        replica.Handle(Ann, new Progress(new Epoch(1), Nr(3), Nr(3), default), At(1_700), effects);
        Assert.True(replica.Whereabouts.GoesOn);

        // It has promised another reign.
        replica.Handle(Ann, new Prepare(new Epoch(2)), At(1_800), effects);
        Assert.False(replica.Whereabouts.GoesOn);
    }

    private static Whereabouts In(long epoch) => new(TheRoom, new Epoch(epoch), Nr(40), true);

    private static ItIsI Says(long epoch) => new(TheRoom, new Epoch(epoch), Nr(30), false, true);

    private bool IsToldTwice(ItIsI says, Whereabouts own) => _rivalry.GivesIn(says, own, At(0)) || _rivalry.GivesIn(says, own, At(s_every));
}
