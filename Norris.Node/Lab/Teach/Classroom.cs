using System.Globalization;
using System.Text.Json;
using Norris.Lab.Processes;
using Norris.Lab.Rooms;

namespace Norris.Lab.Teach;

/// <summary>A room for a class: real nodes that are spoken through, killed, stopped, cut off and brought back, and the record of all that they tell.</summary>
/// <param name="fleet">The nodes; none is started yet. The caller's, to dispose of after this.</param>
/// <param name="network">Cables that can be cut; null: there are none.</param>
/// <param name="whyNoCables">Why there are none.</param>
internal sealed class Classroom(Fleet fleet, Network? network, string whyNoCables) : IAsyncDisposable
{
    public const int MostNodes = 20;
    private const int LongestText = 1_000;
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(100);
    private readonly SemaphoreSlim _oneAtATime = new(1);
    private readonly CancellationTokenSource _over = new();
    private readonly List<Lane> _lanes = [];
    private Task _watching = Task.CompletedTask;

    public ClassRecord Record { get; } = new();

    /// <summary>Why no cable can be cut; empty: one can.</summary>
    public string WhyNoCables => network is null ? whyNoCables : "";

    /// <summary>Starts so many nodes, and follows them until this is disposed of. Throws <see cref="LabException"/> where they do not come.</summary>
    public async Task Start(int count, CancellationToken cancel)
    {
        fleet.LineCame += OnLine;
        _watching = Watch();
        await _oneAtATime.WaitAsync(cancel);
        try
        {
            await Opened(cancel);
            for (var i = 1; i < count; i++)
            {
                Add(fleet.LaunchJoiner());
            }
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    /// <summary>Does what the teacher wants. Null: it is done; else why it is not, in a line.</summary>
    /// <param name="what">say, kill, stop, continue, start, cut, heal or add.</param>
    /// <param name="number">To which node; nobody's where one is added.</param>
    /// <param name="text">What to say.</param>
    public async Task<string?> Do(string? what, int number, string? text, CancellationToken cancel)
    {
        await _oneAtATime.WaitAsync(cancel);
        try
        {
            if (what == "add")
            {
                return await AddOne(cancel);
            }

            Lane? lane;
            lock (fleet.Gate)
            {
                lane = _lanes.ElementAtOrDefault(number);
            }

            if (lane is null)
            {
                return "there is no such node";
            }

            var why = await Do(what, lane, text ?? "", cancel);
            lock (fleet.Gate)
            {
                NoteState(number, lane);
            }

            return why;
        }
        catch (LabException e)
        {
            return e.Message;
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        fleet.LineCame -= OnLine;
        await _over.CancelAsync();
        await _watching;
        _lanes.ForEach(lane => lane.Dispose());
        _over.Dispose();
        _oneAtATime.Dispose();
    }

    private async Task<string?> Do(string? what, Lane lane, string text, CancellationToken cancel) => what switch
    {
        "start" => lane.IsDead ? await StartAgain(lane, cancel) : $"{lane.Name} runs",
        _ when lane.IsDead => $"{lane.Name} is dead: start it again",
        "kill" => Kill(lane),
        _ when lane.Node.Address.Length == 0 => $"{lane.Name} is on its way in: wait until it is there",
        "say" when text.Trim().Length == 0 => "an empty message says nothing",
        "say" when text.Length > LongestText => string.Create(CultureInfo.InvariantCulture, $"a message has at most {LongestText} characters here"),
        "say" when lane.IsStopped => $"{lane.Name} is stopped and hears nobody: let it go on first",
        "say" => await lane.Type($"{{\"text\":\"{JsonEncodedText.Encode(text)}\"}}\n") ? null : $"{lane.Name} does not listen any more",
        "stop" or "continue" when OperatingSystem.IsWindows() => "Windows cannot stop a process and let it go on",
        "stop" => lane.IsStopped ? $"{lane.Name} is stopped already" : Stop(lane, true),
        "continue" => lane.IsStopped ? Stop(lane, false) : $"{lane.Name} is not stopped",
        "cut" or "heal" when network is null => whyNoCables,
        "cut" => lane.IsCut ? $"{lane.Name} is cut off already" : Cut(lane, true),
        "heal" => lane.IsCut ? Cut(lane, false) : $"{lane.Name} is not cut off",
        _ => $"nobody knows how to '{what}'",
    };

    private async Task<string?> AddOne(CancellationToken cancel)
    {
        if (_lanes.Count >= MostNodes)
        {
            return string.Create(CultureInfo.InvariantCulture, $"{MostNodes} nodes are enough");
        }

        if (_lanes.TrueForAll(lane => lane.IsDead))
        {
            await Opened(cancel);
        }
        else
        {
            Add(fleet.LaunchJoiner());
        }

        return null;
    }

    private async Task Opened(CancellationToken cancel) => await fleet.Welcomed(Add(fleet.LaunchFirst()), cancel);

    private NodeProcess Add(NodeProcess node)
    {
        lock (fleet.Gate)
        {
            _lanes.Add(new Lane(node));
            return node;
        }
    }

    private string? Kill(Lane lane)
    {
        lane.Node.Kill();
        if (lane.IsCut)
        {
            Cut(lane, false);
        }

        lane.IsStopped = false;
        return null;
    }

    private async Task<string?> StartAgain(Lane lane, CancellationToken cancel)
    {
        await lane.Node.WhenExited.WaitAsync(Fleet.Patience, cancel);
        var isAlone = _lanes.TrueForAll(other => other.IsDead);
        lock (fleet.Gate)
        {
            lane.Begin(fleet.LaunchAgain(lane.Node, isAlone));
        }

        return null;
    }

    private static string? Stop(Lane lane, bool stop)
    {
        lane.Node.Signal(stop ? "STOP" : "CONT");
        lane.IsStopped = stop;
        return null;
    }

    private string? Cut(Lane lane, bool cut)
    {
        network!.Cable(lane.Node.Number, plugged: !cut);
        lane.IsCut = cut;
        return null;
    }

    /// <summary>Asks each node how it is, once it has answered, and notes what became of each.</summary>
    private async Task Watch()
    {
        using var timer = new PeriodicTimer(LookEvery);
        try
        {
            while (await timer.WaitForNextTickAsync(_over.Token))
            {
                List<Lane> ask = [];
                lock (fleet.Gate)
                {
                    for (var i = 0; i < _lanes.Count; i++)
                    {
                        NoteState(i, _lanes[i]);
                        if (_lanes[i].MayAsk())
                        {
                            ask.Add(_lanes[i]);
                        }
                    }
                }

                foreach (var lane in ask)
                {
                    await lane.Type("/inside\n");
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The class is over.
        }
    }

    private void NoteState(int number, Lane lane)
    {
        if (lane.HasChanged())
        {
            var (name, address, state, why) = (lane.Name, lane.Node.Address, lane.State, lane.WhyDead);
            Record.Add(n => new Moment(n, Now(), number, "lane") { Name = name, Address = address, State = state, Why = why });
        }
    }

    /// <summary>Under the fleet's lock.</summary>
    private void OnLine(NodeProcess node, NodeLine line)
    {
        var number = _lanes.FindIndex(lane => lane.Node == node);
        if (number < 0)
        {
            return;
        }

        var lane = _lanes[number];
        NoteState(number, lane);
        if (line.Event != "inside")
        {
            Record.Add(n => new Moment(n, Now(), number, "line") { Line = line.Json });
            return;
        }

        foreach (var step in lane.NewSteps(line))
        {
            Record.Add(n => new Moment(n, step.GetProperty("at").GetDateTimeOffset().ToUnixTimeMilliseconds(), number, "step") { Line = step });
        }

        if (lane.NewPlace(line) is { } place)
        {
            Record.Add(n => new Moment(n, Now(), number, "line") { Line = place });
        }
    }

    private static long Now() => DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
}
