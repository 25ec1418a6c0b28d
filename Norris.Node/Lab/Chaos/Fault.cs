namespace Norris.Lab.Chaos;

/// <summary>What can be done to a room. The words are what reports say.</summary>
internal enum Fault
{
    KillHost,
    KillOther,

    /// <summary>The host, and a moment later the one that comes next.</summary>
    KillHostAndNext,

    /// <summary>What only the dead had is gone, and the one that is left has to say so.</summary>
    KillAllButOne,
    LeaveHost,
    LeaveOther,
    StopHost,
    StopOther,
    CutHost,
    CutOther,

    /// <summary>The smaller part of the room, the host in it, cannot reach the larger one.</summary>
    SplitHost,

    /// <summary>The smaller part of the room, without the host.</summary>
    SplitOthers,

    /// <summary>Nobody hears the host, and it hears everybody.</summary>
    MuteHost,

    /// <summary>The host hears nobody, and everybody hears it.</summary>
    DeafHost,

    /// <summary>Late and now and then lost packets.</summary>
    PoorHost,
    ResetHost,
    Join,
}

/// <summary>What there is to know about a fault beforehand.</summary>
internal static class Faults
{
    public static string Word(Fault fault) => fault switch
    {
        Fault.KillHost => "SIGKILL of the host",
        Fault.KillOther => "SIGKILL of another",
        Fault.KillHostAndNext => "SIGKILL of host and next",
        Fault.KillAllButOne => "SIGKILL of all but one",
        Fault.LeaveHost => "host leaves (SIGTERM)",
        Fault.LeaveOther => "another leaves (SIGTERM)",
        Fault.StopHost => "SIGSTOP of the host",
        Fault.StopOther => "SIGSTOP of another",
        Fault.CutHost => "cable of the host cut",
        Fault.CutOther => "cable of another cut",
        Fault.SplitHost => "split, host in the minority",
        Fault.SplitOthers => "split, host in the majority",
        Fault.MuteHost => "nobody hears the host",
        Fault.DeafHost => "the host hears nobody",
        Fault.PoorHost => "host's link loses and delays",
        Fault.ResetHost => "TCP reset of the host's links",
        Fault.Join => "join",
        _ => throw new System.Diagnostics.UnreachableException($"No word for {fault}."),
    };

    public static bool NeedsNetwork(Fault fault) =>
        fault is Fault.CutHost or Fault.CutOther or Fault.SplitHost or Fault.SplitOthers or Fault.MuteHost or Fault.DeafHost or Fault.PoorHost;

    /// <summary>Whether the victims come back by themselves when it is over.</summary>
    public static bool Heals(Fault fault) => NeedsNetwork(fault) || fault is Fault.StopHost or Fault.StopOther;

    /// <summary>The fewest nodes with which the others have a majority, or a proof that they need none.</summary>
    public static int FewestNodes(Fault fault) => fault switch
    {
        Fault.KillHostAndNext or Fault.SplitHost or Fault.SplitOthers => 5,
        Fault.KillHost or Fault.KillOther or Fault.LeaveHost or Fault.LeaveOther or Fault.ResetHost or Fault.Join => 2,
        _ => 3,
    };
}
