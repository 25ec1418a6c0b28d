using System.Diagnostics;
using Norris.Core.Protocol;

namespace Norris.Actors;

/// <summary>Who waits until what was said has its place, and what it is told.</summary>
public sealed partial class RoomUser
{
    /// <summary>
    /// Says something, and completes when it has its place in the order here; in a uniform room everyone will see it there. Waits while the outbox is full. Who awaits one before
    /// the next has them in that order; several at once fill blocks, and so are faster.
    /// </summary>
    /// <param name="text">The message.</param>
    /// <param name="cancel">Ends the wait. What the outbox has taken by then is said all the same.</param>
    /// <exception cref="ArgumentException">The text is empty, longer than <see cref="Limits.TextBytes"/> in UTF-8, or not valid Unicode. Nothing is said.</exception>
    /// <exception cref="RoomException">The user has left, or was away for so long that nobody knows whether it was said.</exception>
    public async Task<MessagePlace> SayAsync(string text, CancellationToken cancel = default)
    {
        using var activity = NorrisDiagnostics.Source.StartActivity("norris.say", ActivityKind.Producer);
        Waiting? waiting;
        while ((waiting = TrySayAndWait(text, out var progress)) is null)
        {
            await progress.WaitAsync(cancel).ConfigureAwait(false);
        }

        var number = await waiting.Done.Task.WaitAsync(cancel).ConfigureAwait(false);
        activity?.SetTag(NorrisDiagnostics.RoomTag, RoomTag);
        activity?.SetTag(NorrisDiagnostics.NumberTag, number?.Value);
        return new MessagePlace(new MessageId(Id, waiting.UpTo), number);
    }

    /// <summary>Hands a message to the outbox, and is in the queue of those who wait. Null: the outbox is full, until there is progress.</summary>
    private Waiting? TrySayAndWait(string text, out Task progress)
    {
        lock (_gate)
        {
            if (_wantsToGo || _machine.IsGone)
            {
                throw new RoomException("this user has left");
            }

            progress = _progress.Task;
            if (TrySay(text) is not { } id)
            {
                return null;
            }

            var waiting = new Waiting(id.Counter, isForAnswer: true);
            _waitingForDelivery.Enqueue(waiting);
            return waiting;
        }
    }

    /// <summary>What is in the order under this user's id: those who wait are told its number, when it stays there.</summary>
    private void NoteNumbers(LogRecord record)
    {
        if (record.Entry is not Said { Block: var block } || block.User != Id)
        {
            return;
        }

        foreach (var waiting in _waitingForDelivery)
        {
            if (waiting.UpTo > block.LastCounter)
            {
                break;
            }

            if (waiting.UpTo >= block.FirstCounter)
            {
                waiting.Number = record.First + (waiting.UpTo - block.FirstCounter);
            }
        }
    }

    private void Note(OwnNews news)
    {
        switch (news)
        {
            case RefuseUser refusal:
                _here.TrySetResult(refusal.Why);
                break;
            case InDoubt:
                foreach (var waiting in _waitingForDelivery.TakeWhile(waiting => waiting.UpTo <= _machine.Heard))
                {
                    waiting.IsInDoubt = true;
                }

                break;
        }
    }

    /// <summary>Tells those who wait.</summary>
    private void Settle()
    {
        List<Waiting>? delivered = null;
        TaskCompletionSource? progress = null;
        bool gone;
        lock (_gate)
        {
            gone = _machine.IsGone;
            while (_waitingForDelivery.TryPeek(out var next) && (gone || next.UpTo <= _said - _machine.Pending))
            {
                var waiting = _waitingForDelivery.Dequeue();
                waiting.IsLost = waiting.UpTo > _said - _machine.Pending;
                (delivered ??= []).Add(waiting);
            }

            if (gone || _settledAt != _machine.Heard)
            {
                _settledAt = _machine.Heard;
                (progress, _progress) = (_progress, new(TaskCreationOptions.RunContinuationsAsynchronously));
            }
        }

        delivered?.ForEach(waiting => waiting.Complete());
        progress?.TrySetResult();
        if (gone)
        {
            _news.Writer.TryComplete();
            _here.TrySetResult("this user has left");
            _gone.TrySetResult();
        }
    }

    /// <summary>Somebody waits until what was said is in the order.</summary>
    /// <param name="upTo">The counter of the last message that it is about.</param>
    /// <param name="isForAnswer">Whether it is about one message, and what became of that matters; otherwise it is enough that it waits for nothing any more.</param>
    private sealed class Waiting(long upTo, bool isForAnswer)
    {
        public long UpTo { get; } = upTo;

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
                Done.TrySetException(new RoomException("the message may have been said or not: this node was away for so long that the room has forgotten its user"));
            }
            else
            {
                Done.TrySetResult(Number);
            }
        }
    }
}
