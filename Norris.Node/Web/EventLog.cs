namespace Norris.Node.Web;

/// <summary>An entry of the order as it goes out: its number and its JSON line.</summary>
internal readonly record struct LoggedLine(long Seq, byte[] Line);

/// <summary>Where a stream is in the log: behind <paramref name="After"/>, in the log of one room.</summary>
/// <param name="IsWish">It asked for so many, however many there are: what is missing at its beginning is no loss.</param>
internal readonly record struct LogCursor(int Room, long After, bool IsWish = false);

/// <summary>
/// The node's recent entries, shared by all event streams, so that a message is formatted once and not once a stream, and a stream needs no
/// queue of its own. Bounded in entries and in bytes; the oldest go first. Safe for several threads.
/// </summary>
internal sealed class EventLog(int maxEntries, long maxBytes)
{
    private readonly Lock _lock = new();
    private LoggedLine[] _ring = new LoggedLine[Math.Min(256, maxEntries)];
    private int _head;
    private int _count;
    private long _bytes;
    private int _room;

    /// <summary>Raised after every append, outside the lock.</summary>
    public event Action? Appended;

    public long Last
    {
        get
        {
            lock (_lock)
            {
                return _count == 0 ? 0 : At(_count - 1).Seq;
            }
        }
    }

    public void Append(long seq, byte[] line)
    {
        lock (_lock)
        {
            if (_count > 0 && seq <= At(_count - 1).Seq)
            {
                // Numbers only go back when the node is in another room now.
                Clear();
            }

            if (_count == _ring.Length && _count < maxEntries)
            {
                Grow();
            }

            while (_count > 0 && (_count == _ring.Length || _bytes + line.Length > maxBytes))
            {
                _bytes -= _ring[_head].Line.Length;
                _ring[_head] = default;
                _head = (_head + 1) % _ring.Length;
                _count--;
            }

            _ring[(_head + _count) % _ring.Length] = new LoggedLine(seq, line);
            _count++;
            _bytes += line.Length;
        }

        Appended?.Invoke();
    }

    /// <summary>A cursor behind <paramref name="after"/>; behind nothing where that is a number the room has not reached.</summary>
    public LogCursor From(long after)
    {
        lock (_lock)
        {
            return _count > 0 && after > At(_count - 1).Seq ? new LogCursor(_room, BeforeFirst) : new LogCursor(_room, after);
        }
    }

    /// <summary>Completes when the log has come to a number.</summary>
    public async Task Reaches(long seq, CancellationToken cancel)
    {
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Appended += Look;
        try
        {
            Look();
            await reached.Task.WaitAsync(cancel).ConfigureAwait(false);
        }
        finally
        {
            Appended -= Look;
        }

        void Look()
        {
            if (Last >= seq)
            {
                reached.TrySetResult();
            }
        }
    }

    /// <summary>A cursor before the last <paramref name="count"/> entries, held or not.</summary>
    public LogCursor LastOf(int count)
    {
        lock (_lock)
        {
            return _count == 0 ? new LogCursor(_room, BeforeAny) : new LogCursor(_room, Math.Max(0, At(_count - 1).Seq - count), IsWish: true);
        }
    }

    /// <summary>A cursor before the last <paramref name="count"/> entries that are still held.</summary>
    public LogCursor Recent(int count)
    {
        lock (_lock)
        {
            var at = _count - Math.Min(count, _count);
            return new LogCursor(_room, _count == 0 ? BeforeAny : at == _count ? At(_count - 1).Seq : At(at).Seq - 1);
        }
    }

    /// <summary>
    /// Copies what comes after the cursor, and moves it. A first number that does not follow the cursor's is a gap: those between are gone.
    /// <paramref name="missed"/> is how many.
    /// </summary>
    public int Read(ref LogCursor cursor, Span<LoggedLine> into, out long missed)
    {
        lock (_lock)
        {
            missed = 0;
            if (cursor.Room != _room || cursor.After == BeforeAny || (_count > 0 && cursor.After > At(_count - 1).Seq))
            {
                // In this room, so far has nobody come: the cursor is from before a restart of the node, and from another room.
                cursor = new LogCursor(_room, _count == 0 ? BeforeAny : BeforeFirst);
            }

            var from = FirstAfter(cursor.After);
            var copied = 0;
            var expected = cursor.After + 1;
            while (copied < into.Length && from + copied < _count)
            {
                var line = At(from + copied);
                if (line.Seq != expected)
                {
                    if (copied > 0)
                    {
                        break;
                    }

                    missed = line.Seq - expected;
                    expected = line.Seq;
                }

                into[copied++] = line;
                expected++;
            }

            if (copied > 0)
            {
                cursor = new LogCursor(_room, into[copied - 1].Seq);
            }

            return copied;
        }
    }

    /// <summary>Nothing has been appended yet: whatever comes first is where such a stream begins.</summary>
    private const long BeforeAny = -1;

    private long BeforeFirst => At(0).Seq - 1;

    private LoggedLine At(int index) => _ring[(_head + index) % _ring.Length];

    private int FirstAfter(long after)
    {
        var (low, high) = (0, _count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (At(middle).Seq <= after)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    private void Grow()
    {
        var bigger = new LoggedLine[Math.Min(maxEntries, _ring.Length * 2)];
        for (var i = 0; i < _count; i++)
        {
            bigger[i] = At(i);
        }

        _ring = bigger;
        _head = 0;
    }

    private void Clear()
    {
        Array.Clear(_ring);
        _head = _count = 0;
        _bytes = 0;
        _room++;
    }
}
