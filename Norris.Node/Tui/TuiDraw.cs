using System.Globalization;
using Norris.Core.Protocol;
using Norris.Node.Screens;
using Norris.Node.Session;

namespace Norris.Node.Tui;

/// <summary>Where things are on a screen of the model's size.</summary>
/// <param name="BodyHeight">Rows of transcript and people, or of a page.</param>
/// <param name="PeopleWidth">Columns of the people beside the transcript, with the rule before them; 0 where it is too narrow.</param>
public readonly record struct TuiLayout(int TextWidth, int BodyHeight, int PeopleWidth, int InputRows)
{
    private const int WideEnoughForPeople = 60;
    private const int Wide = 120;

    public static TuiLayout Of(TuiModel model)
    {
        var people = model.Width < WideEnoughForPeople ? 0 : model.Width < Wide ? 20 : 32;
        var input = Math.Clamp(TuiDraw.InputOf(model).Rows.Count, 1, Math.Clamp(model.Height / 3, 1, TuiLimits.InputRows));
        return new TuiLayout(Math.Max(1, model.Width - people), Math.Max(0, model.Height - input - 1), people, input);
    }
}

/// <summary>The picture of a model. A function: the same model gives the same frame.</summary>
public static class TuiDraw
{
    private const int LongestNameInPrompt = 16;

    public static Frame Of(TuiModel model)
    {
        var layout = TuiLayout.Of(model);
        var rows = new List<Row>(model.Height);
        rows.AddRange(model.Page == TuiPage.None ? Room(model, layout) : Page(model, layout));
        rows.Add(StatusLine(model));

        var input = InputOf(model);
        var top = Math.Clamp(input.CursorRow - layout.InputRows + 1, 0, Math.Max(0, input.Rows.Count - layout.InputRows));
        rows.AddRange(input.Rows.Skip(top).Take(layout.InputRows));
        var cursorY = rows.Count - layout.InputRows + input.CursorRow - top;
        return new Frame([.. rows.Take(model.Height)], Math.Min(input.CursorColumn, model.Width - 1), Math.Clamp(cursorY, 0, model.Height - 1));
    }

    public static IEnumerable<UserView> Sorted(IReadOnlyList<UserView> users) =>
        users.OrderBy(user => user.Name, StringComparer.OrdinalIgnoreCase);

    /// <summary>The input, wrapped; and where its cursor is.</summary>
    public static (IReadOnlyList<Row> Rows, int CursorRow, int CursorColumn) InputOf(TuiModel model)
    {
        var name = model.Name.Length > 0 ? model.Name : "…";
        var rows = new List<Row>();
        var row = new RowBuilder(model.Width).AddShortened(name, Math.Min(LongestNameInPrompt, model.Width / 3), Tone.Prompt).Add("› ", Tone.Prompt);
        var indent = row.Used;
        int cursorRow = 0, cursorColumn = indent;
        var text = model.Editor.Text;
        var at = 0;
        foreach (var line in text.Split('\n'))
        {
            if (at > 0)
            {
                rows.Add(row.Build());
                row = new RowBuilder(model.Width).PadTo(indent);
            }

            foreach (var cell in Cells.Of(line))
            {
                // One column stays free for the cursor after the last character.
                if (row.Left - cell.Width < 1 && row.Used > indent)
                {
                    rows.Add(row.Build());
                    row = new RowBuilder(model.Width).PadTo(indent);
                }

                if (cell.Length > 0)
                {
                    MarkCursor(at + cell.Start);
                }

                row.Add(cell, Tone.Plain);
            }

            MarkCursor(at + line.Length);
            at += line.Length + 1;
        }

        rows.Add(row.Build());
        return (rows, cursorRow, cursorColumn);

        void MarkCursor(int position)
        {
            if (position <= model.Editor.Cursor)
            {
                (cursorRow, cursorColumn) = (rows.Count, row.Used);
            }
        }
    }

