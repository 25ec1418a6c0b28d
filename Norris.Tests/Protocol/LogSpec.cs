using Norris.Core.Protocol;
using static Norris.Tests.Protocol.Cast;

namespace Norris.Tests.Protocol;

public sealed class LogSpec
{
    [Fact]
    public void Only_the_next_number_can_be_appended()
    {
        var log = Filled();
        Assert.Throws<InvalidOperationException>(() => log.Append(Record(8, 2, new Said(Block(Zoe, 5, "skips one")))));
        Assert.Throws<InvalidOperationException>(() => log.Append(Record(6, 2, new Said(Block(Zoe, 5, "again")))));
        Assert.Equal(Nr(6), log.Received);
    }

    [Fact]
    public void Trimming_changes_neither_the_room_nor_the_hashes_that_are_left()
    {
        var whole = Filled();
        var trimmed = Filled();
        trimmed.TrimTo(Nr(5));

        Assert.Equal(Nr(5), trimmed.SnapshotIndex);
        Assert.Equal(whole.Received, trimmed.Received);
        Assert.Equal(whole.Hash, trimmed.Hash);
        Assert.Equal(whole.Fold().Hash, trimmed.Fold().Hash);
        Assert.Equal(whole.Fold().Snapshot().Users, trimmed.Fold().Snapshot().Users);
        Assert.Equal(whole.HashAt(Nr(5)), trimmed.HashAt(Nr(5)));
        Assert.True(trimmed.Bytes < whole.Bytes);
    }

    [Fact]
    public void A_block_is_never_trimmed_in_the_middle()
    {
        var log = Filled();
        log.TrimTo(Nr(4));
        Assert.Equal(Nr(2), log.SnapshotIndex);
    }

    [Fact]
    public void What_is_dropped_from_the_end_can_be_replaced()
    {
        var log = Filled();
        var hash = log.HashAt(Nr(5));
        var bytes = log.Bytes;
        log.TruncateAfter(Nr(5));

        Assert.Equal(Nr(5), log.Received);
        Assert.Equal(hash, log.Hash);
        log.Append(Record(6, 3, new EpochStarted(Bob, false)));
        Assert.Equal(new Epoch(3), log.LastEpoch);
        log.TruncateAfter(Nr(5));
        log.Append(Record(6, 2, new EpochStarted(Bob, false)));
        Assert.Equal(bytes, log.Bytes);
    }

    [Fact]
    public void Trimming_everything_leaves_the_end_where_it_was()
    {
        var log = Filled();
        var (hash, epoch) = (log.Hash, log.LastEpoch);
        log.TrimTo(Nr(100));
        Assert.Equal((Nr(6), Nr(6), 0L), (log.SnapshotIndex, log.Received, log.Bytes));
        Assert.Equal((hash, epoch), (log.Hash, log.LastEpoch));
        Assert.Empty(log.PageAfter(Nr(6)));
    }

    [Fact]
    public void Two_logs_are_the_same_up_to_where_their_reigns_part()
    {
        // Both have 1 to 5 of epoch 1; here 6 was numbered in epoch 2, there in epoch 3.
        var here = Filled();
        var there = Filled();
        there.TruncateAfter(Nr(5));
        there.Append(Record(6, 3, new EpochStarted(Cleo, false)));
        there.Append(Record(7, 3, new NodeJoined(Dan, 1)));

        Assert.Equal(Nr(5), here.CommonWith(there.EpochRanges()));
        Assert.Equal(Nr(5), there.CommonWith(here.EpochRanges()));
        Assert.Equal(Nr(6), here.CommonWith(Filled().EpochRanges()));
    }

    [Fact]
    public void A_log_that_is_ahead_has_in_common_what_the_other_holds()
    {
        var ahead = Filled();
        var behind = Filled();
        behind.TruncateAfter(Nr(2));
        Assert.Equal(Nr(2), ahead.CommonWith(behind.EpochRanges()));
        Assert.Equal(Nr(2), behind.CommonWith(ahead.EpochRanges()));
    }

    [Fact]
    public void A_trimmed_log_and_an_untrimmed_one_are_still_the_same()
    {
        var trimmed = Filled();
        trimmed.TrimTo(Nr(5));
        Assert.Equal(Nr(6), Filled().CommonWith(trimmed.EpochRanges()));
        Assert.Equal(Nr(6), trimmed.CommonWith(Filled().EpochRanges()));
    }

    [Fact]
    public void A_trimmed_log_that_had_something_else_at_its_snapshot_index_has_nothing_in_common()
    {
        // What follows the snapshot index bears the same epoch, and what came before it is told no more.
        var trimmed = Filled();
        trimmed.TrimTo(Nr(5));
        List<EpochRange> other = [.. trimmed.EpochRanges()];
        other[0] = other[0] with { Epoch = new Epoch(9) };
        Assert.Equal(Nr(0), Filled().CommonWith(other));
    }

    [Fact]
    public void A_page_has_at_least_one_entry_and_ends_before_it_is_too_large()
    {
        var log = Filled();
        Assert.Equal([Nr(1)], log.PageAfter(default, bytes: 1).Select(r => r.First));
        Assert.Equal([Nr(1), Nr(2), Nr(3), Nr(6)], log.PageAfter(default).Select(r => r.First));
        Assert.Equal([Nr(6)], log.PageAfter(Nr(5)).Select(r => r.First));
    }

    [Fact]
    public void The_membership_and_its_last_change_are_read_from_the_end()
    {
        var log = Filled();
        log.Append(Record(7, 2, new NodeJoined(Bob, 1)));
        log.Append(Record(8, 2, new Said(Block(Zoe, 5, "between"))));
        log.Append(Record(9, 2, new NodeLeft(Ann, LeaveReason.Crashed)));
        var (members, since) = log.Membership();
        Assert.Equal([Bob], members);
        Assert.Equal(Nr(9), since);

        log.TruncateAfter(Nr(8));
        Assert.Equal([Ann, Bob], log.Membership().Members);
    }

    [Fact]
    public void A_hash_is_known_only_at_the_end_of_an_entry()
    {
        var log = Filled();
        Assert.NotNull(log.HashAt(Nr(5)));
        Assert.Null(log.HashAt(Nr(4)));
        Assert.Null(log.HashAt(Nr(7)));
    }

    /// <summary>1 Ann joins, 2 Zoë joins, 3-5 Zoë says three things, all in epoch 1; 6 begins epoch 2.</summary>
    private static Log Filled()
    {
        var log = new Log(NewRoom);
        log.Append(Record(1, 1, new NodeJoined(Ann, 1)));
        log.Append(Record(2, 1, new UserJoined(Zoe, "zoë", Ann, OwnerId.Nobody, 1)));
        log.Append(Record(3, 1, new Said(Block(Zoe, 1, "one", "two", "three"))));
        log.Append(Record(6, 2, new EpochStarted(Bob, false)));
        return log;
    }
}
