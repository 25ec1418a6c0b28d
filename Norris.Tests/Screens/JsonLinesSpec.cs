using System.Text.Json;
using Norris.Actors;
using Norris.Core.Protocol;
using Norris.Core.Room;
using Norris.Node.Screens;
using Norris.Node.Session;

namespace Norris.Tests.Screens;

public sealed class JsonLinesSpec : IDisposable
{
    private readonly JsonLines _lines = new();

    /// <summary>A node that follows bob, and has an entry that is not stable yet.</summary>
    internal static RoomView Inside => new("00ff", 2, 4, 1, "h:2", "h:1", "ada", ConnectionState.Connected, DeliveryLevel.Uniform, [new NodeView("h:2", true, false, true, false, 5, 0)], [], 1, 5, 4, [])
    {
        Received = 5,
        Steps = [new RecoveryStep(1, 1_700_000_000_123, RecoveryStepKind.Promises, new Epoch(2), new NodeId("akka.tcp://norris@h:2", 7)) { Received = new SequenceNumber(3), LastEpoch = new Epoch(1) }],
    };

    public static TheoryData<ChatEvent, string> Shapes => new()
    {
        {
            new SaidEvent(5, 2, 0xabc, new MessageId(new UserId(1), 9), "ada", "it's <tea> + ☕", 1_700_000_000_123, 1_700_000_000_456),
            """{"event":"said","seq":5,"epoch":2,"hash":"0000000000000abc","id":"0000000000000001-9","user":"ada","text":"it's <tea> + ☕","sentAt":"2023-11-14T22:13:20.123Z","orderedAt":"2023-11-14T22:13:20.456Z"}"""
        },
        {
            new SaidEvent(6, 2, 1, new MessageId(new UserId(0xab), 8), "ada", "👍", 0, 0) { Relation = new(RelationKind.Reaction, new MessageId(new UserId(2), 3)) },
            """{"event":"said","seq":6,"epoch":2,"hash":"0000000000000001","id":"00000000000000ab-8","user":"ada","text":"\uD83D\uDC4D","relation":{"kind":"reaction","id":"0000000000000002-3"},"sentAt":"1970-01-01T00:00:00.000Z","orderedAt":"1970-01-01T00:00:00.000Z"}"""
        },
        {
            new JoinedEvent(6, 2, 1, "bob", "h:1", new UserId(2)),
            """{"event":"joined","seq":6,"epoch":2,"hash":"0000000000000001","user":"bob","node":"h:1","userId":"0000000000000002"}"""
        },
        {
            new LeftEvent(7, 2, ulong.MaxValue, "bob", "h:1", LeaveReason.Crashed, new UserId(2)),
            """{"event":"left","seq":7,"epoch":2,"hash":"ffffffffffffffff","user":"bob","node":"h:1","reason":"crashed","userId":"0000000000000002"}"""
        },
        {
            new RenamedEvent(8, 2, 1, "Ada", "bob", new UserId(0xab)),
            """{"event":"renamed","seq":8,"epoch":2,"hash":"0000000000000001","user":"Ada","before":"bob","userId":"00000000000000ab"}"""
        },
        {
            new SettingEvent(8, 2, 1, "Ada", RoomSettingKind.Topic, "lunch", new UserId(0xab)),
            """{"event":"setting","seq":8,"epoch":2,"hash":"0000000000000001","user":"Ada","setting":"topic","text":"lunch","userId":"00000000000000ab"}"""
        },
        {
            new NodeEvent(8, 2, 1, "h:1", true, null),
            """{"event":"node","seq":8,"epoch":2,"hash":"0000000000000001","node":"h:1","change":"joined","reason":null}"""
        },
        {
            new NodeEvent(8, 2, 1, "h:1", false, LeaveReason.Expelled),
            """{"event":"node","seq":8,"epoch":2,"hash":"0000000000000001","node":"h:1","change":"left","reason":"expelled"}"""
        },
        {
            new HostEvent(9, 3, 1, "h:2", false),
            """{"event":"host","seq":9,"epoch":3,"hash":"0000000000000001","host":"h:2","mayHaveLost":false}"""
        },
        {
            new RecordingEvent(10, 3, 1, "h:2", true),
            """{"event":"recording","seq":10,"epoch":3,"hash":"0000000000000001","node":"h:2","recording":true}"""
        },
        {
            new CircleEvent(10, 3, 1, CircleChange.Admitted, "7QK4-M2ZX", "9F3K-T0PA", "bob", "4mvt"),
            """{"event":"circle","seq":10,"epoch":3,"hash":"0000000000000001","change":"admitted","device":"7QK4-M2ZX","by":"9F3K-T0PA","name":"bob","invite":"4mvt"}"""
        },
        {
            new WelcomeEvent("ada", "h:1", "h:2", "00ff", 3, 11, ["ada", "bob"]) { Pid = 4711, Recording = ["h:2"] },
            """{"event":"welcome","name":"ada","node":"h:1","pid":4711,"host":"h:2","room":"00ff","epoch":3,"firstSeq":11,"users":["ada","bob"],"recording":["h:2"]}"""
        },
        {
            new WelcomeEvent("ada", "h:1", "h:2", "00ff", 3, 11, []) { RoomName = "Kitchen", Topic = "lunch", Last = 50 },
            """{"event":"welcome","name":"ada","node":"h:1","pid":0,"host":"h:2","room":"00ff","roomName":"Kitchen","topic":"lunch","last":50,"epoch":3,"firstSeq":11,"users":[],"recording":[]}"""
        },
        {
            new WelcomeEvent("ada", "h:1", "h:2", "00ff", 3, 11, []) { ReadTo = 9 },
            """{"event":"welcome","name":"ada","node":"h:1","pid":0,"host":"h:2","room":"00ff","epoch":3,"firstSeq":11,"users":[],"recording":[],"readTo":9}"""
        },
        {
            new HistoryEvent("", true, [], []) { ReadTo = 9 },
            """{"event":"history","search":"","welcome":true,"readTo":9,"messages":[],"gaps":[]}"""
        },
        { new ConnectionEvent(ConnectionState.CutOff, "alone"), """{"event":"connection","state":"cut-off","why":"alone"}""" },
        { new RefusedEvent("x", "no"), """{"event":"refused","text":"x","why":"no"}""" },
        { new RetractedEvent(4, 9), """{"event":"retracted","first":4,"last":9}""" },
        { new MissedEvent(3), """{"event":"missed","count":3}""" },
        { new MissedEvent(3) { Why = "nobody has them" }, """{"event":"missed","count":3,"why":"nobody has them"}""" },
        { new FailoverEvent(1.23456, "h:1", "h:2"), """{"event":"failover","seconds":1.235,"from":"h:1","to":"h:2"}""" },
        {
            new HistoryEvent("tea", false, [new SaidEvent(7, 2, 255, new MessageId(new UserId(1), 5), "ada", "tea?", 0, 1)], [new HistoryGap(3, 4, "away")]),
            """{"event":"history","search":"tea","welcome":false,"messages":[{"event":"said","seq":7,"epoch":2,"hash":"00000000000000ff","id":"0000000000000001-5","user":"ada","text":"tea?","sentAt":"1970-01-01T00:00:00.000Z","orderedAt":"1970-01-01T00:00:00.001Z"}],"gaps":[{"first":3,"last":4,"why":"away"}]}"""
        },
        {
            new HistoryEvent("", false, [Then("helo", ("hello", false)), Then("oops", ("", true))], []),
            """{"event":"history","search":"","welcome":false,"messages":[{"event":"said","seq":7,"epoch":2,"hash":"00000000000000ff","id":"0000000000000001-5","user":"ada","text":"hello","sentAt":"1970-01-01T00:00:00.000Z","orderedAt":"1970-01-01T00:00:00.001Z","now":"edited"},{"event":"said","seq":7,"epoch":2,"hash":"00000000000000ff","id":"0000000000000001-5","user":"ada","text":"","sentAt":"1970-01-01T00:00:00.000Z","orderedAt":"1970-01-01T00:00:00.001Z","now":"deleted"}],"gaps":[]}"""
        },
        { new NoticeEvent("mind"), """{"event":"notice","text":"mind"}""" },
        { new ByeEvent("left"), """{"event":"bye","why":"left"}""" },
    };

