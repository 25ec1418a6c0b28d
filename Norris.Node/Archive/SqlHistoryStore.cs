using System.Data.Common;
using Norris.Core.Protocol;
using Norris.Node.Session;

namespace Norris.Node.Archive;

/// <summary>
/// What the engines have in common: all of it but connecting, the schema, the bulk insert and the full-text search. An entry's key is one
/// number, the room's place in this store and the sequence number, so that every engine pages, and searches, along its primary key.
/// </summary>
internal abstract partial class SqlHistoryStore : IHistoryStore
{
    /// <summary>So many bits of a key are the sequence number.</summary>
    private const int SeqBits = 44;

    private const long LargestSeq = (1L << SeqBits) - 1;

    /// <summary>The most entries that one page gives, whatever was asked for.</summary>
    private const int LargestPage = 10_000;

    /// <summary>A search looks at so many messages at once at least.</summary>
    private const int FewestCandidates = 200;

    internal const string Columns = "id, epoch, hash, kind, who, counter, name, node, body, sent_at, ordered_at, detail";

    public abstract string Place { get; }

    /// <summary>Statements that bring the schema from version i to i + 1, in order. Never change one that was ever released.</summary>
    protected abstract IReadOnlyList<string> Migrations { get; }

    /// <summary>
    /// Selects <see cref="Columns"/> of messages with @low &lt;= id &lt; @high and @since &lt;= ordered_at &lt; @until, newest first, @limit of them;
    /// where there are words, of those that have them in the index.
    /// </summary>
    protected abstract string CandidatesStatement(bool hasWords);

    public Task<LogPosition?> Newest(RoomId room, CancellationToken cancel = default) => Reading(
        async sql => await Number(sql, room) is { } no ? await Newest(sql, no) : null,
        cancel);

    public Task<HistoryPage> Before(RoomId room, long seq, int limit, EntryFilter filter = EntryFilter.All, CancellationToken cancel = default) => Reading(
        async sql =>
        {
            if (await Number(sql, room) is not { } no)
            {
                return new HistoryPage([], []);
            }

            limit = Math.Clamp(limit, 1, LargestPage);
            seq = Math.Clamp(seq, 1, await End(sql, no) + 1);
            var entries = await Entries(sql, no, new LogRange(1, seq - 1), limit, filter, newestFirst: true);
            entries.Reverse();
            var from = entries.Count < limit ? 1 : entries[0].Seq;
            return new HistoryPage(entries, await HolesWithin(sql, no, new LogRange(from, seq - 1)))
            {
                Later = filter == EntryFilter.Messages ? await Relations(sql, no).Later([.. entries.Cast<SaidEvent>()], seq - 1) : [],
            };
        },
        cancel);

    public Task<HistoryPage> After(RoomId room, long seq, int limit, EntryFilter filter = EntryFilter.All, CancellationToken cancel = default) => Reading(
        async sql =>
        {
            if (await Number(sql, room) is not { } no)
            {
                return new HistoryPage([], []);
            }

            var end = await End(sql, no);
            limit = Math.Clamp(limit, 1, LargestPage);
            seq = Math.Clamp(seq, 0, end);
            var entries = await Entries(sql, no, new LogRange(seq + 1, end), limit, filter, newestFirst: false);
            var to = entries.Count < limit ? end : entries[^1].Seq;
            return new HistoryPage(entries, await HolesWithin(sql, no, new LogRange(seq + 1, to)));
        },
        cancel);

    public Task<HistoryStretch?> Read(RoomId room, long first, int limit, CancellationToken cancel = default) => Reading(
        async sql =>
        {
            if (await Number(sql, room) is not { } no
                || await Stretches(sql, no, new LogRange(first, first)) is not [var kept])
            {
                return null;
            }

            var last = Math.Min(kept.Last, first + Math.Clamp(limit, 1, LargestPage) - 1);
            var before = kept.First == first ? kept.Before : await HashAt(sql, no, first - 1);
            var entries = await Entries(sql, no, new LogRange(first, last), LargestPage, EntryFilter.All, newestFirst: false);
            return new HistoryStretch(room, (ulong)before, entries);
        },
        cancel);

