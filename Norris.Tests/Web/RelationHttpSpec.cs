using System.Net;
using System.Text.Json;
using Norris.Tests.Session;
using static Norris.Tests.Web.HttpSpec;

namespace Norris.Tests.Web;

/// <summary>Messages about others, over HTTP.</summary>
public sealed class RelationHttpSpec : IAsyncLifetime
{
    private WebNode _web = null!;

    public async Task InitializeAsync() => _web = await WebNode.Start(new FakeRoom());

    public async Task DisposeAsync() => await _web.DisposeAsync();

    [Fact]
    public async Task A_message_may_be_about_another_one_and_its_line_says_so()
    {
        var first = await Posted(new { text = "tea?" });
        await Posted(new { text = "tea!", relation = new { kind = "edit", id = first } });
        await Posted(new { text = "👍", relation = new { kind = "reaction", id = first } });
        await Posted(new { relation = new { kind = "deletion", id = first } });
        await using var events = await EventReader.Open(_web.Client);
        Assert.False((await events.Next("said")).TryGetProperty("relation", out _));
        foreach (var kind in (string[])["edit", "reaction", "deletion"])
        {
            var relation = (await events.Next("said")).GetProperty("relation");
            Assert.Equal((kind, first), (relation.GetProperty("kind").GetString(), relation.GetProperty("id").GetString()));
        }
    }

    [Theory]
    [InlineData("answer", "0000000000000001-1", "x")]
    [InlineData("reply", "1", "x")]
    [InlineData("reply", "0000000000000001-1", "")]
    [InlineData("reaction", "0000000000000001-1", "ok")]
    [InlineData("edit", "00000000000000ff-1", "x")] // somebody else's
    [InlineData(null, null, "x")]
    public async Task A_message_about_what_cannot_be_is_refused(string? kind, string? id, string text)
    {
        using var answer = await _web.Post(new { text, relation = new { kind, id } });
        await IsProblem(answer, HttpStatusCode.UnprocessableEntity);
    }

    [Fact]
    public async Task The_same_key_with_another_relation_is_another_message()
    {
        var first = await Posted(new { text = "tea?" });
        var reply = await Posted(new { text = "yes", key = "k", relation = new { kind = "reply", id = first } });
        Assert.Equal(reply, await Posted(new { text = "yes", key = "k", relation = new { kind = "reply", id = first } }));
        using var answer = await _web.Post(new { text = "yes", key = "k" });
        await IsProblem(answer, HttpStatusCode.UnprocessableEntity);
    }

    [Theory]
    [InlineData("/reply yes", "reply", "yes")]
    [InlineData("/react 👍", "reaction", "👍")]
    [InlineData("/edit tea", "edit", "tea")]
    [InlineData("/delete", "deletion", "")]
    public async Task A_typed_line_may_be_about_a_message(string line, string does, string text)
    {
        using var answer = await _web.Client.PostAsync(new Uri("/api/line", UriKind.Relative), System.Net.Http.Json.JsonContent.Create(new { line }));
        var read = await WebNode.Json(answer);
        Assert.Equal((does, text), (read.GetProperty("does").GetString(), read.GetProperty("text").GetString()));
    }

    private async Task<string> Posted(object message)
    {
        using var answer = await _web.Post(message);
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        return (await WebNode.Json(answer)).GetProperty("id").GetString()!;
    }
}
