using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Norris.Lab.Teach;
using Norris.Tests.Web;

namespace Norris.Tests.Teach;

/// <summary>Who may kill processes, and how what cannot be done is told.</summary>
public sealed class TeachServerSpec : IAsyncLifetime
{
    private TeachWeb _web = null!;

    public async Task InitializeAsync()
    {
        _web = await TeachWeb.Start();
        using var page = await _web.Teacher.GetAsync(_web.Server.Link);
        Assert.Equal("/", page.RequestMessage!.RequestUri!.PathAndQuery);
    }

    public async Task DisposeAsync() => await _web.DisposeAsync();

    [Fact]
    public async Task Only_the_browser_that_has_opened_the_link_is_answered_and_the_link_opens_once()
    {
        await HttpSpec.IsProblem(await _web.Stranger.GetAsync("/api/class?after=0"), HttpStatusCode.Unauthorized);
        await HttpSpec.IsProblem(await Post(_web.Stranger, new { @do = "add" }), HttpStatusCode.Unauthorized);
        using var again = await _web.Stranger.GetAsync(_web.Server.Link);
        await HttpSpec.IsProblem(await _web.Stranger.GetAsync("/api/class?after=0"), HttpStatusCode.Unauthorized);

        _web.Is(0, "ada", "here");
        Assert.Equal("ada", (await Moments(0)).Single().GetProperty("name").GetString());
    }

    [Theory]
    [InlineData("Host", "evil.example")]
    [InlineData("Host", "10.1.2.3")]
    [InlineData("Origin", "http://evil.example")]
    [InlineData("Sec-Fetch-Site", "cross-site")]
    public async Task Another_sites_page_can_do_nothing(string header, string value)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/class") { Content = JsonContent.Create(new { @do = "add" }) };
        request.Headers.TryAddWithoutValidation(header, value);
        await HttpSpec.IsProblem(await _web.Teacher.SendAsync(request), HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task The_page_takes_nothing_from_elsewhere()
    {
        using var page = await _web.Stranger.GetAsync("/");
        Assert.Contains("default-src 'none'; script-src 'self'", page.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        using var chat = await _web.Stranger.GetAsync("/app.js"); // of the other page
        Assert.Equal(HttpStatusCode.NotFound, chat.StatusCode);
    }

    [Theory]
    [InlineData("""{"do":"kill","lane":0}""", 409, "there is no such node")]
    [InlineData("""{"do":"kill","lane":-7}""", 409, "there is no such node")]
    [InlineData("""{"do":7}""", 422, "'do' in the body is no string of whole characters")]
    [InlineData("nothing", 400, "the body is not JSON")]
    public async Task What_cannot_be_done_is_told_in_a_line(string body, int status, string why)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await _web.Teacher.PostAsync("/api/class", content);
        Assert.Equal((status, why), ((int)answer.StatusCode, (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("detail").GetString()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("?after=-1")]
    [InlineData("?after=x")]
    public async Task A_question_without_a_number_is_refused(string query) =>
        await HttpSpec.IsProblem(await _web.Teacher.GetAsync($"/api/class{query}"), HttpStatusCode.UnprocessableEntity);

    [Fact]
    public async Task A_question_waits_for_what_happens_next()
    {
        _web.Is(0, "ada", "starting");
        var waiting = Moments(1);
        Assert.False(waiting.IsCompleted);
        _web.Is(0, "ada", "here");
        Assert.Equal("here", (await waiting).Single().GetProperty("state").GetString());
    }

    [Fact]
    public async Task Of_a_long_class_the_last_moments_are_kept_and_how_each_node_is()
    {
        var record = new ClassRecord();
        record.Add(n => new Moment(n, 0, 0, "lane") { State = "here" });
        for (var i = 0; i < 2 * ClassRecord.Kept; i++)
        {
            record.Add(n => new Moment(n, n, 0, "line"));
        }

        var all = await record.After(0, int.MaxValue, TimeSpan.Zero, CancellationToken.None);
        Assert.InRange(all.Count, ClassRecord.Kept, ClassRecord.Kept + 1_000);
        Assert.Equal(("lane", 2 * ClassRecord.Kept + 1L), (all[0].Kind, all[^1].Number));
        Assert.Equal([all[^1]], await record.After(all[^2].Number, 5, TimeSpan.Zero, CancellationToken.None));
        Assert.Empty(await record.After(all[^1].Number, 5, TimeSpan.Zero, CancellationToken.None));
    }

    private static Task<HttpResponseMessage> Post(HttpClient client, object wish) => client.PostAsJsonAsync("/api/class", wish);

    private async Task<IReadOnlyList<JsonElement>> Moments(long after) =>
        [.. (await _web.Teacher.GetFromJsonAsync<JsonElement>($"/api/class?after={after}")).GetProperty("moments").EnumerateArray()];
}
