using Norris.Core.Protocol;
using Norris.Node.Session;
using Norris.Node.Tui;

namespace Norris.Tests.Tui;

/// <summary>Who scrolls up to the oldest line gets what an archive has of the time before.</summary>
public sealed class TuiOlderSpec
{
    private readonly ModelDriver _it = new(firstSeq: 300);

    [Fact]
    public void Above_the_top_older_messages_are_asked_for_once_and_what_one_reads_stays_where_it_is()
    {
        Recorded();
        for (var seq = 300; seq < 360; seq++)
        {
            _it.Happen(Said(seq));
        }

        _it.Press(TuiKey.Top, TuiKey.PageUp);
        Assert.Equal(300, Assert.Single(_it.Commands.OfType<TuiCommand.ReadOlder>()).Before);
        var before = _it.Screen[..20];
        _it.Do(new TuiInput.Older(Page(280, 300)));
        Assert.Equal(before, _it.Screen[..20]);

        _it.Press(TuiKey.WheelUp, TuiKey.Top);
        Assert.Contains("message 280", _it.Screen[1], StringComparison.Ordinal);
        Assert.Equal(280, _it.Commands.OfType<TuiCommand.ReadOlder>().Last().Before);
        Assert.Equal(
            Enumerable.Range(280, 80).Select(seq => $"message {seq}"),
            _it.Model.Transcript.Lines.Where(line => line.Kind == LineKind.Said).Select(line => line.Text));
    }

    [Fact]
    public void What_is_edited_or_deleted_while_it_is_on_the_screen_says_so_wherever_it_was_fetched_from()
    {
        Recorded();
        SaidEvent About(long seq, string text, RelationKind kind, long about) => Said(seq) with { Text = text, Relation = new(kind, new(new UserId(2), about)) };
        _it.Press(TuiKey.PageUp).Do(new TuiInput.Older(Page(290, 300)));
        _it.Happen(Page(291, 293)); // as /history gives it
        _it.Happen(About(300, "now", RelationKind.Edit, 291)).Happen(About(301, "", RelationKind.Deletion, 292)).Happen(About(302, "again", RelationKind.Edit, 292));
        Assert.Equal(2, Shown("now (edited)"));
        Assert.Equal(2, Shown("(deleted by bob)"));
        Assert.Equal(0, Shown("message 291") + Shown("message 292") + Shown("again (edited)"));

        _it.Happen(About(303, "first", RelationKind.Edit, 7)).Happen(About(304, "second", RelationKind.Edit, 7));
        Assert.Equal((0, 1), (Shown("first (edited)"), Shown("second (edited)"))); // of a message that this screen never had
        _it.Happen(About(305, "", RelationKind.Deletion, 7));
        Assert.Equal(0, Shown("second (edited)"));

        int Shown(string text) => _it.Model.Transcript.Lines.Count(line => line.Text == text);
    }

    [Fact]
    public void Each_day_has_its_name_once_however_many_pages_it_came_in()
    {
        Recorded();
        _it.Press(TuiKey.PageUp).Do(new TuiInput.Older(Page(290, 300, daysAgo: 1)));
        _it.Press(TuiKey.Top, TuiKey.PageUp).Do(new TuiInput.Older(Page(280, 290, daysAgo: 1)));
        Assert.Equal(
            ["Friday, 13 March 2026", "Saturday, 14 March 2026"],
            _it.Model.Transcript.Lines.Where(line => line.Kind == LineKind.Day).Select(line => line.Text));
        Assert.Equal(LineKind.Day, _it.Model.Transcript.Lines[0].Kind);
    }

    [Fact]
    public void Where_the_archive_begins_nothing_more_is_asked_for()
    {
        Recorded();
        _it.Press(TuiKey.PageUp).Do(new TuiInput.Older(new HistoryEvent("", false, [], [])));
        Assert.Contains("where the archive begins", _it.Status, StringComparison.Ordinal);
        _it.Press(TuiKey.PageUp);
        Assert.Single(_it.Commands.OfType<TuiCommand.ReadOlder>());
    }

    [Fact]
    public void An_archive_that_cannot_tell_now_is_asked_again()
    {
        Recorded();
        _it.Press(TuiKey.PageUp).Do(new TuiInput.Older(new RefusedEvent("", "no archive of this room can be read now")));
        Assert.Contains("can be read now", _it.Status, StringComparison.Ordinal);
        _it.Press(TuiKey.PageUp);
        Assert.Equal(2, _it.Commands.OfType<TuiCommand.ReadOlder>().Count());
    }

    [Fact]
    public void Where_nobody_keeps_an_archive_nobody_is_asked()
    {
        _it.Press(TuiKey.PageUp, TuiKey.Top);
        Assert.Empty(_it.Commands.OfType<TuiCommand.ReadOlder>());
    }

    private static SaidEvent Said(long seq, int daysAgo = 0)
    {
        var at = ModelDriver.Now.AddDays(-daysAgo).ToUnixTimeMilliseconds();
        return new SaidEvent(seq, 1, (ulong)seq, new MessageId(new UserId(2), seq), "bob", $"message {seq}", at, at);
    }

    private static HistoryEvent Page(int from, int to, int daysAgo = 0) =>
        new("", false, [.. Enumerable.Range(from, to - from).Select(seq => Said(seq, daysAgo))], []);

    private void Recorded() => _it.Do(new TuiInput.Looked(new RoomView(
        "room", 1, 300, 0, "h:1", "a:1", "alice", ConnectionState.Connected, DeliveryLevel.Uniform, [new NodeView("h:1", true, false, true, true, 0, 0)], [], 0, 0, 0, [])));
}
