using Norris.Core.Protocol;
using Norris.Tests.Simulation;

namespace Norris.Tests.Protocol;

/// <summary>
/// A few nodes that were started with the same list of names, in virtual time, from a seed: processes that crash, start again and stand still, machines that
/// go dark, links that are cut and heal, messages that are late or lost. The rooms in it go on as Norris's do: who has a quorum, or proof that the rest is gone.
/// </summary>
internal sealed partial class FoundingWorld
{
    private const long Step = 250;
    private const long LongestTrouble = 120_000;
    private const long Calm = 90_000;

    private readonly Dice _dice;
    private readonly int _count;
    private readonly Process?[] _processes;
    private readonly bool[] _dark;
    private readonly bool[,] _cut;
    private readonly List<(long At, Process To, Action Arrive)> _way = [];
    private readonly List<(long At, Action Act)> _plan = [];
    private long _time;
    private ulong _rooms;
    private int _lost;
    private long _slowest;

    public FoundingWorld(ulong seed)
    {
        _dice = new Dice(seed);
        _count = _dice.Below(5) switch { 0 => 2, 1 => 4, 2 => 5, _ => 3 };
        _processes = new Process?[_count];
        _dark = new bool[_count];
        _cut = new bool[_count, _count];
    }

    /// <summary>How many rooms have begun.</summary>
    public ulong Rooms => _rooms;

    /// <summary>Runs it. Gives what was wrong, in words; null: nothing.</summary>
    public string? Run()
    {
        var trouble = _dice.Between(5_000, LongestTrouble);
        if (_dice.Permille(500))
        {
            Array.ForEach(Enumerable.Range(0, _count).ToArray(), Start);
        }

        while (_time < trouble)
        {
            Disturb();
            if (StepOn() is { } wrong)
            {
                return wrong;
            }
        }

        Settle();
        for (var end = _time + Calm; _time < end;)
        {
            if (StepOn() is { } wrong)
            {
                return wrong;
            }
        }

        var up = Up().ToList();
        return up.All(p => p.Room != RoomId.None) && up.Select(p => p.Room).Distinct().Count() == 1
            ? null
            : $"after {Calm / 1000} s of calm not everybody is in one room: {string.Join(", ", up)}";
    }

    private void Disturb()
    {
        foreach (var (at, act) in _plan.Where(p => p.At <= _time).ToList())
        {
            _plan.Remove((at, act));
            act();
        }

        var place = _dice.Below(_count);
        switch (_dice.Below(_plan.Count > 0 ? 3_000 : 120))
        {
            case 12 or 15 or 16:
                LeaveAlone(place);
                break;
            case 13 or 17 or 18:
                BeginAllAnew();
                break;
            case 14:
                Crash(place);
                Start(place);
                break;
            case 0 or 1:
                Crash(place);
                _dark[place] = _dice.Permille(300);
                break;
            case 2 or 3 or 4:
                _dark[place] = false;
                if (_processes[place] is null)
                {
                    Start(place);
                }

                break;
            case 5 or 6:
                var other = _dice.Below(_count);
                _cut[place, other] = _cut[other, place] = place != other && _dice.Permille(600);
                break;
            case 7 when _dice.Permille(300):
                var side = _dice.Below(1 << _count);
                for (var a = 0; a < _count; a++)
                {
                    for (var b = 0; b < _count; b++)
                    {
                        _cut[a, b] = (side >> a & 1) != (side >> b & 1);
                    }
                }

                break;
            case 8 when _dice.Permille(500):
                Array.Clear(_cut);
                break;
            case 9 when _dice.Permille(100):
                for (var all = 0; all < _count; all++)
                {
                    Crash(all);
                }

                break;
            case 10 when _processes[place] is { } sleeper:
                sleeper.StandsStillUntil = _time + _dice.Between(1_000, 60_000);
                break;
            case 11 when _dice.Permille(200):
                (_lost, _slowest) = (_dice.Below(4) * 100, _dice.Between(0, 4_000));
                break;
        }
    }

    /// <summary>The others die, so that one goes on alone; then its cable is cut, and the others come back.</summary>
    private void LeaveAlone(int one)
    {
        for (var other = 0; other < _count; other++)
        {
            if (other != one)
            {
                var place = other;
                Plan(0, 3_000, () => Crash(place));
                Plan(5_000, 9_000, () => _cut[one, place] = _cut[place, one] = true);
                Plan(9_000, 14_000, () => Start(place));
            }
        }

        Plan(20_000, 70_000, () => Array.Clear(_cut));
    }

