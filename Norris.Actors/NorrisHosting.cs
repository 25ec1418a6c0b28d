using Akka.Hosting;

namespace Norris.Actors;

/// <summary>Akka.Hosting extensions.</summary>
public static class NorrisHosting
{
    /// <summary>
    /// Puts a Norris room on this actor system: the shipped settings under whatever was set before, the sequencer singleton and its proxy, the
    /// replica and the users' parent. The system must be a cluster node; get the room with <see cref="NorrisRoom.Get"/>.
    /// </summary>
    /// <param name="builder">The builder of the actor system.</param>
    /// <param name="join">Whether the node joins the room at once; otherwise with <see cref="NorrisRoom.Join"/>.</param>
    public static AkkaConfigurationBuilder WithNorris(this AkkaConfigurationBuilder builder, bool join = true) => builder
        .AddHocon(NorrisSettings.Shipped(), HoconAddMode.Append)
        .StartActors((system, _) =>
        {
            var room = NorrisRoom.Get(system);
            if (join)
            {
                room.Join();
            }
        });
}
