using System.Collections.Concurrent;
using Akka.Event;

namespace Norris.Actors.Transport;

/// <summary>What the transport has to say of others, a few times a second and with a count of the rest. Any thread may call.</summary>
internal sealed class Complaints(ILoggingAdapter log, TimeProvider time)
{
    /// <summary>Of so many at once it is waited for whether they are known.</summary>
    private const int MostUnknown = 64;

    /// <summary>How long it may take until a node has heard that another has come.</summary>
    private static readonly TimeSpan KnownAfter = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<object, byte> _unknown = new();
    private readonly Repeats _repeats = new(TransportLimits.ComplaintsPerSecond);
    private readonly long _started = time.GetTimestamp();

    private long Now => (long)time.GetElapsedTime(_started).TotalMilliseconds;

    /// <param name="format">What is the same about all complaints of this kind: a sentence with the place of whom it is about.</param>
    /// <param name="whom">Whom it is about; nothing that came over the network unread.</param>
    public void Say(string format, object whom)
    {
        if (_repeats.May(format, Now, out var countAfter))
        {
            log.Warning(format, whom);
        }
        else if (countAfter is { } pause)
        {
            _ = Task.Delay(pause, time).ContinueWith(
                _ => log.Warning(format + " (and {1} more like it)", whom, _repeats.Unsaid(format, Now)), TaskScheduler.Default);
        }
    }

    /// <summary>
    /// For what honest nodes say, too, whom this one does not know yet: says it where that is so a moment later, and once for all that has come meanwhile.
    /// </summary>
    /// <param name="isKnown">Whether it is known by then.</param>
    /// <param name="format">As for <see cref="Say"/>.</param>
    /// <param name="whom">As for <see cref="Say"/>.</param>
    public async Task SayUnless(Func<bool> isKnown, string format, object whom)
    {
        if (_unknown.Count >= MostUnknown || !_unknown.TryAdd(whom, default))
        {
            return;
        }

        try
        {
            await Task.Delay(KnownAfter, time).ConfigureAwait(false);
            if (!isKnown())
            {
                Say(format, whom);
            }
        }
        finally
        {
            _unknown.TryRemove(whom, out var _);
        }
    }
}
