using Akka.Actor.Setup;
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
    /// <param name="log">Where it writes what it delivers: one that an actor system wrote that has ended, whose readers go on. Null: one of its own.</param>
    public static AkkaConfigurationBuilder WithNorris(this AkkaConfigurationBuilder builder, bool join = true, DeliveredLog? log = null) =>
        (log is null ? builder : builder.AddSetup(new DeliveredSetup(log)))
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

/// <summary>The log that an actor system is given.</summary>
internal sealed class DeliveredSetup(DeliveredLog log) : Setup
{
    public DeliveredLog Log { get; } = log;
}
