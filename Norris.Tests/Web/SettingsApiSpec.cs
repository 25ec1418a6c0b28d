using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Norris.Core.Protocol;
using Norris.Node.Session;
using Norris.Tests.Session;

namespace Norris.Tests.Web;

public sealed class SettingsApiSpec : IAsyncLifetime
{
    private readonly FakeRoom _room = new();
    private WebNode _web = null!;

    public async Task InitializeAsync() => _web = await WebNode.Start(_room, "ada");

    public async Task DisposeAsync() => await _web.DisposeAsync();

    [Fact]
    public async Task Whoever_is_in_changes_the_rooms_name_and_topic()
    {
        Assert.Equal(HttpStatusCode.NoContent, await Post("name", "Kitchen"));
        Assert.Equal(HttpStatusCode.NoContent, await Post("topic", " lunch "));
        Assert.Equal(HttpStatusCode.NoContent, await Post("last", "50"));
        var room = JsonElement.Parse(await _web.Client.GetStringAsync("/api/room"));
        Assert.Equal(("Kitchen", "lunch"), (room.GetProperty("roomName").GetString(), room.GetProperty("topic").GetString()));
        Assert.Equal(50, room.GetProperty("last").GetInt32());
        Assert.Equal(["Kitchen", "lunch", "50"], _room.Log.OfType<SettingEvent>().Select(e => e.Text));
    }

    [Fact]
    public async Task A_typed_line_sets_how_many_messages_are_shown()
    {
        using var read = await _web.Client.PostAsJsonAsync("/api/line", new { line = "/last 20" });
        var line = JsonElement.Parse(await read.Content.ReadAsStringAsync());
        Assert.Equal(("last", "20"), (line.GetProperty("does").GetString(), line.GetProperty("text").GetString()));
    }

    [Fact]
    public async Task What_no_setting_is_is_refused()
    {
        Assert.Equal(HttpStatusCode.UnprocessableEntity, await Post("colour", "red"));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, await Post("name", "a:b"));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, await Post("last", "201"));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, await Post("topic", new string('x', Limits.TopicLength + 1)));
        Assert.Empty(_room.Log.OfType<SettingEvent>());
    }

    private async Task<HttpStatusCode> Post(string setting, string text)
    {
        using var answer = await _web.Client.PostAsJsonAsync("/api/settings", new { setting, text });
        return answer.StatusCode;
    }
}
