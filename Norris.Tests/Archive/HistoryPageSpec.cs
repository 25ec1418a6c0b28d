using Google.Protobuf;
using Norris.Actors.History;
using Norris.Core.Protocol;
using Norris.Core.Room;
using Norris.Node.Archive;
using Norris.Node.Session;
using Proto = Norris.Node.Archive.Proto;

namespace Norris.Tests.Archive;

/// <summary>Pages of history as they come from other nodes: of this build, of a later one, and such as no build would send.</summary>
public sealed class HistoryPageSpec
{
    private static readonly UserId Zoe = new(ulong.MaxValue);

    private static readonly OrderedEvent[] Entries =
    [
        new HostEvent(3, 1, ulong.MaxValue, "10.0.0.1:4053", false),
        new NodeEvent(4, 1, 0, "[::1]:4054", true, null),
        new JoinedEvent(5, 1, 2, "Zoë", "10.0.0.1:4053", Zoe),
        new SaidEvent(6, 1, 3, new MessageId(Zoe, Limits.HighestNumber), "Zoë", "two\nlines\0, \u202e, \ufffe and 👋🏽", 0, CalendarTime.Latest),
        new SaidEvent(7, 1, 4, new MessageId(Zoe, 1), "", new string('x', Limits.TextBytes), CalendarTime.Latest, 0),
        new RenamedEvent(8, 2, 5, "李雷", "Zoë", Zoe),
        new RecordingEvent(9, 2, 6, "[::1]:4054", true),
        new RecordingEvent(10, 2, 6, "[::1]:4054", false),
        new LeftEvent(11, 2, 7, "李雷", "", LeaveReason.Left, Zoe),
        new NodeEvent(12, 2, 8, "[::1]:4054", false, LeaveReason.Crashed),
        new NodeEvent(13, 2, 8, "[::1]:4054", false, LeaveReason.Expelled),
        new NodeEvent(14, 2, 8, "[::1]:4054", false, LeaveReason.Silent),
        new SaidEvent(15, 2, 8, new MessageId(Zoe, 2), "Zoë", "", 0, 0) { Relation = new(RelationKind.Deletion, new MessageId(Zoe, 1)) },
        new SaidEvent(16, 2, 8, new MessageId(Zoe, 3), "Zoë", "👍", 0, 0) { Relation = new(RelationKind.Reaction, new MessageId(new UserId(0), Limits.HighestNumber)) },
        new SettingEvent(17, 2, 8, "李雷", RoomSettingKind.Topic, "lunch: Friday", Zoe),
        new HostEvent(Limits.HighestNumber, Limits.HighestNumber, 9, "10.0.0.2:4053", true),
    ];

