using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;
using Norris.Actors.Devices;
using Norris.Actors.Devices.Proto;
using Norris.Actors.Transport;
using Norris.Actors.Wire;
using Norris.Core.Protocol;
using Norris.Core.Room;
using Norris.Tests.MultiNode;
using Norris.Tests.Transport;

namespace Norris.Tests.Devices;

/// <summary>What a device gets at a door: who belongs to its circle, or a place in it, or a line that says why not.</summary>
[Collection(Clusters.Name)]
public sealed class DoorSpec() : DoorKit(new DoorStage())
{
    [Fact]
    public async Task A_device_that_is_in_learns_who_was_let_in_since_and_where_nodes_are_and_forgets_nobody()
    {
        Stage.Room.Say(new DeviceAdmitted(Stage.Admits(Stage.Circle, "ann", "cat"), null));
        Stage.Room.Addresses = ["192.168.1.7:4053", "no address", "\u202e:4053", new string('x', 401), "[fe80::1]:4053"];

        var (circle, addresses) = await List("bob", Stage.Circle.With(Stage.Admits(Stage.Circle, "ann", "dan")));

        Assert.Equal(["ann", "bob", "cat", "dan"], circle.Devices.Select(d => d.Name).Order());
        Assert.Equal(["192.168.1.7:4053", "[fe80::1]:4053"], addresses);
    }

    [Fact]
    public async Task A_device_that_is_not_in_learns_nothing() =>
        Assert.Equal($"{Ann}refused: this device is none of the room's: ask for an invite", await WhyNot(List("eve")));

    [Fact]
    public async Task Who_asks_for_another_circle_is_told_so()
    {
        var bob = Stage["bob"];
        var others = Circle.Found(Admission.Founding(bob.PublicKey.Span, default, "", 1, bob.Sign), DeviceSignature.IsBy).With(Stage.Admits(Stage.Circle, "bob", "ann"));
        others = others.With(Admission.Of(others.Id, Stage["ann"].PublicKey.Span, default, "", bob.Id, 2, bob.Sign));

        Assert.Equal($"{Ann}the room there is for another circle of devices", await WhyNot(List("bob", others)));
    }

    [Fact]
    public async Task Where_the_node_is_in_no_room_that_is_said()
    {
        Stage.Room.IsThere = false;

        Assert.Equal($"{Ann}refused: this node is in no room just now: try again in a moment, or another node", await WhyNot(List("bob")));
    }

    [Theory]
    [InlineData("ann")]
    [InlineData("cat")]
    public async Task Who_was_put_out_is_told_by_whom_also_where_it_was_away_when_that_device_came(string by)
    {
        Stage.Room.Say(new DeviceAdmitted(Stage.Admits(Stage.Circle, "ann", "cat"), null));
        Assert.Null(Stage.Room.Say(new DeviceExpelled(Stage.Expels(by, "bob"))));

        var why = await Assert.ThrowsAsync<DoorException>(() => List("bob"));

        Assert.Equal(
            $"{Ann}bob's device {Stage["bob"].Id.Beginning} was put out by {by}'s device {Stage[by].Id.Beginning} on 25 Nov 14:03 UTC: it comes in no more, and whoever has another device asks for an invite",
            why.Message);
        Assert.Equal(Stage[by].Id, why.PutOut!.By);
    }

