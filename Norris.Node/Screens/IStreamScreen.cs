using System.Buffers;
using Norris.Node.Session;

namespace Norris.Node.Screens;

/// <summary>
/// A screen on plain streams: says in bytes what happened. Knows no console and no session, so that it can be tested as a function;
/// <see cref="StreamLoop"/> does the rest. Not safe for several threads.
/// </summary>
public interface IStreamScreen
{
    /// <summary>Writes what happened, whole lines only.</summary>
    void Event(ChatEvent happened, IBufferWriter<byte> to);

    /// <summary>Whether there is something that it has not written yet, for what may belong to it.</summary>
    bool IsHolding => false;

    /// <summary>Whether who reads it wants to be told of what was refused. Else that is for standard error, where there is nobody typing.</summary>
    bool TellsRefusals => false;

    /// <summary>What a line of input asks for.</summary>
    InputAction Read(RawLine line) => line.Action;

    /// <summary>Whether it has an answer to <c>/inside</c>.</summary>
    bool TellsInside => false;

    /// <summary>Answers <c>/inside</c>.</summary>
    void Inside(RoomView view, IBufferWriter<byte> to)
    {
    }

    /// <summary>Writes what it holds.</summary>
    void Release(IBufferWriter<byte> to)
    {
    }

    /// <summary>Answers <c>/who</c>.</summary>
    void Who(RoomView view, IBufferWriter<byte> to);
}
