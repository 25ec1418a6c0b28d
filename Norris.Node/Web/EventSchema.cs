namespace Norris.Node.Web;

/// <summary>The JSON schema of event lines: <c>docs/events.schema.json</c>, which is in the program.</summary>
internal static class EventSchema
{
    public const string ContentType = "application/schema+json";

    public static byte[] Text { get; } = Read();

    private static byte[] Read()
    {
        using var file = typeof(EventSchema).Assembly.GetManifestResourceStream("events.schema.json")!;
        var text = new byte[file.Length];
        file.ReadExactly(text);
        return text;
    }
}
