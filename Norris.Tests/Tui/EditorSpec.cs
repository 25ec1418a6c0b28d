using System.Text;
using Norris.Actors.Protocol;
using Norris.Node.Tui;

namespace Norris.Tests.Tui;

public sealed class EditorSpec
{
    private static Editor Written(string text) => Editor.Empty.Insert(text, out _);

    [Theory]
    [InlineData("a👩‍👩‍👧b")]
    [InlineData("ae\u0301b")]
    [InlineData("a🇩🇪b")]
    public void The_cursor_and_backspace_go_over_whole_characters(string text)
    {
        Assert.Equal(1, Written(text).Left().Left().Cursor);
        Assert.Equal("ab", Written(text).Left().Backspace().Text);
        Assert.Equal("ab", Written(text).Home().Right().Delete().Text);
    }

    [Fact]
    public void Words_and_ends_of_lines_are_cut()
    {
        Assert.Equal("one ", Written("one two  ").CutWord().Text);
        Assert.Equal("one\n", Written("one\ntwo").CutToStart().Text);
        Assert.Equal("one\n", Written("one\ntwo").Home().CutToEnd().Text);
        Assert.Equal("xone two", Written("one two").WordLeft().WordLeft().Insert("x", out _).Text);
    }

    [Fact]
    public void Up_and_down_go_through_the_lines_before_they_go_through_what_was_said()
    {
        var editor = Written("said").Taken().Insert("long line\nb\nlong again", out _);

        Assert.Equal("long line\nbX\nlong again", editor.Up().Insert("X", out _).Text);
        Assert.Equal("lXong line\nb\nlong again", editor.Up().Up().Insert("X", out _).Text);
        Assert.Equal("said", editor.Up().Up().Up().Text);
        Assert.Equal(editor.Text, editor.Up().Up().Up().Down().Text);
    }

    [Fact]
    public void No_more_fits_than_one_message_may_have()
    {
        var editor = Editor.Empty.Insert(new string('日', Limits.TextBytes), out var fits);

        Assert.False(fits);
        Assert.InRange(Encoding.UTF8.GetByteCount(editor.Text), Limits.TextBytes - 2, Limits.TextBytes + 1);
        Assert.Equal(editor.Text, editor.Insert("日", out _).Text);
    }

    [Fact]
    public void What_was_said_is_kept_within_bounds()
    {
        var editor = Editor.Empty;
        for (var i = 0; i < TuiLimits.History + 50; i++)
        {
            editor = editor.Insert($"line {i}", out _).Taken();
        }

        for (var i = 0; i < TuiLimits.History + 50; i++)
        {
            editor = editor.Up();
        }

        Assert.Equal("line 50", editor.Text);
    }
}
