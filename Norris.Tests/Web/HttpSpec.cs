using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Norris.Core.Protocol;
using Norris.Node.Archive;
using Norris.Node.Screens;
using Norris.Node.Session;
using Norris.Node.Web;
using Norris.Tests.Architecture;
using Norris.Tests.Session;

namespace Norris.Tests.Web;

public sealed class HttpSpec : IAsyncLifetime
{
    private readonly FakeRoom _room = new();
    private WebNode _web = null!;

    public async Task InitializeAsync() => _web = await WebNode.Start(_room);

    public async Task DisposeAsync() => await _web.DisposeAsync();

    [Fact]
    public async Task The_room_says_what_interface_promises()
    {
        _room.Start("10.0.0.2:4053", "bob").Recording = true;
        var room = JsonElement.Parse(await _web.Client.GetStringAsync("/api/room"));
        Assert.Equal("4e6f727269730001", room.GetProperty("room").GetString());
        Assert.Equal(1, room.GetProperty("epoch").GetInt64());
        Assert.Equal(_room.Seq, room.GetProperty("seq").GetInt64());
        Assert.Equal(_room.Log[^1].Hash.ToString("x16", null), room.GetProperty("hash").GetString());
        Assert.Equal(_web.Node.Address, room.GetProperty("host").GetString());
        Assert.Equal("alice", room.GetProperty("name").GetString());
        Assert.Equal("connected", room.GetProperty("connection").GetString());
        Assert.Equal("uniform", room.GetProperty("delivery").GetString());
        Assert.Equal(["alice", "bob"], room.GetProperty("users").EnumerateArray().Select(u => u.GetProperty("name").GetString()));
        Assert.Equal(2, room.GetProperty("nodes").GetArrayLength());
        Assert.Equal("10.0.0.2:4053", room.GetProperty("archives")[0].GetString());
        Assert.True(room.GetProperty("own").GetBoolean());
    }

    [Fact]
    public async Task A_message_is_accepted_with_its_id_and_comes_back_in_the_order()
    {
        await using var events = await EventReader.Open(_web.Client);
        using var answer = await _web.Post(new { text = "hello" });
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        var said = await events.Next("said");
        Assert.Equal((await WebNode.Json(answer)).GetProperty("id").GetString(), said.GetProperty("id").GetString());
        Assert.Equal("hello", said.GetProperty("text").GetString());
        Assert.Equal(events.LastEventId, said.GetProperty("seq").GetInt64().ToString(null as IFormatProvider));
    }

