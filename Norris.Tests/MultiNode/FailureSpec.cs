using Norris.Core.Protocol;
using Xunit.Abstractions;

namespace Norris.Tests.MultiNode;

public sealed class FailureSpec(ITestOutputHelper output) : ClusterSpec(output)
{
    [Fact]
    public async Task The_host_dies_in_mid_stream_and_nothing_is_lost_or_doubled()
    {
        var ann = await Join("ann");
        var bob = await Join("bob");
        var cleo = await Join("cleo");
        Assert.Same(ann, await Host());
        await using (var talk = Talk(ann, bob, cleo))
        {
            await talk.Heard(bob, 300);
            await Kill(ann);
            await Eventually(() => bob.Transcript.Epochs.Count > 0 && cleo.Transcript.Epochs.Count > 0, "the others follow a new host");
            await talk.Heard(cleo, 300);
        }

        await EventuallyAgree();
        var entries = bob.Transcript.Lines.Select(l => l.Entry.Record.Entry).ToList();
        Assert.Single(entries.OfType<UserLeft>(), new UserLeft(ann.User.Id, LeaveReason.Crashed));
        Assert.Equal([false], entries.OfType<EpochStarted>().Where(e => e.Host != ann.Room.Self).Select(e => e.MayHaveLost));
    }

    [Fact]
    public async Task Another_than_the_host_dies_and_the_rest_talk_on_meanwhile()
    {
        var ann = await Join("ann");
        var bob = await Join("bob");
        var cleo = await Join("cleo");
        await using (var talk = Talk(ann, bob))
        {
            await Say(cleo, 100);
            await talk.Heard(bob, 200);
            await Kill(cleo);
            await talk.Heard(bob, 200);
            await Eventually(
                () => ann.Transcript.Lines.Any(l => l.Entry.Record.Entry is UserLeft left && left.User == cleo.User.Id), "cleo's death is in the order");
        }

        await EventuallyAgree();
        Assert.Empty(ann.Transcript.Epochs);
    }

    [Fact]
    public Task A_cut_that_is_shorter_than_the_noticing_costs_nobody_anything() => AShortCutCostsNobodyAnything();

    [Fact]
    public async Task A_users_outbox_survives_its_node_being_excluded()
    {
        var ann = await Join("ann");
        var bob = await Join("bob");
        var cleo = await Join("cleo");
        var node = cleo.Room.Self;
        await using (var talk = Talk(ann, bob))
        {
            await Say(cleo, 50);
            await Cut(cleo, ann, bob);
            await Say(cleo, 200);
            await Eventually(
                () => ann.Transcript.Lines.Any(l => l.Entry.Record.Entry is NodeLeft left && left.Node == node), "the others go on without cleo");
            Assert.True(cleo.User.Pending > 0);
            await StartAgain(cleo);
            await Say(cleo, 50);
            await talk.Heard(ann, 100);
        }

        await EventuallyAgree();
        Assert.Equal("cleo", cleo.User.Name);
        Assert.Equal(300, ann.Transcript.MessagesOf(cleo.User.Id).Concat(cleo.Transcript.MessagesOf(cleo.User.Id)).Distinct().Count());
        Assert.Equal(2, cleo.Transcript.Starts);
    }
}
