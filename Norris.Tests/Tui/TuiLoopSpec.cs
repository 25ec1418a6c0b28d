using Norris.Node.Session;
using Norris.Node.Tui;

namespace Norris.Tests.Tui;

public sealed class TuiLoopSpec
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    [Fact]
    public void A_message_that_comes_back_at_once_is_still_known_as_ones_own()
    {
        var loop = new TuiLoop(new FakeChatSession(), TimeProvider.System, Patience);
        loop.Turn();
        loop.Input(new TuiInput.Typed("hello"));
        loop.Input(new TuiInput.Pressed(TuiKey.Enter));
        Assert.Single(loop.Model.Pending);

        loop.Turn();
        Assert.Empty(loop.Model.Pending);
        Assert.True(loop.Model.Transcript.Lines[^1].IsMine);
    }

    [Fact]
    public void A_turn_without_news_says_so()
    {
        var loop = new TuiLoop(new FakeChatSession(), TimeProvider.System, Patience);
        Assert.True(loop.Turn());
        Assert.False(loop.Turn());
    }

    [Fact]
    public async Task A_wait_ends_with_what_happens_next_and_with_a_key()
    {
        var session = new FakeChatSession();
        var loop = new TuiLoop(session, TimeProvider.System, Patience);
        loop.Turn();
        Assert.False(loop.WaitForMore(TimeSpan.Zero));

        var waiting = Task.Run(() => loop.WaitForMore(Patience));
        session.Hear("bob", "hello");
        Assert.True(await waiting);
        Assert.True(loop.Turn());
        Assert.False(loop.WaitForMore(TimeSpan.Zero));

        waiting = Task.Run(() => loop.WaitForMore(Patience));
        loop.Wake();
        Assert.True(await waiting);
    }

    [Fact]
    public void A_session_that_ends_unasked_is_a_failure_with_its_reason()
    {
        var session = new FakeChatSession();
        var loop = new TuiLoop(session, TimeProvider.System, Patience);
        session.Put(new ByeEvent("expelled"));
        loop.Turn();

        Assert.True(loop.IsOver);
        Assert.Equal("the session is over: expelled", loop.Failure);
    }

    [Fact]
    public void A_proper_goodbye_is_none()
    {
        var session = new FakeChatSession();
        var loop = new TuiLoop(session, TimeProvider.System, Patience);
        loop.AskToLeave();
        loop.Turn();
        loop.Turn();

        Assert.True(session.HasLeft);
        Assert.True(loop.IsOver);
        Assert.Null(loop.Failure);
    }

    [Theory]
    [InlineData(true, false, "xterm", 80, 24, "input is not a terminal")]
    [InlineData(false, true, "xterm", 80, 24, "output is not a terminal")]
    [InlineData(false, false, null, 80, 24, "TERM is not set")]
    [InlineData(false, false, "dumb", 80, 24, "TERM=dumb")]
    [InlineData(false, false, "xterm", 0, 0, "does not tell its size")]
    [InlineData(false, false, "xterm", 30, 24, "30x24")]
    public void A_terminal_that_cannot_is_told_why(bool input, bool output, string? term, int width, int height, string why) =>
        Assert.Contains(why, TuiTerminal.WhyNot(input, output, term, width, height), StringComparison.Ordinal);

    [Fact]
    public void A_terminal_that_can_is_taken() => Assert.Equal("", TuiTerminal.WhyNot(false, false, "xterm-256color", 80, 24));
}
