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

/// <summary>Who comes to the door of ann's node, and what they get there. The room behind it is a list.</summary>
[Collection(Clusters.Name)]
public sealed class DoorSpec : NodeKit
{
    private readonly DoorStage _stage;

    public DoorSpec()
        : this(new DoorStage())
    {
    }

    private DoorSpec(DoorStage stage)
        : base(stage.Setup(Node)) => _stage = stage;

    private string Ann => $"{Host}:{Port}: ";

    [Fact]
    public void Times_and_sizes_leave_room_for_what_happens_within_them()
    {
        Assert.True(DoorLimits.AdmitMs < DoorLimits.CallMs && DoorLimits.CallMs < DoorLimits.PatienceMs && DoorLimits.CallMs < TransportLimits.HandshakeMs);
        Assert.True((Limits.CircleRecords * (CircleRecord.MaxLength + 3)) + (Limits.Nodes * ((3 * WireLimits.AddressLength) + 3)) <= DoorLimits.AnswerBytes);
    }

    [Fact]
    public async Task A_device_that_is_in_learns_who_was_let_in_since_and_where_nodes_are_and_forgets_nobody()
    {
        _stage.Room.Say(new DeviceAdmitted(_stage.Admits(_stage.Circle, "ann", "cat"), null));
        _stage.Room.Addresses = ["192.168.1.7:4053", "no address", "\u202e:4053", new string('x', 401), "[fe80::1]:4053"];

        var (circle, addresses) = await List("bob", _stage.Circle.With(_stage.Admits(_stage.Circle, "ann", "dan")));

        Assert.Equal(["ann", "bob", "cat", "dan"], circle.Devices.Select(d => d.Name).Order());
        Assert.Equal(["192.168.1.7:4053", "[fe80::1]:4053"], addresses);
    }

    [Fact]
    public async Task A_device_that_is_not_in_learns_nothing() =>
        Assert.Equal($"{Ann}refused: this device is none of the room's: ask for an invite", await WhyNot(List("eve")));

    [Fact]
    public async Task Who_asks_for_another_circle_is_told_so()
    {
        var bob = _stage["bob"];
        var others = Circle.Found(Admission.Founding(bob.PublicKey.Span, default, "", 1, bob.Sign), DeviceSignature.IsBy).With(_stage.Admits(_stage.Circle, "bob", "ann"));
        others = others.With(Admission.Of(others.Id, _stage["ann"].PublicKey.Span, default, "", bob.Id, 2, bob.Sign));

        Assert.Equal($"{Ann}refused: the room here is for another circle of devices", await WhyNot(List("bob", others)));
    }

    [Fact]
    public async Task Where_the_node_is_in_no_room_that_is_said()
    {
        _stage.Room.IsThere = false;

        Assert.Equal($"{Ann}refused: this node is in no room just now: try again in a moment, or another node", await WhyNot(List("bob")));
    }

    [Theory]
    [InlineData("ann")]
    [InlineData("cat")]
    public async Task Who_was_put_out_is_told_by_whom_also_where_it_was_away_when_that_device_came(string by)
    {
        _stage.Room.Say(new DeviceAdmitted(_stage.Admits(_stage.Circle, "ann", "cat"), null));
        Assert.Null(_stage.Room.Say(new DeviceExpelled(_stage.Expels(by, "bob"))));

        var why = await Assert.ThrowsAsync<DoorException>(() => List("bob"));

        Assert.Equal(
            $"{Ann}bob's device {_stage["bob"].Id.Beginning} was put out by {by}'s device {_stage[by].Id.Beginning} on 25 Nov 14:03 UTC: it comes in no more, and whoever has another device asks for an invite",
            why.Message);
        Assert.Equal(_stage[by].Id, why.PutOut!.By);
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
        var (port, done) = _stage.Listens("bob", async stream =>
        {
            await DoorMessages.Read(stream, DoorQuestion.Parser, DoorLimits.QuestionBytes, CancellationToken.None);
            await (what switch
            {
                "eve signs" => DoorStage.Say(stream, DoorMessages.PutOut(_stage.Circle, _stage.Expels("bob", "ann", signs: "eve"))),
                "nobody signs" => DoorStage.Say(stream, new DoorAnswer { WhyNot = "this device was put out" }),
                "no circle" => DoorStage.Say(stream, new DoorAnswer { Records = { ByteString.CopyFrom(_stage.Admits(_stage.Circle, "ann", "bob").Bytes.Span) } }),
                "no records" => DoorStage.Say(stream, new DoorAnswer { Records = { ByteString.CopyFrom(1, 2, 3) } }),
                "no answer" => stream.WriteAsync(BitConverter.GetBytes(int.MaxValue)).AsTask(),
                "nothing" => Task.CompletedTask,
                _ => DoorStage.Say(stream, new DoorAnswer { WhyNot = what }),
            });
            return true;
        });

        var said = await WhyNot(Caller("ann").List(Host, port, _stage.Circle, CancellationToken.None));

        Assert.Equal($"{Host}:{port}: {why}", said);
        Assert.True(await done.WaitAsync(Patience));
    }

