using Akka.Actor;
using Norris.Actors;
using Norris.Actors.Wire;
using Norris.Core.Protocol;
using Norris.Tests.Protocol;
using Xunit.Abstractions;

namespace Norris.Tests.MultiNode;

/// <summary>
/// Mallory's node joins properly, and then lies to Ann's, which hosts, and to Bob's. docs/architecture.md tells what a member can do all the same.
/// </summary>
public sealed class RogueMemberSpec(ITestOutputHelper output) : ClusterSpec(output)
{
    private const string Replica = "/user/norris-replica";
    private const string Evidence = "/user/norris-crash-evidence";
    private const string Sequencer = "/user/norris-sequencer/sequencer";

    [Fact]
    public async Task A_member_that_lies_speaks_for_nobody_and_stops_nobody()
    {
        var (ann, bob, mallory) = (await Join("ann"), await Join("bob"), await Join("mallory"));
        Assert.Same(ann, await Host());
        await Say(bob, 20);
        await EventuallyAgree();
        using var givenUp = Inbox.Create(bob.System);
        bob.System.EventStream.Subscribe(givenUp.Receiver, typeof(NoRoomHere));
        await using (var talk = Talk(ann, bob))
        {
            for (var i = 0; i < 20; i++)
            {
                LieToTheHost(mallory, ann, bob);
                LieToBob(mallory, ann, bob);

                // The answer to a question that nobody has asked.
                Tell(mallory, bob, Evidence, new FromNode(mallory.Room.Self, new ItIsI(bob.Room.Status.Room, bob.Room.Status.Epoch.Next, bob.Room.Status.Highest, false, true)));
                await talk.Heard(bob, 10);
            }
        }

        await EventuallyAgree();
        givenUp.Receiver.Tell("nothing came before");
        Assert.Equal("nothing came before", await givenUp.ReceiveAsync(TimeSpan.FromSeconds(30)));
        Assert.Same(ann, await Host());
        Assert.Equal(["ann", "bob"], new[] { ann, bob }.Select(g => g.User.Name));
        Assert.DoesNotContain(
            bob.Transcript.Lines.Select(l => l.Entry.Record.Entry), e => e is UserLeft or UserRenamed or NodeLeft or EpochStarted { MayHaveLost: true });
    }

    [Fact]
    public async Task A_member_that_speaks_in_anothers_name_is_not_let_through()
    {
        var (ann, bob, mallory) = (await Join("ann"), await Join("bob"), await Join("mallory"));
        await Say(bob, 20);
        await EventuallyAgree();
        Tell(mallory, ann, Sequencer, new FromNode(bob.Room.Self, new Submit(Words(bob))));
        Tell(mallory, ann, Sequencer, new FromNode(bob.Room.Self, new LeaveRequest()));
        Tell(mallory, bob, Replica, new FromNode(ann.Room.Self, new Expelled(bob.Room.Status.Epoch, 0)));
        await Refused(3);

        await Say(bob, 20);
        await EventuallyAgree();
        Assert.DoesNotContain(ann.Transcript.Lines.Select(l => l.Entry.Record.Entry), e => e is UserLeft or NodeLeft);
    }

    private static void LieToTheHost(Guest mallory, Guest ann, Guest bob)
    {
        var epoch = ann.Room.Status.Epoch;
        var highest = ann.Room.Status.Highest;
        ToSequencerMessage[] lies =
        [
            new Submit(Words(bob)), // somebody else's user
            new UserLeaveRequest(bob.User.Id),
            new UserRenameRequest(bob.User.Id, "boo"),
            new UserJoinRequest(bob.User.Id, "bob", default, 1),
            new UserJoinRequest(new UserId(666), "bob", new byte[128], 1), // a proof that is none
            new Ack(epoch, 1, highest + 1_000_000, 666, default, default), // what nobody can have yet
            new Promise(epoch.Next, new RoomId(666), default, epoch.Next, highest + 1000, highest, [mallory.Room.Self], default), // which nobody asked for
            new RecoveryPage(epoch.Next, null, [], highest),
            new EpochRefused(new Epoch(Limits.HighestNumber)), // the end of all reigns
        ];
        foreach (var lie in lies)
        {
            Tell(mallory, ann, Sequencer, new FromNode(mallory.Room.Self, lie));
        }
    }

    private static void LieToBob(Guest mallory, Guest ann, Guest bob)
    {
        var epoch = bob.Room.Status.Epoch;
        var next = bob.Room.Status.Received.Next;
        var last = new Epoch(Limits.HighestNumber);
        ToReplicaMessage[] lies =
        [
            new Ordered(epoch, [new LogRecord(next, epoch, 0, new Said(Words(ann)))], next, next), // Ann hosts, not Mallory
            new Progress(epoch, next + 1000, next + 1000, next),
            new Page(epoch, null, [new LogRecord(next, epoch, 0, new Said(Words(ann)))], next, next),
            new NewEpoch(epoch, bob.Room.Status.Room, default, default, [], [bob.Room.Self]),
            new NewEpoch(last, bob.Room.Status.Room, default, default, [], [bob.Room.Self]),
            new Prepare(last),
            new JoinRefused("go away"),
            new UserRefused(bob.User.Id, "go away"),
            new HostReport(ann.Room.Self, true), // one vote of three
        ];
        foreach (var lie in lies)
        {
            Tell(mallory, bob, Replica, new FromNode(mallory.Room.Self, lie));
        }
    }

    private static SaidBlock Words(Guest of) => Cast.Block(of.User.Id, of.Said.Count + 1, "I resign");

    private static void Tell(Guest from, Guest to, string path, FromNode what) =>
        ((ExtendedActorSystem)from.System).Provider.ResolveActorRef(to.Address + path).Tell(what, ActorRefs.NoSender);
}
