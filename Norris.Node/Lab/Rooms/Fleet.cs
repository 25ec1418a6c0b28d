using System.Diagnostics;
using System.Globalization;
using Norris.Lab.Processes;

namespace Norris.Lab.Rooms;

/// <summary>
/// Some node processes that chat with each other on this machine. Disposed, all of them are gone, whatever state they are in; so they are
/// when this process dies.
/// </summary>
internal sealed class Fleet : IAsyncDisposable
{
    public const string Loopback = "127.0.0.1";

    /// <summary>For what is not about time. Generous, for machines that are busy with other things.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(10);

    private static readonly string[] People =
    [
        "ada", "bob", "cleo", "dora", "emil", "fay", "gus", "hana", "ivo", "jo", "kai", "lena", "max", "nora", "otto", "pia", "rosa", "sam", "tilda", "uma",
    ];

    private static readonly string[] Phrases =
    [
        "good morning everybody", "is the kettle on?", "who took the last biscuit", "it was raining in the hills", "see you at noon", "that is what I said",
        "did you read the letter?", "the cat is on the roof again", "no idea, ask the others", "bring an umbrella", "I am almost done", "one more try",
    ];

    private readonly string _folder = Directory.CreateTempSubdirectory("norris-fleet").FullName;
    private readonly string _bind;
    private readonly LastWill _will;
    private readonly Network? _network;
    private readonly List<NodeProcess> _nodes = [];
    private readonly IReadOnlyList<string> _more;
    private readonly string? _logs;
    private int _started;

    /// <param name="network">Cables that can be cut; null: all on the loopback interface. The caller's, to dispose of after this.</param>
    /// <param name="logs">A folder for a log of each node, Akka's INFO included; null: none is kept.</param>
    /// <param name="bind">Where nodes without a network of their own listen.</param>
    public Fleet(LastWill will, Network? network = null, string? logs = null, string bind = Loopback)
    {
        (_will, _network, _logs, _bind, _more) = (will, network, logs, bind, []);
        if (logs is not null)
        {
            var settings = Path.Combine(Directory.CreateDirectory(logs).FullName, "log.hocon");
            File.WriteAllText(settings, "akka.loglevel = INFO\n");
            _more = ["--hocon", settings];
        }

        if (!OperatingSystem.IsWindows())
        {
            will.Finally($"rm -rf '{_folder}'");
        }
    }

    /// <summary>Guards what lines change, that is, everything of the nodes that can be read here.</summary>
    public Lock Gate { get; } = new();

    public TranscriptChecker Checker { get; } = new();

    /// <summary>A line of a node, after the node has followed it. Under <see cref="Gate"/>.</summary>
    public event Action<NodeProcess, NodeLine>? LineCame;

    /// <summary>All that were ever started, in the order in which they were.</summary>
    public IReadOnlyList<NodeProcess> All
    {
        get
        {
            lock (Gate)
            {
                return [.. _nodes];
            }
        }
    }

    /// <summary>Those that were not told to go.</summary>
    public IReadOnlyList<NodeProcess> Living => [.. All.Where(n => !n.ToldToGo)];

    /// <summary>The node that most of those which are well take for the host; null when that one is none of them.</summary>
    public NodeProcess? Host
    {
        get
        {
            lock (Gate)
            {
                var well = _nodes.Where(n => n.IsWell).ToList();
                var address = well.GroupBy(n => n.Host).OrderByDescending(g => g.Count()).FirstOrDefault()?.Key;
                return _nodes.FirstOrDefault(n => n.Address == address && n.Address.Length > 0 && !n.ToldToGo);
            }
        }
    }


    /// <summary>Starts a room with its first node and waits until that is in.</summary>
    public Task<NodeProcess> Open(CancellationToken cancel) => Welcomed(LaunchFirst(), cancel);

    /// <summary>Starts a node that joins through all that are well, and waits until it is in.</summary>
    public Task<NodeProcess> Join(CancellationToken cancel) => Welcomed(LaunchJoiner(), cancel);

    /// <summary>Starts a room with its first node.</summary>
    public NodeProcess LaunchFirst() => Launch("host", []);

    /// <summary>Starts a node that joins through all that are well.</summary>
    public NodeProcess LaunchJoiner() => Launch("join", Well());

    /// <summary>Starts a node anew that is dead: under its name, in its place.</summary>
    /// <param name="first">It opens a room; else it joins through all that are well.</param>
    public NodeProcess LaunchAgain(NodeProcess dead, bool first) => Launch(first ? "host" : "join", first ? [] : Well(), dead.Number);

    /// <summary>Starts a room of so many, and waits until all know of each other.</summary>
    public async Task Start(int count, CancellationToken cancel)
    {
        await Open(cancel);
        for (var i = 1; i < count; i++)
        {
            LaunchJoiner();
        }

        await Until(() => All.Count(n => n.IsWell) == count, Patience, $"{count} nodes in one room", cancel);
    }

    /// <summary>Waits until a node is in, for the first time.</summary>
    public async Task<NodeProcess> Welcomed(NodeProcess node, CancellationToken cancel)
    {
        await Until(() => node.Connection == "connected" || node.HasExited, Patience, $"{node.Name}'s welcome", cancel);
        return node.Connection == "connected"
            ? node
            : throw new LabException($"{node.Name} ended before it was in: {node.Errors}");
    }

