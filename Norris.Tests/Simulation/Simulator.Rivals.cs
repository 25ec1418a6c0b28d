using Norris.Core.Protocol;

namespace Norris.Tests.Simulation;

/// <summary>Two of one room that do not know of each other: a second sequencer beside the first, and a sleeper whom nobody is left who knew.</summary>
public sealed partial class Simulator
{
    private SimulatedProcess? _sleeper;

    /// <summary>A second sequencer comes up beside the rightful one, and some believe in it.</summary>
    private void Usurp(SimulatedNode node)
    {
        if (node.Sequencer is not null || node.Replica.Room is null)
        {
            return;
        }

        Note(Fault.Usurper, node.Label);
        StartSequencer(node);
        _usurper = node;
        _time.After(_dice.Between(50, 4000) * Scenario.Millisecond, () => Depose(node));
    }

    private void Depose(SimulatedNode node)
    {
        if (node.Oldest != node.Id)
        {
            _trace.Line(_time.Now, node.Label, "the usurper stops");
            node.Sequencer = null;
        }

        _usurper = _usurper == node ? null : _usurper;
    }

    /// <summary>
    /// One sleeps until it is out of the cluster and others have come, of whom it has never heard; then all die whom it knew. Those who came go on, and so does the sleeper when it wakes: each
    /// has proof that everybody else is gone.
    /// </summary>
    private void Fork(SimulatedProcess sleeper)
    {
        if (_sleeper is { IsAlive: true, IsPaused: true } || !IsMember(sleeper.Node))
        {
            return;
        }

        Note(Fault.Fork, sleeper.Address);
        (_sleeper, sleeper.IsPaused) = (sleeper, true);
        var asleep = sleeper.Node!.Id;
        var until = _time.Now + 15 * Scenario.Second;
        List<SimulatedProcess>? known = null;
        _time.Every(50 * Scenario.Millisecond, () =>
        {
            if (!_calm && sleeper.IsAlive && _time.Now < until)
            {
                var others = _processes.FindAll(p => p is { IsAlive: true, IsPaused: false, Node.Runs: true } && p != sleeper);
                if (known is null && others.Count > 0 && others.TrueForAll(p => IsMember(p.Node) && p.Node!.Cluster.Gossip.Of(asleep) is null or Standing.Removed))
                {
                    known = others;
                    StartProcess(Enumerable.Range(0, _scenario.MostNodes + 1).Select(Address).FirstOrDefault(a => !_processes.Exists(p => p.IsAlive && p.Address == a)) ?? sleeper.Address);
                }

                if (known is null || others.Count == 0 || !others.Exists(p => !known.Contains(p)) || !others.TrueForAll(p => IsMember(p.Node)))
                {
                    return true;
                }

                foreach (var process in known)
                {
                    Crash(process, Fault.Massacre);
                }
            }

            _time.After(_dice.Between(0, 3000) * Scenario.Millisecond, () => Resume(sleeper));
            return false;
        });
    }
}
