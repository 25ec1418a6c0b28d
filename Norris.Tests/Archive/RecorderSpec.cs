using System.Collections.Concurrent;
using Norris.Core.Protocol;
using Norris.Node.Archive;
using Norris.Node.Session;
using Norris.Tests.Session;

namespace Norris.Tests.Archive;

/// <summary>From a node's order to its store, and what everyone is told of it.</summary>
public sealed class RecorderSpec : IAsyncLifetime
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);
    private readonly TemporaryFolder _folder = new();
    private readonly LivedHistory _lived = new(2_000);
    private readonly ScriptedSession _order = new();
    private readonly ArchivePeers _peers;
    private readonly IHistoryStore _store;
    private readonly ConcurrentQueue<string> _told = new();

    public RecorderSpec()
    {
        _peers = new ArchivePeers(_lived.Room) { Delivered = 0 };
        _store = new SqliteStoreName(_folder.File("own.db")).Open();
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _store.DisposeAsync();
        _folder.Delete();
    }

    [Fact]
    public async Task That_all_is_recorded_after_all_is_told_though_the_store_did_not_work_at_first()
    {
        await using (Record(_store, works: false, _order, _peers, null, TimeProvider.System, _told.Enqueue))
        {
            Happen(1, 10);
            await Eventually.Holds(async () => await Present() is [{ First: 1, Last: 10 }], Soon);
            await Eventually.Holds(() => _peers.Said.Count == 2, Soon);
            _order.Ends("done");
        }

        Assert.Equal([false, true], _peers.Said);
    }

    [Fact]
    public async Task What_a_file_put_in_the_place_of_another_lacks_is_filled_from_other_archives()
    {
        await using var other = new SqliteHistoryStore(_folder.File("other/other.db"));
        await other.Prepare();
        await other.Append(_lived.All);
        _peers.Add(1, other);
        await _store.Prepare();
        await using (Record(_store, works: true, _order, _peers, null, TimeProvider.System, _told.Enqueue))
        {
            Happen(1, 1_000);
            await Eventually.Holds(async () => (await _store.Newest(_lived.Room))?.Seq == 1_000, Soon);
            foreach (var file in Directory.GetFiles(_folder.Path))
            {
                File.Delete(file);
            }

            Happen(1_001, 2_000);
            await Eventually.Holds(async () => await Present() is [{ First: 1, Last: 2_000 }], Soon);
            _order.Ends("done");
        }

        Assert.Empty(await _store.Holes(_lived.Room));
    }

    [Fact]
    public async Task What_the_queue_had_to_give_up_is_filled_from_what_the_node_itself_delivered_lately()
    {
        var said = new RecentRoom(_lived.Room);
        said.Say(30_000);
        _peers.Add(1, said.Answer);
        await _store.Prepare();
        var limits = new ArchiveLimits(Entries: 1_000, BatchEntries: 100);
        await using (Record(_store, works: true, _order, _peers, null, TimeProvider.System, _told.Enqueue, limits))
        {
            Happen(said);
            await Eventually.Holds(() => _peers.Notices.Any(n => n.Contains("filled in", StringComparison.Ordinal)), Soon);
            _order.Ends("done");
        }

        Assert.Equal([new LogRange(1, 30_001)], await _store.Present(said.Room));
        Assert.Empty(_told);
    }

    [Fact]
    public async Task What_the_recorder_was_too_slow_to_read_is_filled_from_what_other_nodes_delivered_lately()
    {
        var own = new RecentRoom(_lived.Room, bytes: 100_000);
        using var cursor = own.Log.Open();
        var other = new RecentRoom(_lived.Room);
        own.Say(20_000);
        other.Say(20_000);
        other.Say(700);
        _peers.Add(1, other.Answer);
        _peers.Delivered = other.Events.Count;
        await _store.Prepare();
        var order = new ScriptedSession { Reads = new ChatEvents(own.Log, cursor, new UserId(9), new UserProfile("", default), tellsPlaces: true) };
        await using (Record(_store, works: true, order, _peers, null, TimeProvider.System, _told.Enqueue))
        {
            // The first that it reads is how much it missed. What comes next it keeps itself, and looks for what was before.
            await Eventually.Holds(() => cursor.HasRead(own.Log.End), Soon);
            own.Say(700);
            await Eventually.Holds(async () => await Present() is [{ First: 1, Last: 20_701 }], Soon);
            ((ChatEvents)order.Events).End(own.Log.End, "done");
        }

        Assert.Empty(await _store.Holes(_lived.Room));
    }

    [Fact]
    public async Task In_an_agreed_room_an_entry_is_written_as_soon_as_it_is_told_that_it_stays()
    {
        var room = new RecentRoom(_lived.Room, DeliveryLevel.Agreed);
        using var cursor = room.Log.Open();
        await _store.Prepare();
        var order = new ScriptedSession { Reads = new ChatEvents(room.Log, cursor, new UserId(9), new UserProfile("", default), tellsPlaces: true) };
        await using (Record(_store, works: true, order, _peers, null, TimeProvider.System, _told.Enqueue))
        {
            room.Say(21);
            room.Log.Append([new Settled(new SequenceNumber(8))]);
            await Eventually.Sees(Present, kept => kept is [{ First: 2, Last: 8 }], Soon);
            room.Log.Append([new Settled(new SequenceNumber(22))]);
            await Eventually.Sees(Present, kept => kept is [{ First: 2, Last: 22 }], Soon);
            ((ChatEvents)order.Events).End(room.Log.End, "done");
        }
    }

    [Fact]
    public async Task A_node_that_leaves_at_once_still_writes_all_that_it_has_and_tells_what_it_has_not()
    {
        var said = new RecentRoom(_lived.Room, bytes: 100_000);
        said.Say(30_000);
        _peers.Add(1, said.Answer);
        await _store.Prepare();
        await using (Record(_store, works: true, _order, _peers, null, TimeProvider.System, _told.Enqueue, new ArchiveLimits(Entries: 1_000, BatchEntries: 100)))
        {
            Happen(said);
            _order.Ends("done");
        }

        var lacking = (await _store.Missing(said.Room, new LogRange(1, 30_001))).Sum(r => r.Count);
        Assert.True(lacking > 0, "the queue did not overflow");
        var told = Assert.Single(_told);
        Assert.True(told.Contains($"lacks {ArchiveFiller.Entries(lacking)} of", StringComparison.Ordinal), told);
    }

    [Fact]
    public async Task A_million_short_lines_at_once_are_all_taken()
    {
        const int Many = 1_000_000;
        var recorder = Record(HangingStore.New(), works: true, _order, _peers, null, TimeProvider.System, _told.Enqueue, new ArchiveLimits(Entries: Many, Bytes: long.MaxValue));
        _order.Happens(new PlaceEvent(_lived.Room, 1, 0));
        for (var seq = 1L; seq <= Many; seq++)
        {
            _order.Happens(new RecordingEvent(seq, 1, (ulong)seq, "h:1", false));
        }

        _order.Ends("done");
        await Eventually.Holds(() => recorder.Waiting == Many, Soon);
        await recorder.DisposeAsync().AsTask().WaitAsync(Soon);
        Assert.Contains("did not get the last 1,000,000 entries", _told.Last(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_store_that_hangs_is_told_and_does_not_keep_the_node_from_leaving()
    {
        var recorder = Record(HangingStore.New(), works: true, _order, _peers, TimeSpan.FromDays(1), new HurriedTime(), _told.Enqueue);
        Happen(1, 10);
        await Eventually.Holds(() => _peers.Notices.Any(n => n.Contains("does not answer", StringComparison.Ordinal)), Soon);
        _order.Ends("done");
        await recorder.DisposeAsync().AsTask().WaitAsync(Soon);
    }

    [Fact]
    public async Task A_clock_that_puts_retention_off_is_told_once()
    {
        var clock = new SetClock();
        var now = clock.GetUtcNow();
        await using var store = new SqliteHistoryStore(_folder.File("odd.db"), time: clock);
        await store.Prepare();
        clock.Set(now.AddYears(60));
        await store.Append(_lived.Stretch(1, 100));
        clock.Set(now);
        await using (Record(store, works: true, _order, _peers, TimeSpan.FromDays(30), new HurriedTime(), _told.Enqueue))
        {
            await Eventually.Holds(() => _peers.Notices.Count > 0, Soon);

            // That it was looked again is seen by what is too old then.
            var other = new LivedHistory(100, seed: 2);
            clock.Set(now.AddDays(-31));
            await store.Append(other.All);
            clock.Set(now);
            await Eventually.Holds(async () => await store.Present(other.Room) is [], Soon);
            _order.Ends("done");
        }

        var told = Assert.Single(_peers.Notices);
        Assert.Contains($"came at {now.AddYears(60):yyyy-MM-dd HH:mm}", told, StringComparison.Ordinal);
        Assert.Contains($"says {now:yyyy-MM-dd HH:mm}", told, StringComparison.Ordinal);
    }

    /// <summary>What is kept; nothing while there is no file, or an empty one.</summary>
    private async Task<IReadOnlyList<LogRange>> Present()
    {
        try
        {
            return File.Exists(_folder.File("own.db")) ? await _store.Present(_lived.Room) : [];
        }
        catch (HistoryStoreException)
        {
            return [];
        }
    }

    private static Recorder Record(
        IHistoryStore store, bool works, ScriptedSession order, ArchivePeers peers, TimeSpan? keep, TimeProvider time, Action<string> tell, ArchiveLimits? limits = null) =>
        new(store, works, order, peers, keep, time, tell, limits ?? new ArchiveLimits());

    private void Happen(RecentRoom room)
    {
        _order.Happens(new PlaceEvent(room.Room, 1, 0));
        room.Events.ForEach(_order.Happens);
        _peers.Delivered = room.Events.Count;
    }

    private void Happen(long first, long last)
    {
        if (first == 1)
        {
            _order.Happens(new PlaceEvent(_lived.Room, 1, _lived.HashBefore(1)));
        }

        for (var seq = first; seq <= last; seq++)
        {
            _order.Happens(_lived.At(seq));
        }

        _peers.Delivered = last;
    }

    /// <summary>Whatever takes a second takes a hundredth of it.</summary>
    private sealed class HurriedTime : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, dueTime > TimeSpan.Zero ? dueTime / 100 : dueTime, period);
    }
}
