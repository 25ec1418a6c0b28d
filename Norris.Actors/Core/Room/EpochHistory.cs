using Norris.Core.Protocol;

namespace Norris.Core.Room;

/// <summary>
/// Which epoch numbered which part of a log, for the last epochs. Two logs that both have entries of one epoch are the same up to the last of those that both have (Raft's log matching: one
/// sequencer an epoch, contiguous logs). So it tells where two histories of a room have parted.
/// </summary>
internal sealed class EpochHistory
{
    private readonly List<EpochRange> _ranges;

    public EpochHistory(IEnumerable<EpochRange> ranges) => _ranges = [.. ranges];

    /// <summary>The oldest first; the last one may grow.</summary>
    public IReadOnlyList<EpochRange> Ranges => [.. _ranges];

    /// <summary>An epoch's entries go up to here.</summary>
    public void Add(Epoch epoch, SequenceNumber last)
    {
        if (_ranges.Count > 0 && _ranges[^1].Epoch == epoch)
        {
            _ranges[^1] = new(epoch, last);
            return;
        }

        _ranges.Add(new(epoch, last));
        _ranges.RemoveRange(0, Math.Max(0, _ranges.Count - Limits.EpochsRemembered));
    }

    /// <summary>Up to where this log and another are the same; null: neither remembers an epoch that the other does.</summary>
    public SequenceNumber? CommonWith(IReadOnlyList<EpochRange> other)
    {
        for (var i = _ranges.Count - 1; i >= 0; i--)
        {
            foreach (var range in other)
            {
                if (range.Epoch == _ranges[i].Epoch)
                {
                    return SequenceNumber.Min(range.Last, _ranges[i].Last);
                }
            }
        }

        return null;
    }
}
