using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Norris.Node.Session;
using Norris.Tests.Session;

namespace Norris.Tests.Web;

/// <summary>A private room over HTTP, for the node's own user; that others are refused is in <see cref="OwnerSpec"/>.</summary>
public sealed class CircleApiSpec : IAsyncLifetime
{
    private static readonly Uri Devices = new("/api/devices", UriKind.Relative);
    private static readonly Uri Invites = new("/api/invites", UriKind.Relative);

    private readonly FakeRoom _room = new();
    private WebNode _web = null!;
    private FakeCircle _circle = null!;

    public async Task InitializeAsync()
    {
        _web = await WebNode.Start(_room, "ada");
        _circle = _web.Node.Circle = new FakeCircle(_room);
    }

    public async Task DisposeAsync() => await _web.DisposeAsync();

    [Fact]
    public async Task The_devices_are_told_with_who_is_on_them_where_they_are_and_who_let_them_in()
    {
        _circle.LetIn("9F3K-T0PA", "bob", "bob", "bobs-guest");
        _circle.LetIn("AB3K-T0PA", "");
        using var answer = await _web.Client.GetAsync(Devices);
        Assert.True(answer.Headers.CacheControl?.NoStore);
        var all = (await WebNode.Json(answer)).EnumerateArray().ToList();
        Assert.Equal(["7QK4-M2ZX", "9F3K-T0PA", "AB3K-T0PA"], all.Select(d => d.GetProperty("id").GetString()));
        Assert.Equal(["own", "here", "away"], all.Select(d => d.GetProperty("place").GetString()));
        Assert.Equal(["", "ada", "ada"], all.Select(d => d.GetProperty("by").GetString()));
        Assert.Equal(["", "4mvt", "4mvt"], all.Select(d => d.GetProperty("invite").GetString()));
        Assert.Equal(["bob", "bobs-guest"], all[1].GetProperty("users").EnumerateArray().Select(u => u.GetString()));
        Assert.Equal(new DateTime(2026, 11, 25, 12, 0, 0, DateTimeKind.Utc), all[1].GetProperty("at").GetDateTimeOffset().UtcDateTime);
    }

    [Fact]
    public async Task An_invite_is_a_line_and_a_qr_code_that_says_the_same()
    {
        using var answer = await _web.Client.PostAsJsonAsync(Invites, new { name = "bob" });
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        Assert.True(answer.Headers.CacheControl?.NoStore);
        var invite = await WebNode.Json(answer);
        var line = invite.GetProperty("line").GetString();
        Assert.Equal($"norris join 192.168.1.7:4053/{FakeCircle.Code}", line);
        Assert.Equal(("4mvt", "bob"), (invite.GetProperty("id").GetString(), invite.GetProperty("name").GetString()));
        Assert.Equal(line, QrReader.Read([.. invite.GetProperty("qr").EnumerateArray().Select(row => row.GetString()!)]));
    }

    [Fact]
    public async Task An_invite_is_taken_back_and_a_device_is_put_out()
    {
        _circle.LetIn("9F3K-T0PA", "bob");
        using var back = await _web.Client.DeleteAsync(new Uri("/api/invites?code=4mvt", UriKind.Relative));
        Assert.Equal("the invite 4mvt lets nobody in any more", (await WebNode.Json(back)).GetProperty("outcome").GetString());
        using var gone = await _web.Client.DeleteAsync(new Uri("/api/devices?who=9F3K-T0PA", UriKind.Relative));
        Assert.Equal("the device 9F3K-T0PA is refused from now on", (await WebNode.Json(gone)).GetProperty("outcome").GetString());
        Assert.Equal([CircleChange.Admitted, CircleChange.TakenBack, CircleChange.PutOut], _room.Log.OfType<CircleEvent>().Select(e => e.Change));
    }

    [Theory]
    [InlineData("DELETE", "/api/devices")]
    [InlineData("DELETE", "/api/devices?who=")]
    [InlineData("DELETE", "/api/devices?who=nobody")]
    [InlineData("DELETE", "/api/invites")]
    [InlineData("DELETE", "/api/invites?code=zzzz")]
    public async Task What_names_nothing_puts_nothing_out_and_says_so(string method, string path)
    {
        _circle.LetIn("AB3K-T0PA", "");
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        await HttpSpec.IsProblem(await _web.Client.SendAsync(request), HttpStatusCode.UnprocessableEntity);
        Assert.Equal(2, (await _web.Client.GetFromJsonAsync<JsonElement>(Devices)).GetArrayLength());
    }

    [Theory]
    [InlineData("application/json", "{", HttpStatusCode.BadRequest)]
    [InlineData("application/json", "{\"name\":5}", HttpStatusCode.UnprocessableEntity)]
    [InlineData("text/plain", "bob", HttpStatusCode.UnsupportedMediaType)]
    public async Task A_body_that_is_none_makes_no_invite(string type, string text, HttpStatusCode status)
    {
        using var body = new StringContent(text, Encoding.UTF8, type);
        await HttpSpec.IsProblem(await _web.Client.PostAsync(Invites, body), status);
        Assert.Empty(_room.Log.OfType<CircleEvent>());
    }

    [Fact]
    public async Task Another_sites_page_can_make_no_invite_and_read_no_devices()
    {
        foreach (var method in new[] { HttpMethod.Get, HttpMethod.Post, HttpMethod.Delete })
        {
            using var request = new HttpRequestMessage(method, method == HttpMethod.Post ? Invites : Devices) { Content = method == HttpMethod.Post ? JsonContent.Create(new { name = "eve" }) : null };
            request.Headers.Add("Sec-Fetch-Site", "cross-site");
            await HttpSpec.IsProblem(await _web.Client.SendAsync(request), HttpStatusCode.Forbidden);
        }

        Assert.Empty(_room.Log.OfType<CircleEvent>());
    }

    [Fact]
    public async Task A_room_that_does_not_answer_may_be_asked_again()
    {
        _circle.IsCutOff = true;
        using var answer = await _web.Client.PostAsJsonAsync(Invites, new { name = "bob" });
        await HttpSpec.IsProblem(answer, HttpStatusCode.ServiceUnavailable);
        Assert.NotNull(answer.Headers.RetryAfter);
    }

    [Fact]
    public async Task The_room_says_whether_it_is_private_and_an_open_one_has_no_devices()
    {
        Assert.True((await _web.Client.GetFromJsonAsync<JsonElement>("/api/room")).GetProperty("private").GetBoolean());
        _web.Node.Circle = null;
        Assert.False((await _web.Client.GetFromJsonAsync<JsonElement>("/api/room")).GetProperty("private").GetBoolean());
        using var answer = await _web.Client.GetAsync(Devices);
        await HttpSpec.IsProblem(answer, HttpStatusCode.UnprocessableEntity);
        Assert.Contains("open to whoever reaches it", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }
}
