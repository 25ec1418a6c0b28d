using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using Norris.Core.Protocol;
using Norris.Node.Session;

namespace Norris.Node.Screens;

/// <summary>
/// What happens together is told in one line: 'alan and 3 others joined', and a change of host with what it cost. That a node came or went
/// is not said beside that its user did.
/// </summary>
public sealed record Gathering
{
    private ImmutableList<string> Names { get; init; } = [];

    /// <summary>Null: they joined.</summary>
    private LeaveReason? Reason { get; init; }

    /// <summary>How many came and how many left, where both are told in one line; null: it is told by name.</summary>
    private (int Came, int Left)? Counts { get; init; }

    private HostEvent? Host { get; init; }

    private FailoverEvent? Failover { get; init; }

    /// <summary>Whether there is something in it that a user should know.</summary>
    public bool IsWarning => Host is { MayHaveLost: true };

    /// <summary>The line.</summary>
    public string Text => (Host, Failover) switch
    {
        (null, null) when Counts is { } counts => string.Create(CultureInfo.InvariantCulture, $"{counts.Came} came, {counts.Left} left"),
        (null, null) => Names.Count == 1 ? One(Names[0]) : Several(Names.Count == 2 ? $"{Names[0]} and {Names[1]}" : $"{Names[0]} and {Names.Count - 1} others"),
        ({ } host, null) => $"{host.Host} is the host now{(host.MayHaveLost ? MayBeLost : "")}",
        (var host, { } it) => string.Create(
            CultureInfo.InvariantCulture,
            $"{it.To} took over from {it.From} after {it.Seconds:0.0##} s{(host is null ? "" : host.MayHaveLost ? MayBeLost : "; nothing was lost")}"),
    };

    private const string MayBeLost = "; messages that only those who are gone had seen may be lost";

    /// <summary>The first of what may happen together; null: this is told by itself.</summary>
    public static Gathering? Begin(ChatEvent happened) => happened switch
    {
        JoinedEvent it => new Gathering { Names = [it.User] },
        LeftEvent it => new Gathering { Names = [it.User], Reason = it.Reason },
        HostEvent it => new Gathering { Host = it },
        FailoverEvent it => new Gathering { Failover = it },
        _ => null,
    };

    /// <summary>With one thing more; null: that is another matter.</summary>
    /// <param name="happened">What happened.</param>
    /// <param name="counts">Who comes and who goes may be one matter, and then they are counted.</param>
    public Gathering? With(ChatEvent happened, bool counts = false) => happened switch
    {
        NodeEvent => this,
        JoinedEvent when Counts is { } so => counts ? this with { Counts = (so.Came + 1, so.Left) } : null,
        LeftEvent it when Counts is { } so => counts && it.Reason == LeaveReason.Left ? this with { Counts = (so.Came, so.Left + 1) } : null,
        JoinedEvent when counts && Names.Count > 0 && Reason == LeaveReason.Left => this with { Counts = (1, Names.Count) },
        LeftEvent { Reason: LeaveReason.Left } when counts && Names.Count > 0 && Reason is null => this with { Counts = (Names.Count, 1) },
        JoinedEvent it when Names.Count > 0 && Reason is null => this with { Names = Names.Add(it.User) },
        LeftEvent it when Names.Count > 0 && Reason == it.Reason => this with { Names = Names.Add(it.User) },
        FailoverEvent it when Failover is null && Host?.Host == it.To => this with { Failover = it },
        _ => null,
    };

    private string One(string name) => Reason switch
    {
        null => $"{name} joined",
        LeaveReason.Left => $"{name} left",
        LeaveReason.Crashed => $"{name} is gone: its process died",
        LeaveReason.Silent => $"{name} was taken out: silent for too long",
        LeaveReason.PutOut => $"{name} was put out, with the device",
        LeaveReason.Expelled => $"{name} was put out: it fell too far behind, and may come back",
        var other => throw new UnreachableException($"No words for {other}."),
    };

    private string Several(string names) => Reason switch
    {
        null => $"{names} joined",
        LeaveReason.Left => $"{names} left",
        LeaveReason.Crashed => $"{names} are gone: their processes died",
        LeaveReason.Silent => $"{names} were taken out: silent for too long",
        LeaveReason.PutOut => $"{names} were put out, with the device",
        LeaveReason.Expelled => $"{names} were put out: they fell too far behind, and may come back",
        var other => throw new UnreachableException($"No words for {other}."),
    };
}
