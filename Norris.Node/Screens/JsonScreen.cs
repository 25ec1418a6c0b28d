using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Norris.Core.Protocol;
using Norris.Node.Session;

namespace Norris.Node.Screens;

/// <summary>For programs: a JSON object a line.</summary>
public sealed class JsonScreen : IStreamScreen, IDisposable
{
    private readonly JsonLines _lines = new();

    public bool TellsRefusals => true;

    /// <summary>
    /// A line that is <c>{"text": …}</c> is that text, whatever is in it: many lines, or what would be a command. With <c>"relation": {"kind": …, "id": …}</c>
    /// beside it, it is about another message. Every other line is read as on every screen.
    /// </summary>
    public InputAction Read(RawLine line)
    {
        if (!line.IsWhole || !line.Bytes.Span.StartsWith("{"u8) || !Utf8.IsValid(line.Bytes.Span))
        {
            return line.Action;
        }

        try
        {
            using var json = JsonDocument.Parse(line.Bytes);
            return json.RootElement.EnumerateObject().ToArray() switch
            {
                [{ Name: "text", Value: { ValueKind: JsonValueKind.String } text }] => InputLine.Message(text.GetString()!),
                [{ Name: "relation", Value: var relation }] => About("", relation),
                [{ Name: "text", Value: { ValueKind: JsonValueKind.String } text }, { Name: "relation", Value: var relation }] => About(text.GetString()!, relation),
                [{ Name: "relation", Value: var relation }, { Name: "text", Value: { ValueKind: JsonValueKind.String } text }] => About(text.GetString()!, relation),
                _ => line.Action,
            };

            InputAction About(string text, JsonElement relation) =>
                relation.ValueKind == JsonValueKind.Object && relation.EnumerateObject().Count() == 2
                    && Relation.TryParse(Word(relation, "kind"), Word(relation, "id"), out var about)
                    ? InputLine.Message(text, about)
                    : new InputAction.Refuse(InputLine.Shorten(text), "its relation is none: write {\"kind\": \"reply\", \"id\": \"…\"}, with reply, edit, deletion or reaction, and the id of the message that it is about");
        }
        catch (JsonException)
        {
            return line.Action;
        }
        catch (InvalidOperationException)
        {
            return new InputAction.Refuse(InputLine.Shorten(Encoding.UTF8.GetString(line.Bytes.Span)), "half a character (an unpaired surrogate) is in it");
        }
    }

    public void Event(ChatEvent happened, IBufferWriter<byte> to) => Line(_lines.Format(happened), to);

    public void Who(RoomView view, IBufferWriter<byte> to) => Line(_lines.Who(view), to);

    public bool TellsInside => true;

    public void Inside(RoomView view, IBufferWriter<byte> to) => Line(_lines.Inside(view), to);

    public void Dispose() => _lines.Dispose();

    private static string? Word(JsonElement of, string name) => of.TryGetProperty(name, out var word) && word.ValueKind == JsonValueKind.String ? word.GetString() : null;

    private static void Line(ReadOnlyMemory<byte> json, IBufferWriter<byte> to)
    {
        to.Write(json.Span);
        to.Write("\n"u8);
    }
}
