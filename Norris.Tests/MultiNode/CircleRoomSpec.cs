using System.Collections.Concurrent;
using Akka.Cluster;
using Norris.Actors;
using Norris.Actors.Devices;
using Norris.Core.Protocol;
using Norris.Core.Room;
using Norris.Tests.Devices;
using Xunit.Abstractions;

namespace Norris.Tests.MultiNode;

/// <summary>Rooms with a circle: ann's device founded it, and let in bob's and cleo's. Each node has a device of its own.</summary>
public sealed class CircleRoomSpec : ClusterSpec
{
    private static readonly string[] All = ["ann", "bob", "cleo"];

    private readonly Shelf _shelf = new();
    private readonly Dictionary<string, RoomSecurity> _security = [];
    private readonly ConcurrentQueue<string> _strangers = new();

    public CircleRoomSpec(ITestOutputHelper output)
        : base(output)
    {
        var circle = _shelf.Circle("ann", "bob", "cleo");
        foreach (var name in All)
        {
            _security[name] = new RoomSecurity(_shelf[name], circle);
        }
    }

    [Fact]
    public async Task Who_is_put_out_while_it_talks_is_out_at_one_number_and_comes_in_no_more()
    {
        var ann = await Join("ann");
        var bob = await Join("bob");
        var cleo = await Join("cleo");
        var node = cleo.Room.Self;
        await using (var talk = Talk(ann, bob))
        {
            await using (var cleos = Talk(cleo))
            {
                await talk.Heard(cleo, 100);
                await bob.Room.PutOutAsync(_shelf["cleo"].Id);
                cleo.IsLive = false;
                await Eventually(() => ann.Transcript.Lines.Any(l => l.Entry.Record.Entry is NodeLeft left && left == new NodeLeft(node, LeaveReason.PutOut)), "ann hears that cleo's node is gone");
                await Eventually(() => All[..2].All(name => !_security[name].Known.Contains(_shelf["cleo"].Id)), "ann and bob hear cleo's device no more");
                await Eventually(() => Members(ann) == 2 && Members(bob) == 2, "cleo's node is out of the cluster");

                // It is told, or has waited for that until it was cut off.
                Task refused = cleo.Room.JoinAsync();
                await Task.WhenAny(refused, cleo.Room.WhenOver).WaitAsync(TimeSpan.FromSeconds(60));
                Assert.True(refused.Exception is null || refused.Exception.InnerException is RoomException { IsForGood: true } why && why.Message.Contains("was put out by bob's device", StringComparison.Ordinal));
            }

            _strangers.Clear();
            var again = StartAgain(cleo);
            await Eventually(() => _strangers.Count > 2, "cleo's next node is refused in the handshake");
            await talk.Heard(ann, 200);
            Assert.False(again.IsCompleted);
            cleo.IsLive = false;
        }

        await EventuallyAgree();
        var order = ann.Transcript.Lines.Select(l => l.Entry.Record).ToList();
        var kick = order.Single(r => r.Entry is DeviceExpelled).First;
        Assert.DoesNotContain(order, r => r.First > kick && r.Entry is Said said && said.Block.User == cleo.User.Id);
        Assert.Single(order, r => r.Entry == new UserLeft(cleo.User.Id, LeaveReason.PutOut));
    }

    [Fact]
    public async Task A_host_that_is_put_out_is_followed_by_another_and_nothing_is_lost()
    {
        var ann = await Join("ann");
        var bob = await Join("bob");
        var cleo = await Join("cleo");
        Assert.Same(ann, await Host());
        await using (var talk = Talk(bob, cleo))
        {
            await talk.Heard(bob, 100);
            await cleo.Room.PutOutAsync(_shelf["ann"].Id);
            ann.IsLive = false;
            await Eventually(() => Members(bob) == 2 && Members(cleo) == 2, "ann's node is out of the cluster");
            await Host();
            await talk.Heard(bob, 200);
        }

        await EventuallyAgree();
        Assert.Equal((1, 1), (bob.Transcript.Starts, cleo.Transcript.Starts));
    }