    private static List<Row> Room(TuiModel model, TuiLayout layout)
    {
        var alert = model.Connection == ConnectionState.Connected || layout.BodyHeight < 3 ? null : Alert(model);
        var title = alert is not null || layout.BodyHeight < 3 ? null : Title(model);
        var reading = model.Transcript.Place is not null && layout.BodyHeight > 1;
        var height = layout.BodyHeight - (alert is null && title is null ? 0 : 1) - (reading ? 1 : 0);
        var text = TranscriptOf(model, layout.TextWidth, height);
        if (reading)
        {
            text.Add(Mark(model, layout.TextWidth));
        }

        if (layout.PeopleWidth > 0)
        {
            var people = People(model, layout.PeopleWidth, text.Count);
            text = [.. text.Select((row, i) => new RowBuilder(model.Width).Append(row).PadTo(layout.TextWidth).Append(people[i]).Build())];
        }

        return (alert ?? title) is { } top ? [top, .. text] : text;
    }

    /// <summary>The room's name and topic; null: it has neither.</summary>
    private static Row? Title(TuiModel model) =>
        model.View is { Settings: var set } && RoomTitle.Of(set.Name.Text, set.Topic.Text) is { Length: > 0 } title
            ? new RowBuilder(model.Width, Tone.Heading).AddShortened($" {title}", model.Width, Tone.Heading).Build()
            : null;

    /// <summary>So many rows: those that end at the place one reads, or at the newest with what is still on its way.</summary>
    private static List<Row> TranscriptOf(TuiModel model, int width, int height)
    {
        var transcript = model.Transcript;
        var rows = new List<Row>();
        var line = transcript.Last;
        if (transcript.Clamp(transcript.Place, width) is { } place)
        {
            rows.AddRange(RowsOf(transcript, place.Line, width).Take(place.Row + 1));
            line = place.Line - 1;
        }
        else
        {
            rows.AddRange(PendingOf(model, width));
        }

        for (; rows.Count < height && line >= transcript.First; line--)
        {
            rows.InsertRange(0, RowsOf(transcript, line, width));
        }

        if (rows.Count > height)
        {
            return rows.GetRange(rows.Count - height, height);
        }

        rows.InsertRange(0, Enumerable.Repeat(new RowBuilder(width).Build(), height - rows.Count));
        return rows;
    }

    private static List<Row> RowsOf(Transcript transcript, long line, int width) =>
        TranscriptRows.Of(transcript.At(line), width, isMarked: (transcript.SeenUpTo > 0 && line > transcript.SeenUpTo) || line == transcript.Found);

    private static IEnumerable<Row> PendingOf(TuiModel model, int width)
    {
        foreach (var message in model.Pending.Take(TuiLimits.PendingShown))
        {
            foreach (var row in TranscriptRows.Of(message, model.Name, width))
            {
                yield return row;
            }
        }

        if (model.Pending.Count > TuiLimits.PendingShown)
        {
            var more = model.Pending.Count - TuiLimits.PendingShown;
            yield return new RowBuilder(width).PadTo(TranscriptRows.Gutter).Add($"and {more} more on the way", Tone.Pending).Build();
        }
    }

    private static Row Mark(TuiModel model, int width)
    {
        var unseen = model.Transcript.Unseen;
        var what = unseen switch
        {
            0 => "reading further up",
            1 => "1 new message below",
            _ => string.Create(CultureInfo.InvariantCulture, $"{unseen} new messages below"),
        };
        return new RowBuilder(width, Tone.Mark).Add($"──── ▼ {what} · Esc goes to the newest ", Tone.Mark).Add(new string('─', width), Tone.Mark).Build();
    }

    private static Row Alert(TuiModel model)
    {
        var (what, then) = model.Connection switch
        {
            ConnectionState.CutOff => ("CUT OFF", "what you say waits"),
            ConnectionState.HostSilent => ("HOST SILENT", "what you say waits"),
            _ => ("REJOINING", "what you say waits"),
        };
        var why = model.ConnectionWhy.Length > 0 ? $": {model.ConnectionWhy}" : "";
        return new RowBuilder(model.Width, Tone.BarAlert).AddShortened($" {what}{why} · {then}", model.Width, Tone.BarAlert).Build();
    }

