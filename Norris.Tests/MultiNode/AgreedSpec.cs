using Norris.Core.Protocol;
using Xunit.Abstractions;

namespace Norris.Tests.MultiNode;

public sealed class AgreedSpec(ITestOutputHelper output) : ClusterSpec(output, "norris.delivery = agreed")
{
    [Fact]
    public async Task In_a_room_of_agreed_delivery_all_hear_one_order_too_and_a_newcomer_follows_the_room()
    {
        var ann = await Join("ann");
        var bob = await Join("bob");
        Guest cleo;
        await using (var talk = Talk(ann, bob))
        {
            await talk.Heard(bob, 200);
            cleo = await Join("cleo");
            await talk.Heard(cleo, 200);
        }

        await EventuallyAgree();
        Assert.Equal(DeliveryLevel.Agreed, ann.Room.Options.Delivery);
    }

    [Fact]
    public async Task What_is_delivered_need_not_be_stable()
    {
        var ann = await Join("ann");
        var bob = await Join("bob");
        var cleo = await Join("cleo");

        // Nobody acknowledges what ann's host orders any more: nothing new becomes stable, and ann's own user hears it all the same.
        await Cut(ann, bob, cleo);
        var stable = ann.Room.Status.Stable;
        await Say(ann, 10);
        await Eventually(() => ann.Transcript.MessagesOf(ann.User.Id).Count() == 10, "ann hears herself");
        Assert.True(ann.Transcript.End.Next > stable.Next);

        await Heal(ann, bob, cleo);
        await EventuallyAgree(deliveryIsUniform: false);
    }
}
