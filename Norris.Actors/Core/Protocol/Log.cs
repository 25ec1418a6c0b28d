using Norris.Core.Room;

namespace Norris.Core.Protocol;

/// <summary>
/// The recent part of the order: a snapshot into which everything up to <see cref="SnapshotIndex"/> is folded, and the records after it, each with the
/// transcript hash after it. Mutable, owned by one machine; the records themselves are immutable and shared.
/// </summary>
internal class Log
{
    private const int CompactAt = 1024;
    private readonly RoomState _snapshot;
    private readonly List<(LogRecord Record, ulong HashAfter)> _records = [];
    private int _start;

    public Log(RoomSnapshot from) => _snapshot = new RoomState(from);

    public RoomId Room => _snapshot.Room;

    public DeliveryLevel Delivery => _snapshot.Delivery;

    /// <summary>Everything up to here is in the snapshot.</summary>
    public SequenceNumber SnapshotIndex => _snapshot.At;

    /// <summary>The last number held.</summary>
    public SequenceNumber Received => IsEmpty ? SnapshotIndex : _records[^1].Record.Last;

    public ulong Hash => IsEmpty ? _snapshot.Hash : _records[^1].HashAfter;

    public Epoch LastEpoch => IsEmpty ? _snapshot.LastEpoch : _records[^1].Record.Epoch;

    /// <summary>What the records cost, in bytes.</summary>
    public long Bytes { get; private set; }

    private bool IsEmpty => _records.Count == _start;

    public RoomSnapshot Snapshot() => _snapshot.Snapshot();

    /// <summary>The room after the last record.</summary>
    public RoomState Fold()
    {
        var room = new RoomState(_snapshot.Snapshot());
        for (var i = _start; i < _records.Count; i++)
        {
            room.Apply(_records[i].Record, _records[i].HashAfter);
        }

        return room;
    }

    /// <summary>Appends the next record, and gives the transcript hash after it.</summary>
    public ulong Append(LogRecord record)
    {
        if (record.First != Received.Next)
        {
            throw new InvalidOperationException($"The log ends at {Received}; {record.First} is not the next number.");
        }

        var hash = TranscriptHash.After(record, Hash);
        _records.Add((record, hash));
        Bytes += record.Entry.Size;
        return hash;
    }

    /// <summary>Drops what comes after a number, which must be the last of a record, or the snapshot index.</summary>
    public void TruncateAfter(SequenceNumber last)
    {
        var from = IndexAfter(last);
        for (var i = from; i < _records.Count; i++)
        {
            Bytes -= _records[i].Record.Entry.Size;
        }

        _records.RemoveRange(from, _records.Count - from);
    }

    /// <summary>Folds what lies entirely at or before a number into the snapshot.</summary>
    public void TrimTo(SequenceNumber last)
    {
        while (!IsEmpty && _records[_start].Record.Last <= last)
        {
            var (record, hash) = _records[_start];
            _snapshot.Apply(record, hash);
            Bytes -= record.Entry.Size;
            _records[_start++] = default;
        }

        if (_start > CompactAt && _start > _records.Count / 2)
        {
            _records.RemoveRange(0, _start);
            _start = 0;
        }
    }

    /// <summary>The first record after a number, with the hash after it; null at the end.</summary>
    public (LogRecord Record, ulong HashAfter)? NextAfter(SequenceNumber number)
    {
        var i = IndexAfter(number);
        return i < _records.Count ? _records[i] : null;
    }

    /// <summary>The transcript hash after a number; null where a number is not the last of a record held here.</summary>
    public ulong? HashAt(SequenceNumber number)
    {
        if (number == SnapshotIndex)
        {
            return _snapshot.Hash;
        }

        var i = IndexAfter(number) - 1;
        return i >= _start && _records[i].Record.Last == number ? _records[i].HashAfter : null;
    }

    /// <summary>The records after a number, up to about so many bytes; at least one where there is any.</summary>
    public List<LogRecord> PageAfter(SequenceNumber number, long bytes = Limits.PageBytes)
    {
        var page = new List<LogRecord>();
        for (var i = IndexAfter(number); i < _records.Count; i++)
        {
            bytes -= _records[i].Record.Entry.Size;
            if (bytes < 0 && page.Count > 0)
            {
                break;
            }

            page.Add(_records[i].Record);
        }

        return page;
    }

