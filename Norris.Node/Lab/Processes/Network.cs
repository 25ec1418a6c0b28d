using System.Globalization;

namespace Norris.Lab.Processes;

/// <summary>Where a node of the fleet is in the network.</summary>
/// <param name="Wrapper">The command that runs a program there.</param>
internal sealed record NetworkPlace(string Address, IReadOnlyList<string> Wrapper, string Namespace, string Cable);

/// <summary>
/// A network of its own for every node: namespaces joined by cables (veth) in a switch (a bridge, in a namespace as well), so that nothing
/// reaches any other network. Linux, as root, with <c>ip</c>. The namespaces are gone when this is disposed or the process ends.
/// </summary>
internal sealed class Network : IDisposable
{
    private const string Switch = "switch";
    private const string OtherSwitch = "switch2";
    private const string NobodysAddress = "02:00:00:00:00:99";
    private readonly LastWill _will;
    private readonly string _prefix = string.Create(CultureInfo.InvariantCulture, $"norris{Environment.ProcessId}x{Interlocked.Increment(ref s_count)}");
    private readonly List<string> _namespaces = [];
    private static int s_count;

    private Network(LastWill will)
    {
        _will = will;
        Add($"{_prefix}-s");
        Ip($"-n {_prefix}-s link add {Switch} type bridge");
        Ip($"-n {_prefix}-s link add {OtherSwitch} type bridge");
        Ip($"-n {_prefix}-s link set {Switch} up");
        Ip($"-n {_prefix}-s link set {OtherSwitch} up");
    }

    /// <summary>Builds the network; null with the reason where this machine or account cannot.</summary>
    public static Network? TryBuild(LastWill will, out string whyNot)
    {
        whyNot = "";
        if (!OperatingSystem.IsLinux())
        {
            whyNot = "network namespaces need Linux";
            return null;
        }

        if (!Environment.IsPrivilegedProcess)
        {
            whyNot = "network namespaces need root";
            return null;
        }

        Network? network = null;
        try
        {
            network = new Network(will);
            network.Place(0);
            return network;
        }
        catch (LabException e)
        {
            network?.Dispose();
            whyNot = e.Message;
            return null;
        }
    }

    /// <summary>The place of the node with this number, made when it is asked for first. 10.77.0.0/16 is theirs alone.</summary>
    public NetworkPlace Place(int number)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"{_prefix}-{number}");
        var address = string.Create(CultureInfo.InvariantCulture, $"10.77.{(number + 1) / 250}.{(number + 1) % 250 + 1}");
        var cable = string.Create(CultureInfo.InvariantCulture, $"p{number}");
        if (!_namespaces.Contains(name))
        {
            Add(name);
            Ip($"-n {_prefix}-s link add {cable} type veth peer name eth0 netns {name}");
            Ip($"-n {name} addr add {address}/16 dev eth0");
            Ip($"-n {name} link set lo up");
            Ip($"-n {name} link set eth0 up");
            Ip($"-n {_prefix}-s link set {cable} master {Switch}");
            Ip($"-n {_prefix}-s link set {cable} up");
        }

        return new NetworkPlace(address, ["ip", "netns", "exec", name], name, cable);
    }

    /// <summary>Pulls the cable of a node, or plugs it in again.</summary>
    public void Cable(int number, bool plugged) => Ip($"-n {_prefix}-s link set {Place(number).Cable} {(plugged ? "up" : "down")}");

    /// <summary>A node's address is no longer its machine's, as when that has moved to another network.</summary>
    public void TakeAddress(int number) => Ip($"-n {Place(number).Namespace} addr flush dev eth0");

    /// <summary>Plugs a node into the other switch, or back: those in one reach each other, and nobody in the other.</summary>
    public void Aside(int number, bool aside) => Ip($"-n {_prefix}-s link set {Place(number).Cable} master {(aside ? OtherSwitch : Switch)}");

    /// <summary>What <paramref name="from"/> sends to <paramref name="to"/> is lost without a word; the other way is open.</summary>
    public void Lose(int from, int to, bool lose)
    {
        var (there, name) = (Place(to).Address, Place(from).Namespace);
        Ip(lose ? $"-n {name} neigh replace {there} lladdr {NobodysAddress} dev eth0 nud permanent" : $"-n {name} neigh del {there} dev eth0");
    }

    /// <summary>Ends all TCP connections of a node with a reset. False: this kernel cannot.</summary>
    public bool Reset(int number) => ResetWith([.. Place(number).Wrapper, "ss", "-K", "-t", "state", "established"]);

    /// <summary>Delays and loses packets of a node, as in <c>delay 50ms loss 5%</c>; null: no more. False: this kernel cannot.</summary>
    public bool Netem(int number, string? how) =>
        Run(["ip", "netns", "exec", Place(number).Namespace, "tc", "qdisc", how is null ? "del" : "replace", "dev", "eth0", "root", .. how is null ? [] : $"netem {how}".Split(' ')])
            is null;

    /// <summary>Ends all TCP connections from and to a port of this machine's loopback interface with a reset. False: this kernel or account cannot.</summary>
    public static bool ResetLoopback(int port) => ResetWith(
        ["ss", "-K", "-t", "state", "established", string.Create(CultureInfo.InvariantCulture, $"( sport = :{port} or dport = :{port} )")]);

    public void Dispose()
    {
        foreach (var name in Enumerable.Reverse(_namespaces))
        {
            Run(["ip", "netns", "del", name]);
        }
    }

    private static bool ResetWith(string[] command) => Run(command) is null;

    private void Add(string name)
    {
        Ip($"netns add {name}");
        _namespaces.Add(name);
        _will.Finally($"ip netns del {name} 2>/dev/null");
    }

    private static void Ip(string arguments)
    {
        if (Run(["ip", .. arguments.Split(' ')]) is { } trouble)
        {
            throw new LabException($"'ip {arguments}' fails: {trouble}");
        }
    }

    /// <summary>Null: it worked.</summary>
    private static string? Run(string[] command)
    {
        try
        {
            var (code, _, errors) = SystemProgram.Run(command).GetAwaiter().GetResult();
            return code == 0 && errors.Length == 0 ? null : $"{errors.Trim()} (exit code {code})";
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            return e.Message;
        }
    }
}
