using Norris.Actors;
using Norris.Actors.Devices;
using Norris.Core.Room;
using Norris.Tests.Devices;
using Xunit.Abstractions;

namespace Norris.Tests.MultiNode;

/// <summary>Newcomers at the doors of a room with a circle, and others who are none. Ann's device founded the circle, and let in bob's.</summary>
public sealed class CircleDoorSpec : ClusterSpec
{
    private const string Here = "127.0.0.1";

    private readonly Shelf _shelf = new();
    private readonly Dictionary<string, RoomSecurity> _security = [];

    public CircleDoorSpec(ITestOutputHelper output)
        : base(output)
    {
        var circle = _shelf.Circle("ann", "bob");
        _security["ann"] = new RoomSecurity(_shelf["ann"], circle);
        _security["bob"] = new RoomSecurity(_shelf["bob"], circle);
    }

    [Fact]
    public async Task Who_shows_an_invite_is_in_and_joins_and_the_next_one_is_told_who_has_used_it()
    {
        var ann = await Join("ann");
        var bob = await Join("bob");
        var code = await ann.Room.InviteAsync("dan", 1, TimeSpan.FromHours(1));
        await Knows(bob, code);

        var answer = await RoomDoor.RedeemAsync(_shelf["dan"], Here, bob.Address.Port!.Value, code);

        Assert.True(answer.Circle.Contains(_shelf["dan"].Id));
        Assert.Equal("dan", answer.Circle.AdmissionOf(_shelf["dan"].Id)!.Name);
        Assert.Equal(new[] { ann, bob }.Select(g => $"{Here}:{g.Address.Port}").Order(), answer.Addresses.Order());
        await Eventually(() => ann.Room.Status.Circle!.Circle.Contains(_shelf["dan"].Id), "ann knows that dan is in");
        Assert.Contains($"the invite {code.Id} was used by dan's device {_shelf["dan"].Id.Beginning}", await Refusal(RoomDoor.RedeemAsync(_shelf["eve"], Here, ann.Address.Port!.Value, code)), StringComparison.Ordinal);

        _security["dan"] = new RoomSecurity(_shelf["dan"], answer.Circle);
        await Join("dan");
        await EventuallyAgree();
    }

    [Fact]
    public async Task Who_belongs_together_is_told_to_who_does_and_who_was_put_out_is_told_that()
    {
        var ann = await Join("ann");
        await Join("bob");
        await ann.Room.AdmitAsync(_shelf["dan"].PublicKey, "dan", null);
        await ann.Room.PutOutAsync(_shelf["dan"].Id);
        var port = ann.Address.Port!.Value;

        var circle = _shelf.Circle("ann", "bob");
        var answer = await RoomDoor.ListAsync(new RoomSecurity(_shelf["bob"], circle), Here, port);

        Assert.NotNull(answer.Circle.ExpulsionOf(_shelf["dan"].Id));
        Assert.Contains($"dan's device {_shelf["dan"].Id.Beginning} was put out by ann's device", await Refusal(RoomDoor.ListAsync(new RoomSecurity(_shelf["dan"], _shelf.Circle("ann", "bob", "dan")), Here, port)), StringComparison.Ordinal);
        Assert.Contains("this device is none of the room's: ask for an invite", await Refusal(RoomDoor.ListAsync(new RoomSecurity(_shelf["eve"], circle), Here, port)), StringComparison.Ordinal);
        Assert.Contains("the room there is for another circle of devices", await Refusal(RoomDoor.ListAsync(new RoomSecurity(_shelf["bob"], _shelf.Circle("bob")), Here, port)), StringComparison.Ordinal);
        await EventuallyAgree();
    }

    protected override void AfterAll()
    {
        base.AfterAll();
        _shelf.Dispose();
    }

    private protected override RoomSecurity? SecurityOf(string name) => _security[name];

    private static async Task<string> Refusal(Task asked)
    {
        var why = (await Assert.ThrowsAsync<RoomException>(() => asked)).Message;
        Assert.DoesNotContain('\n', why);
        return why;
    }

    private Task Knows(Guest guest, InviteCode code) => Eventually(() => guest.Room.Status.Circle!.Find(code.Id) is not null, $"{guest.Wanted} knows the invite");
}
