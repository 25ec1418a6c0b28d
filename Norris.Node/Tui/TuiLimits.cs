namespace Norris.Node.Tui;

/// <summary>What the terminal screen keeps and shows at most.</summary>
public static class TuiLimits
{
    /// <summary>Lines of the transcript that can be scrolled back to; the oldest go first.</summary>
    public const int TranscriptLines = 5000;

    /// <summary>UTF-16 units of text in those lines: long messages push old ones out sooner.</summary>
    public const int TranscriptChars = 4 * 1024 * 1024;

    /// <summary>Own messages on the way that are shown; the rest is a number.</summary>
    public const int PendingShown = 100;

    /// <summary>Lines of input that can be called back.</summary>
    public const int History = 200;

    /// <summary>UTF-16 units of all of them together.</summary>
    public const int HistoryChars = 256 * 1024;

    /// <summary>The narrowest and lowest terminal that is worth drawing on.</summary>
    public const int MinWidth = 40;

    public const int MinHeight = 8;

    /// <summary>Rows that the input grows to before it scrolls.</summary>
    public const int InputRows = 6;

    /// <summary>Marks that may sit on one character; more would only smear over its neighbours.</summary>
    public const int MarksOnACharacter = 8;

    /// <summary>Columns that what must stay whole takes: room for a family of four, and for as many letters and signs. What is longer is more than one.</summary>
    public const int ColumnsOfACharacter = 8;
}
