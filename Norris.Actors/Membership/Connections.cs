using System.Reflection;
using Akka.Actor;

namespace Norris.Actors.Membership;

/// <summary>
/// Closes an actor system's connections so that the other side sees a shutdown and no fault.
/// </summary>
/// <remarks>
/// Akka.Remote (1.5) means to say 'I am shutting down' on each connection when its actor system terminates, but stops the actors that are to
/// say it at the same time, and the stop often wins: the peer then logs a failed association and an error. So the same is asked of the
/// connections a moment before, while nothing else stops. The message for it is not public, hence the reflection; without it the only
/// loss is the peers' silence.
/// </remarks>
internal static class Connections
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(5);

    private static readonly object? FlushAndStop = Type
        .GetType("Akka.Remote.EndpointWriter+FlushAndStop, Akka.Remote")?.GetProperty("Instance", BindingFlags.Public | BindingFlags.Static)?.GetValue(null);

    public static async Task Close(ActorSystem system, TimeSpan limit)
    {
        if (FlushAndStop is null)
        {
            return;
        }

        // Each connection has an endpoint, and an actor that speaks the protocol on it: when that one is gone, the goodbye is written.
        system.ActorSelection("/system/endpointManager/*").Tell(FlushAndStop, ActorRefs.NoSender);
        var open = system.ActorSelection("/system/transports/*/*");
        using var enough = new CancellationTokenSource(limit);
        try
        {
            while ((await open.Ask<ActorIdentity>(new Identify(null), enough.Token).ConfigureAwait(false)).Subject is not null)
            {
                await Task.Delay(LookAgain, enough.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // What is not flushed by now ends with the actor system.
        }
    }
}
