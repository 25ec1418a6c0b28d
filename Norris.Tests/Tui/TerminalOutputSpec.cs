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
    private const int Height = 40;

    private static readonly string[] Said =
    [
        "👩‍👩‍👧 family", "🏳️‍🌈 pride", "👨🏽‍🤝‍👨🏻 couple", "❤️‍🔥", "1️⃣ keycap", "👍🏽 toned", "🇩🇪🇫🇷 flags", "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f of Scotland", "日本語と한국어", "e\u0301 é ü", "नमस्ते की", "ﷺ long",
        "☺ ☺️ ⚠ ⚠️", "👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧 end",
        "… “quotes” → ★ ● ─── ½ ¼ α β",
    ];

    public static TheoryData<string> Terminals => ["each rune for itself", "a cluster is one picture", "ambiguous ones are wide", "every emoji is narrow"];

    [Theory]
    [MemberData(nameof(Terminals))]
    public void Every_border_stands_in_its_column_whatever_a_terminal_takes_for_wide(string terminal)
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

        var border = Enumerable.Range(0, Height).Where(y => frame.Rows[y].Text.Contains('│', StringComparison.Ordinal)).ToList();
        Assert.True(border.Count > Said.Length);
        Assert.All(border, y => Assert.StartsWith("│", screen.At(61, y), StringComparison.Ordinal));
        Assert.StartsWith("● connected", screen.Row(Height - 2).TrimStart(), StringComparison.Ordinal);
        Assert.True(screen.Wraps);
    }

    private static OutputBufferImpl Buffer(Frame frame)
    {
        var buffer = new OutputBufferImpl();
        buffer.SetSize(Width, Height);
        for (var y = 0; y < Height; y++)
        {
            var x = 0;
            foreach (var glyph in frame.Rows[y].Glyphs)
            {
                buffer.Move(x, y);
                buffer.AddStr(glyph.Text);
                x += glyph.Width;
            }
        }

        return buffer;
    }

    /// <summary>A terminal, as far as this output needs one.</summary>
    private sealed partial class Screen(string kind)
    {
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
            var pieces = kind == "a cluster is one picture"
                ? StringInfo.GetTextElementEnumerator(text).AsElements()
                : text.EnumerateRunes().Select(rune => rune.ToString());
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
                "a cluster is one picture" => Math.Clamp(UnicodeCalculator.GetWidth(rune), 0, 2),
                "ambiguous ones are wide" => rune.Value is > 0xa0 and < 0x2e80 && UnicodeCalculator.GetWidth(rune) == 1 ? 2 : Math.Max(0, UnicodeCalculator.GetWidth(rune)),
                "every emoji is narrow" => rune.Value > 0x1f000 ? 1 : Math.Max(0, UnicodeCalculator.GetWidth(rune)),
                _ => Math.Max(0, UnicodeCalculator.GetWidth(rune)),
            };
        }

        private void Put(string piece, int width)
        {
            if (width == 0)
            {
                return;
            }

            if (_x + width > Width)
            {
                Assert.False(Wraps, "the terminal goes on in the next row");
                _x = Width - width;
            }

            _cells[_y, _x] = piece;
            if (width == 2)
            {
                _cells[_y, _x + 1] = "";
            }

            _x += width;
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
