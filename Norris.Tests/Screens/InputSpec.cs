using System.Text;
using Norris.Core.Protocol;
using Norris.Core.Room;
using Norris.Node.Screens;
using Norris.Node.Session;

namespace Norris.Tests.Screens;

public class InputSpec
{
    [Theory]
    [InlineData("hello", "hello")]
    [InlineData("  two spaces ", "  two spaces ")]
    [InlineData("//who", "/who")]
    [InlineData("///", "//")]
    [InlineData("https://example", "https://example")]
    public void A_line_is_a_message(string line, string text) => Assert.Equal(new InputAction.Say(text), InputLine.Read(line));

    [Theory]
    [InlineData("👩‍👩‍👧")]
    [InlineData("🇩🇪")]
    [InlineData("e\u0301\u0302\u0303")]
    [InlineData("किं")]
    public void What_is_shown_of_a_refused_text_ends_with_a_whole_character(string character)
    {
        for (var before = 50; before < 60; before++)
        {
            var shown = InputLine.Shorten(new string('x', before) + string.Concat(Enumerable.Repeat(character, 20)));
            Assert.Equal(0, (shown.Length - before - 1) % character.Length);
            Assert.EndsWith("…", shown, StringComparison.Ordinal);
            Assert.InRange(shown.Length, before, 61);
        }
    }

    [Fact]
    public void Commands_are_known()
    {
        Assert.Equal(new InputAction.Who(), InputLine.Read("/who"));
        Assert.Equal(new InputAction.Reform(), InputLine.Read("/reform"));
        Assert.Equal(new InputAction.Leave(), InputLine.Read("/leave "));
        Assert.Equal(new InputAction.Leave(), InputLine.Read("/quit"));
        Assert.Equal(new InputAction.Help(), InputLine.Read("/help"));
        Assert.Equal(new InputAction.History(null), InputLine.Read("/history"));
        Assert.Equal(new InputAction.History(20), InputLine.Read("/history  20"));
    }

    [Theory]
    [InlineData("/msg bob for you alone")]
    [InlineData("/whisper bob")]
    [InlineData("/w bob hush")]
    public void What_is_meant_for_one_person_is_refused_and_never_said(string line) =>
        Assert.Contains("no private messages", Assert.IsType<InputAction.Refuse>(InputLine.Read(line)).Why, StringComparison.Ordinal);

    [Theory]
    [InlineData("/notices off", JoinNotices.Off)]
    [InlineData("/notices few", JoinNotices.Few)]
    [InlineData("/notices  all ", JoinNotices.All)]
    public void Notices_are_off_few_or_all(string line, JoinNotices wanted) => Assert.Equal(new InputAction.Notices(wanted), InputLine.Read(line));

    [Theory]
    [InlineData("/room Kitchen", RoomSettingKind.Name, "Kitchen")]
    [InlineData("/topic  lunch on Friday ", RoomSettingKind.Topic, "lunch on Friday")]
    [InlineData("/topic -", RoomSettingKind.Topic, "")]
    [InlineData("/last 50", RoomSettingKind.Last, "50")]
    [InlineData("/last 0", RoomSettingKind.Last, "")]
    public void The_rooms_name_and_topic_are_set_and_taken_away(string line, RoomSettingKind setting, string text) =>
        Assert.Equal(new InputAction.ChangeRoom(setting, text), InputLine.Read(line));

    [Theory]
    [InlineData("/room", "takes what the room is to be called")]
    [InlineData("/room a:b", "no colon")]
    [InlineData("/topic", "takes what the room is about")]
    [InlineData("/last", "as in '/last 50'")]
    [InlineData("/last 500", "from 0 (none) to 200")]
    [InlineData("/topic a\u202eb", "one line")]
    public void What_no_room_can_be_called_is_refused(string line, string why) =>
        Assert.Contains(why, Assert.IsType<InputAction.Refuse>(InputLine.Read(line)).Why, StringComparison.Ordinal);

