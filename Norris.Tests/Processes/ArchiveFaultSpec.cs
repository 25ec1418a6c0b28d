using System.Diagnostics;
using System.Globalization;
using Microsoft.Data.Sqlite;
using Norris.Actors.Protocol;
using Norris.Lab.Processes;
using Norris.Node.Archive;
using Norris.Node.Session;
using Norris.Tests.Archive;

namespace Norris.Tests.Processes;

/// <summary>
/// Real nodes whose archive cannot write: the chat goes on, the users of that node are told, and once it is mended the archive has everything.
/// </summary>
[Collection(ProcessCollection.Name)]
public sealed class ArchiveFaultSpec : IDisposable
{
    private const int LineCount = 1_500;
    private static readonly TimeSpan LongWay = TimeSpan.FromMinutes(3);
    private readonly TemporaryFolder _folder = new();

    private string Path => _folder.File("room.db");

    public void Dispose()
    {
        SqliteConnection.ClearAllPools();
        _folder.Delete();
    }

    [Fact]
    public async Task A_file_that_another_program_holds()
    {
        SqliteConnection? other = null;
        await GoesOn(
            new SqliteStoreName(Path),
            "another program holds it",
            broken: async () =>
            {
                other = new SqliteConnection($"Data Source={Path};Pooling=false");
                await other.OpenAsync();
                await using var begin = other.CreateCommand();
                begin.CommandText = "BEGIN IMMEDIATE";
                await begin.ExecuteNonQueryAsync();
            },
            mend: () => other!.DisposeAsync().AsTask());
    }

    [Fact]
    public async Task A_file_that_is_damaged_and_replaced()
    {
        await File.WriteAllTextAsync(Path, string.Concat(Enumerable.Repeat("This is no database at all. ", 500)));
        await GoesOn(
            new SqliteStoreName(Path),
            "damaged",
            broken: () => Task.CompletedTask,
            mend: () =>
            {
                File.Delete(Path);
                return Task.CompletedTask;
            });
    }

    [SkippableFact]
    public async Task A_full_disk()
    {
        var disk = _folder.File("disk");
        Directory.CreateDirectory(disk);
        Skip.IfNot(OperatingSystem.IsLinux() && await Mount("-t", "tmpfs", "-o", "size=512k", "tmpfs", disk), "needs Linux and the right to mount");
        try
        {
            await GoesOn(
                new SqliteStoreName(System.IO.Path.Combine(disk, "room.db")),
                "no room left",
                broken: () => Task.CompletedTask,
                mend: async () => Assert.True(await Mount("-o", "remount,size=64m", disk)));
        }
        finally
        {
            SqliteConnection.ClearAllPools();
            await SystemProgram.Run(["umount", "-l", disk]);
        }
    }

    [SkippableFact]
    public Task A_server_that_can_only_be_read() => PostgresServer.With(async server =>
    {
        var name = await server.NewDatabase();
        await using (var store = new PostgresHistoryStore(name, PostgresServer.Password))
        {
            await store.Prepare();
        }

        await server.Execute("postgres", $"ALTER DATABASE {name.Database} SET default_transaction_read_only = on");
        await GoesOn(
            name,
            "can be read but not written",
            broken: () => Task.CompletedTask,
            mend: () => server.Execute("postgres", $"ALTER DATABASE {name.Database} RESET default_transaction_read_only"));
    });

    [SkippableFact]
    public Task A_server_that_stands_still() => PostgresServer.With(async server =>
        await GoesOn(await server.NewDatabase(), "does not answer", broken: server.Pause, mend: server.Resume));

    /// <summary>Every write waits a second for a lock that somebody else takes again and again: too slow for the room, but no failure.</summary>
    [SkippableFact]
    public Task A_slow_server_costs_the_chat_nothing_and_is_up_to_date_in_the_end() => PostgresServer.With(async server =>
    {
        var name = await server.NewDatabase();
        await using var host = await NorrisProcess.Host("host");
        await using var node = await NorrisProcess.Join(host, "node", "--archive", name.ToString());
        await host.WaitFor(line => line.Event == "recording", "that one records");
        await server.Execute(name.Database, """
            CREATE FUNCTION norris.dawdle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(1); RETURN NULL; END $$;
            CREATE TRIGGER dawdle AFTER INSERT ON norris.entries FOR EACH STATEMENT EXECUTE FUNCTION norris.dawdle();
            """);
        var began = Stopwatch.GetTimestamp();
        for (var i = 1; i <= 20; i++)
        {
            await host.Type($"line {i}\n");
            await node.WaitFor(line => line.Text("text") == $"line {i}", "what is said meanwhile");
        }

        Assert.True(Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(15), "the chat waited for its archive");
        await HasAll(name, host, 20);
    });

    [SkippableFact]
    public Task A_node_that_stands_still_in_the_middle_of_a_write_does_not_hold_up_who_shares_its_server() => PostgresServer.With(async server =>
    {
        var name = await server.NewDatabase();
        await using var host = await NorrisProcess.Host("host");
        await using var third = await NorrisProcess.Join(host, "third");
        await using var frozen = await NorrisProcess.Join(host, "frozen", "--archive", name.ToString());
        await host.WaitFor(line => line.Event == "recording", "that one records");
        await server.Execute(name.Database, """
            CREATE FUNCTION norris.dawdle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(3); RETURN NULL; END $$;
            CREATE TRIGGER dawdle AFTER INSERT ON norris.entries FOR EACH STATEMENT EXECUTE FUNCTION norris.dawdle();
            """);
        await host.Type("line 1\n");
        await server.Execute(name.Database, """
            DO $$ BEGIN
                WHILE NOT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND application_name = 'norris') LOOP
                    PERFORM pg_sleep(0.01);
                    PERFORM pg_stat_clear_snapshot();
                END LOOP;
            END $$
            """);
        frozen.Signal("STOP");
        await using var other = await NorrisProcess.Join(host, "other", "--archive", name.ToString());
        await host.Type("line 2\n");
        await HasLast(name, host, "line 2");
    });

