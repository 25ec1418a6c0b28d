using Akka.Actor;
using Norris.Actors.Membership;

namespace Norris.Tests.Actors;

/// <summary>With whom connections begin anew.</summary>
public sealed class UnheardSpec
{
    private static readonly Address Bob = new("akka.tcp", "norris", "bob", 4053);
    private static readonly Address Cleo = new("akka.tcp", "norris", "cleo", 4053);
    private readonly Unheard _ann = new();

    [Fact]
    public void Who_is_unheard_for_long_begins_anew_and_again_as_long_after()
    {
        Assert.Empty(At(0, Bob));
        Assert.Empty(At(3, Bob));
        Assert.Equal([Bob], At(4, Bob, Cleo));
        Assert.Empty(At(7, Bob, Cleo));
        Assert.Equal([Bob, Cleo], At(8, Bob, Cleo));
    }

    [Fact]
    public void Who_is_heard_in_between_has_its_whole_time_again()
    {
        At(0, Bob);
        At(3);
        Assert.Empty(At(4, Bob));
        Assert.Empty(At(7, Bob));
        Assert.Equal([Bob], At(8, Bob));
    }

    private IReadOnlyList<Address> At(int seconds, params Address[] unheard) => _ann.Due(unheard, TimeSpan.FromSeconds(seconds));
}
