using System.Globalization;
using System.Text;
using Norris.Core.Protocol;
using Norris.Node.Archive;
using Norris.Node.Session;
using Norris.Node.Web;
using Norris.Tests.Archive;
using Norris.Tests.Session;

namespace Norris.Tests.Web;

/// <summary>What the streams of a node begin with that has just come, in a room with an archive: thirty messages were said before.</summary>
public sealed class ResumeSpec : IAsyncLifetime
{
    private readonly FakeRoom _room = new();
    private readonly TemporaryFolder _folder = new();
    private FakeNode _bob = null!;
    private IHistoryStore _store = null!;
    private WebNode _web = null!;

    public async Task InitializeAsync()
    {
        _bob = _room.Start("10.0.0.1:4053", "bob");
        for (var i = 0; i < 30; i++)
        {
            _bob.Own.Say($"m{i}");
        }

        _store = new SqliteStoreName(_folder.File("archive.db")).Open();
        _web = await WebNode.Start(_room, history: _store); // its log begins with its coming
    }

    public async Task DisposeAsync()
    {
        await _web.DisposeAsync();
        await _store.DisposeAsync();
        _folder.Delete();
    }

    [Theory]
    [InlineData(1, 100, 0)]
    [InlineData(1, 20, 1)] // nobody has the last ones
    [InlineData(10, 20, 2)] // nor the first
    public async Task Who_resumes_gets_what_it_missed_from_the_archive_in_order_and_once(int first, int last, int gaps)
    {
        await Archive(first, last);
        await using var events = await EventReader.Open(_web.Client, lastEventId: "3");
        Assert.Equal(gaps, await Follow(events, 4));
    }

    [Theory]
    [InlineData(1, 20, 0)]
    [InlineData(1, 1000, 0)]
    [InlineData(10, 1000, 0)] // the first ones that nobody has are no loss: who asks for so many takes what there is
    public async Task Who_asks_for_the_last_few_gets_them_from_the_archive_too(int first, int recent, int gaps)
    {
        await Archive(first, 100);
        var begin = Math.Max(first, _room.Seq - recent + 1);
        await using var events = await EventReader.Open(_web.Client, $"?recent={recent}");
        Assert.Equal(gaps, await Follow(events, begin));
    }

    [Fact]
    public async Task Where_nobody_has_them_the_last_few_are_those_of_the_node()
    {
        var own = _room.Log.OfType<JoinedEvent>().Single(e => e.Node == _web.Node.Address).Seq;
        await Archive(1, 0);
        await using (var events = await EventReader.Open(_web.Client, "?recent=20"))
        {
            Assert.Equal(0, await Follow(events, own));
        }

        await Archive(1, 100);
        await using var without = await EventReader.Open(_web.Client, "?recent=20&archive=no");
        Assert.Equal(0, await Follow(without, own));
    }

    [Fact]
    public async Task Who_asks_for_what_lies_between_two_numbers_gets_that_and_why_the_rest_is_missing()
    {
        await Archive(1, 20);
        var own = _room.Log.OfType<JoinedEvent>().Single(e => e.Node == _web.Node.Address).Seq; // from here on the node has it
        Assert.Equal([5L, 6L, 7L, 8L], await Between(4, 9));
        Assert.Equal([19L, 20L, $"{own - 21} missed: nobody in this room has them any more", own], await Between(18, own + 1));
        Assert.Equal([own], await Between(own - 1, own + 1));
        Assert.Empty(await Between(8, 9));
        _bob.Own.Say("one more");
        Assert.Equal([own], await Between(own - 1, own + 1));
        for (var i = 0; i < EventStream.MostBefore; i++)
        {
            _bob.Own.Say($"and more {i}");
        }

        Assert.Equal(EventStream.MostBefore, (await Between(own, long.MaxValue)).Count);
        using var answer = await _web.Client.GetAsync(new Uri("/api/events?follow=no&after=1&before=x", UriKind.Relative));
        Assert.Equal(System.Net.HttpStatusCode.UnprocessableEntity, answer.StatusCode);
    }

    private async Task<List<object>> Between(long after, long before)
    {
        var answer = await _web.Client.GetStringAsync(new Uri($"/api/events?follow=no&after={after}&before={before}", UriKind.Relative));
        return [.. answer.Split('\n').Where(line => line.StartsWith("data: ", StringComparison.Ordinal)).Select(line => System.Text.Json.JsonElement.Parse(line["data: ".Length..])).Select(e =>
            e.TryGetProperty("seq", out var seq) ? (object)seq.GetInt64()
            : e.GetProperty("event").ValueEquals("missed") ? $"{e.GetProperty("count")} missed: {e.GetProperty("why")}" : "").Where(e => e is not "")];
    }

    private async Task Archive(int first, int last)
    {
        var room = new RoomId(ulong.Parse(_web.Node.Own.View.Room, NumberStyles.HexNumber, CultureInfo.InvariantCulture));
        await _store.Prepare();
        if (last >= first)
        {
            await _store.Append(new HistoryStretch(room, first == 1 ? room.Value : _room.Log[first - 2].Hash, [.. _room.Log.Skip(first - 1).Take(last - first + 1)]));
        }
    }

    /// <summary>All entries come from a number on, each once, also one that is said now. How many gaps were told.</summary>
    private async Task<int> Follow(EventReader events, long next)
    {
        _bob.Own.Say("news");
        var gaps = 0;
        while (next <= _room.Seq)
        {
            var happened = await events.Next();
            if (happened.GetProperty("event").ValueEquals("missed"))
            {
                gaps++;
                next += happened.GetProperty("count").GetInt64();
            }
            else if (happened.TryGetProperty("seq", out _))
            {
                Assert.Equal(EventJson.Line(_room.Log[(int)next - 1]), Encoding.UTF8.GetBytes(happened.GetRawText()));
                Assert.Equal(next.ToString(CultureInfo.InvariantCulture), events.LastEventId);
                next++;
            }
        }

        return gaps;
    }
}
