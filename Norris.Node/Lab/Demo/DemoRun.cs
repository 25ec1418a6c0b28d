using System.Diagnostics;
using System.Globalization;
using Norris.Lab.Processes;
using Norris.Lab.Rooms;

namespace Norris.Lab.Demo;

/// <summary>What the demo does: a room, some talk, and one host after the other killed in the middle of it. Draws nothing itself.</summary>
internal sealed class DemoRun
{
    private const double LinesPerSecond = 10;
    private const int MessagesKept = 100;
    private static readonly TimeSpan TalkFirst = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan TalkAfter = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LeaveLimit = TimeSpan.FromSeconds(5);
    private readonly Fleet _fleet;
    private readonly Action<string> _tell;
    private readonly int _nodes;
    private readonly int _kills;
    private readonly long _begin = Stopwatch.GetTimestamp();
    private readonly List<DemoKill> _done = [];
    private readonly Queue<DemoMessage> _messages = new();
    private readonly Queue<long> _lately = new();
    private long _lastSeq;
    private string _doing = "starting";

    /// <param name="tell">Takes one line at a time: what happens, for those who see no picture.</param>
    public DemoRun(Fleet fleet, int nodes, int kills, Action<string> tell)
    {
        (_fleet, _nodes, _kills, _tell) = (fleet, nodes, kills, tell);
        fleet.LineCame += OnLine;
    }

    /// <summary>Nothing was lost, doubled or out of order, and no node went of its own accord. Once <see cref="Run"/> is over.</summary>
    public bool AllWell => _fleet.Checker.ViolationCount == 0;

    /// <summary>All of the demo. Throws <see cref="LabException"/> where the nodes do not do what the demo needs.</summary>
    public async Task Run(CancellationToken cancel)
    {
        Now("starting the first node");
        var first = await _fleet.Open(cancel);
        _tell($"{first.Name} opens a room at {first.Address}");
        Now($"starting {_nodes - 1} more");
        for (var i = 1; i < _nodes; i++)
        {
            _fleet.LaunchJoiner();
        }

        await _fleet.Until(() => _fleet.All.All(n => n.IsWell || n.HasExited), Fleet.Patience, "a welcome for every node", cancel);
        foreach (var node in _fleet.All.Skip(1))
        {
            _tell($"{(await _fleet.Welcomed(node, cancel)).Name} joins at {node.Address}, process {node.Id}");
        }

        Now("everybody talks");
        _fleet.Talk(LinesPerSecond);
        await Task.Delay(TalkFirst, cancel);
        for (var kill = 1; kill <= _kills; kill++)
        {
            await Kill(kill, cancel);
            Now("a new node comes in");
            Fleet.Talk(await Join(cancel), LinesPerSecond);
            Now("everybody talks");
            await Task.Delay(TalkAfter, cancel);
        }

        Now("comparing all transcripts");
        if (await _fleet.Settle(Fleet.Patience, cancel) is { } missing)
        {
            _tell($"still missing after {Fleet.Patience.TotalSeconds:0} s: {missing}");
        }

        _fleet.Checker.Finish();
        Now("over");
    }

    public Task Leave(CancellationToken cancel) => _fleet.LeaveAll(LeaveLimit, cancel);

    /// <summary>The moment's picture, as numbers and words.</summary>
    public DemoState State()
    {
        lock (_fleet.Gate)
        {
            var checker = _fleet.Checker;
            var host = _fleet.Host;
            var now = Stopwatch.GetTimestamp();
            while (_lately.TryPeek(out var at) && Stopwatch.GetElapsedTime(at, now) > TimeSpan.FromSeconds(2))
            {
                _lately.Dequeue();
            }

            return new DemoState(
                Stopwatch.GetElapsedTime(_begin, now),
                _doing,
                host?.Name ?? "",
                _fleet.All.Max(n => (long?)n.Epoch) ?? 0,
                [.. _fleet.All.Select(n => new DemoNode(n.Name, n.Address, What(n, host), n.SaidCount))],
                _nodes,
                [.. _done],
                _kills,
                [.. _messages],
                _fleet.All.Sum(n => (long)n.Transcript.TypedCount),
                _lately.Count / 2.0,
                checker.Lines,
                checker.Count(ViolationKind.Lost),
                checker.Count(ViolationKind.Doubled),
                checker.Count(ViolationKind.Disorder) + checker.Count(ViolationKind.Different) + checker.Count(ViolationKind.Invented),
                checker.Violations is [var first, ..] ? first.ToString() : null);
        }
    }

