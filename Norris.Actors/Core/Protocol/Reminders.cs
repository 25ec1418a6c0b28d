namespace Norris.Core.Protocol;

/// <summary>What is said to a node again and again, but not more often than every so many milliseconds. Bounded. Pure.</summary>
internal sealed class Reminders(long every)
{
    private readonly Dictionary<NodeId, long> _at = [];

    /// <summary>Whether it is time to say it to a node; then that is noted.</summary>
    public bool AreDue(NodeId node, Now now)
    {
        if (_at.TryGetValue(node, out var at) && now.Elapsed - at < every)
        {
            return false;
        }

        if (_at.Count >= Limits.Nodes)
        {
            _at.Clear();
        }

        _at[node] = now.Elapsed;
        return true;
    }
}
