using Akka.Event;

namespace Norris.Actors.Transport;

/// <summary>What the transport has to say of others, a few times a second and with a count of the rest. Any thread may call.</summary>
internal sealed class Complaints(ILoggingAdapter log, TimeProvider time)
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private readonly Repeats _repeats = new(TransportLimits.ComplaintsPerSecond);
    private readonly long _started = time.GetTimestamp();

    private long Now => (long)time.GetElapsedTime(_started).TotalMilliseconds;

    /// <param name="format">What is the same about all complaints of this kind: a sentence with the place of whom it is about.</param>
    /// <param name="whom">Whom it is about; nothing that came over the network unread.</param>
    /// <param name="isNoFault">Whether it happens among honest nodes, and so is worth no warning.</param>
    public void Say(string format, object whom, bool isNoFault = false)
    {
        if (isNoFault && !log.IsInfoEnabled)
        {
            return;
        }

        if (_repeats.May(format, Now, out var isFirstUnsaid))
        {
            if (isNoFault)
            {
                log.Info(format, whom);
            }
            else
            {
                log.Warning(format, whom);
            }
        }
        else if (isFirstUnsaid)
        {
            _ = Task.Delay(Second, time).ContinueWith(
                _ => Rest(format, whom, isNoFault), TaskScheduler.Default);
        }
    }

    private void Rest(string format, object whom, bool isNoFault)
    {
        var (all, unsaid) = (format + " (and {1} more like it)", _repeats.Unsaid(format, Now));
        if (isNoFault)
        {
            log.Info(all, whom, unsaid);
        }
        else
        {
            log.Warning(all, whom, unsaid);
        }
    }
}
