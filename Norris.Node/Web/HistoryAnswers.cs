using System.Text.Json;
using Norris.Node.Archive;
using Norris.Node.Session;

namespace Norris.Node.Web;

/// <summary>
/// What is read of the archives for the page, within bounds: a thousand messages may be 16 MB, and a guest may ask for them over and over. An answer ends once it
/// is large enough, and says where to go on; a few are read at a time, and the others wait for a moment.
/// </summary>
internal sealed class HistoryAnswers(IRoomHistory history) : IDisposable
{
    /// <summary>How many answers are read at a time.</summary>
    public const int AtOnce = 4;

    /// <summary>From this size on, in bytes of JSON, nothing is added to an answer.</summary>
    public const int EnoughBytes = 1024 * 1024;

    /// <summary>How long an answer may wait for its turn, in ms.</summary>
    public const int PatienceMs = 5000;

    private const int PageSize = 50;
    private readonly SemaphoreSlim _turns = new(AtOnce);

    /// <summary>The last messages before a number, oldest first. Null: too many others ask.</summary>
    /// <param name="words">What is looked for; blank: any.</param>
    public async Task<HistoryJson?> Read(string? words, long before, int count, CancellationToken cancel)
    {
        if (!await _turns.WaitAsync(PatienceMs, cancel).ConfigureAwait(false))
        {
            return null;
        }

        try
        {
            var pages = new Stack<HistoryPage>();
            for (var (bytes, next) = (0, before); ;)
            {
                var wanted = Math.Min(count, PageSize);
                var page = string.IsNullOrWhiteSpace(words)
                    ? await history.Messages(next, wanted, cancel).ConfigureAwait(false)
                    : new HistoryPage(await history.Search(words, next, wanted, cancel).ConfigureAwait(false), []);
                pages.Push(page);
                bytes += page.Entries.Concat(page.Later).Sum(entry => EventJson.Line(entry).Length);
                count -= page.Entries.Count;
                var isLast = page.Entries.Count < wanted;
                next = isLast ? next : page.Entries[0].Seq;
                if (isLast || count == 0 || bytes >= EnoughBytes)
                {
                    var all = HistoryPage.Joined([.. pages], before);
                    return new HistoryJson([.. all.Entries.Select(Json)], [.. all.Later.Select(Json)], isLast ? null : next);
                }
            }
        }
        finally
        {
            _turns.Release();
        }
    }

    private static JsonElement Json(OrderedEvent entry) => JsonElement.Parse(EventJson.Line(entry));

    public void Dispose() => _turns.Dispose();
}
