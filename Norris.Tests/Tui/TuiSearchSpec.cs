using Norris.Core.Protocol;
using Norris.Node.Session;
using Norris.Node.Tui;

namespace Norris.Tests.Tui;

public sealed class TuiSearchSpec
{
    [Fact]
    public void Without_an_archive_a_search_shows_the_place_in_the_scroll_back_and_goes_further_up_when_it_is_asked_again()
    {
        var it = new ModelDriver().Hear("tea at four").Hears(60).Hear("more tea?").Hears(60);

        it.Say("/search tea");
        Assert.Empty(it.Commands);
        Assert.Contains(it.Screen, row => row.Contains("▎bob: more tea?", StringComparison.Ordinal));
        Assert.Contains("goes further up", it.Status, StringComparison.Ordinal);

        it.Say("/search tea");
        Assert.Contains(it.Screen, row => row.Contains("▎bob: tea at four", StringComparison.Ordinal));
        it.Say("/search tea");
        Assert.Contains("nothing further up matches 'tea'", it.Status, StringComparison.Ordinal);

        it.Press(TuiKey.Escape);
        Assert.Null(it.Model.Transcript.Place);
        Assert.DoesNotContain(it.Screen, row => row.Contains('▎', StringComparison.Ordinal));
        Assert.Contains(it.Say("/search \"more tea\"").Screen, row => row.Contains("▎bob: more tea?", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("coffee", "nobody keeps the history")]
    [InlineData("-", "no word")]
    [InlineData("since:yesterday tea", "yesterday")]
    public void Where_nothing_is_found_or_asked_for_it_is_said(string words, string why)
    {
        var it = new ModelDriver(200).Hear("tea at four").Say($"/search {words}");
        Assert.Contains(why, it.Status, StringComparison.Ordinal);
        Assert.Null(it.Model.Transcript.Place);
    }

    [Fact]
    public void What_the_room_tells_is_not_what_somebody_said() =>
        Assert.Contains("nobody keeps the history", new ModelDriver(200).Say("/search alice").Status, StringComparison.Ordinal);

    [Fact]
    public void An_archive_is_asked_where_there_is_one()
    {
        var view = new FakeChatSession().View;
        var it = new ModelDriver().Do(new TuiInput.Looked(view with { Nodes = [.. view.Nodes.Select(node => node with { Recording = true })] })).Say("/search tea");
        Assert.Equal([new TuiCommand.ReadHistory("tea", null)], it.Commands);
    }
}