    [Theory]
    [InlineData("eve signs", "it says that this device was put out, and does not prove it: ask another node")]
    [InlineData("nobody signs", "refused: this device was put out")]
    [InlineData("\u001b[2Jin a line of its own", "refused: it does not say why as doors do")]
    [InlineData("no circle", "it does not speak as a door of this version of Norris does: check the address, and which version runs there")]
    [InlineData("no records", "it does not speak as a door of this version of Norris does: check the address, and which version runs there")]
    [InlineData("no answer", "it does not speak as a door of this version of Norris does: check the address, and which version runs there")]
    [InlineData("nothing", "it has closed the connection: try again in a moment, or another node")]
    public async Task What_a_door_says_is_not_believed_where_it_proves_nothing(string what, string why)
    {
        var (port, done) = Stage.Listens("bob", async stream =>
        {
            await DoorMessages.Read(stream, DoorQuestion.Parser, DoorLimits.QuestionBytes, CancellationToken.None);
            await (what switch
            {
                "eve signs" => DoorStage.Say(stream, DoorMessages.PutOut(Stage.Circle, Stage.Expels("bob", "ann", signs: "eve"))),
                "nobody signs" => DoorStage.Say(stream, new DoorAnswer { WhyNot = "this device was put out" }),
                "no circle" => DoorStage.Say(stream, new DoorAnswer { Records = { ByteString.CopyFrom(Stage.Admits(Stage.Circle, "ann", "bob").Bytes.Span) } }),
                "no records" => DoorStage.Say(stream, new DoorAnswer { Records = { ByteString.CopyFrom(1, 2, 3) } }),
                "no answer" => stream.WriteAsync(BitConverter.GetBytes(int.MaxValue)).AsTask(),
                "nothing" => Task.CompletedTask,
                _ => DoorStage.Say(stream, new DoorAnswer { WhyNot = what }),
            });
            return true;
        });

        var said = await WhyNot(Caller("ann").List(Host, port, Stage.Circle, CancellationToken.None));

        Assert.Equal($"{Host}:{port}: {why}", said);
        Assert.True(await done.WaitAsync(Patience));
    }

    [Fact]
    public async Task A_foreign_device_that_says_it_is_a_door_is_not_believed_and_hears_nothing_of_the_circle()
    {
        var (port, done) = Stage.Listens("eve", async stream =>
        {
            var question = await DoorMessages.Read(stream, DoorQuestion.Parser, DoorLimits.QuestionBytes, CancellationToken.None);
            await DoorStage.Say(stream, DoorMessages.Granted(Stage.Circle, ["192.168.1.66:4053"]));
            return question;
        });

        Assert.Equal(
            $"{Host}:{port}: it answers as a device that is not one of yours: not connected (device {Stage["eve"].Id.Beginning}); check the address, or ask for an invite",
            await WhyNot(Caller("bob").List(Host, port, Stage.Circle, CancellationToken.None)));
        Assert.Equal(new DoorQuestion { List = new() }, await done.WaitAsync(Patience));
    }

    [Theory]
    [InlineData("puts out who asks", "it says that this device was put out, and does not prove it: ask another node")]
    [InlineData("lets in another", "it answers as a device that is not one of yours: not connected")]
    [InlineData("is there itself", "it answers as a device that is not one of yours: not connected")]
    public async Task What_a_device_signs_that_is_known_to_be_out_is_not_believed(string what, string why)
    {
        var before = Stage.Circle.With(Stage.Admits(Stage.Circle, "ann", "cat"));
        var known = before.With(Stage.Expels("ann", "cat"));
        var (port, done) = Stage.Listens(what == "lets in another" ? "dan" : "cat", async stream =>
        {
            await DoorMessages.Read(stream, DoorQuestion.Parser, DoorLimits.QuestionBytes, CancellationToken.None);
            await DoorStage.Say(stream, what switch
            {
                "puts out who asks" => DoorMessages.PutOut(before, Stage.Expels("cat", "bob")),
                "lets in another" => DoorMessages.Granted(before.With(Stage.Admits(before, "cat", "dan")), []),
                _ => DoorMessages.Granted(before, []),
            });
            return true;
        });

        var refused = await Assert.ThrowsAsync<DoorException>(() => Caller("bob").List(Host, port, known, CancellationToken.None));

        Assert.Contains(why, refused.Message, StringComparison.Ordinal);
        Assert.Null(refused.PutOut);
        Assert.True(await done.WaitAsync(Patience));
    }

