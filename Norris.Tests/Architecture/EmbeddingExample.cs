using System.Text;
using Akka.Actor;
using Akka.Cluster.Hosting;
using Akka.Hosting;
using Akka.Remote.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Norris.Actors;
using Norris.Core.Protocol;

namespace Norris.Tests.Architecture;

/// <summary>The example in docs/operations.md, line by line; <see cref="DocsSpec"/> compares the two and runs it.</summary>
internal static class EmbeddingExample
{
    public static async Task<string> Run(int port)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddAkka("shop", akka => akka
            .WithRemoting("127.0.0.1", port)
            .WithClustering(new ClusterOptions { SeedNodes = [$"akka.tcp://shop@127.0.0.1:{port}"] })
            .WithNorris(options => options.RetainedBytes = 8 * 1024 * 1024)
            .WithNorrisReadinessCheck());
        using var host = builder.Build();
        await host.StartAsync();

        var room = NorrisRoom.Get(host.Services.GetRequiredService<ActorSystem>());
        var heard = new StringBuilder();
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        var reading = Read(room.Delivered.ReadAllAsync()); // before the user comes in: nothing of its time is missed
        var till = await room.EnterAsync("till-1", cancel: limit.Token);
        var place = await till.SayAsync("three coffees, one tea", limit.Token);
        Console.WriteLine($"{till.Name} said it as #{place.Number}"); // the same number on every node
        await host.StopAsync(); // leaves the room, so that the others do not take it for a crash
        await reading; // ends with the actor system
        return heard.ToString();

        async Task Read(IAsyncEnumerable<News> delivered)
        {
            await foreach (var news in delivered)
            {
                switch (news)
                {
                    case Started start: // the room as it was before the next entry; again after a rejoin
                        Console.WriteLine($"in the room: {string.Join(", ", start.Before.Users.Select(user => user.Name))}");
                        break;
                    case Deliver { Record.Entry: Said said } entry: // in order, and the same on every node
                        foreach (var message in said.Block)
                        {
                            Console.WriteLine($"{entry.Name}: {message.Text}");
                            heard.Append(message.Text);
                        }

                        break;
                    case Missed missed: // this loop was too slow, or the node was cut off; nobody else noticed
                        Console.WriteLine($"{missed.Count} entries missed");
                        break;
                }
            }
        }
    }
}
