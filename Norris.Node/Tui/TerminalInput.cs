using System.Runtime.CompilerServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Terminal.Gui.App;
using Terminal.Gui.Drivers;

namespace Norris.Node.Tui;

/// <summary>
/// Reads the keyboard as Terminal.Gui does, but keeps the bytes of a character together: Terminal.Gui 2.5.0 decodes every read for
/// itself, so in a paste longer than its buffer the character that lies across the edge is lost.
/// </summary>
internal sealed class TerminalInput : AnsiInput
{
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();
    private readonly byte[] _bytes = new byte[4096];
    private readonly char[] _chars = new char[4096];
    private readonly FileStream? _input = OperatingSystem.IsWindows()
        ? null
        : new FileStream(new SafeFileHandle(0, ownsHandle: false), FileAccess.Read, bufferSize: 0);

    public static IApplication NewApplication() => (IApplication)NewApplication(new Factory());

    public override IEnumerable<char> Read()
    {
        if (_input is null)
        {
            return base.Read();
        }

        int count;
        try
        {
            count = _input.Read(_bytes);
        }
        catch (IOException e)
        {
            throw new OperationCanceledException("the terminal is gone", e);
        }

        // At the end of the input it would be asked again at once, and for ever; this ends only the reading.
        return count > 0 ? _chars[.._decoder.GetChars(_bytes, 0, count, _chars, 0)] : throw new OperationCanceledException("the terminal is gone");
    }

    public override void Dispose()
    {
        base.Dispose();
        _input?.Dispose();
    }

    // The driver's parts can be chosen through this constructor only, which is not public.
    [UnsafeAccessor(UnsafeAccessorKind.Constructor)]
    [return: UnsafeAccessorType("Terminal.Gui.App.ApplicationImpl, Terminal.Gui")]
    private static extern object NewApplication(IComponentFactory factory);

    private sealed class Factory : AnsiComponentFactory
    {
        public override IInput<char> CreateInput() => new TerminalInput();
    }
}
