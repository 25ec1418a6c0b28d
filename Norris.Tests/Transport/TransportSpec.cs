using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.Remote;
using Norris.Actors.Transport;
using Norris.Actors.Wire;
using Norris.Core.Protocol;
using Norris.Tests.MultiNode;

namespace Norris.Tests.Transport;

/// <summary>Nodes with Norris's transport, and strangers at their ports.</summary>
[Collection(Clusters.Name)]
public sealed class TransportSpec() : NodeKit(Node)
{
    [Fact]
    public async Task Who_speaks_as_Akka_alone_is_told_that_this_is_the_end_and_the_log_says_why_in_a_line()
    {
        var log = Lines();
        using var stranger = new Stranger();

        await stranger.Call(Port, Pdu.Associate(Host, stranger.Port, 7));

        Assert.Equal([0x12, 0x02, 0x08, 0x02], await stranger.Hear());
        Assert.Empty(await stranger.Hear());
        await ExpectLine(log, "does not speak as a node");
    }

    [Theory]
    [InlineData("an address where nobody listens", "nobody listens")]
    [InlineData("the address of another node", "does not know what was said")]
    [InlineData("the address of the node that it calls", "does not know what was said")]
    public async Task Who_gives_an_address_that_is_not_its_own_is_refused(string claim, string why)
    {
        var log = Lines();
        var other = ActorSystem.Create("norris", Node);
        try
        {
            using var stranger = new Stranger();
            var port = claim switch
            {
                "an address where nobody listens" => FreePort(),
                "the address of another node" => AddressOf(other).Port!.Value,
                _ => Port,
            };

            await stranger.Call(Port, Handshake.Hello(Guid.NewGuid()), Pdu.Associate(Host, port, 7), Handshake.Answer(Guid.NewGuid()));

            Assert.Equal([0x12, 0x02, 0x08, 0x02], await stranger.Hear());
            await ExpectLine(log, why);
        }
        finally
        {
            await other.Terminate();
        }
    }

    /// <summary>Else: who is called by a node could pass for it with any other, with the words that the node says to it.</summary>
    [Fact]
    public async Task Who_is_called_by_a_node_cannot_pass_for_it_with_another()
    {
        var other = ActorSystem.Create("norris", Node);
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        try
        {
            var events = CreateTestProbe();
            other.EventStream.Subscribe(events, typeof(AnotherAnswers));
            listener.Start();
            ((ExtendedActorSystem)other).Provider.ResolveActorRef($"akka.tcp://norris@{Host}:{((IPEndPoint)listener.LocalEndpoint).Port}/user/x")
                .Tell(new FromNode(new NodeId("x", 1), new JoinRequest(1)));
            using var called = await listener.AcceptTcpClientAsync().WaitAsync(Patience);
            using var heard = new Stranger(called);
            Assert.True(Handshake.IsHello(await heard.Hear(), out var call));

            using var stranger = new Stranger();
            await stranger.Call(Port, Handshake.Hello(call), Pdu.Associate(Host, AddressOf(other).Port!.Value, AddressUidExtension.Uid(other)));

            var another = await events.ExpectMsgAsync<AnotherAnswers>(Patience);
            Assert.Equal((((IPEndPoint)listener.LocalEndpoint).Port, $"{Host}:{Port}"), (another.Called.Port, another.By));
            for (var frame = await heard.Hear(); frame.Length > 0; frame = await heard.Hear())
            {
                Assert.NotNull(Handshake.Associate(frame));
            }
        }
        finally
        {
            await other.Terminate();
        }
    }

    [Fact]
    public async Task A_node_whose_name_a_stranger_takes_goes_on_being_heard()
    {
        var other = ActorSystem.Create("norris", Node);
        try
        {
            var inbox = CreateTestProbe();
            var target = Seen(other, inbox);
            await Hears(inbox, target, other, 1);
            var quarantined = CreateTestProbe();
            Sys.EventStream.Subscribe(quarantined, typeof(QuarantinedEvent));

            using var stranger = new Stranger();
            await stranger.Call(Port, Handshake.Hello(Guid.NewGuid()), Pdu.Associate(Host, AddressOf(other).Port!.Value, 7), Handshake.Answer(Guid.NewGuid()));
            Assert.Equal([0x12, 0x02, 0x08, 0x02], await stranger.Hear());

            await Hears(inbox, target, other, 2);
            await quarantined.ExpectNoMsgAsync(TimeSpan.Zero);
        }
        finally
        {
            await other.Terminate();
        }
    }

