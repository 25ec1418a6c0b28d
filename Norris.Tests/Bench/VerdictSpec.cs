using System.Diagnostics;
using System.Text;
using Norris.Actors.Protocol;
using Norris.Lab.Bench;

namespace Norris.Tests.Bench;

public sealed class VerdictSpec
{
    private static readonly Dictionary<int, long> TwoEach = new() { [0] = 2, [1] = 2 };

    [Fact]
    public void Members_with_the_same_messages_in_the_same_order_are_clean()
    {
        var tally = Deliver((0, 0), (1, 0), (0, 1), (1, 1));

        Assert.True(Verdict.Of([tally, Deliver((0, 0), (1, 0), (0, 1), (1, 1))], TwoEach).IsClean);
    }

    [Fact]
    public void Another_order_is_seen() =>
        Assert.Equal(new Verdict(false, 0, 0), Verdict.Of([Deliver((0, 0), (1, 0), (0, 1), (1, 1)), Deliver((1, 0), (0, 0), (0, 1), (1, 1))], TwoEach));

    [Fact]
    public void A_sender_whose_messages_change_places_is_seen_even_where_all_members_agree()
    {
        var tally = Deliver((0, 1), (0, 0), (1, 0), (1, 1));

        Assert.Equal(new Verdict(false, 0, 0), Verdict.Of([tally, tally], TwoEach));
    }

    [Theory]
    [InlineData("in the middle")]
    [InlineData("at the end")]
    [InlineData("all")]
    public void A_lost_message_is_counted(string which)
    {
        var tally = which switch
        {
            "in the middle" => Deliver((0, 1), (1, 0), (1, 1)),
            "at the end" => Deliver((0, 0), (1, 0), (1, 1)),
            _ => Deliver((1, 0), (1, 1)),
        };

        Assert.Equal(which == "all" ? 2 : 1, Verdict.Of([tally, tally], TwoEach).Lost);
    }

    [Fact]
    public void A_doubled_message_is_counted()
    {
        var tally = Deliver((0, 0), (0, 1), (0, 0), (1, 0), (1, 1));

        Assert.Equal(new Verdict(true, 0, 1), Verdict.Of([tally, tally], TwoEach));
    }

    [Fact]
    public void Who_comes_in_the_middle_counts_from_there()
    {
        var recorder = new Recorder(self: 7, new UserId(7));
        Hand(recorder, (0, 5), (0, 6), (0, 8));

        Assert.Equal(new SenderTally(9, 1, 0, 0), recorder.Tally().Senders[0]);
        Assert.Equal(["0:5", "0:6", "0:8"], recorder.Log());
    }

    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData((1 << 18) - 1, (1L << 36) - 1, long.MaxValue)]
    [InlineData(2, 1_000_000, 123_456_789_012_345)]
    public void A_bench_message_says_who_which_and_when_in_120_characters_of_text(int sender, long counter, long time)
    {
        var text = new byte[Payload.Length];
        Payload.Write(text, sender, counter, time);

        Assert.Equal(120, text.Length);
        Assert.All(text, b => Assert.InRange(b, (byte)' ', (byte)'~'));
        Assert.Equal((sender, counter, time), Payload.Read(Encoding.ASCII.GetString(text)));
    }

    [Theory]
    [InlineData("too short")]
    [InlineData("as long as bench messages are, but without the numbers that they begin with ............................................")]
    public void What_is_no_bench_message_is_refused(string text) => Assert.Throws<FormatException>(() => Payload.Read(text));

    [Fact]
    public void A_latency_is_until_the_whole_block_was_read()
    {
        var recorder = new Recorder(self: 7, new UserId(7));
        var builder = new SaidBlock.Builder(new UserId(1), 1);
        var text = new byte[Payload.Length];
        var handedIn = Stopwatch.GetTimestamp();
        for (var i = 0; i < 3; i++)
        {
            Payload.Write(text, 1, i, handedIn - (1000 * i));
            builder.Add(text, sentAt: 0);
        }

        recorder.Delivered(new Deliver(new LogRecord(new SequenceNumber(1), new Epoch(1), 0, new Said(builder.Seal()!)), 0, "ada"));

        var took = recorder.Tally().LastAt - handedIn;
        Assert.Equal([took, took + 1000, took + 2000], recorder.Latencies());
    }

    private static Tally Deliver(params (int Sender, long Counter)[] messages)
    {
        var recorder = new Recorder(self: 7, new UserId(7));
        recorder.Reset(long.MaxValue, keepsLog: false);
        Hand(recorder, messages);
        return recorder.Tally();
    }

    private static void Hand(Recorder recorder, params (int Sender, long Counter)[] messages)
    {
        var number = new SequenceNumber(1);
        foreach (var (sender, counter) in messages)
        {
            var text = new byte[Payload.Length];
            Payload.Write(text, sender, counter, time: 0);
            Assert.Equal((sender, counter, 0L), Payload.Read(Encoding.UTF8.GetString(text)));
            var builder = new SaidBlock.Builder(new UserId((ulong)sender), 1);
            builder.Add(text, sentAt: 0);
            recorder.Delivered(new Deliver(new LogRecord(number, new Epoch(1), 0, new Said(builder.Seal()!)), 0, "ada"));
            number = number.Next;
        }
    }
}
