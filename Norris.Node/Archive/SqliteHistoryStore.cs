using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace Norris.Node.Archive;

/// <summary>History in an SQLite file: write-ahead log, so that readers and the writer never wait for each other; FTS5 for the words, of which it only knows which entry has them.</summary>
internal sealed class SqliteHistoryStore : SqlHistoryStore
{
    private const int LockedAfterSeconds = 5;
    private const int ReadOnly = 8;
    private const int CannotOpen = 14;

    /// <summary>So many pages of the index are merged in a transaction.</summary>
    private const int MergedAtOnce = 500;

    private readonly string _path;
    private readonly TimeProvider _time;
    private readonly string _connectionString;
    private readonly string _readOnly;
    private readonly string _settings;

    /// <param name="extraSettings">Further PRAGMAs for each connection.</param>
    /// <param name="lockedAfterSeconds">For how long to wait for another process that writes.</param>
    /// <param name="time">The clock that retention goes by; null: the system's.</param>
    public SqliteHistoryStore(string path, string extraSettings = "", int lockedAfterSeconds = LockedAfterSeconds, TimeProvider? time = null)
    {
        _path = path;
        _time = time ?? TimeProvider.System;
        _connectionString = new SqliteConnectionStringBuilder { DataSource = path, Mode = SqliteOpenMode.ReadWrite, DefaultTimeout = lockedAfterSeconds }.ToString();

        _readOnly = new SqliteConnectionStringBuilder
        {
            DataSource = $"file:{string.Join('/', path.Split('/').Select(Uri.EscapeDataString))}?immutable=1",
            Mode = SqliteOpenMode.ReadOnly,
        }.ToString();

        // A power cut may take back the last seconds (peers have them), never more: NORMAL is safe against a killed process.
        // Deleted text is overwritten. Larger checkpoints and cache than usual, for an index that is written all the time.
        _settings = "PRAGMA synchronous = NORMAL; PRAGMA secure_delete = ON; PRAGMA wal_autocheckpoint = 4000; PRAGMA cache_size = -16000; "
            + extraSettings + "SELECT COUNT(*) FROM sqlite_master";
    }

    public override string Place => $"sqlite:{_path}";

    protected override IReadOnlyList<string> Migrations { get; } =
    [
        """
        CREATE TABLE rooms (no INTEGER PRIMARY KEY AUTOINCREMENT, room INTEGER NOT NULL UNIQUE);
        CREATE TABLE entries (
            id INTEGER PRIMARY KEY, epoch INTEGER NOT NULL, hash INTEGER NOT NULL, kind INTEGER NOT NULL,
            who INTEGER, counter INTEGER, name TEXT, node TEXT, body TEXT, sent_at INTEGER, ordered_at INTEGER, detail INTEGER);
        CREATE TABLE stretches (
            room_no INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, before INTEGER NOT NULL, hash INTEGER NOT NULL,
            PRIMARY KEY (room_no, first)) WITHOUT ROWID;
        CREATE TABLE holes (
            room_no INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, why TEXT NOT NULL,
            PRIMARY KEY (room_no, first)) WITHOUT ROWID;
        CREATE VIRTUAL TABLE words USING fts5 (body, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2');
        """,
        $"""
        DROP TABLE words;
        CREATE VIRTUAL TABLE words USING fts5 (terms, content = '', contentless_delete = 1, detail = none, tokenize = 'ascii');
        CREATE TABLE arrivals (
            room_no INTEGER NOT NULL, minute INTEGER NOT NULL, last INTEGER NOT NULL, PRIMARY KEY (room_no, minute)) WITHOUT ROWID;
        INSERT INTO arrivals SELECT room_no, CAST(strftime('%s', 'now') AS INTEGER) / 60, MAX(last) FROM stretches GROUP BY room_no;
        CREATE TABLE unindexed (below INTEGER NOT NULL);
        INSERT INTO unindexed SELECT MAX(id) + 1 FROM entries HAVING COUNT(*) > 0;
        UPDATE holes SET why = '{ArchiveFiller.Nobody}' WHERE why = 'no archive of the room had it';
        """,
        // Words have another form: ß is ss.
        """
        DROP TABLE words;
        CREATE VIRTUAL TABLE words USING fts5 (terms, content = '', contentless_delete = 1, detail = none, tokenize = 'ascii');
        DELETE FROM unindexed;
        INSERT INTO unindexed SELECT MAX(id) + 1 FROM entries HAVING COUNT(*) > 0;
        """,
        // What a message is about stands where no message had anything; who does not know that must not read it.
        "CREATE INDEX entries_about ON entries (node) WHERE kind = 0 AND node IS NOT NULL",
    ];

