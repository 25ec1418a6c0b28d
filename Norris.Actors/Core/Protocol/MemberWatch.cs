namespace Norris.Core.Protocol;

/// <summary>
/// How a host sees the others: what the cluster says of them, and for how long each has shown no life in its reign. It takes those out of the cluster that are silent for too long. (The others
/// watch the host by <see cref="HostWatch"/>.) Pure.
/// </summary>
/// <param name="self">The host.</param>
/// <param name="options">The bounds.</param>
/// <param name="view">What the cluster looks like when the reign begins.</param>
/// <param name="now">When it begins.</param>
internal sealed class MemberWatch(NodeId self, ProtocolOptions options, ClusterView view, Now now)
{
    private readonly Dictionary<NodeId, long> _heardAt = [];
    private long _tickedAt = now.Elapsed;
    private long _tookOutAt;
    private long? _heldUpSince;

    // Nobody's silence counts from before this: then the reign began, or this process went on after it had stood still.
    private long _judgeFrom = now.Elapsed;

    public ClusterView View { get; private set; } = view;

    public bool IsPresent(NodeId node) => View.Present.Contains(node);

    public void SetView(ClusterView view, Now now)
    {
        foreach (var node in view.Present.Where(node => !IsPresent(node)))
        {
            // It has not had the time yet to be heard.
            _heardAt[node] = now.Elapsed;
        }

        View = view;
    }

    public void Heard(NodeId from, Now now)
    {
        if (IsPresent(from))
        {
            _heardAt[from] = now.Elapsed;
        }
    }

    public void Forget(Func<NodeId, bool> isOver)
    {
        foreach (var node in _heardAt.Keys.Where(isOver).ToList())
        {
            _heardAt.Remove(node);
        }
    }

    /// <summary>Comes with every tick. Whether this process itself stood still: then whoever was not heard meanwhile gets another chance.</summary>
    public bool StoodStill(Now now)
    {
        var stoodStill = now.Elapsed - _tickedAt >= Ticks.StoodStill;
        _tickedAt = now.Elapsed;
        _judgeFrom = stoodStill ? now.Elapsed : _judgeFrom;
        return stoodStill;
    }

    /// <summary>For how long a node has shown no life, in milliseconds. This node hears itself.</summary>
    public long SilentFor(NodeId node, Now now) => node == self ? 0 : now.Elapsed - Math.Max(_judgeFrom, _heardAt.GetValueOrDefault(node));

    /// <summary>Whether a node has shown no life in this reign for so long that the half with the lowest node may decide alone.</summary>
    public bool IsOut(NodeId node, Now now) => SilentFor(node, now) >= Limits.TieAfter;

    /// <summary>
    /// Takes out of the cluster whom a quorum of the membership, this host among it, can do without: members that it has not heard for long, and others
    /// that the cluster does not reach, since nobody comes in or leaves while such a node is in doubt.
    /// </summary>
    /// <param name="members">The membership.</param>
    /// <param name="areQuorum">Whether those of whom something is so are a quorum.</param>
    /// <param name="now">The time.</param>
    /// <param name="effects">What is to be done.</param>
    public void TakeOutTheSilent(IReadOnlyCollection<NodeId> members, Predicate<Func<NodeId, bool>> areQuorum, Now now, List<Effect> effects)
    {
        if (now.Elapsed - _tookOutAt < options.AskAgainAfter)
        {
            return;
        }

        // Two that do not reach each other hold up whoever wants to come or go, though both reach the host: then the younger one goes; but only where this host
        // hears a quorum without it. Else, of two members that do not hear each other, the host takes out the one that may decide alone, and that one the host.
        _heldUpSince = View is { SomebodyWaits: true, Unreachable.Count: > 0 } ? _heldUpSince ?? now.Elapsed : null;
        if (now.Elapsed - _heldUpSince >= options.NodeSilentAfter && now.Elapsed - _judgeFrom >= options.NodeSilentAfter && View.Unreachable is [.., var younger] && younger != self
            && areQuorum(node => node != younger && SilentFor(node, now) < Limits.TieAfter / 2))
        {
            _tookOutAt = now.Elapsed;
            _heldUpSince = now.Elapsed;
            effects.Add(new TakeOut(younger, "another member does not reach it, and somebody waits to come or to go"));
        }

        // A host that lacks most of the others just now may itself be the one that they take out: then it and those whom they took for the rest would all be out.
        if (!areQuorum(node => SilentFor(node, now) < Limits.TieAfter / 2))
        {
            return;
        }

        foreach (var node in View.Present)
        {
            if (node != self && SilentFor(node, now) >= options.NodeSilentAfter && (members.Contains(node) || View.Unreachable.Contains(node)))
            {
                _tookOutAt = now.Elapsed;
                effects.Add(new TakeOut(node, $"the host has not heard it for {SilentFor(node, now)} ms"));
            }
        }
    }
}
