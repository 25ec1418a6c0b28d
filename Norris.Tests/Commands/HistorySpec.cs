using System.Text;
using Norris.Node.Archive;
using Norris.Node.Commands;
using Norris.Node.Screens;
using Norris.Node.Session;
using Norris.Tests.Archive;

namespace Norris.Tests.Commands;

public sealed class HistorySpec : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly LivedHistory _lived = new(2_500);
    private readonly StringWriter _errors = new();

    private string Store => $"sqlite:{_folder.File("history.db")}";

    public void Dispose()
    {
        _errors.Dispose();
        _folder.Delete();
    }

    [Fact]
    public async Task An_export_is_byte_for_byte_what_the_json_screen_says()
    {
        await Keep(_lived.All);
        var (code, output) = await Run("--export", "json");
        Assert.Equal(0, code);
        using var json = new JsonLines();
        var expected = string.Concat(_lived.Entries.Select(e => Encoding.UTF8.GetString(json.Format(e).Span) + "\n"));
        Assert.Equal(expected, output);
        Assert.Equal("", _errors.ToString());
    }

    [Fact]
    public async Task Shows_the_last_messages_newest_last_and_nothing_that_acts_on_a_terminal()
    {
        await Keep(_lived.All);
        var (_, output) = await Run("--limit", "200");
        Assert.DoesNotContain(output, c => char.IsControl(c) && c != '\n');
        var last = _lived.Messages.Last();
        Assert.Contains(last.Text, output.TrimEnd().Split('\n')[^1], StringComparison.Ordinal);
        Assert.Equal(200, output.Split('\n').Count(l => l.StartsWith("2026-", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Finds_words_and_shows_the_latest_of_them()
    {
        await Keep(_lived.All);
        var (_, output) = await Run("--search", "garden", "--limit", "3", "--export", "json");
        var expected = _lived.Messages.Where(m => m.Text.Contains("garden", StringComparison.Ordinal)).TakeLast(3).Select(m => m.Id.ToString());
        Assert.Equal(expected, output.TrimEnd().Split('\n').Select(l => System.Text.Json.JsonDocument.Parse(l).RootElement.GetProperty("id").GetString()!));
    }

    [Fact]
    public async Task Holes_are_shown_where_they_are()
    {
        await Keep(_lived.Stretch(101, 200), _lived.Stretch(301, 400));
        var (_, json) = await Run("--export", "json");
        Assert.Equal(2, json.Split('\n').Count(l => l == """{"event":"missed","count":100}"""));
        Assert.Contains("200 entries of this room are not in this archive", _errors.ToString(), StringComparison.Ordinal);
        var (_, text) = await Run("--export", "text");
        Assert.Contains("[100 entries (201–300): not in this archive yet]", text, StringComparison.Ordinal);
        var (_, last) = await Run("--limit", "90");
        Assert.Contains("201–300", last, StringComparison.Ordinal);
        Assert.DoesNotContain("1–100)", last, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Several_rooms_are_listed_chosen_and_deleted()
    {
        var other = new LivedHistory(10, seed: 2);
        await Keep(_lived.Stretch(1, 100), other.All);
        var (_, rooms) = await Run("--rooms");
        Assert.Equal([other.Room.ToString(), _lived.Room.ToString()], rooms.TrimEnd().Split('\n').Select(l => l.Split(' ')[0]));
        var (_, chosen) = await Run("--room", other.Room.ToString(), "--export", "json");
        Assert.Equal(10, chosen.TrimEnd().Split('\n').Length);
        Assert.Equal((2, ""), await Run("--delete-room", other.Room.ToString()));
        Assert.Contains("10 entries, would be deleted for good: say --yes", _errors.ToString(), StringComparison.Ordinal);
        Assert.Equal((0, ""), await Run("--delete-room", other.Room.ToString(), "--yes"));
        Assert.Equal((1, ""), await Run("--room", other.Room.ToString()));
        Assert.Contains("no room", _errors.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_archive_without_a_room_and_a_room_without_a_message_say_so()
    {
        await Keep(_lived.Stretch(1, _lived.Messages.First().Seq - 1));
        Assert.EndsWith("no message\n", (await Run("--rooms")).Output, StringComparison.Ordinal);
        Assert.Equal((0, ""), await Run());
        Assert.Contains("no message of this room is in the archive", _errors.ToString(), StringComparison.Ordinal);
        Assert.Equal((0, ""), await Run("--delete-room", _lived.Room.ToString(), "--yes"));
        Assert.Equal((0, ""), await Run("--rooms"));
        Assert.EndsWith("this archive is empty\n", _errors.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_of_a_clock_without_a_time_is_a_message()
    {
        var first = _lived.Messages.First();
        await Keep(_lived.Stretch(1, first.Seq - 1));
        await Keep(new HistoryStretch(_lived.Room, _lived.HashBefore(first.Seq), [first with { SentAt = 0, OrderedAt = 0 }]));
        Assert.EndsWith("the last message 1970-01-01T00:00:00.000Z\n", (await Run("--rooms")).Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("yes\n", 0)]
    [InlineData("y\n", 1)]
    [InlineData("no\n", 1)]
    [InlineData("", 1)]
    public async Task Who_sits_at_a_terminal_is_asked_before_anything_is_deleted(string answer, int code)
    {
        await Keep(_lived.All);
        using var output = new MemoryStream();
        Assert.Equal(code, await Run(output, ["--delete-room", _lived.Room.ToString()], answer));
        Assert.Contains("for good; type yes to do it:", _errors.ToString(), StringComparison.Ordinal);
        Assert.Contains(code == 0 ? "deleted 2500 entries" : "nothing was deleted", _errors.ToString(), StringComparison.Ordinal);
        Assert.Equal(code == 0, (await Run("--rooms")).Output.Length == 0);
    }

    [Fact]
    public async Task One_message_and_one_user_are_deleted()
    {
        await Keep(_lived.All);
        Assert.Equal((1, ""), await Run("--delete-message", "99999", "--yes"));
        Assert.Contains(
            $"no message 99999 of room {_lived.Room}; the numbers of what it has are from {_lived.All.First} to {_lived.All.Last}", _errors.ToString(), StringComparison.Ordinal);
        var last = _lived.Messages.Last();
        Assert.Equal((0, ""), await Run("--delete-message", $"{last.Seq}", "--yes"));
        Assert.Contains("deleted 1 entry;", _errors.ToString(), StringComparison.Ordinal);
        Assert.Equal((1, ""), await Run("--delete-message", $"{last.Seq}", "--yes"));
        Assert.Contains($"nothing was deleted: this archive has no message {last.Seq} of room", _errors.ToString(), StringComparison.Ordinal);
        Assert.Equal((0, ""), await Run("--delete-user", "user 3", "--yes"));
        var (_, output) = await Run("--export", "text");
        Assert.DoesNotContain("User 3", output, StringComparison.Ordinal);
        Assert.DoesNotContain($"number{last.Seq}\n", output, StringComparison.Ordinal);
        Assert.Contains($"[1 entry ({last.Seq}): deleted by whoever keeps this archive]", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_search_that_finds_nothing_and_one_that_asks_nothing_say_so()
    {
        await Keep(_lived.All);
        Assert.Equal((0, ""), await Run("--search", "nobodysaidthis"));
        Assert.Contains("no message of this room in the archive matches", _errors.ToString(), StringComparison.Ordinal);
        Assert.Equal((2, ""), await Run("--search", "!?"));
        Assert.Contains("there is no word in it; write words and", _errors.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--search", "since:today")]
    [InlineData("--search", "from:")]
    public async Task A_search_that_makes_no_sense_is_wrong_usage(params string[] args)
    {
        await Keep(_lived.All);
        Assert.Equal((2, ""), await Run(args));
        Assert.StartsWith("norris: --search: ", _errors.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--delete-message", "9")]
    [InlineData("--delete-user", "ada")]
    [InlineData("--search", "garden")]
    [InlineData("--export", "json")]
    [InlineData("--rooms")]
    [InlineData("--room", "1")]
    public async Task Who_asks_for_something_else_too_deletes_no_room(params string[] args)
    {
        await Keep(_lived.All);
        Assert.Equal((2, ""), await Run(["--delete-room", _lived.Room.ToString(), "--yes", .. args]));
        Assert.Contains("--delete-room", _errors.ToString(), StringComparison.Ordinal);
        Assert.Contains(_lived.Room.ToString(), (await Run("--rooms")).Output, StringComparison.Ordinal);
    }

    /// <summary>No file of arguments, as the command library has it by default.</summary>
    [Fact]
    public async Task A_word_may_begin_with_an_at()
    {
        await Keep(_lived.All);
        Assert.Equal((0, ""), await Run("--search", "@nobodysaidthis"));
        Assert.Contains("no message of this room in the archive matches", _errors.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--export", "json")]
    [InlineData("--rooms")]
    [InlineData("--search", "garden")]
    public async Task What_cannot_be_written_is_said_and_is_no_success(params string[] args)
    {
        await Keep(_lived.All);
        Assert.Equal(1, await Run(new FullDisk(), args));
        Assert.StartsWith("norris: the output cannot be written: the disk is full", _errors.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_archive_that_is_not_there_is_not_made()
    {
        Assert.Equal((1, ""), await Run());
        Assert.False(File.Exists(_folder.File("history.db")));
        Assert.StartsWith("norris: there is no archive at", _errors.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a password on the command line", "--archive", "postgres://me:hunter2@h/d")]
    [InlineData("is no archive", "--archive", "history.db")]
    [InlineData("json and text", "--export", "xml")]
    [InlineData("from 1 on", "--limit", "0")]
    [InlineData("16 hex digits", "--room", "kitchen")]
    public async Task Wrong_usage_says_what_to_write(string what, params string[] args)
    {
        Assert.Equal((2, ""), await Run(args));
        Assert.Contains(what, _errors.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", _errors.ToString(), StringComparison.Ordinal);
    }

    private async Task Keep(params HistoryStretch[] stretches)
    {
        await using var store = StoreName.Parse(Store).Open();
        await store.Prepare();
        foreach (var stretch in stretches)
        {
            await store.Append(stretch);
        }
    }

    private async Task<(int Code, string Output)> Run(params string[] args)
    {
        using var output = new MemoryStream();
        return (await Run(output, args), Encoding.UTF8.GetString(output.ToArray()));
    }

    private async Task<int> Run(Stream output, string[] args, string? typed = null)
    {
        using var input = new MemoryStream(Encoding.UTF8.GetBytes(typed ?? ""));
        var streams = new StandardStreams(input, output, _errors, InIsTerminal: typed is not null, OutIsTerminal: false);
        var surroundings = new Surroundings(
            streams, null, TimeProvider.System, (_, _) => throw new InvalidOperationException("history starts no node"));
        string[] archive = args.Contains("--archive") ? [] : ["--archive", Store];
        return await Node.Commands.CommandLine.Run(["history", .. archive, .. args], surroundings, CancellationToken.None);
    }

    private sealed class FullDisk : MemoryStream
    {
        public override void Write(ReadOnlySpan<byte> buffer) => throw new IOException("the disk is full");

        public override void Write(byte[] buffer, int offset, int count) => throw new IOException("the disk is full");

        public override void Flush() => throw new IOException("the disk is full");
    }
}
