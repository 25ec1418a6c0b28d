using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Terminal.Gui.App;
using Terminal.Gui.Drivers;

namespace Norris.Node.Tui;

/// <summary>
/// Reads the keyboard as Terminal.Gui does, but keeps the bytes of a character together: Terminal.Gui 2.5.0 decodes every read for
/// itself, so in a paste longer than its buffer the character that lies across the edge is lost.
/// </summary>
internal sealed class TerminalInput(Action arrived) : AnsiInput
{
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();
    private readonly byte[] _bytes = new byte[4096];
    private readonly char[] _chars = new char[4096];
    private bool _hasRead;
    private readonly FileStream? _input = OperatingSystem.IsWindows()
        ? null
        : new FileStream(new SafeFileHandle(0, ownsHandle: false), FileAccess.Read, bufferSize: 0);

    /// <param name="arrived">Called, on the reading thread, when there is something for the application's loop to take.</param>
    public static IApplication NewApplication(Action arrived) => (IApplication)NewApplication(new Factory(arrived));

    /// <summary>
    /// Terminal.Gui asks fifty times a second, and sleeps in between. Waiting in the kernel instead wakes up for a key at once, and seldom
    /// otherwise; not for longer, since the end of the screen waits for this.
    /// </summary>
    public override bool Peek()
    {
        const int waitAtMost = 150;
        if (_hasRead)
        {
            // Only now: what was read is handed over after Read has returned.
            _hasRead = false;
            arrived();
        }

        var standardInput = new PollFd { Events = PollIn };
        return base.Peek() || (_input is not null && Poll(ref standardInput, 1, waitAtMost) > 0 && base.Peek());
    }

    public override IEnumerable<char> Read()
    {
        _hasRead = true;
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

    private const short PollIn = 1;

    [DllImport("libc", EntryPoint = "poll")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Poll(ref PollFd files, nuint count, int milliseconds);

    [StructLayout(LayoutKind.Sequential)]
    private struct PollFd
    {
        public int File;
        public short Events;
        public short Happened;
    }

    private sealed class Factory(Action arrived) : AnsiComponentFactory
    {
        public override IInput<char> CreateInput() => new TerminalInput(arrived);
    }
}
