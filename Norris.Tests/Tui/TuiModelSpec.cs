using Norris.Core.Protocol;
using Norris.Core.Room;
using Norris.Node.Session;
using Norris.Node.Tui;

namespace Norris.Tests.Tui;

public sealed class TuiModelSpec
{
    private static readonly MessageId Mine = new(new UserId(1), 1);

    [Fact]
    public void An_own_message_is_grey_until_it_is_in_the_order_and_then_stands_in_its_place()
    {
        var it = new ModelDriver().Say("first");
        Assert.Equal([Tone.Pending], it.TonesOf("first"));

        it.Hear("somebody was sooner");
        Assert.Equal([Tone.Pending], it.TonesOf("first"));

        it.Hear("first", "alice", Mine);
        Assert.Equal([Tone.Plain], it.TonesOf("first"));
        Assert.Empty(it.Model.Pending);
        Assert.Equal("09:26 alice: first", it.Screen[^3][..18]);
        Assert.StartsWith("09:26 bob: somebody was sooner", it.Screen[^4], StringComparison.Ordinal);
    }

    [Fact]
    public void What_somebody_does_stands_behind_a_star_and_the_name()
    {
        var it = new ModelDriver().Say("/me waves");
        Assert.Equal([new TuiCommand.Say("/me waves")], it.Commands);
        Assert.StartsWith(" ···  * alice waves", it.Screen[^3], StringComparison.Ordinal);
        it.Hear("/me waves", "alice", Mine).Hear("/me nods\ntwice");
        Assert.StartsWith("09:26 * alice waves", it.Screen[^5], StringComparison.Ordinal);
        Assert.StartsWith("09:26 * bob nods", it.Screen[^4], StringComparison.Ordinal);
        Assert.StartsWith("      twice", it.Screen[^3], StringComparison.Ordinal);
        Assert.Equal([Tone.Plain, Tone.Name], it.TonesOf("* bob"));
        Assert.Equal([Tone.Plain], it.TonesOf(" nods"));
        Assert.Equal([Tone.Mention], it.Hear("/me thanks alice").TonesOf("thanks alice"));
    }

    [Fact]
    public void An_edit_or_a_deletion_changes_what_is_on_the_screen_and_a_reply_quotes()
    {
        var (helo, bob) = (new SaidMessage(new(1), new(new(2), 1), "bob", "helo", 0, null), new UserId(2));
        SaidEvent About(long seq, string text, RelationKind kind, StandingMessage now) =>
            new(seq, 1, 0, new(bob, seq), "bob", text, 0, 0) { Relation = new(kind, now.Said.Id), About = now };
        var it = new ModelDriver().Hear("helo", "bob", helo.Id);
        it.Happen(About(2, "hello", RelationKind.Edit, new(helo, "hello", 1, false, [])));
        Assert.Contains("bob: hello (edited)", it.Screen[^3], StringComparison.Ordinal);

        it.Happen(About(3, "as I said", RelationKind.Reply, new(helo, "hello", 1, false, [])));
        Assert.Contains("bob: ↳ to bob: \"hello\"", it.Screen[^4], StringComparison.Ordinal);
        Assert.Contains("as I said", it.Screen[^3], StringComparison.Ordinal);
        Assert.Equal([Tone.Dim], it.TonesOf("↳ to bob"));

        var reply = new SaidMessage(new(3), new(bob, 3), "bob", "as I said", 0, new(RelationKind.Reply, helo.Id));
        it.Happen(About(4, "as I say", RelationKind.Edit, new(reply, "as I say", 1, false, [])));
        Assert.Contains("bob: ↳ to bob: \"hello\"", it.Screen[^4], StringComparison.Ordinal);
        Assert.Contains("as I say (edited)", it.Screen[^3], StringComparison.Ordinal);
        it.Happen(About(5, "", RelationKind.Deletion, new(reply, "", 1, true, [])));
        Assert.DoesNotContain(it.Screen, row => row.Contains('↳', StringComparison.Ordinal));

        it.Happen(About(6, "", RelationKind.Deletion, new(helo, "", 1, true, [])));
        Assert.DoesNotContain(it.Screen, row => row.Contains("hello (edited)", StringComparison.Ordinal));
        Assert.Contains(it.Screen, row => row.Contains("bob: (deleted by bob)", StringComparison.Ordinal));
    }

