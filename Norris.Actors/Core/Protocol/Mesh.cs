namespace Norris.Core.Protocol;

/// <summary>Nodes of which each hears every other.</summary>
internal static class Mesh
{
    /// <summary>
    /// Who is left of some nodes when as few as possible go, roughly, so that all who are left hear each other: again and again the one goes that does not hear most of those who are left, and of
    /// several the highest. Whoever knows the same about who hears whom finds the same.
    /// </summary>
    /// <param name="nodes">The nodes.</param>
    /// <param name="hear">Whether two of them hear each other.</param>
    public static HashSet<NodeId> Of(IEnumerable<NodeId> nodes, Func<NodeId, NodeId, bool> hear)
    {
        var left = new SortedSet<NodeId>(nodes);
        var unheard = left.ToDictionary(node => node, node => left.Count(other => other != node && !hear(node, other)));
        while (left.Count > 0 && left.Reverse().MaxBy(node => unheard[node]) is var worst && unheard[worst] > 0)
        {
            left.Remove(worst);
            foreach (var node in left.Where(node => !hear(node, worst)))
            {
                unheard[node]--;
            }
        }

        return [.. left];
    }
}
