namespace Norris.Core.Protocol;

/// <summary>
/// Keeps what one user said until it is seen in the order. Messages are sealed into blocks as they are sent; a block never changes after
/// that, so that handing it over again is the same thing under the same ids. Bounded: when full it refuses. Pure.
/// </summary>
internal sealed class Outbox(UserId user, ProtocolOptions options)
{
    private readonly Queue<SaidBlock> _sealed = new();
    private readonly SaidBlock.Builder _open = new(user, 1);
    private long _sealedBytes;
    private long _inFlightBytes;
    private int _inFlight;

    // How many of the sealed blocks, from the oldest on, were ever handed over.
    private int _sent;
    private long _progressAt;

    /// <summary>The counter of the oldest message that is still held, or of the next one to come.</summary>
    public long FirstCounter => _sealed.TryPeek(out var oldest) ? oldest.FirstCounter : _open.NextCounter - _open.Count;

    /// <summary>The counter that the next message will bear.</summary>
    public long NextCounter => _open.NextCounter;

    /// <summary>How many messages are not yet in the order.</summary>
    public long Pending => NextCounter - FirstCounter;

    /// <summary>What waits, in bytes of text.</summary>
    public long Bytes => _sealedBytes + _open.Bytes;

    /// <summary>Takes a message (<see cref="Relation.WhyNot"/> has nothing against it), or gives null when full.</summary>
    /// <param name="utf8Text">The message.</param>
    /// <param name="wall">Milliseconds since 1970, UTC.</param>
    /// <param name="relation">What it is about; null: nothing that was said before.</param>
    /// <exception cref="ArgumentException">It is about a message of the user's own that was not said yet.</exception>
    public MessageId? TrySubmit(ReadOnlySpan<byte> utf8Text, long wall, Relation? relation = null)
    {
        if (relation is { IsToOwn: true } own && own.To.Counter >= NextCounter)
        {
            throw new ArgumentException("that message was not said yet", nameof(relation));
        }

        if (Bytes + utf8Text.Length > options.OutboxBytes)
        {
            return null;
        }

        if (!_open.HasRoomFor(utf8Text.Length))
        {
            Seal();
        }

        return new MessageId(user, _open.Add(utf8Text, wall, relation));
    }

    /// <summary>Sends what the window allows. Called when the mailbox is empty, so that what came together goes together.</summary>
    public void Flush(Now now, List<Effect> effects)
    {
        if (_inFlight == _sealed.Count && _inFlightBytes < options.OutboxWindowBytes)
        {
            Seal();
        }

        if (_inFlight == _sealed.Count)
        {
            return;
        }

        if (_inFlight == 0)
        {
            _progressAt = now.Elapsed;
        }

        foreach (var block in _sealed.Skip(_inFlight))
        {
            if (_inFlight > 0 && _inFlightBytes + block.Texts.Length > options.OutboxWindowBytes)
            {
                break;
            }

            _inFlight++;
            _sent = Math.Max(_sent, _inFlight);
            _inFlightBytes += block.Texts.Length;
            effects.Add(new SendToSequencer(new Submit(block)));
        }
    }

    /// <summary>The room has everything of this user up to a counter.</summary>
    public void Seen(long lastCounter, Now now)
    {
        while (_sealed.TryPeek(out var oldest) && oldest.LastCounter <= lastCounter)
        {
            DropOldest(now);
        }

        NumberAfter(lastCounter);
    }

    /// <summary>A block of this user is in the order. False: it is not what this user said; then what is held gets its numbers after it.</summary>
    public bool Seen(SaidBlock block, Now now)
    {
        if (block.LastCounter < FirstCounter)
        {
            return true;
        }

        if (_sealed.TryPeek(out var oldest) && oldest.IsSameAs(block))
        {
            DropOldest(now);
            return true;
        }

        NumberAfter(block.LastCounter);
        return false;
    }

    /// <summary>Drops every block that may have got its place unseen; gives how many messages that were. What was never handed over stays.</summary>
    public long GiveUpWhatWasSent()
    {
        var before = Pending;
        while (_sent > 0)
        {
            _sent--;
            _sealedBytes -= _sealed.Dequeue().Texts.Length;
        }

        _inFlight = 0;
        _inFlightBytes = 0;
        return before - Pending;
    }

    /// <summary>What is under way may be lost: hands everything over again, from the oldest.</summary>
    public void Resubmit(Now now, List<Effect> effects)
    {
        _inFlight = 0;
        _inFlightBytes = 0;
        Flush(now, effects);
    }

    /// <summary>Time has passed.</summary>
    public void Tick(Now now, List<Effect> effects)
    {
        if (_inFlight > 0 && now.Elapsed - _progressAt >= options.ResubmitAfter)
        {
            _progressAt = now.Elapsed;
            Resubmit(now, effects);
        }
        else
        {
            Flush(now, effects);
        }
    }

    private void DropOldest(Now now)
    {
        var oldest = _sealed.Dequeue();
        _sealedBytes -= oldest.Texts.Length;
        _sent = Math.Max(0, _sent - 1);
        if (_inFlight > 0)
        {
            _inFlight--;
            _inFlightBytes -= oldest.Texts.Length;
        }

        _progressAt = now.Elapsed;
    }

    /// <summary>Numbers up to a counter are taken: what is held gets the ones after it, and goes out anew.</summary>
    private void NumberAfter(long lastCounter)
    {
        if (lastCounter < FirstCounter)
        {
            return;
        }

        Seal();
        var (firstHeld, nextHeld, shift) = (FirstCounter, NextCounter, lastCounter + 1 - FirstCounter);
        var held = _sealed.ToList();
        _sealed.Clear();
        (_sealedBytes, _inFlight, _inFlightBytes, _sent) = (0, 0, 0, 0);
        _open.GoOnAfter(lastCounter);
        foreach (var block in held)
        {
            foreach (var message in block)
            {
                // What is about another that is held goes with it.
                var about = message.Relation is { } r && r.To.User == user && r.To.Counter >= firstHeld && r.To.Counter < nextHeld ? r with { To = new MessageId(user, r.To.Counter + shift) } : message.Relation;
                _open.Add(message.Utf8Text, message.SentAt, about);
            }

            Seal();
        }
    }

    private void Seal()
    {
        if (_open.Seal() is { } block)
        {
            _sealed.Enqueue(block);
            _sealedBytes += block.Texts.Length;
        }
    }
}
