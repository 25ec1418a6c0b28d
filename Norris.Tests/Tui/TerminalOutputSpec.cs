using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Norris.Node.Session;
using Norris.Node.Tui;
using Terminal.Gui.Drivers;
using Wcwidth;

namespace Norris.Tests.Tui;

/// <summary>What is drawn, as terminals show it that disagree about the width of characters.</summary>
public sealed partial class TerminalOutputSpec
{
    private const int Width = 80;
    private const int Height = 60;

    private static readonly string[] Said =
    [
        "👩‍👩‍👧 family", "🏳️‍🌈 pride", "👨🏽‍🤝‍👨🏻 couple", "❤️‍🔥", "1️⃣ keycap", "👍🏽 toned", "🇩🇪🇫🇷 flags", "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f of Scotland", "日本語と한국어", "e\u0301 é ü", "नमस्ते की", "ﷺ long",
        "☺ ☺️ ⚠ ⚠️", "👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧 end",
        "… “quotes” → ★ ● ─── ½ ¼ α β",
        .. Scripts.Words,
        string.Join(' ', Scripts.Words),
        string.Concat(Enumerable.Repeat("स्त्रीকা", 40)),
    ];

    public static TheoryData<string> Terminals =>
        [SignsApart, "signs are with their letter", "a cluster is one picture", "a conjunct is one picture", AmbiguousWide, "every emoji is narrow"];

    private const string SignsApart = "signs are apart, and pictures that are joined";
    private const string AmbiguousWide = "ambiguous ones are wide";

    [Theory]
    [MemberData(nameof(Terminals))]
    public void Every_text_is_whole_and_every_border_in_its_column_whatever_a_terminal_takes_for_wide(string terminal)
    {
        var session = new FakeChatSession();
        var loop = new TuiLoop(session, TimeProvider.System, TimeSpan.FromSeconds(1));
        loop.Input(new TuiInput.Resized(Width, Height));
        foreach (var text in Said)
        {
            session.Hear("bob", text);
        }

        loop.Turn();
        var frame = TuiDraw.Of(loop.Model);
        var screen = new Screen(terminal);
        screen.Show(TerminalOutput.Draw(Buffer(frame), (_, _, _) => { }));

        if (terminal != AmbiguousWide)
        {
            Assert.All(Enumerable.Range(0, Height), y => Assert.Equal(WithoutBlanks(frame.Rows[y].Text), WithoutBlanks(screen.Row(y))));
        }

        var border = Enumerable.Range(0, Height).Where(y => frame.Rows[y].Text.Contains('│', StringComparison.Ordinal)).ToList();
        Assert.True(border.Count > Said.Length);
        Assert.All(border, y => Assert.StartsWith("│", screen.At(61, y), StringComparison.Ordinal));
        Assert.StartsWith("● connected", screen.Row(Height - 2).TrimStart(), StringComparison.Ordinal);
        Assert.True(screen.Wraps);
    }

    private static string WithoutBlanks(string row) => row.Replace(" ", "", StringComparison.Ordinal);

    private static OutputBufferImpl Buffer(Frame frame)
    {
        var buffer = new OutputBufferImpl();
        buffer.SetSize(Width, Height);
        for (var y = 0; y < Height; y++)
        {
            var x = 0;
            foreach (var glyph in frame.Rows[y].Glyphs)
            {
                TerminalOutput.Put(buffer, x, y, glyph, null);
                x += glyph.Width;
            }
        }

        return buffer;
    }

    /// <summary>A terminal, as far as this output needs one.</summary>
    private sealed partial class Screen(string kind)
    {
        private const string Viramas = "\u094d\u09cd\u0a4d\u0acd\u0b4d\u0c4d\u0ccd\u0d4d\u0dca\u1039\u17d2\u1b44\ua9c0";
        private readonly string[,] _cells = new string[Height, Width];
        private int _x;
        private int _y;

        public bool Wraps { get; private set; } = true;

        public string At(int x, int y) => _cells[y, x] ?? " ";

