using Norris.Node.Archive;
using Norris.Node.Screens;
using Norris.Node.Session;

namespace Norris.Node.Tui;

/// <summary>What the screen shows of the time before.</summary>
public sealed partial record TuiModel
{
    /// <summary>Rows that an older page may take, with the names of its days.</summary>
    private const int OlderLines = 4 * HistoryReading.Usual;

    private bool WasWelcomed { get; init; }

    /// <summary>The first entry that this user saw happen.</summary>
    private long FirstSeq { get; init; }

    private bool IsReadingOlder { get; init; }

    /// <summary>There is nothing older than what is shown, or nobody to ask.</summary>
    private bool HasOldest { get; init; }

    /// <summary>What was looked for in the scroll-back last: the same again goes on further up.</summary>
    private string SearchedFor { get; init; } = "";

    private bool IsRecorded => View?.Nodes.Any(node => node.Recording) == true;

    /// <summary>Where nobody keeps the history, what this screen still has is all that there is: the newest message that fits is shown where it stands.</summary>
    private (TuiModel, IReadOnlyList<TuiCommand>) OnSearch(string words)
    {
        var next = this with { Page = TuiPage.None };
        if (IsRecorded)
        {
            return Done(next, new TuiCommand.ReadHistory(words, null));
        }

        try
        {
            var query = SearchQuery.Parse(words, Zone);
            if (query.IsEmpty)
            {
                return Done(next with { Hint = query.WhyEmpty });
            }

            var above = words == SearchedFor && Transcript.Found > 0 ? Transcript.Found : long.MaxValue;
            var found = Transcript.Lines.FindLast(line => line.Kind == LineKind.Said && line.Number < above && query.Matches(SaidOf(line)));
            return Done(found is not null
                ? next with { SearchedFor = words, Transcript = Transcript.Show(found.Number, Layout.TextWidth, ScrollHeight), Hint = "the same search again goes further up; Esc goes to the newest" }
                : next with { SearchedFor = "", Hint = above == long.MaxValue ? $"nothing on this screen matches '{words}', and nobody keeps the history of this room" : $"nothing further up matches '{words}'" });
        }
        catch (HistoryStoreException e)
        {
            return Done(next with { Hint = e.Message });
        }
    }

    private static SaidEvent SaidOf(TranscriptLine line)
    {
        var at = line.At.ToUnixTimeMilliseconds();
        return new SaidEvent(line.Seq, 0, 0, default, line.Who, line.Text, at, at);
    }

    /// <summary>Who scrolls up to the oldest line gets what an archive has of the time before.</summary>
    private (TuiModel, IReadOnlyList<TuiCommand>) AtTop()
    {
        var isTop = Transcript.Place == Transcript.ToTop(Layout.TextWidth, ScrollHeight).Place; // both null: it all fits
        if (!isTop || Page != TuiPage.None || IsReadingOlder || HasOldest || !IsRecorded)
        {
            return Done(this);
        }

        if (!Transcript.HasRoomFor(OlderLines))
        {
            return Done(this with { Hint = "the screen keeps no more; /search looks further back" });
        }

        var oldest = Transcript.Lines.Find(line => line.Seq > 0)?.Seq ?? FirstSeq;
        return oldest <= 1 ? Done(this) : Done(this with { IsReadingOlder = true, Hint = "reading the archive …" }, new TuiCommand.ReadOlder(oldest));
    }

    private TuiModel OnOlder(ChatEvent found)
    {
        var next = this with { IsReadingOlder = false };
        if (found is not HistoryEvent { Messages: var messages })
        {
            return next with { Hint = found is RefusedEvent refused ? refused.Why : "" };
        }

        return next with
        {
            Transcript = Transcript.Prepend([.. messages.Select(said => LineOf(said, said.Seq))]),
            HasOldest = messages.Count == 0,
            Hint = messages.Count == 0 ? "this is where the archive begins" : "",
        };
    }

    /// <summary>What was said then, as it stands.</summary>
    private TranscriptLine LineOf(SaidEvent said, long seq) => new(
        0, LineKind.Said, TimeZoneInfo.ConvertTime(CalendarTime.Of(said.OrderedAt), Zone), said.User, SaidWords.Of(said), said.User == Name, Seq: seq, Id: said.Shown, IsDeleted: said.Standing?.IsDeleted == true, Quote: SaidWords.Reply(said).Length);

    private (TuiModel, IReadOnlyList<TuiCommand>) OnWelcome(WelcomeEvent welcome, DateTimeOffset at)
    {
        var next = (this with { Name = welcome.Name, Host = welcome.Host, Epoch = welcome.Epoch, Connection = ConnectionState.Connected, WasWelcomed = true, FirstSeq = WasWelcomed ? FirstSeq : welcome.FirstSeq, HasOldest = false })
            .Tell(LineKind.News, at, $"you are {welcome.Name} in room {welcome.Room}, on node {welcome.Node}, process {welcome.Pid}");
        if (welcome.Recording.Count > 0)
        {
            next = next.Tell(LineKind.News, at, $"this room is recorded: the history is kept by {string.Join(", ", welcome.Recording)}");
        }

        if (welcome.Last > 0)
        {
            next = next.Tell(LineKind.News, at, RoomTitle.Last(welcome.Last));
        }

        // Nobody may record now, and this node may still have kept what was said before.
        return WasWelcomed || (welcome.Recording.Count == 0 && welcome.FirstSeq <= 1) ? Done(next) : Done(next, new TuiCommand.ReadEarlier(welcome));
    }

    /// <summary>Between two lines that say so: what was said then must not look as if it were said now.</summary>
    private TuiModel OnHistory(HistoryEvent history, DateTimeOffset at)
    {
        var next = Tell(LineKind.News, at,
            history.Words.Length == 0 ? $"earlier, {LineScreen.Count(history.Messages.Count, "message", "messages")}:"
            : history.Messages.Count == 0 ? $"no message matches '{history.Words}'" : $"{history.Messages.Count} messages with '{history.Words}':");
        foreach (var gap in history.Gaps)
        {
            next = next.Tell(LineKind.Warning, at, $"of these, {LineScreen.Count(gap.Last - gap.First + 1, "entry is", "entries are")} missing ({gap.First} to {gap.Last}): {gap.Why}");
        }

        foreach (var said in history.Messages)
        {
            if (said == history.FirstNew)
            {
                next = next.Tell(LineKind.News, at, HistoryReading.NewSince);
            }

            next = next with { Transcript = next.Transcript.AddEarlier(LineOf(said, history.IsWelcome ? said.Seq : 0)) };
        }

        return next.Tell(LineKind.News, at, history.IsWelcome ? "that was before you came" : "that was earlier; now it goes on");
    }
}
