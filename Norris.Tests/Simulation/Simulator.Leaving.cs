namespace Norris.Tests.Simulation;

/// <summary>Processes leave as a user's who goes: the users first, then the node, then the process.</summary>
public sealed partial class Simulator
{
    private void GoOnLeaving(SimulatedNode node)
    {
        if (node.Process.LeavingSince is not { } since || node.HasLeft)
        {
            return;
        }

        var waited = _time.Now - since;
        if (!node.AskedToLeave && (node.Process.Users.TrueForAll(u => u.Machine.IsGone) || waited > 2 * Scenario.Second))
        {
            node.AskedToLeave = true;
            var effects = Borrow();
            node.Replica.Leave(node.Process.Now(_time.Now), effects);
            Perform(node, effects);
        }

        if ((node.HasSaidGoodbye || waited > 5 * Scenario.Second) && !node.LeavesTheCluster)
        {
            node.LeavesTheCluster = true;
            node.Process.ApartSince = _time.Now;
            node.Replica.Stop();
            node.Cluster.Leave();
            _trace.Line(_time.Now, node.Label, "leaves the cluster");
        }

        if (node.LeavesTheCluster && (node.Cluster.Gossip.Of(node.Id) is null or >= Standing.Exiting || waited > 10 * Scenario.Second))
        {
            // The old host may go on for a while after the new one has begun.
            node.HasLeft = true;
            _time.After(_dice.Between(0, 500) * Scenario.Millisecond, () => Stop(node.Process));
        }
    }

    private void Stop(SimulatedProcess process)
    {
        process.IsAlive = false;
        if (process.Node is { } node)
        {
            node.Runs = false;
            process.Node = null;
            if (!_dark.Contains(process.Address))
            {
                CloseConnections(node.Id);
            }
        }
    }
}