    private static SaidEvent Then(string text, (string Text, bool IsDeleted) now)
    {
        var said = new SaidEvent(7, 2, 255, new MessageId(new UserId(1), 5), "ada", text, 0, 1);
        return said with { Standing = new(said.ToMessage(), now.Text, now.IsDeleted ? null : 2, now.IsDeleted, []) };
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Events_have_the_documented_shape(ChatEvent happened, string json) => Assert.Equal(json, _lines.FormatText(happened));

    [Fact]
    public void How_a_node_stands_is_a_line() => Assert.Equal(
        """{"event":"inside","node":"h:1","host":"h:2","epoch":2,"connection":"connected","received":5,"stable":4,"delivered":4,"pending":1,"nodes":[{"node":"h:2","host":true,"me":false,"reachable":true,"received":5,"lag":0}],"steps":[{"number":1,"at":"2023-11-14T22:13:20.123Z","step":"promises","epoch":2,"node":"h:2","received":3,"lastEpoch":1,"count":0,"why":""}]}""",
        System.Text.Encoding.UTF8.GetString(_lines.Inside(Inside).Span));

    [Fact]
    public void Every_kind_of_event_has_a_shape()
    {
        var kinds = typeof(ChatEvent).Assembly.GetTypes().Where(t => t.IsSubclassOf(typeof(ChatEvent)) && !t.IsAbstract);
        Assert.Equal([typeof(PlaceEvent), typeof(SettledEvent)], kinds.Except(Shapes.Select(row => row[0].GetType()))); // for archives, which are no screens
    }

    [Theory]
    [InlineData("\u001b[2J\r\n\u0007\u007f\u0085")]
    [InlineData("a\u202eb\u2066c\u200e \"quoted\" \\ ")]
    [InlineData("one\ntwo\u2028three")]
    [InlineData("👍 \\u202e")]
    public void What_acts_on_a_terminal_is_escaped_and_reads_back_the_same(string text)
    {
        var json = _lines.FormatText(new NoticeEvent(text));

        Assert.DoesNotContain(json, c => char.IsControl(c) || SafeText.ActingFormats.Contains(c) || c is >= '\udb40' and <= '\udb43');
        Assert.Equal(text, JsonDocument.Parse(json).RootElement.GetProperty("text").GetString());
    }

    [Fact]
    public void An_unpaired_surrogate_does_no_harm()
    {
        Assert.Equal("{\"event\":\"notice\",\"text\":\"a\\uFFFDb\"}", _lines.FormatText(new NoticeEvent("a\ud800b")), ignoreCase: true);
        Assert.Equal("\ufffd\u202e", JsonDocument.Parse(_lines.FormatText(new NoticeEvent("\ud800\u202e"))).RootElement.GetProperty("text").GetString());
    }

    [Fact]
    public void A_clock_far_off_the_calendar_is_shown_as_its_end()
    {
        Assert.Equal("9999-12-31T23:59:59.999Z", JsonLines.Time(long.MaxValue));
        Assert.Equal("0001-01-01T00:00:00.000Z", JsonLines.Time(long.MinValue));
    }

    public void Dispose() => _lines.Dispose();
}
