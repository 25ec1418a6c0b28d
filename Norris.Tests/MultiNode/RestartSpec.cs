using Akka.Actor;
using Norris.Actors;
using Norris.Actors.Wire;
using Norris.Core.Protocol;
using Xunit.Abstractions;

namespace Norris.Tests.MultiNode;

/// <summary>Supervision: an actor that throws is restarted in mid-stream, and nothing that was promised is lost.</summary>
public sealed class RestartSpec(ITestOutputHelper output) : ClusterSpec(output)
{
    [Fact]
    public async Task The_sequencers_actor_may_be_restarted()
    {
        var ann = await Join("ann");
        var bob = await Join("bob");
        var cleo = await Join("cleo");
        await using (var talk = Talk(ann, bob, cleo))
        {
            for (var restarts = 1; restarts <= 3; restarts++)
            {
                await talk.Heard(bob, 200);
                var epoch = bob.Room.Status.Epoch;
                Sequencer(ann).Tell(new FromNode(bob.Room.Self, new UnknownToTheSequencer()));
                await Eventually(() => bob.Room.Status.Epoch > epoch, "a reign under a new epoch begins");
            }

            await talk.Heard(bob, 200);
        }

        await EventuallyAgree();
        Assert.Same(ann, await Host());
        Assert.Equal(3, bob.Transcript.Epochs.Count);
    }

    [Fact]
    public async Task The_only_nodes_sequencer_may_be_restarted()
    {
        // Alone, and in the first epoch: the new machine must not take the number of the reign before it.
        var ann = await Join("ann");
        await using (var talk = Talk(ann))
        {
            await talk.Heard(ann, 100);
            Sequencer(ann).Tell(new FromNode(ann.Room.Self, new UnknownToTheSequencer()));
            await Eventually(() => ann.Transcript.Epochs.Count == 1, "ann follows the new reign");
            await talk.Heard(ann, 100);
        }

        await EventuallyAgree();
        Assert.Equal(new Epoch(2), ann.Room.Status.Epoch);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task A_replicas_actor_may_be_restarted(int whose)
    {
        var ann = await Join("ann");
        var bob = await Join("bob");
        var guest = new[] { ann, bob }[whose];
        await using (var talk = Talk(ann, bob))
        {
            for (var restarts = 1; restarts <= 5; restarts++)
            {
                await talk.Heard(guest, 100);
                guest.System.ActorSelection($"/user/{NodeContext.ReplicaName}").Tell(new FromNode(ann.Room.Self, new UnknownToTheReplica()));
            }

            await talk.Heard(guest, 200);
        }

        await EventuallyAgree();
        Assert.Equal(1, guest.Transcript.Starts);
        Assert.Empty(guest.Transcript.Epochs);
    }

    [Fact]
    public async Task A_users_actor_may_be_restarted()
    {
        var ann = await Join("ann");
        var bob = await Join("bob");
        await using (var talk = Talk(ann, bob))
        {
            for (var restarts = 1; restarts <= 5; restarts++)
            {
                await talk.Heard(bob, 100);
                bob.System.ActorSelection($"/user/{NodeContext.UsersName}/*").Tell(new Heard(null!));
            }

            await talk.Heard(bob, 200);
        }

        await EventuallyAgree();
        Assert.Equal(1, bob.Transcript.Starts);
    }

    [Fact]
    public async Task The_parent_of_the_users_may_be_restarted()
    {
        var ann = await Join("ann");
        await using (var talk = Talk(ann))
        {
            await talk.Heard(ann, 100);
            var parent = await ann.System.ActorSelection($"/user/{NodeContext.UsersName}").ResolveOne(TimeSpan.FromSeconds(30));
            ((IInternalActorRef)parent).Restart(new InvalidOperationException("a spec's own fault"));
            await talk.Heard(ann, 100);
        }

        await EventuallyAgree();
        Assert.Equal(1, ann.Transcript.Starts);
    }

    [Fact]
    public async Task An_application_that_throws_misses_the_call_that_it_threw_at_and_nothing_else()
    {
        var ann = await Join("ann");
        var bob = await Join("bob");
        var calls = 0;
        var thrownAt = new List<SequenceNumber>();
        bob.Transcript.BeforeEach = entry =>
        {
            if (++calls % 3 == 0 && entry.Record.Entry is Said && thrownAt.Count < 10)
            {
                thrownAt.Add(entry.Record.First);
                throw new InvalidOperationException("the application's own fault");
            }
        };

        await using (var talk = Talk(ann, bob))
        {
            await talk.Heard(ann, 500);
            await Eventually(() => thrownAt.Count == 10, "bob's application has thrown often enough");
        }

        await Eventually(() => bob.User.Pending == 0 && bob.Transcript.End.Next == ann.Transcript.End.Next, "bob has heard the end");
        var atAnn = ann.Transcript.Lines.Where(l => l.First >= bob.Transcript.Lines[0].First).Select(l => l.First);
        Assert.Equal(atAnn.Except(thrownAt), bob.Transcript.Lines.Select(l => l.First));
        Assert.Equal(bob.Said, ann.Transcript.MessagesOf(bob.User.Id).Select(m => m.Text));
    }

    private static ActorSelection Sequencer(Guest guest) =>
        guest.System.ActorSelection($"/user/{NodeContext.SequencerManagerName}/{NodeContext.SequencerName}");

    private sealed record UnknownToTheSequencer : ToSequencerMessage;

    private sealed record UnknownToTheReplica : ToReplicaMessage;
}