        public string Row(int y) => string.Concat(Enumerable.Range(0, Width).Select(x => At(x, y)));

        public void Show(string output)
        {
            foreach (Match piece in Pieces().Matches(output))
            {
                if (piece.Value is "\e[?7l" or "\e[?7h")
                {
                    Wraps = piece.Value[^1] == 'h';
                }
                else if (piece.Value[0] == '\e')
                {
                    var numbers = piece.Value[2..^1].Split(';').Select(n => int.Parse(n, CultureInfo.InvariantCulture)).ToArray();
                    (_y, _x) = (numbers[0] - 1, numbers[1] - 1);
                }
                else
                {
                    Print(piece.Value);
                }
            }
        }

        private void Print(string text)
        {
            var pieces = kind switch
            {
                "a cluster is one picture" => StringInfo.GetTextElementEnumerator(text).AsElements(),
                "a conjunct is one picture" => Conjuncts(text),
                _ => text.EnumerateRunes().Select(rune => rune.ToString()),
            };
            foreach (var piece in pieces)
            {
                Put(piece, WidthOf(piece));
            }
        }

        private int WidthOf(string piece)
        {
            var rune = Rune.GetRuneAt(piece, 0);
            return kind switch
            {
                "a cluster is one picture" or "a conjunct is one picture" => Math.Min(2, piece.EnumerateRunes().Sum(WidthOf)),
                AmbiguousWide => rune.Value is > 0xa0 and < 0x2e80 && WidthOf(rune) == 1 ? 2 : WidthOf(rune),
                "every emoji is narrow" => rune.Value is > 0x1f000 and < 0x20000 ? 1 : WidthOf(rune),
                _ => WidthOf(rune),
            };
        }

        private int WidthOf(Rune rune) =>
            kind == SignsApart && Rune.GetUnicodeCategory(rune) == UnicodeCategory.SpacingCombiningMark ? 1 : Math.Max(0, UnicodeCalculator.GetWidth(rune));

        private void Put(string piece, int width)
        {
            if (width == 0)
            {
                var before = _x - 1;
                Assert.True(before >= 0, "a sign stands before everything");
                while (before > 0 && At(before, _y).Length == 0)
                {
                    before--;
                }

                _cells[_y, before] += piece;
                return;
            }

            if (_x + width > Width)
            {
                Assert.False(Wraps, "the terminal goes on in the next row");
                _x = Width - width;
            }

            Erase(_x);
            Erase(_x + width - 1);
            _cells[_y, _x] = piece;
            if (width == 2)
            {
                _cells[_y, _x + 1] = "";
            }

            _x += width;
        }

        /// <summary>Half a wide character is none. One that is wide only in some terminals is drawn narrow by their fonts, and half of it is seen.</summary>
        private void Erase(int x)
        {
            if (kind == AmbiguousWide)
            {
                return;
            }

            if (x > 0 && At(x, _y).Length == 0)
            {
                _cells[_y, x - 1] = " ";
            }

            if (x + 1 < Width && At(x + 1, _y).Length == 0)
            {
                _cells[_y, x + 1] = " ";
            }
        }

        /// <summary>Text elements, and in one piece those that a virama joins.</summary>
        private static IEnumerable<string> Conjuncts(string text)
        {
            var whole = "";
            foreach (var element in StringInfo.GetTextElementEnumerator(text).AsElements())
            {
                if (whole.Length > 0 && !Viramas.Contains(whole.TrimEnd('\u200d')[^1], StringComparison.Ordinal))
                {
                    yield return whole;
                    whole = "";
                }

                whole += element;
            }

            yield return whole;
        }

        [GeneratedRegex("\e\\[[?0-9;]*[A-Za-z]|[^\e]+")]
        private static partial Regex Pieces();
    }
}

internal static class TextElements
{
    public static IEnumerable<string> AsElements(this TextElementEnumerator elements)
    {
        while (elements.MoveNext())
        {
            yield return elements.GetTextElement();
        }
    }
}