    [Fact]
    public async Task An_invite_that_one_node_made_lets_one_device_in_at_another_and_no_second_one_whoever_died_meanwhile()
    {
        var ann = await Join("ann");
        var bob = await Join("bob");
        var cleo = await Join("cleo");
        var code = await bob.Room.InviteAsync("dan", 1, TimeSpan.FromHours(1));
        await Knows(cleo, code);
        await Kill(bob);
        await cleo.Room.AdmitAsync(_shelf["dan"].PublicKey, "dan", code.Id);
        await Eventually(() => ann.Room.Status.Circle!.Circle.Contains(_shelf["dan"].Id), "ann knows that dan is in");
        var again = await Assert.ThrowsAsync<RoomException>(() => ann.Room.AdmitAsync(_shelf["eve"].PublicKey, "eve", code.Id));
        Assert.Contains($"the invite {code.Id} was used by dan's device", again.Message, StringComparison.Ordinal);

        // What its door has told it.
        _security["dan"] = new RoomSecurity(_shelf["dan"], _security["cleo"].Circle!);
        var dan = await Join("dan");
        await using (var talk = Talk(ann, cleo, dan))
        {
            await talk.Heard(dan, 100);
        }

        await EventuallyAgree();
        Assert.True(_security["ann"].Circle!.Contains(_shelf["dan"].Id) && dan.Room.Status.Circle!.Circle.Contains(_shelf["dan"].Id));
    }

    [Fact]
    public async Task What_only_a_newcomer_knows_of_the_circle_it_brings()
    {
        var ann = await Join("ann");
        var circle = _security["ann"].Circle!;
        var dans = Admission.Of(circle.Id, _shelf["dan"].PublicKey.Span, OwnerId.Nobody, "dan", _shelf["bob"].Id, 5, _shelf["bob"].Sign);
        _security["bob"] = new RoomSecurity(_shelf["bob"], circle.With(dans));

        await Join("bob");

        await Eventually(() => ann.Room.Status.Circle!.Circle.Contains(_shelf["dan"].Id) && _security["ann"].Known.Contains(_shelf["dan"].Id), "ann's room knows dan's device");
        await EventuallyAgree();
    }

    [Fact]
    public async Task An_invite_is_taken_back_by_anybody_and_an_unknown_one_by_nobody()
    {
        var ann = await Join("ann");
        var bob = await Join("bob");
        var code = await ann.Room.InviteAsync("", 3, TimeSpan.FromHours(1));
        await Knows(bob, code);
        await bob.Room.TakeBackAsync(code.Id);
        await Eventually(() => ann.Room.Status.Circle!.Find(code.Id)!.Standing == InviteStanding.Undone, "ann knows that it was taken back");
        Assert.Contains("was taken back by bob's device", (await Assert.ThrowsAsync<RoomException>(() => ann.Room.TakeBackAsync(code.Id))).Message, StringComparison.Ordinal);
        Assert.Contains("there is no invite", (await Assert.ThrowsAsync<RoomException>(() => ann.Room.TakeBackAsync(default))).Message, StringComparison.Ordinal);
        Assert.Contains("is in already", (await Assert.ThrowsAsync<RoomException>(() => ann.Room.AdmitAsync(_shelf["bob"].PublicKey, "", null))).Message, StringComparison.Ordinal);
        await EventuallyAgree();
    }

    protected override void AfterAll()
    {
        base.AfterAll();
        _shelf.Dispose();
    }

    private protected override RoomSecurity? SecurityOf(string name) => _security[name];

    private protected override bool Expects(string refusal)
    {
        if (!refusal.Contains("is not one of yours", StringComparison.Ordinal))
        {
            return false;
        }

        _strangers.Enqueue(refusal);
        return true;
    }

    private Task Knows(Guest guest, InviteCode code) => Eventually(() => guest.Room.Status.Circle!.Find(code.Id) is not null, $"{guest.Wanted} knows the invite");

    private static int Members(Guest guest) => Cluster.Get(guest.System).State.Members.Count;
}
