using System.Threading.Channels;
using Akka.Actor;
using Akka.Cluster.Hosting;
using Akka.Hosting;
using Akka.Remote.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Norris.Actors;
using Norris.Core.Protocol;

namespace Norris.Tests.Embedding;

/// <summary>An actor system that was taken out ends its application's host. The process may build another, as the library's readme says.</summary>
public sealed class NextLifeSpec
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly DeliveredLog _log = new(1024 * 1024);
    private readonly RoomUser _till = new(new UserId(7), "till", default, new ProtocolOptions());
    private readonly Channel<NorrisRoom> _lives = Channel.CreateUnbounded<NorrisRoom>();
    private readonly List<string> _ends = [];

    [Fact]
    public async Task A_node_that_was_taken_out_says_so_and_its_user_and_reader_go_on_in_the_next_host()
    {
        await using var other = await ShopNode.Open(NorrisIsSaid.Last);
        using var stop = new CancellationTokenSource();
        var application = Run(other.Cluster.SelfAddress.ToString(), stop.Token);
        var reading = Read(2);
        var first = await _lives.Reader.ReadAsync().AsTask().WaitAsync(Patience);
        await _till.SayAsync("one coffee").WaitAsync(Patience);

        other.Cluster.Down(NodeContext.AddressOf(first.Self)!.Address);
        await _lives.Reader.ReadAsync().AsTask().WaitAsync(Patience);
        await _till.SayAsync("one tea").WaitAsync(Patience);

        Assert.Equal(["one coffee", "one tea"], await reading.WaitAsync(Patience));
        Assert.Equal(["the others went on without this node"], _ends);

        // Who stops it of oneself wants no other.
        await stop.CancelAsync();
        await application.WaitAsync(Patience);
        Assert.Single(_ends);
    }

    private async Task Run(string seed, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            using var host = Build(seed);
            await host.StartAsync(CancellationToken.None);
            var room = NorrisRoom.Get(host.Services.GetRequiredService<ActorSystem>());
            room.Attend(_till);
            _lives.Writer.TryWrite(room);
            var stopping = Task.Delay(Timeout.Infinite, stop);
            if (await Task.WhenAny(room.WhenOver, stopping) == room.WhenOver)
            {
                _ends.Add(await room.WhenOver);
            }

            await host.StopAsync(CancellationToken.None);
        }
    }

    private IHost Build(string seed)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddLogging();
        builder.Services.AddAkka("shop", akka => akka
            .WithRemoting("127.0.0.1", 0)
            .WithClustering(new ClusterOptions { SeedNodes = [seed] })
            .AddHocon(
                """
                akka { loglevel = OFF, stdout-loglevel = OFF, loggers = [] }
                akka.coordinated-shutdown.run-by-clr-shutdown-hook = off
                """,
                HoconAddMode.Prepend)
            .WithNorris(log: _log));
        return builder.Build();
    }

    private async Task<List<string>> Read(int count)
    {
        var texts = new List<string>();
        await foreach (var news in _log.ReadAllAsync())
        {
            if (news is Deliver { Record.Entry: Said said })
            {
                foreach (var message in said.Block)
                {
                    texts.Add(message.Text);
                }
            }

            if (texts.Count >= count)
            {
                break;
            }
        }

        return texts;
    }
}
