using System.Buffers;
using System.Text;
using Norris.Core.Protocol;
using Norris.Core.Room;
using Norris.Node.Screens;
using Norris.Node.Session;
using Norris.Tests.Session;

namespace Norris.Tests.Screens;

public class LineScreenSpec
{
    private readonly LineScreen _screen = new(new FixedTime());

    private static SaidEvent About(string user, string text, RelationKind kind, StandingMessage? about) =>
        Said(user, text) with { Id = new MessageId(new UserId(1), 9), Relation = new Relation(kind, new MessageId(new UserId(1), 1)), About = about };

    private static StandingMessage Standing(string text, string? reaction = null, bool isDeleted = false) => new(
        new SaidMessage(new(1), new MessageId(new UserId(1), 1), "ada", text, 0, null), text, null, isDeleted,
        reaction is null ? [] : [new Reaction(reaction, [(new UserId(1), "ada")])]);

    public static TheoryData<ChatEvent, string> Words => new()
    {
        { Said("ada", "hello"), "22:13:20 ada: hello\n" },
        { Said("ada", "one\ntwo\r\nthree"), "22:13:20 ada: one\n         | two\n         | three\n" },
        { Said("ada", "/me waves"), "22:13:20 ada: * ada waves\n" },
        { Said("ada", "/me left\nthe cat out"), "22:13:20 ada: * ada left\n         | the cat out\n" }, // not what the screen says of who left
        { About("bob", "yes", RelationKind.Reply, Standing("tea?\nor not")), "22:13:20 bob: ↳ to ada: \"tea? or not\"\n         | yes\n" },
        { About("bob", "yes", RelationKind.Reply, null), "22:13:20 bob: ↳ to an earlier message\n         | yes\n" },
        { About("bob", "yes", RelationKind.Reply, Standing("", isDeleted: true)), "22:13:20 bob: ↳ to a deleted message of ada\n         | yes\n" },
        { About("ada", "tea!", RelationKind.Edit, Standing("tea!")), "22:13:20 ada: tea! (edited)\n" },
        { About("ada", "", RelationKind.Deletion, Standing("", isDeleted: true)), "22:13:20 ada: * ada deleted a message\n" },
        { About("ada", "👍", RelationKind.Reaction, Standing("tea?", "👍")), "22:13:20 ada: * ada reacted 👍 to ada: \"tea?\"\n" },
        { About("ada", "👍", RelationKind.Reaction, Standing("tea?")), "22:13:20 ada: * ada took 👍 back from ada: \"tea?\"\n" },
        { About("ada", "👍", RelationKind.Reaction, null), "22:13:20 ada: * ada reacted 👍 to an earlier message\n" },
        { new JoinedEvent(1, 1, 0, "bob", "h:1", default), "12:00:00 * bob joined\n" },
        { new LeftEvent(1, 1, 0, "bob", "h:1", LeaveReason.Left, default), "12:00:00 * bob left\n" },
        { new LeftEvent(1, 1, 0, "bob", "h:1", LeaveReason.Crashed, default), "12:00:00 * bob is gone: its process died\n" },
        { new RenamedEvent(1, 1, 0, "Ada", "bob", default), "12:00:00 * bob is now Ada\n" },
        { new SettingEvent(1, 1, 0, "Ada", RoomSettingKind.Name, "Kitchen", default), "12:00:00 * Ada has named this room 'Kitchen'\n" },
        { new SettingEvent(1, 1, 0, "Ada", RoomSettingKind.Topic, "lunch", default), "12:00:00 * Ada has set the topic: lunch\n" },
        { new SettingEvent(1, 1, 0, "Ada", RoomSettingKind.Topic, "", default), "12:00:00 * Ada has taken away the topic\n" },
        { new NodeEvent(1, 1, 0, "h:1", true, null), "" },
        { new NodeEvent(1, 1, 0, "h:1", false, LeaveReason.Expelled), "" },
        { new HostEvent(1, 2, 0, "h:2", false), "12:00:00 * h:2 is the host now\n" },
        {
            new HostEvent(1, 2, 0, "h:2", true),
            "12:00:00 * h:2 is the host now; messages that only those who are gone had seen may be lost\n"
        },
        { new RecordingEvent(1, 2, 0, "h:2", true), "12:00:00 * this room is recorded: node h:2 keeps the log from here on\n" },
        {
            new CircleEvent(1, 2, 0, CircleChange.Admitted, "7QK4-M2ZX", "9F3K-T0PA", "bob", "4mvt"),
            "12:00:00 * bob's device 7QK4-M2ZX is in, let in by 9F3K-T0PA with the invite 4mvt\n"
        },
        {
            new CircleEvent(1, 2, 0, CircleChange.PutOut, "7QK4-M2ZX", "9F3K-T0PA", "", ""),
            "12:00:00 * the device 7QK4-M2ZX was put out by 9F3K-T0PA: it is refused from now on, and open invites are void\n"
        },
        { new CircleEvent(1, 2, 0, CircleChange.Invited, "", "9F3K-T0PA", "", "4mvt"), "12:00:00 * 9F3K-T0PA has invited somebody: invite 4mvt\n" },
        { new CircleEvent(1, 2, 0, CircleChange.TakenBack, "", "9F3K-T0PA", "", "4mvt"), "12:00:00 * 9F3K-T0PA has taken back the invite 4mvt\n" },
        {
            new HistoryEvent("", true, [new SaidEvent(7, 2, 0, new MessageId(new UserId(1), 5), "ada", "tea?\n2000-01-01 00:00:00 bob: no", 0, 0)], [new HistoryGap(3, 4, "away")]),
            "12:00:00 * earlier, 1 message:\n"
            + "         | [2 entries missing: away]\n"
            + "         | 1970-01-01 00:00:00 ada: tea?\n"
            + "         |                     | 2000-01-01 00:00:00 bob: no\n"
            + "12:00:00 * that was before you came\n"
        },
        {
            new HistoryEvent("", true, [Earlier(7, "/me has seen"), Earlier(8, "seen, too"), Earlier(9, "new"), Earlier(10, "newest")], []) { ReadTo = 8 },
            "12:00:00 * earlier, 4 messages:\n"
            + "         | 1970-01-01 00:00:00 ada: * ada has seen\n"
            + "         | 1970-01-01 00:00:00 ada: seen, too\n"
            + "         | — new since you were here —\n"
            + "         | 1970-01-01 00:00:00 ada: new\n"
            + "         | 1970-01-01 00:00:00 ada: newest\n"
            + "12:00:00 * that was before you came\n"
        },
        {
            new WelcomeEvent("ada", "h:1", "h:2", "ff", 1, 1, ["ada", "bob"]) { Pid = 4711 },
            "12:00:00 * you are ada, at h:1, process 4711; the host is h:2\n12:00:00 * here: ada, bob\n"
        },
        { new ConnectionEvent(ConnectionState.CutOff, "h:2 is silent"), "12:00:00 * cut off from the majority; what you say waits here until that is over: h:2 is silent\n" },
        { new ConnectionEvent(ConnectionState.Connected, ""), "12:00:00 * connected\n" },
        { new RefusedEvent("", "no"), "12:00:00 * refused: no\n" },
        { new RefusedEvent("/x", "no"), "12:00:00 * refused: no (/x)\n" },
        { new RetractedEvent(4, 9), "12:00:00 * what was shown as 4 to 9 was taken back: it is not in the order that goes on\n" },
        { new MissedEvent(1), "12:00:00 * you missed 1 entry while this node was away\n" },
        { new MissedEvent(1200), "12:00:00 * you missed 1200 entries while this node was away\n" },
        { new FailoverEvent(1.25, "h:1", "h:2"), "12:00:00 * h:2 took over from h:1 after 1.25 s\n" },
        { new NoticeEvent("mind"), "12:00:00 * mind\n" },
        { new ByeEvent(""), "12:00:00 * bye\n" },
    };

