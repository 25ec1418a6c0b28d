using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.Cluster;
using Norris.Actors.Devices;
using Norris.Actors.Transport;
using Norris.Core.Protocol;
using Norris.Tests.Devices;
using Xunit.Abstractions;

namespace Norris.Tests.MultiNode;

/// <summary>Rooms of nodes that know each other's devices. Each node has one of its own.</summary>
public sealed class SecureRoomSpec : ClusterSpec
{
    private const string NotYours = "its device is not one of yours";

    private static readonly string[] All = ["ann", "bob", "cleo"];

    private readonly Shelf _shelf = new();
    private readonly Dictionary<string, RoomSecurity> _security;
    private readonly ConcurrentQueue<string> _putOut = new();

    public SecureRoomSpec(ITestOutputHelper output)
        : base(output) => _security = All.ToDictionary(name => name, name => _shelf.Security(name, All));

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

        // On proof, as without encryption: who is only silent has not crashed.
        Assert.Single(bob.Transcript.Lines.Select(l => l.Entry.Record.Entry).OfType<UserLeft>(), new UserLeft(ann.User.Id, LeaveReason.Crashed));
    }

    [Fact]
    public Task A_cut_that_is_shorter_than_the_noticing_costs_nobody_anything() => AShortCutCostsNobodyAnything();

    [Fact]
    public async Task A_foreign_device_at_a_dead_members_address_ends_nobody()
    {
        var ann = await Join("ann");
        var bob = await Join("bob");
        await using (var talk = Talk(ann, bob))
        {
            // Where the others find that the port refuses, before Eve has it, nobody calls her: then another one comes and dies.
            for (var (isCalled, tries) = (false, 1); !isCalled; tries++)
            {
                Assert.True(tries <= 20, "somebody has called");
                var cleo = await Join("cleo");
                var node = cleo.Room.Self;
                await talk.Heard(bob, 100);
                await Kill(cleo);
                using var listener = new TcpListener(IPAddress.Loopback, cleo.Address.Port!.Value);
                listener.Start();
                var called = Serve(listener);
                await Eventually(() => ann.Transcript.Lines.Any(l => l.Entry.Record.Entry is NodeLeft left && left.Node == node), "the others go on without cleo");
                await talk.Heard(ann, 300);
                listener.Stop();
                isCalled = await called;
            }
        }

        await EventuallyAgree();
        Assert.All([ann, bob], guest => Assert.Null(CoordinatedShutdown.Get(guest.System).ShutdownReason));
        Assert.Equal((1, 1), (ann.Transcript.Starts, bob.Transcript.Starts));
    }

    [Fact]
    public async Task A_device_that_is_removed_everywhere_is_out_and_comes_in_again_when_it_is_added_and_not_before()
    {
        var ann = await Join("ann");
        var bob = await Join("bob");
        var cleo = await Join("cleo");
        var node = cleo.Room.Self;
        var device = _shelf["cleo"].Id;
        await using (var talk = Talk(ann, bob))
        {
            await talk.Heard(cleo, 100);
            Assert.True(_security["ann"].Known.Remove(device) && _security["bob"].Known.Remove(device));
            await Eventually(() => ann.Transcript.Lines.Any(l => l.Entry.Record.Entry is NodeLeft left && left.Node == node), "the others go on without cleo");
            await Eventually(() => Members(ann) == 2 && Members(bob) == 2, "cleo's node is out of the cluster");
            _putOut.Clear();

            var again = StartAgain(cleo);
            await Eventually(() => _putOut.Count > 2, "cleo's next node is refused");
            await talk.Heard(ann, 200);
            Assert.False(again.IsCompleted);
            Assert.Equal((2, 2), (Members(ann), Members(bob)));

            Assert.True(_security["ann"].Known.Add(device) && _security["bob"].Known.Add(device));
            await again;
            await Eventually(() => Members(ann) == 3, "cleo is back");
        }

        await EventuallyAgree();
        Assert.Equal(2, cleo.Transcript.Starts);
    }

    protected override void AfterAll()
    {
        base.AfterAll();
        _shelf.Dispose();
    }

    private protected override RoomSecurity? SecurityOf(string name) => _security[name];

    private protected override bool Expects(string refusal)
    {
        if (!refusal.Contains(NotYours, StringComparison.Ordinal))
        {
            return false;
        }

        _putOut.Enqueue(refusal);
        return true;
    }

    private static int Members(Guest guest) => Cluster.Get(guest.System).State.Members.Count;

    /// <summary>A foreign device that listens for as long as it may. Gives whether somebody has called it.</summary>
    private async Task<bool> Serve(TcpListener listener)
    {
        var eve = new Tls(_shelf.Security("eve", All));
        for (var isCalled = false; ;)
        {
            try
            {
                using var caller = await listener.AcceptTcpClientAsync();
                await eve.Answer(caller.GetStream(), CancellationToken.None);
                isCalled = true;
            }
            catch (RefusedException)
            {
                isCalled = true;
            }
            catch (IOException)
            {
                // Who calls has only looked whether somebody is there.
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException or InvalidOperationException)
            {
                // It has stopped: while it waited for somebody, or between two.
                return isCalled;
            }
        }
    }
}