    public Task<IReadOnlyList<SaidEvent>> Search(RoomId room, SearchQuery query, long before, int limit, CancellationToken cancel = default) => Reading<IReadOnlyList<SaidEvent>>(
        async sql =>
        {
            if (query.IsEmpty || await Number(sql, room) is not { } no)
            {
                return [];
            }

            // The index knows words, not which one follows which: as many candidates are looked at as it takes, more of them every time.
            limit = Math.Clamp(limit, 1, LargestPage);
            var found = new List<SaidEvent>();
            var (words, high) = (IndexQuery(query.Indexed), Key(no, Math.Clamp(before, 0, LargestSeq)));
            for (var count = Math.Max(limit, FewestCandidates); ; count = Math.Min(2 * count, LargestPage))
            {
                var rows = await sql.Query(
                    CandidatesStatement(words.Length > 0),
                    ReadRow,
                    ("words", words),
                    ("low", Key(no, 0)),
                    ("high", high),
                    ("since", query.SinceTime),
                    ("until", query.UntilTime),
                    ("limit", count));
                var matches = rows.Select(row => row.ToEvent()).OfType<SaidEvent>().Where(said => said.IsToRead && query.Matches(said)).ToList();
                found.AddRange(await Relations(sql, no).Unchanged(matches));
                if (rows.Count < count || found.Count >= limit)
                {
                    return found.Count > limit ? found.GetRange(0, limit) : found;
                }

                high = Key(no, rows[^1].Seq);
            }
        },
        cancel);

    public Task<IReadOnlyList<SettingEvent>> Settings(RoomId room, CancellationToken cancel = default) => Reading<IReadOnlyList<SettingEvent>>(
        async sql => await Number(sql, room) is { } no
            ? [.. (await sql.Query(
                $"SELECT {Columns} FROM entries WHERE id IN (SELECT MAX(id) FROM entries WHERE kind = @setting AND id >= @low AND id < @high GROUP BY detail) ORDER BY id",
                ReadRow,
                ("setting", (long)RowKind.Setting),
                ("low", Key(no, 0)),
                ("high", Key(no + 1, 0)))).Select(row => row.ToEvent()).OfType<SettingEvent>()]
            : [],
        cancel);

    public Task<IReadOnlyList<LogRange>> Present(RoomId room, CancellationToken cancel = default) => Reading<IReadOnlyList<LogRange>>(
        async sql => await Number(sql, room) is { } no
            ? [.. (await Stretches(sql, no, new LogRange(0, LargestSeq))).Select(s => new LogRange(s.First, s.Last))]
            : [],
        cancel);

    public Task<IReadOnlyList<LogRange>> Missing(RoomId room, LogRange within, CancellationToken cancel = default) => Reading<IReadOnlyList<LogRange>>(
        async sql =>
        {
            if (await Number(sql, room) is not { } no)
            {
                return within.Count > 0 ? [within] : [];
            }

            var kept = (await Stretches(sql, no, within)).Select(s => new LogRange(s.First, s.Last));
            var holes = (await Holes(sql, no, within)).Select(h => h.Range);
            return Ranges.Without(within, kept.Concat(holes).OrderBy(r => r.First));
        },
        cancel);

    public Task<IReadOnlyList<Hole>> Holes(RoomId room, CancellationToken cancel = default) => Reading<IReadOnlyList<Hole>>(
        async sql => await Number(sql, room) is { } no ? await Holes(sql, no, new LogRange(0, LargestSeq)) : [],
        cancel);

    public Task<IReadOnlyList<ArchivedRoom>> Rooms(CancellationToken cancel = default) => Reading<IReadOnlyList<ArchivedRoom>>(
        async sql =>
        {
            var rooms = new List<ArchivedRoom>();
            foreach (var (no, room) in await sql.Query("SELECT no, room FROM rooms ORDER BY no", r => (r.GetInt64(0), new RoomId((ulong)r.GetInt64(1)))))
            {
                if (await Newest(sql, no) is { } newest)
                {
                    var last = await sql.Number(
                        "SELECT ordered_at FROM entries WHERE id >= @low AND id < @high AND kind = 0 ORDER BY id DESC LIMIT 1",
                        ("low", Key(no, 0)),
                        ("high", Key(no + 1, 0)));
                    rooms.Add(new ArchivedRoom(room, newest, last));
                }
            }

            return [.. rooms.OrderBy(r => r.LastOrderedAt)];
        },
        cancel);

