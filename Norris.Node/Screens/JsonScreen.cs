using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Norris.Node.Session;

namespace Norris.Node.Screens;

/// <summary>For programs: a JSON object a line.</summary>
public sealed class JsonScreen : IStreamScreen, IDisposable
{
    private readonly JsonLines _lines = new();

    public bool TellsRefusals => true;

    /// <summary>
    /// A line that is <c>{"text": …}</c> and nothing else is that text, whatever is in it: many lines, or what would be a command. Every other line is
    /// read as on every screen.
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
            return json.RootElement.EnumerateObject().ToArray() is [{ Name: "text", Value: { ValueKind: JsonValueKind.String } text }]
                ? InputLine.Message(text.GetString()!)
                : line.Action;
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

    private static void Line(ReadOnlyMemory<byte> json, IBufferWriter<byte> to)
    {
        to.Write(json.Span);
        to.Write("\n"u8);
    }
}
