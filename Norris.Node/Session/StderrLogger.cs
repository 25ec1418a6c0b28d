using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Event;

namespace Norris.Node.Session;

/// <summary>
/// Akka's log, a line an event, on stderr: stdout belongs to the screen. A proper start and leave are silent in Akka itself. What remoting says
/// of a peer that died or cannot be reached, with a stack trace, is left out unless the operator asks for INFO or more: the room tells the same,
/// with its reason, as an event (crashed, cut off). What was refused because it is no message of Norris is always shown.
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
                    $"{e.Timestamp:HH:mm:ss.fff} {Word(e.LogLevel())} {e.LogSource}: {e.Message}{(e.Cause is null ? "" : $"\n{e.Cause}")}");
            }
        });
    }

    private static string Word(LogLevel level) => level switch
    {
        LogLevel.ErrorLevel => "ERROR",
        LogLevel.WarningLevel => "WARN",
        LogLevel.InfoLevel => "INFO",
        _ => "DEBUG",
    };

    private static bool IsAboutPeer(LogEvent e) =>
        e.Cause is not SerializationException
        && (e.LogSource.StartsWith("remoting", StringComparison.Ordinal)
            || e.LogSource.Contains("/system/endpointManager", StringComparison.Ordinal)
            || (e.LogClass.Namespace is { } from
                && (from.StartsWith("Akka.Remote", StringComparison.Ordinal) || from.StartsWith("Akka.Cluster", StringComparison.Ordinal))));
}