    [Fact]
    public async Task A_door_whose_device_came_while_one_was_away_is_believed_since_it_shows_who_let_it_in()
    {
        var now = Stage.Circle.With(Stage.Admits(Stage.Circle, "ann", "cat"));
        var (port, done) = Stage.Listens("cat", async stream =>
        {
            await DoorMessages.Read(stream, DoorQuestion.Parser, DoorLimits.QuestionBytes, CancellationToken.None);
            await DoorStage.Say(stream, DoorMessages.Granted(now, ["192.168.1.9:4053"]));
            return true;
        });

        var (circle, addresses) = await Caller("bob").List(Host, port, Stage.Circle, CancellationToken.None);

        Assert.Equal(now, circle);
        Assert.Equal(["192.168.1.9:4053"], addresses);
        Assert.True(await done.WaitAsync(Patience));
    }

    [Theory]
    [InlineData("", "cat", "cat")]
    [InlineData("zoe", "cat", "zoe")]
    [InlineData("", "a\nb", "")]
    public async Task Who_has_an_invite_is_in(string isFor, string wants, string isCalled)
    {
        Stage.Invites(name: isFor);

        var (circle, addresses) = await Redeem("cat", wants);

        var record = circle.AdmissionOf(Stage["cat"].Id)!;
        Assert.Equal((isCalled, Stage["ann"].Id), (record.Name, record.By));
        Assert.Equal(Stage.Room.Circle!.Circle, circle);
        Assert.Equal(Stage.Room.Addresses, addresses);
        Assert.Equal(circle, (await List("cat", circle)).Circle);
    }

    [Fact]
    public async Task A_second_device_is_told_who_used_the_invite_and_the_first_is_in_whatever_became_of_the_answer()
    {
        Stage.Invites();
        await Redeem("cat", "cat");

        Assert.Equal($"{Ann}refused: the invite {Stage.Code.Id} was used by cat's device {Stage["cat"].Id.Beginning} on 25 Nov 14:03 UTC", await WhyNot(Redeem("dan", "dan")));
        Assert.False(Stage.Room.Circle!.Circle.Contains(Stage["dan"].Id));
        Assert.True((await Redeem("cat", "cat")).Circle.Contains(Stage["cat"].Id));
    }

    [Theory]
    [InlineData("ended", "refused: the invite {0} ended on 25 Nov 15:03 UTC")]
    [InlineData("taken back", "refused: the invite {0} was taken back by ann's device {1} on 25 Nov 14:03 UTC")]
    [InlineData("void", "refused: the invite {0} is void since bob's device {2} was put out on 25 Nov 14:03 UTC")]
    [InlineData("unknown", "refused: there is no invite {0} here, or it is long over: ask for another one")]
    [InlineData("another code", "it does not know this invite: not connected; ask who sent it for the address, or for another one")]
    public async Task Who_has_no_good_invite_is_told_why_not(string how, string why)
    {
        if (how != "unknown")
        {
            Stage.Invites();
        }

        switch (how)
        {
            case "ended":
                Stage.Time.Advance(TimeSpan.FromHours(2));
                break;
            case "taken back":
                Assert.Null(Stage.Room.Say(new InviteGone(Stage.Code.Id, Stage["ann"].Id)));
                break;
            case "void":
                Assert.Null(Stage.Room.Say(new DeviceExpelled(Stage.Expels("ann", "bob"))));
                break;
        }

        var said = await WhyNot(Redeem("cat", "cat", how == "another code" ? DoorStage.CodeOf(2) : Stage.Code));

        Assert.Equal(DoorStage.CodeOf(2).Id, Stage.Code.Id);
        Assert.Equal(Ann + string.Format(null, why, Stage.Code.Id, Stage["ann"].Id.Beginning, Stage["bob"].Id.Beginning), said);
        Assert.False(Stage.Room.Circle!.Circle.Contains(Stage["cat"].Id));
    }

