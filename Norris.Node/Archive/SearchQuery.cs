using System.Globalization;
using Norris.Core.Room;
using Norris.Node.Session;

namespace Norris.Node.Archive;

/// <summary>
/// What a search asks for; the one language of /search, <c>norris history --search</c> and the page, the same on every store. Pure.
/// A store's index gives candidates; whether one matches is decided here.
/// </summary>
public sealed class SearchQuery
{
    /// <summary>Tells people how to ask.</summary>
    public const string Language =
        "words and \"phrases\", all of which a message has, -word for what it has not, tea* for how a word begins, from:NAME for who said it (the whole name; from:\"zoë x\" where it has a space), since:2026-01-31, until:2026-01-31T18:00";

    private const string From = "from:";
    private const string Since = "since:";
    private const string Until = "until:";
    private static readonly char[] Quotes = ['"', '“', '”', '„'];

    // How a time is written, with how long the moment so named lasts.
    private static readonly (string Format, TimeSpan Lasts)[] Moments =
    [
        ("yyyy-MM-dd", TimeSpan.FromDays(1)),
        ("yyyy-MM-dd'T'HH:mm", TimeSpan.FromMinutes(1)),
        ("yyyy-MM-dd'T'HH:mm:ss", TimeSpan.FromSeconds(1)),
        ("yyyy-MM-dd'T'HH:mm:ss.fff", TimeSpan.FromMilliseconds(1)),
    ];

    private readonly List<string> _typed = [];
    private readonly List<Phrase> _phrases = [];
    private readonly List<(string Key, bool Not)> _senders = [];

    private SearchQuery()
    {
    }

    /// <summary>Nothing is asked for.</summary>
    public bool IsEmpty => _phrases.Count == 0 && _senders.Count == 0 && SinceTime == long.MinValue && UntilTime == long.MaxValue;

    /// <summary>What to tell who asked for nothing.</summary>
    public string WhyEmpty { get; private set; } = $"there is no word in it; write {Language}";

    /// <summary>Ordered at or after this time, and before <see cref="UntilTime"/>; milliseconds since 1970, UTC.</summary>
    public long SinceTime { get; private set; } = long.MinValue;

    public long UntilTime { get; private set; } = long.MaxValue;

    /// <summary>What an index may be asked for: words that every match has, and whether only their beginnings.</summary>
    public IEnumerable<(string Word, bool IsBeginning)> Indexed => _phrases
        .Where(p => !p.Not)
        .SelectMany(p => p.Words.Select((word, i) => (Word: word.Text, IsBeginning: p.IsBeginning && i == p.Words.Count - 1)))
        .Where(w => SearchWords.IsIndexed(w.Word))
        .Select(w => (SearchWords.Indexed(w.Word), w.IsBeginning && w.Word.Length < SearchWords.IndexedLength))
        .Concat(_senders.Where(s => !s.Not).Select(s => (SearchWords.IndexedSender(s.Key), false)))
        .Distinct();

    /// <summary>Reads what a person typed; times are in <paramref name="zone"/>. Throws <see cref="HistoryStoreException"/> (<see cref="StoreFault.Name"/>) where it makes no sense.</summary>
    public static SearchQuery Parse(string text, TimeZoneInfo zone)
    {
        var query = new SearchQuery();
        for (var at = 0; at < text.Length;)
        {
            if (char.IsWhiteSpace(text[at]))
            {
                at++;
            }
            else
            {
                query.Take(text, ref at, zone);
            }
        }

        return query;
    }

    /// <summary>The same question without a time zone, for a node elsewhere.</summary>
    public override string ToString()
    {
        // The times come first: a quotation mark that nobody closed would take in what stands behind it.
        var terms = new List<string>();
        if (SinceTime != long.MinValue)
        {
            terms.Add(Since + Time(SinceTime));
        }

        if (UntilTime != long.MaxValue)
        {
            terms.Add(Until + Time(UntilTime - 1));
        }

        return string.Join(' ', terms.Concat(_typed));

        static string Time(long value) => CalendarTime.Of(value).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
    }

    /// <summary>Whether a message is what was asked for.</summary>
    public bool Matches(SaidEvent said)
    {
        if (said.OrderedAt < SinceTime || said.OrderedAt >= UntilTime)
        {
            return false;
        }

        if (_senders.Count > 0)
        {
            var key = Names.Key(said.User);
            if (!_senders.TrueForAll(s => (s.Key == key) != s.Not))
            {
                return false;
            }
        }

        if (_phrases.Count == 0)
        {
            return true;
        }

        var words = SearchWords.Of(said.Text);
        return _phrases.TrueForAll(p => p.IsIn(words) != p.Not);
    }

