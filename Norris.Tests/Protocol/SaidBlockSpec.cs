using System.Text;
using CsCheck;
using Norris.Core.Protocol;
using static Norris.Tests.Protocol.Cast;

namespace Norris.Tests.Protocol;

public sealed class SaidBlockSpec
{
    [Fact]
    public void What_was_put_in_comes_out_with_counters_and_times()
    {
        var builder = new SaidBlock.Builder(Zoe, 5);
        builder.Add("eins"u8, 1000);
        builder.Add("zwei – ☂"u8, 1300);
        builder.Add("drei"u8, 900); // the clock went back
        var block = builder.Seal()!;

        Assert.Equal((5L, 3, 7L), (block.FirstCounter, block.Count, block.LastCounter));
        Assert.Equal([(5L, 1000L, "eins"), (6L, 1300L, "zwei – ☂"), (7L, 1000L, "drei")], Messages(block));
        Assert.Equal(8, builder.NextCounter);
        Assert.Null(builder.Seal());
    }

    [Fact]
    public void What_a_builder_made_is_read_back_from_its_bytes()
    {
        var block = Block(Zoe, 3, "a", new string('x', Limits.TextBytes), "👋🏽");
        var read = SaidBlock.TryRead(Zoe, 3, 3, block.SentAt, block.Texts)!;
        Assert.Equal(Messages(block), Messages(read));
    }

    [Fact]
    public void A_builder_says_when_it_is_full()
    {
        var builder = new SaidBlock.Builder(Zoe, 1);
        builder.Add(new byte[Limits.TextBytes].Select(_ => (byte)'x').ToArray(), 0);
        Assert.False(builder.HasRoomFor(Limits.TextBytes));
        Assert.True(builder.HasRoomFor(1000));
    }

    [Theory]
    [InlineData(0, 1)] // counters start at 1
    [InlineData(1, 0)]
    [InlineData(1, 2)] // says two, holds one
    [InlineData(-1, 1)]
    [InlineData(long.MaxValue, 1)]
    public void Counters_that_cannot_be_are_refused(long first, int count)
    {
        var texts = Block(Zoe, 1, "one").Texts;
        Assert.NotNull(SaidBlock.TryRead(Zoe, 1, 1, 0, texts));
        Assert.Null(SaidBlock.TryRead(Zoe, first, count, 0, texts));
    }

    [Theory]
    [InlineData(new byte[] { 0, 5, (byte)'a' })] // longer than there is
    [InlineData(new byte[] { 0, 0 })] // an empty text
    [InlineData(new byte[] { 0 })] // no length
    [InlineData(new byte[] { 0, 1, 0xff })] // no UTF-8
    [InlineData(new byte[] { 0, 2, 0xc0, 0x80 })] // an overlong form
    [InlineData(new byte[] { 0x80, 0x80, 0x80, 0x80, 0x80, 1, (byte)'a' })] // a number without end
    [InlineData(new byte[] { 0, 0xff, 0xff, 0xff, 0xff, 0x0f, (byte)'a' })] // four billion bytes
    [InlineData(new byte[] { })]
    public void Hostile_bytes_are_refused(byte[] texts) => Assert.Null(SaidBlock.TryRead(Zoe, 1, 1, 0, texts));

    [Fact]
    public void A_text_that_is_too_long_is_refused_and_so_is_a_block()
    {
        var text = Enumerable.Repeat((byte)'x', Limits.TextBytes + 1).ToArray();
        Assert.Null(SaidBlock.TryRead(Zoe, 1, 1, 0, new byte[] { 0, 0x81, 0x80, 0x01 }.Concat(text).ToArray()));
        Assert.Null(SaidBlock.TryRead(Zoe, 1, 1, 0, new byte[Limits.BlockBytes + 1]));
    }