    private static SaidEvent Earlier(long seq, string text) => new(seq, 2, 0, new MessageId(new UserId(1), seq), "ada", text, 0, 0);

    [Theory]
    [MemberData(nameof(Words))]
    public void Events_are_told_in_words(ChatEvent happened, string words) => Assert.Equal(words, Show(happened));

    [Fact]
    public void Every_kind_of_event_has_words()
    {
        var kinds = typeof(ChatEvent).Assembly.GetTypes().Where(t => t.IsSubclassOf(typeof(ChatEvent)) && !t.IsAbstract);
        Assert.Equal([typeof(PlaceEvent), typeof(SettledEvent)], kinds.Except(Words.Select(row => row[0].GetType()))); // for archives, which are no screens
    }

    [Fact]
    public void Who_records_is_said_on_joining_and_when_the_last_one_is_gone()
    {
        Assert.Contains(
            "this room is recorded: the log is kept by h:1, h:2\n",
            Show(new WelcomeEvent("ada", "h:3", "h:2", "ff", 1, 1, ["ada"]) { Recording = ["h:1", "h:2"] }),
            StringComparison.Ordinal);
        Assert.Contains("node h:1 no longer keeps the log\n", Show(new RecordingEvent(2, 1, 0, "h:1", false)), StringComparison.Ordinal);
        Assert.Contains(
            "node h:2 no longer keeps the log; this room is not recorded any more\n",
            Show(new NodeEvent(3, 1, 0, "h:2", false, LeaveReason.Crashed)),
            StringComparison.Ordinal);
    }

