using System.Data;
using System.Data.Common;
using System.Globalization;
using Npgsql;
using NpgsqlTypes;

namespace Norris.Node.Archive;

/// <summary>History on a PostgreSQL server, in a schema of its own: for archives that are large, or that several nodes share.</summary>
internal sealed class PostgresHistoryStore : SqlHistoryStore
{
    private const int OldestServer = 15;

    /// <summary>How many entries a search goes back before it asks the index.</summary>
    private const int GoneBack = 10_000;

    /// <summary>A node that stands still, or whose machine is gone, must not hold the lock of a store that others share.</summary>
    private const string GiveUpTheLock =
        "SET LOCAL idle_in_transaction_session_timeout = 15000; SET LOCAL tcp_keepalives_idle = 10; SET LOCAL tcp_keepalives_interval = 5; SET LOCAL tcp_keepalives_count = 3";

    /// <summary>Stands for what PostgreSQL cannot store (the character 0) and for itself, with '0' or '1' behind it.</summary>
    private const string Escape = "\u001a";

    private readonly NpgsqlDataSource _source;
    private readonly PostgresStoreName _name;
    private readonly TimeProvider? _time;

    /// <param name="name">Where the database is.</param>
    /// <param name="password">Null leaves it to the driver.</param>
    /// <param name="time">The clock that retention goes by; null: the server's.</param>
    public PostgresHistoryStore(PostgresStoreName name, string? password, TimeProvider? time = null)
    {
        _name = name;
        _time = time;
        var settings = new NpgsqlConnectionStringBuilder
        {
            Host = name.Host,
            Port = name.Port,
            Database = name.Database,
            SearchPath = "norris",
            ApplicationName = "norris",
            Timeout = 5,
            CommandTimeout = 20,
            MaxPoolSize = 8,
        };
        if (name.User.Length > 0)
        {
            settings.Username = name.User;
        }

        if (password is not null)
        {
            settings.Password = password;
        }

        _source = NpgsqlDataSource.Create(settings);
    }

    public override string Place => _name.ToString();

    protected override IReadOnlyList<string> Migrations { get; } =
    [
        """
        CREATE SCHEMA IF NOT EXISTS norris;
        CREATE TABLE norris.rooms (no BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, room BIGINT NOT NULL UNIQUE);
        CREATE TABLE norris.entries (
            id BIGINT PRIMARY KEY, epoch BIGINT NOT NULL, hash BIGINT NOT NULL, kind INTEGER NOT NULL,
            who BIGINT, counter BIGINT, name TEXT, node TEXT, body TEXT, sent_at BIGINT, ordered_at BIGINT, detail INTEGER,
            words TSVECTOR GENERATED ALWAYS AS (to_tsvector('simple', body)) STORED);
        CREATE INDEX entries_words ON norris.entries USING gin (words);
        CREATE TABLE norris.stretches (
            room_no BIGINT NOT NULL, first BIGINT NOT NULL, last BIGINT NOT NULL, before BIGINT NOT NULL, hash BIGINT NOT NULL,
            PRIMARY KEY (room_no, first));
        CREATE TABLE norris.holes (
            room_no BIGINT NOT NULL, first BIGINT NOT NULL, last BIGINT NOT NULL, why TEXT NOT NULL, PRIMARY KEY (room_no, first));
        """,
        $"""
        ALTER TABLE norris.entries DROP COLUMN words;
        ALTER TABLE norris.entries ADD COLUMN words TSVECTOR;
        CREATE INDEX entries_words ON norris.entries USING gin (words);
        CREATE TABLE norris.arrivals (room_no BIGINT NOT NULL, minute BIGINT NOT NULL, last BIGINT NOT NULL, PRIMARY KEY (room_no, minute));
        INSERT INTO norris.arrivals SELECT room_no, extract(epoch FROM now())::bigint / 60, MAX(last) FROM norris.stretches GROUP BY room_no;
        CREATE TABLE norris.unindexed (below BIGINT NOT NULL);
        INSERT INTO norris.unindexed SELECT MAX(id) + 1 FROM norris.entries HAVING COUNT(*) > 0;
        UPDATE norris.holes SET why = '{ArchiveFiller.Nobody}' WHERE why = 'no archive of the room had it';
        """,
        // Words have another form: ß is ss.
        """
        DELETE FROM norris.unindexed;
        INSERT INTO norris.unindexed SELECT MAX(id) + 1 FROM norris.entries HAVING COUNT(*) > 0;
        """,
        // What a message is about stands where no message had anything; who does not know that must not read it.
        "CREATE INDEX entries_about ON norris.entries (node) WHERE kind = 0 AND node IS NOT NULL",
    ];

