using Norris.Core.Protocol;
using Norris.Core.Room;
using Norris.Tests.Wire;
using static Norris.Tests.Protocol.Cast;

namespace Norris.Tests.Protocol;

public sealed class RoomStateSpec
{
    private static readonly OwnerId Owner = new OwnerKey("a secret"u8).Id;
    private readonly RoomState _room = new(NewRoom);
    private long _next = 1;
    private long _at;

    [Fact]
    public void A_new_room_has_its_founder_and_nobody_else()
    {
        Assert.Equal([Ann], _room.Members);
        Assert.Equal(0, _room.UserCount);
        Assert.Equal(default, _room.At);
    }

    [Fact]
    public void Users_are_found_by_name_whatever_its_case()
    {
        Apply(new UserJoined(Zoe, "Zoë", Ann, OwnerId.Nobody, 1));
        Assert.Equal(Zoe, _room.FindByName("ZOË")!.User);
        Assert.Null(_room.FindByName("zoe"));
    }

    [Fact]
    public void A_user_who_moves_keeps_counter_and_place_and_frees_the_name_when_it_changes()
    {
        Apply(new UserJoined(Zoe, "zoë", Ann, Owner, 1));
        Apply(new UserJoined(Yan, "yan", Ann, OwnerId.Nobody, 1));
        Apply(new Said(Block(Zoe, 1, "a", "b")));
        Apply(new UserJoined(Zoe, "zoë-2", Bob, Owner, 1));

        Assert.Equal(new PresentUser(Zoe, "zoë-2", Bob, Owner, 2), _room.Find(Zoe));
        Assert.Equal(2, _room.LastCounter(Zoe));
        Assert.Equal(["zoë-2", "yan"], _room.Users.Select(u => u.Name));
        Assert.Null(_room.FindByName("zoë"));
        Assert.Equal(2, _room.UserCount);
    }

    [Fact]
    public void Who_left_is_remembered_so_that_nothing_said_before_counts_again()
    {
        Apply(new UserJoined(Zoe, "zoë", Ann, Owner, 1));
        Apply(new Said(Block(Zoe, 1, "a", "b")));
        Apply(new UserLeft(Zoe, LeaveReason.Crashed));

        Assert.Null(_room.Find(Zoe));
        Assert.True(_room.Knows(Zoe));
        Assert.Equal(2, _room.LastCounter(Zoe));

        // Coming back with what it still holds does not set the counter back.
        Apply(new UserJoined(Zoe, "zoë", Bob, Owner, 1));
        Assert.Equal(2, _room.LastCounter(Zoe));
        Assert.Empty(_room.Snapshot().Departed);
    }

    [Fact]
    public void A_user_whom_the_room_does_not_know_starts_where_its_outbox_starts()
    {
        Apply(new UserJoined(Zoe, "zoë", Ann, OwnerId.Nobody, 12));
        Assert.Equal(11, _room.LastCounter(Zoe));
    }

    [Fact]
    public void A_name_is_kept_for_its_owner_while_the_host_says_so()
    {
        Apply(new UserJoined(Zoe, "zoë", Ann, Owner, 1));
        Apply(new UserJoined(Yan, "yan", Ann, OwnerId.Nobody, 1));
        Apply(new UserLeft(Yan, LeaveReason.Left));
        Apply(new UserLeft(Zoe, LeaveReason.Left));

        Assert.Equal(Zoe, _room.FindKept("ZOË", user => user == Zoe)!.User);
        Assert.Null(_room.FindKept("zoë", user => user != Zoe));
        Assert.Null(_room.FindKept("yan", _ => true));
    }

    [Fact]
    public void Only_so_many_departed_are_remembered_and_the_longest_gone_are_forgotten_first()
    {
        for (ulong i = 1; i <= Limits.DepartedUsers + 2; i++)
        {
            Apply(new UserJoined(new(i), $"u{i}", Ann, OwnerId.Nobody, 1));
            Apply(new UserLeft(new(i), LeaveReason.Left));
        }

        Assert.Equal(Limits.DepartedUsers, _room.Snapshot().Departed.Count);
        Assert.False(_room.Knows(new(2)));
        Assert.True(_room.Knows(new(3)));
    }

    [Fact]
    public void A_new_name_is_the_users_and_the_old_one_is_free()
    {
        Apply(new UserJoined(Zoe, "zoë", Ann, Owner, 1));
        Apply(new UserRenamed(Zoe, "Dora"));
        Assert.Equal((Zoe, "Dora"), (_room.FindByName("dora")?.User, _room.Find(Zoe)?.Name));
        Assert.Null(_room.FindByName("zoë"));
        Assert.Null(_room.FindKept("zoë", _ => true));

        Apply(new UserRenamed(Yan, "nobody here"));
        Assert.Null(_room.FindByName("nobody here"));
    }

    [Fact]
    public void A_node_that_leaves_keeps_no_log_any_more()
    {
        Apply(new NodeJoined(Bob, 3));
        Apply(new RecordingChanged(Bob, true));
        Assert.Equal(3, _room.LifeOf(Bob));
        Assert.Equal([Bob], _room.Recording);
        Apply(new NodeLeft(Bob, LeaveReason.Expelled));
        Assert.Empty(_room.Recording);
        Assert.Equal((0, _room.At), (_room.LifeOf(Bob), _room.MembersSince));
    }

    [Fact]
    public void A_room_goes_on_from_its_snapshot_as_if_nothing_had_been()
    {
        Entry[] before =
        [
            new NodeJoined(Bob, 1), new UserJoined(Zoe, "zoë", Ann, Owner, 1), new Said(Block(Zoe, 1, "a")),
            new UserJoined(Yan, "yan", Bob, OwnerId.Nobody, 4), new UserLeft(Zoe, LeaveReason.Left), new EpochStarted(Bob, false),
            new UserRenamed(Yan, "Yan the second"), new RoomChanged(Yan, RoomSettingKind.Topic, "lunch", default),
        ];
        foreach (var entry in before)
        {
            Apply(entry);
        }

        var copy = new RoomState(_room.Snapshot());
        foreach (var entry in new Entry[] { new Said(Block(Yan, 4, "b", "c")), new UserJoined(Zoe, "zoë", Bob, Owner, 2), new NodeLeft(Ann, LeaveReason.Left) })
        {
            var record = Apply(entry);
            copy.Apply(record, TranscriptHash.After(record, copy.Hash));
        }

        Assert.Equal(Shown.Of(_room.Snapshot()), Shown.Of(copy.Snapshot()));
    }

    [Fact]
    public void Every_message_of_a_block_has_a_hash_of_its_own_and_one_changed_letter_changes_all_that_follow()
    {
        ulong After(params string[] texts) => TranscriptHash.After(Record(1, 1, new Said(Block(Zoe, 1, texts))), 5);
        Assert.NotEqual(After("a", "b"), After("a", "c"));
        Assert.NotEqual(After("a", "b"), After("b", "a"));
        Assert.NotEqual(After("ab"), After("a", "b"));
    }

    private LogRecord Apply(Entry entry)
    {
        _at += 10;
        var record = new LogRecord(Nr(_next), new Epoch(1), _at, entry);
        _next += entry.Count;
        _room.Apply(record, TranscriptHash.After(record, _room.Hash));
        return record;
    }
}
