using System.Buffers;

namespace Norris.Node.Screens;

/// <summary>
/// Collects what is to be written and writes it in large pieces. Safe for several threads. When nobody reads any more, or it cannot be written, it
/// says so in <see cref="Ended"/> and swallows the rest.
/// </summary>
internal sealed class ScreenOutput(Stream stream)
{
    private const int WriteAtOnce = 64 * 1024;
    private readonly Lock _gate = new();
    private readonly ArrayBufferWriter<byte> _buffer = new(WriteAtOnce);

    // What IOException.HResult is where nobody reads a pipe any more: EPIPE, and two of Windows.
    private static readonly int[] BrokenPipe = [32, unchecked((int)0x8007006D), unchecked((int)0x800700E8)];
    private readonly TaskCompletionSource<string?> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the reading end has been closed (null), or with the reason why nothing can be written, as on a full disk.</summary>
    public Task<string?> Ended => _ended.Task;

    /// <summary>Adds to the buffer; writes only when that is full.</summary>
    public void Write<T>(Action<T, IBufferWriter<byte>> draw, T what)
    {
        lock (_gate)
        {
            draw(what, _buffer);
            if (_buffer.WrittenCount >= WriteAtOnce)
            {
                Flush();
            }
        }
    }

    /// <summary>Writes what is there. Blocks while the reader is slow.</summary>
    public void Flush()
    {
        lock (_gate)
        {
            if (_buffer.WrittenCount == 0)
            {
                return;
            }

            try
            {
                if (!_ended.Task.IsCompleted)
                {
                    stream.Write(_buffer.WrittenSpan);
                    stream.Flush();
                }
            }
            catch (Exception e) when (e is IOException or ObjectDisposedException or UnauthorizedAccessException)
            {
                _ended.TrySetResult(e is ObjectDisposedException || BrokenPipe.Contains(e.HResult) ? null : $"the output cannot be written: {e.Message}");
            }

            _buffer.ResetWrittenCount();
        }
    }
}
