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
            var pages = new Stack<List<JsonElement>>();
            for (var bytes = 0; ;)
            {
                var wanted = Math.Min(count, PageSize);
                IReadOnlyList<OrderedEvent> page = string.IsNullOrWhiteSpace(words)
                    ? (await history.Messages(before, wanted, cancel).ConfigureAwait(false)).Entries
                    : await history.Search(words, before, wanted, cancel).ConfigureAwait(false);
                var lines = page.Select(EventJson.Line).ToList();
                pages.Push([.. lines.Select(line => JsonElement.Parse(line))]);
                bytes += lines.Sum(line => line.Length);
                count -= page.Count;
                var isLast = page.Count < wanted;
                before = isLast ? before : page[0].Seq;
                if (isLast || count == 0 || bytes >= EnoughBytes)
                {
                    return new HistoryJson([.. pages.SelectMany(lines => lines)], isLast ? null : before);
                }
            }
        }
        finally
        {
            _turns.Release();
        }
    }

    public void Dispose() => _turns.Dispose();
}
