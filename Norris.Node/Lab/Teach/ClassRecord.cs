using System.Text.Json;

namespace Norris.Lab.Teach;

/// <summary>Something that a node told, or that was done to it.</summary>
/// <param name="Number">1, 2, 3 …</param>
/// <param name="At">When, in milliseconds since 1970, UTC. Of a step it is what the node says; so it may be before the moment that came before it.</param>
/// <param name="Lane">Which node: 0, 1, 2 …</param>
/// <param name="Kind"><c>line</c>: a line that it printed. <c>step</c>: a step of a change of host that it told. <c>lane</c>: how it is.</param>
internal sealed record Moment(long Number, long At, int Lane, string Kind)
{
    public JsonElement? Line { get; init; }

    public string? Name { get; init; }

    public string? Address { get; init; }

    /// <summary><c>starting</c>, <c>here</c>, <c>stopped</c>, <c>cut</c>, <c>stopped and cut</c> or <c>dead</c>.</summary>
    public string? State { get; init; }

    /// <summary>Of a node that ended by itself, what it said of that.</summary>
    public string? Why { get; init; }
}

/// <summary>All that happened in a class, so far as it is kept. Safe for several threads.</summary>
internal sealed class ClassRecord
{
    /// <summary>Of older moments only how the nodes were is kept.</summary>
    public const int Kept = 20_000;

    private const int TrimmedAtOnce = 1_000;
    private readonly Lock _gate = new();
    private readonly List<Moment> _moments = [];
    private TaskCompletionSource _more = New();
    private long _last;

    /// <param name="make">Makes the moment of the number that it gets.</param>
    public void Add(Func<long, Moment> make)
    {
        TaskCompletionSource more;
        lock (_gate)
        {
            _moments.Add(make(++_last));
            if (_moments.Count > Kept + TrimmedAtOnce)
            {
                var left = TrimmedAtOnce;
                _moments.RemoveAll(m => m.Kind != "lane" && left-- > 0);
            }

            (more, _more) = (_more, New());
        }

        more.TrySetResult();
    }

    /// <summary>The moments after a number, at most so many; waits until there is one, or for as long as this.</summary>
    public async Task<IReadOnlyList<Moment>> After(long number, int most, TimeSpan wait, CancellationToken cancel)
    {
        Task more;
        lock (_gate)
        {
            if (_last > number)
            {
                return Now();
            }

            more = _more.Task;
        }

        await Task.WhenAny(more, Task.Delay(wait, cancel));
        cancel.ThrowIfCancellationRequested();
        lock (_gate)
        {
            return Now();
        }

        IReadOnlyList<Moment> Now() => [.. _moments.Skip(First(number)).Take(most)];
    }

    private int First(long number)
    {
        var (low, high) = (0, _moments.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = _moments[middle].Number > number ? (low, middle) : (middle + 1, high);
        }

        return low;
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
