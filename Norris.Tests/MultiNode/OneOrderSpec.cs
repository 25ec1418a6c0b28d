using Norris.Core.Protocol;
using Xunit.Abstractions;

namespace Norris.Tests.MultiNode;

public sealed class OneOrderSpec(ITestOutputHelper output) : ClusterSpec(output)
{
    [Fact]
    public async Task Three_who_talk_at_once_all_hear_one_order()
    {
        var ann = await Join("ann");
        var bob = await Join("bob");
        var cleo = await Join("cleo");

        await Task.WhenAll(Say(ann, 2000), Say(bob, 2000), Say(cleo, 2000));

        await EventuallyAgree();
        Assert.Equal(6000, ann.Transcript.Messages);
    }

    [Fact]
    public async Task Who_joins_in_mid_stream_hears_everything_from_there_on()
    {
        var ann = await Join("ann");
        var bob = await Join("bob");
        Guest cleo;
        await using (var talk = Talk(ann, bob))
        {
            await talk.Heard(ann, 200);
            cleo = await Join("cleo");
            await Say(cleo, 50);
            await talk.Heard(cleo, 200);
        }

        await EventuallyAgree();
        Assert.True(cleo.Transcript.Lines[0].First > ann.Transcript.Lines[0].First);
        Assert.Equal(50, ann.Transcript.MessagesOf(cleo.User.Id).Count());
    }

    [Fact]
    public async Task A_second_user_on_a_node_hears_everything_from_when_it_came()
    {
        var ann = await Join("ann");
        var bob = await Join("bob");
        var late = new Transcript("late");
        var user = new Norris.Actors.RoomUser(new UserId(42), "late", default, bob.Room.Options);
        await using (var talk = Talk(ann, bob))
        {
            await talk.Heard(bob, 100);
            _ = late.Follow(bob.Log.Open());
            bob.Room.Attend(user);
            await Eventually(() => user.Name == "late", "late is in the room");
            await talk.Heard(bob, 100);
        }

        await EventuallyAgree();
        await Eventually(() => late.End == bob.Transcript.End, "both users of the node have heard the same");
        Assert.Empty(late.Faults);
        Assert.Equal(1, late.Starts);
        Assert.Equal(bob.Transcript.Lines.TakeLast(late.Lines.Count).Select(l => l.HashAfter), late.Lines.Select(l => l.HashAfter));
    }

    [Fact]
    public async Task Who_leaves_has_said_everything_and_the_others_go_on()
    {
        var ann = await Join("ann");
        var bob = await Join("bob");
        var cleo = await Join("cleo");
        await using (var talk = Talk(ann, bob))
        {
            await Say(cleo, 500);
            await Leave(cleo);
            await talk.Heard(ann, 200);
        }

        await EventuallyAgree();
        Assert.Equal(500, ann.Transcript.MessagesOf(cleo.User.Id).Count());
        var left = Assert.Single(ann.Transcript.Lines.Select(l => l.Entry.Record.Entry).OfType<UserLeft>());
        Assert.Equal(new UserLeft(cleo.User.Id, LeaveReason.Left), left);
    }

    [Fact]
    public async Task The_host_leaves_in_mid_stream_and_nothing_is_lost_or_doubled()
    {
        var ann = await Join("ann");
        var bob = await Join("bob");
        var cleo = await Join("cleo");
        Assert.Same(ann, await Host());
        await using (var talk = Talk(bob, cleo))
        {
            await Say(ann, 500);
            await talk.Heard(bob, 200);
            await Leave(ann);
            await Eventually(() => bob.Transcript.Epochs.Count > 0, "bob follows a new host");
            await talk.Heard(bob, 500);
        }

        await EventuallyAgree();
        Assert.Equal(500, bob.Transcript.MessagesOf(ann.User.Id).Count());
        Assert.NotSame(ann, await Host());
    }
}
