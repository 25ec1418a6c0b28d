using System.Text.Json;

namespace Norris.Lab.Processes;

/// <summary>One line of a node's JSON output, as it came. Read from the outside only: this is what scripts see, too.</summary>
internal sealed record NodeLine(string Raw, JsonElement Json)
{
    public string Event => Text("event") ?? "";

    /// <summary>Its place in the order; null for what is about the node alone.</summary>
    public long? Seq => Number("seq");

    /// <summary>Null: this is no JSON object.</summary>
    public static NodeLine? Parse(string raw)
    {
        try
        {
            using var json = JsonDocument.Parse(raw);
            return json.RootElement.ValueKind == JsonValueKind.Object ? new NodeLine(raw, json.RootElement.Clone()) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public string? Text(string property) =>
        Json.TryGetProperty(property, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    public long? Number(string property) =>
        Json.TryGetProperty(property, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) ? number : null;

    public bool IsTrue(string property) => Json.TryGetProperty(property, out var value) && value.ValueKind == JsonValueKind.True;
}