    private static List<Row> People(TuiModel model, int width, int height)
    {
        var users = model.View?.Users ?? [];
        var rows = new List<Row> { Beside(width).Add($"People {users.Count}", Tone.Dim).Build() };
        foreach (var user in Sorted(users))
        {
            if (rows.Count == height - 1 && users.Count > height - 1)
            {
                rows.Add(Beside(width).Add($"  +{users.Count - rows.Count + 1} · /who", Tone.Dim).Build());
                break;
            }

            var row = Beside(width).Add(Mark(user), Tone.Mark);
            rows.Add(row.AddShortened(user.Name, row.Left, Tone.Name, Hues.Of(user.Name)).Build());
        }

        while (rows.Count < height)
        {
            rows.Add(Beside(width).Build());
        }

        return rows;
    }

    /// <summary>What stands before one's own name. No name begins with a bracket, so none looks like another one with a mark.</summary>
    public static string Mark(UserView user) => user.IsMe ? "[you] " : "";

    private static RowBuilder Beside(int width) => new RowBuilder(width).Add(" │ ", Tone.Dim);

    private static List<Row> Page(TuiModel model, TuiLayout layout)
    {
        var all = TuiPages.Of(model, model.Width);
        var rows = new List<Row>
        {
            new RowBuilder(model.Width).Add($"──── {TuiPages.TitleOf(model.Page)} · Esc closes ", Tone.Heading).Add(new string('─', model.Width), Tone.Dim).Build(),
        };
        var room = layout.BodyHeight - 1;
        var top = Math.Clamp(model.PageTop, 0, Math.Max(0, all.Count - room));
        rows.AddRange(all.Skip(top).Take(Math.Max(0, room)));
        while (rows.Count < layout.BodyHeight)
        {
            rows.Add(new RowBuilder(model.Width).Build());
        }

        return [.. rows.Take(layout.BodyHeight)];
    }

    private static Row StatusLine(TuiModel model)
    {
        if (model.Hint.Length > 0)
        {
            return new RowBuilder(model.Width, Tone.Bar).AddShortened(" " + model.Hint, model.Width, Tone.Bar).Build();
        }

        var view = model.View;
        var host = model.Host.Length > 0 ? model.Host : view?.Host ?? "";
        var room = view?.Room ?? "";
        var tone = model.Connection == ConnectionState.Connected ? Tone.Bar : Tone.BarAlert;

        // In the order of the line; the last number says which goes first where there is no room for all.
        (string Text, int GoesAt)[] facts =
        [
            ($" ● {TuiWords.Of(model.Connection)}", 0),
            (room.Length > 0 ? $"room {(room.Length > 8 ? room[..8] : room)}" : "", 5),
            (host.Length > 0 ? $"host {host}" : "", 3),
            ($"epoch {new Epoch(model.Epoch)}", 4),
            (string.Create(CultureInfo.InvariantCulture, $"seq {model.Seq}"), 1),
            ($"#{model.Hash >> 32:x8}", 1),
            (model.Pending.Count > 0 ? string.Create(CultureInfo.InvariantCulture, $"{model.Pending.Count} on the way") : "", 6),
            (view is not null ? TuiWords.Of(view.Delivery) : "", 7),
            (view is not null ? string.Create(CultureInfo.InvariantCulture, $"{view.Nodes.Count} {(view.Nodes.Count == 1 ? "node" : "nodes")}") : "", 8),
            ("/help", 2),
        ];
        var kept = facts.Where(fact => fact.Text.Length > 0).ToList();
        while (kept.Count > 1 && kept.Sum(fact => Cells.WidthOf(fact.Text) + 2) - 2 > model.Width)
        {
            kept.Remove(kept.MaxBy(fact => fact.GoesAt));
        }

        return new RowBuilder(model.Width, tone).AddShortened(string.Join("  ", kept.Select(fact => fact.Text)), model.Width, tone).Build();
    }
}