    [Fact]
    public async Task Who_is_in_asks_no_foreign_device()
    {
        var (port, done) = _stage.Listens("eve", DoorStage.Rest);

        Assert.Equal(
            $"{Host}:{port}: it answers as a device that is not one of yours: not connected (device {_stage["eve"].Id.Beginning}); check the address, or ask for an invite",
            await WhyNot(Caller("bob").List(Host, port, _stage.Circle, CancellationToken.None)));
        var heard = await Record.ExceptionAsync(() => done.WaitAsync(Patience));
        Assert.True(heard is AuthenticationException or IOException || (await done).Length == 0);
    }

    [Theory]
    [InlineData("", "cat", "cat")]
    [InlineData("zoe", "cat", "zoe")]
    [InlineData("", "a\nb", "")]
    public async Task Who_has_an_invite_is_in(string isFor, string wants, string isCalled)
    {
        _stage.Invites(name: isFor);

        var (circle, addresses) = await Redeem("cat", wants);

        var record = circle.AdmissionOf(_stage["cat"].Id)!;
        Assert.Equal((isCalled, _stage["ann"].Id), (record.Name, record.By));
        Assert.Equal(_stage.Room.Circle!.Circle, circle);
        Assert.Equal(_stage.Room.Addresses, addresses);
        Assert.Equal(circle, (await List("cat", circle)).Circle);
    }

    [Fact]
    public async Task A_second_device_is_told_who_used_the_invite_and_the_first_is_in_whatever_became_of_the_answer()
    {
        _stage.Invites();
        await Redeem("cat", "cat");

        Assert.Equal($"{Ann}refused: the invite {_stage.Code.Id} was used by cat's device {_stage["cat"].Id.Beginning} on 25 Nov 14:03 UTC", await WhyNot(Redeem("dan", "dan")));
        Assert.False(_stage.Room.Circle!.Circle.Contains(_stage["dan"].Id));
        Assert.True((await Redeem("cat", "cat")).Circle.Contains(_stage["cat"].Id));
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
            _stage.Invites();
        }

        switch (how)
        {
            case "ended":
                _stage.Time.Advance(TimeSpan.FromHours(2));
                break;
            case "taken back":
                Assert.Null(_stage.Room.Say(new InviteGone(_stage.Code.Id, _stage["ann"].Id)));
                break;
            case "void":
                Assert.Null(_stage.Room.Say(new DeviceExpelled(_stage.Expels("ann", "bob"))));
                break;
        }

        var said = await WhyNot(Redeem("cat", "cat", how == "another code" ? DoorStage.CodeOf(2) : _stage.Code));

