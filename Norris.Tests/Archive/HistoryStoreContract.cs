using Norris.Core.Protocol;
using Norris.Node.Archive;
using Norris.Node.Session;

namespace Norris.Tests.Archive;

/// <summary>What every store must do, whichever engine is behind it.</summary>
public abstract partial class HistoryStoreContract : IAsyncLifetime
{
    private static readonly RoomId Unknown = new(42);

    internal IHistoryStore Store { get; set; } = null!;

    /// <summary>The archive's own clock.</summary>
    private protected SetClock Clock { get; } = new();

    public abstract Task InitializeAsync();

    public virtual async Task DisposeAsync()
    {
        if (Store is not null)
        {
            await Store.DisposeAsync();
        }
    }

    private Task<IReadOnlyList<SaidEvent>> Find(RoomId room, string words, long before, int limit) =>
        Store.Search(room, SearchQuery.Parse(words, TimeZoneInfo.Utc), before, limit);

    /// <summary>The same store, opened once more, as another process would.</summary>
    private protected abstract IHistoryStore Again();

    /// <summary>Makes the schema's version a higher one than any build knows.</summary>
    private protected abstract Task RaiseVersion();

    [SkippableFact]
    public async Task Gives_back_every_kind_of_entry_exactly()
    {
        var lived = new LivedHistory(2_000);
        await Store.Append(lived.All);
        var page = await Store.After(lived.Room, 0, 10_000);
        Assert.Equal(lived.Entries, page.Entries);
        Assert.Empty(page.Holes);
        Assert.Equal(11, lived.Entries.Select(e => (e.GetType(), (e as NodeEvent)?.Joined)).Distinct().Count() + 1);
    }

    [SkippableFact]
    public async Task A_stretch_may_come_any_number_of_times_and_in_any_pieces()
    {
        var lived = new LivedHistory(300);
        Assert.Equal(100, await Store.Append(lived.Stretch(1, 100)));
        Assert.Equal(0, await Store.Append(lived.Stretch(1, 100)));
        Assert.Equal(50, await Store.Append(lived.Stretch(51, 150)));
        Assert.Equal(50, await Store.Append(lived.Stretch(251, 300)));
        Assert.Equal(100, await Store.Append(lived.Stretch(120, 280)));
        Assert.Equal([new LogRange(1, 300)], await Store.Present(lived.Room));
        Assert.Equal(lived.Entries, (await Store.After(lived.Room, 0, 1_000)).Entries);
    }

    [SkippableFact]
    public async Task Two_writers_at_once_leave_every_entry_once()
    {
        var lived = new LivedHistory(3_000);
        await using var other = Again();
        async Task<int> Write(IHistoryStore store, int size)
        {
            var added = 0;
            for (var first = 1; first <= 3_000; first += size)
            {
                added += await store.Append(lived.Stretch(first, Math.Min(first + size - 1, 3_000)));
            }

            return added;
        }

        var added = await Task.WhenAll(Write(Store, 170), Write(other, 230));
        Assert.Equal(3_000, added.Sum());
        Assert.Equal(lived.Entries, (await Store.After(lived.Room, 0, 10_000)).Entries);
    }

