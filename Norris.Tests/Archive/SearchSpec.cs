using System.Text;
using Norris.Core.Protocol;
using Norris.Node.Archive;
using Norris.Node.Session;

namespace Norris.Tests.Archive;

/// <summary>One language, and the same answers from both engines.</summary>
[Collection(PostgresCollection.Name)]
public sealed class SearchSpec(PostgresServer server) : IAsyncLifetime
{
    private static readonly RoomId Room = new(11);
    private readonly TemporaryFolder _folder = new();
    private readonly List<IHistoryStore> _stores = [];
    private readonly List<string> _said = [];

    public async Task InitializeAsync()
    {
        PostgresServer.Need();
        _stores.Add(new SqliteHistoryStore(_folder.File("search.db")));
        _stores.Add(new PostgresHistoryStore(await server.NewDatabase(), PostgresServer.Password));
        foreach (var store in _stores)
        {
            await store.Prepare();
        }
    }

    public async Task DisposeAsync()
    {
        foreach (var store in _stores)
        {
            await store.DisposeAsync();
        }

        _folder.Delete();
    }

    [SkippableFact]
    public async Task A_word_of_every_script_is_found_as_it_is_composed_and_as_it_is_not()
    {
        var words = ScriptWords.All.Values.Append("mañana").Append("𝐛𝐨𝐥𝐝").Append("𠮷野家").Append("가나다").ToList();
        await Say([.. words.SelectMany(w => new[] { $"a {w} b", $"({w.Normalize(NormalizationForm.FormD)})" })]);
        for (var i = 0; i < words.Count; i++)
        {
            foreach (var form in new[] { NormalizationForm.FormC, NormalizationForm.FormD })
            {
                var found = await Found(words[i].Normalize(form));
                Assert.Contains((2 * i) + 1, found);
                Assert.Contains((2 * i) + 2, found);
            }
        }
    }

    [SkippableTheory]
    [InlineData("日本", "私は日本が好き", "日本", "日食")]
    [InlineData("カナ", "半角カナです", "ｶﾅ", "カニ")]
    [InlineData("แมว", "ฉันรักแมวมาก", "แมว!", "มแว")]
    [InlineData("한국", "한국은 좋다", "대한국민", "한 국")]
    [InlineData("👍", "ok 👍🏽", "👍👍", "👎")]
    [InlineData("👩‍🚀", "the 👩🏿‍🚀? no: 👩‍🚀!", "👩🚀", "🚀👩")]
    [InlineData("🇩🇪", "go 🇩🇪", "🇫🇷🇩🇪🇮🇹", "🇪🇩")]
    [InlineData("1.2.3", "v 1.2.3", "(1.2.3)", "1 2 3")]
    [InlineData("1.2.3", "1.2.3.4", "0.1.2.3", "1.2.34")]
    [InlineData("config", "config.prod.yaml", "the config", "reconfigure")]
    [InlineData("prod.yaml", "config.prod.yaml", "prod.yaml.bak", "prod yaml")]
    [InlineData("café", "cafe\u0301", "CAFÉ", "caf")]
    [InlineData("cafe", "café", "Cafe", "cafés")]
    [InlineData("की", "राम की", "(की)", "का")]
    [InlineData("क", "क ख", "क", "की")]
    [InlineData("ѐлка", "е\u0300лка", "ѐЛКА", "елка")]
    [InlineData("hello", "𝐇𝐞𝐥𝐥𝐨", "ｈｅｌｌｏ", "hell o")]
    [InlineData("don't", "I don’t", "don't.", "dont")]
    [InlineData("σοφός", "ΣΟΦΌΣ", "σοφόσ", "σοφη")]
    [InlineData("می\u200cخواهم", "میخواهم", "می\u200cخواهم", "خواهم")]
    [InlineData("c++", "in C++", "c++20", "c")]
    [InlineData("my_var", "x = my_var;", "(MY_VAR)", "my var")]
    [InlineData("strasse", "die Straße", "STRASSE", "strase")]
    [InlineData("STRAẞE", "strasse", "Straße!", "strase")]
    [InlineData("office", "oﬃce", "oﬀice", "offi ce")]
    [InlineData("mass*", "Maſs", "Maßstab", "mas")]
    [InlineData("tea*", "teapot", "tea", "steam")]
    [InlineData("日*", "日本", "昨日", "月")]
    [InlineData("\"tea is ready\"", "The tea is ready!", "tea is ready", "is tea ready")]
    [InlineData("“tea is”", "tea is", "Tea, is", "tea this")]
    [InlineData("tea -milk", "tea with lemon", "tea", "milk and tea")]
    [InlineData("tea -\"with milk\"", "milk with tea", "tea", "tea with milk")]
    [InlineData("tea -m*", "tea", "steam tea", "tea milk")]
    [InlineData("-zzz te*", "team", "tea", "zzz tea")]
    [InlineData("C# .net", "the .NET of C#", "c.net", "c sharp")]
    [InlineData("-tea", "coffee", "", "tea")]
    public async Task Finds_what_is_meant_and_nothing_else(string asked, string first, string second, string other)
    {
        await Say(first, second.Length > 0 ? second : first, other);
        Assert.Equal([2, 1], await Found(asked));
    }

