using Norris.Core.Protocol;

namespace Norris.Tests.Simulation;

/// <summary>Nodes look for proof that others are gone, each for itself.</summary>
public sealed partial class Simulator
{
    private const long ProbeEvery = Scenario.Second;
    private const int RefusalsWhenLeaving = 5;
    private const long LookLasts = Limits.LookLasts * Scenario.Millisecond;

    // Machines without power: their addresses neither accept nor refuse.
    private readonly HashSet<string> _dark = [];

    /// <summary>Looks, for everyone who is missing or not reached, whether its address refuses or answers as somebody else.</summary>
    private bool LookForProof(SimulatedNode node)
    {
        if (node.Runs && !node.Process.IsPaused && node.Cluster.IsJoined)
        {
            var gossip = node.Cluster.Gossip;
            foreach (var suspect in gossip.Members.Where(gossip.IsUnreachable).Concat(node.Sequencer?.Missing ?? []).Concat(node.Suspects).ToHashSet())
            {
                Probe(node, suspect);
            }

            // Known to be gone before the cluster told of it as of one of its own.
            foreach (var gone in gossip.Members.Where(node.Dead.Contains).ToList())
            {
                node.Cluster.TakeOut(gone);
            }

            LookForRivals(node);

            // After some looks the others decide; who is missing is looked for as long as it is.
            node.Suspects.Clear();
        }

        return node.Runs;
    }

    private void Probe(SimulatedNode node, NodeId suspect)
    {
        if (!node.Runs || node.Process.IsPaused || suspect == node.Id || node.Dead.Contains(suspect) || !_network.Connects(node.Id.Address, suspect.Address))
        {
            return;
        }

        var process = _processes.Find(p => p.IsAlive && p.Address == suspect.Address);
        if (IsOvertaken(node, process))
        {
            return;
        }

        var refuses = process is null ? !_dark.Contains(suspect.Address) : process is { IsPaused: false, Node: null };
        var isAnother = process is { IsPaused: false, Node: { Runs: true } another } && another.Id != suspect && _breakage.TakesReturnForProof;
        if (!refuses && !isAnother)
        {
            return;
        }

        if (!isAnother && node.Cluster.Gossip.Of(suspect) is Standing.Leaving or Standing.Exiting)
        {
            // A leaver closes its port a moment before the others hear that it is gone.
            node.Refusals[suspect] = node.Refusals.GetValueOrDefault(suspect) + 1;
            if (node.Refusals[suspect] < RefusalsWhenLeaving)
            {
                return;
            }
        }

        Statistics.Count(Fault.ProvenDeath);
        node.ProvenAt = _time.Now;
        _trace.Line(_time.Now, node.Label, $"has proof that {Trace.Of(suspect)} is gone");
        node.Dead.Add(suspect);
        node.Cluster.TakeOut(suspect);
        See(node);
    }

    /// <summary>Who is asked says that the room has gone on without the asking node: that one begins anew.</summary>
    private bool IsOvertaken(SimulatedNode node, SimulatedProcess? asked)
    {
        if (asked is null || !Overtakes(asked, node))
        {
            return false;
        }

        BeginAnew(node, asked);
        return true;
    }

    /// <summary>It has got that answer.</summary>
    private void BeginAnew(SimulatedNode node, SimulatedProcess asked)
    {
        if (node.Runs)
        {
            _trace.Line(_time.Now, node.Label, $"hears from {asked.Address} that the room has gone on without it");
            node.Process.Known.Add(asked.Address);
            node.Process.GoesTo = asked.Address;
            Fence(node, 0);
        }
    }

    /// <summary>Whether what who is asked answers, where it runs, ends a node that does not go on.</summary>
    private bool Overtakes(SimulatedProcess asked, SimulatedNode node) =>
        There(asked, node) is { } there

        // Who has quarantined the asking node does not hear the question, and says that.
        && (there.Cluster.HasQuarantined(node.Id)
            || AnswerOf(there, node).Overtakes(node.LooksAround && !node.View.Present.Contains(there.Id), node.Replica.RoomOfLog, node.Replica.Accepted, node.Replica.Received));

    /// <summary>Who gets a node's question; null: nobody does. Nothing is sent to somebody whom one has quarantined.</summary>
    private SimulatedNode? There(SimulatedProcess asked, SimulatedNode node) =>
        node.Runs && asked is { IsAlive: true, IsPaused: false, Node: { Runs: true } there } && !node.Cluster.HasQuarantined(there.Id) && !AreStrangers(node.Id, there) ? there : null;

