using Akka.Actor;
using Akka.Event;

namespace Norris.Node.Session;

/// <summary>Akka's log, a line an event, on stderr: stdout belongs to the screen.</summary>
public sealed class StderrLogger : ReceiveActor
{
    public StderrLogger()
    {
        Receive<InitializeLogger>(_ => Sender.Tell(new LoggerInitialized()));
        Receive<LogEvent>(e => Console.Error.WriteLine(
            $"{e.Timestamp:HH:mm:ss.fff} {e.LogLevel().ToString().ToUpperInvariant()[..4]} {e.LogSource}: {e.Message}{(e.Cause is null ? "" : $"\n{e.Cause}")}"));
    }
}
