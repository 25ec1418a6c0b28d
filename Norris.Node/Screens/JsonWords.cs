using System.Diagnostics;
using Norris.Actors;
using Norris.Core.Protocol;
using Norris.Core.Room;
using Norris.Node.Session;

namespace Norris.Node.Screens;

/// <summary>What things are called in JSON. Programs read these words: never change one.</summary>
public static class JsonWords
{
    /// <summary>The word for a reason on the outside: <c>left</c>, <c>crashed</c>, <c>expelled</c>, <c>silent</c>, <c>put-out</c>.</summary>
    public static string Word(LeaveReason reason) => reason switch
    {
        LeaveReason.Left => "left",
        LeaveReason.Crashed => "crashed",
        LeaveReason.Expelled => "expelled",
        LeaveReason.Silent => "silent",
        LeaveReason.PutOut => "put-out",
        _ => throw new UnreachableException($"No word for {reason}."),
    };

    /// <summary>The word for one of a room's settings: <c>name</c>, <c>topic</c>.</summary>
    public static string Word(RoomSettingKind setting) => setting switch { RoomSettingKind.Name => "name", RoomSettingKind.Topic => "topic", _ => "last" };

    /// <summary>The word for what is said of a circle: <c>admitted</c>, <c>put-out</c>, <c>invited</c>, <c>taken-back</c>.</summary>
    public static string Word(CircleChange change) => change switch
    {
        CircleChange.Admitted => "admitted",
        CircleChange.PutOut => "put-out",
        CircleChange.Invited => "invited",
        CircleChange.TakenBack => "taken-back",
        _ => throw new UnreachableException($"No word for {change}."),
    };

    /// <summary>The word for a state on the outside: <c>connected</c>, <c>host-silent</c>, <c>cut-off</c>, <c>rejoining</c>.</summary>
    public static string Word(ConnectionState state) => state switch
    {
        ConnectionState.Connected => "connected",
        ConnectionState.HostSilent => "host-silent",
        ConnectionState.CutOff => "cut-off",
        ConnectionState.Rejoining => "rejoining",
        _ => throw new UnreachableException($"No word for {state}."),
    };

    /// <summary>The word for a step of a change of host on the outside.</summary>
    public static string Word(RecoveryStepKind kind) => kind switch
    {
        RecoveryStepKind.Silent => "silent",
        RecoveryStepKind.Dead => "dead",
        RecoveryStepKind.TakenOut => "taken-out",
        RecoveryStepKind.Ended => "ended",
        RecoveryStepKind.Asks => "asks",
        RecoveryStepKind.Promises => "promises",
        RecoveryStepKind.Chooses => "chooses",
        RecoveryStepKind.Reigns => "reigns",
        RecoveryStepKind.Follows => "follows",
        RecoveryStepKind.Resubmits => "resubmits",
        _ => throw new UnreachableException($"No word for {kind}."),
    };
}
