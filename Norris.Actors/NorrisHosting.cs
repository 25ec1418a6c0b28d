using System.Net;
using Akka.Actor.Setup;
using Akka.Cluster;
using Akka.Configuration;
using Akka.Hosting;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Norris.Actors.Devices;
using Norris.Actors.Membership;
using Norris.Actors.Transport;

namespace Norris.Actors;

/// <summary>Akka.Hosting extensions.</summary>
public static class NorrisHosting
{
    /// <summary>
    /// Puts a Norris room on this actor system, which must be a cluster node; get the room with <see cref="NorrisRoom.Get"/>. Nothing else on it changes: only
    /// Norris's own messages get Norris's serializer, and the cluster's own downing provider says who is out.
    /// </summary>
    /// <param name="builder">The builder of the actor system.</param>
    /// <param name="configure">Sets what is to be otherwise, over the section <c>norris</c> of the settings.</param>
    /// <param name="log">Where it writes what it delivers: one that an actor system wrote that has ended, whose readers go on. Null: one of its own.</param>
    public static AkkaConfigurationBuilder WithNorris(this AkkaConfigurationBuilder builder, Action<NorrisOptions>? configure = null, DeliveredLog? log = null) =>
        builder
            .AddSetup(new NorrisSetup(configure, log))
            .AddHocon(ShippedHocon.Messages, HoconAddMode.Append)
            .StartActors((system, _) => NorrisRoom.Get(system));

    /// <summary>
    /// Adds a health check named <c>Norris</c>: healthy where this node is in its room and hears the host, degraded while the host is silent. It has the tags
    /// <c>norris</c> and <c>ready</c>, unless others are given.
    /// </summary>
    /// <param name="builder">The builder of the actor system.</param>
    /// <param name="unHealthyStatus">What it says of a node that is in no room, or cut off; null: unhealthy.</param>
    /// <param name="tags">Its tags.</param>
    public static AkkaConfigurationBuilder WithNorrisReadinessCheck(
        this AkkaConfigurationBuilder builder, HealthStatus? unHealthyStatus = null, IEnumerable<string>? tags = null) =>
        builder.WithHealthCheck("Norris", new RoomReadiness(), unHealthyStatus ?? HealthStatus.Unhealthy, tags ?? ["norris", "ready"]);

    /// <summary>
    /// For an actor system that is there for its room: Norris's own transport, which lets in nothing but what nodes say; serializers that refuse whatever builds
    /// types by name; Norris's scheduler; and those who hold the room's log, not a resolver, take out who is silent. Say it after <c>WithClustering</c> and
    /// <c>WithRemoting</c>, whose settings it replaces.
    /// </summary>
    /// <param name="builder">The builder of the actor system.</param>
    /// <param name="security">Which devices the room is for, and which of them this node is: all connections between nodes are encrypted then. Null: they are not, and anybody may join who reaches the node.</param>
    /// <param name="isOpen">That this is meant so: without devices, and without saying so, a node that listens beyond this machine does not start.</param>
    public static AkkaConfigurationBuilder WithNorrisHardening(this AkkaConfigurationBuilder builder, RoomSecurity? security = null, bool isOpen = false)
    {
        var setup = security is null ? null : new SecuritySetup(security);
        return (setup is null ? builder : builder.AddSetup(setup))
            .AddHocon(ShippedHocon.Hardening, HoconAddMode.Prepend)
            .AddHocon(ShippedHocon.Wire, HoconAddMode.Append)
            .StartActors((system, _) =>
            {
                if (setup is not null && !(setup.IsTaken && system.Settings.Config.GetStringList("akka.remote.enabled-transports").Count == 1))
                {
                    throw new ConfigurationException("akka.remote.enabled-transports was set after WithNorrisHardening(): this node would be called without encryption. Say WithNorrisHardening() last, or without devices");
                }

                // Behind NAT and in containers it is called otherwise than where it listens.
                var hosts = new[] { Cluster.Get(system).SelfAddress.Host, system.Settings.Config.GetString("akka.remote.norris.tcp.hostname") };
                if (setup is null && !isOpen && hosts.FirstOrDefault(host => !IsLoopback(host)) is { } reached)
                {
                    throw new ConfigurationException($"whoever reaches {reached} could join this room and read it: give WithNorrisHardening() the devices that it is for, or say isOpen");
                }

                if (Cluster.Get(system).DowningProvider is not NorrisDowning)
                {
                    throw new ConfigurationException("akka.cluster.downing-provider-class was set after WithNorrisHardening(): two would decide who is out. Say WithNorrisHardening() last, or not at all");
                }
            });
    }

    private static bool IsLoopback(string? host) => string.Equals(host, "localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host?.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));
}

/// <summary>What an actor system's room is given.</summary>
internal sealed class NorrisSetup(Action<NorrisOptions>? configure, DeliveredLog? log) : Setup
{
    public Action<NorrisOptions>? Configure { get; } = configure;

    public DeliveredLog? Log { get; } = log;
}
