using Norris.Node.Session;

namespace Norris.Node.Web;

/// <summary>An entry of the order as it goes out: its number and its JSON line.</summary>
internal readonly record struct LoggedLine(long Seq, byte[] Line);

/// <summary>Where a stream is in the log: behind <paramref name="After"/>, as the log was then.</summary>
/// <param name="Turn">How often numbers had gone back by then.</param>
/// <param name="IsWish">It asked for so many, however many there are: what is missing at its beginning is no loss.</param>
internal readonly record struct LogCursor(int Turn, long After, bool IsWish = false);

/// <summary>
/// The node's recent entries as lines, written by the one reader that formats them, and shared by all event streams: those resume behind any number in it. Bounded in bytes; the
/// oldest go first. Safe for several threads.
/// </summary>
internal sealed class EventLog(long maxBytes)
{
    /// <summary>About what a line costs beside its text, in bytes.</summary>
    public const int Overhead = 64;

    private const int CompactFrom = 1024;

    private static readonly RetractedEvent Nothing = new(long.MaxValue, 0);

    private readonly Lock _lock = new();
    private readonly List<LoggedLine> _lines = [];
    private int _start;
    private long _bytes;
    private int _turn;
    private int _room; // the turn since which all of it is of one room
    private RetractedEvent _last = Nothing; // what was taken back in the last turn
    private RetractedEvent _all = Nothing; // and in all turns of this room together

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

    /// <summary>
    /// A cursor behind <paramref name="after"/>. Where that is a number that the room has not reached: who has it has seen what was taken back; if nothing was, a cursor behind nothing.
    /// </summary>
    public LogCursor From(long after)
    {
        lock (_lock)
        {
            return Count > 0 && after > At(Count - 1).Seq ? (_turn > _room ? new LogCursor(_room, after) : new LogCursor(_turn, BeforeFirst)) : new LogCursor(_turn, after);
        }
    }

    /// <summary>What has these numbers is not in the order that goes on. Who reads here is told, and goes on with what comes in its place.</summary>
    public void Retract(RetractedEvent retracted)
    {
        lock (_lock)
        {
            while (Count > 0 && At(Count - 1).Seq >= retracted.First)
            {
                _bytes -= At(Count - 1).Line.Length + Overhead;
                _lines.RemoveAt(_lines.Count - 1);
            }

            _turn++;
            (_last, _all) = (retracted, new RetractedEvent(Math.Min(_all.First, retracted.First), Math.Max(_all.Last, retracted.Last)));
        }

        Appended?.Invoke();
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
            return Count == 0 ? new LogCursor(_turn, BeforeAny) : new LogCursor(_turn, Math.Max(0, At(Count - 1).Seq - count), IsWish: true);
        }
    }

    /// <summary>A cursor before the last <paramref name="count"/> entries that are still held.</summary>
    public LogCursor Recent(int count)
    {
        lock (_lock)
        {
            var at = Count - Math.Min(count, Count);
            return new LogCursor(_turn, Count == 0 ? BeforeAny : at == Count ? At(Count - 1).Seq : At(at).Seq - 1);
        }
    }

    /// <summary>
    /// Copies what comes after the cursor, and moves it. A first number that does not follow the cursor's is a gap: those between are gone.
    /// <paramref name="missed"/> is how many. Where numbers were taken back since the cursor was here, it goes back to before them, and <paramref name="retracted"/> tells which.
    /// </summary>
    public int Read(ref LogCursor cursor, Span<LoggedLine> into, out long missed, out RetractedEvent? retracted)
    {
        lock (_lock)
        {
            (missed, retracted) = (0, null);
            if (cursor.Turn >= _room && cursor.Turn < _turn && cursor.After != BeforeAny)
            {
                retracted = cursor.Turn == _turn - 1 ? _last : _all;
                cursor = cursor with { Turn = _turn, After = Math.Min(cursor.After, retracted.First - 1) };
            }
            else if (cursor.Turn != _turn || cursor.After == BeforeAny || (Count > 0 && cursor.After > At(Count - 1).Seq))
            {
                // In this room, so far has nobody come: the cursor is from before a restart of the node, and from another room.
                cursor = new LogCursor(_turn, Count == 0 ? BeforeAny : BeforeFirst);
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
                cursor = new LogCursor(_turn, into[copied - 1].Seq);
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
        _room = ++_turn;
        (_last, _all) = (Nothing, Nothing);
    }
}
