using System.Text.Json;

namespace Norris.Lab.Processes;

/// <summary>One line of a program's output, as it came, and what it means where it is JSON. Read from the outside only: this is what scripts see, too.</summary>
internal sealed record NodeLine(string Raw, JsonElement Json)
{
    /// <summary>It is an object, as all lines of a node with <c>--ui json</c> are.</summary>
    public bool IsJson => Json.ValueKind == JsonValueKind.Object;

    public string Event => Text("event") ?? "";

    /// <summary>Its place in the order; null for what is about the node alone.</summary>
    public long? Seq => Number("seq");

    public static NodeLine Of(string raw)
    {
        try
        {
            using var json = JsonDocument.Parse(raw);
            return new NodeLine(raw, json.RootElement.Clone());
        }
        catch (JsonException)
        {
            return new NodeLine(raw, default);
        }
    }

    public string? Text(string property) => Value(property, JsonValueKind.String)?.GetString();

    public long? Number(string property) => Value(property, JsonValueKind.Number) is { } value && value.TryGetInt64(out var number) ? number : null;

    public bool IsTrue(string property) => Value(property, JsonValueKind.True) is not null;

    private JsonElement? Value(string property, JsonValueKind kind) =>
        IsJson && Json.TryGetProperty(property, out var value) && value.ValueKind == kind ? value : null;
}
