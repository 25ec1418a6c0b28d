using Norris.Core.Protocol;
using static Norris.Tests.Protocol.Cast;

namespace Norris.Tests.Protocol;

/// <summary>Whether the room has gone on elsewhere, by what somebody says who was asked.</summary>
public sealed class WhoIsThereSpec
{
    /// <summary>What another node says of the room that it is in, to Bob, who has TheRoom's log up to 40 and follows epoch 5.</summary>
    [Theory]
    [InlineData(77UL, 6L, 30L, false, true)]
    [InlineData(77UL, 5L, 41L, false, true)] // Bob was taken out meanwhile
    [InlineData(77UL, 6L, 30L, true, false)] // Bob is a member there
    [InlineData(77UL, 5L, 40L, false, false)] // it knows nothing that Bob does not know
    [InlineData(77UL, 4L, 90L, false, false)] // Bob is further on
    [InlineData(78UL, 6L, 30L, false, false)] // another room
    [InlineData(0UL, 6L, 30L, false, false)] // none
    public void Who_hears_that_its_room_has_gone_on_without_it_is_overtaken(ulong room, long epoch, long at, bool withBob, bool isOvertaken)
    {
        var answer = new ItIsI(new RoomId(room), new Epoch(epoch), Nr(at), withBob, true);
        Assert.All([true, false], elsewhere => Assert.Equal(isOvertaken, answer.Overtakes(elsewhere, TheRoom, new Epoch(5), Nr(40))));
    }

    /// <summary>Bob has no log yet, and has heard no host for long: whatever room there is elsewhere is the better one.</summary>
    [Theory]
    [InlineData(77UL, true, false, true)]
    [InlineData(77UL, false, false, false)] // somebody of his own cluster, who is in the room that he has come to
    [InlineData(77UL, true, true, false)] // Bob is a member there
    [InlineData(0UL, true, false, false)] // no room there either
    public void Who_has_no_log_is_overtaken_by_any_room_elsewhere(ulong room, bool isElsewhere, bool withBob, bool isOvertaken) =>
        Assert.Equal(isOvertaken, new ItIsI(new RoomId(room), new Epoch(1), Nr(3), withBob, true).Overtakes(isElsewhere, RoomId.None, default, default));
}
