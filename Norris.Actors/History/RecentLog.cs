using Norris.Core.Protocol;

namespace Norris.Actors.History;

/// <summary>An entry that was delivered, and where the user was whom it is about.</summary>
/// <param name="Entry">The entry.</param>
/// <param name="UserNode">Of somebody who left: the node that the user was on.</param>
public readonly record struct RecentEntry(Deliver Entry, NodeId? UserNode);

/// <summary>What was read of a <see cref="RecentLog"/>.</summary>
/// <param name="Entries">Without a gap, the first one with the number asked for in it; none where that is not kept.</param>
/// <param name="Next">Where there are none: the next number that is kept; 0: none.</param>
public readonly record struct RecentPage(IReadOnlyList<RecentEntry> Entries, long Next);

/// <summary>
/// What a node delivered lately, for archives that were not there: a cable was cut for ten seconds, a store was slower than the room. It lies
/// beside the order, which knows nothing of it, and begins when a member records. Safe for several threads.
/// </summary>
/// <param name="bytes">How much is kept, in bytes of entries; the oldest go first.</param>
public sealed class RecentLog(long bytes)
{
    /// <summary>For how long an entry is kept, and for how long after the last archive has gone it goes on; milliseconds.</summary>
    public const long KeptFor = 10 * 60 * 1000;

    private const int CompactAt = 1024;
    private readonly Lock _gate = new();
    private readonly List<(RecentEntry Recent, long At)> _entries = [];
    private readonly Dictionary<UserId, NodeId> _nodes = [];
    private readonly HashSet<NodeId> _recording = [];
    private int _start;
    private RoomId _room;
    private bool _isAgreed;
    private long? _recordedAt;

    /// <summary>What the kept entries cost, in bytes.</summary>
    public long Bytes { get; private set; }

    /// <summary>Takes note of what the replica tells its users, in order.</summary>
    internal void Note(Effect news, Now now)
    {
        lock (_gate)
        {
            switch (news)
            {
                case LogStarted e:
                    Start(e);
                    break;
                case Deliver e:
                    Add(e, now);
                    break;
            }

            Forget(now);
        }
    }

    /// <summary>Time passes: what is too old goes.</summary>
    internal void Tick(Now now)
    {
        lock (_gate)
        {
            Forget(now);
        }
    }

    /// <summary>Reads from a number on, about as many messages as asked for.</summary>
    /// <param name="status">The node's own: in an agreed room only what it knows to be stable is given away.</param>
    public RecentPage Read(RoomId room, long first, int limit, RoomStatus status)
    {
        var page = new List<RecentEntry>();
        lock (_gate)
        {
            if (room != _room || _entries.Count == _start)
            {
                return new RecentPage(page, 0);
            }

            // As in the order itself: a later reign's numbers may be other entries'.
            var upTo = !_isAgreed ? long.MaxValue
                : status.Room == room && status.Epoch == Record(_entries.Count - 1).Epoch ? status.Stable.Value : 0;
            var i = IndexOf(first);
            if (i == _entries.Count || Record(i).First.Value > first)
            {
                return new RecentPage(page, i == _entries.Count ? 0 : Record(i).First.Value);
            }

            for (var next = Record(i).First; i < _entries.Count && limit > 0; i++)
            {
                var record = Record(i);
                if (record.First != next || record.Last.Value > upTo)
                {
                    break;
                }

                page.Add(_entries[i].Recent);
                limit -= (int)(record.Last.Value - Math.Max(first, record.First.Value)) + 1;
                next = record.Last.Next;
            }
        }

        return new RecentPage(page, 0);
    }

    private LogRecord Record(int index) => _entries[index].Recent.Entry.Record;

    /// <summary>Of the first entry that does not end before a number.</summary>
    private int IndexOf(long number)
    {
        var (low, high) = (_start, _entries.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = Record(middle).Last.Value < number ? (middle + 1, high) : (low, middle);
        }

        return low;
    }

    private void Start(LogStarted started)
    {
        var before = started.Before;
        if (before.Room != _room || before.Delivery == DeliveryLevel.Agreed)
        {
            // Of another room; or what was delivered may have been taken back.
            Clear();
        }

        while (_entries.Count > _start && Record(_entries.Count - 1).Last >= started.First)
        {
            Bytes -= Record(_entries.Count - 1).Entry.Size;
            _entries.RemoveAt(_entries.Count - 1);
        }

        (_room, _isAgreed) = (before.Room, before.Delivery == DeliveryLevel.Agreed);
        _nodes.Clear();
        foreach (var user in before.Users)
        {
            _nodes[user.User] = user.Node;
        }

        _recording.Clear();
        _recording.UnionWith(before.Recording);
    }

    private void Add(Deliver delivered, Now now)
    {
        NodeId? userNode = null;
        switch (delivered.Record.Entry)
        {
            case UserJoined e:
                _nodes[e.User] = e.Node;
                break;
            case UserLeft e:
                userNode = _nodes.Remove(e.User, out var node) ? node : null;
                break;
            case NodeLeft e:
                _recording.Remove(e.Node);
                break;
            case RecordingChanged { Recording: true } e:
                _recording.Add(e.Node);
                break;
            case RecordingChanged e:
                _recording.Remove(e.Node);
                break;
        }

        if (_recording.Count > 0)
        {
            _recordedAt = now.Elapsed;
        }

        if (_recordedAt is not null)
        {
            _entries.Add((new RecentEntry(delivered, userNode), now.Elapsed));
            Bytes += delivered.Record.Entry.Size;
        }
    }

    private void Forget(Now now)
    {
        if (_recording.Count > 0)
        {
            _recordedAt = now.Elapsed;
        }
        else if (now.Elapsed - _recordedAt > KeptFor)
        {
            _recordedAt = null;
        }

        while (_entries.Count > _start && (_recordedAt is null || Bytes > bytes || now.Elapsed - _entries[_start].At > KeptFor))
        {
            Bytes -= Record(_start).Entry.Size;
            _entries[_start++] = default;
        }

        if (_start > CompactAt && _start > _entries.Count / 2)
        {
            _entries.RemoveRange(0, _start);
            _start = 0;
        }
    }

    private void Clear()
    {
        _entries.Clear();
        (_start, Bytes, _recordedAt) = (0, 0, null);
    }
}
