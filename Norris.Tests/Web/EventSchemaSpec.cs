using System.Text;
using System.Text.Json;
using Json.Schema;
using Norris.Actors;
using Norris.Core.Protocol;
using Norris.Node.Screens;
using Norris.Node.Session;
using Norris.Node.Web;
using Norris.Tests.Architecture;
using Norris.Tests.Archive;
using Norris.Tests.Screens;
using Norris.Tests.Session;

namespace Norris.Tests.Web;

/// <summary>What the schema of events says is what is printed, and all of it.</summary>
public sealed class EventSchemaSpec : IDisposable
{
    private static readonly EvaluationOptions Strictly = new() { RequireFormatValidation = true, OutputFormat = OutputFormat.List };
    private static readonly string Text = File.ReadAllText(Path.Combine(DocsSpec.Root, "docs", "events.schema.json"));
    private static readonly JsonSchema Schema = JsonSchema.FromText(Text);
    private static readonly JsonElement Described = JsonElement.Parse(Text).GetProperty("$defs");

    private readonly JsonLines _lines = new();

    /// <summary>One of each kind at least; that it is every kind is a spec of its own.</summary>
    public static TheoryData<string> Printed
    {
        get
        {
            using var lines = new JsonLines();
            var room = new FakeRoom();
            var data = new TheoryData<string>(JsonLinesSpec.Shapes.Select(row => (string)row[1]));
            data.Add(Encoding.UTF8.GetString(lines.Who(room.Start("h:1", "ada").Own.View).Span));
            data.Add(Encoding.UTF8.GetString(lines.Inside(JsonLinesSpec.Inside).Span));
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Printed))]
    public void Every_event_that_is_printed_is_as_the_schema_says(string line)
    {
        var printed = JsonElement.Parse(line);
        Holds(printed);

        var described = Described.GetProperty(printed.GetProperty("event").GetString()!);
        Assert.Empty(printed.EnumerateObject().Select(p => p.Name).Except(described.GetProperty("properties").EnumerateObject().Select(p => p.Name)));
    }

    [Fact]
    public void The_schema_describes_nothing_that_is_not_printed()
    {
        var printed = Printed.Cast<object[]>().Select(row => JsonElement.Parse((string)row[0])).ToLookup(line => line.GetProperty("event").GetString());
        foreach (var (kind, described) in Described.EnumerateObject().Where(d => d.Value.TryGetProperty("properties", out _)).Select(d => (d.Name, d.Value)))
        {
            var names = printed[kind].SelectMany(line => line.EnumerateObject().Select(p => p.Name)).ToHashSet();
            Assert.Superset(described.GetProperty("properties").EnumerateObject().Select(p => p.Name).ToHashSet(), names);
            Assert.Equal(described.GetProperty("properties").EnumerateObject().Count(), names.Count);
        }
    }

    [Fact]
    public void Every_state_and_reason_is_in_the_schema()
    {
        Assert.All(Enum.GetValues<ConnectionState>(), state => Holds(new ConnectionEvent(state, "")));
        Assert.All(Enum.GetValues<RecoveryStepKind>(), kind => Holds(JsonElement.Parse(_lines.Inside(JsonLinesSpec.Inside with { Steps = [JsonLinesSpec.Inside.Steps[0] with { Kind = kind }] }).Span)));
        Assert.All(Enum.GetValues<LeaveReason>(), reason => Holds(new LeftEvent(1, 1, 1, "ada", "h:1", reason, new UserId(1))));
    }

    [Fact]
    public void What_a_room_lives_through_is_as_the_schema_says() => Assert.All(new LivedHistory(2_000).Entries, Holds);

    [Theory]
    [InlineData("""{"event":"nosuch"}""")]
    [InlineData("""{"event":"missed"}""")]
    [InlineData("""{"event":"missed","count":"3"}""")]
    [InlineData("""{"event":"retracted","first":0,"last":9}""")]
    [InlineData("""{"event":"connection","state":"fine","why":""}""")]
    public void The_schema_refuses_what_is_no_event(string line) => Assert.False(Schema.Evaluate(JsonElement.Parse(line), Strictly).IsValid);

    [Fact]
    public async Task The_schema_is_served()
    {
        var room = new FakeRoom();
        await using var web = await WebNode.Start(room);
        using var answer = await web.NewClient().GetAsync(new Uri("/schema", UriKind.Relative)); // also to those who are nobody yet
        Assert.Equal("application/schema+json", answer.Content.Headers.ContentType?.MediaType);
        Assert.Equal(Text, await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task What_comes_over_HTTP_is_as_the_schema_says()
    {
        var room = new FakeRoom();
        await using var web = await WebNode.Start(room);
        using var said = await web.Post(new { text = "one\ntwo" });
        foreach (var line in (await web.Client.GetStringAsync("/api/events?follow=no")).Split('\n').Where(l => l.StartsWith("data: ", StringComparison.Ordinal)))
        {
            Holds(JsonElement.Parse(line["data: ".Length..]));
        }
    }

    public void Dispose() => _lines.Dispose();

    private static void Holds(JsonElement line)
    {
        var result = Schema.Evaluate(line, Strictly);
        Assert.True(result.IsValid, $"{line}\n{JsonSerializer.Serialize(result.Details?.Where(d => d.Errors is not null).Select(d => new { At = d.InstanceLocation.ToString(), d.Errors }))}");
    }

    private void Holds(ChatEvent happened) => Holds(JsonElement.Parse(_lines.Format(happened).Span));
}
