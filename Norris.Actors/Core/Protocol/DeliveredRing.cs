using System.Diagnostics.CodeAnalysis;

namespace Norris.Core.Protocol;

/// <summary>What was read of what a node delivered lately.</summary>
/// <param name="Entries">Without a gap, the first one with the number asked for in it; none where that is not kept.</param>
/// <param name="Next">Where there are none: the next number that is kept; 0: none.</param>
public readonly record struct RecentPage(IReadOnlyList<Deliver> Entries, long Next);

/// <summary>
/// What a node has delivered and somebody has yet to read. What all have read goes at once, except in a room that is recorded: there it is kept for some minutes, for archives that
/// missed it; and in one that shows its last messages to who comes in, so many are kept. Who has more to read than the bound loses it, and holds nothing up. Pure.
/// </summary>
/// <param name="bound">How much is held, in bytes: for who is slow, and for archives.</param>
internal sealed class DeliveredRing(long bound)
{
    /// <summary>For how long an entry is kept for archives, and for how long after the last archive has gone that goes on; milliseconds.</summary>
    public const long KeptFor = 10 * 60 * 1000;

    /// <summary>About what one costs beside its entry, in bytes.</summary>
    public const int Overhead = 160;

    /// <summary>What is held for who comes in, in bytes at most: the largest messages, and as many, fit.</summary>
    public const long LastBytes = 4 * 1024 * 1024;

    private const int FewSlots = 256;

    private readonly List<DeliveredReader> _readers = [];
    private Slot[] _slots = new Slot[FewSlots];
    private long _begin;
    private long _messages;

    // From this place on, numbers only go up, and the entries are those of the order.
    private long _ascends;
    private RoomId _room;
    private bool _isAgreed;
    private SequenceNumber _last;
    private Epoch _lastEpoch;
    private long? _recordedAt;

    private readonly record struct Slot(News News, int Size, SequenceNumber Last, long At);

    /// <summary>The place of the next one that comes.</summary>
    public long End { get; private set; }

    /// <summary>What is held, in bytes.</summary>
    public long Bytes { get; private set; }

    /// <summary>Whether a node of the room keeps the log in a store.</summary>
    public bool IsRecorded { get; set; }

    /// <summary>How many of the last messages are kept for who comes in, of those after a number.</summary>
    public (int Count, SequenceNumber After) Last { get; set; }

    public News this[long place] => At(place).News;

    public static int SizeOf(News news) => Overhead + (news is Deliver { Record.Entry: var entry, Room: var room } ? entry.Size + (8 * (room?.Users.Count + (2 * room?.Members.Count) ?? 0)) : 0);

    public void Open(DeliveredReader reader) => _readers.Add(reader);

    public void Close(DeliveredReader reader, Now now)
    {
        _readers.Remove(reader);
        Trim(now);
    }

    public void Add(News news, Now now)
    {
        if (End - _begin == _slots.Length)
        {
            Resize(2 * _slots.Length);
        }

        Note(news, now);
        var size = SizeOf(news);
        At(End++) = new Slot(news, size, _last, now.Elapsed);
        Bytes += size;
        _messages += MessagesOf(news);
        foreach (var reader in _readers)
        {
            reader.Came(news, size, this, bound);
        }

        Trim(now);
    }

    /// <summary>The next one that a reader wants. A reader that is behind has to return first.</summary>
    public bool TryRead(DeliveredReader reader, Now now, [NotNullWhen(true)] out News? news)
    {
        news = reader.NextOwed();
        while (news is null && reader.Place < End)
        {
            var slot = At(reader.Place);
            news = reader.Take(slot.News, slot.Size);
            if (reader.Place == _begin + 1 || reader.Place == End)
            {
                Trim(now);
            }
        }

        return news is not null;
    }

    /// <summary>Drops what nobody has to read any more, and what is too old for archives.</summary>
    public void Trim(Now now)
    {
        if (IsRecorded)
        {
            _recordedAt = now.Elapsed;
        }
        else if (now.Elapsed - _recordedAt > KeptFor)
        {
            _recordedAt = null;
        }

        while (_begin < End && (Bytes > bound || !IsKept(_begin, now)) && IsRead(_begin))
        {
            Bytes -= At(_begin).Size;
            _messages -= MessagesOf(At(_begin).News);
            At(_begin++) = default;
        }

        if (_begin == End && _slots.Length > FewSlots)
        {
            _slots = new Slot[FewSlots];
        }
    }

