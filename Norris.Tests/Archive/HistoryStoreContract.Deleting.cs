using Norris.Node.Archive;
using Norris.Node.Session;

namespace Norris.Tests.Archive;

/// <summary>What goes: by age, by hand, and whole rooms.</summary>
public abstract partial class HistoryStoreContract
{
    [SkippableFact]
    public async Task Retention_deletes_what_came_long_ago_and_says_so_where_it_was()
    {
        var lived = new LivedHistory(1_000);
        await Store.Append(lived.Stretch(1, 600));
        Clock.Advance(TimeSpan.FromDays(20));
        await Store.Append(lived.Stretch(601, 1_000));
        Clock.Advance(TimeSpan.FromDays(11));
        Assert.Equal(600, (await Store.DeleteOlder(lived.Room, TimeSpan.FromDays(30))).Deleted);
        Assert.Equal(0, (await Store.DeleteOlder(lived.Room, TimeSpan.FromDays(30))).Deleted);
        Assert.Equal([new LogRange(601, 1_000)], await Store.Present(lived.Room));
        Assert.Empty(await Store.Missing(lived.Room, new LogRange(1, 1_000)));
        var page = await Store.Before(lived.Room, long.MaxValue, 10_000);
        Assert.Equal([new Hole(new LogRange(1, 600), Hole.TooOld)], page.Holes);
        Assert.Equal(lived.Entries.Skip(600), page.Entries);
        Assert.All(await Find(lived.Room, "apple", long.MaxValue, 10_000), m => Assert.True(m.Seq > 600));
        Assert.Equal(601, (await Store.Read(lived.Room, 601, 1))!.First);
        Clock.Advance(TimeSpan.FromDays(20));
        await Store.DeleteOlder(lived.Room, TimeSpan.FromDays(30));
        Assert.Empty(await Find(lived.Room, "apple", long.MaxValue, 10_000));
    }

    [SkippableTheory]
    [InlineData(-60 * 365)]
    [InlineData(-40)]
    [InlineData(40)]
    [InlineData(60 * 365)]
    public async Task Whatever_the_hosts_clock_says_retention_goes_by_the_archives_own(int daysApart)
    {
        // LivedHistory's stamps are of May 2026.
        Clock.Set(DateTimeOffset.FromUnixTimeMilliseconds(LivedHistory.Start).AddDays(-daysApart));
        var lived = new LivedHistory(300);
        await Store.Append(lived.All);
        Assert.Equal(0, (await Store.DeleteOlder(lived.Room, TimeSpan.FromDays(30))).Deleted);
        Clock.Advance(TimeSpan.FromDays(31));
        Assert.Equal(300, (await Store.DeleteOlder(lived.Room, TimeSpan.FromDays(30))).Deleted);
    }

    [SkippableFact]
    public async Task What_is_filled_later_goes_with_what_follows_it_and_not_sooner()
    {
        var lived = new LivedHistory(400);
        await Store.Append(lived.Stretch(1, 100));
        Clock.Advance(TimeSpan.FromDays(40));
        await Store.Append(lived.Stretch(301, 400));
        await Store.Append(lived.Stretch(101, 300));
        Assert.Equal(100, (await Store.DeleteOlder(lived.Room, TimeSpan.FromDays(30))).Deleted);
        Clock.Advance(TimeSpan.FromDays(31));
        Assert.Equal(300, (await Store.DeleteOlder(lived.Room, TimeSpan.FromDays(30))).Deleted);
    }

    [SkippableFact]
    public async Task An_own_clock_that_was_ahead_for_a_while_holds_nothing_back_for_ever()
    {
        var lived = new LivedHistory(200);
        var now = Clock.GetUtcNow();
        Clock.Set(now.AddYears(60));
        await Store.Append(lived.Stretch(1, 100));
        Clock.Set(now);
        await Store.Append(lived.Stretch(101, 200));
        Clock.Advance(TimeSpan.FromDays(31));
        Assert.Equal(200, (await Store.DeleteOlder(lived.Room, TimeSpan.FromDays(30))).Deleted);
    }

