using System.Data.Common;
using Norris.Core.Protocol;
using Norris.Core.Room;

namespace Norris.Node.Archive;

internal abstract partial class SqlHistoryStore
{
    /// <summary>Retention deletes so many entries in a transaction, so that the writer is never held up for long.</summary>
    private const int DeletedAtOnce = 20_000;

    private const int DeletedByHandAtOnce = 1_000;

    /// <summary>Minutes: what is filled in comes later than what follows it, and clocks are set by a little.</summary>
    private const long Doubtless = 60;

    public async Task<Retention> DeleteOlder(RoomId room, TimeSpan age, CancellationToken cancel = default)
    {
        OddTime? odd = null;
        var total = await DeleteAll(
            async sql =>
            {
                if (await Number(sql, room) is not { } no)
                {
                    return 0;
                }

                // Up to before the first that is young enough: after a clock that was wrong, older ones stand behind it. One of the future says nothing.
                var now = await Now(sql) / Minute;
                var before = now - (long)age.TotalMinutes;
                var old = await sql.Number(
                    """
                    SELECT MAX(last) FROM arrivals WHERE room_no = @no AND minute < @before
                    AND last < COALESCE((SELECT MIN(last) FROM arrivals WHERE room_no = @no AND minute BETWEEN @before AND @now), @largest)
                    """,
                    ("no", no),
                    ("before", before),
                    ("now", now),
                    ("largest", long.MaxValue));
                if (old is { } last)
                {
                    if (await DeleteSome(sql, no, last) is > 0 and var deleted)
                    {
                        return deleted;
                    }

                    await sql.Execute("DELETE FROM arrivals WHERE room_no = @no AND last <= @last", ("no", no), ("last", last));
                }

                odd = await Odd(sql, no, now, before);
                return 0;
            },
            cancel);
        return new Retention(total, odd);
    }

    public Task<long> DeleteMessage(RoomId room, long seq, CancellationToken cancel = default) => DeleteAll(
        async sql => await Number(sql, room) is { } no
            ? await DeleteByHand(sql, no, await sql.Query("SELECT id FROM entries WHERE id = @id AND kind = 0", Seq, ("id", Key(no, seq))))
            : 0,
        cancel);

    public Task<long> DeleteUser(RoomId room, string name, CancellationToken cancel = default) => DeleteAll(
        async sql =>
        {
            if (await Number(sql, room) is not { } no)
            {
                return 0;
            }

            // A name stands in what its user said and did, and in an entry that took another one in its place.
            var key = Names.Key(name);
            var names = await sql.Query(
                """
                SELECT name FROM entries WHERE id >= @low AND id < @high AND name IS NOT NULL
                UNION SELECT node FROM entries WHERE id >= @low AND id < @high AND kind = @renamed
                """,
                r => Decode(r.GetString(0)),
                ("renamed", (long)RowKind.Renamed),
                ("low", Key(no, 0)),
                ("high", Key(no + 1, 0)));
            foreach (var alike in names.Where(n => Names.Key(n) == key))
            {
                var found = await sql.Query(
                    "SELECT id FROM entries WHERE id >= @low AND id < @high AND (name = @name OR (kind = @renamed AND node = @name)) ORDER BY id LIMIT @limit",
                    Seq,
                    ("renamed", (long)RowKind.Renamed),
                    ("low", Key(no, 0)),
                    ("high", Key(no + 1, 0)),
                    ("name", Encode(alike)!),
                    ("limit", DeletedByHandAtOnce));
                if (found.Count > 0)
                {
                    return await DeleteByHand(sql, no, found);
                }
            }

            return 0;
        },
        cancel);

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
                await sql.Execute("DELETE FROM arrivals WHERE room_no = @no", ("no", no));
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

    private static long Seq(DbDataReader r) => r.GetInt64(0) & LargestSeq;

    /// <summary>Of the arrivals that are left, the one that holds up most.</summary>
    private static async Task<OddTime?> Odd(SqlSession sql, long no, long now, long before)
    {
        if (await sql.Number("SELECT MAX(minute) FROM arrivals WHERE room_no = @no AND minute > @now", ("no", no), ("now", now + Doubtless)) is { } ahead)
        {
            return new OddTime(At(ahead), At(now), IsAhead: true);
        }

        var (older, younger) = (
            await sql.Number("SELECT MIN(minute) FROM arrivals WHERE room_no = @no AND minute < @before", ("no", no), ("before", before - Doubtless)),
            await sql.Number("SELECT MAX(minute) FROM arrivals WHERE room_no = @no AND minute >= @before AND last <= "
                + "(SELECT MAX(last) FROM arrivals WHERE room_no = @no AND minute < @before)", ("no", no), ("before", before)));
        return older is { } behind && younger is { } holds ? new OddTime(At(behind), At(holds), IsAhead: false) : null;

        static DateTimeOffset At(long minute) => DateTimeOffset.FromUnixTimeMilliseconds(minute * Minute);
    }

    private async Task<long> DeleteAll(Func<SqlSession, Task<long>> some, CancellationToken cancel)
    {
        var total = 0L;
        for (var deleted = -1L; deleted != 0;)
        {
            deleted = await Writing(some, cancel);
            total += deleted;
        }

        if (total > 0)
        {
            await Forget(cancel);
        }

        return total;
    }

    private async Task<long> DeleteSome(SqlSession sql, long no, long last)
    {
        if (await Stretches(sql, no, new LogRange(1, last)) is not [var oldest, ..])
        {
            return 0;
        }

        var to = Math.Min(Math.Min(last, oldest.Last), oldest.First + DeletedAtOnce - 1);
        await CutOut(sql, no, new LogRange(oldest.First, to));
        await FillHoles(sql, no, new LogRange(1, to));
        await InsertHole(sql, no, new Hole(new LogRange(1, to), Hole.TooOld));
        return to - oldest.First + 1;
    }

    /// <summary>Deletes single entries, with what must go with them, and leaves holes that nobody fills again.</summary>
    private async Task<long> DeleteByHand(SqlSession sql, long no, IReadOnlyList<long> asked)
    {
        var numbers = await Relations(sql, no).WithFamilies(asked);
        for (var i = 0; i < numbers.Count;)
        {
            var first = i;
            while (++i < numbers.Count && numbers[i] == numbers[i - 1] + 1)
            {
            }

            var range = new LogRange(numbers[first], numbers[i - 1]);
            await CutOut(sql, no, range);
            await FillHoles(sql, no, range);
            await InsertHole(sql, no, new Hole(range, Hole.ByHand));
        }

        return numbers.Count;
    }

    /// <summary>Deletes a range that is kept as a whole; the hash chain goes on behind it.</summary>
    private async Task CutOut(SqlSession sql, long no, LogRange range)
    {
        foreach (var kept in await Stretches(sql, no, range))
        {
            await sql.Execute("DELETE FROM stretches WHERE room_no = @no AND first = @first", ("no", no), ("first", kept.First));
            if (kept.First < range.First)
            {
                await InsertStretch(sql, no, kept with { Last = range.First - 1, Hash = await HashAt(sql, no, range.First - 1) });
            }

            if (kept.Last > range.Last)
            {
                await InsertStretch(sql, no, kept with { First = range.Last + 1, Before = await HashAt(sql, no, range.Last) });
            }
        }

        await Delete(sql, Key(no, range.First), Key(no, range.Last + 1));
    }
}
