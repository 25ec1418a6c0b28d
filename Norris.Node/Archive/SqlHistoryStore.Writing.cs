using System.Globalization;
using Norris.Actors.Protocol;

namespace Norris.Node.Archive;

internal abstract partial class SqlHistoryStore
{
    /// <summary>Retention deletes so many entries in a transaction, so that the writer is never held up for long.</summary>
    private const int DeletedAtOnce = 20_000;

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

    public async Task<long> DeleteOlder(RoomId room, long time, CancellationToken cancel = default)
    {
        var total = 0L;
        for (var deleted = -1; deleted != 0; total += deleted)
        {
            deleted = await Writing(
                async sql => await Number(sql, room) is { } no && await LastBefore(sql, no, time) is { } last
                    ? await DeleteSome(sql, no, last)
                    : 0,
                cancel);
        }

        if (total > 0)
        {
            await Forget(cancel);
        }

        return total;
    }

    public async Task<bool> DeleteRoom(RoomId room, CancellationToken cancel = default)
    {
        var deleted = await Writing(
            async sql =>
            {
                if (await Number(sql, room) is not { } no)
                {
                    return false;
                }

                await Delete(sql, Key(no, 0), Key(no + 1, 0));
                await sql.Execute("DELETE FROM stretches WHERE room_no = @no", ("no", no));
                await sql.Execute("DELETE FROM holes WHERE room_no = @no", ("no", no));
                await sql.Execute("DELETE FROM rooms WHERE no = @no", ("no", no));
                return true;
            },
            cancel);
        if (deleted)
        {
            await Forget(cancel);
        }

        return deleted;
    }

    /// <summary>After something was deleted: takes what is left of it out of indexes and logs, where the engine leaves any.</summary>
    protected virtual Task Forget(CancellationToken cancel) => Task.CompletedTask;

    public async Task Prepare(CancellationToken cancel = default)
    {
        MakePlace();

        // An archive that is up to date may be one that this process can only read.
        if (await Reading(Version, cancel) == Migrations.Count)
        {
            return;
        }

        await Writing(
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

    /// <summary>The last number that retention may delete. A clock that ran ahead keeps what follows it; none deletes too much.</summary>
    private static async Task<long?> LastBefore(SqlSession sql, long no, long time)
    {
        var young = await sql.Number(
            "SELECT id FROM entries WHERE id >= @low AND id < @high AND ordered_at >= @time ORDER BY id LIMIT 1",
            ("low", Key(no, 0)),
            ("high", Key(no + 1, 0)),
            ("time", time));
        var last = young is { } id
            ? id - 1
            : await sql.Number(
                "SELECT id FROM entries WHERE id >= @low AND id < @high AND kind = 0 ORDER BY id DESC LIMIT 1",
                ("low", Key(no, 0)),
                ("high", Key(no + 1, 0)));
        return last & LargestSeq;
    }

    private async Task<int> DeleteSome(SqlSession sql, long no, long last)
    {
        if (await Stretches(sql, no, new LogRange(1, last)) is not [var oldest, ..])
        {
            return 0;
        }

        var to = Math.Min(Math.Min(last, oldest.Last), oldest.First + DeletedAtOnce - 1);
        await sql.Execute("DELETE FROM stretches WHERE room_no = @no AND first = @first", ("no", no), ("first", oldest.First));
        if (to < oldest.Last)
        {
            await InsertStretch(sql, no, oldest with { First = to + 1, Before = await HashAt(sql, no, to) });
        }

        await Delete(sql, Key(no, oldest.First), Key(no, to + 1));
        await FillHoles(sql, no, new LogRange(1, to));
        await InsertHole(sql, no, new Hole(new LogRange(1, to), Hole.TooOld));
        return (int)(to - oldest.First + 1);
    }
}
