using Norris.Core.Room;

namespace Norris.Core.Protocol;

/// <summary>A node's copy of the log: takes records as they come, early ones too; knows what is stable, and what is missing. Pure.</summary>
/// <param name="from">What it begins with.</param>
/// <param name="options">The bounds.</param>
internal sealed class ReplicatedLog(RoomSnapshot from, ProtocolOptions options) : Log(from)
{
    private readonly EarlyRecords _early = new(options.HeldBackBytes);
    private SequenceNumber _highestSeen;
    private long? _gapSince;
    private long? _fetchedAt;

    /// <summary>Whether it is known to be a beginning of the reign's: only then it is acknowledged and completed.</summary>
    public bool IsGood { get; private set; } = true;

    /// <summary>A quorum is known to have everything up to here; also what has not come here yet.</summary>
    public SequenceNumber Stable { get; private set; }

    /// <summary>The reign that said so.</summary>
    public Epoch StableBy { get; private set; }

    /// <summary>What may be told to the users, up to here.</summary>
    public SequenceNumber Deliverable => Delivery == DeliveryLevel.Agreed ? Received : SequenceNumber.Min(Stable, Received);

    /// <summary>The highest number that this node has heard of.</summary>
    public SequenceNumber Highest => SequenceNumber.Max(_highestSeen, Received);

    /// <summary>The membership after all that is here, since when it is so, and the one before that change while it is not known to be stable.</summary>
    public (IReadOnlyList<NodeId> Members, SequenceNumber Since, IReadOnlyList<NodeId>? Before) Memberships
    {
        get
        {
            var (members, since) = Membership();
            return (members, since, since > Stable && MembershipBeforeLastChange() is { } before ? [.. before.Keys.Order()] : null);
        }
    }

    /// <summary>Nothing is missing, as far as this node has heard, and all of it is stable.</summary>
    public bool IsQuiet => IsGood && _gapSince is null && Stable >= Received;

    /// <summary>What it costs, in bytes, with the records held back.</summary>
    public long BytesInAll => Bytes + _early.Bytes;

    public void Take(IReadOnlyList<LogRecord> records)
    {
        foreach (var record in records)
        {
            TakeOne(record);
        }

        while (_early.TakeUpTo(Received.Next) is { } record)
        {
            TakeOne(record);
        }
    }

    /// <summary>A reign says where its order stands.</summary>
    public void Learn(Epoch reign, SequenceNumber stable, SequenceNumber highest)
    {
        (Stable, StableBy) = stable > Stable ? (stable, reign) : (Stable, StableBy);
        _highestSeen = SequenceNumber.Max(_highestSeen, highest);
    }

    /// <summary>A reign begins that has the same up to <paramref name="common"/>, and something else or nothing after it.</summary>
    public void GoOnAfter(SequenceNumber common, SequenceNumber highest)
    {
        TruncateAfter(common);
        IsGood = true;
        _early.Clear();
        Stable = SequenceNumber.Min(Stable, common);
        _highestSeen = highest;
    }

    /// <summary>The node has to begin again as a newcomer. The log is kept until it has another: others may count on it.</summary>
    public void Abandon()
    {
        IsGood = false;
        _early.Clear();
    }

    /// <summary>Whether something is missing, has been for a while, and has to be asked for now.</summary>
    public bool MustFetch(Now now)
    {
        if (Received >= _highestSeen || !IsGood)
        {
            WaitNoMore();
            return false;
        }

        _gapSince ??= now.Elapsed;
        if (now.Elapsed - _gapSince < options.GapTimeout || !now.IsDue(_fetchedAt, options.AskAgainAfter))
        {
            return false;
        }

        Fetches(now);
        return true;
    }

    /// <summary>What is missing is asked for now.</summary>
    public void Fetches(Now now) => _fetchedAt = now.Elapsed;

    /// <summary>Nobody is there who could be asked for what is missing.</summary>
    public void WaitNoMore() => (_gapSince, _fetchedAt) = (null, null);

    private void TakeOne(LogRecord record)
    {
        if (record.First == Received.Next)
        {
            Append(record);
        }
        else if (record.First > Received)
        {
            _early.Add(record);
        }
    }
}