    /// <summary>Waits for a condition, looked at under <see cref="Gate"/>. Says what did not come true.</summary>
    public async Task Until(Func<bool> condition, TimeSpan limit, string what, CancellationToken cancel)
    {
        if (!await Comes(condition, limit, cancel))
        {
            throw new LabException($"this did not come within {limit.TotalSeconds:0} s: {what}");
        }
    }

    /// <summary>Waits for a condition, looked at under <see cref="Gate"/>. False: it did not come true within the limit.</summary>
    public async Task<bool> Comes(Func<bool> condition, TimeSpan limit, CancellationToken cancel)
    {
        var begin = Stopwatch.GetTimestamp();
        while (true)
        {
            lock (Gate)
            {
                if (condition())
                {
                    return true;
                }
            }

            if (Stopwatch.GetElapsedTime(begin) > limit)
            {
                return false;
            }

            await Task.Delay(LookAgain, cancel);
        }
    }

    /// <summary>Lets all that live and do not talk yet talk, at this rate each.</summary>
    public void Talk(double perSecond)
    {
        foreach (var node in Living)
        {
            Talk(node, perSecond);
        }
    }

    public static void Talk(NodeProcess node, double perSecond)
    {
        // Numbered, so that a speaker never says the same twice; and not all in one voice.
        var voice = node.Name[0];
        node.Talk(perSecond, i => string.Create(CultureInfo.InvariantCulture, $"{Phrases[(i * 7 + voice) % Phrases.Length]} #{i + 1}"));
    }

    /// <summary>From now on silences are counted anew.</summary>
    public void ForgetTimes()
    {
        lock (Gate)
        {
            _nodes.ForEach(n => n.ForgetTimes());
        }
    }

    /// <summary>The longest silence between messages shown at one of the nodes since <see cref="ForgetTimes"/>, one that goes on included.</summary>
    public TimeSpan LongestSilence(IEnumerable<NodeProcess> of)
    {
        var now = Stopwatch.GetTimestamp();
        lock (Gate)
        {
            return of.Select(n => n.SaidAt.Append(now).Zip(n.SaidAt.Skip(1).Append(now), (a, b) => Stopwatch.GetElapsedTime(a, b)).DefaultIfEmpty().Max())
                .DefaultIfEmpty().Max();
        }
    }

    /// <summary>Whether each of these shows something that each of these said after this moment's <see cref="Spoken"/>.</summary>
    public static bool GoOn(IReadOnlyCollection<NodeProcess> nodes, IReadOnlyDictionary<NodeProcess, int> since) =>
        nodes.All(n => nodes.All(s => n.Transcript.ShownOf(s.Transcript) > since[s]));

    /// <summary>How much each of these has said by now.</summary>
    public static IReadOnlyDictionary<NodeProcess, int> Spoken(IEnumerable<NodeProcess> nodes) => nodes.ToDictionary(n => n, n => n.Transcript.TypedCount);

    /// <summary>Stops all talk and waits until all that live show all that was said. Null: they do; else what is missing.</summary>
    public async Task<string?> Settle(TimeSpan limit, CancellationToken cancel)
    {
        await Task.WhenAll(Living.Select(n => n.Quiet())).WaitAsync(limit, cancel);
        await Comes(() => Checker.Missing() is null, limit, cancel);
        return Checker.Missing();
    }

    /// <summary>Sends all home, the youngest first. What does not go is killed when this is disposed.</summary>
    public async Task LeaveAll(TimeSpan limit, CancellationToken cancel)
    {
        foreach (var node in Living.Reverse())
        {
            node.Leave();
            await Task.WhenAny(node.WhenExited, Task.Delay(limit, cancel));
        }
    }

    public async ValueTask DisposeAsync()
    {
        var nodes = All;
        foreach (var node in nodes)
        {
            node.Kill();
        }

        foreach (var node in nodes)
        {
            await node.DisposeAsync();
        }

        try
        {
            Directory.Delete(_folder, recursive: true);
        }
        catch (IOException)
        {
            // A profile is still held for a moment on some systems; it is in the folder for temporary files.
        }
    }

    private List<string> Well()
    {
        lock (Gate)
        {
            List<string> through = [.. _nodes.Where(n => n.IsWell).Select(n => n.Address)];
            return through.Count > 0 ? through : throw new LabException("there is no node that is well, so that another could join it");
        }
    }

    private NodeProcess Launch(string command, IEnumerable<string> addresses, int? again = null)
    {
        lock (Gate)
        {
            var number = again ?? _started++;
            var name = number < People.Length ? People[number] : string.Create(CultureInfo.InvariantCulture, $"{People[number % People.Length]}{number / People.Length + 1}");
            var place = _network?.Place(number);
            string[] arguments =
            [
                command, .. addresses, "--name", name, "--bind", place?.Address ?? _bind, "--port", place is null ? "0" : "4053", "--open", "--ui", "json", .. _more,
            ];
            var node = new NodeProcess(number, name, arguments, place?.Wrapper ?? [], _folder, _logs is null ? null : Path.Combine(_logs, $"{name}.log"), Checker.Begin(name), _will, OnLine);
            _nodes.Add(node);
            return node;
        }
    }

    private void OnLine(NodeProcess node, NodeLine line, long at)
    {
        lock (Gate)
        {
            node.Follow(line, at);
            LineCame?.Invoke(node, line);
        }
    }
}
