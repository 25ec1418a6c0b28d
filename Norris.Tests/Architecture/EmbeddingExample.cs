using System.Security.Cryptography;
using System.Text;
using Akka.Actor;
using Akka.Hosting;
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
            .WithNorris()
            .AddHocon(
                $$"""
                akka.remote.norris.tcp { hostname = 127.0.0.1, port = {{port}} }
                akka.cluster.seed-nodes = ["akka.tcp://shop@127.0.0.1:{{port}}"]
                """,
                HoconAddMode.Prepend));
        using var host = builder.Build();
        await host.StartAsync();

        var room = NorrisRoom.Get(host.Services.GetRequiredService<ActorSystem>());
        var heard = new StringBuilder();
        using var cursor = room.Delivered.Open(); // before the user comes in: nothing of its time is missed
        var reading = Read(cursor);
        var till = new RoomUser(
            new UserId(BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8))),
            wantedName: "till-1",
            token: RandomNumberGenerator.GetBytes(RoomUser.TokenLength), // keep it to get the name back another day
            room.Settings.Protocol);
        room.Attend(till);

        if (till.TrySay("three coffees, one tea") is null)
        {
            Console.Error.WriteLine("the outbox is full: try again when something was delivered");
        }

        await till.WhenDelivered(); // it is in the order; in a uniform room everyone will see it
        await host.StopAsync(); // leaves the room, so that the others do not take it for a crash
        await reading; // ends with the actor system
        return heard.ToString();

        async Task Read(Cursor cursor)
        {
            await foreach (var news in cursor.ReadAllAsync())
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