    [SkippableTheory]
    [InlineData(0)]
    [InlineData(5)]
    public async Task An_own_clock_that_was_behind_for_a_while_takes_nothing_along_that_came_before(int minutesApart)
    {
        var lived = new LivedHistory(300);
        var now = Clock.GetUtcNow();
        await Store.Append(lived.Stretch(1, 100));
        Clock.Set(now.AddDays(-40));
        await Store.Append(lived.Stretch(101, 200));
        Clock.Set(now.AddMinutes(minutesApart));
        Assert.Equal(0, (await Store.DeleteOlder(lived.Room, TimeSpan.FromDays(30))).Deleted);
        await Store.Append(lived.Stretch(201, 300));
        Assert.Equal(0, (await Store.DeleteOlder(lived.Room, TimeSpan.FromDays(30))).Deleted);
        Assert.Equal([new LogRange(1, 300)], await Store.Present(lived.Room));
        Clock.Advance(TimeSpan.FromDays(31));
        Assert.Equal(300, (await Store.DeleteOlder(lived.Room, TimeSpan.FromDays(30))).Deleted);
    }

    [SkippableFact]
    public async Task What_an_own_clock_called_old_goes_up_to_what_came_after_it()
    {
        var lived = new LivedHistory(200);
        var now = Clock.GetUtcNow();
        Clock.Set(now.AddDays(-40));
        await Store.Append(lived.Stretch(1, 100));
        Clock.Set(now);
        await Store.Append(lived.Stretch(101, 200));
        Assert.Equal(100, (await Store.DeleteOlder(lived.Room, TimeSpan.FromDays(30))).Deleted);
        Assert.Equal([new LogRange(101, 200)], await Store.Present(lived.Room));
    }

    [SkippableFact]
    public async Task What_came_while_an_own_clock_was_behind_goes_with_what_had_come_before_it_though_nothing_follows()
    {
        var lived = new LivedHistory(200);
        var now = Clock.GetUtcNow();
        await Store.Append(lived.Stretch(1, 100));
        Clock.Set(now.AddDays(-40));
        await Store.Append(lived.Stretch(101, 200));
        Clock.Set(now);
        Assert.Equal(0, (await Store.DeleteOlder(lived.Room, TimeSpan.FromDays(30))).Deleted);
        Clock.Advance(TimeSpan.FromDays(31));
        Assert.Equal(new Retention(200, null), await Store.DeleteOlder(lived.Room, TimeSpan.FromDays(30)));
    }

    [SkippableTheory]
    [InlineData(0, 0)] // days that the clock was ahead, and then is
    [InlineData(-29, 0)]
    [InlineData(60 * 365, 0)]
    [InlineData(-40, 0)]
    [InlineData(0, -40)]
    public async Task A_time_that_puts_retention_off_is_told_until_it_does_so_no_more(int first, int then)
    {
        var lived = new LivedHistory(300);
        var now = DateTimeOffset.FromUnixTimeSeconds(LivedHistory.Start / 60_000 * 60); // times are kept to the minute
        Clock.Set(now);
        await Store.Append(lived.Stretch(1, 100));
        Clock.Set(now.AddDays(first));
        await Store.Append(lived.Stretch(101, 200));
        Clock.Set(now.AddDays(then).AddMinutes(5));
        OddTime? odd = (first, then) switch
        {
            (0 or -29, 0) => null,
            (-40, 0) => new OddTime(now.AddDays(-40), now, IsAhead: false),
            _ => new OddTime(now.AddDays(first), now.AddDays(then).AddMinutes(5), IsAhead: true),
        };
        Assert.Equal(new Retention(0, odd), await Store.DeleteOlder(lived.Room, TimeSpan.FromDays(30)));
        Assert.Equal(new Retention(0, odd), await Store.DeleteOlder(lived.Room, TimeSpan.FromDays(30)));
        Clock.Set(now.AddMinutes(5));
        await Store.Append(lived.Stretch(201, 300));
        Clock.Advance(TimeSpan.FromDays(31));
        Assert.Equal(new Retention(300, null), await Store.DeleteOlder(lived.Room, TimeSpan.FromDays(30)));
    }

    [SkippableFact]
    public async Task What_is_filled_while_the_room_goes_on_is_no_odd_time()
    {
        var lived = new LivedHistory(300);
        await Store.Append(lived.Stretch(201, 300));
        Clock.Advance(TimeSpan.FromMinutes(20));
        await Store.Append(lived.Stretch(1, 200));
        Clock.Advance(TimeSpan.FromDays(30) - TimeSpan.FromMinutes(10));
        Assert.Equal(new Retention(0, null), await Store.DeleteOlder(lived.Room, TimeSpan.FromDays(30)));
        Clock.Advance(TimeSpan.FromMinutes(20));
        Assert.Equal(new Retention(300, null), await Store.DeleteOlder(lived.Room, TimeSpan.FromDays(30)));
    }

