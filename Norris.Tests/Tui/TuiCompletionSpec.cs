using Norris.Core.Protocol;
using Norris.Node.Session;
using Norris.Node.Tui;

namespace Norris.Tests.Tui;

public sealed class TuiCompletionSpec
{
    private readonly ModelDriver _it = new();

    public TuiCompletionSpec() => Here("alice", "bob", "Bodo", "ada lovelace", "çağla", "zoë-2");

    [Theory]
    [InlineData("/na", "/name ")]
    [InlineData("/wh", "/who")]
    [InlineData("/me", "/me ")]
    [InlineData("b", "bob ")]
    [InlineData("@b", "@bob ")]
    [InlineData("hi B", "hi bob ")]
    [InlineData("hi (bod", "hi (Bodo ")]
    [InlineData("Ç", "çağla ")]
    [InlineData("thanks, ada l", "thanks, ada lovelace ")]
    [InlineData("/name zo", "/name zoë-2 ")]
    [InlineData("/kick ", "/kick ada lovelace ")]
    [InlineData("/kick bod", "/kick Bodo ")]
    [InlineData("/notices o", "/notices off")]
    [InlineData("/notices ", "/notices off")]
    [InlineData("two\nlines for z", "two\nlines for zoë-2 ")]
    public void Tab_completes_names_and_commands(string typed, string completed) => Assert.Equal(completed, Type(typed).Press(TuiKey.Tab).Model.Editor.Text);

    [Theory]
    [InlineData("")]
    [InlineData("hi ")]
    [InlineData("/xyz")]
    [InlineData("/notices x")]
    [InlineData("/name ")] // a new one is wanted
    [InlineData("not for abob")]
    [InlineData("al")] // oneself
    [InlineData("hi /na")]
    [InlineData("👩‍👩‍👧\ud83d")]
    public void Where_nothing_fits_the_line_stays_and_the_user_is_told(string typed)
    {
        Type(typed).Press(TuiKey.Tab);
        Assert.Equal(typed, _it.Model.Editor.Text);
        Assert.Contains("begins like that", _it.Status, StringComparison.Ordinal);
    }

    [Fact]
    public void Tab_again_goes_through_all_that_fit_and_shows_them()
    {
        Type("@bo and more").Press([.. Enumerable.Repeat(TuiKey.Left, " and more".Length)]);
        Assert.Equal("@bob and more", _it.Press(TuiKey.Tab).Model.Editor.Text);
        Assert.StartsWith(" bob  Bodo", _it.Status, StringComparison.Ordinal);
        Assert.Equal("@Bodo and more", _it.Press(TuiKey.Tab).Model.Editor.Text);
        Assert.Equal("@bob and more", _it.Press(TuiKey.Tab).Model.Editor.Text);
        Assert.Equal("@bob! and more", _it.Type("!").Model.Editor.Text);
    }

    [Fact]
    public void After_an_at_alone_all_others_fit()
    {
        var seen = Enumerable.Range(0, 6).Select(_ => (_it.Model.Editor.IsEmpty ? Type("@") : _it).Press(TuiKey.Tab).Model.Editor.Text).ToList();
        Assert.Equal(["@ada lovelace ", "@bob ", "@Bodo ", "@zoë-2 ", "@çağla ", "@ada lovelace "], seen);
    }

    [Fact]
    public void What_was_typed_since_is_completed_and_not_what_fitted_before()
    {
        Type("bo").Press(TuiKey.Tab).Type("and z").Press(TuiKey.Tab);
        Assert.Equal("bob and zoë-2 ", _it.Model.Editor.Text);
    }

    [Fact]
    public void A_message_never_gets_longer_than_it_may_be()
    {
        var full = new string('x', Limits.TextBytes - 2) + " zo";
        Type(full).Press(TuiKey.Tab);
        Assert.Equal(full, _it.Model.Editor.Text);
        Assert.Contains("no room", _it.Model.Hint, StringComparison.Ordinal);
    }

    private ModelDriver Type(string text) => _it.Do(new TuiInput.Pasted(text));

    private void Here(params string[] names) => _it.Do(new TuiInput.Looked(new RoomView(
        "room", 1, 1, 1, "h:1", "a:1", names[0], ConnectionState.Connected, DeliveryLevel.Uniform, [],
        [.. names.Select((name, i) => new UserView(new UserId((ulong)i + 1), name, "a:1", false, i == 0))], 0, 1, 1, [])));
}