    /// <summary>Reads from a number on, about as many messages as asked for.</summary>
    /// <param name="room">Of which room.</param>
    /// <param name="first">The number.</param>
    /// <param name="limit">How many messages.</param>
    /// <param name="stableUnder">In an agreed room only what is known to be stable is given away: up to which number it is, under which reign.</param>
    public RecentPage Recent(RoomId room, long first, int limit, (Epoch Epoch, SequenceNumber UpTo) stableUnder)
    {
        var upTo = Stable(stableUnder);
        var page = new List<Deliver>();
        var next = first;
        for (var place = room == _room ? FirstFrom(first, Math.Max(_begin, _ascends), End) : End; place < End && limit > 0; place++)
        {
            if (this[place] is not Deliver { Record: var record } entry)
            {
                continue;
            }

            if (record.First.Value > next)
            {
                return new RecentPage(page, page.Count == 0 ? record.First.Value : 0);
            }

            if (record.Last.Value > upTo)
            {
                break;
            }

            page.Add(entry);
            limit -= (int)(record.Last.Value - Math.Max(first, record.First.Value)) + 1;
            next = record.Last.Value + 1;
        }

        return new RecentPage(page, 0);
    }

    /// <summary>
    /// The last messages, and what came between and after them, without a gap, the oldest first: of those after the number from which on who comes in is shown any, and no more than so many.
    /// </summary>
    /// <param name="room">Of which room.</param>
    /// <param name="before">The messages are those before this number; what came since is given, too.</param>
    /// <param name="limit">How many messages.</param>
    /// <param name="stableUnder">As for <see cref="Recent"/>.</param>
    public IReadOnlyList<Deliver> LastMessages(RoomId room, long before, int limit, (Epoch Epoch, SequenceNumber UpTo) stableUnder)
    {
        var upTo = Stable(stableUnder);
        var entries = new List<Deliver>();
        var (left, last) = room == _room ? ((long)Math.Min(limit, Last.Count), Last.Count) : (0, 0);
        for (var place = End - 1; place >= Math.Max(_begin, _ascends) && left > 0 && last > 0; place--)
        {
            if (this[place] is not Deliver { Record: var record } entry || record.Last.Value > upTo)
            {
                continue;
            }

            if (record.First <= Last.After || (entries is [.., var next] && record.Last.Next != next.Record.First))
            {
                break;
            }

            entries.Add(entry);
            left -= Math.Min(MessagesOf(entry), Math.Max(0, before - record.First.Value));
            last -= MessagesOf(entry);
        }

        entries.Reverse();
        return entries;
    }

    private static int MessagesOf(News news) => news is Deliver { Record.Entry: Said { Block.Count: var count } } ? count : 0;

    /// <summary>Up to which number entries are given away. As in the order itself: a later reign's numbers may be other entries'.</summary>
    private long Stable((Epoch Epoch, SequenceNumber UpTo) under) => !_isAgreed ? long.MaxValue : under.Epoch == _lastEpoch ? under.UpTo.Value : 0;

    /// <summary>The first place between two at which a number had been told.</summary>
    private long FirstFrom(long number, long low, long high)
    {
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = At(middle).Last.Value < number ? (middle + 1, high) : (low, middle);
        }

        return low;
    }

    private void Note(News news, Now now)
    {
        switch (news)
        {
            case Started e:
                if (e.Before.Room != _room || e.Before.Delivery == DeliveryLevel.Agreed || e.First <= _last)
                {
                    // What is before is of another room, or may have been taken back.
                    (_ascends, _recordedAt) = (End + 1, null);
                }

                (_room, _isAgreed, _last) = (e.Before.Room, e.Before.Delivery == DeliveryLevel.Agreed, e.First + -1);
                break;
            case Deliver e:
                (_last, _lastEpoch) = (e.Record.Last, e.Record.Epoch);
                _recordedAt = e.Record.Entry is RecordingChanged { Recording: true } ? now.Elapsed : _recordedAt;
                break;
        }
    }

    private bool IsRead(long place)
    {
        foreach (var reader in _readers)
        {
            if (reader.Place <= place)
            {
                return false;
            }
        }

        return true;
    }

    private bool IsKept(long place, Now now) =>
        place >= _ascends && this[place] is Deliver entry && ((_recordedAt is not null && now.Elapsed - At(place).At <= KeptFor) || IsOfLast(entry));

    /// <summary>Whether the oldest is one of the last messages, or between them.</summary>
    private bool IsOfLast(Deliver oldest) => oldest.Record.First > Last.After && _messages - MessagesOf(oldest) < Last.Count && Bytes <= LastBytes;

    private ref Slot At(long place) => ref _slots[place & (_slots.Length - 1)];

    private void Resize(int size)
    {
        var slots = new Slot[size];
        for (var place = _begin; place < End; place++)
        {
            slots[place & (size - 1)] = At(place);
        }

        _slots = slots;
    }
}
