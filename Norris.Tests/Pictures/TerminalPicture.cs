using System.Globalization;
using System.Security;
using System.Text;
using Norris.Node.Tui;

namespace Norris.Tests.Pictures;

/// <summary>What terminals show, as one SVG: text as tmux captures it with its styles, each character in its column whatever font there is.</summary>
internal sealed class TerminalPicture
{
    private const double CellWidth = 7.8;
    private const double CellHeight = 17;
    private const double Margin = 12;
    private const double Bar = 30;
    private const string Ink = "#d7dae0";
    private const string Ground = "#1b1e24";

    /// <summary>The sixteen that a terminal has of its own.</summary>
    private static readonly string[] Colours =
    [
        "#3a3f4a", "#ff8f87", "#9ee493", "#f5c97a", "#7cc5ff", "#c9a6ff", "#6fdcdc", "#d7dae0", "#7f8694", "#ffb3ad", "#b9f0b0", "#ffdf9e", "#a5d8ff", "#dcc6ff", "#9ceaea", "#ffffff",
    ];

    private readonly StringBuilder _svg = new();

    private TerminalPicture()
    {
    }

    public static string Of(string says, params (string Title, string[] Rows)[] terminals)
    {
        var columns = terminals.Max(t => t.Rows.Max(row => Runs(row).Sum(run => Cells.WidthOf(run.Text))));
        var (width, height) = ((columns * CellWidth) + (2 * Margin), (terminals.Max(t => t.Rows.Length) * CellHeight) + Bar + Margin);
        var all = terminals.Length * (width + Margin) - Margin;
        var picture = new TerminalPicture();
        picture.Add($"""<svg xmlns="http://www.w3.org/2000/svg" width="{all:0}" height="{height:0}" viewBox="0 0 {all:0} {height:0}" role="img" aria-label="{Escape(says)}">""");
        picture.Add($$"""<style>text { font: 13px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: {{Ink}}; white-space: pre }</style>""");
        foreach (var (title, rows) in terminals)
        {
            picture.Draw(title, rows, Array.IndexOf(terminals, (title, rows)) * (width + Margin), width, height);
        }

        picture.Add($"</svg>");
        return picture._svg.ToString();
    }

    private void Draw(string title, string[] rows, double left, double width, double height)
    {
        Add($"""<g transform="translate({left:0.#} 0)">""");
        Add($"""<rect x="0.5" y="0.5" width="{width - 1:0.#}" height="{height - 1:0.#}" rx="9" fill="{Ground}" stroke="{Colours[0]}"/>""");
        Add($"""<g fill="#4a505c"><circle cx="18" cy="16" r="5"/><circle cx="34" cy="16" r="5"/><circle cx="50" cy="16" r="5"/></g>""");
        Add($"""<text x="72" y="20" font-size="12" fill="{Colours[8]}" style="fill: {Colours[8]}">{Escape(title)}</text>""");
        for (var row = 0; row < rows.Length; row++)
        {
            var (x, top) = (Margin, Bar + (row * CellHeight));
            foreach (var (text, style) in Runs(rows[row]))
            {
                var wide = Cells.WidthOf(text) * CellWidth;
                if (style.Back is { } back)
                {
                    Add($"""<rect x="{x:0.#}" y="{top:0.#}" width="{wide:0.#}" height="{CellHeight:0.#}" fill="{back}"/>""");
                }

                if (text.Trim().Length > 0)
                {
                    Add($"""<text x="{x:0.#}" y="{top + 13:0.#}" textLength="{wide:0.#}" lengthAdjust="spacingAndGlyphs" style="fill: {style.Fore}{(style.IsBold ? "; font-weight: bold" : "")}{(style.IsDim ? "; opacity: .7" : "")}">{Escape(text)}</text>""");
                }

                x += wide;
            }
        }

        Add($"</g>");
    }

    private void Add(FormattableString line) => _svg.AppendLine(line.ToString(CultureInfo.InvariantCulture));

    private static string Escape(string text) => SecurityElement.Escape(text);

    /// <summary>A row in pieces of one style. Nothing but styles is expected of tmux.</summary>
    private static List<(string Text, Style Style)> Runs(string row)
    {
        var runs = new List<(string, Style)>();
        var style = Style.None;
        foreach (var (piece, i) in row.Split("\e[").Select((piece, i) => (piece, i)))
        {
            var end = i == 0 ? -1 : piece.IndexOf('m', StringComparison.Ordinal);
            style = i == 0 ? style : style.With(piece[..end]);
            if (end + 1 < piece.Length)
            {
                runs.Add((piece[(end + 1)..], style));
            }
        }

        return runs;
    }

    private sealed record Style(string? Front, string? Ground, bool IsBold, bool IsDim, bool IsReverse)
    {
        public static Style None { get; } = new(null, null, false, false, false);

        public string Fore => IsReverse ? Ground ?? TerminalPicture.Ground : Front ?? Ink;

        public string? Back => IsReverse ? Front ?? Ink : Ground;

        /// <summary>After what stands between ESC [ and m.</summary>
        public Style With(string codes)
        {
            var style = this;
            var parts = codes.Split(';').Select(code => code.Length == 0 ? 0 : int.Parse(code, CultureInfo.InvariantCulture)).ToArray();
            for (var i = 0; i < parts.Length; i++)
            {
                style = parts[i] switch
                {
                    0 => None,
                    1 => style with { IsBold = true },
                    2 => style with { IsDim = true },
                    7 => style with { IsReverse = true },
                    22 => style with { IsBold = false, IsDim = false },
                    27 => style with { IsReverse = false },
                    >= 30 and <= 37 => style with { Front = Colours[parts[i] - 30] },
                    >= 90 and <= 97 => style with { Front = Colours[parts[i] - 82] },
                    38 => style with { Front = Colour(parts, ref i) },
                    39 => style with { Front = null },
                    >= 40 and <= 47 => style with { Ground = Colours[parts[i] - 40] },
                    >= 100 and <= 107 => style with { Ground = Colours[parts[i] - 92] },
                    48 => style with { Ground = Colour(parts, ref i) },
                    49 => style with { Ground = null },
                    _ => style,
                };
            }

            return style;
        }

        private static string Colour(int[] parts, ref int at)
        {
            if (parts[at + 1] == 2)
            {
                at += 4;
                return $"#{parts[at - 2]:x2}{parts[at - 1]:x2}{parts[at]:x2}";
            }

            at += 2;
            var number = parts[at];
            return number < 16 ? Colours[number]
                : number >= 232 ? Mixed(Enumerable.Repeat(8 + (10 * (number - 232)), 3))
                : Mixed(new[] { 36, 6, 1 }.Select(step => ((number - 16) / step % 6) is var level and > 0 ? 55 + (40 * level) : 0));
        }

        private static string Mixed(IEnumerable<int> parts) => $"#{string.Concat(parts.Select(part => part.ToString("x2", CultureInfo.InvariantCulture)))}";
    }
}
