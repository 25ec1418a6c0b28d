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

    // Of what was told here.
    private EpochHistory _epochs = new([]);
    private RoomId _room;
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
            case Excluded e:
                Become(Contact.Outside, e, news);
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
            // Who was away for longer than epochs are remembered cannot tell; nothing is wrong with nearly all of those.
            var kept = SequenceNumber.Min(_epochs.CommonWith(before.EpochRanges) ?? Last, last);
            if (kept < Last)
            {
                news.Add(new Retracted(kept.Next, Last));
            }

            // The numbers that are skipped; what has the place of what is taken back is none of them.
            if (Last < last)
            {
                news.Add(new Missed(last - Last));
            }
        }

        _epochs = new EpochHistory(before.EpochRanges);
        (_room, _host) = (before.Room, before.Host);
        Last = last;
        (Contact, _contact) = (Contact.InTouch, new TouchRegained());
        news.Add(new Started(started.First, before.Hash, before.Picture()));
    }

    private void Deliver(Deliver entry, Now now, List<News> news)
    {
        Last = entry.Record.Last;
        _epochs.Add(entry.Record.Epoch, Last);
        if (_silentFrom is { } from)
        {
            // What a change of host costs: from the last sign of the old one to the first entry under the new one.
            (_silence, _silentFrom) = (now.Elapsed - from, null);
        }

        news.Add(entry);
        if (entry.Record.Entry is EpochStarted reign)
        {
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
