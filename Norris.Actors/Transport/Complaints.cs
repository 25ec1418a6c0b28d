using Akka.Event;

namespace Norris.Actors.Transport;

/// <summary>What the transport has to say of others, a few times a second and with a count of the rest. Any thread may call.</summary>
internal sealed class Complaints(ILoggingAdapter log, TimeProvider time)
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    /// <summary>A new member is known everywhere by then.</summary>
    private static readonly TimeSpan KnownAfter = TimeSpan.FromSeconds(5);

    private readonly Repeats _repeats = new(TransportLimits.ComplaintsPerSecond);
    private readonly long _started = time.GetTimestamp();

    private long Now => (long)time.GetElapsedTime(_started).TotalMilliseconds;

    /// <summary>
    /// For what honest nodes say, too, who are not known here yet, or have just been let go: there is a line where it comes from none of these, a moment later, and one for
    /// all that has come meanwhile.
    /// </summary>
    public void SayUnlessMember(string format, Peer peer)
    {
        if (peer.IsSuspected)
        {
            return;
        }

        peer.IsSuspected = true;
        _ = Task.Delay(KnownAfter, time).ContinueWith(
            _ =>
            {
                if (!peer.IsMember && !peer.HasBeenMember)
                {
                    Say(format, peer.Origin);
                }

                peer.IsSuspected = false;
            },
            TaskScheduler.Default);
    }

    /// <param name="format">What is the same about all complaints of this kind: a sentence with the place of whom it is about.</param>
    /// <param name="whom">Whom it is about; nothing that came over the network unread.</param>
    public void Say(string format, object whom)
    {
        if (_repeats.May(format, Now, out var isFirstUnsaid))
        {
            log.Warning(format, whom);
        }
        else if (isFirstUnsaid)
        {
            _ = Task.Delay(Second, time).ContinueWith(
                _ => log.Warning(format + " (and {1} more like it)", whom, _repeats.Unsaid(format, Now)), TaskScheduler.Default);
        }
    }
}
