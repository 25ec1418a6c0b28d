namespace Norris.Node.Discovery;

/// <summary>
/// When an announcement is sent: twice when it is new (RFC 6762, 8.3), and when somebody asks, a moment later, since others may answer the same (6). Never twice within a second, so what anybody can
/// have a node send is bounded. Times are in ms, of any clock that only goes forward.
/// </summary>
internal sealed class Responder(Func<int> drawDelayMs)
{
    private const int TimesAtFirst = 2;

    private Announcement? _said;
    private int _timesLeft;
    private long? _asked;
    private long? _sent;

    /// <summary>When there is something to send; null: not before something happens.</summary>
    public long? Due => _timesLeft > 0 ? AfterPause : _asked is { } asked ? Math.Max(asked, AfterPause) : null;

    private long AfterPause => _sent + DiscoveryLimits.PauseMs ?? 0;

    /// <summary>Somebody has sent this.</summary>
    public void Hear(DnsMessage message, long now)
    {
        if (!message.IsAnswer && _said is { } said && IsAsked(said.Message(), message))
        {
            _asked ??= now + drawDelayMs();
        }
    }

    /// <summary>What to send now; null: nothing.</summary>
    /// <param name="current">What is so now; null: nothing that others could be told.</param>
    /// <param name="now">The time.</param>
    public DnsMessage? Next(Announcement? current, long now)
    {
        if (current != _said)
        {
            var former = _said;
            (_said, _timesLeft, _asked) = (current, current is null ? 0 : TimesAtFirst, null);
            if (current is null)
            {
                _sent = now;
                return former!.Message(isGoodbye: true);
            }
        }

        if (Due is not { } due || due > now)
        {
            return null;
        }

        (_sent, _asked, _timesLeft) = (now, null, Math.Max(0, _timesLeft - 1));
        return _said!.Message();
    }

    /// <summary>Who asks for rooms and names this one as known need not be told (RFC 6762, 7.1).</summary>
    private static bool IsAsked(DnsMessage said, DnsMessage asks) => asks.Questions.Any(question => said.Records.Any(record =>
        record.Answers(question) && !asks.Records.OfType<DnsRecord.Pointer>().Any(known => record is DnsRecord.Pointer own && known.Name == own.Name && known.To == own.To && known.Seconds >= own.Seconds / 2)));
}
