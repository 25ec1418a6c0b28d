using Norris.Core.Protocol;
using Norris.Core.Room;
using Norris.Node.Session;

namespace Norris.Node.Archive;

/// <summary>From what a user asks of the history to what the screen shows.</summary>
internal static class HistoryReading
{
    /// <summary>How many messages are shown where nobody says how many.</summary>
    public const int Usual = 50;

    /// <summary>How many messages may be asked for at once.</summary>
    public const int Most = 10_000;

    /// <summary>Stands where what a user who comes back has not seen begins.</summary>
    public const string NewSince = "— new since you were here —";

    /// <summary>The last messages (no words), or the last that contain the words; or a refusal.</summary>
    public static async Task<ChatEvent> Read(IRoomHistory? history, string words, int? count, CancellationToken cancel)
    {
        var asked = words.Length > 0 ? "/search" : "/history";
        if (history is null)
        {
            return new RefusedEvent(asked, "there is no history here");
        }

        if (count > Most)
        {
            return new RefusedEvent(asked, $"at most {Most} at once; 'norris history' exports all of an archive");
        }

        try
        {
            return await Read(history, words, long.MaxValue, count ?? Usual, isWelcome: false, cancel).ConfigureAwait(false);
        }
        catch (HistoryStoreException e)
        {
            return new RefusedEvent(asked, e.Message);
        }
    }

    /// <summary>The messages before a number, to be shown above it; or a refusal.</summary>
    public static async Task<ChatEvent> Before(IRoomHistory? history, long before, CancellationToken cancel)
    {
        try
        {
            return history is null
                ? new RefusedEvent("", "there is no history here")
                : await Read(history, "", before, 2 * Usual, isWelcome: false, cancel).ConfigureAwait(false);
        }
        catch (HistoryStoreException e)
        {
            return new RefusedEvent("", e.Message);
        }
    }

    /// <summary>What a newcomer is shown of the time before; null: nobody keeps it, or nobody can tell now.</summary>
    public static async Task<HistoryEvent?> BeforeMe(IRoomHistory? history, WelcomeEvent welcome, CancellationToken cancel)
    {
        if (history is null || welcome.FirstSeq <= 1)
        {
            return null;
        }

        try
        {
            var earlier = await Read(history, "", welcome.FirstSeq, welcome.Last > 0 ? welcome.Last : Usual, isWelcome: true, cancel).ConfigureAwait(false);
            return earlier.Messages.Count > 0 ? earlier with { ReadTo = welcome.ReadTo } : null;
        }
        catch (HistoryStoreException)
        {
            return null; // who wants it asks for it, and is told then
        }
    }

    private static async Task<HistoryEvent> Read(IRoomHistory history, string words, long before, int count, bool isWelcome, CancellationToken cancel)
    {
        if (words.Length > 0)
        {
            return new HistoryEvent(words, isWelcome, Standing(await history.Search(words, before, count, cancel).ConfigureAwait(false), []), []);
        }

        var page = await history.Messages(before, count, cancel).ConfigureAwait(false);
        return new HistoryEvent(
            "", isWelcome, Standing([.. page.Entries.OfType<SaidEvent>()], page.Later), [.. page.Holes.Select(h => new HistoryGap(h.Range.First, h.Range.Last, h.Why))]);
    }

    /// <summary>
    /// The messages as they stand now. An edit or a deletion of one of them is not shown beside what it changed; one of a message before these is, where nothing has come of it since.
    /// </summary>
    /// <param name="messages">A page of them.</param>
    /// <param name="later">The edits and deletions that came after the page.</param>
    internal static IReadOnlyList<SaidEvent> Standing(IReadOnlyList<SaidEvent> messages, IReadOnlyList<SaidEvent> later)
    {
        SaidEvent[] all = [.. messages, .. later];
        if (all.All(said => said.Relation is null))
        {
            return messages;
        }

        var conversation = new Conversation(all.Length, long.MaxValue);
        var last = new Dictionary<MessageId, SaidEvent>();
        foreach (var said in all)
        {
            conversation.Take(said.ToMessage());
            if (!last.TryGetValue(said.Original, out var one) || one.Relation is not { Kind: RelationKind.Deletion })
            {
                last[said.Original] = said;
            }
        }

        return
        [
            .. messages
                .Where(said => said.Relation is not { IsToOwn: true } own || (last[own.To] == said && conversation.Find(own.To) is null))
                .Select(said => said with { Standing = conversation.Find(said.Id), About = said.Relation is { } about ? conversation.Find(about.To) : null }),
        ];
    }
}