    public abstract ValueTask DisposeAsync();

    protected static long Key(long no, long seq) => (no << SeqBits) | seq;

    protected abstract Task<DbConnection> Connect(CancellationToken cancel);

    protected abstract Task<DbTransaction> BeginRead(DbConnection connection, CancellationToken cancel);

    /// <summary>Begins a transaction that holds the store's write lock: one writer at a time, whichever process it is in.</summary>
    protected abstract Task<DbTransaction> BeginWrite(DbConnection connection, CancellationToken cancel);

    /// <summary>Inserts rows that are known not to be there, and what <see cref="SearchWords.Indexed(string, string)"/> says of them.</summary>
    protected abstract Task Insert(SqlSession sql, long no, IReadOnlyList<HistoryRow> rows);

    /// <summary>Deletes the entries with @low &lt;= id &lt; @high, and their words.</summary>
    protected abstract Task Delete(SqlSession sql, long low, long high);

    /// <summary>What the engine's failure means; null where it is none of the engine's.</summary>
    protected abstract HistoryStoreException? Explain(Exception e);

    /// <summary>Indexes rows that are there already: those of an archive whose index was another.</summary>
    protected abstract Task Index(SqlSession sql, long no, IReadOnlyList<HistoryRow> rows);

    /// <summary>The time by the store's own clock, in milliseconds since 1970, UTC.</summary>
    protected abstract Task<long> Now(SqlSession sql);

    /// <summary>The engine's query for entries with all the words in the index; empty where there are none.</summary>
    protected abstract string IndexQuery(IEnumerable<(string Word, bool IsBeginning)> words);

    /// <summary>Not every engine takes every character; <see cref="Decode"/> undoes it.</summary>
    protected virtual string? Encode(string? text) => text;

    protected virtual string Decode(string text) => text;

    protected Task<T> Reading<T>(Func<SqlSession, Task<T>> work, CancellationToken cancel) => InTransaction(BeginRead, work, cancel);

    protected Task<T> Writing<T>(Func<SqlSession, Task<T>> work, CancellationToken cancel) => InTransaction(BeginWrite, work, cancel);

    /// <summary>In the thread pool: SQLite does its work on the thread that asks.</summary>
    private Task<T> InTransaction<T>(
        Func<DbConnection, CancellationToken, Task<DbTransaction>> begin, Func<SqlSession, Task<T>> work, CancellationToken cancel) => Task.Run(
        async () =>
        {
            try
            {
                await using var connection = await Connect(cancel);
                await using var transaction = await begin(connection, cancel);
                var result = await work(new SqlSession(connection, transaction, cancel));
                await transaction.CommitAsync(cancel);
                return result;
            }
            catch (Exception e) when (e is not (HistoryStoreException or OperationCanceledException) && Explain(e) is { } explained)
            {
                throw explained;
            }
            catch (Exception e) when (e is InvalidCastException or OverflowException or FormatException or (InvalidOperationException and not ObjectDisposedException))
            {
                throw new HistoryStoreException(StoreFault.Corrupt, $"the archive {Place} holds what no Norris wrote ({e.GetType().Name}); put a backup in its place", e);
            }
        },
        cancel);

    private static Task<long?> Number(SqlSession sql, RoomId room) =>
        sql.Number("SELECT no FROM rooms WHERE room = @room", ("room", (long)room.Value));

    private static async Task<LogPosition?> Newest(SqlSession sql, long no) => (await sql.Query(
        "SELECT id, epoch, hash FROM entries WHERE id >= @low AND id < @high ORDER BY id DESC LIMIT 1",
        r => new LogPosition(r.GetInt64(0) & LargestSeq, r.GetInt64(1), (ulong)r.GetInt64(2)),
        ("low", Key(no, 0)),
        ("high", Key(no + 1, 0)))).FirstOrDefault();