    [SkippableFact]
    public async Task A_differing_overlap_is_refused_and_nothing_of_it_is_written()
    {
        var lived = new LivedHistory(200);
        await Store.Append(lived.Stretch(1, 100));
        var said = lived.Messages.Last(m => m.Seq <= 100);
        var forged = lived.Stretch(90, 120).Entries.Select(e => e == said ? said with { Text = "other words" } : e).ToList();
        var refusal = await Assert.ThrowsAsync<HistoryStoreException>(() => Store.Append(new HistoryStretch(lived.Room, lived.HashBefore(90), forged)));
        Assert.Equal(StoreFault.Conflict, refusal.Fault);
        Assert.Contains($"at {said.Seq}", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("other words", refusal.Message, StringComparison.Ordinal);
        Assert.Equal([new LogRange(1, 100)], await Store.Present(lived.Room));
    }

    [SkippableTheory]
    [InlineData(101, 150)]
    [InlineData(51, 150)]
    [InlineData(151, 199)]
    public async Task A_stretch_of_another_history_is_refused_wherever_it_meets_what_is_kept(long first, long last)
    {
        var lived = new LivedHistory(400, seed: 1);
        var other = new LivedHistory(400, seed: 2, room: lived.Room);
        await Store.Append(lived.Stretch(1, 100));
        await Store.Append(lived.Stretch(200, 300));
        var refusal = await Assert.ThrowsAsync<HistoryStoreException>(() => Store.Append(other.Stretch(first, last)));
        Assert.Equal(StoreFault.Conflict, refusal.Fault);
        Assert.Equal([new LogRange(1, 100), new LogRange(200, 300)], await Store.Present(lived.Room));
    }

    [SkippableFact]
    public async Task A_stretch_with_a_gap_in_it_is_refused()
    {
        var lived = new LivedHistory(10);
        var gap = new HistoryStretch(lived.Room, lived.HashBefore(1), [.. lived.Entries.Where(e => e.Seq != 5)]);
        var refusal = await Assert.ThrowsAsync<HistoryStoreException>(() => Store.Append(gap));
        Assert.Equal(StoreFault.Conflict, refusal.Fault);
    }

    [SkippableFact]
    public async Task Pages_backwards_and_forwards_meet_without_gap_or_duplicate()
    {
        var lived = new LivedHistory(1_000);
        await Store.Append(lived.All);
        var backwards = new List<OrderedEvent>();
        for (var seq = long.MaxValue; (await Store.Before(lived.Room, seq, 77)).Entries is [var first, ..] page; seq = first.Seq)
        {
            backwards.InsertRange(0, page);
        }

        Assert.Equal(lived.Entries, backwards);
        var forwards = new List<OrderedEvent>();
        for (var seq = 0L; (await Store.After(lived.Room, seq, 77, EntryFilter.Messages)).Entries is [.., var last] page; seq = last.Seq)
        {
            forwards.AddRange(page);
        }

        Assert.Equal(lived.Messages, forwards);
    }

    [SkippableFact]
    public async Task Reads_a_stretch_that_another_archive_can_join_to_its_own()
    {
        var lived = new LivedHistory(500);
        await Store.Append(lived.Stretch(101, 500));
        Assert.Null(await Store.Read(lived.Room, 100, 50));
        foreach (var first in new[] { 101, 300 })
        {
            var read = await Store.Read(lived.Room, first, 50);
            Assert.Equal(lived.HashBefore(first), read!.HashBefore);
            Assert.Equal(lived.Stretch(first, first + 49).Entries, read.Entries);
        }
    }

    [SkippableFact]
    public async Task Finds_words_newest_first_page_by_page_in_one_room_only()
    {
        var lived = new LivedHistory(2_000, seed: 3);
        var other = new LivedHistory(500, seed: 4);
        await Store.Append(lived.Stretch(1_001, 2_000));
        await Store.Append(other.All);
        await Store.Append(lived.Stretch(1, 1_000));
        var expected = lived.Messages.Where(m => m.Text.Contains("apple", StringComparison.Ordinal) && m.Text.Contains("forest", StringComparison.Ordinal)).Reverse().ToList();
        Assert.True(expected.Count > 20);
        var found = new List<SaidEvent>();
        for (var before = long.MaxValue; await Find(lived.Room, "Forest APPLE", before, 7) is [.., var last] page; before = last.Seq)
        {
            found.AddRange(page);
        }

        Assert.Equal(expected, found);
    }

    [SkippableTheory]
    [InlineData("")]
    [InlineData("  \t")]
    [InlineData("\" ' ) (*")]
    [InlineData("!!! ???")]
    [InlineData("nobodysaidthis")]
    public async Task Finds_nothing_for_words_that_are_none(string words)
    {
        var lived = new LivedHistory(200);
        await Store.Append(lived.All);
        Assert.Empty(await Find(lived.Room, words, long.MaxValue, 10));
    }

    [SkippableFact]
    public async Task Operators_in_a_search_are_words()
    {
        var lived = new LivedHistory(500);
        await Store.Append(lived.All);
        var quoted = lived.Messages.Last(m => m.Text.Contains("DROP TABLE", StringComparison.Ordinal));
        var found = await Find(lived.Room, "drop\"; (table AND -- NEAR(", long.MaxValue, 10);
        Assert.Empty(found);
        Assert.Equal(quoted, (await Find(lived.Room, "'drop' (table*", long.MaxValue, 1)).Single());
    }

    [SkippableFact]
    public async Task Says_what_is_missing_until_it_is_filled_or_recorded_as_a_hole()
    {
        var lived = new LivedHistory(400);
        await Store.Append(lived.Stretch(101, 200));
        await Store.Append(lived.Stretch(301, 400));
        Assert.Equal([new LogRange(1, 100), new LogRange(201, 300)], await Store.Missing(lived.Room, new LogRange(1, 400)));
        await Store.RecordHole(lived.Room, new LogRange(1, 150), "before recording began");
        Assert.Equal([new LogRange(201, 300)], await Store.Missing(lived.Room, new LogRange(1, 400)));
        await Store.Append(lived.Stretch(251, 300));
        Assert.Equal([new LogRange(201, 250), new LogRange(401, 410)], await Store.Missing(lived.Room, new LogRange(1, 410)));
        Assert.Equal([new Hole(new LogRange(1, 100), "before recording began")], await Store.Holes(lived.Room));
        Assert.Equal([new LogRange(3, 7)], await Store.Missing(Unknown, new LogRange(3, 7)));
    }

    [SkippableFact]
    public async Task A_page_shows_its_holes_and_why()
    {
        var lived = new LivedHistory(400);
        await Store.Append(lived.Stretch(101, 200));
        await Store.Append(lived.Stretch(301, 400));
        await Store.RecordHole(lived.Room, new LogRange(1, 60), "before recording began");
        var page = await Store.Before(lived.Room, long.MaxValue, 150);
        Assert.Equal([new Hole(new LogRange(201, 300), Hole.NotYetFilled)], page.Holes);
        Assert.Equal(151, page.Entries[0].Seq);
        page = await Store.Before(lived.Room, 151, 150);
        Assert.Equal([new Hole(new LogRange(1, 60), "before recording began"), new Hole(new LogRange(61, 100), Hole.NotYetFilled)], page.Holes);
        page = await Store.After(lived.Room, 150, 51);
        Assert.Equal([new Hole(new LogRange(201, 300), Hole.NotYetFilled)], page.Holes);
    }

    [SkippableFact]
    public async Task A_hole_that_is_filled_after_all_is_none()
    {
        var lived = new LivedHistory(300);
        await Store.Append(lived.Stretch(201, 300));
        await Store.RecordHole(lived.Room, new LogRange(1, 200), "nobody has it");
        await Store.Append(lived.Stretch(51, 100));
        Assert.Equal([new LogRange(1, 50), new LogRange(101, 200)], (await Store.Holes(lived.Room)).Select(h => h.Range));
        await Store.Append(lived.Stretch(1, 200));
        Assert.Empty(await Store.Holes(lived.Room));
        Assert.Equal(lived.Entries, (await Store.After(lived.Room, 0, 1_000)).Entries);
    }

    [SkippableFact]
    public async Task Lists_its_rooms_and_where_each_ends()
    {
        var older = new LivedHistory(100, seed: 7);
        var newer = new LivedHistory(200, seed: 8);
        await Store.Append(newer.All);
        await Store.Append(older.All);
        var rooms = await Store.Rooms();
        Assert.Equal([older.Room, newer.Room], rooms.Select(r => r.Room));
        var last = newer.At(200);
        Assert.Equal(new LogPosition(last.Seq, last.Epoch, last.Hash), rooms[1].Newest);
        Assert.Equal(rooms[1].Newest, await Store.Newest(newer.Room));
        Assert.Equal(newer.Messages.Last().OrderedAt, rooms[1].LastOrderedAt);
    }

    [SkippableFact]
    public async Task What_was_written_is_there_when_it_is_opened_again()
    {
        var lived = new LivedHistory(100);
        await Store.Append(lived.All);
        await using var again = Again();
        await again.Prepare();
        Assert.Equal(lived.Entries, (await again.After(lived.Room, 0, 1_000)).Entries);
    }

    [SkippableFact]
    public async Task A_newer_schema_is_refused_with_what_to_do()
    {
        await RaiseVersion();
        await using var again = Again();
        var refusal = await Assert.ThrowsAsync<HistoryStoreException>(() => again.Prepare());
        Assert.Equal(StoreFault.Version, refusal.Fault);
        Assert.False(refusal.MayPass);
        Assert.Contains("newer Norris", refusal.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Nothing_is_known_of_a_room_that_was_never_archived()
    {
        Assert.Null(await Store.Newest(Unknown));
        Assert.Null(await Store.Read(Unknown, 1, 10));
        Assert.Empty((await Store.Before(Unknown, long.MaxValue, 10)).Entries);
        Assert.Empty(await Store.Present(Unknown));
        Assert.Empty(await Store.Holes(Unknown));
        Assert.Empty(await Store.Rooms());
        Assert.Equal(0, (await Store.DeleteOlder(Unknown, TimeSpan.Zero)).Deleted);
    }
}