    private static readonly Dictionary<string, (Action<Proto.Page> Harm, string WhyNot)> Cases = new()
    {
        ["a number below the first"] = (p => p.Entries[0].Seq = 0, "a number"),
        ["a number after which there is none"] = (p => p.Entries[^1].Seq = Limits.HighestNumber + 1, "a number"),
        ["an entry twice"] = (p => p.Entries.Insert(1, p.Entries[1]), "order"),
        ["entries that go back"] = (p => p.Entries[2].Seq = 3, "order"),
        ["an entry of no epoch"] = (p => p.Entries[3].Epoch = 0, "a number"),
        ["an epoch after which there is none"] = (p => p.Entries[3].Epoch = long.MaxValue, "a number"),
        ["more entries than anybody asks for"] = (p => p.Entries.Add(Enumerable.Repeat(p.Entries[0], HistoryLimits.Entries)), "too many"),
        ["a message without a counter"] = (p => p.Entries[3].Said.Counter = 0, "a number"),
        ["a message with a negative counter"] = (p => p.Entries[3].Said.Counter = long.MinValue, "a number"),
        ["a message without a text"] = (p => p.Entries[3].Said.Text = "", "a text"),
        ["a text too long"] = (p => p.Entries[3].Said.Text = new string('é', (Limits.TextBytes / 2) + 1), "a text"),
        ["a message about one of no id"] = (p => p.Entries[13].Said.Relation.Counter = 0, "a number"),
        ["a relation of no kind"] = (p => p.Entries[13].Said.Relation.Kind = Proto.RelationKind.Unspecified, "about one"),
        ["a relation that nobody knows"] = (p => p.Entries[13].Said.Relation.Kind = (Proto.RelationKind)5, "about one"),
        ["an edit of what is to come"] = (p => p.Entries[12].Said.Relation.Counter = 2, "about one"),
        ["a deletion of somebody else's message"] = (p => p.Entries[12].Said.Relation.User = 7, "about one"),
        ["a deletion with a text"] = (p => p.Entries[12].Said.Text = "x", "a text"),
        ["a reaction with a space"] = (p => p.Entries[13].Said.Text = "a b", "a text"),
        ["a message sent before 1970"] = (p => p.Entries[3].Said.SentAt = -1, "a time"),
        ["a message ordered after the last day"] = (p => p.Entries[3].Said.OrderedAt = CalendarTime.Latest + 1, "a time"),
        ["a name too long"] = (p => p.Entries[3].Said.Name = new string('a', Limits.NameLength + 1), "a name"),
        ["a name with an escape sequence"] = (p => p.Entries[2].Joined.Name = "\u001b[2J", "a name"),
        ["a name on two lines"] = (p => p.Entries[8].Left.Name = "a\u2028b", "a name"),
        ["a former name that turns the direction"] = (p => p.Entries[5].Renamed.Before = "a\u202eb", "a name"),
        ["a name with what is no character"] = (p => p.Entries[3].Said.Name = "ada\ufffe", "a name"),
        ["a name with hidden text"] = (p => p.Entries[5].Renamed.Name = "a\U000E0061", "a name"),
        ["a node on two lines"] = (p => p.Entries[1].NodeJoined.Node = "a\n:1", "a node"),
        ["a node too long"] = (p => p.Entries[0].Host.Node = new string('a', 401), "a node"),
        ["a recording node with a control character"] = (p => p.Entries[6].Recording.Node = "\u0085", "a node"),
        ["a setting of no kind"] = (p => p.Entries.First(e => e.Setting is not null).Setting.Setting_ = Proto.SettingKind.Unspecified, "a setting"),
        ["a setting too long"] = (p => p.Entries.First(e => e.Setting is not null).Setting.Text = new string('a', Limits.TopicLength + 1), "a setting"),
        ["no reason"] = (p => p.Entries[8].Left.Reason = Proto.LeaveReason.Unspecified, "a reason"),
        ["a reason that nobody knows"] = (p => p.Entries[9].NodeLeft.Reason = (Proto.LeaveReason)6, "a reason"),
        ["an entry of no kind"] = (p => p.Entries[4].ClearKind(), "a kind"),
        ["an entry of a later kind"] = (p => { p.Entries[4].ClearKind(); p.Entries[4].MergeFrom(Later); }, "a kind"),
    };

    /// <summary>Fields as a later build may have them: a number, a text, and a message with another in it.</summary>
    private static byte[] Later => [0xc0, 0x3e, 7, 0xca, 0x3e, 2, (byte)'h', (byte)'i', 0xd2, 0x3e, 4, 0x0a, 2, 0x08, 1];

    /// <summary>What an archive of a later build answers, where the next entry is of a kind that this one does not know.</summary>
    public static HistoryAnswer OfALaterKind(HistoryQuery query)
    {
        var entry = new Proto.Entry { Seq = query.Of == HistoryOf.Stretch ? query.Seq : 1, Epoch = 1 };
        entry.MergeFrom(Later);
        return new HistoryAnswer("", 0, PageFormat.Write([entry]), [], Limits.HighestNumber, 0, false);
    }

    public static TheoryData<string> Names() => [.. Cases.Keys];

    [Fact]
    public void Entries_at_all_bounds_come_out_of_a_page_as_they_went_in() => Assert.Equal(Entries, PageFormat.Read(PageFormat.Write(Page().Entries).Span));

    [Theory]
    [MemberData(nameof(Names))]
    public void A_page_with_something_that_must_not_be_is_refused(string what)
    {
        var (harm, whyNot) = Cases[what];
        var page = Page();
        harm(page);

        var refused = Assert.Throws<FormatException>(() => PageFormat.Read(PageFormat.Write(page.Entries).Span));

        Assert.Contains(whyNot, refused.Message, StringComparison.Ordinal);
        Assert.True(PlainText.IsLine(refused.Message), "it is one line");
    }

    [Fact]
    public void What_is_no_page_is_refused()
    {
        byte[] page = [.. PageFormat.Write(Page().Entries).Span];
        Assert.Throws<FormatException>(() => PageFormat.Read(page.AsSpan(0, page.Length - 1)));
        Assert.Throws<FormatException>(() => PageFormat.Read("{\"event\":\"said\"}\n"u8));
        Assert.Empty(PageFormat.Read([]));
    }