    /// <summary>The last number that is kept or known to be a hole; 0: none.</summary>
    private static async Task<long> End(SqlSession sql, long no) => await sql.Number(
        "SELECT MAX(last) FROM (SELECT last FROM stretches WHERE room_no = @no UNION ALL SELECT last FROM holes WHERE room_no = @no) AS both_kinds",
        ("no", no)) ?? 0;

    private async Task<List<OrderedEvent>> Entries(SqlSession sql, long no, LogRange range, int limit, EntryFilter filter, bool newestFirst)
    {
        var rows = await sql.Query(
            $"SELECT {Columns} FROM entries WHERE id >= @low AND id <= @high{(filter == EntryFilter.Messages ? " AND kind = 0" : "")} "
            + $"ORDER BY id {(newestFirst ? "DESC" : "ASC")} LIMIT @limit",
            ReadRow,
            ("low", Key(no, range.First)),
            ("high", Key(no, range.Last)),
            ("limit", limit));
        return [.. rows.Select(row => row.ToEvent())];
    }

    private static async Task<IReadOnlyList<Hole>> HolesWithin(SqlSession sql, long no, LogRange range)
    {
        var kept = (await Stretches(sql, no, range)).Select(s => new LogRange(s.First, s.Last)).ToList();
        var absent = Ranges.Without(range, kept);
        if (absent.Count == 0)
        {
            return [];
        }

        var known = (await Holes(sql, no, range))
            .Select(h => h with { Range = new LogRange(Math.Max(h.Range.First, range.First), Math.Min(h.Range.Last, range.Last)) })
            .ToList();
        var unknown = absent.SelectMany(a => Ranges.Without(a, known.Select(h => h.Range))).Select(r => new Hole(r, Hole.NotYetFilled));
        return [.. known.Concat(unknown).OrderBy(h => h.Range.First)];
    }

    private static Task<List<Hole>> Holes(SqlSession sql, long no, LogRange range) => sql.Query(
        "SELECT first, last, why FROM holes WHERE room_no = @no AND last >= @first AND first <= @last ORDER BY first",
        r => new Hole(new LogRange(r.GetInt64(0), r.GetInt64(1)), r.GetString(2)),
        ("no", no),
        ("first", range.First),
        ("last", range.Last));

    private static Task<List<KeptStretch>> Stretches(SqlSession sql, long no, LogRange range) => sql.Query(
        "SELECT first, last, before, hash FROM stretches WHERE room_no = @no AND last >= @first AND first <= @last ORDER BY first",
        r => new KeptStretch(r.GetInt64(0), r.GetInt64(1), r.GetInt64(2), r.GetInt64(3)),
        ("no", no),
        ("first", range.First),
        ("last", range.Last));

    private static async Task<long> HashAt(SqlSession sql, long no, long seq) =>
        await sql.Number("SELECT hash FROM entries WHERE id = @id", ("id", Key(no, seq)))
        ?? throw new HistoryStoreException(StoreFault.Corrupt, $"the archive says that it keeps entry {seq}, but it is not there");

    private SqlRelations Relations(SqlSession sql, long no) => new(sql, ReadRow, Key(no, 0), Key(no + 1, 0));

    private HistoryRow ReadRow(DbDataReader r) => new(
        r.GetInt64(0) & LargestSeq,
        r.GetInt64(1),
        r.GetInt64(2),
        (RowKind)r.GetInt32(3),
        r.IsDBNull(4) ? null : r.GetInt64(4),
        r.IsDBNull(5) ? null : r.GetInt64(5),
        r.IsDBNull(6) ? null : Decode(r.GetString(6)),
        r.IsDBNull(7) ? null : Decode(r.GetString(7)),
        r.IsDBNull(8) ? null : Decode(r.GetString(8)),
        r.IsDBNull(9) ? null : r.GetInt64(9),
        r.IsDBNull(10) ? null : r.GetInt64(10),
        r.IsDBNull(11) ? null : r.GetInt32(11));

    /// <summary>A contiguous part of a room that is kept: the transcript hash before its first entry, and after its last.</summary>
    protected readonly record struct KeptStretch(long First, long Last, long Before, long Hash);
}
