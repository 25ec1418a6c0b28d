using System.Globalization;
using Norris.Node.Screens;

namespace Norris.Node.Tui;

/// <summary>How a line of the transcript is wrapped and drawn: the time in a column of its own, the rest beside it.</summary>
public static class TranscriptRows
{
    /// <summary>Columns of the time and what follows it.</summary>
    public const int Gutter = 6;

    private const int NarrowestText = 8;

    /// <summary>Stands before who does something.</summary>
    private const string Star = "* ";

    public static int Count(TranscriptLine line, int width) => Parts(Whole(line).Text).Sum(part => Wrap.Words(Cells.Of(part), TextWidth(width)).Count);

    /// <param name="isMarked">It came while the user was reading further up, or a search has found it.</param>
    public static List<Row> Of(TranscriptLine line, int width, bool isMarked)
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
        return Draw(Whole(line), line.Who, time, tone, isMarked, width, quotes: line.Quote > 0);
    }

    public static List<Row> Of(PendingMessage message, string name, int width) =>
        Draw(Said(name, message.Text), "", " ··· ", Tone.Pending, isMarked: false, width);

    private static List<Row> Draw((string Text, int NameAt) whole, string who, string time, Tone tone, bool isMarked, int width, bool quotes = false)
    {
        var rows = new List<Row>();
        var nameEnd = whole.NameAt + Cells.Of(who).Count;
        foreach (var part in Parts(whole.Text))
        {
            var isFirst = rows.Count == 0;
            var toneOfPart = isFirst && quotes ? Tone.Dim : tone;
            foreach (var segment in Wrap.Words(Cells.Of(part), TextWidth(width)))
            {
                var row = new RowBuilder(width).Add(rows.Count == 0 ? time : "", Tone.Dim).PadTo(Gutter - 1).Add(isMarked ? "▎" : " ", Tone.Mark);
                for (var i = 0; i < segment.Count; i++)
                {
                    var isName = isFirst && segment.Offset + i >= whole.NameAt && segment.Offset + i < nameEnd;
                    row.Add(segment[i], isName ? Tone.Name : toneOfPart, isName ? Hues.Of(who) : 0);
                }

                rows.Add(row.Build());
            }
        }

        return rows;
    }

    private static int TextWidth(int width) => Math.Max(NarrowestText, width - Gutter);

    private static string[] Parts(string text) => text.ReplaceLineEndings("\n").Split('\n');

    /// <summary>A line with what stands before its text, and where in that the name begins.</summary>
    private static (string Text, int NameAt) Whole(TranscriptLine line) => line.Kind switch
    {
        LineKind.Said => Said(line.Who, line.Text),
        LineKind.Warning => ($"! {line.Text}", 0),
        LineKind.News => ($"· {line.Text}", 0),
        _ => (line.Text, 0),
    };

    private static (string Text, int NameAt) Said(string who, string text) =>
        ChatCommands.Deed(text) is { } deed ? ($"{Star}{who} {deed}", Star.Length) : ($"{who}: {text}", 0);
}
