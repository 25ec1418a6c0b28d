using System.Globalization;
using Norris.Core.Protocol;

namespace Norris.Node.Archive;

internal abstract partial class SqlHistoryStore
{
    private const int IndexedAtOnce = 2_000;

    /// <summary>When entries came is noted by the minute, which is in milliseconds.</summary>
    private const long Minute = 60_000;

    public Task<int> Append(HistoryStretch stretch, CancellationToken cancel = default)
    {
        CheckContiguous(stretch);
        return Writing(
            async sql =>
            {
                var no = await EnsureNumber(sql, stretch.Room);
                var whole = new LogRange(stretch.First, stretch.Last);
                var touching = await Stretches(sql, no, new LogRange(whole.First - 1, whole.Last + 1));
                foreach (var kept in touching)
                {
                    await CheckJoins(sql, no, stretch, kept);
                }

                var added = Ranges.Without(whole, touching.Select(s => new LogRange(s.First, s.Last)));
                foreach (var range in added)
                {
                    await Insert(sql, no, [.. Rows(stretch, range)]);
                }

                if (added.Count > 0)
                {
                    await Merge(sql, no, stretch, touching);
                    await FillHoles(sql, no, whole);
                    await NoteArrival(sql, no, whole.Last);
                }

                return (int)added.Sum(r => r.Count);
            },
            cancel);
    }

    public Task RecordHole(RoomId room, LogRange range, string why, CancellationToken cancel = default) => Writing(
        async sql =>
        {
            var no = await EnsureNumber(sql, room);
            var kept = (await Stretches(sql, no, range)).Select(s => new LogRange(s.First, s.Last));
            foreach (var part in Ranges.Without(range, kept))
            {
                // The newest reason wins where two holes overlap.
                await FillHoles(sql, no, part);
                await InsertHole(sql, no, new Hole(part, why));
            }

            return true;
        },
        cancel);

    /// <summary>After something was deleted: takes what is left of it out of indexes and logs, where the engine leaves any.</summary>
    protected virtual Task Forget(CancellationToken cancel) => Task.CompletedTask;

    public async Task Prepare(CancellationToken cancel = default)
    {
        MakePlace();

        // An archive that is up to date may be one that this process can only read.
        if (await Reading(Version, cancel) < Migrations.Count)
        {
            await Migrate(cancel);
        }

        if (await Reading(sql => sql.Number("SELECT MAX(below) FROM unindexed"), cancel) is not null)
        {
            // A transaction for some, so that a large archive can be left in the middle and gone on with.
            while (await Writing(IndexSome, cancel))
            {
            }
        }
    }

    private Task<bool> Migrate(CancellationToken cancel) => Writing(
            async sql =>
            {
                var version = await Version(sql);
                foreach (var migration in Migrations.Skip((int)version))
                {
                    await sql.Execute(migration);
                }

                await SetVersion(sql, Migrations.Count);
                return true;
            },
            cancel);

    /// <summary>Indexes the newest of what is not indexed yet. False: there is nothing more.</summary>
    private async Task<bool> IndexSome(SqlSession sql)
    {
        if (await sql.Number("SELECT MAX(below) FROM unindexed") is not { } below)
        {
            return false;
        }

        var rows = await sql.Query(
            $"SELECT {Columns} FROM entries WHERE id < @below AND kind = 0 ORDER BY id DESC LIMIT @limit",
            r => (No: r.GetInt64(0) >> SeqBits, Row: ReadRow(r)),
            ("below", below),
            ("limit", IndexedAtOnce));
        foreach (var room in rows.GroupBy(r => r.No))
        {
            await Index(sql, room.Key, [.. room.Select(r => r.Row)]);
        }

        if (rows.Count < IndexedAtOnce)
        {
            await sql.Execute("DELETE FROM unindexed");
            return false;
        }

        await sql.Execute("UPDATE unindexed SET below = @below", ("below", Key(rows[^1].No, rows[^1].Row.Seq)));
        return true;
    }

    /// <summary>Makes what must be there before a connection can be opened, where that is for this program to make.</summary>
    protected virtual void MakePlace()
    {
    }

    /// <summary>The schema's version; 0: there is none yet.</summary>
    protected abstract Task<long> SchemaVersion(SqlSession sql);

    protected abstract Task SetVersion(SqlSession sql, int version);

    private async Task<long> Version(SqlSession sql)
    {
        var version = await SchemaVersion(sql);
        return version <= Migrations.Count
            ? version
            : throw new HistoryStoreException(
                StoreFault.Version,
                $"the archive {Place} was made by a newer Norris (its schema is version {version}, this build knows {Migrations.Count}); use a newer build, or another archive");
    }

    private static void CheckContiguous(HistoryStretch stretch)
    {
        if (stretch.Entries.Count == 0 || stretch.First < 1 || stretch.Last > LargestSeq)
        {
            throw new HistoryStoreException(StoreFault.Conflict, $"room {stretch.Room}: a stretch to archive is empty or has impossible numbers");
        }

        for (var i = 1; i < stretch.Entries.Count; i++)
        {
            if (stretch.Entries[i].Seq != stretch.First + i)
            {
                throw new HistoryStoreException(
                    StoreFault.Conflict,
                    $"room {stretch.Room}: a stretch to archive has {stretch.Entries[i].Seq} where {stretch.First + i} belongs");
            }
        }
    }

