using Norris.Actors.Protocol;

namespace Norris.Tests.Simulation;

/// <summary>
/// The cluster underneath: who is part of it, oldest first, and who is proven dead. Nodes see its versions late, and only while they can
/// reach somebody. In a split the side with more than half of the members stays (an exact half: the one with the lowest node).
/// </summary>
public sealed class SimulatedCluster(Timeline time)
{
    private string _split = "";
    private long _splitSince;

    /// <summary>Every version there ever was.</summary>
    public List<(IReadOnlyList<NodeId> Members, IReadOnlySet<NodeId> Dead)> Versions { get; } = [([], new HashSet<NodeId>())];

    public IReadOnlyList<NodeId> Members => Versions[^1].Members;

    public IReadOnlySet<NodeId> Dead => Versions[^1].Dead;

    public bool Counts(NodeId node) => Members.Contains(node);

    public void Add(NodeId node) => Versions.Add(([.. Members, node], Dead));

    /// <summary>These go, as one decision: nobody sees some of them gone and others not.</summary>
    public void Remove(params IReadOnlyCollection<NodeId> nodes) => Versions.Add(([.. Members.Except(nodes)], Dead));

    /// <summary>The process of a node is proven to be gone.</summary>
    public void ProveDead(NodeId node) => Versions.Add(([.. Members.Where(m => m != node)], new HashSet<NodeId>(Dead) { node }));

    /// <summary>Everybody is gone; the next one starts a new cluster.</summary>
    public void Reset(IEnumerable<NodeId> gone) => Versions.Add(([], new HashSet<NodeId>(Dead.Concat(gone))));

    /// <summary>Everybody is gone but one that had been taken out, and does not know.</summary>
    public void GoOnWith(NodeId node, IEnumerable<NodeId> gone) => Versions.Add(([node], new HashSet<NodeId>(Dead.Concat(gone))));

    /// <summary>The split-brain rule: gives who is to be ruled out now, if anybody.</summary>
    /// <param name="responds">Whether a node's process runs at all.</param>
    /// <param name="connected">Whether two nodes reach each other.</param>
    /// <param name="stableAfter">How long a split must have looked the same, in microseconds.</param>
    public IReadOnlyList<NodeId> RuleOut(Func<NodeId, bool> responds, Func<NodeId, NodeId, bool> connected, long stableAfter)
    {
        var sides = Sides([.. Members.Where(responds)], connected);
        var split = sides.Count == 1 && sides[0].Count == Members.Count ? "" : string.Join('|', sides.Select(s => string.Join(',', s)));
        if (split != _split || Members.Count == 0)
        {
            _split = split;
            _splitSince = time.Now;
        }

        if (_split.Length == 0 || time.Now - _splitSince < stableAfter)
        {
            return [];
        }

        var lowest = Members.Min();
        var stays = sides.Find(s => 2 * s.Count > Members.Count || (2 * s.Count == Members.Count && s.Contains(lowest))) ?? [];
        return [.. Members.Where(m => !stays.Contains(m))];
    }

    private static List<HashSet<NodeId>> Sides(List<NodeId> nodes, Func<NodeId, NodeId, bool> connected)
    {
        var sides = new List<HashSet<NodeId>>();
        foreach (var node in nodes)
        {
            if (sides.Exists(s => s.Contains(node)))
            {
                continue;
            }

            HashSet<NodeId> side = [node];
            var open = new Queue<NodeId>([node]);
            while (open.TryDequeue(out var at))
            {
                foreach (var other in nodes)
                {
                    if (!side.Contains(other) && connected(at, other))
                    {
                        side.Add(other);
                        open.Enqueue(other);
                    }
                }
            }

            sides.Add(side);
        }

        return sides;
    }
}
