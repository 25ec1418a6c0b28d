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

/// <summary>Strangers at a door, many of them and with bad manners, and the nodes beside it.</summary>
[Collection(Clusters.Name)]
public sealed class DoorBoundsSpec() : DoorKit(new DoorStage())
{
    /// <summary>Sooner than the entrance would close a connection, which goes by the real time.</summary>
    private static readonly TimeSpan BeforeTheEntrance = TimeSpan.FromMilliseconds(TransportLimits.HandshakeMs / 2);

    [Fact]
    public void Times_and_sizes_leave_room_for_what_happens_within_them()
    {
        Assert.True(DoorLimits.AdmitMs < DoorLimits.CallMs && DoorLimits.CallMs < DoorLimits.PatienceMs && DoorLimits.CallMs < TransportLimits.HandshakeMs);
        Assert.True((Limits.CircleRecords * (CircleRecord.MaxLength + 3)) + (Limits.Nodes * ((3 * WireLimits.AddressLength) + 3)) <= DoorLimits.AnswerBytes);
    }

    [Fact]
    public async Task One_more_than_there_may_be_is_told_to_come_back_and_who_says_nothing_counts_not()
    {
        Stage.Invites(uses: DoorLimits.CallersAtOnce);
        Stage.Room.HasMajority = false;
        var idle = await Task.WhenAll(Enumerable.Range(0, 2 * DoorLimits.CallersAtOnce).Select(_ => Stage.At(Port, "eve")));
        var busy = new List<Task>();
        for (var i = 1; i <= DoorLimits.CallersAtOnce; i++)
        {
            busy.Add(Redeem("cat", "cat"));
            await Eventually.Holds(() => Stage.Room.Waiting == i, Patience);
        }

        Assert.Equal($"{Ann}refused: too many others are at this door: try again in a moment", await WhyNot(List("bob")));

        Stage.Time.Advance(TimeSpan.FromMilliseconds(DoorLimits.AdmitMs));
        await Task.WhenAll(busy).WaitAsync(Patience).ContinueWith(all => Assert.IsType<DoorException>(all.Exception!.InnerException), TaskScheduler.Default);
        await Eventually.Holds(async () => await Record.ExceptionAsync(() => List("bob")) is null);
        Array.ForEach(idle, door => door.Dispose());
    }

    [Fact]
    public async Task Who_leaves_off_in_the_middle_is_let_go_when_its_time_is_over_and_not_before()
    {
        Stage.Invites();
        await using var slow = await Stage.At(Port, "cat");
        await using var half = await Stage.At(Port, "cat");
        Assert.NotNull((await DoorStage.Asks(slow, Stage.Code)).Challenge);
        Assert.NotNull((await DoorStage.Asks(half, Stage.Code)).Challenge);
        await half.WriteAsync(new byte[] { 4, 0 });

        Stage.Time.Advance(TimeSpan.FromMilliseconds(DoorLimits.CallMs - 1));
        await DoorStage.Say(slow, new DoorProof());
        Assert.Equal("the code is another one than that of the invite", (await DoorStage.Hear(slow).WaitAsync(Patience)).WhyNot);

        Stage.Time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Empty(await DoorStage.Rest(half).WaitAsync(BeforeTheEntrance));
    }

    [Fact]
    public async Task Who_says_nothing_is_let_go()
    {
        await using var silent = await Stage.At(Port, "eve");

        Assert.Empty(await TimePasses(DoorStage.Rest(silent), DoorLimits.CallMs).WaitAsync(BeforeTheEntrance));
    }

    [Fact]
    public async Task Who_asks_with_the_beginning_of_an_invite_and_leaves_off_counts_as_one_who_tries()
    {
        Stage.Invites();
        for (var i = 0; i < DoorLimits.WrongProofsPerMinute; i++)
        {
            await using var stream = await Stage.At(Port, "eve");
            Assert.NotNull((await DoorStage.Asks(stream, Stage.Code)).Challenge);
        }

        await Eventually.Holds(async () => (await WhyNot(Redeem("cat", "cat"))).Contains("too many wrong codes", StringComparison.Ordinal), Patience);
    }

    [Fact]
    public async Task Wrong_proofs_are_counted_and_those_who_are_in_are_answered_all_the_same()
    {
        Stage.Invites();
        for (var i = 0; i < DoorLimits.WrongProofsPerMinute; i++)
        {
            await using var door = await Stage.At(Port, "eve");
            Assert.NotNull((await DoorStage.Asks(door, Stage.Code)).Challenge);
            await DoorStage.Say(door, new DoorProof { Proof = ByteString.CopyFrom(new byte[i]) });
            Assert.Equal("the code is another one than that of the invite", (await DoorStage.Hear(door)).WhyNot);
        }

        Assert.Equal($"{Ann}refused: too many wrong codes were tried here: try again in a minute", await WhyNot(Redeem("cat", "cat")));
        await List("bob");

        Stage.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.True((await Redeem("cat", "cat")).Circle.Contains(Stage["cat"].Id));
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
        Stage.Invites();
        await using var door = await Stage.At(Port, "eve");
        var nonce = ByteString.CopyFrom(new byte[DoorMessages.NonceLength]);
        switch (how)
        {
            case "a question of 5 KiB":
                await DoorStage.Say(door, new DoorQuestion { Redeem = new() { Nonce = ByteString.CopyFrom(new byte[5 * 1024]) } });
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
                await DoorStage.Say(door, new DoorQuestion { Redeem = new() { Invite = Stage.Code.Id.Value, Nonce = ByteString.CopyFrom(1, 2, 3) } });
                break;
            case "an invite beyond all":
                await DoorStage.Say(door, new DoorQuestion { Redeem = new() { Invite = int.MinValue, Nonce = nonce } });
                break;
            default:
                await DoorStage.Asks(door, Stage.Code);
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
        Stage.Invites();
        await List("bob");
        await WhyNot(List("eve"));
        await Redeem("cat", "cat");
        await (await Stage.At(Port, "eve")).DisposeAsync();
        using var bob = new Stranger(tls: Stage.TlsOf("bob", "ann"));
        await bob.ComeIn(Port, 7);

        // Let in by the order, she is still no node that this one knows.
        using var cat = new Stranger(tls: Stage.TlsOf("cat", "ann"));
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
                RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null,
            });
            Assert.Empty(await DoorStage.Rest(stream).WaitAsync(Patience));
        });

        Assert.True(heard is null or IOException or AuthenticationException, $"{heard}");
        await ExpectLine(log, "it does not show a device's certificate");
    }
}
