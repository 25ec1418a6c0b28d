using Akka.Hosting;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Norris.Core.Protocol;

namespace Norris.Actors;

/// <summary>Whether a node's room can be used: the node is a member and hears its host.</summary>
internal sealed class RoomReadiness : IAkkaHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(AkkaHealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(Of(NorrisRoom.Get(context.ActorSystem).Status, context.Registration.FailureStatus));

    internal static HealthCheckResult Of(RoomStatus status, HealthStatus failure)
    {
        var data = new Dictionary<string, object>
        {
            ["room"] = status.Room.ToString(),
            ["delivered"] = status.Delivered.Value,
            ["members"] = status.Members.Count,
        };
        return !status.IsMember ? new HealthCheckResult(failure, "this node is in no room", data: data)
            : status.Contact switch
            {
                Contact.InTouch => HealthCheckResult.Healthy("this node is in the room and hears its host", data),
                Contact.HostSilent => HealthCheckResult.Degraded("the host is silent; the others are asked", data: data),
                _ => new HealthCheckResult(failure, "this node is cut off from the majority", data: data),
            };
    }
}