    private ItIsI AnswerOf(SimulatedNode there, SimulatedNode node)
    {
        if (!there.View.Present.Contains(node.Id))
        {
            there.Askers.Add(node.Id.Address);
        }

        return there.Rivalry.Answer(there.Replica.Whereabouts, there.Replica.Room?.IsMember(node.Id) == true, there.Process.Now(_time.Now));
    }

    /// <summary>Asks there, too, where its room may have lost something, whether the room goes on elsewhere as well.</summary>
    private void LookForRivals(SimulatedNode node)
    {
        if (!node.Rivalry.MustLook(node.Replica.Whereabouts, node.Process.Now(_time.Now)))
        {
            return;
        }

        AskTheDoors(node);
        var began = _time.Now;
        var addresses = FormerAddresses(node).Concat(node.Askers).Where(a => a != node.Id.Address).ToHashSet();
        node.Askers.Clear();
        foreach (var asked in _processes.Where(p => p.IsAlive && addresses.Contains(p.Address) && _network.Connects(node.Id.Address, p.Address)))
        {
            _time.After(_dice.Between(1, 50) * Scenario.Millisecond, () => WhenItRuns(asked, () =>
            {
                if (There(asked, node) is { } there && !there.Cluster.HasQuarantined(node.Id))
                {
                    var answer = AnswerOf(there, node);
                    WhenItRuns(node.Process, () =>
                    {
                        if (node.Runs && _time.Now - began < LookLasts && node.Rivalry.GivesIn(answer, node.Replica.Whereabouts, node.Process.Now(_time.Now)))
                        {
                            BeginAnew(node, asked);
                        }
                    });
                }
            }));
        }
    }

    /// <summary>Where those were who are out, or have left, and where its process knew members before.</summary>
    private static HashSet<string> FormerAddresses(SimulatedNode node)
    {
        var former = node.Cluster.Gossip.Nodes.Where(n => n.Value.Standing >= Standing.Down).Select(n => n.Key).Where(node.Met.Contains).Concat(node.Dead).Select(n => n.Address).Concat(node.Remembered).ToHashSet();
        former.ExceptWith(node.View.Present.Select(n => n.Address));
        return former;
    }

    /// <summary>Asks at the addresses of those who are out, or have left, where a machine wants it. Who refuses has answered; who is silent has its time.</summary>
    private void LookAround(SimulatedNode node)
    {
        if (node.LooksAround || (node.Sequencer is not { MustLookAround: true } && !node.Replica.MustLookAround))
        {
            return;
        }

        AskTheDoors(node);
        if (!node.Runs)
        {
            return;
        }

        var began = node.Process.Now(_time.Now).Elapsed;
        long longest = 0;
        foreach (var address in FormerAddresses(node).Order(StringComparer.Ordinal))
        {
            var process = _processes.Find(p => p.IsAlive && p.Address == address);
            var after = !_network.Connects(node.Id.Address, address) || (process is null && _dark.Contains(address)) ? Scenario.Second
                : process is { IsPaused: true } ? LookLasts
                : _dice.Between(1, 50) * Scenario.Millisecond;
            longest = Math.Max(longest, after);
            if (process is not null && _network.Connects(node.Id.Address, address))
            {
                // The question waits where somebody stands still, and is answered as soon as that one runs, if only for a moment.
                _time.After(process.IsPaused ? _dice.Between(1, 50) * Scenario.Millisecond : after, () => WhenItRuns(process, () =>
                {
                    if (node.LookedAround < began && Overtakes(process, node))
                    {
                        WhenItRuns(node.Process, () => BeginAnew(node, process));
                    }
                }));
            }
        }

        node.LooksAround = true;
        _time.After(longest, () => WhenItRuns(node, () =>
        {
            (node.LooksAround, node.LookedAround) = (false, began);
            See(node);
        }));
    }

    /// <summary>A process ends, and its kernel closes its connections: who is connected notices, and looks.</summary>
    private void CloseConnections(NodeId gone)
    {
        foreach (var node in _nodes.Values.Where(n => n.Runs && n.Cluster.Gossip.Of(gone) is not null).ToList())
        {
            _time.After(_dice.Between(50, 300) * Scenario.Millisecond, () =>
            {
                node.Suspects.Add(gone);
                Probe(node, gone);
            });
        }
    }
}
