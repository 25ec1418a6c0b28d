using System.Runtime.Versioning;
using Microsoft.Data.Sqlite;
using Norris.Lab.Processes;
using Norris.Node.Archive;

namespace Norris.Tests.Archive;

/// <summary>What can be the matter with a file, and that nothing of it is lost or doubled once it is over.</summary>
public sealed class SqliteFaultSpec : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private readonly LivedHistory _lived = new(3_000);

    private string Path => _folder.File("history.db");

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync()
    {
        SqliteConnection.ClearAllPools();
        _folder.Delete();
        return Task.CompletedTask;
    }

    [Fact]
    public async Task A_database_that_another_program_locked_is_written_once_it_is_free()
    {
        await using var store = new SqliteHistoryStore(Path, lockedAfterSeconds: 1);
        await using var probe = new WriterProbe(store, _lived);
        probe.Offer(1, 500);
        await probe.AllWritten();
        await using (var other = new SqliteConnection($"Data Source={Path};Pooling=false"))
        {
            await other.OpenAsync();
            await using var transaction = other.BeginTransaction(deferred: false);
            probe.Offer(501, 2_000);
            await probe.ToldFault(StoreFault.Locked);

            // Who reads does not wait for who writes.
            Assert.Equal(500, (await store.Newest(_lived.Room))!.Seq);
        }

        await probe.Told<ArchiveStatus.Recording>();
        await AssertEqualsLived(probe, store, 2_000);
    }

    [Fact]
    public async Task A_full_disk_is_written_on_once_there_is_room()
    {
        var tight = new SqliteHistoryStore(Path, "PRAGMA max_page_count = 60;");
        await using (var probe = new WriterProbe(tight, _lived))
        {
            probe.Offer(1, 3_000);
            var failing = await probe.ToldFault(StoreFault.Full);
            Assert.True(failing.Waiting > 0);
            Assert.Contains("no room", failing.Why, StringComparison.Ordinal);
        }

        var kept = (await tight.Newest(_lived.Room))!.Seq;
        Assert.InRange(kept, 100, 2_900);
        await using var roomy = new SqliteHistoryStore(Path);
        await using var again = new WriterProbe(roomy, _lived);
        again.Offer(kept - 50, 3_000);
        await AssertEqualsLived(again, roomy, 3_000);
    }

    [Fact]
    public async Task A_database_that_can_only_be_read_is_read()
    {
        await using (var writable = new SqliteHistoryStore(Path))
        {
            await writable.Prepare();
            await writable.Append(_lived.Stretch(1, 100));
        }

        await using var store = new SqliteHistoryStore(Path, "PRAGMA query_only = ON;");
        await using var probe = new WriterProbe(store, _lived);
        probe.Offer(101, 200);
        await probe.ToldFault(StoreFault.ReadOnly);
        Assert.Equal(100, (await store.Before(_lived.Room, long.MaxValue, 1_000)).Entries.Count);
    }

    [SkippableFact]
    [SupportedOSPlatform("linux")]
    public async Task An_archive_on_a_read_only_mount_is_read_where_it_was_closed_properly_and_says_so_where_not()
    {
        Skip.IfNot(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "a read-only mount needs root on Linux");
        var folder = Directory.CreateDirectory(_folder.File("a ü%?#")).FullName;
        var file = System.IO.Path.Combine(folder, "history.db");
        await using (var store = new SqliteHistoryStore(file))
        {
            await store.Prepare();
            await store.Append(_lived.Stretch(1, 100));
        }

        Assert.Equal(0, await Command("mount", "--bind", folder, folder));
        try
        {
            Assert.Equal(0, await Command("mount", "-o", "remount,bind,ro", folder));
            await using var store = new SqliteHistoryStore(file);
            await store.Prepare();
            Assert.Equal(100, (await store.Before(_lived.Room, long.MaxValue, 1_000)).Entries.Count);
            var refused = await Assert.ThrowsAsync<HistoryStoreException>(() => store.Append(_lived.Stretch(101, 200)));
            Assert.Equal(StoreFault.ReadOnly, refused.Fault);
            await store.DisposeAsync();

            Assert.Equal(0, await Command("mount", "-o", "remount,bind,rw", folder));
            await File.WriteAllTextAsync(file + "-wal", "not empty");
            Assert.Equal(0, await Command("mount", "-o", "remount,bind,ro", folder));
            refused = await Assert.ThrowsAsync<HistoryStoreException>(() => store.Newest(_lived.Room));
            Assert.Contains("was not closed properly", refused.Message, StringComparison.Ordinal);
        }
        finally
        {
            await Command("umount", folder);
        }

        static async Task<int> Command(params string[] command) => (await SystemProgram.Run(command)).Code;
    }

    [Fact]
    public async Task A_damaged_file_is_named_and_a_sound_one_in_its_place_is_taken()
    {
        await using var store = new SqliteHistoryStore(Path);
        await File.WriteAllTextAsync(Path, string.Concat(Enumerable.Repeat("This is no database at all. ", 500)));
        await using var probe = new WriterProbe(store, _lived);
        probe.Offer(1, 1_000);
        var failing = await probe.ToldFault(StoreFault.Corrupt);
        Assert.Contains("damaged", failing.Why, StringComparison.Ordinal);
        File.Delete(Path);
        await probe.Told<ArchiveStatus.Recording>();
        await AssertEqualsLived(probe, store, 1_000);
    }

    [Fact]
    public async Task A_file_that_was_damaged_while_it_was_written_is_named_and_a_backup_is_written_on()
    {
        await using var store = new SqliteHistoryStore(Path);
        await using var probe = new WriterProbe(store, _lived);
        probe.Offer(1, 1_000);
        await probe.AllWritten();
        await store.DisposeAsync();
        File.Copy(Path, Path + ".backup");
        await using (var file = File.OpenWrite(Path))
        {
            file.Position = 100;
            await file.WriteAsync(new byte[8_000]);
        }

        probe.Offer(1_001, 2_000);
        await probe.ToldFault(StoreFault.Corrupt);
        File.Delete(Path + "-wal");
        File.Delete(Path + "-shm");
        File.Move(Path + ".backup", Path, overwrite: true);
        await probe.Told<ArchiveStatus.Recording>();
        await AssertEqualsLived(probe, store, 2_000);
    }

    [Fact]
    public async Task A_file_that_is_taken_away_while_it_is_written_is_missed_and_made_anew()
    {
        await using var store = new SqliteHistoryStore(Path);
        await using var probe = new WriterProbe(store, _lived);
        probe.Offer(1, 1_000);
        await probe.AllWritten();
        foreach (var file in Directory.GetFiles(_folder.Path))
        {
            File.Delete(file);
        }

        probe.Offer(1_001, 2_000);
        await probe.Told<ArchiveStatus.Failing>();
        await probe.Told<ArchiveStatus.Recording>();
        await probe.AllWritten();
        await store.DisposeAsync();
        await using var again = new SqliteHistoryStore(Path);
        Assert.Equal([new LogRange(1_001, 2_000)], await again.Present(_lived.Room));
    }

    [Fact]
    public async Task Reading_makes_no_file()
    {
        await using var store = new SqliteHistoryStore(Path);
        await Assert.ThrowsAsync<HistoryStoreException>(() => store.Rooms());
        Assert.False(File.Exists(Path));
    }

    [Theory]
    [InlineData("CREATE TABLE songs (title TEXT)")]
    [InlineData("CREATE TABLE songs (title TEXT); PRAGMA user_version = 1")]
    public async Task Another_programs_database_is_left_alone(string theirs)
    {
        await using (var connection = new SqliteConnection($"Data Source={Path};Pooling=false"))
        {
            await connection.OpenAsync();
            await using var command = connection.CreateCommand();
            command.CommandText = theirs;
            await command.ExecuteNonQueryAsync();
        }

        var before = await File.ReadAllBytesAsync(Path);
        await using (var store = new SqliteHistoryStore(Path))
        {
            var failure = await Assert.ThrowsAsync<HistoryStoreException>(() => store.Prepare());
            Assert.False(failure.MayPass);
            Assert.Contains("another program", failure.Message, StringComparison.Ordinal);
        }

        Assert.Equal(before, await File.ReadAllBytesAsync(Path));
    }

    [Fact]
    public async Task A_row_that_no_Norris_wrote_is_named_as_damage()
    {
        await using var store = new SqliteHistoryStore(Path);
        await store.Prepare();
        await store.Append(_lived.Stretch(1, 10));
        await using (var connection = new SqliteConnection($"Data Source={Path};Pooling=false"))
        {
            await connection.OpenAsync();
            await using var command = connection.CreateCommand();
            command.CommandText = "UPDATE entries SET kind = 1099511627776";
            await command.ExecuteNonQueryAsync();
        }

        var failure = await Assert.ThrowsAsync<HistoryStoreException>(() => store.Before(_lived.Room, long.MaxValue, 10));
        Assert.Equal(StoreFault.Corrupt, failure.Fault);
    }

    [Fact]
    public async Task A_folder_that_cannot_be_made_is_named()
    {
        await File.WriteAllTextAsync(_folder.File("file"), "");
        await using var store = new SqliteHistoryStore(_folder.File("file/history.db"));
        var failure = await Assert.ThrowsAsync<HistoryStoreException>(() => store.Prepare());
        Assert.Equal(StoreFault.Unavailable, failure.Fault);
        Assert.DoesNotContain('\n', failure.Message);
    }

    [SkippableFact]
    [SupportedOSPlatform("linux")]
    public async Task The_file_is_its_owners_alone()
    {
        Skip.If(OperatingSystem.IsWindows(), "needs a system with Unix permissions");
        await using var store = new SqliteHistoryStore(_folder.File("new/history.db"));
        await store.Prepare();
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_folder.File("new/history.db")));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(_folder.File("new")));
    }

    [Fact]
    public async Task Deleted_words_are_in_none_of_its_files()
    {
        var room = _lived.Room;
        await using var store = new SqliteHistoryStore(Path);
        await store.Prepare();
        await store.Append(_lived.All);
        Assert.True(Holds("garden"));
        await store.DeleteRoom(room);
        await store.DisposeAsync();
        Assert.False(Holds("garden"));
        Assert.False(Holds("number2999"));
    }

    [Fact]
    public async Task What_did_not_fit_into_the_queue_is_reported_missing_and_can_be_filled()
    {
        await File.WriteAllTextAsync(Path, string.Concat(Enumerable.Repeat("This is no database at all. ", 500)));
        await using var store = new SqliteHistoryStore(Path);
        await using var probe = new WriterProbe(store, _lived, new ArchiveLimits(Entries: 1_000, BatchEntries: 100));
        probe.Offer(1, 100);
        await probe.ToldFault(StoreFault.Corrupt);
        probe.Offer(101, 3_000);
        File.Delete(Path);
        await probe.Told<ArchiveStatus.Recording>();
        await probe.AllWritten();
        var bounds = Assert.Single(probe.Gaps);
        var missing = await store.Missing(_lived.Room, new LogRange(1, 3_000));
        Assert.True(missing.Sum(m => m.Count) >= 1_900);
        Assert.All(missing, m => Assert.True(m.First >= bounds.First && m.Last <= bounds.Last));
        foreach (var range in missing)
        {
            await store.Append(_lived.Stretch(range.First, range.Last));
        }

        await AssertEqualsLived(probe, store, 3_000);
    }

    [Fact]
    public async Task Another_history_of_the_room_stops_the_writer_for_good()
    {
        await using var store = new SqliteHistoryStore(Path);
        await store.Prepare();
        await store.Append(new LivedHistory(100, seed: 9, room: _lived.Room).All);
        await using var probe = new WriterProbe(store, _lived);
        probe.Offer(1, 200);
        var stopped = await probe.Told<ArchiveStatus.Stopped>();
        Assert.Equal(StoreFault.Conflict, stopped.Fault);
        Assert.Equal(0, probe.Writer.Waiting);
        await Assert.ThrowsAsync<HistoryStoreException>(() => probe.Writer.WhenWritten());
    }

    private bool Holds(string text) => Directory.GetFiles(_folder.Path).Any(f =>
        File.ReadAllBytes(f).AsSpan().IndexOf(System.Text.Encoding.UTF8.GetBytes(text)) >= 0);

    private async Task AssertEqualsLived(WriterProbe probe, SqliteHistoryStore store, int count)
    {
        await probe.AllWritten();
        var page = await store.After(_lived.Room, 0, 10_000);
        Assert.Empty(page.Holes);
        Assert.Equal(_lived.Entries.Take(count), page.Entries);
    }
}
