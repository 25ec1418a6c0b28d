namespace Norris.Node.Tui;

/// <summary>What a piece of the screen means; the terminal's side decides how that looks.</summary>
public enum Tone : byte
{
    Plain,

    /// <summary>Times, rules, hints.</summary>
    Dim,

    /// <summary>What happened in the room: came, went, a new host.</summary>
    News,

    /// <summary>One's own messages that are not yet in the order.</summary>
    Pending,

    /// <summary>A user's name; the hue is the user's own.</summary>
    Name,

    /// <summary>A message that names this user.</summary>
    Mention,

    /// <summary>Something the user should know: refused, missed, cut off.</summary>
    Warning,

    Heading,

    /// <summary>The status line, and the same line while cut off.</summary>
    Bar,

    BarAlert,

    /// <summary>The mark for what came while one was reading further up.</summary>
    Mark,

    /// <summary>The input's prompt.</summary>
    Prompt,
}

/// <summary>One place on the screen. <paramref name="Width"/> 2 covers the next column too.</summary>
public readonly record struct Glyph(string Text, int Width, Tone Tone, int Hue = 0);

/// <summary>One row of the screen; exactly as wide as the screen.</summary>
public sealed class Row(IReadOnlyList<Glyph> glyphs) : IEquatable<Row>
{
    public IReadOnlyList<Glyph> Glyphs { get; } = glyphs;

    /// <summary>What can be read in it, without the blanks at its end.</summary>
    public string Text => string.Concat(Glyphs.Select(glyph => glyph.Text)).TrimEnd();

    public bool Equals(Row? other) => other is not null && Glyphs.SequenceEqual(other.Glyphs);

    public override bool Equals(object? obj) => Equals(obj as Row);

    public override int GetHashCode() => Glyphs.Count;

    public override string ToString() => Text;
}

/// <summary>The whole screen at one moment.</summary>
/// <param name="CursorX">Where the input's cursor stands.</param>
public sealed record Frame(IReadOnlyList<Row> Rows, int CursorX, int CursorY);

/// <summary>Puts a row together from left to right. What does not fit is cut off at a whole character.</summary>
public sealed class RowBuilder(int width, Tone fill = Tone.Plain)
{
    private readonly List<Glyph> _glyphs = new(width);

    /// <summary>Columns used so far.</summary>
    public int Used { get; private set; }

    public int Left => width - Used;

    public RowBuilder Add(string text, Tone tone, int hue = 0)
    {
        foreach (var cell in Cells.Of(text))
        {
            if (!Add(cell, tone, hue))
            {
                break;
            }
        }

        return this;
    }

    public bool Add(Cell cell, Tone tone, int hue = 0)
    {
        if (cell.Width > Left)
        {
            return false;
        }

        _glyphs.Add(new Glyph(cell.Text, cell.Width, tone, hue));
        Used += cell.Width;
        return true;
    }

    /// <summary>Like <see cref="Add(string, Tone, int)"/>; where the text needs more than <paramref name="columns"/>, it ends in ….</summary>
    public RowBuilder AddShortened(string text, int columns, Tone tone, int hue = 0)
    {
        columns = Math.Min(columns, Left);
        var cells = Cells.Of(text);
        var whole = cells.Sum(cell => cell.Width) <= columns;
        var end = Used + (whole ? columns : columns - 1);
        foreach (var cell in cells)
        {
            if (Used + cell.Width > end || !Add(cell, tone, hue))
            {
                break;
            }
        }

        return whole || columns < 1 ? this : Add("…", tone, hue);
    }

    public RowBuilder PadTo(int column, Tone? tone = null)
    {
        while (Used < Math.Min(column, width))
        {
            _glyphs.Add(new Glyph(" ", 1, tone ?? fill));
            Used++;
        }

        return this;
    }

    public RowBuilder Append(Row row)
    {
        foreach (var glyph in row.Glyphs)
        {
            Add(new Cell(glyph.Text, glyph.Width, 0, 0), glyph.Tone, glyph.Hue);
        }

        return this;
    }

    public Row Build()
    {
        PadTo(width);
        return new Row(_glyphs);
    }
}