    /// <summary>What it came to, in lines.</summary>
    public IEnumerable<string> Summary()
    {
        var state = State();
        yield return string.Create(
            CultureInfo.InvariantCulture,
            $"{state.Nodes.Count} nodes, {state.Said:N0} messages said, {state.LinesCompared:N0} lines compared in {state.Running.TotalSeconds:0} s");
        if (state.Kills.Count > 0)
        {
            var gaps = state.Kills.Select(k => k.Gap ?? TimeSpan.Zero).Order().ToList();
            yield return $"{state.Kills.Count} hosts killed; gap: median {Figures.Seconds(Figures.Median(gaps))}, worst {Figures.Seconds(gaps[^1])}";
        }

        yield return $"lost {state.Lost}, doubled {state.Doubled}, out of order {state.Disorder}";
        foreach (var violation in _fleet.Checker.Violations.Take(10))
        {
            yield return violation.ToString();
        }
    }

    private static string What(NodeProcess node, NodeProcess? host) =>
        node.ToldToGo ? "killed"
        : node.HasExited ? "ended"
        : node.Connection == "connected" ? node == host ? "hosts" : "here"
        : node.Connection;

    private async Task<NodeProcess> Join(CancellationToken cancel)
    {
        var node = await _fleet.Join(cancel);
        _tell($"{node.Name} joins at {node.Address}, process {node.Id}");
        return node;
    }

    private async Task Kill(int number, CancellationToken cancel)
    {
        await _fleet.Until(() => _fleet.Host is not null, Fleet.Patience, "a host that all agree on", cancel);
        var victim = _fleet.Host!;
        var survivors = _fleet.Living.Where(n => n != victim).ToList();
        var before = survivors.ToDictionary(n => n, n => n.Epoch);
        _fleet.ForgetTimes();
        _doing = $"SIGKILL of the host, {victim.Name}";
        _tell($"SIGKILL {number} of {_kills}: {victim.Name}, process {victim.Id}, who hosts epoch {victim.Epoch}");
        lock (_fleet.Gate)
        {
            victim.Kill();
            _done.Add(new DemoKill(number, victim.Name, null, 0, null));
        }

        // Over when every survivor shows a message of every survivor that was typed after the host's death.
        var spoken = Fleet.Spoken(survivors);
        await _fleet.Until(
            () => survivors.All(n => n.Epoch > before[n]) && Fleet.GoOn(survivors, spoken),
            Fleet.Patience,
            $"that the others go on without {victim.Name}",
            cancel);
        var gap = _fleet.LongestSilence(survivors);
        await _fleet.Until(() => _fleet.Host is not null, Fleet.Patience, "the next host", cancel);
        var next = _fleet.Host!;
        lock (_fleet.Gate)
        {
            _done[^1] = _done[^1] with { Successor = next.Name, Epoch = next.Epoch, Gap = gap };
        }

        _tell($"{next.Name} took over with epoch {next.Epoch}; nothing was shown for {Figures.Seconds(gap)} at worst");
    }

    private void Now(string doing) => _doing = doing;

    private void OnLine(NodeProcess node, NodeLine line)
    {
        if (line.Seq is { } seq && seq > _lastSeq)
        {
            _lastSeq = seq;
            if (line.Event == "said")
            {
                _messages.Enqueue(new DemoMessage(seq, line.Text("user") ?? "", line.Text("text") ?? ""));
                _lately.Enqueue(Stopwatch.GetTimestamp());
                if (_messages.Count > MessagesKept)
                {
                    _messages.Dequeue();
                }
            }
        }
    }
}