    [Fact]
    public void That_nothing_was_lost_is_said_only_when_it_is_known()
    {
        Assert.DoesNotContain("lost", Show(new FailoverEvent(1, "h:1", "h:2")), StringComparison.Ordinal);
        Assert.DoesNotContain("lost", Show(new HostEvent(3, 3, 0, "h:4", MayHaveLost: false), new FailoverEvent(1, "h:2", "h:3")), StringComparison.Ordinal);
        Assert.Equal(
            "12:00:00 * h:4 took over from h:3 after 1.0 s; nothing was lost\n",
            Show(new HostEvent(3, 3, 0, "h:4", MayHaveLost: false), new FailoverEvent(1, "h:3", "h:4")));
        Assert.Equal(
            "12:00:00 * h:4 took over from h:3 after 1.0 s; messages that only those who are gone had seen may be lost\n",
            Show(new HostEvent(3, 3, 0, "h:4", MayHaveLost: true), new FailoverEvent(1, "h:3", "h:4")));
    }

    [Theory]
    [InlineData(JoinNotices.Off, "")]
    [InlineData(JoinNotices.Few, "12:00:00 * 1 came, 1 left\n")]
    [InlineData(JoinNotices.All, "12:00:00 * bob joined\n12:00:00 * cat left\n")]
    public void Who_comes_and_goes_is_told_as_the_user_wants_it(JoinNotices wanted, string shown)
    {
        var kept = JoinNotices.Few;
        var taste = new NoticeTaste(JoinNotices.Few, to => kept = to);
        var screen = new LineScreen(new FixedTime(), taste);
        taste.Change(wanted);
        var to = new ArrayBufferWriter<byte>();
        screen.Event(new JoinedEvent(1, 1, 0, "bob", "h:1", default), to);
        screen.Event(new LeftEvent(2, 1, 0, "cat", "h:1", LeaveReason.Left, default), to);
        screen.Release(to);
        Assert.Equal((shown, wanted), (Encoding.UTF8.GetString(to.WrittenSpan), kept));
    }