    [Fact]
    public void What_is_said_about_a_message_is_handed_over_as_a_wish() =>
        Assert.Equal([new TuiCommand.Say("yes", new RelationWish(RelationKind.Reply, "yes"))], new ModelDriver().Type("/reply yes").Press(TuiKey.Enter).Commands);

    [Fact]
    public void What_comes_in_never_disturbs_the_line_that_is_being_typed()
    {
        var it = new ModelDriver().Type("half a thoght").Press(TuiKey.Left, TuiKey.Left, TuiKey.Left);
        var before = (it.InputRow, it.Frame.CursorX, it.Frame.CursorY);

        it.Hears(100).Happen(new ConnectionEvent(ConnectionState.CutOff, "no majority")).Happen(new NoticeEvent("do this"));

        Assert.Equal(before, (it.InputRow, it.Frame.CursorX, it.Frame.CursorY));
        Assert.Equal("alice› half a thought", it.Type("u").InputRow);
    }

    [Fact]
    public void Reading_further_up_keeps_its_place_and_counts_what_came_meanwhile()
    {
        var it = new ModelDriver().Hears(100).Press(TuiKey.PageUp);
        var before = it.Screen[..^3];
        Assert.Contains("reading further up", it.Screen[^3], StringComparison.Ordinal);

        it.Hears(7);
        Assert.Equal(before, it.Screen[..^3]);
        Assert.Contains("7 new messages below", it.Screen[^3], StringComparison.Ordinal);

        it.Press(TuiKey.Bottom);
        Assert.StartsWith("09:28 bob: message 7", it.Screen[^3].Replace('▎', ' '), StringComparison.Ordinal);
        Assert.Equal(7, it.Frame.Rows.Count(row => row.Text.Contains('▎', StringComparison.Ordinal)));
    }

    [Fact]
    public void Paging_up_and_down_shows_every_line_and_ends_where_it_began()
    {
        var it = new ModelDriver().Hears(100);
        var newest = it.Screen;
        var seen = new HashSet<string>();
        for (var page = 0; page < 10; page++)
        {
            seen.UnionWith(it.Screen.Select(row => row.Split('│')[0].Trim()));
            it.Press(TuiKey.PageUp);
        }

        Assert.All(Enumerable.Range(1, 100), i => Assert.Contains(seen, row => row.EndsWith($"bob: message {i}", StringComparison.Ordinal)));
        Assert.Contains("you are alice", it.Screen[0], StringComparison.Ordinal);
        for (var page = 0; page < 10; page++)
        {
            it.Press(TuiKey.PageDown);
        }

        Assert.Equal(newest, it.Screen);
    }

    [Fact]
    public void A_resize_keeps_the_line_that_one_was_reading()
    {
        var it = new ModelDriver().Hears(30);
        it.Hear(string.Join(' ', Enumerable.Repeat("word", 100))).Hears(30).Press(TuiKey.PageUp, TuiKey.PageUp);
        var line = it.Model.Transcript.Place!.Value.Line;

        foreach (var (width, height) in new[] { (200, 60), (40, 8), (80, 24) })
        {
            it.Do(new TuiInput.Resized(width, height));
            Assert.Equal(line, it.Model.Transcript.Place!.Value.Line);
            Assert.Equal(height, it.Screen.Length);
        }
    }

