using Norris.Lab.Processes;
using Norris.Lab.Rooms;

namespace Norris.Lab.Chaos;

/// <summary>One fault, done to the nodes that it takes, and undone.</summary>
internal sealed class Strike
{
    private static readonly TimeSpan BetweenHosts = TimeSpan.FromMilliseconds(100);
    private readonly Fleet _fleet;
    private readonly Network? _network;

    private Strike(Fleet fleet, Network? network, Fault fault, IReadOnlyList<NodeProcess> victims, IReadOnlyList<NodeProcess> spared)
    {
        (_fleet, _network, Fault, Victims, Spared) = (fleet, network, fault, victims, spared);
    }

    public Fault Fault { get; }

    public IReadOnlyList<NodeProcess> Victims { get; }

    /// <summary>Those whose users should notice next to nothing.</summary>
    public IReadOnlyList<NodeProcess> Spared { get; }

    /// <summary>What this machine could not do; null: all was done.</summary>
    public string? NotDone { get; private set; }

    /// <summary>Chooses the victims. The host has to be known.</summary>
    public static Strike Plan(Fleet fleet, Network? network, Fault fault, Random random)
    {
        var host = fleet.Host ?? throw new LabException("the nodes do not agree on a host");

        // The oldest of the others is the next host: the cluster's singleton goes by age.
        var others = fleet.Living.Where(n => n != host).ToList();
        var minority = (others.Count + 1 - 1) / 2;
        IReadOnlyList<NodeProcess> victims = fault switch
        {
            Fault.KillHost or Fault.LeaveHost or Fault.StopHost or Fault.CutHost or Fault.MuteHost or Fault.DeafHost or Fault.PoorHost => [host],
            Fault.ResetHost or Fault.Join => [],
            Fault.KillOther or Fault.LeaveOther or Fault.StopOther or Fault.CutOther => [others[random.Next(others.Count)]],
            Fault.KillHostAndNext => [host, others[0]],
            Fault.KillAllButOne => [host, .. others.Except([others[random.Next(others.Count)]])],
            Fault.SplitHost => [host, .. others.OrderBy(_ => random.Next()).Take(minority - 1)],
            Fault.SplitOthers => [.. others.OrderBy(_ => random.Next()).Take(minority)],
            _ => throw new System.Diagnostics.UnreachableException($"No victims of {fault}."),
        };
        return new Strike(fleet, network, fault, victims, [.. fleet.Living.Except(victims)]);
    }

    public async Task Do(CancellationToken cancel)
    {
        switch (Fault)
        {
            case Fault.KillHost or Fault.KillOther or Fault.KillAllButOne:
                foreach (var victim in Victims)
                {
                    victim.Kill();
                }

                break;
            case Fault.KillHostAndNext:
                Victims[0].Kill();
                await Task.Delay(BetweenHosts, cancel);
                Victims[1].Kill();
                break;
            case Fault.LeaveHost or Fault.LeaveOther:
                Victims[0].Leave();
                break;
            case Fault.StopHost or Fault.StopOther:
                Afflict("stopped");
                Victims[0].Signal("STOP");
                break;
            case Fault.CutHost or Fault.CutOther:
                Afflict("cut off");
                Net.Cable(Victims[0].Number, plugged: false);
                break;
            case Fault.SplitHost or Fault.SplitOthers:
                Afflict("cut off");
                foreach (var victim in Victims)
                {
                    Net.Aside(victim.Number, aside: true);
                }

                break;
            case Fault.MuteHost or Fault.DeafHost:
                Afflict(Fault == Fault.MuteHost ? "mute" : "deaf");
                OneWay(lose: true);
                break;
            case Fault.PoorHost:
                if (!Net.Netem(Victims[0].Number, "delay 60ms 20ms loss 3%"))
                {
                    NotDone = "tc netem is not in this kernel";
                }

                break;
            case Fault.ResetHost:
                var host = _fleet.Host!;
                var done = _network is null
                    ? Network.ResetLoopback(int.Parse(host.Address[(host.Address.LastIndexOf(':') + 1)..], System.Globalization.CultureInfo.InvariantCulture))
                    : _network.Reset(host.Number);
                NotDone = done ? null : "'ss -K' needs root and a kernel that can end connections";
                break;
            case Fault.Join:
                break;
            default:
                throw new System.Diagnostics.UnreachableException($"Nothing to do for {Fault}.");
        }
    }

    public void Undo()
    {
        switch (Fault)
        {
            case Fault.StopHost or Fault.StopOther:
                Victims[0].Signal("CONT");
                break;
            case Fault.CutHost or Fault.CutOther:
                Net.Cable(Victims[0].Number, plugged: true);
                break;
            case Fault.SplitHost or Fault.SplitOthers:
                foreach (var victim in Victims)
                {
                    Net.Aside(victim.Number, aside: false);
                }

                break;
            case Fault.MuteHost or Fault.DeafHost:
                OneWay(lose: false);
                break;
            case Fault.PoorHost when NotDone is null:
                Net.Netem(Victims[0].Number, null);
                break;
        }

        Afflict(null);
    }

    private Network Net => _network ?? throw new LabException($"{Faults.Word(Fault)} needs network namespaces");

    private void Afflict(string? how)
    {
        lock (_fleet.Gate)
        {
            foreach (var victim in Victims)
            {
                victim.Affliction = how;
            }
        }
    }

    private void OneWay(bool lose)
    {
        foreach (var other in Spared)
        {
            var (from, to) = Fault == Fault.MuteHost ? (Victims[0], other) : (other, Victims[0]);
            Net.Lose(from.Number, to.Number, lose);
        }
    }
}
