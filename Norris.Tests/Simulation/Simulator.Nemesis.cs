using Norris.Actors.Protocol;

namespace Norris.Tests.Simulation;

/// <summary>Breaks things.</summary>
public sealed partial class Simulator
{
    private void PlanNextFault() => _time.After(_dice.Between(1, 2 * _scenario.FaultEvery), () =>
    {
        if (!_calm)
        {
            Strike(_dice.Of(_scenario.Faults));
            PlanNextFault();
        }
    });

    private void Strike(Fault fault)
    {
        var running = _processes.FindAll(p => p is { IsAlive: true, LeavingSince: null, Node.Runs: true });
        if (running.Count == 0)
        {
            return;
        }

        var victim = _dice.Of(running);
        var host = running.Find(p => p.Node!.Sequencer is not null) ?? victim;
        var target = _dice.Permille(500) ? host : victim;
        switch (fault)
        {
            case Fault.Crash:
                Crash(target, fault);
                break;
            case Fault.CrashInRecovery:
                CrashInRecovery(target);
                break;
            case Fault.Massacre:
                foreach (var process in running.Where(_ => _dice.Permille(600)).ToList())
                {
                    Crash(process, fault);
                }

                break;
            case Fault.Partition:
                Divide(fault, _processes.Where(_ => _dice.Permille(500)).Select(p => p.Address).ToHashSet());
                break;
            case Fault.Isolation:
                Divide(fault, [target.Address]);
                break;
            case Fault.OneWayCut:
                Note(fault, target.Address);
                _network.Cut(target.Address, victim.Address);
                HealLater();
                break;
            case Fault.Heal:
                Note(fault, "");
                _network.Heal();
                break;
            case Fault.Pause:
                Pause(target);
                break;
            case Fault.SlowNode:
                Note(fault, target.Address);
                target.ServiceTime = _dice.Of<long>([1000, 10_000, 60_000]);
                _time.After(_dice.Between(200, 3000) * Scenario.Millisecond, () => target.ServiceTime = 5);
                break;
            case Fault.ClockJump:
                Note(fault, target.Address);
                target.WallOffset += _dice.Between(-3_600_000, 3_600_000);
                break;
            case Fault.SequencerRestart:
                if (host.Node!.Sequencer is not null)
                {
                    Note(fault, host.Address);
                    StartSequencer(host.Node);
                }

                break;
            case Fault.Usurper:
                Usurp(victim.Node!);
                break;
            case Fault.NodeLeaves:
                if (running.Count > 1)
                {
                    Note(fault, target.Address);
                    BeginLeaving(target);
                    RestartLater(target.Address, null);
                }

                break;
            case Fault.NodeJoins:
                var free = Enumerable.Range(0, _scenario.MostNodes).Select(Address).FirstOrDefault(a => !_processes.Exists(p => p.Address == a && p.IsAlive));
                if (free is not null)
                {
                    Note(fault, free);
                    StartProcess(free);
                }

                break;
            case Fault.UserLeaves:
                if (victim.Users.Find(u => !u.IsLeaving) is { } user)
                {
                    Note(fault, Trace.Of(user.Machine.User));
                    LeaveUser(victim, user);
                }

                break;
            case Fault.UserJoins:
                if (victim.Users.Count < 8)
                {
                    Note(fault, victim.Address);
                    AddUser(victim);
                }

                break;
            case Fault.Burst:
                if (victim.Users.Find(u => !u.IsLeaving) is { } talker)
                {
                    Note(fault, victim.Address);
                    Say(victim, talker, _dice.Below(100));
                }

                break;
            case Fault.Weather:
                Note(fault, "");
                _network.Weather = Weather.Draw(_dice);
                break;
        }
    }

    private void Note(Fault fault, string where)
    {
        Statistics.Count(fault);
        _trace.Line(_time.Now, where, $"*** {fault}");
    }

    private void Crash(SimulatedProcess process, Fault fault)
    {
        if (!process.IsAlive)
        {
            return;
        }

        Note(fault, process.Address);
        var node = process.Node;
        Stop(process);
        if (node is not null && _dice.Permille(_scenario.ProvenPermille))
        {
            _time.After(_dice.Between(50, 300) * Scenario.Millisecond, () =>
            {
                if (!_cluster.Dead.Contains(node.Id) && _cluster.Members.Any(m => _nodes[m].Runs))
                {
                    Statistics.Count(Fault.ProvenDeath);
                    _trace.Line(_time.Now, node.Label, "is proven dead");
                    _cluster.ProveDead(node.Id);
                }
            });
        }

        RestartLater(process.Address, process.Users.ConvertAll(u => u.Token));
    }

    private void RestartLater(string address, IReadOnlyList<byte[]>? tokens)
    {
        if (_dice.Permille(700))
        {
            _time.After(_dice.Between(100, 5000) * Scenario.Millisecond, () =>
            {
                Statistics.Count(Fault.Restart);
                StartProcess(address, tokens);
            });
        }
    }

    /// <summary>Waits, for a little, for a moment in which somebody recovers.</summary>
    private void CrashInRecovery(SimulatedProcess target)
    {
        var tries = 0;
        _time.Every(Scenario.Millisecond, () =>
        {
            if (!target.IsAlive || _calm || ++tries > 400)
            {
                return false;
            }

            if (!_processes.Exists(p => p.Node?.Sequencer is { IsReigning: false }))
            {
                return true;
            }

            Crash(target, Fault.CrashInRecovery);
            return false;
        });
    }

    private void Divide(Fault fault, HashSet<string> side)
    {
        Note(fault, string.Concat(side.Order()));
        foreach (var a in side)
        {
            foreach (var process in _processes.Where(p => !side.Contains(p.Address)))
            {
                _network.Cut(a, process.Address);
                _network.Cut(process.Address, a);
            }
        }

        HealLater();
    }

    private void HealLater() => _time.After(_dice.Between(100, 6000) * Scenario.Millisecond, () =>
    {
        Statistics.Count(Fault.Heal);
        _network.Heal();
    });

    private void Pause(SimulatedProcess process)
    {
        Note(Fault.Pause, process.Address);
        process.IsPaused = true;
        _time.After(_dice.Between(100, 6000) * Scenario.Millisecond, () => Resume(process));
    }

    private void Resume(SimulatedProcess process)
    {
        if (!process.IsPaused)
        {
            return;
        }

        process.IsPaused = false;
        _trace.Line(_time.Now, process.Address, "goes on");
        if (process.Node is { Runs: true } node)
        {
            RunReplicaLater(node);
            RunSequencerLater(node);
        }
    }

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
}
