using Norris.Actors;
using Norris.Core.Room;
using Xunit.Abstractions;

namespace Norris.Tests.MultiNode;

public sealed class NamesSpec(ITestOutputHelper output) : ClusterSpec(output)
{
    [Fact]
    public async Task Two_users_with_one_name_are_told_apart_and_everyone_sees_the_same_names()
    {
        var first = await Join("Zoë");
        var second = await Join("zoë");

        Assert.Equal("Zoë", first.User.Name);
        Assert.Equal("zoë-2", second.User.Name);
        await Task.WhenAll(Say(first, 20), Say(second, 20));
        await EventuallyAgree();
        foreach (var guest in new[] { first, second })
        {
            var heard = second.Transcript.Lines.Where(l => l.Entry.Record.Entry is Norris.Core.Protocol.Said said && said.Block.User == guest.User.Id);
            Assert.All(heard, line => Assert.Equal(guest.User.Name, line.Entry.Name));
        }
    }

    [Fact]
    public async Task A_user_takes_another_name_and_everyone_sees_it_at_the_same_place()
    {
        var ann = await Join("ann");
        var bob = await Join("bob");
        await Say(bob, 3);
        bob.User.AskFor("Ann");
        await Eventually(() => bob.User.Name == "Ann-2", "bob has another name");
        await Say(bob, 3);
        ann.User.AskFor("a\tb");
        await Eventually(() => ann.Transcript.Refusals.Count > 0, "ann's wish is refused");
        Assert.Equal("ann", ann.User.Name);
        await EventuallyAgree();
        string[] names = ["bob", "bob", "bob", "Ann-2", "Ann-2", "Ann-2"];
        foreach (var guest in new[] { ann, bob })
        {
            var said = guest.Transcript.Lines.Where(l => l.Entry.Record.Entry is Norris.Core.Protocol.Said s && s.Block.User == bob.User.Id);
            Assert.Equal(names.Distinct(), said.Select(l => l.Entry.Name).Distinct());
        }
    }

    [Fact]
    public async Task The_rooms_name_and_topic_are_the_same_for_everybody_and_for_who_comes_later()
    {
        var ann = await Join("ann");
        var bob = await Join("bob");
        await ann.Room.ChangeAsync(ann.User.Id, RoomSettingKind.Name, "Kitchen");
        await bob.Room.ChangeAsync(bob.User.Id, RoomSettingKind.Topic, "lunch");
        await Eventually(() => ann.Room.Status.Picture.Settings.Topic.Text == "lunch", "ann sees bob's topic");
        await ann.Room.ChangeAsync(ann.User.Id, RoomSettingKind.Topic, " tea ");
        await ann.Room.ChangeAsync(ann.User.Id, RoomSettingKind.Topic, "tea");
        Assert.Contains("one line", (await Assert.ThrowsAsync<RoomException>(() => ann.Room.ChangeAsync(ann.User.Id, RoomSettingKind.Topic, "a\nb"))).Message, StringComparison.Ordinal);
        var cleo = await Join("cleo");
        await EventuallyAgree();
        Assert.Equal(("Kitchen", "tea"), (cleo.Room.Status.Picture.Settings.Name.Text, cleo.Room.Status.Picture.Settings.Topic.Text));
        Assert.Equal(3, ann.Transcript.Lines.Count(l => l.Entry.Record.Entry is Norris.Core.Protocol.RoomChanged));
    }

    [Fact]
    public async Task An_invalid_name_is_refused_once_and_the_user_chooses_again()
    {
        var ann = await Join("ann");
        var bob = await Arrive("bob  the builder");
        await Eventually(() => bob.Transcript.Refusals.Count > 0, "bob's name is refused");
        Assert.Contains("no two in a row", Assert.Single(bob.Transcript.Refusals), StringComparison.Ordinal);
        Assert.Empty(bob.User.Name);

        // What was said before there was a name is not lost.
        await Say(bob, 3);
        bob.User.AskFor("bob");
        await Eventually(() => bob.User.Name == "bob", "bob is in the room");

        await EventuallyAgree();
        Assert.Equal(3, ann.Transcript.MessagesOf(bob.User.Id).Count());
        Assert.Single(bob.Transcript.Refusals);
    }

    [Fact]
    public async Task Who_wants_no_name_gets_one()
    {
        var someone = await Join("");
        Assert.Equal(Norris.Core.Room.Names.MakeUp(someone.User.Id), someone.User.Name);
        await Say(someone, 1);
        await EventuallyAgree();
    }
}
