using System.Security.Cryptography;
using Akka.Actor;
using Akka.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Norris.Actors;
using Norris.Core.Protocol;
using Norris.Core.Room;

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
        var notes = new Notes();
        var till = new RoomUser(
            new UserId(BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8))),
            wantedName: "till-1",
            token: RandomNumberGenerator.GetBytes(RoomUser.TokenLength), // keep it to get the name back another day
            room.Settings.Protocol,
            notes);
        room.Attend(till);

        if (till.TrySay("three coffees, one tea") is null)
        {
            Console.Error.WriteLine("the outbox is full: try again when something was delivered");
        }

        await till.WhenDelivered(); // seen in the order; in a uniform room everyone will see it
        await host.StopAsync(); // leaves the room, so that the others do not take it for a crash
        return notes.Heard;
    }

    internal sealed class Notes : IRoomListener
    {
        public string Heard { get; private set; } = "";

        public void Delivered(Deliver entry)
        {
            // One call at a time, in order, the same on every node. Do not block: hand over what takes time.
            if (entry.Record.Entry is Said said)
            {
                foreach (var message in said.Block)
                {
                    Console.WriteLine($"{entry.Name}: {message.Text}");
                    Heard += message.Text;
                }
            }
        }

        public void Started(SequenceNumber first, RoomSnapshot before) { } // the room as it was before the first entry

        public void EpochAccepted(Epoch epoch, NodeId host, TimeSpan silentFor) { } // another host

        public void HostIsSilent(NodeId host) { } // the others are asked

        public void InDoubt(long count) { } // away for so long that nobody knows what was said

        public void Forged(LogRecord record) { } // a host spoke in this user's name

        public void Settled(SequenceNumber upTo) { } // in an agreed room: will not be taken back

        public void Excluded(string why) { } // no member for now; it joins anew by itself

        public void InTouch(bool inTouch) { } // whether a host is heard

        public void NameRefused(string why) { } // choose another with RoomUser.AskFor

        public void Gone() { } // the last call
    }
}
