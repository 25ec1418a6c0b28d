namespace Norris.Core.Protocol;

/// <summary>What a reign tells all: what was numbered, in batches, and where the order stands. Pure.</summary>
internal sealed class Broadcast(ProtocolOptions options, Epoch epoch, Log log, Membership membership, Acknowledgements acks, Stability stability)
{
    // Numbered, and not published yet.
    private readonly List<LogRecord> _batch = [];
    private SequenceNumber _toldStable;
    private bool _reportDue;
    private long _reportedAt;

    public void Add(LogRecord record) => _batch.Add(record);

    /// <summary>Everyone is told before long how far each member has come.</summary>
    public void ReportSoon() => _reportDue = true;

    /// <summary>The mailbox is empty.</summary>
    public void Drained(Now now, List<Effect> effects)
    {
        if (_batch.Count > 0)
        {
            Publish(effects);
            _toldStable = stability.Told;
        }

        if (_reportDue)
        {
            Report(now, effects);
        }
        else if (stability.Told > _toldStable)
        {
            SendProgress(null, effects);
        }
    }

    public void Tick(Now now, List<Effect> effects)
    {
        // Rather a little early than a whole tick late.
        if (now.Elapsed - _reportedAt >= options.ProgressEvery * 7 / 8)
        {
            Report(now, effects);
        }
    }

    private void Publish(List<Effect> effects)
    {
        var from = 0;
        long bytes = 0;
        for (var i = 0; i < _batch.Count; i++)
        {
            var size = _batch[i].Entry.Size;
            if (i > from && bytes + size > Limits.PageBytes)
            {
                effects.Add(new Publish(new Ordered(epoch, _batch[from..i], stability.Told, stability.Trimmed)));
                from = i;
                bytes = 0;
            }

            bytes += size;
        }

        effects.Add(new Publish(new Ordered(epoch, _batch[from..], stability.Told, stability.Trimmed)));
        _batch.Clear();
    }

    private void Report(Now now, List<Effect> effects)
    {
        _reportDue = false;
        _reportedAt = now.Elapsed;
        SendProgress(new MemberAcks(membership.Since, [.. membership.Members.Select(acks.Of)], now), effects);
    }

    private void SendProgress(MemberAcks? places, List<Effect> effects)
    {
        _toldStable = stability.Told;
        var progress = new Progress(epoch, log.Received, _toldStable, stability.Trimmed, places);
        foreach (var node in membership.Audience)
        {
            effects.Add(new Send(node, progress));
        }
    }
}
