using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Event;
using Norris.Actors.Transport;

namespace Norris.Node.Session;

/// <summary>
/// Akka's log, a line an event, on stderr: stdout belongs to the screen. A proper start and leave are silent in Akka itself. What remoting says
/// of a peer that died or cannot be reached, is left out unless the operator asks for INFO or more: the room tells the same, with its reason, as an
/// event (crashed, cut off). What was refused because it is no message of Norris is always shown. Much of it holds words of others, so it passes through
/// <see cref="SafeText"/>; the same is said a few times a second and then counted; a stack is shown with NORRIS_TRACE=1 only.
/// </summary>
public sealed class StderrLogger : ReceiveActor, IWithTimers
{
    private const int SamePerSecond = 5;

    /// <summary>Of a line, in UTF-16 units.</summary>
    private const int Longest = 1000;

    private static readonly bool ShowsStacks = Environment.GetEnvironmentVariable("NORRIS_TRACE") == "1";

    private readonly Repeats _repeats = new(SamePerSecond);

    public StderrLogger()
    {
        var all = Context.System.Settings.LogLevel is "INFO" or "DEBUG";
        Receive<InitializeLogger>(_ => Sender.Tell(new LoggerInitialized()));
        Receive<LogEvent>(e =>
        {
            if (all || !IsAboutPeer(e))
            {
                Say(e);
            }
        });
        Receive<Rest>(m => Console.Error.WriteLine($"{m.Line} (and {_repeats.Unsaid(m.What, Environment.TickCount64)} more like this)"));
    }

    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>One safe line; what cannot be put into words ends no logger.</summary>
    internal static string Line(LogEvent e)
    {
        string said;
        try
        {
            said = e.Cause is null ? $"{e.Message}" : $"{e.Message}: {e.Cause.GetType().Name}: {e.Cause.Message}";
        }
        catch (FormatException)
        {
            said = (e.Message as LogMessage)?.Format ?? "";
        }

        var line = SafeText.OneLine($"{e.LogSource}: {said}".ReplaceLineEndings(" "));
        return $"{e.Timestamp:HH:mm:ss.fff} {Word(e.LogLevel())} {(line.Length > Longest ? $"{line.AsSpan(0, Longest)}…" : line)}";
    }

    private void Say(LogEvent e)
    {
        // What is asked for with INFO or DEBUG is shown whole.
        var what = $"{e.LogClass.FullName} {(e.Message as LogMessage)?.Format} {e.Cause?.GetType().FullName}";
        if (e.LogLevel() < LogLevel.WarningLevel || _repeats.May(what, Environment.TickCount64, out var countAfter))
        {
            Console.Error.WriteLine(Line(e));
            if (ShowsStacks && e.Cause is { } cause)
            {
                foreach (var line in SafeText.Lines(cause.ToString()))
                {
                    Console.Error.WriteLine(line);
                }
            }
        }
        else if (countAfter is { } pause)
        {
            Timers.StartSingleTimer(what, new Rest(what, Line(e)), pause);
        }
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

    private sealed record Rest(string What, string Line) : INoSerializationVerificationNeeded;
}
