using System.Globalization;
using Norris.Core.Protocol;
using Norris.Node.Screens;
using Norris.Node.Session;

namespace Norris.Node.Tui;

/// <summary>The pages that stand in for the transcript: help, the people, and the cluster from inside.</summary>
public static class TuiPages
{
    private static readonly (string What, string Does)[] Help =
    [
        .. ChatCommands.All.Select(command => (command.Form, command.Does)),
        ("//x", "says /x"),
        ("", ""),
        ("Enter", "says it; Alt+Enter or Ctrl+J begins another line"),
        ("Tab", "completes a name or a command; again: the next one that fits"),
        ("Up, Down", "what you said before"),
        ("PgUp, PgDn, wheel", "reads further up and down; above the top, from an archive"),
        ("Ctrl+Home, Ctrl+End", "the oldest, the newest; Esc goes to the newest too"),
        ("Ctrl+W, U, K", "cuts the word, to the line's start, to its end"),
        ("Ctrl+C", "clears the line; twice leaves"),
        ("Ctrl+Z", "is not for a node: stopped, it would hold the room up"),
        ("Shift+mouse", "selects text"),
        ("", ""),
        ("grey ···", "your message is on its way into the order"),
        ("★", "the node that is host: it puts the messages in order"),
    ];

    public static IReadOnlyList<Row> Of(TuiModel model, int width) => model.Page switch
    {
        TuiPage.Help => [.. Help.SelectMany(line => HelpOn(line.What, line.Does, width))],
        TuiPage.Who => Who(model, width),
        TuiPage.Inside => Inside(model, width),
        _ => [],
    };

    public static string TitleOf(TuiPage page) => page switch
    {
        TuiPage.Help => "Help",
        TuiPage.Who => "Who is here",
        TuiPage.Inside => "Inside the room",
        _ => "",
    };

    private static IEnumerable<Row> HelpOn(string what, string does, int width)
    {
        const int beside = 22;
        foreach (var part in Wrap.Words(Cells.Of(does), Math.Max(8, width - beside)))
        {
            var row = new RowBuilder(width).Add(part.Offset == 0 ? $" {what}" : "", Tone.Heading).PadTo(beside);
            foreach (var cell in part)
            {
                row.Add(cell, Tone.Plain);
            }

            yield return row.Build();
        }
    }

    private static List<Row> Who(TuiModel model, int width)
    {
        var rows = new List<Row>();
        foreach (var user in TuiDraw.Sorted(model.View?.Users ?? []))
        {
            rows.Add(new RowBuilder(width)
                .Add($" {TuiDraw.Mark(user)}", Tone.Mark)
                .AddShortened(user.Name, 32, Tone.Name, Hues.Of(user.Name))
                .PadTo(42)
                .Add(user.OnHost ? "★" : " ", Tone.Mark)
                .Add($" {user.Node}", Tone.Dim)
                .Build());
        }

        return rows;
    }

    private static List<Row> Inside(TuiModel model, int width)
    {
        if (model.View is not { } view)
        {
            return [new RowBuilder(width).Add(" not in a room yet", Tone.Dim).Build()];
        }

        var node = Math.Clamp(view.Nodes.Select(it => Cells.WidthOf(it.Node)).DefaultIfEmpty(0).Max(), 12, Math.Max(12, width - 44));
        var rows = new List<Row>
        {
            Fact(width, "room", $"{view.Room}   epoch {new Epoch(view.Epoch)}   delivery {TuiWords.Of(view.Delivery)}"),
            Fact(width, "order", $"highest {N(view.Highest)}   stable {N(view.Stable)}   shown {N(model.Seq)}   hash {model.Hash:x16}"),
            Fact(width, "outbox", $"{N(view.Pending)} on the way"),
            new RowBuilder(width).Build(),
            new RowBuilder(width).Add("   " + "node".PadRight(node), Tone.Heading).Add("  role      received     lag  state", Tone.Heading).Build(),
        };
        foreach (var it in view.Nodes)
        {
            var role = it.IsHost ? "host" : "replica";
            var state = string.Join(", ", new[] { it.Reachable ? "" : "UNREACHABLE", it.Recording ? "records" : "", it.IsMe ? "this node" : "" }.Where(word => word.Length > 0));
            rows.Add(new RowBuilder(width)
                .Add(it.IsHost ? " ★ " : "   ", Tone.Mark)
                .AddShortened(it.Node, node, Tone.Plain)
                .PadTo(3 + node)
                .Add($"  {role,-7} {N(it.Received),10} {N(it.Lag),7}  ", Tone.Plain)
                .Add(state, it.Reachable ? Tone.Dim : Tone.Warning)
                .Build());
        }

        rows.Add(new RowBuilder(width).Build());
        rows.Add(new RowBuilder(width).Add("   changes of host seen here", Tone.Heading).Build());
        if (view.Failovers.Count == 0)
        {
            rows.Add(new RowBuilder(width).Add("   none", Tone.Dim).Build());
        }

        foreach (var it in view.Failovers.Reverse())
        {
            var at = TimeZoneInfo.ConvertTime(it.At, model.Zone).ToString("HH:mm:ss", CultureInfo.InvariantCulture);
            var seconds = it.Seconds.ToString("0.00", CultureInfo.InvariantCulture);
            rows.Add(new RowBuilder(width).Add($"   {at}  {seconds,6} s  epoch {new Epoch(it.Epoch)}  {it.From} → {it.To}", Tone.Plain).Build());
        }

        return rows;
    }

    private static Row Fact(int width, string what, string value) =>
        new RowBuilder(width).Add("   " + what, Tone.Heading).PadTo(11).Add(value, Tone.Plain).Build();

    private static string N(long number) => number.ToString(CultureInfo.InvariantCulture);
}
