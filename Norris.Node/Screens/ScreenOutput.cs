using System.Buffers;

namespace Norris.Node.Screens;

/// <summary>
/// Collects what is to be written and writes it in large pieces. Safe for several threads. When nobody reads any more, it says so in
/// <see cref="ReaderGone"/> and swallows the rest.
/// </summary>
internal sealed class ScreenOutput(Stream stream)
{
    private const int WriteAtOnce = 64 * 1024;

    /// <summary>What systems say of a pipe whose reader has closed it: EPIPE, ERROR_BROKEN_PIPE, ERROR_NO_DATA.</summary>
    private static readonly int[] PipeIsClosed = [32, unchecked((int)0x8007006D), unchecked((int)0x800700E8)];

    private readonly Lock _gate = new();
    private readonly ArrayBufferWriter<byte> _buffer = new(WriteAtOnce);
    private readonly TaskCompletionSource _gone = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the reading end has been closed, or nothing can be written any more.</summary>
    public Task ReaderGone => _gone.Task;

    /// <summary>Why the rest could not be written, in a line; null: it could, or the reader had enough.</summary>
    public string? Trouble { get; private set; }

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
                if (!_gone.Task.IsCompleted)
                {
                    stream.Write(_buffer.WrittenSpan);
                    stream.Flush();
                }
            }
            catch (Exception e) when (e is IOException or ObjectDisposedException or UnauthorizedAccessException)
            {
                Trouble = PipeIsClosed.Contains(e.HResult) ? null : e.Message;
                _gone.TrySetResult();
            }

            _buffer.ResetWrittenCount();
        }
    }
}