    [Fact]
    public async Task Who_has_proven_where_it_listens_speaks_for_itself_only()
    {
        var log = Lines();
        var inbox = CreateTestProbe();
        var path = inbox.Ref.Path.ToStringWithAddress(AddressOf(Sys));
        using var stranger = new Stranger();
        await stranger.ComeIn(Port, 7);
        var itself = $"akka.tcp://norris@{Host}:{stranger.Port}";
        byte[] Message(string from, int uid, int life) => Pdu.Envelope(path, Pdu.Own(from, uid, 16, Pdu.Number(1, (ulong)life), $"J{Limits.WireVersion}"));

        await stranger.Say(Message(AddressOf(Sys).ToString(), AddressUidExtension.Uid(Sys), 1), Message(itself, 8, 2), Pdu.Envelope(path, Pdu.Payload([], 16, "PP")), Message(itself, 7, 3));

        var heard = await inbox.ExpectMsgAsync<FromNode>(Patience);
        Assert.Equal((new NodeId(itself, 7), new JoinRequest(3)), (heard.From, heard.Message));
        await ExpectLine(log, $"Refused a message in another node's name from {itself}.");
        await ExpectLine(log, $"Refused one of Akka's commands or settings that no node sends to another from {itself}.");
    }

    [Fact]
    public async Task A_connection_that_nobody_reads_any_more_ends_when_it_is_asked_for()
    {
        var inbox = CreateTestProbe();
        var path = inbox.Ref.Path.ToStringWithAddress(AddressOf(Sys));
        using var first = new Stranger();
        var itself = $"akka.tcp://norris@{Host}:{first.Port}";
        byte[] Message(int life) => Pdu.Envelope(path, Pdu.Own(itself, 7, 16, Pdu.Number(1, (ulong)life), $"J{Limits.WireVersion}"));
        await first.ComeIn(Port, 7);
        await first.Say(Message(1));
        Assert.Equal(new JoinRequest(1), (await inbox.ExpectMsgAsync<FromNode>(Patience)).Message);

        using (var second = new Stranger(first))
        {
            await second.ComeIn(Port, 7);
            await second.Say(Message(2));
            Assert.Equal(new JoinRequest(2), (await inbox.ExpectMsgAsync<FromNode>(Patience)).Message);
        }

        // The first connection is whole, but Akka reads it no more.
        await first.Say(Message(3));
        await ((IRemoteActorRefProvider)((ExtendedActorSystem)Sys).Provider).Transport.ManagementCommand(new BeginAnew(new Address("akka.tcp", "norris", Host, first.Port)));
        async Task End()
        {
            while ((await first.Hear()).Length > 0)
            {
            }
        }

        await End().WaitAsync(Patience);
        await inbox.ExpectNoMsgAsync(TimeSpan.Zero);
    }

    [Fact]
    public async Task What_is_no_frame_at_all_ends_the_connection()
    {
        using var stranger = new Stranger();
        await stranger.ComeIn(Port, 7);

        await stranger.Say([1, 2, 3]);

        while ((await stranger.Hear()).Length > 0)
        {
        }
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(1025u)]
    [InlineData(0x7fff_ffffu)]
    [InlineData(uint.MaxValue)]
    public async Task A_length_that_no_handshake_has_ends_the_connection_at_once(uint length)
    {
        using var stranger = new Stranger();
        await stranger.Call(Port);

        await stranger.SayRaw([.. BitConverter.GetBytes(length), .. new byte[100]]);

        while ((await stranger.Hear()).Length > 0)
        {
        }
    }

    [Fact]
    public async Task Crowds_that_say_nothing_keep_no_node_out_and_do_not_stay()
    {
        var crowd = new List<TcpClient>();
        for (var i = 0; i < 3 * TransportLimits.StrangersFromOneAddress; i++)
        {
            var client = new TcpClient();
            await client.ConnectAsync(Host, Port);
            await client.GetStream().WriteAsync(BitConverter.GetBytes(900));
            crowd.Add(client);
        }

        var other = ActorSystem.Create("norris", Node);
        try
        {
            var inbox = CreateTestProbe();
            await Hears(inbox, Seen(other, inbox), other, 1);

            // The first ones made room for others long ago; the last ones had their time.
            foreach (var client in crowd)
            {
                try
                {
                    while (await client.GetStream().ReadAsync(new byte[64]).AsTask().WaitAsync(Patience) > 0)
                    {
                    }
                }
                catch (IOException)
                {
                }
            }
        }
        finally
        {
            crowd.ForEach(c => c.Dispose());
            await other.Terminate();
        }
    }


    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
