using System.Globalization;

namespace Norris.Node.Tui;

/// <summary>How a line of the transcript is wrapped and drawn: the time in a column of its own, the rest beside it.</summary>
public static class TranscriptRows
{
    /// <summary>Columns of the time and what follows it.</summary>
    public const int Gutter = 6;

    private const int NarrowestText = 8;

    public static int Count(TranscriptLine line, int width)
    {
        var count = 0;
        foreach (var part in Parts(line.Text))
        {
            count += Wrap.Words(Body(line, part, count == 0), TextWidth(width)).Count;
        }

        return count;
    }

    /// <param name="isNew">It came while the user was reading further up: it bears a mark.</param>
    public static List<Row> Of(TranscriptLine line, int width, bool isNew)
    {
        if (line.Kind == LineKind.Day)
        {
            return [new RowBuilder(width).Add($"──── {line.Text} ", Tone.Dim).Add(new string('─', width), Tone.Dim).Build()];
        }

        var time = line.At.ToString("HH:mm", CultureInfo.InvariantCulture);
        var tone = line.Kind switch
        {
            LineKind.News => Tone.News,
            LineKind.Warning => Tone.Warning,
            _ => line.IsMention ? Tone.Mention : Tone.Plain,
        };
        return Draw(line.Text, part => Body(line, part.Text, part.IsFirst), line.Who, time, tone, isNew, width);
    }

    public static List<Row> Of(PendingMessage message, string name, int width) =>
        Draw(
            message.Text,
            part => Cells.Of(part.IsFirst ? $"{name}: {part.Text}" : part.Text),
            "",
            " ··· ",
            Tone.Pending,
            isNew: false,
            width);

    private static List<Row> Draw(
        string text, Func<(string Text, bool IsFirst), List<Cell>> body, string who, string time, Tone tone, bool isNew, int width)
    {
        var rows = new List<Row>();
        var name = Cells.Of(who).Count;
        foreach (var part in Parts(text))
        {
            var isFirst = rows.Count == 0;
            foreach (var segment in Wrap.Words(body((part, isFirst)), TextWidth(width)))
            {
                var row = new RowBuilder(width).Add(rows.Count == 0 ? time : "", Tone.Dim).PadTo(Gutter - 1).Add(isNew ? "▎" : " ", Tone.Mark);
                for (var i = 0; i < segment.Count; i++)
                {
                    var isName = isFirst && segment.Offset + i < name;
                    row.Add(segment[i], isName ? Tone.Name : tone, isName ? Hues.Of(who) : 0);
                }

                rows.Add(row.Build());
            }
        }

        return rows;
    }

    private static int TextWidth(int width) => Math.Max(NarrowestText, width - Gutter);

    private static string[] Parts(string text) => text.ReplaceLineEndings("\n").Split('\n');

    private static List<Cell> Body(TranscriptLine line, string part, bool isFirst) => Cells.Of((line.Kind, isFirst) switch
    {
        (LineKind.Said, true) => $"{line.Who}: {part}",
        (LineKind.Warning, true) => $"! {part}",
        (LineKind.News, true) => $"· {part}",
        _ => part,
    });
}
