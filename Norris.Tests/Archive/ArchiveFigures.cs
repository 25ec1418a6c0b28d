using System.Diagnostics;
using System.Globalization;
using Norris.Actors.Protocol;
using Norris.Node.Archive;
using Norris.Node.Session;
using Norris.Tests.Processes;
using Xunit.Abstractions;

namespace Norris.Tests.Archive;

/// <summary>
/// What archives cost and how fast they are read. <c>NORRIS_FIGURES=1 dotnet test -c Release --filter ArchiveFigures --logger
/// "console;verbosity=detailed"</c> measures, and holds the figures to what is promised, on a machine that does nothing else; without the
/// variable the same runs with small numbers, and only what is delivered and kept is judged.
/// </summary>
[Collection(ProcessCollection.Name)]
public sealed class ArchiveFigures(ITestOutputHelper output) : IDisposable
{
    private const int Times = 20;
    private const int Usual = 50;

    private static readonly bool Measures = Environment.GetEnvironmentVariable("NORRIS_FIGURES") == "1";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Delete();

    [Fact]
    public async Task An_SQLite_archive_of_a_million_messages_is_read_and_searched_at_once()
    {
        await using var store = new SqliteHistoryStore(_folder.File("million.db"));
        await ReadAndSearch("SQLite", store, () => Task.CompletedTask);
    }

    [SkippableFact]
    public async Task A_PostgreSQL_archive_of_a_million_messages_is_read_and_searched_at_once()
    {
        PostgresServer.Need();
        var server = new PostgresServer();
        await server.InitializeAsync();
        try
        {
            var name = await server.NewDatabase();
            await using var store = new PostgresHistoryStore(name, PostgresServer.Password);
            await ReadAndSearch("PostgreSQL", store, () => server.Execute(name.Database, "VACUUM ANALYZE norris.entries"));
        }
        finally
        {
            await server.DisposeAsync();
        }
    }

    [SkippableFact]
    public async Task A_database_that_stands_still_costs_the_chat_no_latency()
    {
        PostgresServer.Need();
        var seconds = Measures ? 60 : 2;
        var server = new PostgresServer();
        await server.InitializeAsync();
        try
        {
            await Latencies(2, null);
            var (without, with) = (new List<double>(), new List<double>());
            for (var round = 0; round < (Measures ? 2 : 1); round++)
            {
                without.Add(P99(await Latencies(seconds, null)));
                await using var store = new PostgresHistoryStore(await server.NewDatabase(), PostgresServer.Password);
                await store.Prepare();
                await server.Pause();
                try
                {
                    with.Add(P99(await Latencies(seconds, store)));
                }
                finally
                {
                    await server.Resume();
                }
            }

            output.WriteLine(Invariant($"p99 without an archive {string.Join(", ", without.Select(Milliseconds))}; with one whose database stands still for {seconds} s {string.Join(", ", with.Select(Milliseconds))}; ratio {with.Average() / without.Average():0.00}"));
            Assert.True(!Measures || with.Average() <= 1.5 * without.Average());
        }
        finally
        {
            await server.DisposeAsync();
        }
    }

    [Fact]
    public async Task An_archive_keeps_up_with_a_room_that_talks_fast()
    {
        var (rate, seconds) = Measures ? (50_000, 10) : (2_000, 1);
        await Flood(rate, 1, null);
        var (without, with, late) = (new List<double>(), new List<double>(), new List<double>());
        for (var round = 0; round < (Measures ? 3 : 1); round++)
        {
            without.Add((await Flood(rate, seconds, null)).Rate);
            await using var store = new SqliteHistoryStore(_folder.File($"fast{round}.db"));
            var (delivered, behind) = await Flood(rate, seconds, store);
            with.Add(delivered);
            late.Add(behind);
        }

        var ratio = Middle(with) / Middle(without);
        output.WriteLine(Invariant($"{rate} a second for {seconds} s; delivered without an archive {string.Join(", ", without.Select(r => r.ToString("N0", CultureInfo.InvariantCulture)))} a second, with one {string.Join(", ", with.Select(r => r.ToString("N0", CultureInfo.InvariantCulture)))}; ratio {ratio:0.00}; all stored {string.Join(", ", late.Select(s => s.ToString("0.0", CultureInfo.InvariantCulture)))} s after the last was delivered"));
        Assert.True(!Measures || (ratio >= 0.9 && Middle(late) <= 2));
    }

