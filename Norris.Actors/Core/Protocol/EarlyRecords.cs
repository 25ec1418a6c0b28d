namespace Norris.Core.Protocol;

/// <summary>Records that came before those in front of them. Bounded: what does not fit is fetched again later.</summary>
/// <param name="most">How much it holds, in bytes.</param>
internal sealed class EarlyRecords(long most)
{
    private readonly SortedDictionary<SequenceNumber, LogRecord> _records = [];

    /// <summary>What they cost, in bytes.</summary>
    public long Bytes { get; private set; }

    public void Add(LogRecord record)
    {
        if (Bytes + record.Entry.Size <= most && _records.TryAdd(record.First, record))
        {
            Bytes += record.Entry.Size;
        }
    }

    /// <summary>Takes out the first record, where it begins at or before a number; null: there is none.</summary>
    public LogRecord? TakeUpTo(SequenceNumber number)
    {
        if (_records.Count == 0)
        {
            return null;
        }

        var (first, record) = _records.First();
        if (first > number)
        {
            return null;
        }

        _records.Remove(first);
        Bytes -= record.Entry.Size;
        return record;
    }

    public void Clear()
    {
        _records.Clear();
        Bytes = 0;
    }
}
