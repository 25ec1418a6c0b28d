namespace Norris.Core.Protocol;

/// <summary>
/// Notices that the node which hosts is silent, and asks the other members whether they hear it. It takes that node out once it is silent for a quorum:
/// one node that does not hear the host may itself be the one that is cut off. A wrong verdict costs the host a rejoin and nobody a message, since
/// an epoch fences the old host whether it lives or not. Pure.
/// </summary>
/// <param name="self">The node that listens.</param>
/// <param name="options">The bounds.</param>
internal sealed class HostWatch(NodeId self, ProtocolOptions options)
{
    // A report is believed for so long: some of them, sent every ask-again-after, may be lost on the way.
    private const int ReportsToLose = 5;
    private readonly Dictionary<NodeId, (HostReport Report, long At)> _reports = [];
    private ClusterView _view = ClusterView.Empty;
    private long _heardAt;

    // As the one above. But where this node itself stood still, only the time in which it did not listen is left out.
    private long _lostSince;
    private long _tickedAt;
    private long? _askedSince;
    private IReadOnlyCollection<NodeId> _asked = [];
    private long _askedAt;
    private long _outAt;

    // Since when a quorum has found the host silent.
    private long? _verdictSince;

    // Who is to go beside the host, and since when.
    private readonly Dictionary<NodeId, long> _going = [];

    /// <summary>A quorum of the members finds the host silent, as this node does: they are choosing another.</summary>
    public bool IsChoosing => _verdictSince is not null;

    /// <summary>The node that hosts, or is about to.</summary>
    public NodeId? Host => _view.Oldest;

    public void SetView(ClusterView view, Now now)
    {
        if (view.Oldest != _view.Oldest)
        {
            // Who hosts from now on has not had the time yet to say anything.
            BeginAgain(now);
        }

        _view = view;
    }

    /// <summary>Whether a node is a living member of the cluster, as far as this one knows.</summary>
    public bool IsPresent(NodeId node) => node == self || _view.Present.Contains(node);

    /// <summary>Whether it was one, and is known to be gone.</summary>
    public bool IsDead(NodeId node) => _view.Dead.Contains(node);

    /// <summary>A sequencer spoke.</summary>
    public void Heard(NodeId from, Now now)
    {
        if (from == Host)
        {
            BeginAgain(now);
        }
    }

    public void Handle(NodeId from, HostReport report, Now now, List<Effect> effects)
    {
        if (report.Host != Host || !_view.Present.Contains(from))
        {
            return;
        }

        if (from == Host)
        {
            // It is about to host, has a quorum with it, and waits for somebody else.
            if (!report.Silent)
            {
                BeginAgain(now);
            }

            return;
        }

        _reports[from] = (report, now.Elapsed);
        if (report.Silent && !_asked.Contains(from))
        {
            // Who has no log asks nobody, and may not hear it either; whose log lacks a newcomer does not ask that one. Who has just stood still does not know yet.
            var isSilent = now.Elapsed - _heardAt >= options.HostSilentAfter && now.Elapsed - _tickedAt < Ticks.StoodStill;
            effects.Add(new Send(from, new HostReport(report.Host, isSilent)));
        }
    }

    /// <summary>
    /// Whether this node has not heard the host for so long that it should ask the others. Comes with every tick. A dead host is silent, too: another
    /// begins as soon as the cluster lets the dead one go, which it does not while two of the living do not reach each other. Without asking, all would wait
    /// for as long as that link is dead.
    /// </summary>
    public bool IsSilent(Now now)
    {
        var pause = now.Elapsed - _tickedAt;
        if (pause >= Ticks.StoodStill)
        {
            var lostSince = _lostSince + pause;
            BeginAgain(now);
            _lostSince = lostSince;
        }

        _tickedAt = now.Elapsed;
        return Host is { } host && host != self && now.Elapsed - _heardAt >= options.HostSilentAfter;
    }

    /// <summary>Whether the host has been silent for so long that the room may have gone on where this node does not hear of it.</summary>
    public bool IsLost(Now now) => Host is { } host && host != self && now.Elapsed - _lostSince >= 2 * options.NodeSilentAfter;

    /// <summary>Whether this node has looked around lately: <see cref="ClusterView.LookedAround"/>.</summary>
    public bool HasLookedAround(Now now) => _view.LookedAround >= now.Elapsed - (2 * options.NodeSilentAfter);