    [Fact]
    public async Task The_nodes_own_device_has_it_make_an_invite_and_take_it_back()
    {
        await Caller("ann").Invite(Host, Port, Stage.Circle, Stage.Code, "cat", 1, TimeSpan.FromMinutes(1), CancellationToken.None).WaitAsync(Patience);

        var made = Stage.Room.Circle!.Find(Stage.Code.Id)!.Invite;
        Assert.Equal(new Invite(Stage.Code.Id, Stage.Code.Key, Stage["ann"].Id, Stage.Time.GetUtcNow().ToUnixTimeMilliseconds() + 60_000, 1, "cat", default), made);
        await Caller("ann").TakeBack(Host, Port, Stage.Circle, Stage.Code.Id, CancellationToken.None).WaitAsync(Patience);
        Assert.Equal(InviteStanding.Undone, Stage.Room.Circle.Find(Stage.Code.Id)!.Standing);
        Assert.Equal(
            $"{Ann}refused: the invite {Stage.Code.Id} was taken back by ann's device {Stage["ann"].Id.Beginning} on 25 Nov 14:03 UTC",
            await WhyNot(Caller("ann").TakeBack(Host, Port, Stage.Circle, Stage.Code.Id, CancellationToken.None)));
    }

    [Theory]
    [InlineData("bob")]
    [InlineData("eve")]
    public async Task Nobody_else_has_a_node_make_invites(string who)
    {
        await using var stream = await Stage.At(Port, who);
        await DoorMessages.Write(stream, new DoorQuestion { Invite = new() { Invite = Stage.Code.Id.Value, Key = ByteString.CopyFrom(Stage.Code.Key.ToBytes()), Uses = 1, LastsMs = 60_000 } }, CancellationToken.None);

        var answer = await DoorMessages.Read(stream, DoorAnswer.Parser, DoorLimits.AnswerBytes, CancellationToken.None).WaitAsync(Patience);

        Assert.Equal("only the device that this node is on may have it make an invite, or take one back", answer.WhyNot);
        Assert.Null(Stage.Room.Circle!.Find(Stage.Code.Id));
    }

    [Theory]
    [InlineData(0, 60_000, "cat", 32)]
    [InlineData(1, 0, "cat", 32)]
    [InlineData(1, -1, "cat", 32)]
    [InlineData(1, 60_000, "c\tat", 32)]
    [InlineData(1, 60_000, "cat", 31)]
    public async Task What_is_no_invite_is_not_made_into_one(int uses, long lasts, string name, int keyLength)
    {
        await using var stream = await Stage.At(Port, "ann");
        await DoorMessages.Write(stream, new DoorQuestion { Invite = new() { Invite = 7, Key = ByteString.CopyFrom(new byte[keyLength]), Uses = uses, LastsMs = lasts, Name = name } }, CancellationToken.None);

        await Assert.ThrowsAnyAsync<IOException>(() => DoorMessages.Read(stream, DoorAnswer.Parser, DoorLimits.AnswerBytes, CancellationToken.None).WaitAsync(Patience));
        Assert.Empty(Stage.Room.Circle!.Invites);
    }

    [Fact]
    public async Task An_invite_for_ever_lasts_until_the_last_time_there_is()
    {
        await Caller("ann").Invite(Host, Port, Stage.Circle, Stage.Code, "", 1, TimeSpan.MaxValue, CancellationToken.None).WaitAsync(Patience);

        Assert.Equal(Limits.LatestTime, Stage.Room.Circle!.Find(Stage.Code.Id)!.Invite.Until);
    }

    [Fact]
    public async Task Where_the_room_gives_no_place_in_time_that_is_said()
    {
        Stage.Invites();
        Stage.Room.HasMajority = false;
        var asked = Redeem("cat", "cat");
        await Eventually.Holds(() => Stage.Room.Waiting == 1, Patience);

        Stage.Time.Advance(TimeSpan.FromMilliseconds(DoorLimits.AdmitMs));

        Assert.Equal($"{Ann}refused: the room cannot let anybody in now, since it has no majority: try again in a moment", await WhyNot(asked));

        Stage.Room.HasMajority = true;
        await Redeem("cat", "cat");
    }

