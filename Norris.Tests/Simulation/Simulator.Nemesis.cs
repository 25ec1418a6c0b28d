using Norris.Core.Protocol;

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
            case Fault.LinkCut:
                CutLink(target.Address, _dice.Of(_processes).Address);
                break;
            case Fault.Outage when _scenario.KillsNobody && _time.Now < _wholeSince + 10 * Scenario.Second:
                break; // one at a time: a node that is let go twice is not there for the others
            case Fault.Outage:
                Divide(fault, [.. _processes.Select(p => p.Address)]);
                break;
            case Fault.Stall:
                Note(fault, $"{target.Address}{victim.Address}");
                _network.Stall(target.Address, victim.Address, _time.Now + _dice.Between(300, 8000) * Scenario.Millisecond);
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
            case Fault.Fork:
                Fork(target);
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
            case Fault.Visit:
                Visit();
                break;
            case Fault.QuickRestart:
                QuickRestart(target);
                break;
            case Fault.Lie:
                Lie(target.Node!, victim.Node!);
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
            case Fault.Invite or Fault.TwoDoors:
                Invite(fault);
                break;
            case Fault.Kick:
                Kick(fault);
                break;
            case Fault.KickInRecovery:
                KickInRecovery();
                break;
            case Fault.Forgery:
                Forge();
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
        if (!_dice.Permille(_scenario.ProvenPermille))
        {
            // The machine lost its power: nobody closes a connection, and nobody refuses one.
            _dark.Add(process.Address);
        }

        if (process.Node is { } node)
        {
            node.IsKilled = true;
        }

        Stop(process);

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
            foreach (var process in _processes.Where(p => p.Address != a && (fault == Fault.Outage || !side.Contains(p.Address))))
            {
                _network.Cut(a, process.Address);
                _network.Cut(process.Address, a);
            }
        }

        if (fault == Fault.Outage)
        {
            HealOneByOne(side);
        }
        else
        {
            HealLater();
        }
    }

    private void CutLink(string a, string b)
    {
        if (a == b)
        {
            return;
        }

        Note(Fault.LinkCut, a + b);
        _network.Cut(a, b);
        _network.Cut(b, a);
        _time.After(_dice.Between(100, 25_000) * Scenario.Millisecond, () =>
        {
            _network.Mend(a, b);
            _network.Mend(b, a);
        });
    }

    /// <summary>Somebody comes, says something and leaves; who let the visitor in, or hosts, may die in that moment.</summary>
    private void Visit()
    {
        if (Enumerable.Range(0, _scenario.MostNodes).Select(Address).FirstOrDefault(a => !_processes.Exists(p => p.Address == a && p.IsAlive)) is not { } free)
        {
            return;
        }

        Note(Fault.Visit, free);
        StartProcess(free);
        if (_processes.Find(p => p.Address == free && p.IsAlive) is not { } visitor)
        {
            return;
        }

        var killsAt = _dice.Of<string>(["", "joined", "leaving", "gone"]);
        visitor.HostDiesWhenGone = killsAt == "gone";
        var killed = false;
        _time.Every(5 * Scenario.Millisecond, () =>
        {
            if (_calm || !visitor.IsAlive)
            {
                return false;
            }

            var said = visitor.Users.Find(u => u.Said > 0 && u.Machine is { IsHere: true, Pending: 0 });
            var isAt = (visitor.Node?.Cluster.IsJoined == true ? "joined" : "", said is not null ? "leaving" : "");
            if (said is not null && visitor.LeavingSince is null)
            {
                BeginLeaving(visitor);
            }

            if (!killed && killsAt.Length > 0 && (isAt.Item1 == killsAt || isAt.Item2 == killsAt))
            {
                killed = true;
                _time.After(_dice.Of<long>([0, 0, 5, 20, 100]) * Scenario.Millisecond, () =>
                {
                    if (!_calm)
                    {
                        CrashHostOf(visitor);
                    }
                });
            }

            return true;
        });
    }

    private void CrashHostOf(SimulatedProcess visitor)
    {
        if (_processes.Find(p => p is { IsAlive: true, Node.Sequencer: not null } && p != visitor) is { } host)
        {
            Crash(host, Fault.Crash);
        }
    }

    /// <summary>A process dies and is started again on its port at once; the others may stand still meanwhile.</summary>
    private void QuickRestart(SimulatedProcess target)
    {
        Note(Fault.QuickRestart, target.Address);
        if (_dice.Permille(300))
        {
            foreach (var other in _processes.Where(p => p.IsAlive && p != target).ToList())
            {
                Pause(other);
            }
        }

        var tokens = target.Users.ConvertAll(u => u.Token);
        Stop(target);
        _time.After(_dice.Of<long>([0, 0, 20, 100, 1000]) * Scenario.Millisecond, () => StartProcess(target.Address, tokens));
    }

    private void Lie(SimulatedNode victim, SimulatedNode member)
    {
        var isStranger = _dice.Permille(700);
        var lie = isStranger ? Liar.AsAStranger(_dice, victim) : Liar.AsAMember(_dice, victim);
        if (!isStranger && lie is JoinRefused or UserRefused && (victim.View.Oldest is not { } host || host == member.Id))
        {
            // Who hosts may refuse whom it likes, or is to host in the next moment.
            return;
        }

        Note(Fault.Lie, victim.Label);
        Arrive(isStranger ? Liar.Stranger : member.Id, victim.Id, lie);
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
        long[] milliseconds = _scenario.SleepsLong ? [3000, 4000, 5000, 12_000, 20_000] : [50, 300, 1000, 2000, 3000, 5000, 8000];
        _time.After(_dice.Of(milliseconds) * _dice.Between(700, 1300), () => Resume(process));
    }

    private void Resume(SimulatedProcess process)
    {
        if (!process.IsPaused || process.IsFrozen)
        {
            return;
        }

        process.IsPaused = false;
        _trace.Line(_time.Now, process.Address, "goes on");
        var waiting = process.Waiting.ToList();
        process.Waiting.Clear();
        waiting.ForEach(happens => happens());
        if (process.Node is { Runs: true } node)
        {
            RunReplicaLater(node);
            RunSequencerLater(node);
        }
    }
}
