using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Norris.Node.Session;
using Norris.Tests.Session;

namespace Norris.Tests.Web;

/// <summary>Browsers that have a user of their own.</summary>
public sealed class GatewaySpec : IAsyncLifetime
{
    private readonly FakeRoom _room = new();
    private WebNode _web = null!;

    public async Task InitializeAsync() => _web = await WebNode.Start(_room, "gate", o => o with { Guests = 4, GuestsOfOneAddress = 1, GuestGrace = TimeSpan.FromSeconds(3) }, asGuest: true);

    public async Task DisposeAsync() => await _web.DisposeAsync();

    [Fact]
    public async Task Who_has_not_entered_sees_the_room_but_neither_hears_nor_speaks()
    {
        await HttpSpec.IsProblem(await _web.Post(new { text = "x" }), HttpStatusCode.Unauthorized);
        await HttpSpec.IsProblem(await _web.Client.GetAsync(new Uri("/api/events", UriKind.Relative)), HttpStatusCode.Unauthorized);
        var room = JsonElement.Parse(await _web.Client.GetStringAsync("/api/room"));
        Assert.False(room.GetProperty("entered").GetBoolean());
        Assert.Equal("", room.GetProperty("name").GetString());
    }

    [Fact]
    public async Task Two_browsers_are_two_users_and_hear_each_other()
    {
        using var other = _web.NewClient();
        await Enter(_web.Client, "ann");
        await Enter(other, "ANN");
        await using var events = await EventReader.Open(_web.Client);
        Assert.Equal("ann", (await events.Next("welcome")).GetProperty("name").GetString());
        await using var otherEvents = await EventReader.Open(other);
        Assert.Equal("ANN-2", (await otherEvents.Next("welcome")).GetProperty("name").GetString());
        await _web.Post(new { text = "hello" }, other);
        Assert.Equal("ANN-2", (await events.Next("said")).GetProperty("user").GetString());
    }

    [Fact]
    public async Task The_same_browser_coming_back_is_the_same_user()
    {
        await Enter(_web.Client, "ann");
        await Enter(_web.Client, "ann");
        Assert.Single(_room.Log.OfType<JoinedEvent>(), j => j.User == "ann");
    }

    [Fact]
    public async Task No_script_can_read_what_the_browser_is_known_by()
    {
        using var answer = await Enter(_web.Client, "ann");
        var cookie = Assert.Single(answer.Headers.GetValues("Set-Cookie"));
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=strict", cookie, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Who_closes_the_page_leaves_after_the_grace_and_not_while_it_is_open()
    {
        await Enter(_web.Client, "ann");
        var events = await EventReader.Open(_web.Client);
        await events.Next("welcome");
        using var short1 = _web.NewClient();
        await Enter(short1, "ben");
        await Eventually.Holds(() => _room.Log.OfType<LeftEvent>().Any(l => l.User == "ben"));
        Assert.DoesNotContain(_room.Log.OfType<LeftEvent>(), l => l.User == "ann");
        await events.DisposeAsync();
        await Eventually.Holds(() => _room.Log.OfType<LeftEvent>().Any(l => l.User == "ann"));
    }

    [Fact]
    public async Task Who_says_goodbye_is_gone_at_once()
    {
        await Enter(_web.Client, "ann");
        Assert.Equal(HttpStatusCode.NoContent, (await _web.Client.DeleteAsync(new Uri("/api/user", UriKind.Relative))).StatusCode);
        Assert.Contains(_room.Log.OfType<LeftEvent>(), l => l.User == "ann");
        await HttpSpec.IsProblem(await _web.Post(new { text = "x" }), HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task A_full_node_says_so()
    {
        var clients = Enumerable.Range(0, 4).Select(_ => _web.NewClient()).ToList();
        for (var i = 0; i < 3; i++)
        {
            await Enter(clients[i], $"u{i}");
        }

        using var refused = await clients[3].PostAsJsonAsync("/api/user", new { name = "u3" });
        await HttpSpec.IsProblem(refused, HttpStatusCode.ServiceUnavailable);
        Assert.NotNull(refused.Headers.RetryAfter);
        clients.ForEach(c => c.Dispose());
    }

    [Fact]
    public async Task A_name_that_cannot_be_is_refused_at_once_and_one_that_may_not_be_later()
    {
        await HttpSpec.IsProblem(await _web.Client.PostAsJsonAsync("/api/user", new { name = "two  spaces" }), HttpStatusCode.UnprocessableEntity);
        await Enter(_web.Client, "root");
        await using var events = await EventReader.Open(_web.Client);
        await Enter(_web.Client, "root");
        Assert.Equal("root", (await events.Next("refused")).GetProperty("text").GetString());
        await Enter(_web.Client, "ann");
        Assert.Equal("ann", (await events.Next("welcome")).GetProperty("name").GetString());
    }

    private static async Task<HttpResponseMessage> Enter(HttpClient client, string name)
    {
        var answer = await client.PostAsJsonAsync("/api/user", new { name });
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        return answer;
    }
}
