using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using Norris.Node.Screens;
using Norris.Node.Session;
using Norris.Tests.Session;

namespace Norris.Tests.Screens;

public sealed class StreamLoopSpec : IDisposable
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);
    private readonly Pipe _typed = new();
    private readonly MemoryStream _shown = new();
    private readonly CancellationTokenSource _leave = new();

    [Fact]
    public async Task Lines_are_said_in_order_and_the_end_of_the_input_leaves_once_they_are_delivered()
    {
        var session = new ScriptedSession { DeliversAtOnce = false };
        var end = Run(session);
        await Type("one\ntwo\n");
        await _typed.Writer.CompleteAsync();
        await Eventually.Holds(() => session.Said.Count == 2);

        session.DeliverOne();
        Assert.False(session.Left.Task.IsCompleted);
        session.DeliverOne();

        Assert.Null((await end.WaitAsync(Soon)).Trouble);
        Assert.True(session.Left.Task.IsCompleted);
        Assert.Equal(["one", "two"], session.Said);
        Assert.Equal(["one", "two"], Shown("said").Select(e => e.GetProperty("text").GetString()));
        Assert.Equal("bye", Shown()[^1].GetProperty("event").GetString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("/leave\n")]
    public async Task An_input_that_ends_before_the_room_has_let_the_user_in_is_no_reason_to_leave_without_a_welcome(string typed)
    {
        var session = new ScriptedSession();
        var end = Run(session, isIn: false);
        await Type(typed);
        await _typed.Writer.CompleteAsync();
        session.Happens(new NoticeEvent("on the way in"));
        await Eventually.Holds(() => Shown("notice").Count == 1 || end.IsCompleted);
        session.ComesIn();

        Assert.Null((await end.WaitAsync(Soon)).Trouble);
        Assert.Equal("ada", Assert.Single(Shown("welcome")).GetProperty("name").GetString());
    }

    [Fact]
    public async Task Reform_asks_the_session_and_tells_the_outcome()
    {
        var end = Run(new ScriptedSession());
        await Type("/reform\n/leave\n");

        Assert.Null((await end.WaitAsync(Soon)).Trouble);
        Assert.Contains("a new room has begun", Shown("notice").Select(e => e.GetProperty("text").GetString()));
    }

    [Theory]
    [InlineData("/nosuch\n", "/nosuch")]
    [InlineData("/bell\n", "/bell")]
    [InlineData("a\xff\n", "UTF-8 from byte 2 on")]
    public async Task What_is_refused_of_a_pipe_is_an_error_and_the_rest_is_said(string line, string told)
    {
        var session = new ScriptedSession();
        session.ComesIn();
        using var errors = new StringWriter();
        var end = new StreamLoop(session, new LineScreen(TimeProvider.System), Streams(Stream.Synchronized(_shown), terminal: false) with { Error = errors }, stay: false)
            .Run(_leave.Token);
        await _typed.Writer.WriteAsync(Encoding.Latin1.GetBytes($"one\n\n{line}two\n"));
        await _typed.Writer.CompleteAsync();

        Assert.Equal("a line of stdin was refused, see above; the others were said", (await end.WaitAsync(Soon)).Trouble);
        Assert.Equal(["one", "two"], session.Said);
        Assert.StartsWith("norris: not said: line 3 of stdin: ", errors.ToString(), StringComparison.Ordinal);
        Assert.Contains(told, errors.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("refused", Encoding.UTF8.GetString(_shown.ToArray()), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/nosuch\n", "a line of stdin was refused, see above; nothing was said")]
    [InlineData("/nosuch\none\n/bell\n", "2 lines of stdin were refused, see above; the other one was said")]
    public async Task Only_what_was_said_is_told_to_be(string lines, string told)
    {
        var session = new ScriptedSession();
        session.ComesIn();
        var end = new StreamLoop(session, new LineScreen(TimeProvider.System), Streams(Stream.Synchronized(_shown), terminal: false) with { Error = TextWriter.Null }, stay: false)
            .Run(_leave.Token);
        await Type(lines);
        await _typed.Writer.CompleteAsync();
        Assert.Equal(told, (await end.WaitAsync(Soon)).Trouble);
    }

    [Fact]
    public async Task An_empty_line_of_a_pipe_says_nothing_and_is_no_error()
    {
        var end = Run(new ScriptedSession());
        await Type("one\n\n\n");
        await _typed.Writer.CompleteAsync();
        Assert.Null((await end.WaitAsync(Soon)).Trouble);
    }

    [Fact]
    public async Task Who_stays_stays_when_the_input_ends()
    {
        var session = new ScriptedSession();
        var end = Run(session, stay: true);
        await Type("one\n");
        await _typed.Writer.CompleteAsync();
        await Eventually.Holds(() => session.Said.Count == 1);
        Assert.False(session.Left.Task.IsCompleted);

        await _leave.CancelAsync();
        Assert.Null((await end.WaitAsync(Soon)).Trouble);
        Assert.True(session.Left.Task.IsCompleted);
    }

    [Fact]
    public async Task Leave_leaves_and_what_comes_after_it_is_not_said()
    {
        var session = new ScriptedSession();
        var end = Run(session, stay: true);
        await Type("one\n/leave\ntwo\n");

        Assert.Null((await end.WaitAsync(Soon)).Trouble);
        Assert.Equal(["one"], session.Said);
    }

    [Fact]
    public async Task A_refusal_names_the_line_and_sends_nothing_and_the_next_line_goes_on()
    {
        var session = new ScriptedSession();
        var end = Run(session);
        await Type("one\n\n/nonsense\n");
        await _typed.Writer.WriteAsync(new byte[] { (byte)'a', 0xff, (byte)'\n' });
        await Type(new string('x', 20_000) + "\n/history\nlast\n");
        await _typed.Writer.CompleteAsync();
        await end.WaitAsync(Soon);

        Assert.Equal(["one", "last"], session.Said);
        Assert.Equal(
            ["line 2 of stdin", "line 3 of stdin", "line 4 of stdin", "line 5 of stdin", "line 6 of stdin"],
            Shown("refused").Select(e => e.GetProperty("why").GetString()!.Split(':')[0]));
    }

    [Fact]
    public async Task A_full_outbox_makes_a_pipe_wait_and_nothing_is_dropped()
    {
        const int Lines = 500;
        var session = new ScriptedSession { OutboxRoom = 3, DeliversAtOnce = false };
        var end = Run(session);
        var typing = Task.Run(async () =>
        {
            await Type(string.Concat(Enumerable.Range(1, Lines).Select(n => $"{n}\n")));
            await _typed.Writer.CompleteAsync();
        });

        for (var delivered = 0; delivered < Lines; delivered++)
        {
            await Eventually.Holds(() => session.Said.Count == Math.Min(Lines, delivered + 3));
            session.DeliverOne();
        }

        await typing;
        await end.WaitAsync(Soon);
        Assert.Equal(Enumerable.Range(1, Lines).Select(n => $"{n}"), session.Said);
        Assert.Empty(Shown("refused"));

        // Waiting is by condition: it asks again when there is news, not all the time.
        Assert.InRange(session.Retries, 1, 2 * Lines);
    }

    [Fact]
    public async Task A_program_says_many_lines_as_one_message()
    {
        var session = new ScriptedSession();
        var end = Run(session);
        await Type("{\"text\":\"one\\ntwo\"}\nplain\n");
        await _typed.Writer.CompleteAsync();
        await end.WaitAsync(Soon);
        Assert.Equal(["one\ntwo", "plain"], session.Said);
    }

    [Fact]
    public async Task At_a_terminal_a_full_outbox_is_told()
    {
        var session = new ScriptedSession { OutboxRoom = 1, DeliversAtOnce = false };
        var end = Run(session, terminal: true);
        await Type("one\ntwo\n/who\n");
        await Eventually.Holds(() => Shown("who").Count == 1);

        Assert.Equal("the outbox is full", Assert.Single(Shown("refused")).GetProperty("why").GetString());
        await _leave.CancelAsync();
        await end.WaitAsync(Soon);
    }

    [Fact]
    public async Task A_name_the_host_refuses_can_be_chosen_again_at_a_terminal()
    {
        var session = new ScriptedSession();
        var end = Run(session, terminal: true, isIn: false);
        session.Happens(new RefusedEvent("ada", "there are too many of that name"));
        await Eventually.Holds(() => Shown("notice").Count == 1);
        await Type("a  b\ncarl\n");
        await Eventually.Holds(() => session.NamesAskedFor.Count == 1);
        session.ComesIn();
        await Type("hello\n");
        await Eventually.Holds(() => session.Said.Count == 1);
        await _leave.CancelAsync();
        await end.WaitAsync(Soon);

        Assert.Equal(["carl"], session.NamesAskedFor);
        Assert.Equal(["hello"], session.Said);
    }

    [Fact]
    public async Task A_name_the_host_refuses_is_the_end_where_nobody_can_choose()
    {
        var session = new ScriptedSession();
        var end = Run(session, isIn: false);
        session.Happens(new RefusedEvent("ada", "there are too many of that name"));
        Assert.Contains("--name", (await end.WaitAsync(Soon)).Trouble, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_session_that_ends_by_itself_is_trouble_with_its_reason()
    {
        var session = new ScriptedSession();
        var end = Run(session);
        session.Ends("this node was put out");
        Assert.Equal("this node was put out", (await end.WaitAsync(Soon)).Trouble);
    }

    [Fact]
    public async Task Who_nobody_reads_any_more_leaves()
    {
        var session = new ScriptedSession();
        var end = new StreamLoop(session, new JsonScreen(), Streams(new Failing(new IOException("Broken pipe", 32)), terminal: false), stay: true).Run(_leave.Token);
        session.Happens(new NoticeEvent("anybody?"));
        Assert.Null((await end.WaitAsync(Soon)).Trouble);
        Assert.True(session.Left.Task.IsCompleted);
    }

    [Fact]
    public async Task Whose_output_cannot_be_written_leaves_and_says_why()
    {
        var session = new ScriptedSession();
        var full = new Failing(new IOException("No space left on device", 28));
        var end = new StreamLoop(session, new JsonScreen(), Streams(full, terminal: false), stay: true).Run(_leave.Token);
        session.Happens(new NoticeEvent("room for this?"));
        Assert.Contains("No space left", (await end.WaitAsync(Soon)).Trouble, StringComparison.Ordinal);
        Assert.True(session.Left.Task.IsCompleted);
    }

    [Fact]
    public async Task Many_events_are_written_in_few_pieces()
    {
        var output = new Counting();
        var session = new ScriptedSession();
        for (var i = 0; i < 15_000; i++)
        {
            session.Happens(new NoticeEvent("a line of some length, as lines are"));
        }

        session.Ends("enough");
        await new StreamLoop(session, new JsonScreen(), Streams(output, terminal: false), stay: true).Run(_leave.Token).WaitAsync(Soon);
        Assert.Equal(15_001, output.Lines);
        Assert.InRange(output.Writes, 1, 100);
    }

    public void Dispose()
    {
        _leave.Dispose();
        _shown.Dispose();
    }

    private Task<LoopEnd> Run(ScriptedSession session, bool stay = false, bool terminal = false, bool isIn = true)
    {
        if (isIn)
        {
            session.ComesIn();
        }

        return new StreamLoop(session, new JsonScreen(), Streams(Stream.Synchronized(_shown), terminal), stay).Run(_leave.Token);
    }

    private StandardStreams Streams(Stream output, bool terminal) => new(_typed.Reader.AsStream(), output, TextWriter.Null, terminal, terminal);

    private async Task Type(string text) => await _typed.Writer.WriteAsync(Encoding.UTF8.GetBytes(text));

    private List<JsonElement> Shown(string? kind = null)
    {
        var lines = Encoding.UTF8.GetString(_shown.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return [.. lines.Select(line => JsonDocument.Parse(line).RootElement).Where(e => kind is null || e.GetProperty("event").GetString() == kind)];
    }

    private sealed class Failing(Exception e) : MemoryStream
    {
        public override void Write(ReadOnlySpan<byte> buffer) => throw e;
    }

    private sealed class Counting : MemoryStream
    {
        public int Writes { get; private set; }

        public int Lines { get; private set; }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            Writes++;
            Lines += buffer.Count((byte)'\n');
        }
    }
}