    private void Take(string text, ref int at, TimeZoneInfo zone)
    {
        var from = at;
        var not = text[at] == '-' && at + 1 < text.Length && !char.IsWhiteSpace(text[at + 1]);
        at += not ? 1 : 0;
        if (Is(text, at, From))
        {
            at += From.Length;
            var name = Value(text, ref at, out _);
            _senders.Add(name.Length > 0 ? (Key(name), not) : throw Wrong("from: is followed by a name, as in from:ada"));
            _typed.Add(text[from..at]);
        }
        else if (!not && Is(text, at, Since))
        {
            at += Since.Length;
            SinceTime = Math.Max(SinceTime, Moment(Value(text, ref at, out _), zone).First);
        }
        else if (!not && Is(text, at, Until))
        {
            at += Until.Length;
            UntilTime = Math.Min(UntilTime, Moment(Value(text, ref at, out _), zone).End);
        }
        else
        {
            var what = Value(text, ref at, out var quoted);
            var isBeginning = !quoted && what.EndsWith('*');
            var words = SearchWords.Of(what);
            if (words.Count > 0)
            {
                _phrases.Add(new Phrase(words, isBeginning, not));
                _typed.Add(text[from..at]);
            }
            else if (quoted)
            {
                WhyEmpty = "there is no word behind the quotation mark; write \"tea is ready\" for words that follow each other, or tea ready";
            }
        }
    }

    private static bool Is(string text, int at, string prefix) => string.CompareOrdinal(text, at, prefix, 0, prefix.Length) == 0;

    /// <summary>Up to the next space, or all between quotation marks.</summary>
    private static string Value(string text, ref int at, out bool quoted)
    {
        quoted = at < text.Length && Quotes.Contains(text[at]);
        var from = quoted ? ++at : at;
        while (at < text.Length && !(quoted ? Quotes.Contains(text[at]) : char.IsWhiteSpace(text[at])))
        {
            at++;
        }

        var value = text[from..at];
        at += quoted && at < text.Length ? 1 : 0;
        return value;
    }

    private static string Key(string name)
    {
        try
        {
            return Names.Key(name);
        }
        catch (ArgumentException)
        {
            throw Wrong("the name after from: is not valid Unicode");
        }
    }

    private static (long First, long End) Moment(string text, TimeZoneInfo zone)
    {
        var isUtc = text.EndsWith('Z');
        foreach (var (format, lasts) in Moments)
        {
            if (DateTime.TryParseExact(isUtc ? text[..^1] : text, format, CultureInfo.InvariantCulture, DateTimeStyles.None, out var time))
            {
                // A time that the clocks skipped in spring stands for the one that came in its place.
                var offset = isUtc ? TimeSpan.Zero : zone.GetUtcOffset(time);
                var first = (time - DateTime.UnixEpoch - offset).Ticks / TimeSpan.TicksPerMillisecond;
                return (first, first + (long)lasts.TotalMilliseconds);
            }
        }

        throw Wrong($"'{text}' is no time; write 2026-01-31 or 2026-01-31T18:00");
    }

    private static HistoryStoreException Wrong(string what) => new(StoreFault.Name, what);

    /// <summary>Words that stand one after the other, without a space where none was typed; of the last one perhaps the beginning only.</summary>
    private sealed record Phrase(List<SearchWord> Words, bool IsBeginning, bool Not)
    {
        public bool IsIn(List<SearchWord> words) => Enumerable.Range(0, Math.Max(0, words.Count - Words.Count + 1)).Any(from => StartsAt(words, from));

        private bool StartsAt(List<SearchWord> words, int from)
        {
            for (var i = 0; i < Words.Count; i++)
            {
                var (wanted, said) = (Words[i], words[from + i]);
                var isSame = IsBeginning && i == Words.Count - 1 ? said.Text.StartsWith(wanted.Text, StringComparison.Ordinal) : said.Text == wanted.Text;
                if (!isSame || (i > 0 && wanted.IsJoined && !said.IsJoined))
                {
                    return false;
                }
            }

            return true;
        }
    }
}
