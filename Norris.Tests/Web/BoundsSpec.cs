using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Norris.Core.Protocol;
using Norris.Node.Session;
using Norris.Node.Web;
using Norris.Tests.Session;

namespace Norris.Tests.Web;

/// <summary>What one address may take, and what is left for the others and for the node's own user.</summary>
public sealed class BoundsSpec
{
    /// <summary>Places: more than there are connections which the server looks at after one that came later.</summary>
    private const int Few = 32;

    private readonly FakeRoom _room = new();

    [Fact]
    public async Task Guests_from_one_address_leave_places_for_others()
    {
        await using var web = await WebNode.Start(_room, "gate", o => o with { Guests = 8, GuestsOfOneAddress = 2 });
        var last = HttpStatusCode.Accepted;
        for (var i = 0; i < 7; i++)
        {
            using var client = web.NewClient();
            using var answer = await client.PostAsJsonAsync("/api/user", new { name = $"flood{i}" });
            last = answer.StatusCode;
        }

        Assert.Equal(HttpStatusCode.ServiceUnavailable, last);
        Assert.Equal(6, _room.Log.OfType<JoinedEvent>().Count(j => j.User.StartsWith("flood", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Guests_with_all_their_streams_leave_the_own_user_its_own()
    {
        await using var web = await WebNode.Start(_room, "gate", o => o with { Streams = 6, StreamsOfOneAddress = 2 });
        using var guest = web.NewClient();
        using var entered = await guest.PostAsJsonAsync("/api/user", new { name = "greedy" });
        var open = new List<EventReader>();
        for (var i = 0; i < 4; i++)
        {
            open.Add(await EventReader.Open(guest, "?recent=0"));
        }

        using var refused = await guest.GetAsync(new Uri("/api/events", UriKind.Relative));
        await HttpSpec.IsProblem(refused, HttpStatusCode.ServiceUnavailable);
        await using var own = await EventReader.Open(web.Client, "?recent=0");
        await own.Next("welcome");
        foreach (var stream in open)
        {
            await stream.DisposeAsync();
        }
    }

    [Fact]
    public async Task Idle_connections_make_place_and_those_of_the_own_user_do_not()
    {
        await using var web = await WebNode.Start(_room, "gate", o => o with { Connections = Few });
        await using var own = await EventReader.Open(web.Client, "?recent=0");
        var idle = new List<Socket>();
        for (var i = 0; i < 3 * Few; i++)
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(IPAddress.Loopback, web.Server.Url.Port);
            if (i % 2 == 0)
            {
                await socket.SendAsync("GET / HTTP/1.1\r\nHost: "u8.ToArray()); // half a request is none
            }

            idle.Add(socket);
        }

        await Serves(web, own);
        idle.ForEach(s => s.Dispose());
    }

    [Fact]
    public async Task Connections_that_are_kept_busy_make_place_too()
    {
        await using var web = await WebNode.Start(_room, "gate", o => o with { Connections = Few });
        await using var own = await EventReader.Open(web.Client, "?recent=0");
        var busy = new List<Socket>();
        for (var i = 0; i < 3 * Few; i++)
        {
            busy.Add(await Connect(web, "GET /api/room?wait=4000000000&timeout=300 HTTP/1.1"));
        }

        await Serves(web, own);
        busy.ForEach(s => s.Dispose());
    }

    [Fact]
    public async Task Who_asks_much_and_reads_nothing_is_let_go()
    {
        await using var web = await WebNode.Start(_room, "gate", o => o with { StalledAfter = TimeSpan.FromSeconds(2) });
        using var socket = await Connect(web, "GET /app.js HTTP/1.1", 30);

        // The end is seen where nothing more is taken from it.
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        await Assert.ThrowsAsync<SocketException>(async () =>
        {
            while (true)
            {
                await socket.SendAsync("\r\n"u8.ToArray(), patience.Token);
                await Task.Delay(100, patience.Token);
            }
        });
    }

    [Fact]
    public async Task Behind_a_request_that_waits_little_is_kept()
    {
        await using var web = await WebNode.Start(_room, "gate");
        using var socket = await Connect(web, "GET /api/room?wait=4000000000&timeout=300 HTTP/1.1");
        var sent = 0L;
        using var enough = new CancellationTokenSource();
        while (true)
        {
            // Nothing is taken for a second: that is all.
            enough.CancelAfter(TimeSpan.FromSeconds(1));
            try
            {
                sent += await socket.SendAsync(new byte[4096], enough.Token);
            }
            catch (OperationCanceledException)
            {
                break;
            }
        }

        // The kernel's own buffers are in it.
        Assert.InRange(sent, 1, 900 * 1024);
    }

    [Fact]
    public void A_key_is_remembered_by_a_digest_as_long_as_there_are_not_too_many()
    {
        var keys = new RecentKeys(2);
        MessageId Id(long counter) => new(new UserId(7), counter);
        keys.Remember("a", Id(1), new string('x', Limits.TextBytes));
        keys.Remember("b", Id(2), "y");
        Assert.True(keys.TryFind("a", new string('x', Limits.TextBytes), out var id, out var conflict));
        Assert.Equal((Id(1), false), (id, conflict));
        Assert.True(keys.TryFind("b", "z", out _, out conflict));
        Assert.True(conflict);
        keys.Remember("c", Id(3), "z");
        Assert.False(keys.TryFind("a", "x", out _, out _));
    }

    /// <summary>A newcomer gets an answer, and the node's own user is heard.</summary>
    private static async Task Serves(WebNode web, EventReader own)
    {
        using var late = web.NewClient();
        Assert.Equal(HttpStatusCode.OK, (await late.GetAsync(new Uri("/health/live", UriKind.Relative))).StatusCode);
        using var said = await web.Post(new { text = "still here" });
        Assert.Equal("still here", (await own.Next("said")).GetProperty("text").GetString());
    }

    private static async Task<Socket> Connect(WebNode web, string request, int times = 1)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { SendBufferSize = 4096, ReceiveBufferSize = 4096 };
        await socket.ConnectAsync(IPAddress.Loopback, web.Server.Url.Port);
        await socket.SendAsync(Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat($"{request}\r\nHost: 127.0.0.1:{web.Server.Url.Port}\r\n\r\n", times))));
        return socket;
    }

    [Theory]
    [InlineData("127.0.0.1", "::1", true)]
    [InlineData("127.0.0.1", "::ffff:127.0.0.1", true)]
    [InlineData("192.0.2.1", "::ffff:192.0.2.1", true)]
    [InlineData("192.0.2.1", "192.0.2.2", false)]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true)] // one household has all of these
    [InlineData("2001:db8:1:2::1", "2001:db8:1:3::1", false)]
    public void What_counts_as_one_address(string one, string other, bool same) =>
        Assert.Equal(same, Source.Of(IPAddress.Parse(one)) == Source.Of(IPAddress.Parse(other)));
}