    [Fact]
    public void Other_notices_there_are_not() => Assert.IsType<InputAction.Refuse>(InputLine.Read("/notices some"));

    [Fact]
    public void Every_command_of_the_list_is_read()
    {
        foreach (var command in ChatCommands.All)
        {
            var line = command.Takes switch { "" or "[n]" => command.Name, "N" => $"{command.Name} 5", _ => $"{command.Name} {(command.Choices is [var choice, ..] ? choice : "x")}" };
            Assert.IsNotType<InputAction.Refuse>(InputLine.Read(line));
        }
    }

    [Theory]
    [InlineData("/hlep", "/help")]
    [InlineData("/hel", "/help")]
    [InlineData("/HELP", "/help")]
    [InlineData("/serach tea", "/search words")]
    [InlineData("/hsitory 3", "/history [n]")]
    [InlineData("/whoo", "/who")]
    [InlineData("/leav", "/leave")]
    [InlineData("/nikc ada", "/nick NAME")]
    public void An_unknown_command_is_refused_with_the_one_that_was_meant(string line, string meant) =>
        Assert.Contains($"did you mean {meant}?", Assert.IsType<InputAction.Refuse>(InputLine.Read(line)).Why, StringComparison.Ordinal);

    [Theory]
    [InlineData("/shrug")]
    [InlineData("/etc/hosts")]
    [InlineData("/x")]
    public void Where_none_is_near_all_are_told(string line) =>
        Assert.Contains("/help", Assert.IsType<InputAction.Refuse>(InputLine.Read(line)).Why, StringComparison.Ordinal);

    [Theory]
    [InlineData("/me waves", "waves")]
    [InlineData("/me  waves, twice ", "waves, twice")]
    [InlineData("/me waves\nand goes", "waves\nand goes")]
    public void What_one_does_is_a_message_whose_text_says_so(string line, string deed)
    {
        var said = Assert.IsType<InputAction.Say>(InputLine.Read(line));
        Assert.Equal(($"/me {deed}", deed), (said.Text, ChatCommands.Deed(said.Text)));
    }

    [Theory]
    [InlineData("hello")]
    [InlineData("/me")]
    [InlineData("/me ")]
    [InlineData("/Me waves")]
    [InlineData("/meow loudly")]
    [InlineData(" /me waves")]
    public void Any_other_text_is_said(string text) => Assert.Null(ChatCommands.Deed(text));

    [Theory]
    [InlineData("", "empty")]
    [InlineData("/", "no such command")]
    [InlineData("/me", "what you do")]
    [InlineData("/me  ", "what you do")]
    [InlineData("/history all", "number")]
    [InlineData("/history 0", "number")]
    [InlineData("/history -3", "number")]
    [InlineData("/who cares", "nothing after")]
    [InlineData("/reply", "your answer")]
    [InlineData("/react ", "one character")]
    [InlineData("/edit", "shall say")]
    [InlineData("/delete it", "nothing after")]
    public void What_is_neither_is_refused_with_the_reason(string line, string reason) =>
        Assert.Contains(reason, Assert.IsType<InputAction.Refuse>(InputLine.Read(line)).Why, StringComparison.Ordinal);

    [Fact]
    public void A_message_may_be_as_long_as_the_limit_and_no_longer()
    {
        var longest = new string('x', Limits.TextBytes);
        Assert.Equal(new InputAction.Say(longest), InputLine.Read(longest));
        Assert.Equal(new InputAction.Say("/" + longest[1..]), InputLine.Read("//" + longest[1..]));
        Assert.IsType<InputAction.Refuse>(InputLine.Read(longest + "x"));
        Assert.IsType<InputAction.Refuse>(InputLine.Read(new string('ü', Limits.TextBytes / 2 + 1)));
        Assert.IsType<InputAction.Refuse>(InputLine.Read("//" + longest));
    }