    [SkippableFact]
    public async Task Finds_by_who_said_it_and_when()
    {
        await Say("one", "two", "three", "four");
        Assert.Equal([4, 2], await Found("from:Ada-2"));
        Assert.Equal([3, 1], await Found("from:\"zoë x\""));
        Assert.Equal([3], await Found("from:\"ZOË X\" -one"));
        Assert.Equal([3, 1], await Found("-from:ada-2"));
        Assert.Empty(await Found("from:ada"));
        Assert.Equal([4, 3, 2], await Found("since:2026-05-02"));
        Assert.Equal([1], await Found("until:2026-05-01"));
        Assert.Equal([2], await Found("since:2026-05-02 until:2026-05-02T00:00 t*"));
        Assert.Equal([4, 3], await Found("since:2026-05-02T00:00:01Z"));
        Assert.Equal([4, 3, 2, 1], await Found("since:2026-05-02", TimeZoneInfo.CreateCustomTimeZone("east", TimeSpan.FromHours(10.5), "east", "east")));
    }

    [SkippableFact]
    public async Task A_phrase_among_very_many_that_have_its_words_is_found_as_far_back_as_it_is()
    {
        await Say(["needle in hay", .. Enumerable.Repeat("hay in needle", 3_000), "hay"]);
        Assert.Equal([1], await Found("\"in hay\""));
        Assert.Equal([1], await Found("\"needle in hay\" needle"));
    }

    [SkippableFact]
    public async Task A_word_without_an_end_is_kept_and_found()
    {
        var long1 = new string('a', Limits.TextBytes - 1);
        await Say(long1 + "b", long1 + "c", string.Concat(Enumerable.Repeat("a.", 5_000)) + "b");
        Assert.Equal([1], await Found(long1 + "b"));
        Assert.Equal([2, 1], await Found(long1[..200] + "*"));
        Assert.Equal([3], await Found("a.a.b"));
    }

    [SkippableTheory]
    [InlineData("""
        DROP TABLE words; DROP TABLE arrivals; DROP TABLE unindexed; DROP INDEX entries_about; PRAGMA user_version = 1;
        CREATE VIRTUAL TABLE words USING fts5 (body, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2');
        """)]
    [InlineData("DELETE FROM words; DROP INDEX entries_about; PRAGMA user_version = 2")]
    [InlineData("DROP INDEX entries_about; PRAGMA user_version = 3")]
    public async Task An_archive_of_before_is_indexed_anew(string before)
    {
        await Say([.. Enumerable.Range(1, 5_000).Select(i => $"number {i}")]);
        var sqlite = (SqliteHistoryStore)_stores[0];
        await sqlite.DisposeAsync();
        await using (var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={_folder.File("search.db")};Pooling=false"))
        {
            await connection.OpenAsync();
            await using var command = connection.CreateCommand();
            command.CommandText = before;
            await command.ExecuteNonQueryAsync();
        }

        await sqlite.Prepare();
        Assert.Equal([1], await Found("\"number 1\""));
        Assert.Equal([5_000], await Found("5000"));
        Assert.Equal(0, (await sqlite.DeleteOlder(Room, TimeSpan.FromDays(1))).Deleted);
    }

    [SkippableTheory]
    [InlineData("since:yesterday")]
    [InlineData("until:")]
    [InlineData("from:")]
    [InlineData("since:2026-13-01")]
    public void A_question_that_makes_no_sense_is_refused_with_what_to_write(string asked)
    {
        var refusal = Assert.Throws<HistoryStoreException>(() => SearchQuery.Parse(asked, TimeZoneInfo.Utc));
        Assert.Matches("write 2026-|as in from:ada", refusal.Message);
    }

    [SkippableTheory]
    [InlineData("\"")]
    [InlineData("“ ”")]
    public void An_open_quotation_mark_alone_is_told_with_what_to_type(string asked)
    {
        var query = SearchQuery.Parse(asked, TimeZoneInfo.Utc);
        Assert.True(query.IsEmpty);
        Assert.StartsWith("there is no word behind the quotation mark; write \"tea is ready\"", query.WhyEmpty, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("tea  \"is ready\" -\"no milk\" from:\"a b\" -from:c te* a\"b \ud83d")]
    [InlineData("since:2026-01-31 until:2026-01-31T18:00 x")]
    [InlineData("since:0001-01-01 until:9999-12-31 x")]
    public void What_is_asked_elsewhere_is_what_was_asked_here(string asked)
    {
        var zone = TimeZoneInfo.CreateCustomTimeZone("east", TimeSpan.FromHours(14), "east", "east");
        var there = SearchQuery.Parse(asked, zone).ToString();
        Assert.Equal(there, SearchQuery.Parse(there, TimeZoneInfo.Utc).ToString());
    }

    /// <summary>Two people in turn, ten and a half hours apart from 1 May 2026, 13:30 on.</summary>
    private async Task Say(params string[] texts)
    {
        var first = _said.Count + 1;
        _said.AddRange(texts);
        var start = new DateTimeOffset(2026, 5, 1, 13, 30, 0, TimeSpan.Zero);
        var entries = texts.Select((text, i) => (OrderedEvent)new SaidEvent(
            first + i, 1, (ulong)(first + i), new MessageId(new UserId(1), first + i), (first + i) % 2 == 0 ? "ada-2" : "zoë x", text, 0, start.AddHours(10.5 * (i % 1_000)).ToUnixTimeMilliseconds())).ToList();
        foreach (var store in _stores)
        {
            await store.Append(new HistoryStretch(Room, (ulong)(first - 1), entries));
        }
    }

    /// <summary>The numbers found, newest first; the same in all stores.</summary>
    private async Task<List<int>> Found(string asked, TimeZoneInfo? zone = null)
    {
        List<int>? found = null;
        foreach (var store in _stores)
        {
            var here = (await store.Search(Room, SearchQuery.Parse(asked, zone ?? TimeZoneInfo.Utc), long.MaxValue, 1_000)).Select(m => (int)m.Seq).ToList();
            found ??= here;
            Assert.Equal(found, here);
        }

        return found!;
    }
}
