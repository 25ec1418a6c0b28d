using System.Runtime.InteropServices;
using Norris.Core.Protocol;

namespace Norris.Tests.Simulation;

/// <summary>Carries messages between addresses: late, twice, out of order, or not at all.</summary>
public sealed class SimulatedNetwork(Timeline time, Dice dice, Statistics statistics)
{
    private readonly HashSet<(string From, string To)> _cut = [];
    private readonly HashSet<(string From, string To)> _torn = [];
    private readonly Dictionary<(string From, string To), long> _lastArrival = [];
    private readonly Dictionary<(string From, string To), long> _stalledUntil = [];

    public Weather Weather { get; set; } = Weather.Calm;

    /// <summary>Cuts one direction.</summary>
    public void Cut(string from, string to) => _cut.Add((from, to));

    public void Mend(string from, string to)
    {
        if (!_torn.Contains((from, to)))
        {
            _cut.Remove((from, to));
        }
    }

    /// <summary>Cuts a link, both ways and for good: nothing heals it.</summary>
    public void Tear(string a, string b)
    {
        _torn.Add((a, b));
        _torn.Add((b, a));
        _cut.UnionWith(_torn);
    }

    /// <summary>Whether an address is at an end of a torn link.</summary>
    public bool IsTorn(string address) => _torn.Any(link => link.From == address);

    /// <summary>What goes over this link, either way, arrives only after a time, and then all of it: its connection has to send again and again.</summary>
    public void Stall(string a, string b, long until) => _stalledUntil[(a, b)] = _stalledUntil[(b, a)] = until;

    /// <summary>Mends all but what is torn.</summary>
    public void Heal()
    {
        _cut.IntersectWith(_torn);
        _stalledUntil.Clear();
    }

    public bool Connects(string a, string b) => a == b || (!_cut.Contains((a, b)) && !_cut.Contains((b, a)));

    public void Carry(NodeId from, NodeId to, Action arrives)
    {
        statistics.Messages++;
        if (from == to)
        {
            time.After(5, arrives);
            return;
        }

        if (_cut.Count > 0 && _cut.Contains((from.Address, to.Address)))
        {
            statistics.Count(Fault.Lost);
            return;
        }

        if (_stalledUntil.Count > 0 && _stalledUntil.TryGetValue((from.Address, to.Address), out var until) && until > time.Now)
        {
            time.After(until - time.Now, arrives);
            return;
        }

        if (dice.Permille(Weather.LossPermille))
        {
            statistics.Count(Fault.Lost);
            return;
        }

        if (Weather == Weather.Calm)
        {
            // In good weather a link is what a connection is: first in, first out.
            ref var last = ref CollectionsMarshal.GetValueRefOrAddDefault(_lastArrival, (from.Address, to.Address), out _);
            last = Math.Max(time.Now + Delay(), last + 1);
            time.After(last - time.Now, arrives);
            return;
        }

        time.After(Delay(), arrives);
        if (dice.Permille(Weather.DuplicatePermille))
        {
            statistics.Count(Fault.Duplicated);
            time.After(Delay(), arrives);
        }
    }

    private long Delay()
    {
        var delay = Weather.Delay + dice.Between(0, Weather.Jitter);
        if (dice.Permille(Weather.LatePermille))
        {
            statistics.Count(Fault.Reordered);
            delay += dice.Between(0, Weather.Late);
        }

        return delay;
    }
}

/// <summary>What a run went through.</summary>
public sealed class Statistics
{
    private readonly long[] _faults = new long[Enum.GetValues<Fault>().Length];

    public long Seeds { get; set; }

    public long Steps { get; set; }

    public long Messages { get; set; }

    public long Deliveries { get; set; }

    public long Submitted { get; set; }

    public long Refused { get; set; }

    public long Reigns { get; set; }

    public long Expulsions { get; set; }

    public long NewRooms { get; set; }

    /// <summary>How often a history was given up with the dead, and said so.</summary>
    public long Losses { get; set; }

    public long VirtualTime { get; set; }

    public void Count(Fault fault) => _faults[(int)fault]++;

    public long Of(Fault fault) => _faults[(int)fault];

    public void Add(Statistics other)
    {
        for (var i = 0; i < _faults.Length; i++)
        {
            _faults[i] += other._faults[i];
        }

        Seeds += other.Seeds;
        Steps += other.Steps;
        Messages += other.Messages;
        Deliveries += other.Deliveries;
        Submitted += other.Submitted;
        Refused += other.Refused;
        Reigns += other.Reigns;
        Expulsions += other.Expulsions;
        NewRooms += other.NewRooms;
        Losses += other.Losses;
        VirtualTime += other.VirtualTime;
    }
}
