using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using Norris.Tests.Processes;
using Norris.Tests.Session;
using Xunit.Abstractions;

namespace Norris.Tests.Web;

/// <summary>It measures time, so it runs alone.</summary>
[Collection(ProcessCollection.Name)]
public sealed class StreamsSpec(ITestOutputHelper output)
{
    private const int Browsers = 200;
    private const int Messages = 500;
    private const int PerSecond = 50;

    [Fact]
    public async Task Two_hundred_browsers_get_everything_in_order_while_one_that_does_not_read_is_dropped()
    {
        var room = new FakeRoom();
        await using var web = await WebNode.Start(room, "gate", o => o with { StalledAfter = TimeSpan.FromSeconds(2) }, asGuest: true);
        var clients = Enumerable.Range(0, Browsers).Select(_ => web.NewClient()).ToList();
        await Task.WhenAll(clients.Select(async (c, i) =>
            Assert.Equal(HttpStatusCode.Accepted, (await c.PostAsJsonAsync("/api/user", new { name = $"user{i}" })).StatusCode)));
        using var deaf = await OpenWithoutReading(web);

        var from = room.Seq;
        var worst = 0L;
        var readers = clients.Select(async client =>
        {
            await using var events = await EventReader.Open(client, $"?after={from}");
            for (var seq = from + 1; seq <= from + Messages; seq++)
            {
                var said = await events.Next("said", "missed");
                Assert.Equal(seq, said.GetProperty("seq").GetInt64());
                var late = DateTimeOffset.UtcNow - said.GetProperty("orderedAt").GetDateTimeOffset();
                Interlocked.Exchange(ref worst, Math.Max(Interlocked.Read(ref worst), (long)late.TotalMilliseconds));
            }
        }).ToList();

        var text = new string('x', 1000);
        var watch = Stopwatch.StartNew();
        for (var i = 0; i < Messages; i++)
        {
            Assert.NotNull(web.Node.Own.Say(text).Id);
            var due = TimeSpan.FromSeconds((i + 1.0) / PerSecond) - watch.Elapsed;
            await Task.Delay(due > TimeSpan.Zero ? due : TimeSpan.Zero); // the pace of the load, not a wait for anything
        }

        await Task.WhenAll(readers);
        output.WriteLine($"{Browsers} streams, {Messages} messages of 1 KB at {PerSecond}/s: complete after {watch.Elapsed.TotalSeconds:F1} s, latest {worst} ms");
        await Eventually.Holds(async () => (await web.Client.GetStringAsync("/metrics")).Contains("norris_web_streams_dropped_total 1\n", StringComparison.Ordinal));
        clients.ForEach(c => c.Dispose());
    }

    [Fact]
    public async Task A_silent_stream_says_that_it_is_alive()
    {
        await using var web = await WebNode.Start(new FakeRoom(), with: o => o with { Heartbeat = TimeSpan.FromMilliseconds(50) });
        using var answer = await web.Client.GetAsync(new Uri("/api/events?recent=0", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
        var beats = 0;
        while (beats < 3)
        {
            beats += await reader.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(20)) == ":" ? 1 : 0;
        }
    }

    /// <summary>Opens a stream as a guest and then reads nothing of it, with little room to put it.</summary>
    private static async Task<Socket> OpenWithoutReading(WebNode web)
    {
        using var client = web.NewClient();
        using var entered = await client.PostAsJsonAsync("/api/user", new { name = "deaf" });
        var cookie = Assert.Single(entered.Headers.GetValues("Set-Cookie")).Split(';')[0];
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };
        await socket.ConnectAsync(IPAddress.Loopback, web.Server.Url.Port);
        await socket.SendAsync(Encoding.ASCII.GetBytes($"GET /api/events HTTP/1.1\r\nHost: {web.Server.Url.Authority}\r\nCookie: {cookie}\r\n\r\n"));
        return socket;
    }
}
