using System.Collections.Concurrent;
using System.Globalization;
using Norris.Node.Tui;
using Terminal.Gui.Drivers;
using Terminal.Gui.Time;
using ITimer = Terminal.Gui.Time.ITimer;

namespace Norris.Tests.Tui;

/// <summary>What a terminal may send goes through the filter and then through Terminal.Gui's own parser, as in the program.</summary>
public sealed class KnownSequencesSpec
{
    [Fact]
    public void Of_every_key_with_a_number_those_that_mean_something_arrive_and_no_other_types_anything()
    {
        foreach (var n in Enumerable.Range(0, 201))
        {
            // 200 begins a paste, which ends when nothing more comes.
            var inputs = Inputs($"ab\e[{n}~", "cd");

            Assert.Equal("abcd", Text(inputs));
            Assert.Equal(n is 1 or 3 or 4 or 5 or 6, inputs.OfType<TuiInput.Pressed>().Any());
        }
    }

    [Fact]
    public void Ten_thousand_sequences_of_every_form_end_nothing_and_type_nothing()
    {
        var random = new Random(13);
        for (var i = 0; i < 10_000; i++)
        {
            var sequence = Any(random);
            var inputs = Inputs($"ab{sequence}", "cd");

            Assert.True(Text(inputs) == "abcd", $"{Shown(sequence)} made '{Text(inputs)}' of 'abcd'");
        }
    }

    [Fact]
    public void Ten_thousand_heaps_of_bytes_end_nothing()
    {
        const string often = "\e\e\e[[[O]P_^X\\\a;;:?<>0123456789~uMmRtcABz \u009b\r\u0018";
        var random = new Random(14);
        for (var i = 0; i < 10_000; i++)
        {
            var heap = string.Concat(Enumerable.Range(0, random.Next(1, 40)).Select(_ => often[random.Next(often.Length)]));
            Assert.EndsWith("cd", Text(Inputs(heap, "cd")), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("\e[A", TuiKey.Up)]
    [InlineData("\eOA", TuiKey.Up)]
    [InlineData("\e[1;5D", TuiKey.WordLeft)]
    [InlineData("\e[3~", TuiKey.Delete)]
    [InlineData("\e[5~", TuiKey.PageUp)]
    [InlineData("\e[1;5H", TuiKey.Top)]
    [InlineData("\e[13;2u", TuiKey.NewLine)]
    [InlineData("\e\r", TuiKey.NewLine)]
    [InlineData("\eb", TuiKey.WordLeft)]
    [InlineData("\e\x7f", TuiKey.CutWord)]
    [InlineData("\e", TuiKey.Escape)]
    [InlineData("\u001a", TuiKey.Suspend)]
    public void The_keys_of_the_help_page_arrive(string sent, object key) =>
        Assert.Equal([new TuiInput.Pressed((TuiKey)key)], Inputs(sent, ""));

    [Theory]
    [InlineData("\e[[A")]
    [InlineData("\e[11^")]
    [InlineData("\e[23$")]
    [InlineData("\e[")]
    [InlineData("\e]0;a title\a")]
    [InlineData("\eP1$r0m\e\\")]
    [InlineData("\e[57399u")]
    [InlineData("\e[1114112u")]
    [InlineData("\e[<99999999999;1;1M")]
    [InlineData("\e[I")]
    [InlineData("\e[M !!")]
    [InlineData("\e[M\u00e0\u00ff\e")]
    [InlineData("\e[M\u0085\u0153M")]
    [InlineData("\e#8")]
    [InlineData("\u009b29~")]
    public void What_means_nothing_leaves_the_draft_alone(string sent) => Assert.Equal("abcd", Text(Inputs($"ab{sent}", "cd")));

    [Fact]
    public void A_sequence_may_come_in_two_halves_and_a_paste_may_have_any_in_it()
    {
        Assert.Equal([new TuiInput.Pressed(TuiKey.Up)], Inputs(["\e[", "A"], giveUp: false));
        Assert.Equal([new TuiInput.Pasted("a\e[29~\e[b")], Inputs(["\e[200~a\e[29~\e[b\e[2", "01~"], giveUp: false));
    }

    private static List<TuiInput> Inputs(string first, string then) => Inputs([first, then], giveUp: true);

    private static List<TuiInput> Inputs(string[] reads, bool giveUp)
    {
        var queue = new ConcurrentQueue<char>();
        var clock = new LaterClock();
        using var parser = new AnsiInputProcessor(queue, clock);
        var inputs = new List<TuiInput>();
        parser.KeyDown += (_, key) =>
        {
            if (TuiDriver.Read(key) is { } input)
            {
                inputs.Add(input);
            }
        };
        parser.Paste += (_, text) => inputs.Add(new TuiInput.Pasted(text));

        var sequences = new KnownSequences();
        var known = new List<char>();
        foreach (var read in reads)
        {
            sequences.Take(read, known);
            if (giveUp && sequences.IsHolding)
            {
                sequences.GiveUpSequence(known);
            }

            if (giveUp && sequences.IsInPaste)
            {
                sequences.GiveUpPaste(known);
            }

            known.ForEach(queue.Enqueue);
            known.Clear();
            parser.ProcessQueue();
            clock.Now += TimeSpan.FromSeconds(1);
            parser.ProcessQueue();
        }

        return inputs;
    }

    private static string Text(IEnumerable<TuiInput> inputs) =>
        string.Concat(inputs.Select(input => (input as TuiInput.Typed)?.Text ?? (input as TuiInput.Pasted)?.Text));

    /// <summary>A sequence by the grammar of ECMA-48, but for those that say which character was typed.</summary>
    private static string Any(Random random)
    {
        string Some(int most, char first, char last) =>
            string.Concat(Enumerable.Range(0, random.Next(most + 1)).Select(_ => (char)random.Next(first, last + 1)));
        string One(char first, char last) => ((char)random.Next(first, last + 1)).ToString();
        string Numbers() => string.Join(';', Enumerable.Range(0, random.Next(5)).Select(_ => random.Next(4) == 0 ? "" : random.Next(0, 400).ToString(CultureInfo.InvariantCulture)));
        while (true)
        {
            var sequence = random.Next(8) switch
            {
                0 => $"\e[{Some(6, '0', '?')}{Some(2, ' ', '/')}{One('@', '~')}",
                1 => $"\e[{Numbers()}{One('@', '~')}",
                2 => $"\e[{(random.Next(2) == 0 ? "?" : "<")}{Numbers()}{One('@', '~')}",
                3 => $"\eO{One('!', '~')}",
                4 => $"\e{"]PX^_"[random.Next(5)]}{Some(30, ' ', '~')}{(random.Next(2) == 0 ? "\a" : "\e\\")}",
                5 => $"\e{Some(2, ' ', '/')}{One('0', '~')}",
                6 => $"\u009b{Numbers()}{One('@', '~')}",
                _ => $"\e[{Numbers()}~",
            };
            if (!sequence.EndsWith('u') && !sequence.EndsWith('['))
            {
                return sequence;
            }
        }
    }

    private static string Shown(string sequence) => string.Concat(sequence.Select(c => c is >= ' ' and <= '~' ? c.ToString() : $"<{(int)c:x2}>"));

    private sealed class LaterClock : ITimeProvider
    {
        public DateTime Now { get; set; } = new(2026, 3, 14);

        public ITimer CreateTimer(TimeSpan interval, Action callback) => throw new NotSupportedException();

        public Task Delay(TimeSpan duration, CancellationToken cancellationToken = default) => throw new NotSupportedException();
    }
}