    private async Task ReadAndSearch(string engine, IHistoryStore store, Func<Task> analyse)
    {
        var count = Measures ? 1_000_000 : 25_000;
        await store.Prepare();
        var lived = new LivedHistory(count);
        var began = Stopwatch.GetTimestamp();
        for (var first = 1; first <= count; first += 5_000)
        {
            await store.Append(lived.Stretch(first, first + 4_999));
        }

        var rate = count / Stopwatch.GetElapsedTime(began).TotalSeconds;
        await analyse();
        var page = await Median(async _ => (await store.Before(lived.Room, long.MaxValue, Usual, EntryFilter.Messages)).Entries.Count);
        var numbered = lived.Messages.Where(m => m.Text.EndsWith($"number{m.Seq}", StringComparison.Ordinal)).ToList();
        var rare = await Median(async i => (await store.Search(lived.Room, SearchQuery.Parse($"number{numbered[(i + 1) * 400].Seq}", TimeZoneInfo.Utc), long.MaxValue, Usual)).Count, atLeast: 1);
        var common = await Median(async _ => (await store.Search(lived.Room, SearchQuery.Parse("garden", TimeZoneInfo.Utc), long.MaxValue, Usual)).Count);
        var three = await Median(async _ => (await store.Search(lived.Room, SearchQuery.Parse("garden house apple", TimeZoneInfo.Utc), long.MaxValue, Usual)).Count);
        output.WriteLine(Invariant($"{engine}, {count} entries, written at {rate:N0} a second; last page {Milliseconds(page)}; search for a rare word {Milliseconds(rare)}, a common one {Milliseconds(common)}, three {Milliseconds(three)}; medians of {Times}"));
        Assert.True(!Measures || page < 50);
        Assert.True(!Measures || Math.Max(rare, Math.Max(common, three)) < 200);
    }

    /// <summary>In milliseconds; the first time, which warms up, does not count.</summary>
    private static async Task<double> Median(Func<int, Task<int>> read, int atLeast = Usual)
    {
        var times = new List<double>();
        for (var i = 0; i <= Times; i++)
        {
            var began = Stopwatch.GetTimestamp();
            var found = await read(i);
            times.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            Assert.InRange(found, atLeast, Usual);
        }

        return times.Skip(1).Order().ElementAt(Times / 2);
    }

    /// <summary>Three nodes, 200 messages a second from one, heard by the second, kept by the third; in milliseconds, ascending.</summary>
    private static async Task<double[]> Latencies(int seconds, IHistoryStore? store)
    {
        const int PerSecond = 200;
        await using var room = await Trio.Start(store);
        var times = new List<double>();
        var count = seconds * PerSecond;
        var heard = Task.Run(async () =>
        {
            await foreach (var said in Trio.Said(room.Hearer, count))
            {
                times.Add(Stopwatch.GetElapsedTime(long.Parse(said.Text, CultureInfo.InvariantCulture)).TotalMilliseconds);
            }
        });
        var began = Stopwatch.GetTimestamp();
        for (var i = 0; i < count; i++)
        {
            var due = TimeSpan.FromSeconds((double)i / PerSecond) - Stopwatch.GetElapsedTime(began);
            if (due > TimeSpan.Zero)
            {
                await Task.Delay(due);
            }

            Assert.Null(room.Talker.Say(Stopwatch.GetTimestamp().ToString(CultureInfo.InvariantCulture)).Refusal);
        }

        await heard.WaitAsync(Patience);
        times.Sort();
        return [.. times];
    }

