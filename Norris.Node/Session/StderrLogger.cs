using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Event;

namespace Norris.Node.Session;

/// <summary>
/// Akka's log, a line an event, on stderr: stdout belongs to the screen. What remoting says of a peer that it cannot reach any more is left
/// out unless the operator asks for INFO or more: it comes with every leave and every crash, and the room tells the same, with its reason,
/// as an event (left, crashed, cut off). What was refused because it is no message of Norris is always shown.
/// </summary>
public sealed class StderrLogger : ReceiveActor
{
    public StderrLogger()
    {
        var all = Context.System.Settings.LogLevel is "INFO" or "DEBUG";
        Receive<InitializeLogger>(_ => Sender.Tell(new LoggerInitialized()));
        Receive<LogEvent>(e =>
        {
            if (all || !IsAboutPeer(e))
            {
                Console.Error.WriteLine(
                    $"{e.Timestamp:HH:mm:ss.fff} {e.LogLevel()} {e.LogSource}: {e.Message}{(e.Cause is null ? "" : $"\n{e.Cause}")}");
            }
        });
    }

    private static bool IsAboutPeer(LogEvent e) =>
        e.Cause is not SerializationException
        && (e.LogSource.StartsWith("remoting", StringComparison.Ordinal)
            || e.LogSource.Contains("/system/endpointManager", StringComparison.Ordinal)
            || (e.LogClass.Namespace is { } from
                && (from.StartsWith("Akka.Remote", StringComparison.Ordinal) || from.StartsWith("Akka.Cluster", StringComparison.Ordinal))));
}
