using Norris.Core.Room;

namespace Norris.Core.Protocol;

/// <summary>How a node is connected to its room.</summary>
public enum Contact
{
    /// <summary>It is no member (any more, or yet).</summary>
    Outside,

    /// <summary>It is a member, and hears the host.</summary>
    InTouch,

    /// <summary>The host is silent, and the node asks the others.</summary>
    HostSilent,

    /// <summary>No host, and too few of the others are heard.</summary>
    CutOff,
}

/// <summary>
/// Makes a node's news out of its replica's effects: it adds what only who saw all of them can say (what was taken back, how much was not seen, what a change of host
/// cost), once for all readers. It goes on from one incarnation of the node to the next. Pure.
/// </summary>
internal sealed class NewsDesk
{
    /// <summary>How many changes of host are remembered.</summary>
    public const int HostChangesKept = 100;

    /// <summary>How many eras are remembered: so often something may have been lost.</summary>
    private const int ErasKept = 100;

    // With which number each era began here, the oldest first; or where the node came to it.
    private readonly List<(long Era, SequenceNumber First)> _eras = [];
    private SequenceNumber? _partedAt;
    private RoomId _room;
    private DeliveryLevel _delivery;
    private SequenceNumber _settled;
    private NodeId? _host;
    private News? _contact;
    private long? _silentFrom;
    private long _silence;
    private bool _hasDelivered;

    /// <summary>The last number that was told.</summary>
    public SequenceNumber Last { get; private set; }

    public Contact Contact { get; private set; }

    /// <summary>The oldest first.</summary>
    public IReadOnlyList<HostChanged> HostChanges { get; private set; } = [];

    /// <summary>Takes the next effect, and adds the news that are in it.</summary>
    public void Take(Effect effect, Now now, List<News> news)
    {
        switch (effect)
        {
            case LogStarted e:
                Start(e, news);
                break;
            case Deliver e:
                Deliver(e, now, news);
                break;
            case EpochAccepted e:
                _silentFrom = now.Elapsed - e.SilentFor;
                news.Add(e);
                break;
            case Settled e:
                _settled = e.UpTo;
                news.Add(e);
                break;
            case Excluded e:
                Become(Contact.Outside, e, news);
                break;
            case GivesIn e when _eras.Count > 0:
                _partedAt = _eras.Find(era => era.Era > Math.Min(e.To.Era, _eras[^1].Era - 1)).First;
                break;
            case HostSilent or TouchLost or TouchRegained when Contact == Contact.Outside:
                // A life that is over, and does not know yet.
                break;
            case HostSilent e:
                Become(Contact.HostSilent, e, news);
                break;
            case TouchLost e:
                Become(Contact.CutOff, e, news);
                break;
            case TouchRegained e:
                Become(Contact.InTouch, e, news);
                break;
            case News e:
                news.Add(e);
                break;
        }
    }

    /// <summary>What a reader has to know who goes on here.</summary>
    /// <param name="room">The room as it is now.</param>
    /// <param name="hash">The transcript hash as it is now.</param>
    /// <param name="isBack">Whether it has read before, and may have missed that all is well again.</param>
    public IEnumerable<News> Present(RoomPicture room, ulong hash, bool isBack)
    {
        if (Contact != Contact.Outside)
        {
            yield return new Started(Last.Next, hash, room);
        }

        if (_contact is { } how && (isBack || Contact != Contact.InTouch))
        {
            yield return how;
        }
    }

    private void Become(Contact contact, News how, List<News> news)
    {
        (Contact, _contact) = (contact, how);
        news.Add(how);
    }

    private void Start(LogStarted started, List<News> news)
    {
        var before = started.Before;
        var last = started.First + -1;
        if (before.Room == _room)
        {
            // What was told on receipt and was not stable when the room was lost need not be in the order; nor what comes after the place where it goes on.
            var kept = SequenceNumber.Min(last, _delivery == DeliveryLevel.Agreed && Contact == Contact.Outside ? _settled : last);
            kept = _partedAt is { } partedAt ? SequenceNumber.Min(kept, partedAt + -1) : kept;
            if (kept < Last)
            {
                news.Add(new Retracted(kept.Next, Last));
            }

            var seen = _partedAt is null ? Last : SequenceNumber.Min(kept, Last);
            if (seen < last)
            {
                news.Add(new Missed(last - seen));
            }
        }

        if (before.Room != _room || _partedAt is not null)
        {
            _partedAt = null;
            _eras.Clear();
        }

        Note(before.Epoch.Era, started.First);

        (_room, _delivery, _host) = (before.Room, before.Delivery, before.Host);
        Last = _settled = last;
        (Contact, _contact) = (Contact.InTouch, new TouchRegained());
        news.Add(new Started(started.First, before.Hash, before.Picture()));
    }

    private void Note(long era, SequenceNumber first)
    {
        if (_eras.Count == 0 || era > _eras[^1].Era)
        {
            _eras.Add((era, first));
            _eras.RemoveRange(0, Math.Max(0, _eras.Count - ErasKept));
        }
    }

    private void Deliver(Deliver entry, Now now, List<News> news)
    {
        Last = entry.Record.Last;
        if (_silentFrom is { } from)
        {
            // What a change of host costs: from the last sign of the old one to the first entry under the new one.
            (_silence, _silentFrom) = (now.Elapsed - from, null);
        }

        news.Add(entry);
        if (entry.Record.Entry is EpochStarted reign)
        {
            Note(entry.Record.Epoch.Era, entry.Record.First);
            if (_host is { } old && _hasDelivered)
            {
                var change = new HostChanged(old, reign.Host, entry.Record.Epoch, _silence, now.Wall);
                HostChanges = [.. HostChanges.TakeLast(HostChangesKept - 1), change];
                news.Add(change);
            }

            _host = reign.Host;
        }

        _hasDelivered = true;
    }
}
