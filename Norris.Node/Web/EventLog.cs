namespace Norris.Node.Web;

/// <summary>An entry of the order as it goes out: its number and its JSON line.</summary>
internal readonly record struct LoggedLine(long Seq, byte[] Line);

/// <summary>Where a stream is in the log: behind <paramref name="After"/>, in the log of one room.</summary>
/// <param name="IsWish">It asked for so many, however many there are: what is missing at its beginning is no loss.</param>
internal readonly record struct LogCursor(int Room, long After, bool IsWish = false);

/// <summary>
/// The node's recent entries as lines, written by the one reader that formats them, and shared by all event streams: those resume behind any number in it. Bounded in bytes; the
/// oldest go first. Safe for several threads.
/// </summary>
internal sealed class EventLog(long maxBytes)
{
    /// <summary>About what a line costs beside its text, in bytes.</summary>
    public const int Overhead = 64;

    private const int CompactFrom = 1024;

    private readonly Lock _lock = new();
    private readonly List<LoggedLine> _lines = [];
    private int _start;
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
                return Count == 0 ? 0 : At(Count - 1).Seq;
            }
        }
    }

    public void Append(long seq, byte[] line)
    {
        lock (_lock)
        {
            if (Count > 0 && seq <= At(Count - 1).Seq)
            {
                // Numbers only go back when the node is in another room now.
                Clear();
            }

            _lines.Add(new LoggedLine(seq, line));
            _bytes += line.Length + Overhead;
            while (_bytes > maxBytes && Count > 1)
            {
                _bytes -= At(0).Line.Length + Overhead;
                _lines[_start++] = default;
            }

            if (_start >= CompactFrom && _start >= Count)
            {
                _lines.RemoveRange(0, _start);
                _start = 0;
            }
        }

        Appended?.Invoke();
    }

    /// <summary>A cursor behind <paramref name="after"/>; behind nothing where that is a number the room has not reached.</summary>
    public LogCursor From(long after)
    {
        lock (_lock)
        {
            return Count > 0 && after > At(Count - 1).Seq ? new LogCursor(_room, BeforeFirst) : new LogCursor(_room, after);
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
            return Count == 0 ? new LogCursor(_room, BeforeAny) : new LogCursor(_room, Math.Max(0, At(Count - 1).Seq - count), IsWish: true);
        }
    }

    /// <summary>A cursor before the last <paramref name="count"/> entries that are still held.</summary>
    public LogCursor Recent(int count)
    {
        lock (_lock)
        {
            var at = Count - Math.Min(count, Count);
            return new LogCursor(_room, Count == 0 ? BeforeAny : at == Count ? At(Count - 1).Seq : At(at).Seq - 1);
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
            if (cursor.Room != _room || cursor.After == BeforeAny || (Count > 0 && cursor.After > At(Count - 1).Seq))
            {
                // In this room, so far has nobody come: the cursor is from before a restart of the node, and from another room.
                cursor = new LogCursor(_room, Count == 0 ? BeforeAny : BeforeFirst);
            }

            var from = FirstAfter(cursor.After);
            var copied = 0;
            var expected = cursor.After + 1;
            while (copied < into.Length && from + copied < Count)
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

    private int Count => _lines.Count - _start;

    private LoggedLine At(int index) => _lines[_start + index];

    private int FirstAfter(long after)
    {
        var (low, high) = (0, Count);
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

    private void Clear()
    {
        _lines.Clear();
        (_start, _bytes) = (0, 0);
        _room++;
    }
}