    /// <summary>Equal hashes wherever the stretch and what is kept meet, and equal content wherever they overlap.</summary>
    private async Task CheckJoins(SqlSession sql, long no, HistoryStretch stretch, KeptStretch kept)
    {
        if (kept.First > stretch.First - 1)
        {
            CheckHash(stretch, kept.First - 1, HashIn(stretch, kept.First - 1), kept.Before);
        }
        else
        {
            var at = stretch.First - 1;
            CheckHash(stretch, at, HashIn(stretch, at), at == kept.Last ? kept.Hash : await HashAt(sql, no, at));
        }

        var overlap = new LogRange(Math.Max(kept.First, stretch.First), Math.Min(kept.Last, stretch.Last));
        if (overlap.Count <= 0)
        {
            return;
        }

        var stored = await Entries(sql, no, overlap, int.MaxValue, EntryFilter.All, newestFirst: false);
        foreach (var (have, want) in stored.Zip(stretch.Entries.Skip((int)(overlap.First - stretch.First))))
        {
            CheckHash(stretch, want.Seq, (long)want.Hash, (long)have.Hash);
            if (have != want)
            {
                throw Differs(stretch, want.Seq, "its content is another, under the same hash");
            }
        }

        if (stored.Count != overlap.Count)
        {
            throw new HistoryStoreException(StoreFault.Corrupt, $"the archive {Place} lacks entries of {overlap} that it says it keeps");
        }
    }

    private static long HashIn(HistoryStretch stretch, long seq) =>
        (long)(seq < stretch.First ? stretch.HashBefore : stretch.Entries[(int)(seq - stretch.First)].Hash);

    private void CheckHash(HistoryStretch stretch, long seq, long wanted, long kept)
    {
        if (wanted != kept)
        {
            throw Differs(stretch, seq, string.Create(CultureInfo.InvariantCulture, $"transcript hash {kept:x16} there, {wanted:x16} here"));
        }
    }

    private HistoryStoreException Differs(HistoryStretch stretch, long seq, string how) => new(
        StoreFault.Conflict,
        $"the archive {Place} holds another history of room {stretch.Room} than this node: at {seq}, {how}; nothing of it was overwritten");

    private static IEnumerable<HistoryRow> Rows(HistoryStretch stretch, LogRange range)
    {
        for (var seq = range.First; seq <= range.Last; seq++)
        {
            yield return HistoryRow.Of(stretch.Entries[(int)(seq - stretch.First)]);
        }
    }

    private static async Task Merge(SqlSession sql, long no, HistoryStretch stretch, List<KeptStretch> touching)
    {
        var merged = new KeptStretch(stretch.First, stretch.Last, (long)stretch.HashBefore, (long)stretch.Entries[^1].Hash);
        foreach (var kept in touching)
        {
            await sql.Execute("DELETE FROM stretches WHERE room_no = @no AND first = @first", ("no", no), ("first", kept.First));
            merged = kept.First < merged.First ? merged with { First = kept.First, Before = kept.Before } : merged;
            merged = kept.Last > merged.Last ? merged with { Last = kept.Last, Hash = kept.Hash } : merged;
        }

        await InsertStretch(sql, no, merged);
    }

    private static Task<int> InsertStretch(SqlSession sql, long no, KeptStretch kept) => sql.Execute(
        "INSERT INTO stretches (room_no, first, last, before, hash) VALUES (@no, @first, @last, @before, @hash)",
        ("no", no),
        ("first", kept.First),
        ("last", kept.Last),
        ("before", kept.Before),
        ("hash", kept.Hash));

    private static Task<int> InsertHole(SqlSession sql, long no, Hole hole) => sql.Execute(
        "INSERT INTO holes (room_no, first, last, why) VALUES (@no, @first, @last, @why)",
        ("no", no),
        ("first", hole.Range.First),
        ("last", hole.Range.Last),
        ("why", hole.Why));

    /// <summary>Takes a range out of the recorded holes.</summary>
    private static async Task FillHoles(SqlSession sql, long no, LogRange filled)
    {
        foreach (var hole in await Holes(sql, no, filled))
        {
            await sql.Execute("DELETE FROM holes WHERE room_no = @no AND first = @first", ("no", no), ("first", hole.Range.First));
            foreach (var rest in Ranges.Without(hole.Range, [filled]))
            {
                await InsertHole(sql, no, hole with { Range = rest });
            }
        }
    }

    private static async Task<long> EnsureNumber(SqlSession sql, RoomId room)
    {
        if (await Number(sql, room) is { } known)
        {
            return known;
        }

        await sql.Execute("INSERT INTO rooms (room) VALUES (@room)", ("room", (long)room.Value));
        return await Number(sql, room) ?? throw new HistoryStoreException(StoreFault.Corrupt, "the archive did not keep a new room");
    }

    /// <summary>
    /// When an entry came is the store's own clock's to say: the stamps are of hosts, whose clocks may be years off, and most entries have none. What
    /// is filled later counts as come with what follows it at the latest, so nothing goes too early and a clock that was ahead for a while does no harm.
    /// What stands between two arrivals of one minute came in that minute, whatever the clock said of it.
    /// </summary>
    private async Task NoteArrival(SqlSession sql, long no, long last)
    {
        var minute = await Now(sql) / Minute;
        await sql.Execute(
            """
            DELETE FROM arrivals WHERE room_no = @no AND minute < @minute AND last <= @last
            AND last > (SELECT a.last FROM arrivals a WHERE a.room_no = @no AND a.minute = @minute)
            """,
            ("no", no),
            ("minute", minute),
            ("last", last));
        await sql.Execute(
            "INSERT INTO arrivals (room_no, minute, last) VALUES (@no, @minute, @last) "
            + "ON CONFLICT (room_no, minute) DO UPDATE SET last = excluded.last WHERE excluded.last > arrivals.last",
            ("no", no),
            ("minute", minute),
            ("last", last));
    }
}
