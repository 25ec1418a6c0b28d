using Norris.Node.Archive;
using Norris.Node.Session;

namespace Norris.Node.Tui;

/// <summary>What the screen shows of the time before.</summary>
public sealed partial record TuiModel
{
    private bool WasWelcomed { get; init; }

    private (TuiModel, IReadOnlyList<TuiCommand>) OnWelcome(WelcomeEvent welcome, DateTimeOffset at)
    {
        var next = (this with { Name = welcome.Name, Host = welcome.Host, Epoch = welcome.Epoch, Connection = ConnectionState.Connected, WasWelcomed = true })
            .Tell(LineKind.News, at, $"you are {welcome.Name} in room {welcome.Room}, on node {welcome.Node}");
        if (welcome.Recording.Count > 0)
        {
            next = next.Tell(LineKind.News, at, $"this room is recorded: the history is kept by {string.Join(", ", welcome.Recording)}");
        }

        // Nobody may record now, and this node may still have kept what was said before.
        return WasWelcomed || (welcome.Recording.Count == 0 && welcome.FirstSeq <= 1) ? Done(next) : Done(next, new TuiCommand.ReadEarlier(welcome));
    }

    /// <summary>Between two lines that say so: what was said then must not look as if it were said now.</summary>
    private TuiModel OnHistory(HistoryEvent history, DateTimeOffset at)
    {
        var next = Tell(LineKind.News, at, history.Words.Length > 0
            ? $"{history.Messages.Count} messages with '{history.Words}':"
            : $"earlier, from the archive, {history.Messages.Count} messages:");
        foreach (var gap in history.Gaps)
        {
            next = next.Tell(LineKind.Warning, at, $"of these, {gap.Last - gap.First + 1} entries ({gap.First} to {gap.Last}) are missing: {gap.Why}");
        }

        foreach (var said in history.Messages)
        {
            if (said == history.FirstNew)
            {
                next = next.Tell(LineKind.News, at, HistoryReading.NewSince);
            }

            var then = TimeZoneInfo.ConvertTime(DateTimeOffset.FromUnixTimeMilliseconds(said.OrderedAt), Zone);
            next = next with { Transcript = next.Transcript.AddEarlier(then, said.User, said.Text, said.User == Name) };
        }

        return next.Tell(LineKind.News, at, history.IsWelcome ? "that was before you came" : "that was earlier; now it goes on");
    }
}