    [Fact]
    public void What_happens_together_is_one_line()
    {
        Assert.Equal(
            "12:00:00 * alan and 3 others joined\n",
            Show(Joined("alan"), Node(true), Joined("bea"), Node(true), Joined("carl"), Joined("dora")));
        Assert.Equal("12:00:00 * alan and bea joined\n12:00:00 * alan left\n", Show(Node(true), Joined("alan"), Joined("bea"), Left("alan", LeaveReason.Left), Node(false)));
        Assert.Equal(
            "12:00:00 * h:4 took over from h:3 after 0.08 s; nothing was lost\n12:00:00 * bea and carl are gone: their processes died\n",
            Show(new HostEvent(3, 3, 0, "h:4", MayHaveLost: false), new FailoverEvent(0.08, "h:3", "h:4"), Left("bea", LeaveReason.Crashed), Node(false), Left("carl", LeaveReason.Crashed)));
    }

    private static JoinedEvent Joined(string user) => new(1, 1, 0, user, "h:1", default);

    private static LeftEvent Left(string user, LeaveReason reason) => new(1, 1, 0, user, "h:1", reason, default);

    private static NodeEvent Node(bool joined) => new(1, 1, 0, "h:1", joined, joined ? null : LeaveReason.Crashed);

    [Fact]
    public void A_text_cannot_pass_itself_off_as_somebody_elses_line()
    {
        foreach (var lineBreak in (string[])["\n", "\r", "\r\n", "\u0085", "\u2028", "\u2029", "\v", "\f"])
        {
            var lines = Show(Said("eve", $"hi{lineBreak}22:13:21 bob: I quit")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
            Assert.Single(lines, line => !line.StartsWith(LineScreen.Continuation, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Nothing_that_a_terminal_obeys_gets_out_from_wherever_it_came()
    {
        const string Evil = "\u001b[2J\u009b1m\u202e\n\u007f";
        ChatEvent[] all =
        [
            Said(Evil, Evil), new JoinedEvent(1, 1, 0, Evil, Evil, default), new LeftEvent(1, 1, 0, Evil, Evil, LeaveReason.Left, default),
            new NodeEvent(1, 1, 0, Evil, true, null), new HostEvent(1, 1, 0, Evil, true), new RenamedEvent(1, 1, 0, Evil, Evil, default), new RecordingEvent(1, 1, 0, Evil, false),
            new WelcomeEvent(Evil, Evil, Evil, Evil, 1, 1, [Evil]), new ConnectionEvent(ConnectionState.Rejoining, Evil), new RefusedEvent(Evil, Evil),
            new FailoverEvent(1, Evil, Evil), new NoticeEvent(Evil), new ByeEvent(Evil),
        ];
        var shown = string.Concat(all.Select(each => Show(each))) + Who(Evil);

        Assert.DoesNotContain(shown.Replace("\n", "", StringComparison.Ordinal), c => char.IsControl(c) || SafeText.ActingFormats.Contains(c));
        Assert.All(shown.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => Assert.Matches(@"^(\d\d:\d\d:\d\d |         \| )", line));
    }

    [Fact]
    public void Who_is_here_is_listed() =>
        Assert.Equal("12:00:00 * 1 user on 1 node:\n         | ada at 127.0.0.1:4053 (you, on the host)\n", Who("ada"));

    private static SaidEvent Said(string user, string text) => new(1, 1, 0, default, user, text, 0, 1_700_000_000_000);

    private string Show(params ChatEvent[] happened)
    {
        var buffer = new ArrayBufferWriter<byte>();
        foreach (var each in happened)
        {
            _screen.Event(each, buffer);
        }

        _screen.Release(buffer);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private string Who(string name)
    {
        var buffer = new ArrayBufferWriter<byte>();
        var view = new ScriptedSession().View;
        _screen.Who(view with { Users = [view.Users[0] with { Name = name }] }, buffer);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private sealed class FixedTime : TimeProvider
    {
        public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

        public override DateTimeOffset GetUtcNow() => new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
    }
}
