using System.Text.Json;
using Norris.Tests.Session;

namespace Norris.Tests.Web;

/// <summary>The description of the interface keeps the rules that people's tools check (spectral, redocly), and says what is true.</summary>
public sealed class OpenApiSpec : IAsyncLifetime
{
    private static readonly string[] Methods = ["get", "put", "post", "delete", "patch", "head", "options"];

    private WebNode _web = null!;
    private JsonElement _api;

    private IEnumerable<(string Path, string Method, JsonElement Value)> Operations =>
        from path in _api.GetProperty("paths").EnumerateObject()
        from operation in path.Value.EnumerateObject()
        where Methods.Contains(operation.Name)
        select (path.Name, operation.Name, operation.Value);

    public async Task InitializeAsync()
    {
        var room = new FakeRoom();
        _web = await WebNode.Start(room);
        _web.Node.Circle = new FakeCircle(room);
        _api = JsonElement.Parse(await _web.NewClient().GetStringAsync("/openapi/v1.json"));
    }

    public Task DisposeAsync() => _web.DisposeAsync().AsTask();

    [Fact]
    public void Every_operation_has_an_id_of_its_own_a_summary_and_a_tag_that_is_explained()
    {
        Assert.NotEmpty(Operations);
        Assert.All(Operations, o => Assert.Matches("^[a-z][A-Za-z]+$", o.Value.GetProperty("operationId").GetString()));
        Assert.Distinct(Operations.Select(o => o.Value.GetProperty("operationId").GetString()));
        Assert.All(Operations, o => Assert.NotEmpty(o.Value.GetProperty("summary").GetString()!));
        var tags = _api.GetProperty("tags").EnumerateArray().ToDictionary(t => t.GetProperty("name").GetString()!, t => t.GetProperty("description").GetString());
        Assert.All(tags.Values, description => Assert.False(string.IsNullOrEmpty(description)));
        Assert.All(Operations, o => Assert.Contains(Assert.Single(o.Value.GetProperty("tags").EnumerateArray()).GetString()!, tags.Keys));
    }

    [Fact]
    public async Task Every_operation_says_who_may_and_that_is_so()
    {
        var schemes = _api.GetProperty("components").GetProperty("securitySchemes").EnumerateObject().Select(s => s.Name).ToList();
        using var stranger = _web.NewClient();
        foreach (var (path, method, operation) in Operations)
        {
            var named = operation.GetProperty("security").EnumerateArray().SelectMany(one => one.EnumerateObject().Select(s => s.Name)).ToList();
            Assert.NotEqual(0, operation.GetProperty("security").GetArrayLength());
            Assert.Subset(schemes.ToHashSet(), named.ToHashSet());
            if (method == "get")
            {
                using var answer = await stranger.GetAsync(new Uri(path, UriKind.Relative), HttpCompletionOption.ResponseHeadersRead);
                Assert.Equal(named.Count > 0, (int)answer.StatusCode is 401 or 403);
            }
        }
    }

    [Fact]
    public void Every_array_says_of_what()
    {
        var arrays = Schemas(_api).Where(s => IsArray(s.Value)).ToList();
        Assert.NotEmpty(arrays);
        Assert.All(arrays, s => Assert.True(s.Value.TryGetProperty("items", out _), s.At));

        static bool IsArray(JsonElement schema) => schema.TryGetProperty("type", out var type)
            && (type.ValueKind == JsonValueKind.Array ? type.EnumerateArray().Any(t => t.GetString() == "array") : type.ValueKind == JsonValueKind.String && type.ValueEquals("array")); // a property may be called so, too
    }

    [Fact]
    public async Task Every_answer_with_a_body_says_of_what_kind_it_is_and_it_is_of_that_kind()
    {
        foreach (var (path, method, operation) in Operations)
        {
            var good = operation.GetProperty("responses").EnumerateObject().Where(r => r.Name is "200" or "201" or "202").ToList();
            Assert.All(good, r => Assert.True(r.Value.TryGetProperty("content", out _), $"{method} {path} {r.Name}"));
            if (method == "get" && path != "/api/history") // there is no archive here
            {
                using var answer = await _web.Client.GetAsync(new Uri(path, UriKind.Relative), HttpCompletionOption.ResponseHeadersRead);
                Assert.Equal(Assert.Single(good).Value.GetProperty("content").EnumerateObject().Select(c => c.Name), [answer.Content.Headers.ContentType?.MediaType]);
            }
        }
    }

    [Fact]
    public void Every_parameter_is_explained() => Assert.All(
        Operations.Where(o => o.Value.TryGetProperty("parameters", out _)).SelectMany(o => o.Value.GetProperty("parameters").EnumerateArray()),
        p => Assert.False(string.IsNullOrEmpty(p.GetProperty("description").GetString())));

    [Fact]
    public void A_text_is_described_as_a_text()
    {
        var content = Operations.Single(o => o.Value.GetProperty("operationId").ValueEquals("say")).Value.GetProperty("requestBody").GetProperty("content");
        Assert.Equal("string", content.GetProperty("text/plain").GetProperty("schema").GetProperty("type").GetString());
    }

    [Fact]
    public void The_servers_address_ends_without_a_slash_and_the_document_has_a_licence()
    {
        var server = Assert.Single(_api.GetProperty("servers").EnumerateArray()).GetProperty("url").GetString();
        Assert.Equal(_web.Server.Url.ToString().TrimEnd('/'), server);
        Assert.Equal("Norris", _api.GetProperty("info").GetProperty("title").GetString());
        Assert.Equal("Apache-2.0", _api.GetProperty("info").GetProperty("license").GetProperty("identifier").GetString());
    }

    private static IEnumerable<(string At, JsonElement Value)> Schemas(JsonElement within, string at = "#")
    {
        switch (within.ValueKind)
        {
            case JsonValueKind.Object:
                return within.EnumerateObject().SelectMany(p => Schemas(p.Value, $"{at}/{p.Name}")).Prepend((at, within));
            case JsonValueKind.Array:
                return within.EnumerateArray().SelectMany((item, i) => Schemas(item, $"{at}/{i}"));
            default:
                return [];
        }
    }
}
