using Norris.Actors;
using Norris.Actors.History;
using Norris.Core.Protocol;
using Norris.Node.Archive;
using Norris.Node.Session;

namespace Norris.Tests.Archive;

/// <summary>Archives among each other, and those who read from them.</summary>
public sealed class PeerSpec : IAsyncLifetime
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    private readonly TemporaryFolder _folder = new();
    private readonly LivedHistory _lived = new(5_000);
    private readonly SqliteHistoryStore[] _stores;
    private readonly ArchivePeers _peers;

    public PeerSpec()
    {
        _stores = [.. new[] { "own.db", "first.db", "second.db" }.Select(name => new SqliteHistoryStore(_folder.File(name)))];
        _peers = new ArchivePeers(_lived.Room);
    }

    private SqliteHistoryStore Own => _stores[0];

    private SqliteHistoryStore First => _stores[1];

    private SqliteHistoryStore Second => _stores[2];

    public async Task InitializeAsync()
    {
        foreach (var store in _stores)
        {
            await store.Prepare();
        }
    }

    public async Task DisposeAsync()
    {
        foreach (var store in _stores)
        {
            await store.DisposeAsync();
        }

        _folder.Delete();
    }

    [Fact]
    public async Task Entries_of_every_kind_come_out_of_a_page_as_they_went_in()
    {
        await First.Append(_lived.All);
        var read = new List<OrderedEvent>();
        while (read.Count < 5_000)
        {
            var query = new HistoryQuery(_lived.Room, HistoryOf.Stretch, read.Count + 1, 1_000, "");
            var answer = await HistoryPages.Answer(First, query, default);
            Assert.InRange(answer.Page.Length, 1, HistoryLimits.PageBytes);
            Assert.Equal(_lived.HashBefore(read.Count + 1), answer.HashBefore);
            Assert.True(HistoryPages.TryRead(answer, query, out var page, out var whyNot), whyNot);
            read.AddRange(page.Entries);
        }

        Assert.Equal(_lived.Entries, read);
    }

    [Fact]
    public async Task Another_archive_says_with_a_page_what_has_become_of_its_messages_as_an_own_one_does()
    {
        var said = new SaidRoom(_lived.Room);
        foreach (var number in Enumerable.Range(1, 1_500))
        {
            said.Say(SaidRoom.Ada, $"{number}{new string('a', 300)}");
        }

        said.Change(RelationKind.Edit, 1, "one").Change(RelationKind.Deletion, 2).Change(RelationKind.Edit, 3, "in").Change(RelationKind.Edit, 1_400, "last");
        await First.Append(said.All);
        _peers.Add(1, First);
        var page = await new RoomHistory(_peers, null).Messages(1_504, 1_503);
        Assert.Equal(said.Entries.Take(1_503), page.Entries);
        Assert.Equal([1_504L], page.Later.Select(later => later.Seq)); // what is in the page is not told twice
        page = await new RoomHistory(_peers, null).Messages(1_001, 1_000);
        Assert.Equal(said.Entries.Take(1_000), page.Entries);
        Assert.Equal([1_501L, 1_502, 1_503], page.Later.Select(later => later.Seq));
        Assert.Equal(page.Later, (await First.Before(_lived.Room, 1_001, 1_000, EntryFilter.Messages)).Later);
    }

    [Fact]
    public async Task A_gap_is_filled_from_whoever_has_it_and_what_nobody_has_is_a_hole()
    {
        await Own.Append(_lived.Stretch(4_001, 5_000));
        await First.Append(_lived.Stretch(500, 2_500));
        await First.Append(_lived.Stretch(4_900, 5_000));
        await Second.Append(_lived.Stretch(2_000, 3_000));
        await Second.Append(_lived.Stretch(3_501, 5_000));
        _peers.Add(1, First);
        _peers.Add(2, Second);

        await Filled(filler => filler.LookFor(_lived.Room, new LogRange(1, 4_000)), [new LogRange(500, 3_000), new LogRange(3_501, 5_000)]);

        Assert.Equal([new LogRange(1, 499), new LogRange(3_001, 3_500)], (await Own.Holes(_lived.Room)).Select(h => h.Range));
        Assert.Equal(_lived.Entries.Skip(3_500), (await Own.After(_lived.Room, 3_500, 5_000)).Entries);
        await Eventually.Holds(() => _peers.Notices.Count == 2, Soon);
        Assert.Contains("filled in 3,001 entries", _peers.Notices[0], StringComparison.Ordinal);
        Assert.Contains("lacks 999 entries: nobody", _peers.Notices[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_only_archive_was_away_for_is_filled_from_a_member_that_keeps_none()
    {
        var said = new RecentRoom(_lived.Room);
        said.Say(300);
        await Own.Append(new HistoryStretch(_lived.Room, 0, [.. said.Events.Take(3)]));
        await Own.Append(new HistoryStretch(_lived.Room, said.Events[279].Hash, [.. said.Events.Skip(280)]));
        _peers.Add(2, said.Answer);

        await Filled(filler => filler.LookFor(_lived.Room, new LogRange(1, 280)), [new LogRange(1, said.Events.Count)]);

        Assert.Empty(await Own.Holes(_lived.Room));
        Assert.Equal(said.Events, (await Own.After(_lived.Room, 0, 1_000)).Entries);
    }

    [Fact]
    public async Task Who_comes_later_and_has_what_nobody_had_fills_the_hole_after_all()
    {
        await Own.Append(_lived.Stretch(101, 200));
        await using var filler = new ArchiveFiller(Own, _peers, TimeProvider.System);
        filler.LookFor(_lived.Room, new LogRange(1, 100));
        await Eventually.Holds(async () => (await Own.Holes(_lived.Room)).Count == 1, Soon);

        await First.Append(_lived.Stretch(1, 200));
        _peers.Add(1, First);
        filler.LookForAgain(_lived.Room, new LogRange(1, 150));
        await Eventually.Holds(async () => (await Own.Present(_lived.Room))[0] == new LogRange(1, 200), Soon);
        Assert.Empty(await Own.Holes(_lived.Room));
    }

    [Fact]
    public async Task Nothing_is_called_a_hole_while_one_does_not_answer_or_is_behind()
    {
        await Own.Append(_lived.Stretch(101, 200));
        await First.Append(_lived.Stretch(1, 50));
        _peers.Add(1, First);
        _peers.AddSilent(2);
        await using var filler = new ArchiveFiller(Own, _peers, TimeProvider.System);
        filler.LookFor(_lived.Room, new LogRange(1, 100));
        await Eventually.Holds(() => _peers.Asked.Count >= 6, Soon);

        Assert.Empty(await Own.Holes(_lived.Room));
        Assert.Equal([new LogRange(1, 50), new LogRange(101, 200)], await Own.Present(_lived.Room));

        await First.Append(_lived.Stretch(51, 100));
        await Eventually.Holds(async () => (await Own.Present(_lived.Room)).Count == 1, Soon);
    }

    /// <summary>Its database restarts: it answers at once that it cannot be read, and its node has nothing of it in memory.</summary>
    [Fact]
    public async Task Nothing_is_called_a_hole_while_the_store_of_another_archive_is_down()
    {
        await Own.Append(_lived.Stretch(101, 200));
        await First.Append(_lived.Stretch(1, 200));
        var isDown = true;
        var memory = new DeliveredLog(1_000, TimeProvider.System);
        memory.Publish(_peers.Status);
        _peers.AddAsking(1, query => RecentHistory.Answer(
            memory, (q, cancel) => isDown ? Task.FromResult(HistoryAnswer.Refused("its store cannot be read now")) : HistoryPages.Answer(First, q, cancel), query, default));
        await using var filler = new ArchiveFiller(Own, _peers, TimeProvider.System);
        filler.LookFor(_lived.Room, new LogRange(1, 100));
        await Eventually.Holds(() => _peers.Asked.Count >= 3, Soon);
        Assert.Empty(await Own.Holes(_lived.Room));

        isDown = false;
        await Eventually.Holds(async () => (await Own.Present(_lived.Room))[0] == new LogRange(1, 200), Soon);
        Assert.Empty(await Own.Holes(_lived.Room));
    }

    /// <summary>A later build writes entries of a kind that this one does not know.</summary>
    [Fact]
    public async Task Nothing_is_called_a_hole_while_the_page_of_another_archive_cannot_be_read()
    {
        await Own.Append(_lived.Stretch(101, 200));
        _peers.Add(1, new HistoryAnswer("", 0, new byte[] { 0xff }, [], 200, 0, false));
        await using var filler = new ArchiveFiller(Own, _peers, TimeProvider.System);
        filler.LookFor(_lived.Room, new LogRange(1, 100));
        await Eventually.Holds(() => _peers.Asked.Count >= 3, Soon);
        Assert.Empty(await Own.Holes(_lived.Room));
        Assert.Contains("was refused", Assert.Single(_peers.Notices), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_is_called_a_hole_while_the_node_does_not_know_yet_who_else_keeps_the_log()
    {
        await Own.Append(_lived.Stretch(101, 200));
        await First.Append(_lived.Stretch(1, 200));
        _peers.Delivered = 0;
        await using var filler = new ArchiveFiller(Own, _peers, TimeProvider.System);
        filler.LookFor(_lived.Room, new LogRange(1, 100));
        await Eventually.Holds(async () => _peers.StatusAsked >= 2 || (await Own.Holes(_lived.Room)).Count > 0, Soon);
        Assert.Empty(await Own.Holes(_lived.Room));

        _peers.Add(1, First);
        _peers.Delivered = 200;
        await Eventually.Holds(async () => (await Own.Present(_lived.Room))[0] == new LogRange(1, 200), Soon);
    }

    [Fact]
    public async Task What_does_not_join_the_hash_chain_is_left_out_and_told()
    {
        await Own.Append(_lived.Stretch(101, 200));
        var other = new LivedHistory(200, seed: 2, room: _lived.Room);
        await First.Append(other.Stretch(1, 200));
        _peers.Add(1, First);

        await using var filler = new ArchiveFiller(Own, _peers, TimeProvider.System);
        filler.LookFor(_lived.Room, new LogRange(1, 100));
        await Eventually.Holds(async () => (await Own.Holes(_lived.Room)).Count > 0, Soon);

        Assert.Equal([new LogRange(101, 200)], await Own.Present(_lived.Room));
        Assert.Contains(_peers.Notices, n => n.Contains("do not join", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_page_that_is_refused_is_told_once_with_who_sent_it_and_another_archive_fills_the_gap()
    {
        await Own.Append(_lived.Stretch(101, 200));
        await First.Append(_lived.Stretch(1, 50));
        _peers.Add(1, HistoryPageSpec.OfALaterKind);
        _peers.Add(2, First);
        await using var filler = new ArchiveFiller(Own, _peers, TimeProvider.System);
        filler.LookFor(_lived.Room, new LogRange(1, 100));
        await Eventually.Holds(() => _peers.Asked.Count >= 6, Soon);

        Assert.Equal("10.0.0.1:4053 sent the archive of this node a page of history that was refused (it has an entry of a kind that this version does not know)", Assert.Single(_peers.Notices));
        Assert.Empty(await Own.Holes(_lived.Room));

        await First.Append(_lived.Stretch(51, 100));
        await Eventually.Holds(async () => (await Own.Present(_lived.Room))[0] == new LogRange(1, 200), Soon);
    }

    [Fact]
    public async Task History_is_read_from_the_next_archive_where_one_does_not_answer()
    {
        await Second.Append(_lived.All);
        _peers.AddSilent(1);
        _peers.Add(2, HistoryAnswer.Refused("this archive is busy"));
        _peers.Add(3, new HistoryAnswer("", 0, "nonsense\n"u8.ToArray(), [], 0, 0, false));
        _peers.Add(4, Second);
        var history = new RoomHistory(_peers, own: null);

        var page = await history.Messages(long.MaxValue, 2_500);
        Assert.Equal(_lived.Messages.TakeLast(2_500), page.Entries.Cast<SaidEvent>());
        var found = await history.Search("apple cloud", long.MaxValue, 20);
        Assert.Equal(await new StoreHistory(Second, () => _lived.Room).Search("apple cloud", long.MaxValue, 20), found);
        Assert.Equal(20, found.Count);
    }

    [Fact]
    public async Task What_lies_between_two_numbers_is_read_from_whoever_has_it_and_what_nobody_has_is_left_out()
    {
        await First.Append(_lived.Stretch(1, 2_000));
        await Second.Append(_lived.Stretch(1_500, 3_000));
        await Second.Append(_lived.Stretch(3_501, 5_000));
        _peers.AddSilent(1);
        _peers.Add(2, HistoryPageSpec.OfALaterKind);
        _peers.Add(3, First);
        _peers.Add(4, Second);
        var history = new RoomHistory(_peers, own: null);

        var read = new List<OrderedEvent>();
        while (await history.Between(read.Count == 0 ? 10 : read[^1].Seq, 4_001) is { Count: > 0 } page)
        {
            read.AddRange(page);
        }

        Assert.Equal(_lived.Entries.Skip(10).Take(2_990).Concat(_lived.Entries.Skip(3_500).Take(500)), read);
    }

    [Fact]
    public async Task Without_an_archive_the_answer_says_so()
    {
        var history = new RoomHistory(_peers, own: null);
        var thrown = await Assert.ThrowsAsync<HistoryStoreException>(() => history.Messages(long.MaxValue, 5));
        Assert.Equal(StoreFault.Nowhere, thrown.Fault);
        Assert.Contains("nobody in this room keeps an archive", thrown.Message, StringComparison.Ordinal);

        _peers.AddSilent(1);
        _peers.Add(2, HistoryPageSpec.OfALaterKind);
        thrown = await Assert.ThrowsAsync<HistoryStoreException>(() => history.Messages(long.MaxValue, 5));
        Assert.EndsWith(
            "; 10.0.0.1:4053 does not answer; 10.0.0.2:4053 sent a page that was refused (it has an entry of a kind that this version does not know)",
            thrown.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_own_store_is_read_first_and_another_one_where_it_fails()
    {
        await Own.Append(_lived.Stretch(1, 100));
        await First.Append(_lived.All);
        _peers.Add(1, First);
        Assert.Equal(_lived.Messages.Last(m => m.Seq <= 100), (await new RoomHistory(_peers, Own).Messages(long.MaxValue, 1)).Entries[0]);

        await using var broken = new SqliteHistoryStore(_folder.File("none/there.db"));
        Assert.Equal(_lived.Messages.Last(), (await new RoomHistory(_peers, broken).Messages(long.MaxValue, 1)).Entries[0]);
    }

    [Fact]
    public async Task An_own_store_that_hangs_is_not_waited_for()
    {
        await First.Append(_lived.All);
        _peers.Add(1, First);
        var history = new RoomHistory(_peers, HangingStore.New());
        Assert.Equal(_lived.Messages.Last(), (await history.Messages(long.MaxValue, 1).WaitAsync(Soon)).Entries[0]);

        var alone = new RoomHistory(new ArchivePeers(_lived.Room), HangingStore.New());
        var failure = await Assert.ThrowsAsync<HistoryStoreException>(() => alone.Search("garden", long.MaxValue, 1).WaitAsync(Soon));
        Assert.Contains("does not answer", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_longest_messages_fit_into_pages()
    {
        var store = new SqliteHistoryStore(_folder.File("wide.db"));
        await store.Prepare();
        var wide = Enumerable.Range(1, 15)
            .Select(seq => (OrderedEvent)new SaidEvent(seq, 1, (ulong)seq, new MessageId(new UserId(1), seq), "ada", new string('x', Limits.TextBytes), 0, 0));
        await store.Append(new HistoryStretch(_lived.Room, 0, [.. wide]));
        _peers.Add(1, store);

        Assert.Equal(Enumerable.Range(1, 15), (await new RoomHistory(_peers, null).Messages(long.MaxValue, 20)).Entries.Select(e => (int)e.Seq));
        await store.DisposeAsync();
    }

    private async Task Filled(Action<ArchiveFiller> ask, IReadOnlyList<LogRange> present)
    {
        await using var filler = new ArchiveFiller(Own, _peers, TimeProvider.System);
        ask(filler);
        await Eventually.Holds(async () => (await Own.Present(_lived.Room)).SequenceEqual(present) && !filler.IsLooking, Soon);
    }
}
