using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using Norris.Core.Room;
using Norris.Node.Screens;
using Norris.Node.Session;

namespace Norris.Node.Tui;

/// <summary>A page that is shown instead of the transcript.</summary>
public enum TuiPage
{
    None,
    Help,
    Who,
    Inside,
}

/// <summary>
/// The terminal screen without a terminal: what it is told goes in, what it wants done comes out, and <see cref="TuiDraw"/> makes the
/// picture of it. Immutable; no clock, no I/O.
/// </summary>
public sealed partial record TuiModel(TimeZoneInfo Zone)
{
    public int Width { get; private init; } = 80;

    public int Height { get; private init; } = 24;

    public RoomView? View { get; private init; }

    /// <summary>One's own name; empty before the host gave it.</summary>
    public string Name { get; private init; } = "";

    /// <summary>The entry that was shown last; the status line says what the transcript shows, not what is about to be.</summary>
    public long Seq { get; private init; }

    public long Epoch { get; private init; }

    public ulong Hash { get; private init; }

    public string Host { get; private init; } = "";

    public ConnectionState Connection { get; private init; } = ConnectionState.Rejoining;

    public string ConnectionWhy { get; private init; } = "";

    public Transcript Transcript { get; private init; } = Transcript.Empty;

    public ImmutableList<PendingMessage> Pending { get; private init; } = [];

    public Editor Editor { get; private init; } = Editor.Empty;

    public TuiPage Page { get; private init; }

    /// <summary>Rows that the page is scrolled down by.</summary>
    public int PageTop { get; private init; }

    /// <summary>A word on the last key, until the next one.</summary>
    public string Hint { get; private init; } = "";

    public bool BellOn { get; private init; }

    public bool IsLeaving { get; private init; }

    /// <summary>Why the session is over; null while it is not.</summary>
    public string? Bye { get; private init; }

    private bool LeavesOnInterrupt { get; init; }

    /// <summary>What the line of that number tells, for what belongs to it.</summary>
    private Gathering? Gathered { get; init; }

    private long GatheredIn { get; init; }

    /// <summary>Whom the user wants to be told of, of those who come and go.</summary>
    public JoinNotices Notices { get; init; }

    /// <summary>All whom the gathered line tells of are of those who are counted.</summary>
    private bool GatheredQuiet { get; init; }

    /// <summary>For so long people take what happens for one thing.</summary>
    private static readonly TimeSpan GathersFor = TimeSpan.FromSeconds(10);

    /// <summary>Who said something within this time takes part, and is missed by name.</summary>
    private static readonly TimeSpan Lately = TimeSpan.FromMinutes(15);

    public (TuiModel Model, IReadOnlyList<TuiCommand> Commands) Update(TuiInput input) => input switch
    {
        TuiInput.Happened it => OnHappened(it.Event, TimeZoneInfo.ConvertTime(it.At, Zone)),
        TuiInput.Looked it => Done(this with { View = it.View, Name = it.View.Name.Length > 0 ? it.View.Name : Name }),
        TuiInput.Typed it => OnTyped(it.Text),
        TuiInput.Pasted it => OnTyped(it.Text.ReplaceLineEndings("\n")),
        TuiInput.Pressed it => OnKey(it.Key),
        TuiInput.Resized it => Done(this with { Width = Math.Max(1, it.Width), Height = Math.Max(1, it.Height) }),
        TuiInput.Answered it => OnAnswered(it),
        TuiInput.Told it => Done(Tell(it.IsWarning ? LineKind.Warning : LineKind.News, TimeZoneInfo.ConvertTime(it.At, Zone), it.Text)),
        TuiInput.Older it => Done(OnOlder(it.Found)),
        TuiInput.AskedToLeave => IsLeaving ? Done(this) : Leave(),
        _ => throw new UnreachableException($"no such input: {input.GetType()}"),
    };

    private static (TuiModel, IReadOnlyList<TuiCommand>) Done(TuiModel model, params TuiCommand[] commands) => (model, commands);

    private TuiModel Tell(LineKind kind, DateTimeOffset at, string text) => this with { Transcript = Transcript.Add(kind, at, "", text) };