    /// <summary>All die and start again within a few seconds, some of them twice, while some do not reach each other.</summary>
    private void BeginAllAnew()
    {
        for (var one = 0; one < _count; one++)
        {
            var place = one;
            Crash(place);
            Plan(0, 4_000, () => Start(place));
            if (_dice.Permille(400))
            {
                Plan(3_000, 12_000, () => Crash(place));
                Plan(3_000, 14_000, () => Start(place));
            }

            for (var other = 0; other < one; other++)
            {
                if (_dice.Permille(300))
                {
                    var (from, whom) = (_dice.Between(0, 12_000), other);
                    Plan(from, from, () => _cut[place, whom] = _cut[whom, place] = true);
                }
            }
        }

        Plan(5_000, 50_000, () => Array.Clear(_cut));
    }

    private void Plan(long from, long to, Action act) => _plan.Add((_time + _dice.Between(from, to), act));

    private void Settle()
    {
        _plan.Clear();
        Array.Clear(_cut);
        (_lost, _slowest) = (0, 300);
        var down = _dice.Permille(500) ? _dice.Below((_count + 1) / 2) : 0;
        for (var place = 0; place < _count; place++)
        {
            if (_processes[place] is { } process)
            {
                process.StandsStillUntil = 0;
            }
            else if (place >= down)
            {
                _dark[place] = false;
                Start(place);
            }
        }
    }

    private string? StepOn()
    {
        _time += Step;
        foreach (var (at, to, arrive) in _way.Where(m => m.At <= _time && m.To.StandsStillUntil <= _time).ToList())
        {
            _way.Remove((at, to, arrive));
            if (_processes[to.Place] == to)
            {
                arrive();
            }
        }

        foreach (var process in Awake().ToList())
        {
            process.Tick();
        }

        // Whom the change of its room leaves with too few gives up before anything else happens there.
        Regroup();
        Awake().ToList().ForEach(p => p.GiveUpWhereDue());
        var living = Regroup();
        return living.Count > 1 ? $"at {_time / 1000.0} s there are {living.Count} rooms: {string.Join(", ", Up())}" : null;
    }

    /// <summary>Lets each part of a room that has a quorum go on without the rest. Gives the rooms that go on somewhere.</summary>
    private HashSet<RoomId> Regroup()
    {
        var living = new HashSet<RoomId>();
        var left = Awake().Where(p => p.Room != RoomId.None).ToList();
        while (left.Count > 0)
        {
            var part = new List<Process> { left[0] };
            for (var i = 0; i < part.Count; i++)
            {
                part.AddRange(left.Where(p => p.Room == part[i].Room && !_cut[p.Place, part[i].Place] && !part.Contains(p)));
            }

            left.RemoveAll(part.Contains);
            var view = part.MaxBy(p => p.View.Version)!.View;
            part.Where(p => !view.Members.Contains(p)).ToList().ForEach(p => p.BeginAnew());
            part.RemoveAll(p => !view.Members.Contains(p));
            bool IsProvenDead(Process p) => _processes[p.Place] != p && !_dark[p.Place] && part.Any(mine => !_cut[mine.Place, p.Place]);
            var others = view.Members.Except(part).ToList();
            var has = part.Count * 2 > view.Members.Count || others.All(IsProvenDead)
                || (part.Count * 2 == view.Members.Count && part.Min(p => p.Place) < others.Min(p => p.Place));
            if (has)
            {
                living.Add(part[0].Room);
                view = others.Count == 0 ? view : new View([.. part], view.Version + 1);
            }

            part.ForEach(p => p.View = view);
        }

        return living;
    }

    private IEnumerable<Process> Up() => _processes.OfType<Process>();

    private IEnumerable<Process> Awake() => Up().Where(p => p.StandsStillUntil <= _time);

    private void Start(int place)
    {
        if (_processes[place] is null && !_dark[place])
        {
            _processes[place] = new Process(this, place);
        }
    }

    private void Crash(int place) => _processes[place] = null;

    private sealed record View(HashSet<Process> Members, long Version);
}