    /// <summary>Asks the others, and acts on what they say.</summary>
    /// <param name="members">The membership, as this node's log has it.</param>
    /// <param name="settled">That membership is known to be stable.</param>
    /// <param name="now">The time.</param>
    /// <param name="effects">What is to be done.</param>
    public void Ask(IReadOnlyCollection<NodeId> members, bool settled, Now now, List<Effect> effects)
    {
        var host = Host!.Value;
        _askedSince ??= now.Elapsed;
        _asked = members;
        if (now.Elapsed - _askedAt >= options.AskAgainAfter)
        {
            _askedAt = now.Elapsed;
            var report = new HostReport(host, true) { Unheard = [.. members.Where(node => node != self && node != host && !IsFresh(node, now))] };
            foreach (var node in members)
            {
                if (node != self && node != host && _view.Present.Contains(node))
                {
                    effects.Add(new Send(node, report));
                }
            }
        }

        if (!AreQuorum(members, settled, node => Finds(node, now), _view.Dead.Contains, now))
        {
            _verdictSince = null;
            return;
        }

        _verdictSince ??= now.Elapsed;
        if (now.Elapsed - _outAt >= options.AskAgainAfter)
        {
            _outAt = now.Elapsed;
            effects.Add(new TakeOut(host, $"a quorum has not heard this host for {now.Elapsed - _heardAt} ms"));
            TakeOutTheRest(host, members, settled, now, effects);
        }
    }

    private void BeginAgain(Now now)
    {
        _heardAt = now.Elapsed;
        _lostSince = now.Elapsed;
        _askedSince = null;
        _asked = [];
        _verdictSince = null;
        _going.Clear();
        _reports.Clear();
    }

    /// <summary>Whether a node is one of those for whom the host is silent now.</summary>
    private bool Finds(NodeId node, Now now) => node == self || (IsFresh(node, now) && _reports[node].Report.Silent);

    private bool IsFresh(NodeId node, Now now) =>
        _reports.TryGetValue(node, out var report) && now.Elapsed - report.At <= ReportsToLose * options.AskAgainAfter;

    private bool HasNotAnswered(NodeId node, long after, Now now) => !IsFresh(node, now) && now.Elapsed - _askedSince >= after;

    /// <summary>Whether those of the members are a quorum for whom the host is silent.</summary>
    private bool AreQuorum(IReadOnlyCollection<NodeId> members, bool settled, Func<NodeId, bool> find, Func<NodeId, bool> isGone, Now now) =>
        Quorum.Has(members, settled, isGone, node => node == Host || HasNotAnswered(node, Limits.TieAfter, now), find);

    /// <summary>Whether a node is known not to hear another: this one, or one for which the host is silent, too, and which has said so.</summary>
    private bool Misses(NodeId node, NodeId other, Now now) =>
        node == self ? !IsFresh(other, now) : IsFresh(node, now) && _reports[node].Report.Unheard.Contains(other);

    /// <summary>
    /// A cluster lets nobody go while it does not reach another. So those go too who are not reached by all who are left, where these are a quorum. All judge by what all have said, once that has been
    /// so for a while: if each took out whom it does not hear itself, two might take out each other, and wait for each other for good.
    /// </summary>
    private void TakeOutTheRest(NodeId host, IReadOnlyCollection<NodeId> members, bool settled, Now now, List<Effect> effects)
    {
        var left = Mesh.Of(members.Where(node => node != host && IsPresent(node)), (a, b) => !Misses(a, b, now) && !Misses(b, a, now));

        // Who goes begins anew, and so does not contradict. But its log goes with it: so most of those who live have to be left. (It may be cut off, and not know: docs/protocol.md.)
        var areMost = 2 * left.Count > members.Count(node => !_view.Dead.Contains(node));
        bool IsGone(NodeId node) => _view.Dead.Contains(node) || (areMost && node != host && !left.Contains(node));
        var areEnough = left.Contains(self) && AreQuorum(members, settled, node => left.Contains(node) && Finds(node, now), IsGone, now);

        NodeId[] going = [.. _view.Unreachable.Where(node => node != host && node != self && (members.Contains(node) ? areEnough && !left.Contains(node) : !IsFresh(node, now)))];
        foreach (var node in _going.Keys.Except(going).ToList())
        {
            _going.Remove(node);
        }

        foreach (var node in going)
        {
            _going.TryAdd(node, now.Elapsed);
            if (now.Elapsed - Math.Max(_going[node], _verdictSince!.Value) >= ReportsToLose * options.AskAgainAfter)
            {
                effects.Add(new TakeOut(node, "the cluster does not reach it, nor do all who choose another host"));
            }
        }
    }
}
