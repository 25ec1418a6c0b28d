using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace Norris.Node.Archive;

/// <summary>History in an SQLite file: write-ahead log, so that readers and the writer never wait for each other; FTS5 for the words.</summary>
internal sealed class SqliteHistoryStore : SqlHistoryStore
{
    private const int LockedAfterSeconds = 5;

    /// <summary>So many pages of the index are merged in a transaction.</summary>
    private const int MergedAtOnce = 500;

    private readonly string _path;
    private readonly string _connectionString;
    private readonly string _settings;

    /// <param name="extraSettings">Further PRAGMAs for each connection.</param>
    /// <param name="lockedAfterSeconds">For how long to wait for another process that writes.</param>
    public SqliteHistoryStore(string path, string extraSettings = "", int lockedAfterSeconds = LockedAfterSeconds)
    {
        _path = path;
        _connectionString = new SqliteConnectionStringBuilder { DataSource = path, Mode = SqliteOpenMode.ReadWrite, DefaultTimeout = lockedAfterSeconds }.ToString();

        // A power cut may take back the last seconds (peers have them), never more: NORMAL is safe against a killed process.
        // Deleted text is overwritten. Larger checkpoints and cache than usual, for an index that is written all the time.
        _settings = "PRAGMA synchronous = NORMAL; PRAGMA secure_delete = ON; PRAGMA wal_autocheckpoint = 4000; PRAGMA cache_size = -16000; "
            + extraSettings;
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
    ];

    protected override string SearchStatement =>
        $"""
        SELECT {string.Join(", ", Columns.Split(", ").Select(c => "entries." + c))} FROM words JOIN entries ON entries.id = words.rowid
        WHERE words MATCH @words AND words.rowid >= @low AND words.rowid < @high ORDER BY words.rowid DESC LIMIT @limit
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

        var connection = new SqliteConnection(_connectionString);
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

        await sql.Execute(
            "INSERT INTO words (rowid, body) SELECT id, body FROM entries WHERE id >= @low AND id <= @high AND kind = 0",
            ("low", Key(no, rows[0].Seq)),
            ("high", Key(no, rows[^1].Seq)));
    }

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

    /// <summary>Every word as a quoted string, so that nothing in it is taken for an operator.</summary>
    protected override string SearchQuery(string words) => string.Join(
        ' ',
        words.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
            .Where(word => word.Any(char.IsLetterOrDigit))
            .Select(word => $"\"{word.Replace("\"", "\"\"", StringComparison.Ordinal)}\""));

    protected override HistoryStoreException? Explain(Exception e) =>
        e is SqliteException sqlite ? Explain(sqlite) : null;

    private HistoryStoreException Explain(SqliteException e)
    {
        // Pooled connections would go on with a file that someone meanwhile replaces.
        ClearPool();
        const int busy = 5, locked = 6, readOnly = 8, corrupt = 11, full = 13, cannotOpen = 14, notADatabase = 26;
        var (fault, what) = e.SqliteErrorCode switch
        {
            busy or locked => (StoreFault.Locked, "another program holds it; close that one, or wait"),
            readOnly => (StoreFault.ReadOnly, "it can be read but not written; check the file's and its folder's permissions"),
            full => (StoreFault.Full, "there is no room left; make room on its disk"),
            corrupt or notADatabase => (StoreFault.Corrupt, "the file is damaged or no SQLite database; move it away or put a backup in its place"),
            cannotOpen => (StoreFault.Unavailable, "the file cannot be opened; check that its folder exists and may be written to"),
            _ => (StoreFault.Unavailable, $"SQLite says error {e.SqliteExtendedErrorCode}"),
        };
        return new HistoryStoreException(fault, $"archive {Place}: {what}", e);
    }

    private static object OrNull(object? value) => value ?? DBNull.Value;

    private void ClearPool()
    {
        using var any = new SqliteConnection(_connectionString);
        SqliteConnection.ClearPool(any);
    }
}
