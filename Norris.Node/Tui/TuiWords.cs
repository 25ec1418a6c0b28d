using System.Diagnostics;
using System.Globalization;
using Norris.Core.Protocol;
using Norris.Node.Screens;
using Norris.Node.Session;

namespace Norris.Node.Tui;

/// <summary>What happens in a room, in words.</summary>
public static class TuiWords
{
    public static string Of(ChatEvent happened) => happened switch
    {
        RenamedEvent it => $"{it.Before} is now {it.User}",
        SettingEvent it => it.Words,
        RecordingEvent it => it.Recording ? $"node {it.Node} keeps the history of this room from here on" : $"node {it.Node} keeps the history no longer",
        CircleEvent it => LineScreen.Words(it),
        ConnectionEvent it => $"{Of(it.State)}{(it.Why.Length > 0 ? $": {it.Why}" : "")}",
        NoticeEvent it => it.Text,
        _ => throw new UnreachableException($"no words for {happened.GetType()}"),
    };

    public static string Of(ConnectionState state) => state switch
    {
        ConnectionState.Connected => "connected",
        ConnectionState.HostSilent => "host silent",
        ConnectionState.CutOff => "cut off",
        ConnectionState.Rejoining => "rejoining",
        _ => throw new UnreachableException($"no words for {state}"),
    };

    public static string Of(DeliveryLevel delivery) => delivery == DeliveryLevel.Uniform ? "uniform" : "agreed";

    /// <summary>Whether a text has that name in it, as a word of its own.</summary>
    public static bool Names(string text, string name)
    {
        if (name.Length == 0)
        {
            return false;
        }

        for (var at = text.IndexOf(name, StringComparison.OrdinalIgnoreCase); at >= 0; at = text.IndexOf(name, at + 1, StringComparison.OrdinalIgnoreCase))
        {
            var end = at + name.Length;
            if ((at == 0 || !char.IsLetterOrDigit(text[at - 1])) && (end == text.Length || !char.IsLetterOrDigit(text[end])))
            {
                return true;
            }
        }

        return false;
    }
}