    [Theory]
    [InlineData(new byte[] { 0xff }, 1)]
    [InlineData(new byte[] { 0xc3 }, 1)]
    [InlineData(new byte[] { 0xc3, 0xbc, (byte)'a', 0xc3, (byte)'b' }, 4)]
    [InlineData(new byte[] { 0xed, 0xa0, 0x80 }, 1)] // a surrogate
    [InlineData(new byte[] { 0xc0, 0x80 }, 1)] // an overlong NUL
    public void Bytes_that_are_no_UTF8_are_refused_and_the_first_of_them_is_told(byte[] line, int at)
    {
        Assert.Contains($"UTF-8 from byte {at} on", Refusal(InputLine.Read(line)), StringComparison.Ordinal);
        foreach (var json in (string[])["{\"text\":\"", "{\"", "{"])
        {
            using var screen = new JsonScreen();
            var action = screen.Read(new RawLine((byte[])[.. Encoding.UTF8.GetBytes(json), .. line, .. "\"}"u8], 1, IsWhole: true));
            Assert.Contains($"UTF-8 from byte {json.Length + at} on", Refusal(action), StringComparison.Ordinal);
        }

        static string Refusal(InputAction action) => Assert.IsType<InputAction.Refuse>(action).Why;
    }

    [Fact]
    public async Task A_stream_is_cut_into_numbered_lines_however_it_arrives()
    {
        var bytes = Encoding.UTF8.GetBytes("\ufeffone\r\n\ntwo\rhalf\nGrüße\n" + new string('x', InputLine.MaxBytes + 5_000) + "\nlast");
        foreach (var piece in (int[])[1, 2, 7, 4096, 100_000])
        {
            var reader = new LineReader(new Slow(bytes, piece));
            var lines = new List<string>();
            while (await reader.Next(default) is { } line)
            {
                Assert.Equal(lines.Count + 1, line.Number);
                lines.Add(line.IsWhole ? Encoding.UTF8.GetString(line.Bytes.Span) : $"too long, {line.Bytes.Length} kept");
            }

            Assert.Equal(["one", "", "two\rhalf", "Grüße", $"too long, {InputLine.MaxBytes} kept", "last"], lines);
            Assert.Null(await reader.Next(default));
        }
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, false)]
    public async Task A_carriage_return_does_not_count_towards_the_limit(int over, bool isWhole)
    {
        var reader = new LineReader(new MemoryStream(Encoding.UTF8.GetBytes(new string('x', InputLine.MaxBytes + over) + "\r\n")));
        Assert.Equal(isWhole, (await reader.Next(default))!.Value.IsWhole);
    }

    [Theory]
    [InlineData("/reply yes, at five", RelationKind.Reply, "yes, at five")]
    [InlineData("/reply @ada yes", RelationKind.Reply, "@ada yes")]
    [InlineData("/react 👍", RelationKind.Reaction, "👍")]
    [InlineData("/edit tea at five", RelationKind.Edit, "tea at five")]
    [InlineData("/delete", RelationKind.Deletion, "")]
    public void What_is_typed_may_be_about_a_message(string line, RelationKind kind, string text) =>
        Assert.Equal(new InputAction.Relate(new RelationWish(kind, text)), InputLine.Read(line));

    [Theory]
    [InlineData("""{"text":"yes","relation":{"kind":"reply","id":"00000000000000ab-7"}}""", RelationKind.Reply, "yes")]
    [InlineData("""{"relation":{"id":"00000000000000ab-7","kind":"edit"},"text":"/who"}""", RelationKind.Edit, "/who")]
    [InlineData("""{"relation":{"kind":"deletion","id":"00000000000000ab-7"}}""", RelationKind.Deletion, "")]
    [InlineData("""{"text":"👍","relation":{"kind":"reaction","id":"00000000000000ab-7"}}""", RelationKind.Reaction, "👍")]
    public void A_program_names_the_message_that_it_is_about(string line, RelationKind kind, string text) =>
        Assert.Equal(new InputAction.Say(text, new Relation(kind, new MessageId(new UserId(0xab), 7))), Json(line));


    [Theory]
    [InlineData("""{"text":"yes","relation":{"kind":"answer","id":"00000000000000ab-7"}}""", "reply, edit, deletion or reaction")]
    [InlineData("""{"text":"yes","relation":{"kind":"reply","id":"7"}}""", "the id of the message")]
    [InlineData("""{"text":"yes","relation":{"kind":"reply"}}""", "the id of the message")]
    [InlineData("""{"text":"yes","relation":{"kind":"reply","id":7}}""", "the id of the message")]
    [InlineData("""{"text":"yes","relation":"reply"}""", "write")]
    [InlineData("""{"text":"ok","relation":{"kind":"reaction","id":"00000000000000ab-7"}}""", "one character")]
    [InlineData("""{"text":"gone","relation":{"kind":"deletion","id":"00000000000000ab-7"}}""", "no text")]
    [InlineData("""{"relation":{"kind":"reply","id":"00000000000000ab-7"}}""", "1 to")]
    public void A_relation_that_is_none_is_refused_with_what_to_write(string line, string why) =>
        Assert.Contains(why, Assert.IsType<InputAction.Refuse>(Json(line)).Why, StringComparison.Ordinal);


    [Theory]
    [InlineData("""{"text":"one\ntwo"}""", "one\ntwo")]
    [InlineData("""{ "text" : "/who" } """, "/who")] // no command, but what somebody says
    [InlineData("""{"text":"Gr\u00fc\u00dfe \ud83d\udc4b"}""", "Grüße 👋")]
    [InlineData("hello", "hello")]
    [InlineData("\"hello\"", "\"hello\"")]
    [InlineData("[1]", "[1]")]
    [InlineData("{", "{")]
    [InlineData("{}", "{}")]
    [InlineData("""{"text":7}""", """{"text":7}""")]
    [InlineData("""{"level":"info","text":"a log's line"}""", """{"level":"info","text":"a log's line"}""")]
    [InlineData("""{"text":"a"} and more""", """{"text":"a"} and more""")]
    public void A_program_writes_many_lines_as_one_message_and_every_other_line_is_as_it_stands(string line, string text) =>
        Assert.Equal(new InputAction.Say(text), Json(line));

    [Fact]
    public void What_a_program_writes_is_refused_as_what_anybody_types_is()
    {
        Assert.Contains("empty", Assert.IsType<InputAction.Refuse>(Json("""{"text":""}""")).Why, StringComparison.Ordinal);
        Assert.Contains("surrogate", Assert.IsType<InputAction.Refuse>(Json("""{"text":"\ud800"}""")).Why, StringComparison.Ordinal);
        Assert.Contains("longer", Assert.IsType<InputAction.Refuse>(Json($$"""{"text":"{{new string('x', Limits.TextBytes + 1)}}"}""")).Why, StringComparison.Ordinal);
        Assert.Equal(new InputAction.Who(), Json("/who"));
    }

    [Fact]
    public async Task The_longest_message_fits_into_a_line_however_it_is_escaped()
    {
        var line = $$"""{"text": "{{string.Concat(Enumerable.Repeat("\\u000a", Limits.TextBytes))}}" }""";
        var read = await new LineReader(new MemoryStream(Encoding.UTF8.GetBytes(line + "\r\n"))).Next(default);
        using var screen = new JsonScreen();
        Assert.Equal(new InputAction.Say(new string('\n', Limits.TextBytes)), screen.Read(read!.Value));
    }

    private static InputAction Json(string line)
    {
        using var screen = new JsonScreen();
        return screen.Read(new RawLine(Encoding.UTF8.GetBytes(line), 1, IsWhole: true));
    }

    /// <summary>Gives no more than so many bytes a read, as a pipe may.</summary>
    private sealed class Slow(byte[] bytes, int piece) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(buffer.Length, piece)], cancellationToken);
    }
}
