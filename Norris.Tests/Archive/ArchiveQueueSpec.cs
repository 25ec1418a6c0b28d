using Norris.Node.Archive;

namespace Norris.Tests.Archive;

public sealed class ArchiveQueueSpec
{
    private static readonly ArchiveLimits Small = new(Entries: 100, BatchEntries: 10);
    private readonly LivedHistory _lived = new(1_000);

    [Fact]
    public void Gives_batches_in_order_and_each_with_the_hash_before_it()
    {
        var queue = new ArchiveQueue(Small);
        Add(queue, 1, 25);
        foreach (var (first, last) in new[] { (1, 10), (11, 20), (21, 25) })
        {
            AssertNext(queue, first, last);
            queue.Written();
        }

        Assert.Null(queue.Next());
        Assert.Equal((0, 0L), (queue.Count, queue.Bytes));
    }

    [Fact]
    public void A_batch_that_failed_comes_again_and_nothing_overtakes_it()
    {
        var queue = new ArchiveQueue(Small);
        Add(queue, 1, 5);
        AssertNext(queue, 1, 5);
        Add(queue, 6, 7);
        queue.Failed();
        AssertNext(queue, 1, 5);
        queue.Written();
        AssertNext(queue, 6, 7);
    }

    [Fact]
    public void Beyond_its_bound_the_oldest_goes_and_is_remembered()
    {
        var queue = new ArchiveQueue(Small);
        Add(queue, 1, 500);
        Assert.InRange(queue.Count, 90, 100);
        Assert.Equal(500 - queue.Count, queue.LostCount);
        Assert.Equal([(_lived.Room, new LogRange(1, queue.LostCount))], queue.TakeLost());
        Assert.Empty(queue.TakeLost());
        AssertNext(queue, queue.LostCount + 1, queue.LostCount + 10);
    }

    [Fact]
    public void What_is_in_flight_is_not_given_up()
    {
        var queue = new ArchiveQueue(Small);
        Add(queue, 1, 10);
        AssertNext(queue, 1, 10);
        Add(queue, 11, 300);
        Assert.Equal([(_lived.Room, new LogRange(11, queue.LostCount + 10))], queue.TakeLost());
        queue.Written();
        AssertNext(queue, queue.LostCount + 11, queue.LostCount + 20);
    }

    [Fact]
    public void Its_bound_is_one_of_memory_too()
    {
        var queue = new ArchiveQueue(new ArchiveLimits(Bytes: 20_000, BatchBytes: 2_000));
        Add(queue, 1, 1_000);
        Assert.InRange(queue.Bytes, 10_000, 20_000);
        Assert.Equal(1_000, queue.LostCount + queue.Count);
    }

    [Fact]
    public void A_jump_in_the_numbers_or_another_room_begins_a_new_batch()
    {
        var queue = new ArchiveQueue(Small);
        var other = new LivedHistory(10, seed: 2);
        Add(queue, 1, 3);
        Add(queue, 7, 8);
        queue.Add(other.Room, other.HashBefore(9), other.At(9));
        AssertNext(queue, 1, 3);
        queue.Written();
        AssertNext(queue, 7, 8);
        queue.Written();
        Assert.Equal(other.Room, queue.Next()!.Room);
    }

    private void Add(ArchiveQueue queue, long first, long last)
    {
        for (var seq = first; seq <= last; seq++)
        {
            queue.Add(_lived.Room, _lived.HashBefore(seq), _lived.At(seq));
        }
    }

    private void AssertNext(ArchiveQueue queue, long first, long last)
    {
        var next = queue.Next();
        Assert.Equal((first, last, _lived.HashBefore(first)), (next!.First, next.Last, next.HashBefore));
        Assert.Equal(_lived.Stretch(first, last).Entries, next.Entries);
    }
}
