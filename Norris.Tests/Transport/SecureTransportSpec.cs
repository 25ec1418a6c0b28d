using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Event;
using Norris.Actors.Devices;
using Norris.Actors.Transport;
using Norris.Actors.Wire;
using Norris.Core.Protocol;
using Norris.Tests.Devices;
using Norris.Tests.MultiNode;

namespace Norris.Tests.Transport;

/// <summary>Nodes that know each other's devices, and others at their ports. This node is ann's device, and knows bob's and cleo's.</summary>
[Collection(Clusters.Name)]
public sealed class SecureTransportSpec : NodeKit
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(5);

    /// <summary>How a TLS handshake begins.</summary>
    private static readonly byte[] HalfHello = [0x16, 0x03, 0x01, 0x01, 0x00, 0x01, 0x00, 0x00, 0xfc, 0x03, 0x03, 1, 2, 3, 4, 5, 6, 7, 8, 9];

    private readonly Shelf _shelf;
    private readonly KnownDevices _known;

    public SecureTransportSpec()
        : this(new Shelf())
    {
    }

    private SecureTransportSpec(Shelf shelf)
        : this(shelf, shelf.Security("ann", "ann", "bob", "cleo"))
    {
    }

    private SecureTransportSpec(Shelf shelf, RoomSecurity ann)
        : base(SetupOf(ann)) => (_shelf, _known) = (shelf, ann.Known);

    [Theory]
    [InlineData("a foreign device", "its device is not one of yours")]
    [InlineData("no device", "it does not show a device's certificate")]
    [InlineData("plain TCP", "it does not speak TLS, as the nodes of this room do")]
    [InlineData("TLS 1.2", "it does not speak TLS 1.3 as nodes do")]
    [InlineData("another protocol", "it does not speak TLS 1.3 as nodes do")]
    [InlineData("no protocol", "it speaks TLS, but not as nodes do")]
    public async Task Who_is_no_known_device_gets_no_byte_behind_the_handshake_and_the_log_says_why_in_a_line(string who, string why)
    {
        var log = Lines();
        using var client = new TcpClient(AddressFamily.InterNetwork);
        await client.ConnectAsync(Host, Port);
        await using var tls = new SslStream(client.GetStream(), leaveInnerStreamOpen: true);
        var isThrough = who != "plain TCP" && await Shakes(tls, who switch { "no device" => null, "a foreign device" => _shelf["eve"], _ => _shelf["bob"] }, who);

        Assert.Empty(await WhatComes(isThrough ? tls : client.GetStream(), Pdu.Framed(Handshake.Hello(Guid.NewGuid()))));

        var line = $"{(await ExpectLine(log, why)).Message}";
        Assert.StartsWith($"Refused a connection from {client.Client.LocalEndPoint}", line, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', line);
        Assert.Equal(who == "a foreign device", line.Contains(_shelf["eve"].Id.Beginning, StringComparison.Ordinal));
        await TheRoomGoesOn();
    }

    [Fact]
    public async Task Each_end_knows_which_device_has_proven_to_be_at_the_other()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var ann = new Connections(new Tls(_shelf.Security("ann", "bob")), CancellationToken.None);
        var bob = new Connections(new Tls(_shelf.Security("bob", "ann")), CancellationToken.None);
        var dialling = ann.Dial(Host, ((IPEndPoint)listener.LocalEndpoint).Port, CancellationToken.None);
        using var called = bob.Open(await listener.AcceptSocketAsync())!;
        await bob.Answer(called, CancellationToken.None).WaitAsync(Patience);
        using var calls = await dialling.WaitAsync(Patience);

        Assert.Equal((_shelf["bob"].Id, _shelf["ann"].Id), (calls.Device, called.Device));
        Assert.Equal(_shelf["ann"].Id, Handshake.Associate(Pdu.Associate(Host, 4711, 7), called.Device)!.Device);
    }

    [Fact]
    public async Task A_known_device_comes_in_and_is_heard()
    {
        using var bob = Known("bob");
        await bob.ComeIn(Port, 7);

        await IsHeard(bob, 7);
    }

    [Fact]
    public async Task A_known_device_that_gives_another_ones_address_is_refused()
    {
        var log = Lines();
        using var bob = Known("bob");
        using var cleo = Known("cleo");

        await bob.Call(Port, Handshake.Hello(Guid.NewGuid()), Pdu.Associate(Host, cleo.Port, 7));

        Assert.Equal(Handshake.Disassociate, await bob.Hear());
        Assert.Empty(await bob.Hear());
        await ExpectLine(log, "another device than its own listens where it says that it does");
    }

    [Fact]
    public async Task Who_is_removed_is_cut_off_at_once_and_comes_back_no_more_and_the_others_stay()
    {
        var log = Lines();
        using var bob = Known("bob");
        using var cleo = Known("cleo");
        await bob.ComeIn(Port, 7);
        await cleo.ComeIn(Port, 8);

        Assert.True(_known.Remove(_shelf["bob"].Id));

        await End(bob).WaitAsync(Soon);
        using var again = Known("bob");
        Assert.Equal("it has not let this device in: not connected", (await Assert.ThrowsAsync<RefusedException>(() => again.Call(Port))).Message);
        await ExpectLine(log, "its device is not one of yours");
        await IsHeard(cleo, 8);
    }

    [Fact]
    public async Task Crowds_that_leave_their_handshakes_half_done_keep_no_node_out_and_do_not_stay()
    {
        var log = Lines();
        var crowd = new List<TcpClient>();
        for (var i = 0; i < 200; i++)
        {
            var client = new TcpClient();
            await client.ConnectAsync(Host, Port);
            await client.GetStream().WriteAsync(HalfHello.AsMemory(0, 1 + (i % HalfHello.Length)));
            crowd.Add(client);
        }

        await TheRoomGoesOn();

        await ExpectLine(log, "too many others are at the entrance");
        foreach (var client in crowd)
        {
            Assert.Empty(await WhatComes(client.GetStream(), []));
            client.Dispose();
        }

        await ExpectLine(log, "it has not proven in time who it is");
    }

    [Theory]
    [InlineData("a foreign device", "it answers as a device that is not one of yours: not connected")]
    [InlineData("a room without encryption", "that room is open (--open), and not encrypted: not connected")]
    [InlineData("a room of others", "it has not let this device in: not connected")]
    [InlineData("something else", "that room is open (--open), and not encrypted: not connected")]
    [InlineData("TLS 1.2", "it does not speak TLS 1.3 as nodes do: not connected")]
    [InlineData("half a handshake", "it has closed the connection in the TLS handshake")]
    public async Task Who_calls_another_than_a_node_of_its_room_is_told_at_once_and_ends_nothing(string who, string why)
    {
        var log = Lines();
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var other = who switch
        {
            "a room without encryption" => ActorSystem.Create("norris", Node),
            "a room of others" => ActorSystem.Create("norris", SetupOf(_shelf.Security("bob", "cleo"))),
            _ => null,
        };
        var theirs = CreateTestProbe();
        other?.EventStream.Subscribe(theirs, typeof(Warning));
        var address = other is null ? new Address("akka.tcp", "norris", Host, ((IPEndPoint)listener.LocalEndpoint).Port) : AddressOf(other);
        var serving = other is null ? Serve(listener, who) : Task.CompletedTask;

        ((ExtendedActorSystem)Sys).Provider.ResolveActorRef($"{address}/user/x").Tell(new FromNode(new NodeId("x", 1), new JoinRequest(1)));

        var line = await ExpectLine(log, $"{Host}:{address.Port}: {why}");
        Assert.Equal(who == "a foreign device", $"{line.Message}".Contains(_shelf["eve"].Id.Beginning, StringComparison.Ordinal));
        if (who.StartsWith("a room", StringComparison.Ordinal))
        {
            await ExpectLine(theirs, who == "a room of others" ? "its device is not one of yours" : "it speaks TLS, and this room is not encrypted");
        }

        await TheRoomGoesOn();
        Assert.Null(CoordinatedShutdown.Get(Sys).ShutdownReason);
        listener.Stop();
        await serving;
        await (other?.Terminate() ?? Task.CompletedTask);
    }

    protected override void AfterAll()
    {
        base.AfterAll();
        _shelf.Dispose();
    }

    private static ActorSystemSetup SetupOf(RoomSecurity security) => ActorSystemSetup.Create(BootstrapSetup.Create().WithConfig(Node), new SecuritySetup(security));

    private Stranger Known(string name) => new(tls: new Tls(_shelf.Security(name, "ann")));

    private static async Task End(Stranger stranger)
    {
        while ((await stranger.Hear()).Length > 0)
        {
            // What was said before.
        }
    }

    private async Task IsHeard(Stranger stranger, int uid)
    {
        var inbox = CreateTestProbe();
        var message = Pdu.Own($"akka.tcp://norris@{Host}:{stranger.Port}", uid, 16, Pdu.Number(1, 3), $"J{Limits.WireVersion}");
        await stranger.Say(Pdu.Envelope(inbox.Ref.Path.ToStringWithAddress(AddressOf(Sys)), message));
        Assert.Equal(new JoinRequest(3), (await inbox.ExpectMsgAsync<FromNode>(Patience)).Message);
    }

    private static async Task<bool> Shakes(SslStream stream, Device? device, string how)
    {
        try
        {
            await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
            {
                TargetHost = "",
                ApplicationProtocols = how switch { "no protocol" => null, "another protocol" => [SslApplicationProtocol.Http2], _ => [new("norris-node/1")] },
                ClientCertificates = device is null ? null : [device.Certificate],
                EnabledSslProtocols = how == "TLS 1.2" ? SslProtocols.Tls12 : SslProtocols.Tls13,
                RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null,
            }).WaitAsync(Patience);
            return true;
        }
        catch (Exception e) when (e is IOException or AuthenticationException)
        {
            return false;
        }
    }

    /// <summary>All that is said to somebody who says something, until the connection ends.</summary>
    private static async Task<byte[]> WhatComes(Stream stream, byte[] said)
    {
        using var heard = new MemoryStream();
        try
        {
            await stream.WriteAsync(said);
            await stream.CopyToAsync(heard).WaitAsync(Patience);
        }
        catch (IOException)
        {
        }

        return heard.ToArray();
    }

    /// <summary>What listens where a node is called, and is none; for as long as it may.</summary>
    private async Task Serve(TcpListener listener, string who)
    {
        var eve = new Tls(_shelf.Security("eve", "ann"));
        while (true)
        {
            try
            {
                using var caller = await listener.AcceptTcpClientAsync();
                switch (who)
                {
                    case "a foreign device":
                        await eve.Answer(caller.GetStream(), CancellationToken.None);
                        break;
                    case "TLS 1.2":
                        await using (var stream = new SslStream(caller.GetStream()))
                        {
                            await stream.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = _shelf["bob"].Certificate, EnabledSslProtocols = SslProtocols.Tls12 });
                        }

                        break;
                    default:
                        await caller.GetStream().ReadExactlyAsync(new byte[100]);
                        await caller.GetStream().WriteAsync(who == "something else" ? "HTTP/1.1 400 Bad Request\r\n\r\n"u8.ToArray() : HalfHello.AsMemory(0, 5));
                        break;
                }
            }
            catch (Exception e) when (e is IOException or AuthenticationException or RefusedException)
            {
                // Who calls has gone away.
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException or InvalidOperationException)
            {
                // It has stopped: while it waited for somebody, or between two.
                return;
            }
        }
    }

    /// <summary>Another node of it comes, and is heard at once.</summary>
    private async Task TheRoomGoesOn()
    {
        var bob = ActorSystem.Create("norris", SetupOf(_shelf.Security("bob", "ann")));
        try
        {
            var inbox = CreateTestProbe();
            await Hears(inbox, Seen(bob, inbox), bob, 1, Soon);
        }
        finally
        {
            await bob.Terminate();
        }
    }

}
