using Norris.Actors;
using Norris.Core.Protocol;
using static Norris.Tests.Protocol.Cast;

namespace Norris.Tests.Actors;

/// <summary>One writer, and readers on threads of their own.</summary>
public sealed class DeliveredLogSpec
{
    private const long Bound = 64 * 1024;
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);
    private readonly DeliveredLog _log = new(Bound);
    private long _next = 1;

    public DeliveredLogSpec() =>
        _log.Append([new LogStarted(Nr(1), NewRoom)], RoomStatus.None with { IsMember = true, Room = TheRoom, Picture = NewRoom.Picture() });

    [Fact]
    public void The_last_steps_of_changes_of_host_are_kept_and_what_is_said_again_is_one_step()
    {
        var log = new DeliveredLog(1 << 20);
        log.Note(RecoveryStepKind.Asks, new Epoch(2));
        log.Note(RecoveryStepKind.Asks, new Epoch(2));
        log.Note(RecoveryStepKind.Silent, new Epoch(2));
        log.Note(RecoveryStepKind.Silent, new Epoch(2));
        Assert.Equal([RecoveryStepKind.Asks, RecoveryStepKind.Silent, RecoveryStepKind.Silent], log.Status.Steps.Select(s => s.Kind));
        for (var epoch = 3; epoch < 100; epoch++)
        {
            log.Note(RecoveryStepKind.Reigns, new Epoch(epoch), with: step => step with { Why = "goes on" });
        }

        Assert.Equal(RecoveryStep.Kept, log.Status.Steps.Count);
        Assert.Equal(100, log.Status.Steps[^1].Number);
        Assert.Equal((new Epoch(99), "goes on"), (log.Status.Steps[^1].Epoch, log.Status.Steps[^1].Why));
    }

    [Fact]
    public async Task A_reader_that_blocks_for_ever_costs_the_bound_and_the_others_read_on()
    {
        using var stuck = _log.Open();
        using var cursor = _log.Open();
        using var release = new ManualResetEventSlim();
        var isStuck = new TaskCompletionSource();
        var blocks = Task.Run(async () =>
        {
            await foreach (var news in stuck.ReadAllAsync())
            {
                if (news is Deliver)
                {
                    isStuck.SetResult();
                    release.Wait();
                    return;
                }
            }
        });

        Say(1);
        await isStuck.Task.WaitAsync(Soon);
        for (var round = 0; round < 50; round++)
        {
            Say(40);
            Assert.Equal(_next - 1, (await Read<Deliver>(cursor, d => d.Record.First.Value == _next - 1)).Record.Last.Value);
            Assert.InRange(_log.Bytes, 0, Bound);
        }

        // It was too far behind long ago, and nothing is held for it any more.
        Assert.Equal(0, _log.Bytes);
        release.Set();
        await blocks.WaitAsync(Soon);
        var missed = await Read<Missed>(stuck);
        Assert.Equal(2_000, missed.Count);
        Assert.Equal(2_002, (await Read<Started>(stuck)).First.Value);
        Say(1);
        Assert.Equal(2_002, (await Read<Deliver>(stuck)).Record.First.Value);
    }

    [Fact]
    public async Task Many_readers_on_many_threads_get_all_of_it_once_and_in_order()
    {
        var readers = Enumerable.Range(0, 8).Select(_ => _log.Open()).Select(cursor => Task.Run(async () =>
        {
            var (next, missed) = (1L, 0L);
            await foreach (var news in cursor.ReadAllAsync())
            {
                switch (news)
                {
                    case Deliver d:
                        Assert.Equal(next, d.Record.First.Value);
                        next++;
                        break;
                    case Missed m:
                        missed += m.Count;
                        next += m.Count;
                        break;
                }
            }

            return next;
        })).ToList();
        for (var i = 0; i < 1_000; i++)
        {
            Say(5);
        }

        _log.Complete();
        Assert.All(await Task.WhenAll(readers).WaitAsync(Soon), next => Assert.Equal(_next, next));
    }

    [Fact]
    public async Task Who_does_not_want_what_is_said_is_not_woken_by_it_and_holds_nothing()
    {
        using var cursor = _log.Open(news => news is not Deliver);
        await Read<Started>(cursor);
        var wait = cursor.WaitToReadAsync().AsTask();
        Say(100);
        Assert.False(wait.IsCompleted);
        Assert.Equal((0, true), (_log.Bytes, cursor.HasRead(_log.End)));
        _log.Tell("the archive works");
        Assert.True(await wait.WaitAsync(Soon));
        Assert.Equal(new Notice("the archive works"), await Read<Notice>(cursor));
    }

    [Fact]
    public async Task A_wait_ends_with_its_token_with_the_cursor_and_with_the_log()
    {
        using var cancel = new CancellationTokenSource();
        var cursor = _log.Open();
        await Read<Started>(cursor);
        var wait = cursor.WaitToReadAsync(cancel.Token).AsTask();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => wait);

        var other = cursor.Fork();
        var waits = new[] { cursor, other }.Select(c => c.WaitToReadAsync().AsTask()).ToList();
        cursor.Dispose();
        Assert.False(await waits[0].WaitAsync(Soon));
        Assert.False(waits[1].IsCompleted);
        Say(1);
        _log.Complete();
        Assert.True(await waits[1].WaitAsync(Soon));
        await Read<Deliver>(other);
        Assert.False(await other.WaitToReadAsync());
    }

    [Fact]
    public void Who_was_put_out_is_apart_until_the_log_starts_again()
    {
        Say(1);
        Assert.Null(_log.ApartFor);
        _log.Leave("the others went on without this node");
        Assert.NotNull(_log.ApartFor);
        Assert.Equal((false, RoomId.None, Contact.Outside), (_log.Status.IsMember, _log.Status.Room, _log.Status.Contact));
        Assert.Equal(TheRoom, _log.Status.Picture.Room);
        _log.Append([new LogStarted(Nr(9), NewRoom with { At = Nr(8) })], RoomStatus.None with { IsMember = true, Room = TheRoom });
        Assert.Null(_log.ApartFor);
        Assert.True(_log.Status.IsMember);
    }

    private void Say(int count)
    {
        for (var i = 0; i < count; i++)
        {
            _log.Append([new Deliver(Record(_next++, 1, new Said(Block(Zoe, 1, new string('x', 1_000)))), 0, "zoë")]);
        }
    }

    private static async Task<T> Read<T>(Cursor cursor, Func<T, bool>? which = null)
        where T : News
    {
        using var patience = new CancellationTokenSource(Soon);
        while (await cursor.WaitToReadAsync(patience.Token))
        {
            while (cursor.TryRead(out var news))
            {
                if (news is T it && (which is null || which(it)))
                {
                    return it;
                }
            }
        }

        throw new InvalidOperationException($"no {typeof(T).Name} came");
    }
}