    private (TuiModel, IReadOnlyList<TuiCommand>) Leave() =>
        IsLeaving ? Done(this, new TuiCommand.Quit()) : Done(this with { IsLeaving = true, Hint = "leaving … (once more: at once)" }, new TuiCommand.Leave());

    // ---- what happens in the room ----

    private (TuiModel, IReadOnlyList<TuiCommand>) OnHappened(ChatEvent happened, DateTimeOffset at)
    {
        var next = happened is OrderedEvent ordered ? this with { Seq = ordered.Seq, Epoch = ordered.Epoch, Hash = ordered.Hash } : this;
        next = happened is HostEvent host ? next with { Host = host.Host } : next;
        return happened switch
        {
            JoinedEvent or LeftEvent or NodeEvent or HostEvent or FailoverEvent => Done(next.OnGathered(happened, at)),
            SaidEvent it => next.OnSaid(it),
            ByeEvent it => Done(next with { Bye = it.Why }, new TuiCommand.Quit()),
            WelcomeEvent it => next.OnWelcome(it, at),
            HistoryEvent it => Done(next.OnHistory(it, at)),
            ConnectionEvent it => Done((next with { Connection = it.State, ConnectionWhy = it.Why })
                .Tell(it.State == ConnectionState.Connected ? LineKind.News : LineKind.Warning, at, TuiWords.Of(it))),
            RefusedEvent it => Done((next with { Pending = next.WithoutRefused(it.Text) })
                .Tell(LineKind.Warning, at, $"refused: {it.Why}{(it.Text.Length > 0 ? $": {it.Text}" : "")}")),
            MissedEvent it => Done(next.Tell(LineKind.Warning, at, $"{LineScreen.Count(it.Count, "entry was", "entries were")} ordered while you could not see them")),
            RetractedEvent it => Done(next.Tell(LineKind.Warning, at, $"what was shown as {it.First} to {it.Last} was taken back: it is not in the order that goes on")),
            _ => Done(next.Tell(LineKind.News, at, TuiWords.Of(happened))),
        };
    }

    private (TuiModel, IReadOnlyList<TuiCommand>) OnSaid(SaidEvent said)
    {
        var own = Pending.FindIndex(message => message.Id == said.Id);
        var isMine = own >= 0 || (Name.Length > 0 && said.User == Name);
        var isMention = !isMine && said.IsToRead && TuiWords.Names(said.Text, Name);
        var at = TimeZoneInfo.ConvertTime(CalendarTime.Of(said.OrderedAt), Zone);
        var next = this with
        {
            Pending = own >= 0 ? Pending.RemoveAt(own) : Pending,
            Transcript = Changed(said) ?? Transcript.Add(LineKind.Said, at, said.User, SaidWords.Of(said), isMine, isMention, said.Seq, said.Shown, quote: SaidWords.Reply(said).Length),
        };
        return isMention && BellOn ? Done(next, new TuiCommand.Bell()) : Done(next);
    }

    /// <summary>With the message changed that an edit or a deletion is about; null: it is about none that is on this screen.</summary>
    private Transcript? Changed(SaidEvent said) =>
        said.Relation is { IsToOwn: true, Kind: var kind } ? Transcript.Replace(said.Original, SaidWords.After(said), kind == Core.Protocol.RelationKind.Deletion || said.About?.IsDeleted == true) : null;

    /// <summary>What belongs to what the last line tells, and came soon after it, is told there.</summary>
    private TuiModel OnGathered(ChatEvent happened, DateTimeOffset at)
    {
        if (Notices == JoinNotices.Off && happened is JoinedEvent or LeftEvent)
        {
            return this;
        }

        var isQuiet = Notices == JoinNotices.Few && happened switch
        {
            JoinedEvent it => !SpokeLately(it.User, at),
            LeftEvent { Reason: Core.Protocol.LeaveReason.Left } it => !SpokeLately(it.User, at),
            _ => false,
        };
        var counts = isQuiet && GatheredQuiet;
        var belongs = GatheredIn == Transcript.Last && Transcript.Lines is [.., var line] && (at - line.At <= GathersFor || (counts && at.Date == line.At.Date));
        var more = belongs ? Gathered?.With(happened, counts) : null;
        if ((more ?? Gathering.Begin(happened)) is not { } gathering)
        {
            return this;
        }

        var kind = gathering.IsWarning ? LineKind.Warning : LineKind.News;
        var next = more is null ? Tell(kind, at, gathering.Text) : this with { Transcript = Transcript.ReplaceLast(kind, gathering.Text) };
        return next with { Gathered = gathering, GatheredIn = next.Transcript.Last, GatheredQuiet = (more is null || GatheredQuiet) && (isQuiet || happened is NodeEvent) };
    }