        Assert.Equal(DoorStage.CodeOf(2).Id, _stage.Code.Id);
        Assert.Equal(Ann + string.Format(null, why, _stage.Code.Id, _stage["ann"].Id.Beginning, _stage["bob"].Id.Beginning), said);
        Assert.False(_stage.Room.Circle!.Circle.Contains(_stage["cat"].Id));
    }

    [Fact]
    public async Task Where_the_room_gives_no_place_in_time_that_is_said()
    {
        _stage.Invites();
        _stage.Room.HasMajority = false;
        var asked = Redeem("cat", "cat");
        await _stage.Room.Waits.Task.WaitAsync(Patience);

        _stage.Time.Advance(TimeSpan.FromMilliseconds(DoorLimits.AdmitMs));

        Assert.Equal($"{Ann}refused: the room cannot let anybody in now, since it has no majority: try again in a moment", await WhyNot(asked));

        _stage.Room.HasMajority = true;
        await Redeem("cat", "cat");
    }

    [Theory]
    [InlineData("a wrong proof")]
    [InlineData("no proof")]
    [InlineData("no nonce")]
    [InlineData("a circle of its own")]
    public async Task A_false_door_learns_nothing_of_an_invite(string how)
    {
        var eve = _stage["eve"];
        var hers = Circle.Found(Admission.Founding(eve.PublicKey.Span, default, "", 1, eve.Sign), DeviceSignature.IsBy);
        hers = hers.With(Admission.Of(hers.Id, _stage["cat"].PublicKey.Span, default, "", eve.Id, 2, eve.Sign));
        var (port, done) = _stage.Listens("eve", async stream =>
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

        var why = await WhyNot(Caller("cat").Redeem(Host, port, _stage.Code, "cat", CancellationToken.None));

        Assert.StartsWith($"{Host}:{port}: it does not know this invite: not connected", why, StringComparison.Ordinal);
        var (asked, more) = await done.WaitAsync(Patience);
        Assert.Empty(more);
        Assert.Equal(new DoorRedeem { Invite = _stage.Code.Id.Value, Nonce = asked.Nonce }, asked);
    }

    [Fact]
    public async Task Who_stands_between_gets_nobody_in()
    {
        _stage.Invites();
        var (port, done) = _stage.Listens("eve", async caller =>
        {
            await using var door = await _stage.At(Port, "eve");
            await Task.WhenAny(caller.CopyToAsync(door), door.CopyToAsync(caller));
            return true;
        });

        Assert.StartsWith($"{Host}:{port}: it does not know this invite: not connected", await WhyNot(Caller("cat").Redeem(Host, port, _stage.Code, "cat", CancellationToken.None)), StringComparison.Ordinal);
        await done.WaitAsync(Patience);
        Assert.Equal(_stage.Circle, _stage.Room.Circle!.Circle);
        Assert.Equal(InviteStanding.Open, _stage.Room.Circle.Find(_stage.Code.Id)!.Standing);
    }

    [Fact]
    public async Task One_more_than_there_may_be_is_told_to_come_back_and_who_says_nothing_counts_not()
    {
        _stage.Invites();
        var idle = await Task.WhenAll(Enumerable.Range(0, 2 * DoorLimits.CallersAtOnce).Select(_ => _stage.At(Port, "eve")));
        var busy = await Task.WhenAll(Enumerable.Range(0, DoorLimits.CallersAtOnce).Select(_ => _stage.At(Port, "cat")));
        var challenges = await Task.WhenAll(busy.Select(door => DoorStage.Asks(door, _stage.Code))).WaitAsync(Patience);
        Assert.All(challenges, answer => Assert.NotNull(answer.Challenge));

        Assert.Equal($"{Ann}refused: too many others are at this door: try again in a moment", await WhyNot(List("bob")));

        await busy[0].DisposeAsync();
        await Eventually.Holds(async () => await Record.ExceptionAsync(() => List("bob")) is null);
        Array.ForEach([.. idle, .. busy], door => door.Dispose());
    }

    [Fact]
    public async Task Who_says_nothing_or_half_of_it_is_let_go_when_its_time_is_over_and_not_before()
    {
        var late = await _stage.At(Port, "cat");
        var half = await _stage.At(Port, "cat");
        await half.WriteAsync(new byte[] { 4, 0 });
        _stage.Time.Advance(TimeSpan.FromMilliseconds(DoorLimits.CallMs - 1));
        Assert.Equal(Unknown, (await DoorStage.Asks(late, _stage.Code)).WhyNot);

        Assert.Empty(await TimePasses(DoorStage.Rest(half), DoorLimits.CallMs));
    }

    [Fact]
    public async Task Wrong_proofs_are_counted_and_those_who_are_in_are_answered_all_the_same()
    {
        _stage.Invites();
        for (var i = 0; i < DoorLimits.WrongProofsPerMinute; i++)
        {
            await using var door = await _stage.At(Port, "eve");
            Assert.NotNull((await DoorStage.Asks(door, _stage.Code)).Challenge);
            await DoorStage.Say(door, new DoorProof { Proof = ByteString.CopyFrom(new byte[i]) });
            Assert.Equal("the code is another one than that of the invite", (await DoorStage.Hear(door)).WhyNot);
        }

        Assert.Equal($"{Ann}refused: too many wrong codes were tried here: try again in a minute", await WhyNot(Redeem("cat", "cat")));
        await List("bob");

        _stage.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.True((await Redeem("cat", "cat")).Circle.Contains(_stage["cat"].Id));
    }

    [Theory]
    [InlineData("a question of 5 KiB")]
    [InlineData("garbage")]
    [InlineData("HTTP")]
    [InlineData("no question")]
    [InlineData("a nonce too short")]
    [InlineData("an invite beyond all")]
    [InlineData("a proof of 5 KiB")]
    public async Task Who_speaks_as_no_caller_does_gets_no_answer(string how)
    {
        _stage.Invites();
        await using var door = await _stage.At(Port, "eve");
        var nonce = ByteString.CopyFrom(new byte[DoorMessages.NonceLength]);
        switch (how)
        {
            case "a question of 5 KiB":
                await DoorStage.Say(door, new DoorQuestion { List = new() { Circle = ByteString.CopyFrom(new byte[5 * 1024]) } });
                break;
            case "garbage":
                await door.WriteAsync((byte[])[8, 0, 0, 0, .. Enumerable.Repeat((byte)0xff, 8)]);
                break;
            case "HTTP":
                await door.WriteAsync("GET / HTTP/1.1\r\n\r\n"u8.ToArray());
                break;
            case "no question":
                await DoorStage.Say(door, new DoorQuestion());
                break;
            case "a nonce too short":
                await DoorStage.Say(door, new DoorQuestion { Redeem = new() { Invite = _stage.Code.Id.Value, Nonce = ByteString.CopyFrom(1, 2, 3) } });
                break;
            case "an invite beyond all":
                await DoorStage.Say(door, new DoorQuestion { Redeem = new() { Invite = int.MinValue, Nonce = nonce } });
                break;
            default:
                await DoorStage.Asks(door, _stage.Code);
                await DoorStage.Say(door, new DoorProof { Proof = ByteString.CopyFrom(new byte[5 * 1024]) });
                break;
        }

        Assert.Empty(await DoorStage.Rest(door).WaitAsync(Patience));
        await List("bob");
    }

    [Fact]
    public async Task Beside_the_door_nodes_come_in_as_ever_and_an_unknown_one_gets_no_byte_and_callers_are_nothing_to_log()
    {
        var log = Lines();
        _stage.Invites();
        await List("bob");
        await WhyNot(List("eve"));
        await Redeem("cat", "cat");
        await (await _stage.At(Port, "eve")).DisposeAsync();
        using var bob = new Stranger(tls: _stage.TlsOf("bob", "ann"));
        await bob.ComeIn(Port, 7);

        // Let in by the order, she is still no node that this one knows.
        using var cat = new Stranger(tls: _stage.TlsOf("cat", "ann"));
        Assert.Equal("it has not let this device in: not connected", (await Assert.ThrowsAsync<RefusedException>(() => cat.Call(Port))).Message);

        Assert.Contains("its device is not one of yours", $"{(await log.ExpectMsgAsync<Akka.Event.Warning>(Patience)).Message}", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("P-384")]
    [InlineData("RSA")]
    public async Task Only_a_devices_certificate_is_shown_at_a_door(string kind)
    {
        var log = Lines();
        using var rsa = RSA.Create(2048);
        using var ecdsa = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        var request = kind == "RSA" ? new CertificateRequest("CN=x", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1) : new CertificateRequest("CN=x", ecdsa, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(200));
        using var client = new TcpClient(Host, Port);
        await using var stream = new SslStream(client.GetStream());

        var heard = await Record.ExceptionAsync(async () =>
        {
            await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
            {
                TargetHost = "",
                ApplicationProtocols = [new("norris-door/1")],
                ClientCertificates = [certificate],
                EnabledSslProtocols = SslProtocols.Tls13,
                RemoteCertificateValidationCallback = (_, _, _, _) => true,
            });
            Assert.Empty(await DoorStage.Rest(stream).WaitAsync(Patience));
        });

        Assert.True(heard is null or IOException or AuthenticationException, $"{heard}");
        await ExpectLine(log, "it does not show a device's certificate");
    }

    [Theory]
    [InlineData("nobody", ": check the address, and whether the node runs")]
    [InlineData("a node without a door", "it does not speak TLS 1.3 as nodes do: not connected; check the address, and what runs there")]
    [InlineData("a room without encryption", "that room is not encrypted: not connected; check the address, and what runs there")]
    [InlineData("who says nothing", "no answer within 10 s: try again, or another node")]
    public async Task Where_no_door_is_the_line_says_what_is_there(string who, string why)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        var other = who switch
        {
            "a node without a door" => Akka.Actor.ActorSystem.Create("norris", Akka.Actor.Setup.ActorSystemSetup.Create(Akka.Actor.BootstrapSetup.Create().WithConfig(Node), new SecuritySetup(new RoomSecurity(_stage["ann"], new KnownDevices(_stage["bob"].Id))))),
            "a room without encryption" => Akka.Actor.ActorSystem.Create("norris", Node),
            _ => null,
        };
        port = other is null ? port : AddressOf(other).Port!.Value;
        if (who == "nobody")
        {
            listener.Stop();
        }

        var said = await WhyNot(TimePasses(new DoorCaller(_stage["bob"], _stage.Time).List(Host, port, _stage.Circle, CancellationToken.None), who == "who says nothing" ? DoorLimits.PatienceMs : 0));

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
        var asked = Caller("bob").List(Host, ((IPEndPoint)listener.LocalEndpoint).Port, _stage.Circle, cancel.Token);

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asked.WaitAsync(Patience));
    }

    protected override void AfterAll()
    {
        base.AfterAll();
        _stage.Dispose();
    }

    private string Unknown => $"there is no invite {_stage.Code.Id} here, or it is long over: ask for another one";

    private static async Task<string> WhyNot(Task<AtDoor> asked)
    {
        var why = (await Assert.ThrowsAsync<DoorException>(() => asked.WaitAsync(Patience))).Message;
        Assert.True(PlainText.IsLine(why));
        return why;
    }

    private DoorCaller Caller(string name) => new(_stage[name], TimeProvider.System);

    private Task<AtDoor> List(string name, Circle? circle = null) => Caller(name).List(Host, Port, circle ?? _stage.Circle, CancellationToken.None).WaitAsync(Patience);

    private Task<AtDoor> Redeem(string name, string wanted, InviteCode? code = null) => Caller(name).Redeem(Host, Port, code ?? _stage.Code, wanted, CancellationToken.None).WaitAsync(Patience);

    /// <summary>Time goes on, so much at a time, until something is done: when its timer starts is not known.</summary>
    private async Task<T> TimePasses<T>(Task<T> until, int milliseconds)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!until.IsCompleted)
        {
            _stage.Time.Advance(TimeSpan.FromMilliseconds(milliseconds));
            await Task.WhenAny(until, Task.Delay(10, patience.Token));
            patience.Token.ThrowIfCancellationRequested();
        }

        return await until;
    }
}
