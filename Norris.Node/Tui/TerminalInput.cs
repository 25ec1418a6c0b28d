using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Terminal.Gui.App;
using Terminal.Gui.Drivers;

namespace Norris.Node.Tui;

/// <summary>
/// Reads the keyboard as Terminal.Gui does, but keeps the bytes of a character together: Terminal.Gui 2.5.0 decodes every read for
/// itself, so in a paste longer than its buffer the character that lies across the edge is lost. And it hands on <see cref="KnownSequences"/> only.
/// </summary>
internal sealed class TerminalInput(Action arrived) : AnsiInput
{
    /// <summary>Not for longer, since the end of the screen waits for this.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromMilliseconds(150);

    /// <summary>The characters of a sequence come together, and a person's keys do not.</summary>
    private static readonly TimeSpan SequencePatience = TimeSpan.FromMilliseconds(50);

    /// <summary>A paste may come in pieces. Terminal.Gui gives up after five seconds, and must not be the first to do so.</summary>
    private static readonly TimeSpan PastePatience = TimeSpan.FromSeconds(3);

    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();
    private readonly byte[] _bytes = new byte[4096];
    private readonly char[] _chars = new char[4096];
    private readonly KnownSequences _sequences = new();
    private readonly List<char> _known = [];
    private long _readAt;
    private bool _hasRead;
    private readonly FileStream? _input = OperatingSystem.IsWindows()
        ? null
        : new FileStream(new SafeFileHandle(0, ownsHandle: false), FileAccess.Read, bufferSize: 0);

    /// <param name="arrived">Called, on the reading thread, when there is something for the application's loop to take.</param>
    public static IApplication NewApplication(Action arrived) => (IApplication)NewApplication(new Factory(arrived));

    /// <summary>
    /// Terminal.Gui asks fifty times a second, and sleeps in between. Waiting in the kernel instead wakes up for a key at once, and seldom
    /// otherwise.
    /// </summary>
    public override bool Peek()
    {
        if (_hasRead)
        {
            // Only now: what was read is handed over after Read has returned.
            _hasRead = false;
            arrived();
        }

        var standardInput = new PollFd { Events = PollIn };
        var wait = _sequences.IsHolding ? SequencePatience : LongestWait;
        return base.Peek() || (_input is not null && Poll(ref standardInput, 1, (int)wait.TotalMilliseconds) > 0 && base.Peek()) || HasWaitedLongEnough();
    }

    /// <summary>Whether a sequence, or a paste, has begun and nothing more has come of it; what is known of it is then read without reading.</summary>
    private bool HasWaitedLongEnough()
    {
        var waited = Stopwatch.GetElapsedTime(_readAt);
        if (_sequences.IsHolding && waited >= SequencePatience)
        {
            _sequences.GiveUpSequence(_known);
        }
        else if (_sequences.IsInPaste && waited >= PastePatience)
        {
            _sequences.GiveUpPaste(_known);
        }

        return _known.Count > 0;
    }

    public override IEnumerable<char> Read()
    {
        _hasRead = true;
        if (_known.Count == 0)
        {
            _sequences.Take(ReadAll(), _known);
            _readAt = Stopwatch.GetTimestamp();
        }

        char[] known = [.. _known];
        _known.Clear();
        return known;
    }

    private ReadOnlySpan<char> ReadAll()
    {
        if (_input is null)
        {
            return base.Read().ToArray();
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
        return count > 0 ? _chars.AsSpan(0, _decoder.GetChars(_bytes, 0, count, _chars, 0)) : throw new OperationCanceledException("the terminal is gone");
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

        // Through a factory of its own, which has it ask the system for the terminal's size; else it would have none.
        public override IOutput CreateOutput() => new AnsiComponentFactory(output: new TerminalOutput()).CreateOutput();
    }
}
