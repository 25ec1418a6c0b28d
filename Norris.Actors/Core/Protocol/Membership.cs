using Norris.Core.Room;

namespace Norris.Core.Protocol;

/// <summary>
/// Which nodes count in a reign, which did before the last change, and who waits to come or to go. One node comes or goes at a time, and the next one once that is stable: any two memberships by
/// which somebody may decide differ by one node at most, and their quorums overlap (Raft's single-server changes). Pure.
/// </summary>
/// <param name="room">The room after the last entry of the log.</param>
/// <param name="before">The membership before its last change, with lives; null: everybody knows of that change.</param>
internal sealed class Membership(RoomState room, IReadOnlyDictionary<NodeId, int>? before)
{
    private readonly Dictionary<NodeId, int> _livesAskedFor = [];
    private readonly Dictionary<NodeId, MemberNode> _joining = [];
    private readonly Dictionary<NodeId, LeaveReason> _departing = [];

    // Who has left properly and is still in the cluster.
    private readonly List<NodeId> _goodbyes = [];

    // Of use until the last change is stable.
    private IReadOnlyDictionary<NodeId, int>? _before = before;

    public IReadOnlyCollection<NodeId> Members => room.Members;

    /// <summary>The number of the last change.</summary>
    public SequenceNumber Since => room.MembersSince;

    /// <summary>Who is told where the order stands: also who has left, until it has seen itself leave.</summary>
    public IEnumerable<NodeId> Audience => room.Members.Concat(_goodbyes);

    public bool SomebodyComes => _joining.Count > 0;

    public bool SomebodyGoes => _departing.Count > 0;

    /// <summary>Whether a node is a member, or was before the last change.</summary>
    public bool Knows(NodeId node) => room.IsMember(node) || _before?.ContainsKey(node) == true;

    /// <summary>The membership before a change that is not stable yet: those who do not know of that may still decide by it. Null: there is no such change.</summary>
    public IReadOnlyCollection<NodeId>? InDoubt(SequenceNumber stable) => Since > stable && _before is not null ? [.. _before.Keys] : null;

    /// <summary>So much is stable now.</summary>
    public void Settle(SequenceNumber stable) => _before = Since <= stable ? null : _before;

    /// <summary>The life in which a node is a member, or was one before the last change; 0: it was none.</summary>
    public int LifeOf(NodeId node) => Math.Max(room.LifeOf(node), LifeBefore(node) ?? 0);

    /// <summary>The life in which a node was a member before the last change; 0: it was none. Null: that change is stable.</summary>
    public int? LifeBefore(NodeId node) => _before?.GetValueOrDefault(node);

    /// <summary>A node has asked to be let in, in such a life.</summary>
    public void Asks(NodeId node, int life) => _livesAskedFor[node] = Math.Max(life, _livesAskedFor.GetValueOrDefault(node));

    /// <summary>Whether a node has asked to start again as a newcomer: in the life in which it is, or was, a member, it has nothing to say.</summary>
    public bool HasResigned(NodeId node) => _livesAskedFor.TryGetValue(node, out var asked) && asked > LifeOf(node);

    /// <summary>A node is to be let in. False: the room is full.</summary>
    public bool LetIn(NodeId node, int life, DeviceId? device)
    {
        if (!_joining.ContainsKey(node) && room.Members.Count + _joining.Count >= Limits.Nodes)
        {
            return false;
        }

        _joining[node] = new(node, Math.Max(life, _joining.GetValueOrDefault(node).Life)) { Device = device };
        return true;
    }

    /// <summary>A node wants to go. False: it is no member, and need not wait for anything.</summary>
    public bool LetGo(NodeId node)
    {
        if (room.IsMember(node))
        {
            _departing[node] = LeaveReason.Left;
            return true;
        }

        _joining.Remove(node);
        return _goodbyes.Contains(node);
    }

    /// <summary>A member is to begin again as a newcomer.</summary>
    public void Expel(NodeId node)
    {
        if (room.IsMember(node))
        {
            _departing.TryAdd(node, LeaveReason.Expelled);
        }
    }

    /// <summary>Members that are out of the cluster have to go.</summary>
    public void ExpelTheAbsent(ClusterView view)
    {
        foreach (var node in room.Members)
        {
            if (!view.Present.Contains(node))
            {
                _departing[node] = view.Left.Contains(node) ? LeaveReason.Left : view.Dead.Contains(node) ? LeaveReason.Crashed : LeaveReason.Silent;
            }
        }
    }

    /// <summary>Members on devices that were put out have to go, and who comes from such a device does not come. Gives who does not.</summary>
    public IReadOnlyList<NodeId> ExpelThePutOut()
    {
        if (room.Circle is not { Circle: var circle })
        {
            return [];
        }

        foreach (var node in room.Members.Where(room.IsPutOut))
        {
            _departing.TryAdd(node, LeaveReason.PutOut);
        }

        var refused = _joining.Values.Where(comes => comes.Device is not { } device || !circle.Contains(device)).Select(comes => comes.Node).ToList();
        refused.ForEach(node => _joining.Remove(node));
        return refused;
    }

    /// <summary>Who is out of the cluster does not come any more, and is told nothing.</summary>
    public void SetView(ClusterView view)
    {
        _goodbyes.RemoveAll(node => !view.Present.Contains(node));
        foreach (var node in _joining.Keys.Where(node => !view.Present.Contains(node)).ToList())
        {
            _joining.Remove(node);
        }
    }

    public void Forget(Func<NodeId, bool> isOver)
    {
        foreach (var node in _livesAskedFor.Keys.Where(isOver).ToList())
        {
            _livesAskedFor.Remove(node);
        }
    }

    /// <summary>The change that is to be numbered now: who goes comes first; null: there is none.</summary>
    public Entry? TakeNext()
    {
        Invariant.Holds(_before is null, "the last change of membership is stable before the next one");

        // The last member never goes; but it may begin another life, if its device is in.
        Entry? change = null;
        var isLast = room.Members.Count == 1;
        if (!isLast && _departing.Count > 0)
        {
            var (node, reason) = _departing.First();
            Invariant.Holds(room.IsMember(node), "only members go");
            _departing.Remove(node);
            if (reason == LeaveReason.Left)
            {
                _goodbyes.Add(node);
            }

            change = new NodeLeft(node, reason);
        }
        else if (isLast && room.Members.First() is var last && HasResigned(last) && !room.IsPutOut(last))
        {
            _departing.Remove(last);
            change = new NodeJoined(last, _livesAskedFor[last]) { Device = room.DeviceOf(last) };
        }
        else if (_joining.Count > 0)
        {
            var (node, comes) = _joining.First();
            _joining.Remove(node);
            change = new NodeJoined(node, comes.Life) { Device = comes.Device };
        }

        _before = change is null ? null : room.Members.ToDictionary(node => node, room.LifeOf);
        return change;
    }
}