    /// <summary>As far as this screen still shows it.</summary>
    private bool SpokeLately(string user, DateTimeOffset at)
    {
        for (var i = Transcript.Lines.Count - 1; i >= 0 && at - Transcript.Lines[i].At <= Lately; i--)
        {
            if (Transcript.Lines[i] is { Kind: LineKind.Said } said && said.Who == user)
            {
                return true;
            }
        }

        return false;
    }

    private ImmutableList<PendingMessage> WithoutRefused(string text)
    {
        var refused = Pending.FindIndex(message => message.Text == text);
        return refused >= 0 ? Pending.RemoveAt(refused) : Pending;
    }

    // ---- what the user does ----

    private (TuiModel, IReadOnlyList<TuiCommand>) OnTyped(string text)
    {
        var editor = Editor.Insert(text, out var fits);
        return Done(Touched() with { Editor = editor, Hint = fits ? "" : $"a message has at most {Core.Protocol.Limits.TextBytes / 1024} KiB; the rest was left out" });
    }

    /// <summary>A key was pressed: the hint on the last one goes.</summary>
    private TuiModel Touched() => this with { Hint = "", LeavesOnInterrupt = false };

    private (TuiModel, IReadOnlyList<TuiCommand>) OnKey(TuiKey key)
    {
        var next = Touched();
        return key switch
        {
            TuiKey.Enter => next.OnEnter(),
            TuiKey.NewLine => OnTyped("\n"),
            TuiKey.Tab => Done(next.OnTab()),
            TuiKey.Interrupt => next.OnInterrupt(LeavesOnInterrupt),
            TuiKey.Suspend => Done(next with { Hint = "this is a node of the room, and would hold it up while stopped; Ctrl+C twice leaves" }),
            TuiKey.EndOfInput when Editor.IsEmpty => next.Leave(),
            TuiKey.Escape when Page != TuiPage.None => Done(next with { Page = TuiPage.None }),
            TuiKey.Escape => Done(next with { Transcript = Transcript.ToEnd().AllSeen() }),
            TuiKey.PageUp => next.Scrolled(-(ScrollHeight - 1)).AtTop(),
            TuiKey.PageDown => Done(next.Scrolled(ScrollHeight - 1)),
            TuiKey.WheelUp => next.Scrolled(-3).AtTop(),
            TuiKey.WheelDown => Done(next.Scrolled(3)),
            TuiKey.Top when Page != TuiPage.None => Done(next with { PageTop = 0 }),
            TuiKey.Top => (next with { Transcript = Transcript.ToTop(Layout.TextWidth, ScrollHeight) }).AtTop(),
            TuiKey.Bottom => Done(Page != TuiPage.None ? next.Scrolled(PageRows.Count) : next with { Transcript = Transcript.ToEnd() }),
            _ => Done(next with { Editor = Edited(key) }),
        };
    }

    private Editor Edited(TuiKey key) => key switch
    {
        TuiKey.Backspace => Editor.Backspace(),
        TuiKey.Delete or TuiKey.EndOfInput => Editor.Delete(),
        TuiKey.Left => Editor.Left(),
        TuiKey.Right => Editor.Right(),
        TuiKey.Up => Editor.Up(),
        TuiKey.Down => Editor.Down(),
        TuiKey.WordLeft => Editor.WordLeft(),
        TuiKey.WordRight => Editor.WordRight(),
        TuiKey.Home => Editor.Home(),
        TuiKey.End => Editor.End(),
        TuiKey.CutWord => Editor.CutWord(),
        TuiKey.CutToStart => Editor.CutToStart(),
        TuiKey.CutToEnd => Editor.CutToEnd(),
        _ => throw new UnreachableException($"no such key: {key}"),
    };