    /// <summary>What was delivered a second, and for how long after the last of it the store was behind.</summary>
    private static async Task<(double Rate, double Behind)> Flood(int rate, int seconds, SqliteHistoryStore? store)
    {
        await using var room = await Trio.Start(store);
        var count = rate * seconds;
        var began = Stopwatch.GetTimestamp();
        var heard = Task.Run(async () =>
        {
            var last = 0L;
            await foreach (var said in Trio.Said(room.Hearer, count))
            {
                last = said.Seq;
            }

            return (Seq: last, At: Stopwatch.GetTimestamp());
        });
        for (var i = 0; i < count; i++)
        {
            if (i % 500 == 0 && TimeSpan.FromSeconds((double)i / rate) - Stopwatch.GetElapsedTime(began) is var due && due > TimeSpan.Zero)
            {
                await Task.Delay(due);
            }

            while (room.Talker.Say($"this is what somebody says, number {i}").Retry)
            {
                await Task.Delay(1);
            }
        }

        var (seq, at) = await heard.WaitAsync(Patience);
        var behind = 0.0;
        if (store is not null)
        {
            await Eventually.Sees(() => store.Newest(room.Id), newest => !(newest?.Seq < seq), Patience);
            behind = Stopwatch.GetElapsedTime(at).TotalSeconds;
            Assert.Empty(await store.Missing(room.Id, new LogRange(room.From, seq)));
        }

        return (count / Stopwatch.GetElapsedTime(began, at).TotalSeconds, behind);
    }

    private static double Middle(List<double> values) => values.Order().ElementAt(values.Count / 2);

    private static double P99(double[] ascending) => ascending[(int)(0.99 * ascending.Length)];

    private static string Milliseconds(double value) => Invariant($"{value:0.00} ms");

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);

    /// <summary>Three nodes in this process: one talks, one hears, and one keeps the log or, without a store, is just there.</summary>
    private sealed class Trio : IAsyncDisposable
    {
        private readonly List<IChatNode> _nodes = [];
        private readonly List<Task> _readers = [];
        private Recorder? _recorder;

        public IChatSession Talker { get; private set; } = null!;

        public IChatSession Hearer { get; private set; } = null!;

        public RoomId Id => _nodes[0].Archive!.Status.Room;

        /// <summary>What was ordered before may not have been told to the recorder.</summary>
        public long From { get; private set; }

        public static async Task<Trio> Start(IHistoryStore? store)
        {
            var trio = new Trio();
            Endpoint? seed = null;
            foreach (var name in (string[])["talker", "hearer", "keeper"])
            {
                var settings = new NodeSettings(
                    seed is null ? [] : [seed], new Endpoint("127.0.0.1", 0), null, new UserProfile(name, default), DeliveryLevel.Uniform, null)
                {
                    IsArchive = name == "keeper" && store is not null,
                };
                var node = await ChatNode.Start(settings, _ => { }, CancellationToken.None);
                trio._nodes.Add(node);
                seed ??= Endpoints.TryParse(node.Own.View.Node, out var own, out _) ? own : null;
                var session = node.Own;
                if (settings.IsArchive)
                {
                    trio._recorder = new Recorder(store!, true, session, node.Archive!, null, TimeProvider.System, _ => { });
                    session = SharedSession.Split(session, 1, trio._recorder)[0];
                }

                var here = new TaskCompletionSource();
                if (name == "hearer")
                {
                    trio.Hearer = session;
                    await foreach (var happened in session.Events.ReadAllAsync())
                    {
                        if (happened is WelcomeEvent)
                        {
                            break;
                        }
                    }

                    continue;
                }

                trio._readers.Add(Task.Run(async () =>
                {
                    await foreach (var happened in session.Events.ReadAllAsync())
                    {
                        if (happened is WelcomeEvent)
                        {
                            here.TrySetResult();
                        }
                    }
                }));
                await here.Task.WaitAsync(Patience);
                trio.From = node.Own.View.Seq + 1;
            }

            trio.Talker = trio._nodes[0].Own;
            return trio;
        }

        public static async IAsyncEnumerable<SaidEvent> Said(IChatSession session, int count)
        {
            using var patience = new CancellationTokenSource(Patience + Patience);
            await foreach (var happened in session.Events.ReadAllAsync(patience.Token))
            {
                Assert.False(happened is MissedEvent, "the reader was too slow");
                if (happened is SaidEvent said)
                {
                    yield return said;
                    if (--count == 0)
                    {
                        yield break;
                    }
                }
            }
        }

        public async ValueTask DisposeAsync()
        {
            // Nobody reads the hearer any more, and a session that nobody reads cannot end.
            _readers.Add(Task.Run(async () => { await foreach (var _ in Hearer.Events.ReadAllAsync()) { } }));
            foreach (var node in Enumerable.Reverse(_nodes))
            {
                await node.DisposeAsync();
            }

            if (_recorder is not null)
            {
                await _recorder.DisposeAsync();
            }

            await Task.WhenAll(_readers).WaitAsync(Patience);
        }
    }
}
