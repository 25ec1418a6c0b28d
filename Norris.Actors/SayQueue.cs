using Norris.Core.Protocol;

namespace Norris.Actors;

/// <summary>Who waits until what a user said has its place in the order, first come first. Used with the user's lock held; who has waited is completed without it.</summary>
internal sealed class SayQueue
{
    private readonly Queue<Waiting> _waiting = new();

    /// <param name="upTo">The counter of the last message that it is about.</param>
    /// <param name="isForAnswer">Whether it is about one message, and what became of that matters; otherwise it is enough that it waits for nothing any more.</param>
    public Waiting Add(long upTo, bool isForAnswer)
    {
        var waiting = new Waiting(upTo, isForAnswer);
        _waiting.Enqueue(waiting);
        return waiting;
    }

    /// <summary>A block of the user's is in the order: those who wait for its messages are told their numbers, when they stay there.</summary>
    public void Note(SaidBlock block, SequenceNumber first)
    {
        foreach (var waiting in _waiting.TakeWhile(waiting => waiting.UpTo <= block.LastCounter))
        {
            if (waiting.UpTo >= block.FirstCounter)
            {
                waiting.Number = first + (waiting.UpTo - block.FirstCounter);
            }
        }
    }

    /// <summary>Words of somebody else took the counters of those who wait: their own messages come later, and bear higher ones.</summary>
    /// <param name="by">How much higher.</param>
    /// <param name="above">Up to this counter their own words are in the order.</param>
    public void Shift(long by, long above)
    {
        foreach (var waiting in _waiting.Where(waiting => waiting.UpTo > above))
        {
            (waiting.UpTo, waiting.Number) = (waiting.UpTo + by, null);
        }
    }

    /// <summary>Of the messages up to this counter nobody knows whether they were said.</summary>
    public void Doubt(long upTo)
    {
        foreach (var waiting in _waiting.TakeWhile(waiting => waiting.UpTo <= upTo))
        {
            waiting.IsInDoubt = true;
        }
    }

    /// <summary>Those who wait no longer: up to this counter everything is in the order, or the user has gone.</summary>
    public List<Waiting>? Take(long upTo, bool isGone)
    {
        List<Waiting>? over = null;
        while (_waiting.TryPeek(out var next) && (isGone || next.UpTo <= upTo))
        {
            var waiting = _waiting.Dequeue();

            // In an agreed room it may have its place, and that may still be taken back.
            waiting.IsInDoubt |= waiting.UpTo > upTo && waiting.Number is not null;
            waiting.IsLost = waiting.UpTo > upTo && waiting.Number is null;
            (over ??= []).Add(waiting);
        }

        return over;
    }

    /// <summary>Somebody waits until what was said is in the order.</summary>
    /// <param name="upTo">The counter of the last message that it is about.</param>
    /// <param name="isForAnswer">Whether it is about one message, and what became of that matters; otherwise it is enough that it waits for nothing any more.</param>
    public sealed class Waiting(long upTo, bool isForAnswer)
    {
        public long UpTo { get; set; } = upTo;

        public SequenceNumber? Number { get; set; }

        /// <summary>Whether it was said is not known, and will not be.</summary>
        public bool IsInDoubt { get; set; }

        /// <summary>The user has gone, and it was not said.</summary>
        public bool IsLost { get; set; }

        public TaskCompletionSource<SequenceNumber?> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Complete()
        {
            if (isForAnswer && IsLost)
            {
                Done.TrySetException(new RoomException("this user has left before the message had its place"));
            }
            else if (isForAnswer && IsInDoubt)
            {
                Done.TrySetException(new RoomException("the message may have been said or not: this node was away for so long that the room has forgotten its user, or left before that was settled"));
            }
            else
            {
                Done.TrySetResult(Number);
            }
        }
    }
}
