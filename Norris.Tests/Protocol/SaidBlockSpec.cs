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
