using System.Text;
using Norris.Core.Protocol;
using static Norris.Tests.Protocol.Cast;

namespace Norris.Tests.Protocol;

public sealed class OutboxSpec
{
    private readonly Outbox _outbox = new(Zoe, new ProtocolOptions { OutboxBytes = 1000, OutboxWindowBytes = 300, ResubmitAfter = 1000 });

    [Fact]
    public void Counters_are_one_two_three()
    {
        Assert.Equal([1L, 2L, 3L], Enumerable.Range(0, 3).Select(_ => Say("x")!.Value.Counter));
        Assert.Equal((1L, 4L, 3L), (_outbox.FirstCounter, _outbox.NextCounter, _outbox.Pending));
    }

    [Fact]
    public void What_was_said_together_goes_together()
    {
        Say("a");
        Say("b");
        var block = Assert.Single(Flush());
        Assert.Equal((1L, 2), (block.FirstCounter, block.Count));
        Assert.Empty(Flush());
    }

    [Fact]
    public void No_more_than_the_window_is_under_way_and_the_rest_follows_what_arrived()
    {
        Say(new string('x', 200));
        Assert.Single(Flush());
        Say(new string('x', 200));
        Assert.Empty(Flush());

        _outbox.Seen(1, At(10));
        Assert.Equal([2L], Flush(At(10)).Select(b => b.FirstCounter));
    }

    [Fact]
    public void A_full_outbox_refuses_and_takes_again_once_something_arrived()
    {
        Assert.NotNull(Say(new string('x', 900)));
        Flush();
        Assert.Null(Say(new string('y', 200)));
        Assert.Equal(2, _outbox.NextCounter);

        _outbox.Seen(1, At(10));
        Assert.Equal(2, Say(new string('y', 200))!.Value.Counter);
    }

    [Fact]
    public void What_gets_no_place_is_handed_over_again_as_the_very_same_blocks()
    {
        Say("first");
        var before = Flush();
        Say("second");
        before.AddRange(Flush());

        Assert.Empty(Tick(At(999)));
        var again = Tick(At(1000));
        Assert.Equal(before, again);
        Assert.Empty(Tick(At(1001)));
    }

    [Fact]
    public void Any_progress_puts_the_handing_over_off()
    {
        Say("first");
        Flush();
        Say("second");
        Flush();
        _outbox.Seen(1, At(900));
        Assert.Empty(Tick(At(1500)));
        Assert.Equal([2L], Tick(At(1900)).Select(b => b.FirstCounter));
    }

    [Fact]
    public void What_is_sealed_never_changes_though_more_is_said()
    {
        Say("first");
        var sent = Assert.Single(Flush());
        Say("second");
        Assert.Equal(1, sent.Count);
        Assert.Same(sent, BlockOf(Assert.Single(Step(e => _outbox.Resubmit(At(0), e)))));
        Assert.Equal(2, Assert.Single(Flush()).FirstCounter);
    }

    [Fact]
    public void A_number_seen_twice_or_from_before_takes_nothing_more_away()
    {
        Say("first");
        Flush();
        Say("second");
        _outbox.Seen(1, At(0));
        _outbox.Seen(1, At(0));
        _outbox.Seen(0, At(0));
        Assert.Equal((2L, 1L), (_outbox.FirstCounter, _outbox.Pending));
    }

    [Fact]
    public void What_is_about_a_held_message_goes_with_it_to_its_new_number()
    {
        Say("seen"); // 1
        Flush();
        _outbox.Seen(1, At(0));
        Say("held"); // 2
        _outbox.TrySubmit("held, changed"u8, At(0).Wall, new Relation(RelationKind.Edit, new MessageId(Zoe, 2)));
        _outbox.TrySubmit([], At(0).Wall, new Relation(RelationKind.Deletion, new MessageId(Zoe, 1)));
        _outbox.Seen(5, At(0)); // somebody spoke in the user's name

        var about = new List<long?>();
        foreach (var message in Assert.Single(Flush()))
        {
            about.Add(message.Relation?.To.Counter);
        }

        Assert.Equal([null, 6, 1], about);
    }

    [Fact]
    public void What_was_not_said_yet_cannot_be_edited()
    {
        Say("one");
        Assert.Throws<ArgumentException>(() => _outbox.TrySubmit("x"u8, At(0).Wall, new Relation(RelationKind.Edit, new MessageId(Zoe, 2))));
        Assert.NotNull(_outbox.TrySubmit("x"u8, At(0).Wall, new Relation(RelationKind.Edit, new MessageId(Zoe, 1))));
    }

    private static SaidBlock BlockOf(Effect effect) => ((Submit)((SendToSequencer)effect).Message).Block;

    private MessageId? Say(string text) => _outbox.TrySubmit(Encoding.UTF8.GetBytes(text), At(0).Wall);

    private List<SaidBlock> Flush(Now? now = null) => [.. Step(e => _outbox.Flush(now ?? At(0), e)).Select(BlockOf)];

    private List<SaidBlock> Tick(Now now) => [.. Step(e => _outbox.Tick(now, e)).Select(BlockOf)];
}