    [Fact]
    public void Any_bytes_are_a_block_that_can_be_read_to_its_end_or_are_refused() =>
        Gen.Byte[0, 5].Array[0, 40].Select(Gen.Int[0, 8]).Sample(
            (bytes, count) =>
            {
                if (SaidBlock.TryRead(Zoe, 1, count, 0, bytes) is { } block)
                {
                    Assert.Equal(count, Messages(block).Count);
                }
            },
            iter: 20_000,
            threads: 1);

    [Fact]
    public void A_relation_goes_along_and_a_message_without_one_costs_what_it_did()
    {
        var builder = new SaidBlock.Builder(Zoe, 5);
        Relation[] relations = [new(RelationKind.Reply, new(Yan, 7)), new(RelationKind.Edit, new(Zoe, 4)), new(RelationKind.Deletion, new(Zoe, 5)), new(RelationKind.Reaction, new(Zoe, 9))];
        string[] texts = ["yes", "no", "", "👍🏽"];
        foreach (var (relation, text) in relations.Zip(texts))
        {
            builder.Add(Encoding.UTF8.GetBytes(text), 1000, relation);
        }

        builder.Add("x"u8, 1000);
        var block = builder.Seal()!;
        var read = SaidBlock.TryRead(Zoe, 5, 5, 1000, block.Texts)!;
        var all = new List<(Relation?, string)>();
        foreach (var message in read)
        {
            all.Add((message.Relation, message.Text));
        }

        Assert.Equal([.. relations.Select(r => (Relation?)r).Zip(texts), (null, "x")], all);
        Assert.Equal(3, Block(Zoe, 1, "x").Texts.Length);
    }

    [Theory]
    [InlineData(1, 4, "", false)] // only a deletion has no text
    [InlineData(2, 4, "new", true)]
    [InlineData(2, 5, "new", false)] // itself
    [InlineData(2, 6, "new", false)] // one to come
    [InlineData(2, 0, "new", false)]
    [InlineData(3, 4, "", true)]
    [InlineData(3, 4, "x", false)]
    [InlineData(3, 5, "", false)]
    [InlineData(4, 9, "👍", true)]
    [InlineData(4, 9, "a b", false)]
    [InlineData(4, 9, "\u0007", false)]
    [InlineData(4, 0, "👍", false)]
    [InlineData(4, -1, "👍", false)]
    [InlineData(4, (1L << 62) + 1, "👍", false)]
    [InlineData(5, 4, "x", false)] // no such kind
    [InlineData(0, 4, "x", false)]
    public void What_a_message_may_be_about_is_checked(int kind, long counter, string text, bool isGood)
    {
        var builder = new SaidBlock.Builder(Zoe, 5);
        builder.Add(Encoding.UTF8.GetBytes(text), 0, new Relation((RelationKind)kind, new MessageId(kind is 2 or 3 ? Zoe : Yan, counter)));
        Assert.Equal(isGood, SaidBlock.TryRead(Zoe, 5, 1, 0, builder.Seal()!.Texts) is not null);
    }

    [Fact]
    public void A_relation_that_breaks_off_is_refused()
    {
        var builder = new SaidBlock.Builder(Zoe, 5);
        builder.Add("👍"u8, 0, new Relation(RelationKind.Reaction, new MessageId(Yan, 7)));
        var whole = builder.Seal()!.Texts;
        Assert.All(Enumerable.Range(0, whole.Length), length => Assert.Null(SaidBlock.TryRead(Zoe, 5, 1, 0, whole[..length])));
    }

    [Fact]
    public void A_reaction_has_a_bound()
    {
        Assert.True(Relation.Takes(RelationKind.Reaction, new byte[Limits.ReactionBytes].Select(_ => (byte)'x').ToArray()));
        Assert.False(Relation.Takes(RelationKind.Reaction, new byte[Limits.ReactionBytes + 1].Select(_ => (byte)'x').ToArray()));
    }

    private static List<(long Counter, long SentAt, string Text)> Messages(SaidBlock block)
    {
        var messages = new List<(long, long, string)>();
        foreach (var message in block)
        {
            messages.Add((message.Id.Counter, message.SentAt, message.Text));
        }

        return messages;
    }
}
