using System.Buffers;
using Norris.Node.Session;

namespace Norris.Node.Screens;

/// <summary>For programs: a JSON object a line.</summary>
public sealed class JsonScreen : IStreamScreen, IDisposable
{
    private readonly JsonLines _lines = new();

    public bool TellsRefusals => true;

    public void Event(ChatEvent happened, IBufferWriter<byte> to) => Line(_lines.Format(happened), to);

    public void Who(RoomView view, IBufferWriter<byte> to) => Line(_lines.Who(view), to);

    public void Dispose() => _lines.Dispose();

    private static void Line(ReadOnlyMemory<byte> json, IBufferWriter<byte> to)
    {
        to.Write(json.Span);
        to.Write("\n"u8);
    }
}
