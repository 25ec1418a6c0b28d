using Norris.Node.Session;

namespace Norris.Node.Screens;

/// <summary>For a node that runs as a service: reads nothing, shows no text, and tells how the node is connected.</summary>
internal static class NoScreen
{
    /// <summary>Until the user leaves. Gives what went wrong, in a line; null: nothing.</summary>
    public static async Task<string?> Run(IChatSession session, Action<string> tell, CancellationToken leave)
    {
        var events = Task.Run(() => Follow(session, tell), CancellationToken.None);
        if (await Task.WhenAny(events, Task.Delay(Timeout.Infinite, leave)) == events)
        {
            return await events;
        }

        await session.Leave(CancellationToken.None);
        return null;
    }

    private static async Task<string> Follow(IChatSession session, Action<string> tell)
    {
        var why = "the session ended";
        await foreach (var happened in session.Events.ReadAllAsync())
        {
            switch (happened)
            {
                case WelcomeEvent welcome:
                    tell($"{welcome.Name} is in room {welcome.Room}, on {welcome.Node}; the host is {welcome.Host}");
                    break;
                case ConnectionEvent connection:
                    tell($"{Words(connection.State)}{(connection.Why.Length == 0 ? "" : $": {connection.Why}")}");
                    break;
                case FailoverEvent failover:
                    tell($"{failover.To} is host after {failover.From}");
                    break;
                case NoticeEvent notice:
                    tell(notice.Text);
                    break;
                case RefusedEvent refused:
                    return $"{refused.Why}; choose another one with --name";
                case ByeEvent bye:
                    why = bye.Why;
                    break;
            }
        }

        return why;
    }

    private static string Words(ConnectionState state) => state switch
    {
        ConnectionState.Connected => "connected",
        ConnectionState.HostSilent => "the host is silent",
        ConnectionState.CutOff => "cut off",
        _ => "joining again",
    };
}