    /// <summary>The life in which a node is a member after the last record; 0: it is none.</summary>
    public int LifeOf(NodeId node)
    {
        for (var i = _records.Count - 1; i >= _start; i--)
        {
            switch (_records[i].Record.Entry)
            {
                case NodeJoined e when e.Node == node:
                    return e.Life;
                case NodeLeft e when e.Node == node:
                    return 0;
            }
        }

        return _snapshot.LifeOf(node);
    }

    /// <summary>The membership after the last record, and the number of its last change.</summary>
    public (IReadOnlyList<NodeId> Members, SequenceNumber Since) Membership()
    {
        var members = new SortedSet<NodeId>(_snapshot.Members);
        var since = _snapshot.MembersSince;
        for (var i = _start; i < _records.Count; i++)
        {
            switch (_records[i].Record.Entry)
            {
                case NodeJoined e:
                    members.Add(e.Node);
                    since = _records[i].Record.First;
                    break;
                case NodeLeft e:
                    members.Remove(e.Node);
                    since = _records[i].Record.First;
                    break;
            }
        }

        return ([.. members], since);
    }

    /// <summary>The membership, with lives, as it was before its last change; null where that change is in the snapshot, and thus known to all.</summary>
    public IReadOnlyDictionary<NodeId, int>? MembershipBeforeLastChange()
    {
        var members = _snapshot.Members.ToDictionary(node => node, _snapshot.LifeOf);
        IReadOnlyDictionary<NodeId, int>? before = null;
        for (var i = _start; i < _records.Count; i++)
        {
            switch (_records[i].Record.Entry)
            {
                case NodeJoined e:
                    before = new Dictionary<NodeId, int>(members);
                    members[e.Node] = e.Life;
                    break;
                case NodeLeft e:
                    before = new Dictionary<NodeId, int>(members);
                    members.Remove(e.Node);
                    break;
            }
        }

        return before;
    }

    /// <summary>
    /// Which reign numbered which part. The first range ends at the snapshot index, where every member has the same whoever numbered it; the second
    /// may be of the same reign.
    /// </summary>
    public List<EpochRange> EpochRanges()
    {
        var ranges = new List<EpochRange> { new(_snapshot.LastEpoch, SnapshotIndex) };
        for (var i = _start; i < _records.Count; i++)
        {
            var record = _records[i].Record;
            if (ranges.Count > 1 && ranges[^1].Epoch == record.Epoch)
            {
                ranges[^1] = new EpochRange(record.Epoch, record.Last);
            }
            else
            {
                ranges.Add(new EpochRange(record.Epoch, record.Last));
            }
        }

        return ranges;
    }

    /// <summary>
    /// Up to where this log and the one described by <paramref name="ranges"/> are the same. Two entries with the same number and epoch
    /// are the same, and so is everything before them (Raft's log matching: one sequencer a reign, contiguous logs).
    /// </summary>
    public SequenceNumber CommonWith(IReadOnlyList<EpochRange> ranges)
    {
        var common = SnapshotIndex;
        var s = 0;

        // Of what is before their snapshot index nothing is told but the epoch of the entry at it, which vouches for all before.
        var agreesAtSnapshot = ranges.Count == 0 || SnapshotIndex >= ranges[0].Last;
        for (var i = _start; i < _records.Count; i++)
        {
            var record = _records[i].Record;
            while (s < ranges.Count && ranges[s].Last < record.Last)
            {
                s++;
            }

            if (s == 0 && record.Last == ranges[0].Last)
            {
                agreesAtSnapshot = record.Epoch == ranges[0].Epoch;
            }

            if (s == ranges.Count || (s > 0 && ranges[s].Epoch != record.Epoch))
            {
                break;
            }

            if (!agreesAtSnapshot && record.Last >= ranges[0].Last)
            {
                return SnapshotIndex;
            }

            common = record.Last;
        }

        return common;
    }

    private int IndexAfter(SequenceNumber number)
    {
        var low = _start;
        var high = _records.Count;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_records[middle].Record.First > number)
            {
                high = middle;
            }
            else
            {
                low = middle + 1;
            }
        }

        return low;
    }
}