    // A word that is common is found soon by going back from the newest, a rare one by the index; the planner cannot know which it is, and takes the
    // first way for both. So a stretch is gone back, and what comes before it is left to the index, where the page is not full yet.
    protected override string CandidatesStatement(bool hasWords) => !hasWords
        ? $"""
        SELECT {Columns} FROM entries WHERE id >= @low AND id < @high AND kind = 0 AND ordered_at >= @since AND ordered_at < @until ORDER BY id DESC LIMIT @limit
        """
        : $"""
        WITH newer AS MATERIALIZED (
            SELECT {Columns} FROM (SELECT {Columns}, words FROM entries WHERE id >= @low AND id < @high ORDER BY id DESC LIMIT {GoneBack}) AS stretch
            WHERE words @@ @words::tsquery AND ordered_at >= @since AND ordered_at < @until ORDER BY id DESC LIMIT @limit),
        older AS MATERIALIZED (
            SELECT id FROM entries
            WHERE words @@ @words::tsquery AND ordered_at >= @since AND ordered_at < @until AND id >= @low
                AND id < (SELECT id FROM entries WHERE id >= @low AND id < @high ORDER BY id DESC OFFSET {GoneBack - 1} LIMIT 1)
                AND (SELECT count(*) FROM newer) < @limit)
        (TABLE newer UNION ALL SELECT {Columns} FROM entries WHERE id IN (SELECT id FROM older ORDER BY id DESC LIMIT @limit)) ORDER BY id DESC LIMIT @limit
        """;

    public override ValueTask DisposeAsync() => _source.DisposeAsync();

    protected override async Task<DbConnection> Connect(CancellationToken cancel)
    {
        var connection = await _source.OpenConnectionAsync(cancel);
        var (version, encoding) = (connection.PostgreSqlVersion, connection.PostgresParameters["server_encoding"]);
        if (version.Major >= OldestServer && encoding == "UTF8")
        {
            return connection;
        }

        await connection.DisposeAsync();
        throw new HistoryStoreException(
            StoreFault.Version,
            version.Major < OldestServer
                ? $"archive {Place}: the server is PostgreSQL {version}; {OldestServer} or newer is needed"
                : $"archive {Place}: the database holds {encoding}, which not every message fits into; make one with createdb -E UTF8 -T template0");
    }

