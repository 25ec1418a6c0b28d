using System.Net;
using System.Text.Json;
using Norris.Tests.Session;

namespace Norris.Tests.Web;

/// <summary>A script waits until the node has an entry of the order.</summary>
public sealed class WaitSpec : IAsyncLifetime
{
    private readonly FakeRoom _room = new();
    private WebNode _web = null!;

    public async Task InitializeAsync() => _web = await WebNode.Start(_room);

    public async Task DisposeAsync() => await _web.DisposeAsync();

    [Fact]
    public async Task Who_waits_for_a_number_is_answered_when_the_node_has_it()
    {
        var awaited = _room.Seq + 2;
        var waiting = _web.Client.GetStringAsync($"/api/room?wait={awaited}&timeout=300");
        _web.Node.Own.Say("one more");
        Assert.False(waiting.IsCompleted);
        _web.Node.Own.Say("one more");
        Assert.Equal(awaited, JsonElement.Parse(await waiting).GetProperty("seq").GetInt64());
        Assert.Contains($"\nid: {awaited}\n", await _web.Client.GetStringAsync($"/api/events?follow=no&after={awaited - 1}"), StringComparison.Ordinal);
        Assert.Equal(awaited, JsonElement.Parse(await _web.Client.GetStringAsync("/api/room?wait=1&timeout=0")).GetProperty("seq").GetInt64());
    }

    [Fact]
    public async Task A_number_that_does_not_come_in_time_is_told()
    {
        using var answer = await _web.Client.GetAsync(new Uri("/api/room?wait=1000&timeout=0", UriKind.Relative));
        await HttpSpec.IsProblem(answer, HttpStatusCode.ServiceUnavailable);
        Assert.NotNull(answer.Headers.RetryAfter);
        Assert.Contains($"number 1000 has not come within 0 s; this node has {_room.Seq}", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("wait=x")]
    [InlineData("wait=-1")]
    [InlineData("wait=1&timeout=301")]
    [InlineData("wait=1&timeout=soon")]
    public async Task What_is_no_number_is_not_waited_for(string query) =>
        await HttpSpec.IsProblem(await _web.Client.GetAsync(new Uri($"/api/room?{query}", UriKind.Relative)), HttpStatusCode.UnprocessableEntity);
}