    [SkippableFact]
    public async Task One_message_is_deleted_for_good_and_the_rest_is_still_one_chain()
    {
        var lived = new LivedHistory(300);
        await Store.Append(lived.All);
        var said = lived.Messages.First(m => m.Seq > 100 && m.Text.Contains("apple", StringComparison.Ordinal));
        Assert.Equal(1, await Store.DeleteMessage(lived.Room, said.Seq));
        Assert.Equal(0, await Store.DeleteMessage(lived.Room, said.Seq));
        Assert.DoesNotContain(said, await Find(lived.Room, "apple", long.MaxValue, 10_000));
        Assert.Equal([new Hole(new LogRange(said.Seq, said.Seq), Hole.ByHand)], (await Store.Before(lived.Room, long.MaxValue, 1_000)).Holes);
        Assert.Empty(await Store.Missing(lived.Room, new LogRange(1, 300)));
        Assert.Equal(lived.HashBefore(said.Seq + 1), (await Store.Read(lived.Room, said.Seq + 1, 10))!.HashBefore);
        Assert.Equal(said.Seq - 1, (await Store.Read(lived.Room, 1, 1_000))!.Last);
        var entry = lived.Entries.First(e => e is not SaidEvent);
        Assert.Equal(0, await Store.DeleteMessage(lived.Room, entry.Seq));
    }

    [SkippableFact]
    public async Task One_user_is_deleted_with_all_that_is_known_of_that_name_and_nobody_else()
    {
        var lived = new LivedHistory(3_000);
        var other = new LivedHistory(100, seed: 2);
        await Store.Append(lived.All);
        await Store.Append(other.All);
        var left = lived.Entries.Where(e => e is not (SaidEvent { User: "User 2" } or JoinedEvent { User: "User 2" } or LeftEvent { User: "User 2" } or RenamedEvent { User: "User 2" } or CircleEvent { Name: "User 2" } or SettingEvent { User: "User 2" })).ToList();
        Assert.Equal(3_000 - left.Count, await Store.DeleteUser(lived.Room, "uSER 2"));
        Assert.Equal(left, (await Store.After(lived.Room, 0, 10_000)).Entries);
        Assert.Empty(await Find(lived.Room, "from:\"user 2\"", long.MaxValue, 10));
        Assert.Equal(other.Entries, (await Store.After(other.Room, 0, 1_000)).Entries);
        Assert.Equal(0, await Store.DeleteUser(lived.Room, "nobody"));
    }

    [SkippableFact]
    public async Task A_deleted_name_is_gone_from_what_tells_that_its_user_took_another()
    {
        var lived = new LivedHistory(3_000);
        await Store.Append(lived.All);
        var left = lived.Entries.Where(e => e is not RenamedEvent).ToList();
        Assert.NotEqual(0, await Store.DeleteUser(lived.Room, "Somebody Else"));
        Assert.Equal(left, (await Store.After(lived.Room, 0, 10_000)).Entries);
        Assert.Equal(0, await Store.DeleteUser(lived.Room, "somebody else"));
    }

    [SkippableFact]
    public async Task A_deleted_room_is_gone_and_the_others_stay()
    {
        var lived = new LivedHistory(300, seed: 5);
        var other = new LivedHistory(300, seed: 6);
        await Store.Append(lived.All);
        await Store.Append(other.All);
        Assert.True(await Store.DeleteRoom(lived.Room));
        Assert.False(await Store.DeleteRoom(lived.Room));
        Assert.Null(await Store.Newest(lived.Room));
        Assert.Empty((await Store.After(lived.Room, 0, 10)).Entries);
        Assert.Empty(await Find(lived.Room, "apple", long.MaxValue, 10));
        Assert.Equal(other.Entries, (await Store.After(other.Room, 0, 1_000)).Entries);
        await Store.Append(lived.All);
        Assert.Equal(lived.Entries, (await Store.After(lived.Room, 0, 1_000)).Entries);
    }
}
