namespace Norris.Lab.Demo;

/// <param name="What">What it is doing: <c>hosts</c>, <c>here</c>, <c>starting</c>, <c>killed</c> …</param>
internal sealed record DemoNode(string Name, string Address, string What, long Shown);

/// <param name="Gap">The longest silence at a survivor; null while that is being measured.</param>
internal sealed record DemoKill(int Number, string Victim, string? Successor, long Epoch, TimeSpan? Gap);

internal sealed record DemoMessage(long Seq, string User, string Text);

/// <summary>The demo at one moment, for whoever draws it.</summary>
internal sealed record DemoState(
    TimeSpan Running,
    string Doing,
    string Host,
    long Epoch,
    IReadOnlyList<DemoNode> Nodes,
    int NodesWanted,
    IReadOnlyList<DemoKill> Kills,
    int KillsWanted,
    IReadOnlyList<DemoMessage> Messages,
    long Said,
    double Rate,
    long LinesCompared,
    long Lost,
    long Doubled,
    long Disorder,
    string? FirstViolation);