    [Fact]
    public void A_refused_message_stays_in_the_line_with_the_reason_beside_it()
    {
        var it = new ModelDriver().Type("precious").Press(TuiKey.Enter);
        it.Do(new TuiInput.Answered("precious", new SayResult(null, "the outbox is full", Retry: true), ModelDriver.Now));

        Assert.Equal("alice› precious", it.InputRow);
        Assert.Contains("not sent: the outbox is full; press Enter again in a moment", it.Status, StringComparison.Ordinal);
        Assert.Empty(it.Model.Pending);
    }

    [Fact]
    public void A_message_that_is_refused_later_is_on_its_way_no_longer()
    {
        var it = new ModelDriver().Say("too much").Happen(new RefusedEvent("too much", "the room is full"));

        Assert.Empty(it.Model.Pending);
        Assert.Contains(it.Screen, row => row.Contains("! refused: the room is full: too much", StringComparison.Ordinal));
    }

    [Fact]
    public void A_paste_of_several_lines_is_one_message()
    {
        var it = new ModelDriver();
        it.Do(new TuiInput.Pasted("one\r\ntwo\rthree"));
        Assert.Equal(["alice› one", "       two", "       three"], it.Screen[^3..]);

        it.Press(TuiKey.Enter);
        Assert.Equal([new TuiCommand.Say("one\ntwo\nthree")], it.Commands);
    }

    [Theory]
    [InlineData("//shrug", "/shrug")]
    [InlineData("///", "//")]
    [InlineData("a/b", "a/b")]
    public void A_doubled_slash_says_one(string typed, string said)
    {
        var it = new ModelDriver().Type(typed).Press(TuiKey.Enter);
        Assert.Equal([new TuiCommand.Say(said)], it.Commands);
    }

    [Fact]
    public void A_command_that_is_none_says_so_and_keeps_the_line()
    {
        var it = new ModelDriver().Type("/hlep me").Press(TuiKey.Enter);

        Assert.Empty(it.Commands);
        Assert.Equal("alice› /hlep me", it.InputRow);
        Assert.Contains("did you mean /help?", it.Status, StringComparison.Ordinal);
    }

    [Fact]
    public void Blank_lines_are_not_said() => Assert.Empty(new ModelDriver().Type("   ").Press(TuiKey.Enter).Commands);

    [Fact]
    public void What_was_said_can_be_called_back_and_the_draft_is_kept()
    {
        var it = new ModelDriver().Say("one").Say("two", 2).Type("draft");

        Assert.Equal("alice› two", it.Press(TuiKey.Up).InputRow);
        Assert.Equal("alice› one", it.Press(TuiKey.Up).InputRow);
        Assert.Equal("alice› one", it.Press(TuiKey.Up).InputRow);
        Assert.Equal("alice› draft", it.Press(TuiKey.Down, TuiKey.Down, TuiKey.Down).InputRow);
    }

    [Fact]
    public void A_mention_is_highlighted_and_rings_only_when_that_was_asked_for()
    {
        var it = new ModelDriver().Hear("malice aforethought").Hear("hey ALICE!");
        Assert.Equal([Tone.Plain], it.TonesOf("aforethought"));
        Assert.Equal([Tone.Mention], it.TonesOf("hey ALICE!"));
        Assert.Empty(it.Commands);

        it.Say("/bell").Hear("alice?");
        Assert.Equal([new TuiCommand.Bell()], it.Commands);
        it.Hear("I am alice", "alice");
        Assert.Single(it.Commands);
    }

    [Fact]
    public void The_status_line_tells_what_the_transcript_shows()
    {
        var it = new ModelDriver(200, 60).Hears(3).Happen(new HostEvent(4, 2, 0xa1b2c3d4_00000000, "h:2", MayHaveLost: false));

        Assert.Contains("● connected", it.Status, StringComparison.Ordinal);
        Assert.Contains("host h:2  epoch 2  seq 4  #a1b2c3d4", it.Status, StringComparison.Ordinal);
    }