    protected override async Task<DbTransaction> BeginRead(DbConnection connection, CancellationToken cancel) =>
        await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancel);

    protected override async Task<DbTransaction> BeginWrite(DbConnection connection, CancellationToken cancel)
    {
        // Each statement must see what the lock's previous holder committed, so not RepeatableRead.
        var transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, cancel);
        await using var command = connection.CreateCommand();
        command.CommandText = $"{GiveUpTheLock}; SELECT pg_advisory_xact_lock(hashtext('norris archive'))";
        await command.ExecuteNonQueryAsync(cancel);
        return transaction;
    }

    protected override async Task Insert(SqlSession sql, long no, IReadOnlyList<HistoryRow> rows)
    {
        await using var copy = await ((NpgsqlConnection)sql.Connection).BeginBinaryImportAsync(
            $"COPY entries ({Columns}, words) FROM STDIN (FORMAT BINARY)", sql.Cancel);
        foreach (var row in rows)
        {
            await copy.StartRowAsync(sql.Cancel);
            await Write(copy, Key(no, row.Seq), NpgsqlDbType.Bigint, sql.Cancel);
            await Write(copy, row.Epoch, NpgsqlDbType.Bigint, sql.Cancel);
            await Write(copy, row.Hash, NpgsqlDbType.Bigint, sql.Cancel);
            await Write(copy, (int)row.Kind, NpgsqlDbType.Integer, sql.Cancel);
            await Write(copy, row.Who, NpgsqlDbType.Bigint, sql.Cancel);
            await Write(copy, row.Counter, NpgsqlDbType.Bigint, sql.Cancel);
            await Write(copy, Encode(row.Name), NpgsqlDbType.Text, sql.Cancel);
            await Write(copy, Encode(row.Node), NpgsqlDbType.Text, sql.Cancel);
            await Write(copy, Encode(row.Body), NpgsqlDbType.Text, sql.Cancel);
            await Write(copy, row.SentAt, NpgsqlDbType.Bigint, sql.Cancel);
            await Write(copy, row.OrderedAt, NpgsqlDbType.Bigint, sql.Cancel);
            await Write(copy, row.Detail, NpgsqlDbType.Integer, sql.Cancel);
#pragma warning disable CS0618 // Discouraged since the driver reads not all that PostgreSQL does. These words have neither quotes nor backslashes.
            await Write(copy, row.Kind == RowKind.Said ? NpgsqlTsVector.Parse(Vector(row)) : null, NpgsqlDbType.TsVector, sql.Cancel);
#pragma warning restore CS0618
        }

        await copy.CompleteAsync(sql.Cancel);
    }

    protected override Task Index(SqlSession sql, long no, IReadOnlyList<HistoryRow> rows) => sql.Execute(
        "UPDATE entries SET words = given.words::tsvector FROM unnest(@ids, @words) AS given (id, words) WHERE entries.id = given.id",
        ("ids", rows.Select(r => Key(no, r.Seq)).ToArray()),
        ("words", rows.Select(Vector).ToArray()));

    /// <summary>By the server's clock, which the nodes that share it have in common; or by one that was given.</summary>
    protected override async Task<long> Now(SqlSession sql) => _time is null
        ? await sql.Number("SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint") ?? 0
        : _time.GetUtcNow().ToUnixTimeMilliseconds();

    protected override Task Delete(SqlSession sql, long low, long high) =>
        sql.Execute("DELETE FROM entries WHERE id >= @low AND id < @high", ("low", low), ("high", high));

    protected override async Task<long> SchemaVersion(SqlSession sql) =>
        await sql.Number("SELECT (to_regclass('norris.schema_version') IS NOT NULL)::int::bigint") == 1
            ? await sql.Number("SELECT MAX(version) FROM norris.schema_version") ?? 0
            : 0;

    protected override Task SetVersion(SqlSession sql, int version) => sql.Execute(
        string.Create(
            CultureInfo.InvariantCulture,
            $"""
            CREATE TABLE IF NOT EXISTS norris.schema_version (version BIGINT NOT NULL);
            DELETE FROM norris.schema_version;
            INSERT INTO norris.schema_version (version) VALUES ({version})
            """));

    protected override string IndexQuery(IEnumerable<(string Word, bool IsBeginning)> words) =>
        string.Join(" & ", words.Select(w => $"'{w.Word}'{(w.IsBeginning ? ":*" : "")}"));

    protected override string? Encode(string? text) => text is null || text.AsSpan().IndexOfAny('\0', Escape[0]) < 0
        ? text
        : text.Replace(Escape, Escape + "1", StringComparison.Ordinal).Replace("\0", Escape + "0", StringComparison.Ordinal);

    protected override string Decode(string text) => text.Contains(Escape, StringComparison.Ordinal)
        ? text.Replace(Escape + "0", "\0", StringComparison.Ordinal).Replace(Escape + "1", Escape, StringComparison.Ordinal)
        : text;

    protected override HistoryStoreException? Explain(Exception e)
    {
        if (e is not (NpgsqlException or TimeoutException or System.Net.Sockets.SocketException or IOException))
        {
            return null;
        }

        // A pooled connection would go on with the settings, or the server, of before.
        _source.Clear();
        var (fault, what) = (e as PostgresException)?.SqlState switch
        {
            null => (StoreFault.Unavailable, "the server cannot be reached, or does not answer; is it running?"),
            "53100" => (StoreFault.Full, "there is no room left on the server's disk"),
            "25006" => (StoreFault.ReadOnly, "the server can be read but not written"),
            "XX001" or "XX002" => (StoreFault.Corrupt, "the server says that its files are damaged; restore a backup"),
            "55P03" or "57014" or "40P01" or "40001" => (StoreFault.Locked, "another program holds it"),
            "3D000" => (StoreFault.Unavailable, $"there is no database '{_name.Database}'; make it with createdb"),
            "42501" => (StoreFault.Denied, "the user may not make or use the schema 'norris'; grant CREATE on the database"),
            ['2', '8', ..] => (
                StoreFault.Denied,
                $"the server does not let this user in; put the password into the environment variable {PostgresStoreName.PasswordVariable}"),
            var state => (StoreFault.Unavailable, $"PostgreSQL says error {state}"),
        };
        return new HistoryStoreException(fault, $"archive {Place}: {what}", e);
    }

    /// <summary>No word has a quote or a backslash in it.</summary>
    private static string Vector(HistoryRow row) =>
        string.Join(' ', SearchWords.Indexed(row.Body ?? "", row.Name ?? "").Select(word => $"'{word}'"));

    private static Task Write<T>(NpgsqlBinaryImporter copy, T value, NpgsqlDbType type, CancellationToken cancel) =>
        value is null ? copy.WriteNullAsync(cancel) : copy.WriteAsync(value, type, cancel);
}