    private TuiLayout Layout => TuiLayout.Of(this);

    private int ScrollHeight => Math.Max(2, Layout.BodyHeight - 1);

    private IReadOnlyList<Row> PageRows => TuiPages.Of(this, Width);

    private TuiModel Scrolled(int rows) => Page == TuiPage.None
        ? this with { Transcript = Transcript.Scroll(rows, Layout.TextWidth, ScrollHeight) }
        : this with { PageTop = Math.Clamp(PageTop + rows, 0, Math.Max(0, PageRows.Count - Layout.BodyHeight + 1)) };

    private (TuiModel, IReadOnlyList<TuiCommand>) OnInterrupt(bool again)
    {
        if (again || IsLeaving)
        {
            return Leave();
        }

        return Done(this with
        {
            Editor = Editor.Clear(),
            LeavesOnInterrupt = true,
            Hint = Editor.IsEmpty ? "Ctrl+C once more leaves the room" : "line cleared; Ctrl+C once more leaves the room",
        });
    }

    private (TuiModel, IReadOnlyList<TuiCommand>) OnEnter()
    {
        var text = Editor.Text;
        if (string.IsNullOrWhiteSpace(text))
        {
            return Done(this with { Editor = Editor.Clear() });
        }

        // The line is kept until it is done, so a refusal costs nobody a text.
        var next = this with { Editor = Editor.Taken() };
        return InputLine.Read(text) switch
        {
            InputAction.Say it => Done(this, new TuiCommand.Say(it.Text)),
            InputAction.Relate it => Done(this, new TuiCommand.Say(it.Wish.Text, it.Wish)),
            InputAction.Help => Done(next.Open(TuiPage.Help)),
            InputAction.Who => Done(next.Open(TuiPage.Who)),
            InputAction.Inside => Done(next.Open(TuiPage.Inside)),
            InputAction.Leave => next.Leave(),
            InputAction.Bell => Done(next with { BellOn = !BellOn, Hint = BellOn ? "bell off" : "bell on: it rings when somebody says your name" }),
            InputAction.AskForName it => Names.TryNormalise(it.Name, out var name, out var whyNot)
                ? Done(next, new TuiCommand.AskForName(name))
                : Done(this with { Hint = whyNot }),
            InputAction.ChangeRoom it => Done(next with { Hint = "asking …" }, new TuiCommand.ChangeRoom(it.Setting, it.Text)),
            InputAction.History it => Done(next with { Page = TuiPage.None }, new TuiCommand.ReadHistory("", it.Count)),
            InputAction.Search it => next.OnSearch(it.Words),
            InputAction.Notices it => Done(next with { Notices = it.Wanted, Hint = NoticeTaste.Words(it.Wanted) }, new TuiCommand.KeepNotices(it.Wanted)),
            InputAction.Reform => Done(next with { Hint = "asking …" }, new TuiCommand.Reform()),
            InputAction.Circle it => Done(next with { Hint = "asking …", Page = TuiPage.None }, new TuiCommand.AskCircle(it.Wish)),
            InputAction.Refuse it => Done(this with { Hint = it.Why }),
            var other => throw new UnreachableException($"no such action: {other.GetType()}"),
        };
    }

    private TuiModel Open(TuiPage page) => this with { Page = Page == page ? TuiPage.None : page, PageTop = 0 };

    private (TuiModel, IReadOnlyList<TuiCommand>) OnAnswered(TuiInput.Answered answer)
    {
        if (answer.Result.Id is { } id)
        {
            return Done(this with
            {
                Editor = Editor.Taken(),
                Page = TuiPage.None,
                Pending = Pending.Add(new PendingMessage(id, answer.Text)),
                Transcript = Transcript.ToEnd().AllSeen(),
            });
        }

        return Done(this with { Hint = $"not sent: {answer.Result.Refusal}{(answer.Result.Retry ? "; press Enter again in a moment" : "")}" });
    }
}