    [Fact]
    public void Cut_off_cannot_be_overlooked_and_goes_when_it_is_over()
    {
        var it = new ModelDriver().Happen(new ConnectionEvent(ConnectionState.CutOff, "2 of 3 nodes are out of reach"));
        Assert.Contains("CUT OFF: 2 of 3 nodes are out of reach", it.Screen[0], StringComparison.Ordinal);
        Assert.All(it.Frame.Rows[0].Glyphs.Concat(it.Frame.Rows[^2].Glyphs), glyph => Assert.Equal(Tone.BarAlert, glyph.Tone));

        it.Happen(new ConnectionEvent(ConnectionState.Connected, ""));
        Assert.DoesNotContain(it.Frame.Rows.SelectMany(row => row.Glyphs), glyph => glyph.Tone == Tone.BarAlert);
    }

    [Theory]
    [InlineData("/help", "Help", "/inside")]
    [InlineData("/who", "Who is here", "★ 127.0.0.1:4053")]
    [InlineData("/inside", "Inside the room", "127.0.0.1:4055  replica")]
    public void A_page_opens_on_its_command_and_closes_on_escape(string command, string title, string content)
    {
        var it = new ModelDriver().Do(new TuiInput.Looked(new FakeChatSession().View)).Hear("behind it").Say(command);
        Assert.Contains(title, it.Screen[0], StringComparison.Ordinal);
        Assert.Contains(it.Screen, row => row.Contains(content, StringComparison.Ordinal));

        it.Press(TuiKey.Escape);
        Assert.Contains(it.Screen, row => row.Contains("behind it", StringComparison.Ordinal));
    }

    [Fact]
    public void The_people_beside_the_transcript_are_in_order_and_never_overflow()
    {
        var view = new FakeChatSession().View;
        view = view with { Users = [.. view.Users, .. Enumerable.Range(0, 50).Select(i => new UserView(new UserId((ulong)i + 9), $"user{i}", "n", false, false))] };
        var it = new ModelDriver().Do(new TuiInput.Looked(view));

        Assert.EndsWith("│ People 53", it.Screen[0], StringComparison.Ordinal);
        Assert.EndsWith("│ [you] alice", it.Screen[1], StringComparison.Ordinal);
        Assert.EndsWith("│   +33 · /who", it.Screen[21], StringComparison.Ordinal);
    }

    [Fact]
    public void The_rooms_name_and_topic_stand_above_and_are_changed_by_a_command()
    {
        var it = new ModelDriver().Say("/topic lunch on Friday").Hear("behind it");
        Assert.Equal([new TuiCommand.ChangeRoom(RoomSettingKind.Topic, "lunch on Friday")], it.Commands);
        var view = new FakeChatSession().View;
        it.Do(new TuiInput.Looked(view with { Settings = new(new("Kitchen", new(3)), new("lunch on Friday", new(4))) }));
        Assert.Equal(" Kitchen: lunch on Friday", it.Screen[0]);
        Assert.Contains(it.Screen, row => row.Contains("behind it", StringComparison.Ordinal));
        it.Happen(new SettingEvent(5, 1, 0, "bob", RoomSettingKind.Topic, "", default));
        Assert.Contains(it.Screen, row => row.Contains("bob has taken away the topic", StringComparison.Ordinal));
    }

    [Fact]
    public void No_name_looks_like_ones_own()
    {
        var mark = TuiDraw.Mark(new UserView(new UserId(1), "ada", "n", false, true));
        Assert.NotEmpty(mark);
        Assert.False(Names.TryNormalise($"{mark}ada", out _, out _));
    }

    [Fact]
    public void Leaving_asks_once_and_the_second_time_goes_at_once()
    {
        var it = new ModelDriver().Press(TuiKey.Interrupt, TuiKey.Interrupt);
        Assert.Equal([new TuiCommand.Leave()], it.Commands);
        Assert.Contains("leaving", it.Status, StringComparison.Ordinal);

        it.Press(TuiKey.Interrupt);
        Assert.Equal([new TuiCommand.Leave(), new TuiCommand.Quit()], it.Commands);
    }

