namespace Norris.Core.Protocol;

/// <summary>
/// One reader of a <see cref="DeliveredRing"/>: where it stands, and what it lost since it fell behind. Who is behind holds nothing up and costs nothing: what comes is
/// only counted, until it reads again. Pure.
/// </summary>
/// <param name="place">Where it begins.</param>
/// <param name="wants">What it reads; null: everything. It is not woken for the rest.</param>
internal sealed class DeliveredReader(long place, Func<News, bool>? wants)
{
    private readonly Queue<News> _owed = new();
    private SequenceNumber _last;
    private SequenceNumber? _takenBackFrom;
    private long _lost;

    /// <summary>The place of the next one that it reads.</summary>
    public long Place { get; private set; } = place;

    /// <summary>What it has yet to read, in bytes.</summary>
    public long Unread { get; private set; }

    /// <summary>It had more to read than may wait, and gets none of that.</summary>
    public bool IsBehind { get; private set; }

    public bool HasRead(long place) => !IsBehind && _owed.Count == 0 && Place >= place;

    public bool CanRead(long end) => IsBehind || _owed.Count > 0 || Place < end;

    /// <summary>A reader that stands where this one does.</summary>
    public DeliveredReader Fork()
    {
        var fork = new DeliveredReader(Place, wants) { Unread = Unread, IsBehind = IsBehind, _last = _last, _takenBackFrom = _takenBackFrom, _lost = _lost };
        fork.Owe(_owed);
        return fork;
    }

    /// <summary>Before what is in the ring it reads this.</summary>
    public void Owe(IEnumerable<News> news)
    {
        foreach (var one in news)
        {
            _owed.Enqueue(one);
        }
    }

    /// <summary>It reads again: what it has to be told first, before what a reader has to know who begins.</summary>
    public void Return()
    {
        if (_takenBackFrom is { } first)
        {
            _owed.Enqueue(new Retracted(first, _last));
        }

        if (_lost > 0)
        {
            _owed.Enqueue(new Missed(_lost));
        }

        (IsBehind, _takenBackFrom, _lost) = (false, null, 0);
    }

    public News? NextOwed() => _owed.TryDequeue(out var news) ? Note(news) : null;

    /// <summary>Reads one from the ring; null: it does not want that.</summary>
    public News? Take(News news, int size)
    {
        Place++;
        Unread -= size;
        return wants is null || wants(news) ? Note(news) : null;
    }

    /// <summary>One more is in the ring, the last one.</summary>
    public void Came(News news, int size, DeliveredRing ring, long bound)
    {
        if (IsBehind)
        {
            Lose(news);
        }
        else if (Place == ring.End - 1 && !Wants(news))
        {
            Place = ring.End;
        }
        else if ((Unread += size) > bound)
        {
            IsBehind = true;
            for (var place = Place; place < ring.End; place++)
            {
                Lose(ring[place]);
            }
        }

        if (IsBehind)
        {
            (Place, Unread) = (ring.End, 0);
        }
    }

    /// <summary>Whether it is to be woken. Should its own code fail, that is its own affair when it reads, and nobody else's when news comes.</summary>
    private bool Wants(News news)
    {
        try
        {
            return wants is null || wants(news);
        }
        catch (Exception)
        {
            return true;
        }
    }

    private News Note(News news)
    {
        _last = news switch
        {
            Started e => e.First + -1,
            Deliver e => e.Record.Last,
            Retracted e => e.First + -1,
            _ => _last,
        };
        return news;
    }

    private void Lose(News news)
    {
        switch (news)
        {
            case Deliver e:
                _lost += e.Record.Count;
                break;
            case Missed e:
                _lost += e.Count;
                break;
            case Retracted e when e.First <= _last && !(_takenBackFrom < e.First):
                _takenBackFrom = e.First;
                break;
        }
    }
}