    [Fact]
    public async Task What_an_archive_has_had_for_longer_than_it_keeps_is_deleted_whatever_its_stamps_say()
    {
        var clock = new SetClock();
        var now = TimeProvider.System.GetUtcNow();
        var room = new RoomId(0xabcd);
        await using var store = new SqliteHistoryStore(Path, time: clock);
        await store.Prepare();
        SaidEvent Said(long seq) => new(seq, 1, (ulong)seq, new MessageId(new UserId(1), seq), "ada", "tea", 0, now.AddDays(seq <= 2 ? 1 : -400).ToUnixTimeMilliseconds());
        clock.Set(now.AddDays(-31));
        await store.Append(new HistoryStretch(room, 0, [Said(1), Said(2)]));
        clock.Set(now.AddDays(-29));
        await store.Append(new HistoryStretch(room, 2, [Said(3), Said(4)]));

        await using var host = await NorrisProcess.Host("host", "--archive", $"sqlite:{Path}", "--archive-keep", "30d");
        await Eventually.Sees(() => store.Present(room), ranges => ranges is [{ First: 3, Last: 4 }], LongWay, ranges => string.Join(", ", ranges));

        Assert.Equal([new Hole(new LogRange(1, 2), Hole.TooOld)], await store.Holes(room));
    }

    [SkippableFact]
    public async Task The_only_archive_was_away_for_a_while_and_gets_what_was_said_meanwhile_from_the_members()
    {
        Skip.If(OperatingSystem.IsWindows(), "needs signals");
        await using var host = await NorrisProcess.Host("host");
        await using var third = await NorrisProcess.Join(host, "third");
        await using var archive = await NorrisProcess.Join(host, "archive", "--archive", $"sqlite:{Path}");
        await host.WaitFor(line => line.Event == "recording", "that one records");
        await host.Type("before\n");
        await archive.WaitFor(line => line.Text("text") == "before", "what is said before");
        archive.Signal("STOP");
        await host.WaitFor(line => line.Event == "node" && line.Text("change") == "left", "that it is taken out", LongWay);
        await host.Type("meanwhile\nand more\n");
        await third.WaitFor(line => line.Text("text") == "and more", "what is said meanwhile");
        archive.Signal("CONT");
        await archive.WaitFor(line => line.Event == "missed", "that something was missed", LongWay);
        await host.Type("after\n");
        await HasAll(new SqliteStoreName(Path), host, 4);
        await using var store = new SqliteHistoryStore(Path);
        Assert.All(await store.Holes(RoomOf(host)), hole => Assert.Equal(1, hole.Range.First));
    }

    private static async Task GoesOn(StoreName name, string told, Func<Task> broken, Func<Task> mend)
    {
        await using var host = await NorrisProcess.Host("host");
        await using var node = await NorrisProcess.Join(host, "node", "--archive", name.ToString());
        await broken();
        var lines = RealText.Lines("host", LineCount);
        await host.Type(string.Concat(lines.Select(line => (line.StartsWith('/') ? "/" : "") + line + "\n")));
        await node.WaitFor(line => line.Text("text") == lines[^1], "what is said meanwhile");
        var notice = await node.WaitFor(
            line => line.Event == "notice" && line.Text("text")!.Contains("cannot write", StringComparison.Ordinal), "that the archive cannot write", LongWay);
        Assert.Contains(told, notice.Text("text"), StringComparison.Ordinal);
        Assert.DoesNotContain(host.Lines, line => line.Event == "notice");
        await node.Type("still here\n");
        await host.WaitFor(line => line.Text("text") == "still here", "what is said to the end");

        await mend();
        await node.WaitFor(line => line.Event == "notice" && IsDone(line.Text("text")!), "that it works", LongWay);
        await HasAll(name, host, LineCount + 1);
        Transcripts.AssertSame(host, node);
    }

    /// <summary>It has everything; or, where it could not write that down before, all but what was said before any archive was there.</summary>
    private static bool IsDone(string notice) =>
        notice.Contains("up to date", StringComparison.Ordinal) || notice.Contains("nobody in the room had it any more", StringComparison.Ordinal);

    private static RoomId RoomOf(NorrisProcess host) =>
        new(ulong.Parse(host.Lines.First(l => l.Event == "welcome").Text("room")!, NumberStyles.HexNumber, CultureInfo.InvariantCulture));

    private static async Task HasLast(StoreName name, NorrisProcess host, string text)
    {
        await using var store = name.Open();
        await Eventually.Sees(
            () => store.Before(RoomOf(host), long.MaxValue, 1, EntryFilter.Messages), page => page.Entries is [SaidEvent said] && said.Text == text, LongWay, page => string.Join(", ", page.Entries));
    }

    private static async Task HasAll(StoreName name, NorrisProcess host, int count)
    {
        var room = RoomOf(host);
        await using var store = name.Open();
        var page = await Eventually.Sees(
            () => store.Before(room, long.MaxValue, 10_000, EntryFilter.Messages), page => page.Entries.Count == count, LongWay, page => $"{page.Entries.Count} of {count}");
        Assert.Equal(host.Lines.Where(l => l.Event == "said").Select(l => l.Text("text")), page.Entries.Cast<SaidEvent>().Select(e => e.Text));
    }

    private static async Task<bool> Mount(params string[] arguments) => (await SystemProgram.Run(["mount", .. arguments])).Code == 0;
}
