using System.Globalization;
using Norris.Lab.Rooms;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Norris.Lab.Demo;

/// <summary>Draws the demo. A function of its state and the room there is; made for 80 columns and 24 rows, and for more.</summary>
internal static class DemoPicture
{
    private const int HeadRows = 3;
    private const int FootRows = 4;
    private const int Borders = 2;
    private const int FewestMessages = 5;

    /// <param name="oneLine">Makes a text one line that does nothing to a terminal.</param>
    public static IRenderable Draw(DemoState state, Func<string, string> oneLine, int width, int height)
    {
        var listRows = Math.Clamp(Math.Max(state.NodesWanted + 1, state.KillsWanted) + 1, 5, Math.Max(5, height - HeadRows - FootRows - 2 * Borders - FewestMessages));
        var messageRows = Math.Max(1, height - HeadRows - FootRows - listRows - 2 * Borders);
        var left = Math.Max(36, width / 2);
        return new Layout("all").SplitRows(
            new Layout(Head(state)).Size(HeadRows),
            new Layout("lists").Size(listRows + Borders).SplitColumns(
                new Layout(Box("nodes", Nodes(state, listRows))).Size(left),
                new Layout(Box($"kills, {state.Kills.Count} of {state.KillsWanted}", Kills(state, listRows)))),
            new Layout(Box(string.Create(CultureInfo.InvariantCulture, $"messages: {state.Said:N0}, {state.Rate:0} a second"), Messages(state, oneLine, messageRows, width)))
                .Size(messageRows + Borders),
            new Layout(Foot(state)).Size(FootRows));
    }

    private static Panel Head(DemoState state) => Box(
        "norris demo",
        new Markup(
            $"[bold]{state.Doing.EscapeMarkup()}[/]  [grey]·[/]  host [bold yellow]{Or(state.Host, "none yet").EscapeMarkup()}[/]  [grey]·[/]  "
            + string.Create(CultureInfo.InvariantCulture, $"epoch [bold]{state.Epoch}[/]  [grey]·[/]  {state.Nodes.Count(n => n.What is "hosts" or "here")} here  [grey]·[/]  {state.Running:m\\:ss}"))
        { Overflow = Overflow.Ellipsis });

    private static Table Nodes(DemoState state, int rows)
    {
        var table = Columns("name", "address", "", "shown");
        table.Columns[3].RightAligned();

        // The living first; of the dead, the last ones that there is room for.
        var living = state.Nodes.Where(n => n.What != "killed").ToList();
        var dead = state.Nodes.Where(n => n.What == "killed").TakeLast(Math.Max(0, rows - 1 - living.Count));
        foreach (var node in living.Concat(dead).Take(rows - 1))
        {
            var colour = node.What switch { "hosts" => "bold yellow", "here" => "default", "killed" => "red strikethrough", _ => "blue" };
            table.AddRow(
                new Markup($"[{colour}]{node.Name.EscapeMarkup()}[/]"),
                new Markup($"[grey]{node.Address.EscapeMarkup()}[/]"),
                new Markup($"[{colour.Replace(" strikethrough", "", StringComparison.Ordinal)}]{node.What.EscapeMarkup()}[/]"),
                new Text(node.Shown.ToString("N0", CultureInfo.InvariantCulture)));
        }

        return table;
    }

    private static Table Kills(DemoState state, int rows)
    {
        var table = Columns("SIGKILL", "next host", "epoch", "gap");
        table.Columns[2].RightAligned();
        table.Columns[3].RightAligned();
        foreach (var kill in state.Kills.TakeLast(rows - 1))
        {
            table.AddRow(
                new Markup($"[red]{kill.Victim.EscapeMarkup()}[/]"),
                new Text(kill.Successor ?? "…"),
                new Text(kill.Successor is null ? "" : kill.Epoch.ToString(CultureInfo.InvariantCulture)),
                new Markup(kill.Gap is { } gap ? $"[bold]{Figures.Seconds(gap)}[/]" : ""));
        }

        return table;
    }

    private static Rows Messages(DemoState state, Func<string, string> oneLine, int rows, int width) => new(state.Messages.TakeLast(rows).Select(message =>
    {
        var number = message.Seq.ToString(CultureInfo.InvariantCulture).PadLeft(6);
        var line = oneLine($"{message.User}: {message.Text}");
        var room = Math.Max(1, width - number.Length - 6);
        return (IRenderable)new Markup($"[grey]{number}[/]  {(line.Length > room ? line[..room] : line).EscapeMarkup()}") { Overflow = Overflow.Crop };
    }));

    private static Panel Foot(DemoState state)
    {
        var compared = string.Create(CultureInfo.InvariantCulture, $"all transcripts compared: {state.LinesCompared:N0} lines");
        var figures = string.Create(CultureInfo.InvariantCulture, $"lost {state.Lost}  ·  doubled {state.Doubled}  ·  out of order {state.Disorder}");
        return state.FirstViolation is null
            ? Box("check", new Rows(new Markup($"[green]✓[/] {compared}"), new Markup($"  [green]{figures}[/]")))
            : Box("check", new Rows(new Markup($"[red]✗ {figures}[/]"), new Markup($"  [red]{state.FirstViolation.EscapeMarkup()}[/]") { Overflow = Overflow.Ellipsis }));
    }

    private static Panel Box(string title, IRenderable content) =>
        new(content) { Header = new PanelHeader($" {title.EscapeMarkup()} "), Border = BoxBorder.Rounded, BorderStyle = new Style(Color.Grey), Expand = true, Padding = new Padding(1, 0) };

    private static Table Columns(params string[] titles)
    {
        var table = new Table { Border = TableBorder.None, Expand = true };
        foreach (var title in titles)
        {
            table.AddColumn(new TableColumn(new Markup($"[grey]{title}[/]")) { NoWrap = true, Padding = new Padding(0, 0, 1, 0) });
        }

        return table;
    }

    private static string Or(string text, string instead) => text.Length > 0 ? text : instead;
}