    [Fact]
    public async Task The_same_key_again_is_the_same_message()
    {
        var ids = await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
            (await WebNode.Json(await _web.Post(new { text = "once", key = "k1" }))).GetProperty("id").GetString()));
        Assert.Single(ids.Distinct());
        Assert.Single(_room.Log.OfType<SaidEvent>());
        using var other = await _web.Post(new { text = "something else", key = "k1" });
        await IsProblem(other, HttpStatusCode.UnprocessableEntity);
        Assert.Single(_room.Log.OfType<SaidEvent>());
    }

    [Fact]
    public async Task What_was_written_as_one_user_is_not_said_by_another()
    {
        var me = _web.Node.OwnFake.User.ToString();
        using var guest = _web.NewClient();
        using var entered = await guest.PostAsJsonAsync("/api/user", new { name = "carol" });
        using var asAnother = await _web.Post(new { text = "as who?", @as = me }, guest);
        await IsProblem(asAnother, HttpStatusCode.Conflict);
        Assert.Empty(_room.Log.OfType<SaidEvent>());
        using var asOneself = await _web.Post(new { text = "as me", @as = me });
        Assert.Equal(HttpStatusCode.Accepted, asOneself.StatusCode);
    }

    [Theory]
    [InlineData("{\"text\":\"x\"", HttpStatusCode.BadRequest)]
    [InlineData("", HttpStatusCode.BadRequest)]
    [InlineData("null", HttpStatusCode.UnprocessableEntity)]
    [InlineData("[1]", HttpStatusCode.UnprocessableEntity)]
    [InlineData("{}", HttpStatusCode.UnprocessableEntity)]
    [InlineData("{\"text\":\"\"}", HttpStatusCode.UnprocessableEntity)]
    [InlineData("{\"text\":\"\\ud800\"}", HttpStatusCode.UnprocessableEntity)]
    [InlineData("{\"text\":7}", HttpStatusCode.UnprocessableEntity)]
    [InlineData("{\"text\":\"x\",\"key\":\"\"}", HttpStatusCode.UnprocessableEntity)]
    [InlineData("{\"text\":\"\\u0000\"}", HttpStatusCode.UnprocessableEntity)]
    public async Task What_cannot_be_said_is_a_problem_document(string body, HttpStatusCode expected)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await _web.Client.PostAsync(new Uri("/api/messages", UriKind.Relative), content);
        await IsProblem(answer, expected);
        Assert.Empty(_room.Log.OfType<SaidEvent>());
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")] // what curl -d says
    public async Task A_script_may_send_the_text_itself_and_a_browser_may_not(string type)
    {
        using var content = new StringContent("tea & cake+milk", Encoding.UTF8, type);
        using var said = await _web.Client.PostAsync(new Uri("/api/messages", UriKind.Relative), content);
        Assert.Equal(HttpStatusCode.Accepted, said.StatusCode);
        Assert.Equal("tea & cake+milk", Assert.Single(_room.Log.OfType<SaidEvent>()).Text);

        // Any page can make a browser send such a body; JSON none can.
        using var browser = _web.NewClient();
        using var entered = await browser.PostAsJsonAsync("/api/user", new { name = "carol" });
        using var again = new StringContent("tea & cake+milk", Encoding.UTF8, type);
        await IsProblem(await browser.PostAsync(new Uri("/api/messages", UriKind.Relative), again), HttpStatusCode.UnsupportedMediaType);
    }

    [Theory]
    [InlineData("utf-8", HttpStatusCode.BadRequest)]
    [InlineData("utf-16", HttpStatusCode.UnsupportedMediaType)]
    public async Task A_text_that_is_no_UTF8_is_refused(string charset, HttpStatusCode expected)
    {
        using var content = new ByteArrayContent([0xff, 0xfe]);
        content.Headers.ContentType = new("text/plain", charset);
        await IsProblem(await _web.Client.PostAsync(new Uri("/api/messages", UriKind.Relative), content), expected);
    }

    [Fact]
    public async Task JSON_that_is_no_UTF8_is_refused()
    {
        using var content = new StringContent("{\"text\":\"x\"}", Encoding.Unicode, "application/json");
        await IsProblem(await _web.Client.PostAsync(new Uri("/api/messages", UriKind.Relative), content), HttpStatusCode.UnsupportedMediaType);
    }

    [Theory]
    [InlineData("{\"text\":\"\\ud800\"}", "'text' in the body is no string of whole characters")]
    [InlineData("{\"text\":7}", "'text' in the body is no string of whole characters")]
    [InlineData("[1]", "the body is not the JSON object that is asked for")]
    public async Task What_is_wrong_with_a_body_is_told_in_words(string body, string told)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await _web.Client.PostAsync(new Uri("/api/messages", UriKind.Relative), content);
        Assert.Equal(told, (await WebNode.Json(answer)).GetProperty("detail").GetString());
    }

    [Fact]
    public async Task A_stream_that_does_not_follow_ends_with_what_there_is()
    {
        await Say(3);
        var events = await _web.Client.GetStringAsync("/api/events?follow=no");
        Assert.Equal(3, Regex.Count(events, "\"event\":\"said\""));
        Assert.Contains("\"event\":\"welcome\"", events, StringComparison.Ordinal);
        Assert.DoesNotContain("\"said\"", await _web.Client.GetStringAsync($"/api/events?follow=no&after={_room.Seq}"), StringComparison.Ordinal);
        await IsProblem(await _web.Client.GetAsync(new Uri("/api/events?follow=maybe", UriKind.Relative)), HttpStatusCode.UnprocessableEntity);
    }

    [Fact]
    public async Task A_proxy_is_told_to_pass_events_on_as_they_come()
    {
        using var answer = await _web.Client.GetAsync(new Uri("/api/events", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal("no", Assert.Single(answer.Headers.GetValues("X-Accel-Buffering")));
    }

    [Fact]
    public async Task The_room_says_up_to_which_counter_ones_messages_are_in_the_order()
    {
        await Say(3);
        _room.Hold();
        await Say(2);
        Assert.Equal(3, JsonElement.Parse(await _web.Client.GetStringAsync("/api/room")).GetProperty("heard").GetInt64());
        _room.Release();
        Assert.Equal(5, JsonElement.Parse(await _web.Client.GetStringAsync("/api/room")).GetProperty("heard").GetInt64());
    }

    [Theory]
    [InlineData("hello", "say", "hello")]
    [InlineData("//x", "say", "/x")]
    [InlineData("/search  tea ready", "search", "tea ready")]
    [InlineData("/history", "history", "")]
    [InlineData("/history 20", "history", "20")]
    [InlineData("/name ada", "askforname", "ada")]
    [InlineData("/me waves", "say", "/me waves")]
    [InlineData("/topic lunch", "topic", "lunch")]
    [InlineData("/room -", "roomname", "")]
    [InlineData("/notices few", "notices", "few")]
    [InlineData("/who", "who", "")]
    [InlineData("/devices", "devices", "")]
    [InlineData("/invite bob", "invite", "bob")]
    [InlineData("/uninvite 4mvt", "takeback", "4mvt")]
    [InlineData("/kick bob", "kick", "bob")]
    [InlineData("/hlep", "refuse", "there is no such command; did you mean /help?")]
    public async Task A_typed_line_is_read_for_the_page_as_for_every_other_screen(string line, string does, string text)
    {
        using var answer = await _web.Client.PostAsJsonAsync("/api/line", new { line });
        var read = await WebNode.Json(answer);
        Assert.Equal((does, text), (read.GetProperty("does").GetString(), read.GetProperty("text").GetString()));
        Assert.Empty(_room.Log.OfType<SaidEvent>());
    }

    [Fact]
    public async Task The_commands_are_told()
    {
        var commands = JsonElement.Parse(await _web.Client.GetStringAsync("/api/commands"));
        Assert.Equal(ChatCommands.All.Select(c => c.Form), commands.EnumerateArray().Select(c => c.GetProperty("form").GetString()));
    }

    [Theory]
    [InlineData(Limits.TextBytes, HttpStatusCode.Accepted)]
    [InlineData(Limits.TextBytes + 1, HttpStatusCode.RequestEntityTooLarge)]
    [InlineData(40 * Limits.TextBytes, HttpStatusCode.RequestEntityTooLarge)]
    public async Task A_text_has_16_KiB_at_most(int bytes, HttpStatusCode expected)
    {
        using var answer = await _web.Post(new { text = new string('x', bytes) });
        Assert.Equal(expected, answer.StatusCode);
        if (expected != HttpStatusCode.Accepted)
        {
            await IsProblem(answer, expected);
        }
    }

    [Fact]
    public async Task A_text_of_16_KiB_fits_however_it_is_escaped()
    {
        var body = "{\"text\":\"" + string.Concat(Enumerable.Repeat("\\u0001", Limits.TextBytes)) + "\"}";
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await _web.Client.PostAsync(new Uri("/api/messages", UriKind.Relative), content);
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
    }

    [Fact]
    public async Task A_full_outbox_says_when_to_come_back()
    {
        _web.Node.OwnFake.OutboxIsFull = true;
        using var answer = await _web.Post(new { text = "x" });
        await IsProblem(answer, HttpStatusCode.TooManyRequests);
        Assert.Equal(TimeSpan.FromSeconds(1), answer.Headers.RetryAfter!.Delta);
    }

    [Fact]
    public async Task A_stream_resumes_behind_the_last_id_without_gap_or_duplicate()
    {
        await Say(10);
        await using var first = await EventReader.Open(_web.Client);
        JsonElement said;
        do
        {
            said = await first.Next("said");
        }
        while (said.GetProperty("text").GetString() != "m5");
        var last = first.LastEventId;
        await first.DisposeAsync();
        await Say(3);

        await using var again = await EventReader.Open(_web.Client, lastEventId: last);
        for (var i = 0; i < 7; i++)
        {
            Assert.Equal(said.GetProperty("seq").GetInt64() + 1 + i, (await again.Next("said", "missed")).GetProperty("seq").GetInt64());
        }
    }

    [Fact]
    public async Task A_stream_that_comes_back_too_late_is_told_how_many_are_gone()
    {
        await using var small = await WebNode.Start(_room, "carol", o => o with { KeptBytes = 2_000 });
        await Say(20);
        await using var events = await EventReader.Open(small.Client, lastEventId: "2");
        var gone = (await events.Next("missed", "said")).GetProperty("count").GetInt64();
        Assert.InRange(gone, 10, _room.Seq - 4);
        for (var seq = 2 + gone + 1; seq <= _room.Seq; seq++)
        {
            Assert.Equal(seq, (await events.Next("missed", "said")).GetProperty("seq").GetInt64());
        }
    }

    [Fact]
    public async Task A_node_that_was_cut_off_says_so_and_then_sends_what_came_meanwhile()
    {
        await using var events = await EventReader.Open(_web.Client, "?recent=0");
        await events.Next("welcome");
        _room.CutOff(_web.Node);
        JsonElement state;
        do
        {
            state = await events.Next("connection");
        }
        while (state.GetProperty("state").GetString() != "cut-off");
        using var ready = await _web.Client.GetAsync(new Uri("/health/ready", UriKind.Relative));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        var before = _room.Seq;
        _room.Start("10.0.0.2:4053", "bob");
        _room.Heal(_web.Node);
        Assert.Equal(before + 1, (await events.Next("node", "joined")).GetProperty("seq").GetInt64());
        Assert.Equal(before + 2, (await events.Next("node", "joined")).GetProperty("seq").GetInt64());
        Assert.Equal(HttpStatusCode.OK, (await _web.Client.GetAsync(new Uri("/health/ready", UriKind.Relative))).StatusCode);
    }

    [Fact]
    public async Task Health_metrics_and_the_description_of_the_interface_are_there()
    {
        Assert.Equal(HttpStatusCode.OK, (await _web.Client.GetAsync(new Uri("/health/live", UriKind.Relative))).StatusCode);
        await _web.Post(new { text = "x" });
        var metrics = await _web.Client.GetStringAsync("/metrics");
        Assert.Contains("\nnorris_web_messages_accepted_total 1\n", metrics, StringComparison.Ordinal);
        Assert.Contains($"norris_node_lag_entries{{node=\"{_web.Node.Address}\"}} 0\n", metrics, StringComparison.Ordinal);
        Assert.All(metrics.TrimEnd('\n').Split('\n'), line => Assert.Matches("^(# (HELP|TYPE) norris_|norris_[a-z_]+(\\{.*\\})? [0-9.eE+-]+$)", line));
        var documented = File.ReadAllText(Path.Combine(DocsSpec.Root, "docs", "operations.md"));
        var named = metrics.Split('\n').Where(line => line.StartsWith("# TYPE ", StringComparison.Ordinal)).Select(line => line.Split(' ')[2]).ToList();
        Assert.Superset(new HashSet<string> { "norris_messages_ordered_total", "norris_messages_delivered_total", "norris_divergences_total", "norris_outbox_bytes" }, named.ToHashSet());
        Assert.All(named, name => Assert.Contains($"`{name}`", documented, StringComparison.Ordinal));
        var paths = JsonElement.Parse(await _web.Client.GetStringAsync("/openapi/v1.json")).GetProperty("paths");
        Assert.True(paths.GetProperty("/api/messages").GetProperty("post").GetProperty("responses").TryGetProperty("429", out _));
        var ids = paths.EnumerateObject().SelectMany(path => path.Value.EnumerateObject()).Select(operation => operation.Value.GetProperty("operationId").GetString()).ToList();
        Assert.Equal(ids.Count, ids.Distinct().Count());
    }

    [Theory]
    [InlineData("GET", "/nowhere", HttpStatusCode.NotFound)]
    [InlineData("PUT", "/api/messages", HttpStatusCode.MethodNotAllowed)]
    [InlineData("GET", "/api/history", HttpStatusCode.NotFound)]
    [InlineData("GET", "/api/events?after=-1", HttpStatusCode.UnprocessableEntity)]
    [InlineData("DELETE", "/api/user", HttpStatusCode.Forbidden)]
    public async Task What_is_not_there_is_a_problem_document_too(string method, string path, HttpStatusCode expected)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        await IsProblem(await _web.Client.SendAsync(request), expected);
    }

    [Fact]
    public async Task History_is_paged_with_the_newest_last_and_searched()
    {
        var folder = Directory.CreateTempSubdirectory("norris-web-");
        await using (var store = new SqliteHistoryStore(Path.Combine(folder.FullName, "archive.db")))
        await using (var web = await WebNode.Start(_room, "dora", history: store))
        {
            await Say(5);
            var room = new RoomId(ulong.Parse(web.Node.Own.View.Room, NumberStyles.HexNumber, null));
            await store.Prepare();
            await store.Append(new HistoryStretch(room, room.Value, _room.Log));
            var page = JsonElement.Parse(await web.Client.GetStringAsync("/api/history?limit=2"));
            Assert.Equal(["m3", "m4"], Texts(page));
            page = JsonElement.Parse(await web.Client.GetStringAsync($"/api/history?limit=9&before={page.GetProperty("before").GetInt64()}"));
            Assert.Equal(["m0", "m1", "m2"], Texts(page));
            Assert.Equal(JsonValueKind.Null, page.GetProperty("before").ValueKind);
            Assert.Equal(["m3"], Texts(JsonElement.Parse(await web.Client.GetStringAsync("/api/history?q=m3"))));
            await IsProblem(await web.Client.GetAsync(new Uri("/api/history?limit=0", UriKind.Relative)), HttpStatusCode.UnprocessableEntity);
        }

        folder.Delete(recursive: true);

        static IEnumerable<string?> Texts(JsonElement page) => page.GetProperty("messages").EnumerateArray().Select(m => m.GetProperty("text").GetString());
    }

    [Fact]
    public async Task A_port_that_is_taken_is_said_in_one_line()
    {
        var thrown = await Assert.ThrowsAsync<NodeStartException>(() =>
            WebNode.Serve(_web.Node, new WebOptions(IPAddress.Loopback, _web.Server.Url.Port)));
        Assert.Contains("another --web port", thrown.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', thrown.Message);
    }

    [Theory]
    [InlineData("8080", "127.0.0.1", 8080)]
    [InlineData("0.0.0.0:80", "0.0.0.0", 80)]
    [InlineData("[::1]:8080", "::1", 8080)]
    [InlineData("localhost:0", "127.0.0.1", 0)]
    public void The_address_may_be_left_out(string text, string address, int port)
    {
        Assert.True(WebOptions.TryParse(text, out var options, out _));
        Assert.Equal((IPAddress.Parse(address), port), (options.Address, options.Port));
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("70000")]
    [InlineData("-1")]
    [InlineData("example.org:80")]
    [InlineData("8:80")]
    public void What_is_no_address_is_refused_with_an_example(string text)
    {
        Assert.False(WebOptions.TryParse(text, out _, out var whyNot));
        Assert.Contains("8080", whyNot, StringComparison.Ordinal);
    }

    internal static async Task IsProblem(HttpResponseMessage answer, HttpStatusCode expected)
    {
        Assert.Equal(expected, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        Assert.Equal((int)expected, (await WebNode.Json(answer)).GetProperty("status").GetInt32());
    }

    private async Task Say(int count)
    {
        for (var i = 0; i < count; i++)
        {
            Assert.Equal(HttpStatusCode.Accepted, (await _web.Post(new { text = $"m{i}" })).StatusCode);
        }
    }
}
