namespace Norris.Tests.ModelCheck;

/// <summary>A room, and how much may happen in it.</summary>
/// <param name="Name">What it is called on the command line.</param>
/// <param name="Nodes">How many nodes are members at the start.</param>
/// <param name="Budget">How often what may happen.</param>
/// <param name="Wait">How long a wait is, in milliseconds.</param>
internal sealed record Configuration(string Name, int Nodes, Budget Budget, long Wait = 4000)
{
    /// <summary>
    /// A reduction for the larger ones. What a node's own two machines say to each other arrives before anything else happens there, as it nearly always
    /// does: an order in which a message from another node overtakes them is not looked at. And who is not reached is seen at once: that changes no
    /// outcome, since a machine acts on it only when time passes.
    /// </summary>
    public bool IsPrompt { get; init; }

    /// <summary>It takes seconds.</summary>
    public bool IsQuick { get; init; }

    public static IReadOnlyList<Configuration> All { get; } =
    [
        new("small", 2, new Budget { Says = 1, Crashes = 1 }) { IsQuick = true },
        new("crash", 2, new Budget { Says = 2, Crashes = 1, Losses = 1 }) { IsQuick = true },
        new("silent", 2, new Budget { Says = 1, Cuts = 1, Waits = 1 }) { IsQuick = true },
        new("stop", 3, new Budget { Says = 1, Stops = 1 }) { IsQuick = true },
        new("two", 2, new Budget { Says = 2, Crashes = 1, Losses = 1, Cuts = 1, Restarts = 1 }) { IsPrompt = true },
        new("leave", 3, new Budget { Leaves = 1, Crashes = 1 }),
        new("three", 3, new Budget { Says = 1, Leaves = 1, Crashes = 1, Stops = 1 }) { IsPrompt = true },
    ];

    public override string ToString()
    {
        string[] parts =
        [
            Of(Budget.Says, "message"), Of(Budget.Crashes, "crash"), Of(Budget.Losses, "loss on the way"), Of(Budget.Cuts, "cut cable"),
            Of(Budget.Restarts, "restart of the sequencer"), Of(Budget.Leaves, "leave"), Of(Budget.Stops, "stop"), Of(Budget.Waits, $"wait of {Wait} ms"),
        ];
        return $"{Nodes} nodes, {string.Join(", ", parts.Where(p => p.Length > 0))}";
    }

    private static string Of(int count, string what) => count == 0 ? "" : $"{count} × {what}";
}