    [Theory]
    [InlineData("a wrong proof")]
    [InlineData("no proof")]
    [InlineData("no nonce")]
    [InlineData("a circle of its own")]
    public async Task A_false_door_learns_nothing_of_an_invite(string how)
    {
        var eve = Stage["eve"];
        var hers = Circle.Found(Admission.Founding(eve.PublicKey.Span, default, "", 1, eve.Sign), DeviceSignature.IsBy);
        hers = hers.With(Admission.Of(hers.Id, Stage["cat"].PublicKey.Span, default, "", eve.Id, 2, eve.Sign));
        var (port, done) = Stage.Listens("eve", async stream =>
        {
            var question = await DoorMessages.Read(stream, DoorQuestion.Parser, DoorLimits.QuestionBytes, CancellationToken.None);
            var nonce = ByteString.CopyFrom(new byte[how == "no nonce" ? 0 : DoorMessages.NonceLength]);
            await DoorStage.Say(stream, how switch
            {
                "a circle of its own" => DoorMessages.Granted(hers, []),
                "no proof" => new DoorAnswer { Challenge = new() { Nonce = nonce } },
                _ => new DoorAnswer { Challenge = new() { Nonce = nonce, Proof = ByteString.CopyFrom(new byte[HMACSHA256.HashSizeInBytes]) } },
            });
            return (Asked: question.Redeem, More: await DoorStage.Rest(stream));
        });

        var why = await WhyNot(Caller("cat").Redeem(Host, port, Stage.Code, "cat", CancellationToken.None));

        Assert.StartsWith($"{Host}:{port}: it does not know this invite: not connected", why, StringComparison.Ordinal);
        var (asked, more) = await done.WaitAsync(Patience);
        Assert.Empty(more);
        Assert.Equal(new DoorRedeem { Invite = Stage.Code.Id.Value, Nonce = asked.Nonce }, asked);
    }

    [Fact]
    public async Task Who_stands_between_gets_nobody_in()
    {
        Stage.Invites();
        var (port, done) = Stage.Listens("eve", async caller =>
        {
            await using var door = await Stage.At(Port, "eve");
            await Task.WhenAny(caller.CopyToAsync(door), door.CopyToAsync(caller));
            return true;
        });

        Assert.StartsWith($"{Host}:{port}: it does not know this invite: not connected", await WhyNot(Caller("cat").Redeem(Host, port, Stage.Code, "cat", CancellationToken.None)), StringComparison.Ordinal);
        await done.WaitAsync(Patience);
        Assert.Equal(Stage.Circle, Stage.Room.Circle!.Circle);
        Assert.Equal(InviteStanding.Open, Stage.Room.Circle.Find(Stage.Code.Id)!.Standing);
    }

    [Theory]
    [InlineData("nobody", ": check the address, and whether the node runs")]
    [InlineData("a node without a door", "it does not speak TLS 1.3 as nodes do: not connected; check the address, and what runs there")]
    [InlineData("a room without encryption", "that room is open (--open), and not encrypted: not connected; check the address, and what runs there")]
    [InlineData("who says nothing", "no answer within 10 s: try again, or another node")]
    public async Task Where_no_door_is_the_line_says_what_is_there(string who, string why)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        var other = who switch
        {
            "a node without a door" => Akka.Actor.ActorSystem.Create("norris", Akka.Actor.Setup.ActorSystemSetup.Create(Akka.Actor.BootstrapSetup.Create().WithConfig(Node), new SecuritySetup(new RoomSecurity(Stage["ann"], new KnownDevices(Stage["bob"].Id))))),
            "a room without encryption" => Akka.Actor.ActorSystem.Create("norris", Node),
            _ => null,
        };
        port = other is null ? port : AddressOf(other).Port!.Value;
        if (who == "nobody")
        {
            listener.Stop();
        }

        var said = await WhyNot(TimePasses(new DoorCaller(Stage["bob"], Stage.Time).List(Host, port, Stage.Circle, CancellationToken.None), who == "who says nothing" ? DoorLimits.PatienceMs : 0));

        Assert.StartsWith($"{Host}:{port}: ", said, StringComparison.Ordinal);
        Assert.EndsWith(why, said, StringComparison.Ordinal);
        await (other?.Terminate() ?? Task.CompletedTask);
    }

    [Fact]
    public async Task Who_waits_no_more_is_not_told_of_a_fault()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var cancel = new CancellationTokenSource();
        var asked = Caller("bob").List(Host, ((IPEndPoint)listener.LocalEndpoint).Port, Stage.Circle, cancel.Token);

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asked.WaitAsync(Patience));
    }
}
