using System.Globalization;
using Norris.Tests.Simulation;

namespace Norris.Tests.ModelCheck;

/// <summary>What came of exploring.</summary>
internal sealed record Exploration(Configuration Configuration, bool IsExhausted, int States, long Transitions, int Depth, long Ends, long CalmRuns, long Steps, TimeSpan Took)
{
    /// <summary>The promises that were seen broken, each with a shortest way to it.</summary>
    public IReadOnlyList<(ViolationException Broken, IReadOnlyList<Move> Way)> Violations { get; init; } = [];

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Configuration.Name}: {(IsExhausted ? "exhausted" : "not exhausted")}, {(Violations.Count == 0 ? "no violation" : $"VIOLATIONS: {Violations.Count}")}; {States:N0} states, {Transitions:N0} transitions, depth {Depth}, {Ends:N0} ends, {CalmRuns:N0} led back to one room, {Steps:N0} different steps of machines, {Took.TotalSeconds:F1} s, {States / Math.Max(0.001, Took.TotalSeconds):N0} states/s");
}

/// <summary>
/// Goes through every order of events, breadth first, so that the way to a violation is a shortest one. Of each state it keeps the fingerprint (64 bits: of a
/// hundred million states two differ in none with a chance of 1 in 3,700), and from which other state it was come to, by which move.
/// </summary>
internal sealed class Explorer(Configuration configuration)
{
    private readonly Stepper _stepper = new();
    private readonly Calm _calm = new();
    private readonly List<(int From, Move By)> _ways = [(-1, default)];
    private readonly HashSet<ulong> _seen = [];
    private readonly Dictionary<string, (ViolationException Broken, IReadOnlyList<Move> Way)> _violations = [];
    private readonly System.Diagnostics.Stopwatch _watch = System.Diagnostics.Stopwatch.StartNew();
    private long _transitions;
    private long _ends;
    private int _depth;

    /// <param name="mostStates">Gives up after so many.</param>
    /// <param name="goesOn">Whether to go on after a violation, to find those of other kinds.</param>
    /// <param name="progress">Told every now and then how far it is.</param>
    public Exploration Run(int mostStates, bool goesOn = false, Action<Exploration>? progress = null)
    {
        var lastWord = TimeSpan.Zero;
        var start = World.Begin(_stepper, configuration);
        _seen.Add(start.Fingerprint);
        var open = new Queue<(int Index, int Depth, World World)>([(0, 0, start)]);
        while (open.TryDequeue(out var at))
        {
            if (_seen.Count > mostStates || (_violations.Count > 0 && !goesOn))
            {
                return So(false);
            }

            _depth = at.Depth;
            foreach (var (index, world) in Next(at.Index, at.World))
            {
                open.Enqueue((index, at.Depth + 1, world));
            }

            if (progress is not null && _watch.Elapsed - lastWord > TimeSpan.FromSeconds(10))
            {
                lastWord = _watch.Elapsed;
                progress(So(false));
            }
        }

        return So(true);
    }

    private Exploration So(bool isExhausted) =>
        new(configuration, isExhausted, _seen.Count, _transitions, _depth, _ends, _calm.Runs, _stepper.Made, _watch.Elapsed) { Violations = [.. _violations.Values] };

    /// <summary>The states that come after one and are new; asks that one to lead back to one room.</summary>
    private List<(int Index, World World)> Next(int index, World world)
    {
        var next = new List<(int, World)>();
        var isEnd = true;
        foreach (var move in Moves.Of(world))
        {
            isEnd = false;
            _transitions++;
            try
            {
                var after = world.After(move);
                if (_seen.Add(after.Fingerprint))
                {
                    _ways.Add((index, move));
                    next.Add((_ways.Count - 1, after));
                }
            }
            catch (ViolationException e)
            {
                Found(e, [.. WayTo(index), move]);
            }
        }

        _ends += isEnd ? 1 : 0;
        try
        {
            _calm.Require(world);
        }
        catch (ViolationException e)
        {
            Found(e, WayTo(index));
        }

        return next;
    }

    // Of each kind the first one, whatever the numbers in it.
    private void Found(ViolationException broken, IReadOnlyList<Move> way) =>
        _violations.TryAdd(string.Concat(broken.Message.Where(c => !char.IsAsciiHexDigitLower(c))), (broken, way));

    /// <summary>Goes a way once more, and says what happens on it and, if that breaks nothing, in the calm after it.</summary>
    public void Replay(IReadOnlyList<Move> way, TextWriter output)
    {
        var trace = new Trace(output);
        var world = World.Begin(_stepper, configuration);
        try
        {
            foreach (var move in way)
            {
                world = world.After(move, trace);
            }

            output.WriteLine("calm");
            _calm.Require(world, trace);
        }
        catch (ViolationException e)
        {
            output.WriteLine(e.Message);
        }
    }

    private List<Move> WayTo(int index)
    {
        var way = new List<Move>();
        for (var at = index; at > 0; at = _ways[at].From)
        {
            way.Add(_ways[at].By);
        }

        way.Reverse();
        return way;
    }
}