    [Fact]
    public void A_text_that_is_no_UTF_8_is_refused()
    {
        var page = new Proto.Page { Entries = { PageFormat.Fitting([Entries[3] with { Seq = 1 }]) } }.ToByteArray();
        var at = page.AsSpan().IndexOf("two"u8);
        Assert.True(at > 0);
        page[at] = 0xff;

        Assert.Throws<FormatException>(() => PageFormat.Read(page));
    }

    [Fact]
    public void A_page_of_a_later_build_with_unknown_fields_in_every_message_is_read()
    {
        var page = Page();
        foreach (var entry in page.Entries)
        {
            var kind = (IMessage)Proto.Entry.Descriptor.Oneofs[0].Accessor.GetCaseFieldDescriptor(entry).Accessor.GetValue(entry);
            kind.MergeFrom(Later);
            entry.MergeFrom(Later);
        }

        page.MergeFrom(Later);
        var bytes = page.ToByteArray();
        Assert.True(bytes.Length >= Page().CalculateSize() + (Later.Length * ((2 * Entries.Length) + 1)), "the fields are there");

        Assert.Equal(Entries, PageFormat.Read(bytes));
    }

    [Theory]
    [InlineData(HistoryOf.Stretch, 6, 2, true)]
    [InlineData(HistoryOf.Stretch, 6, 1000, true)]
    [InlineData(HistoryOf.Stretch, 5, 2, false)]
    [InlineData(HistoryOf.Stretch, 6, 1, false)]
    [InlineData(HistoryOf.Messages, 8, 2, true)]
    [InlineData(HistoryOf.Search, long.MaxValue, 2, true)]
    [InlineData(HistoryOf.Messages, 7, 2, false)]
    [InlineData(HistoryOf.Search, 8, 1, false)]
    public void Only_what_was_asked_for_is_taken(HistoryOf of, long seq, int limit, bool isTaken) => Assert.Equal(isTaken, IsTaken(of, seq, limit, Entries[3..5]));

    [Fact]
    public void Nobody_asked_for_a_gap_in_a_stretch_or_for_anything_but_messages()
    {
        Assert.True(IsTaken(HistoryOf.Stretch, 3, 10, Entries[..3]));
        Assert.False(IsTaken(HistoryOf.Stretch, 3, 10, [Entries[0], Entries[2]]));
        Assert.False(IsTaken(HistoryOf.Messages, 100, 10, Entries[2..5]));
        Assert.True(IsTaken(HistoryOf.Messages, 100, 10, []));
        Assert.True(IsTaken(HistoryOf.Stretch, 3, 10, []));
    }

    [Fact]
    public void What_came_later_is_taken_where_it_changes_a_message()
    {
        SaidEvent Deletion(long seq) => new(seq, 1, 0, new MessageId(Zoe, seq), "Zoë", "", 0, 0) { Relation = new(RelationKind.Deletion, new MessageId(Zoe, 1)) };
        var reply = Deletion(9) with { Text = "yes", Relation = new(RelationKind.Reply, new MessageId(Zoe, 1)) };
        Assert.True(IsTaken(HistoryOf.Messages, 8, 2, [.. Entries[3..5], Deletion(9)]));
        Assert.False(IsTaken(HistoryOf.Messages, 8, 2, [.. Entries[3..5], reply]));
        Assert.False(IsTaken(HistoryOf.Messages, 8, 2, [.. Entries[3..5], new LeftEvent(9, 1, 0, "Zoë", "h:1", LeaveReason.Left, Zoe)]));
        Assert.False(IsTaken(HistoryOf.Stretch, 6, 2, [.. Entries[3..5], Deletion(8)]));
    }

    private static bool IsTaken(HistoryOf of, long seq, int limit, OrderedEvent[] entries)
    {
        var page = PageFormat.Write(PageFormat.Fitting(entries));
        var isTaken = HistoryPages.TryRead(new HistoryAnswer("", 0, page, [], 0, 0, false), new HistoryQuery(new RoomId(5), of, seq, limit, ""), out var read, out var whyNot);
        Assert.Equal(isTaken ? "" : "it is not what was asked for", whyNot);
        Assert.True(!isTaken || entries.SequenceEqual(read.Entries.Concat(read.Later)));
        return isTaken;
    }

    private static Proto.Page Page() => Proto.Page.Parser.ParseFrom(PageFormat.Write(PageFormat.Fitting(Entries)).Span);
}
