using Norris.Core.Room;
using Norris.Node.Session;

namespace Norris.Node.Tui;

/// <summary>What the screen's model is told. A closed set.</summary>
public abstract record TuiInput
{
    private TuiInput()
    {
    }

    /// <summary>Something happened in the room. <paramref name="At"/>: when it was seen here.</summary>
    public sealed record Happened(ChatEvent Event, DateTimeOffset At) : TuiInput;

    /// <summary>The room as it is now.</summary>
    public sealed record Looked(RoomView View) : TuiInput;

    /// <summary>Characters were typed.</summary>
    public sealed record Typed(string Text) : TuiInput;

    /// <summary>A text was pasted: its line breaks are part of the message.</summary>
    public sealed record Pasted(string Text) : TuiInput;

    public sealed record Pressed(TuiKey Key) : TuiInput;

    public sealed record Resized(int Width, int Height) : TuiInput;

    /// <summary>What became of a <see cref="TuiCommand.Say"/>.</summary>
    public sealed record Answered(string Text, SayResult Result, DateTimeOffset At) : TuiInput;

    /// <summary>Something to be told in words.</summary>
    public sealed record Told(string Text, bool IsWarning, DateTimeOffset At) : TuiInput;

    /// <summary>What a <see cref="TuiCommand.ReadOlder"/> found: a page of the archive, or why there is none.</summary>
    public sealed record Older(ChatEvent Found) : TuiInput;

    /// <summary>Somebody outside the screen (a signal, the program) wants this user to leave.</summary>
    public sealed record AskedToLeave : TuiInput;
}

public enum TuiKey
{
    Enter,
    NewLine,
    Tab,
    Backspace,
    Delete,
    Left,
    Right,
    Up,
    Down,
    WordLeft,
    WordRight,
    Home,
    End,
    PageUp,
    PageDown,
    WheelUp,
    WheelDown,
    Top,
    Bottom,
    CutWord,
    CutToStart,
    CutToEnd,
    Escape,
    Interrupt,
    EndOfInput,
    Suspend,
}

/// <summary>What the model wants done, in order. A closed set.</summary>
public abstract record TuiCommand
{
    private TuiCommand()
    {
    }

    /// <summary>Hand a message to the session, and tell the model the answer before anything else happens.</summary>
    /// <param name="Wish">It is about a message that was said before; null: about none.</param>
    public sealed record Say(string Text, RelationWish? Wish = null) : TuiCommand;

    public sealed record AskForName(string Name) : TuiCommand;

    public sealed record Reform : TuiCommand;

    public sealed record ChangeRoom(RoomSettingKind Setting, string Text) : TuiCommand;

    public sealed record AskCircle(CircleWish Wish) : TuiCommand;

    /// <summary>Read the last messages of the archive, or those that have the words; null: as many as is usual.</summary>
    public sealed record ReadHistory(string Words, int? Count) : TuiCommand;

    /// <summary>Read what was said before this user came.</summary>
    public sealed record ReadEarlier(WelcomeEvent Welcome) : TuiCommand;

    /// <summary>Read the page of the archive before a number, to go above what is shown.</summary>
    public sealed record ReadOlder(long Before) : TuiCommand;

    /// <summary>Keep what the user wants to be told of who comes and goes.</summary>
    public sealed record KeepNotices(JoinNotices Wanted) : TuiCommand;

    public sealed record Bell : TuiCommand;

    /// <summary>Say goodbye; the end of it is a <see cref="ByeEvent"/> or the session's word that it left.</summary>
    public sealed record Leave : TuiCommand;

    /// <summary>Give the terminal back now.</summary>
    public sealed record Quit : TuiCommand;
}