    protected override string CandidatesStatement(bool hasWords) =>
        $"""
        SELECT {string.Join(", ", Columns.Split(", ").Select(c => "entries." + c))} FROM {(hasWords ? "words JOIN entries ON entries.id = words.rowid" : "entries")}
        WHERE {(hasWords ? "words MATCH @words AND words.rowid >= @low AND words.rowid < @high" : "id >= @low AND id < @high")}
            AND kind = 0 AND ordered_at >= @since AND ordered_at < @until
        ORDER BY {(hasWords ? "words.rowid" : "id")} DESC LIMIT @limit
        """;

    public override ValueTask DisposeAsync()
    {
        ClearPool();
        return ValueTask.CompletedTask;
    }

    /// <summary>For its owner's eyes only: it holds what people said.</summary>
    protected override void MakePlace()
    {
        try
        {
            if (File.Exists(_path))
            {
                return;
            }

            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (OperatingSystem.IsWindows())
            {
                Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
            }
            else
            {
                Directory.CreateDirectory(Path.GetDirectoryName(_path)!, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            }

            new FileStream(_path, options).Dispose();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (!File.Exists(_path))
            {
                throw new HistoryStoreException(StoreFault.Unavailable, $"archive {Place}: the file cannot be made: {e.Message}", e);
            }
        }
    }

    protected override async Task<DbConnection> Connect(CancellationToken cancel)
    {
        if (!File.Exists(_path))
        {
            // Pooled connections would go on with a file that nobody finds any more.
            ClearPool();
            throw new HistoryStoreException(StoreFault.Unavailable, $"archive {Place}: the file is not there");
        }

        try
        {
            return await Open(_connectionString, cancel);
        }
        catch (SqliteException e) when (e.SqliteErrorCode is ReadOnly or CannotOpen)
        {
            // Where nothing can be written, the file beside it that readers share cannot be made. Nobody writes, then, so it can do without.
            if (new FileInfo(_path + "-wal") is { Exists: true, Length: > 0 })
            {
                throw new HistoryStoreException(
                    StoreFault.ReadOnly, $"archive {Place}: it was not closed properly, and nothing can be written where it is; copy it, with the file {Path.GetFileName(_path)}-wal beside it, to where something can", e);
            }

            return await Open(_readOnly, cancel);
        }
    }

    private async Task<DbConnection> Open(string connectionString, CancellationToken cancel)
    {
        var connection = new SqliteConnection(connectionString);
        try
        {
            await connection.OpenAsync(cancel);
            await using var command = connection.CreateCommand();
            command.CommandText = _settings;
            await command.ExecuteNonQueryAsync(cancel);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    protected override Task<DbTransaction> BeginRead(DbConnection connection, CancellationToken cancel) =>
        Task.FromResult<DbTransaction>(((SqliteConnection)connection).BeginTransaction(deferred: true));

    protected override Task<DbTransaction> BeginWrite(DbConnection connection, CancellationToken cancel)
    {
        // Outside the transaction, and before the first one: a database without tables is not yet in this mode.
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA journal_mode = WAL";
        command.ExecuteScalar();
        return Task.FromResult<DbTransaction>(((SqliteConnection)connection).BeginTransaction(deferred: false));
    }

    protected override async Task Insert(SqlSession sql, long no, IReadOnlyList<HistoryRow> rows)
    {
        await using var command = (SqliteCommand)sql.Command(
            $"INSERT INTO entries ({Columns}) VALUES ({string.Join(", ", Enumerable.Range(0, 12).Select(i => $"@{i}"))})");
        var values = Enumerable.Range(0, 12).Select(i => command.Parameters.Add(new SqliteParameter($"@{i}", null))).ToArray();
        await command.PrepareAsync(sql.Cancel);
        foreach (var row in rows)
        {
            values[0].Value = Key(no, row.Seq);
            values[1].Value = row.Epoch;
            values[2].Value = row.Hash;
            values[3].Value = (long)row.Kind;
            values[4].Value = OrNull(row.Who);
            values[5].Value = OrNull(row.Counter);
            values[6].Value = OrNull(row.Name);
            values[7].Value = OrNull(row.Node);
            values[8].Value = OrNull(row.Body);
            values[9].Value = OrNull(row.SentAt);
            values[10].Value = OrNull(row.OrderedAt);
            values[11].Value = OrNull(row.Detail);
            command.ExecuteNonQuery();
        }

        await Index(sql, no, rows);
    }

    protected override async Task Index(SqlSession sql, long no, IReadOnlyList<HistoryRow> rows)
    {
        await using var command = (SqliteCommand)sql.Command("INSERT INTO words (rowid, terms) VALUES (@id, @words)");
        var (id, words) = (command.Parameters.Add(new SqliteParameter("@id", null)), command.Parameters.Add(new SqliteParameter("@words", null)));
        await command.PrepareAsync(sql.Cancel);
        foreach (var row in rows.Where(r => r.Kind == RowKind.Said))
        {
            id.Value = Key(no, row.Seq);
            words.Value = string.Join(' ', SearchWords.Indexed(row.Body ?? "", row.Name ?? ""));
            command.ExecuteNonQuery();
        }
    }

    protected override Task<long> Now(SqlSession sql) => Task.FromResult(_time.GetUtcNow().ToUnixTimeMilliseconds());

    protected override async Task Delete(SqlSession sql, long low, long high)
    {
        await sql.Execute("DELETE FROM words WHERE rowid >= @low AND rowid < @high", ("low", low), ("high", high));
        await sql.Execute("DELETE FROM entries WHERE id >= @low AND id < @high", ("low", low), ("high", high));
    }

    protected override async Task Forget(CancellationToken cancel)
    {
        // The index keeps deleted words until its parts are merged, the write-ahead log until it is emptied. A negative number begins to merge all
        // of it; a part at a time, so that the writer is never held up for long.
        for (var (pages, changes) = (-MergedAtOnce, long.MaxValue); changes >= 2; pages = MergedAtOnce)
        {
            var slice = pages;
            changes = await Writing(
                async sql =>
                {
                    var before = await sql.Number("SELECT total_changes()");
                    await sql.Execute("INSERT INTO words (words, rank) VALUES ('merge', @pages)", ("pages", slice));
                    return await sql.Number("SELECT total_changes()") - before ?? 0;
                },
                cancel);
        }

        await using var connection = await Connect(cancel);
        await using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA wal_checkpoint(TRUNCATE)";
        await command.ExecuteNonQueryAsync(cancel);
    }

    protected override async Task<long> SchemaVersion(SqlSession sql)
    {
        // Other programs count versions there, too, and a mistyped path must not have tables put into their files.
        var isOurs = await sql.Number("SELECT COUNT(*) = 0 OR SUM(name IN ('rooms', 'entries', 'stretches', 'words')) = 4 FROM sqlite_master") == 1;
        return isOurs
            ? await sql.Number("PRAGMA user_version") ?? 0
            : throw new HistoryStoreException(StoreFault.Name, $"the database {Place} is another program's: name another file");
    }

    protected override Task SetVersion(SqlSession sql, int version) => sql.Execute($"PRAGMA user_version = {version}");

    protected override string IndexQuery(IEnumerable<(string Word, bool IsBeginning)> words) =>
        string.Join(' ', words.Select(w => $"\"{w.Word}\"{(w.IsBeginning ? "*" : "")}"));

    protected override HistoryStoreException? Explain(Exception e) =>
        e is SqliteException sqlite ? Explain(sqlite) : null;

    private HistoryStoreException Explain(SqliteException e)
    {
        // Pooled connections would go on with a file that someone meanwhile replaces.
        ClearPool();
        const int busy = 5, locked = 6, inputOutput = 10, corrupt = 11, full = 13, notADatabase = 26;
        var (fault, what) = e.SqliteErrorCode switch
        {
            busy or locked => (StoreFault.Locked, "another program holds it; close that one, or wait"),
            ReadOnly => (StoreFault.ReadOnly, "it can be read but not written; check the file's and its folder's permissions"),
            full => (StoreFault.Full, "there is no room left; make room on its disk"),
            corrupt or notADatabase => (StoreFault.Corrupt, "the file is damaged or no SQLite database; move it away or put a backup in its place"),
            inputOutput => (StoreFault.Unavailable, $"it cannot be read or written (error {e.SqliteExtendedErrorCode}); check that it is a file on a disk that works"),
            CannotOpen => (StoreFault.Unavailable, "the file cannot be opened; check that its folder exists and may be written to"),
            _ => (StoreFault.Unavailable, $"SQLite says error {e.SqliteExtendedErrorCode}: {e.Message}"),
        };
        return new HistoryStoreException(fault, $"archive {Place}: {what}", e);
    }

    private static object OrNull(object? value) => value ?? DBNull.Value;

    private void ClearPool()
    {
        foreach (var connectionString in new[] { _connectionString, _readOnly })
        {
            using var any = new SqliteConnection(connectionString);
            SqliteConnection.ClearPool(any);
        }
    }
}