    [Fact]
    public void Being_asked_to_leave_by_several_at_once_is_being_asked_once()
    {
        var it = new ModelDriver().Do(new TuiInput.AskedToLeave()).Do(new TuiInput.AskedToLeave());
        Assert.Equal([new TuiCommand.Leave()], it.Commands);
    }

    [Fact]
    public void One_interrupt_clears_the_line_and_another_key_forgets_it()
    {
        var it = new ModelDriver().Type("oops").Press(TuiKey.Interrupt).Type("x").Press(TuiKey.Interrupt);

        Assert.Empty(it.Commands);
        Assert.Equal("alice›", it.InputRow);
    }

    [Fact]
    public void The_end_of_the_session_ends_the_screen() =>
        Assert.Equal([new TuiCommand.Quit()], new ModelDriver().Happen(new ByeEvent("expelled")).Commands);

    [Fact]
    public void A_name_has_the_same_colour_on_every_screen_and_in_every_run()
    {
        Assert.Equal(Hues.Of("alice"), Hues.Of("ALICE"));
        Assert.Equal([1, 10], [Hues.Of("alice"), Hues.Of("bob")]);
        Assert.Equal(Hues.Count, Enumerable.Range(0, 500).Select(i => Hues.Of($"user{i}")).Distinct().Count());
    }

    [Fact]
    public void The_transcript_keeps_the_last_lines_only()
    {
        var it = new ModelDriver().Hears(TuiLimits.TranscriptLines + 100);
        Assert.Equal(TuiLimits.TranscriptLines, it.Model.Transcript.Lines.Count);

        it.Press(TuiKey.Top);
        var oldest = it.Screen[0];
        it.Hears(50);
        Assert.NotEqual(oldest, it.Screen[0]);
        Assert.Equal(24, it.Screen.Length);

        var big = new string('x', Limits.TextBytes);
        for (var i = 0; i < 300; i++)
        {
            it.Hear(big);
        }

        Assert.InRange(it.Model.Transcript.Lines.Sum(line => line.Text.Length), 1, TuiLimits.TranscriptChars);
    }

    [Theory]
    [InlineData(80, 24)]
    [InlineData(200, 60)]
    [InlineData(40, 8)]
    [InlineData(7, 3)]
    [InlineData(1, 1)]
    public void Every_picture_fills_the_screen_exactly_whatever_happens(int width, int height)
    {
        var random = new Random(width * 1000 + height);
        var it = new ModelDriver(width, height).Do(new TuiInput.Looked(new FakeChatSession().View));
        string[] texts = ["plain", "日本語のテキスト", "👩‍👩‍👧👍🏽🇩🇪", "a\nb\n\nc", "\u001b[2J\u202e", "/help", "/inside", "/who", "//x", new string('w', 500)];
        for (var i = 0; i < 200; i++)
        {
            var text = texts[random.Next(texts.Length)];
            _ = random.Next(6) switch
            {
                0 => it.Type(text),
                1 => it.Hear(text, text.Length > 3 ? text[..3] : text),
                2 => it.Happen(new ConnectionEvent((ConnectionState)random.Next(3), text)),
                3 => it.Say(text, i),
                4 => it.Do(new TuiInput.Pasted(text)),
                _ => it.Press((TuiKey)random.Next((int)TuiKey.Interrupt)),
            };
            var frame = it.Frame;
            Assert.Equal(height, frame.Rows.Count);
            Assert.All(frame.Rows, row => Assert.Equal(width, row.Glyphs.Sum(glyph => glyph.Width)));
            Assert.InRange(frame.CursorX, 0, width - 1);
            Assert.InRange(frame.CursorY, 0, height - 1);
        }
    }
}
